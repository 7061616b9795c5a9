//! Compares a file of scores with the rows of a split: each row has one score, and there are no others.

use std::collections::HashMap;

use oddbench_core::counts::{agreed, counted};
use oddbench_core::list::first_of;
use oddbench_core::split::row_id::{PartName, RowId, SplitId};

use super::Wrong;
use super::file::{GivenFile, GivenRow};
use crate::prepared::Prepared;

/// Rows that a message names.
const MOST_ROWS: usize = 3;

/// What may have changed if the fingerprint differs.
const MAY_DIFFER: &str = "the data set, its labels, the fold, or a key of [split] such as seed; where rows with gaps are dropped or equal rows stay together, the features too";

/// The scores of the validation and of the test rows, each in the order of the part.
pub(super) fn matched<X>(file: &GivenFile, prepared: &Prepared<X>) -> Result<[Vec<f64>; 2], Wrong> {
    let split = SplitId::of(&prepared.fingerprint).ok_or_else(|| Wrong {
        message: format!("the split has no fingerprint ({:?})", prepared.fingerprint),
        help: "run the experiment again".into(),
    })?;
    same_split(file, split)?;
    let parts =
        [(PartName::Validation, &prepared.validation.rows), (PartName::Test, &prepared.test.rows)];
    let wanted: Vec<RowId> = parts
        .into_iter()
        .flat_map(|(part, rows)| rows.iter().map(move |&row| RowId { split, part, row }))
        .collect();
    let found = by_slot(file, &wanted)?;
    complete(file, &wanted, &found)?;
    let mut scores = found.into_iter().flatten().map(|row| row.score);
    Ok(parts.map(|(_, rows)| scores.by_ref().take(rows.len()).collect()))
}

/// Whether every row says that it is of the split.
fn same_split(file: &GivenFile, split: SplitId) -> Result<(), Wrong> {
    let others: Vec<&GivenRow> = file.rows.iter().filter(|row| row.id.split != split).collect();
    let Some(first) = others.first() else { return Ok(()) };
    let name = &file.name;
    let message = match others.len() == file.rows.len() {
        true => format!(
            "{name} has scores for the split {}, and the rows of this experiment are the split {split}",
            first.id.split
        ),
        false => format!(
            "{name}: {} of {} {} of another split than {split}, the first in {} {} of the split {}",
            others.len(),
            counted(file.rows.len(), "row"),
            agreed(others.len(), "is", "are"),
            file.unit,
            first.line,
            first.id.split
        ),
    };
    let help = format!(
        "a split is named by the first 16 digits of its fingerprint; what may differ is {MAY_DIFFER}"
    );
    Err(Wrong { message, help })
}

/// Each row of the file in the place of the row that it scores.
fn by_slot<'f>(file: &'f GivenFile, wanted: &[RowId]) -> Result<Vec<Option<&'f GivenRow>>, Wrong> {
    let slots: HashMap<RowId, usize> =
        wanted.iter().enumerate().map(|(slot, id)| (*id, slot)).collect();
    let mut found: Vec<Option<&GivenRow>> = vec![None; wanted.len()];
    let (mut extra, mut twice) = (Vec::new(), Vec::new());
    for row in &file.rows {
        match slots.get(&row.id).map(|&slot| &mut found[slot]) {
            None => extra.push(row),
            Some(place @ None) => *place = Some(row),
            Some(Some(first)) => twice.push((row, first.line)),
        }
    }
    match (extra.as_slice(), twice.as_slice()) {
        ([], []) => Ok(found),
        ([], twice) => Err(scored_twice(file, twice)),
        (extra, _) => Err(not_wanted(file, extra)),
    }
}

/// Rows that are not of the validation or test part.
fn not_wanted(file: &GivenFile, extra: &[&GivenRow]) -> Wrong {
    let GivenFile { name, unit, .. } = file;
    let shown: Vec<String> =
        extra.iter().map(|row| format!("{} ({unit} {})", row.id, row.line)).collect();
    let training = extra.iter().any(|row| row.id.part == PartName::Train);
    let help = match training {
        true => "leave them out: training rows need no scores",
        false => "leave them out, or take the rows of to_score.csv as they are",
    };
    let (number, shown) = (extra.len(), first_of(&shown, MOST_ROWS));
    Wrong {
        message: format!(
            "{name} scores rows that are neither validated nor tested on ({number}): {shown}"
        ),
        help: help.into(),
    }
}

/// Rows with a second score, each with the place of the first.
fn scored_twice(file: &GivenFile, twice: &[(&GivenRow, u64)]) -> Wrong {
    let GivenFile { name, unit, .. } = file;
    let shown: Vec<String> = twice
        .iter()
        .map(|(row, first)| format!("{} ({unit}s {first} and {})", row.id, row.line))
        .collect();
    let (number, shown) = (twice.len(), first_of(&shown, MOST_ROWS));
    Wrong {
        message: format!("{name} scores rows more than once ({number}): {shown}"),
        help: "give each row one score".into(),
    }
}

/// Whether every row has a score.
fn complete(file: &GivenFile, wanted: &[RowId], found: &[Option<&GivenRow>]) -> Result<(), Wrong> {
    let without: Vec<&RowId> =
        wanted.iter().zip(found).filter(|(_, row)| row.is_none()).map(|(id, _)| id).collect();
    if without.is_empty() {
        return Ok(());
    }
    let of_part = |part: PartName| {
        let lacking: Vec<String> =
            without.iter().filter(|id| id.part == part).map(ToString::to_string).collect();
        let all = wanted.iter().filter(|id| id.part == part).count();
        let shown = first_of(&lacking, MOST_ROWS);
        (!lacking.is_empty()).then(|| {
            let all = counted(all, &format!("{} row", part.name()));
            format!("{} of {all} ({shown})", lacking.len())
        })
    };
    let parts: Vec<String> =
        [PartName::Validation, PartName::Test].into_iter().filter_map(of_part).collect();
    Err(Wrong {
        message: format!("{} has no score for {}", file.name, parts.join(" and for ")),
        help: "thresholds are chosen on validation rows and judged on test rows: score every row of to_score.csv".into(),
    })
}
