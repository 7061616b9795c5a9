//! `[measure]`: what is timed of every trial, and `train_rows` of a model.

use oddbench_core::experiment::Measure;

use crate::spec::error::Fault;
use crate::spec::locate::KeyPath;
use crate::spec::wire::WireMeasure;

const DEFAULT_REPEATS: u32 = 5;
const MOST_ROWS: u64 = 10_000_000;

pub(super) fn measure(wire: Option<WireMeasure>) -> Result<Option<Measure>, Fault> {
    let Some(wire) = wire else { return Ok(None) };
    let section = KeyPath::of(&["measure"]);
    let key = section.key("score_rows");
    if wire.score_rows.is_empty() {
        let help = "give at least one number: score_rows = [10000]";
        return Err(Fault::value(&key, "the list is empty", help));
    }
    let mut score_rows = Vec::new();
    for (index, &rows) in wire.score_rows.iter().enumerate() {
        let at = key.index(index);
        let rows = row_count(&at, rows)?;
        if score_rows.contains(&rows) {
            let message = format!("{rows} is there twice");
            return Err(Fault::value(&at, message, "name each number of rows once"));
        }
        score_rows.push(rows);
    }
    let repeats = wire.repeats.unwrap_or(DEFAULT_REPEATS);
    if !(1..=1000).contains(&repeats) {
        let message = format!("{repeats} is out of range");
        return Err(Fault::value(&section.key("repeats"), message, "use 1 to 1000"));
    }
    Ok(Some(Measure { score_rows, repeats }))
}

/// A number of rows from 1 to ten million.
pub(super) fn row_count(key: &KeyPath, rows: u64) -> Result<usize, Fault> {
    let fits = usize::try_from(rows).ok().filter(|_| (1..=MOST_ROWS).contains(&rows));
    fits.ok_or_else(|| {
        let message = format!("{rows} is out of range");
        Fault::value(key, message, format!("use a number of rows from 1 to {MOST_ROWS}"))
    })
}
