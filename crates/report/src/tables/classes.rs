//! What becomes of each class.

use std::collections::{BTreeMap, BTreeSet};

use oddbench_core::record::{ExperimentResults, ScoredPart, TrialResult};

use super::{Cell, Group, Head, SUPERVISED_NOTE, Table, caption, heads};
use crate::aggregate::SummaryRow;
use crate::format::{self, ORACLE, ORACLE_SHORT, UNKNOWN};
use crate::runs::has_folds;

/// Rows of a class, and how many of them are outliers or are called so.
type Tally<'a> = BTreeMap<&'a str, (u32, u32)>;

/// The share of each class that each row calls outliers, at the first rule's threshold: its median
/// seed, or all of its trials where each fold tests other rows. `None` if nothing has scores.
pub fn classes(results: &ExperimentResults, rows: &[SummaryRow]) -> Option<Table> {
    let folds = has_folds(results);
    let sizes = sizes(results);
    if sizes.is_empty() {
        return None;
    }
    let oracle = results.manifest.thresholds.first().is_some_and(|t| t.is_oracle());
    let shown: Vec<(&SummaryRow, Tally<'_>)> = rows
        .iter()
        .filter_map(|row| {
            let median = row.median_trial?;
            let trials = if folds { row.trials.clone() } else { vec![median] };
            let mut called = Tally::new();
            for at in trials {
                count_calls(&results.trials[at], &mut called);
            }
            (!called.is_empty()).then_some((row, called))
        })
        .collect();
    let mut order: Vec<(&str, (u32, u32))> = sizes.into_iter().collect();
    order.sort_by(|a, b| b.1.0.cmp(&a.1.0).then(a.0.cmp(b.0)));
    let mut head = heads(&[("Class", false), ("Label", false), ("Rows", true)]);
    head.extend(shown.iter().map(|(row, _)| Head { text: row.marked_name(), numeric: true }));
    let body = order.into_iter().map(|(class, size)| class_row(class, size, &shown));
    let mark = if oracle { format!(" {ORACLE}") } else { String::new() };
    let which = if folds { "all folds" } else { "median seeds" };
    let text = format!(
        "Share of each class's test rows called outliers, {which}, first threshold rule{mark}"
    );
    let supervised = shown.iter().any(|(row, _)| row.supervised);
    let notes = [(oracle, ORACLE_SHORT), (supervised, SUPERVISED_NOTE)];
    Some(Table {
        caption: caption(results, &text),
        head,
        groups: vec![Group { title: None, rows: body.collect() }],
        notes: notes.iter().filter(|note| note.0).map(|note| note.1.to_owned()).collect(),
    })
}

/// Test rows and outliers of each class; each fold's rows once.
fn sizes(results: &ExperimentResults) -> Tally<'_> {
    let mut seen = BTreeSet::new();
    let mut sizes = Tally::new();
    for trial in &results.trials {
        let Some(scores) = &trial.scores else { continue };
        if seen.insert(trial.trial.fold) {
            tally(&scores.test, &mut sizes, |row| scores.test.labels[row]);
        }
    }
    sizes
}

fn count_calls<'a>(trial: &'a TrialResult, called: &mut Tally<'a>) {
    let threshold = trial.evaluations.first().and_then(|evaluation| evaluation.threshold);
    if let (Some(scores), Some(threshold)) = (&trial.scores, threshold) {
        tally(&scores.test, called, |row| scores.test.scores[row] > threshold);
    }
}

fn tally<'a>(part: &'a ScoredPart, into: &mut Tally<'a>, marked: impl Fn(usize) -> bool) {
    let mut counts = vec![(0, 0); part.classes.names.len()];
    for (row, &code) in part.classes.codes.iter().enumerate() {
        if let Some(count) = counts.get_mut(usize::from(code)) {
            count.0 += 1;
            count.1 += u32::from(marked(row));
        }
    }
    for (name, count) in part.classes.names.iter().zip(counts).filter(|(_, count)| count.0 > 0) {
        let total = into.entry(name).or_default();
        *total = (total.0 + count.0, total.1 + count.1);
    }
}

fn class_row(
    class: &str,
    (total, outliers): (u32, u32),
    shown: &[(&SummaryRow, Tally<'_>)],
) -> Vec<Cell> {
    let label = match outliers {
        0 => "inlier",
        n if n == total => "outlier",
        _ => "both",
    };
    let mut cells = vec![
        Cell::new(class),
        Cell::new(label),
        Cell { value: Some(f64::from(total)), ..Cell::new(format::count(total as usize)) },
    ];
    cells.extend(shown.iter().map(|(_, called)| match called.get(class) {
        None => Cell::new(UNKNOWN),
        Some(&(rows, called)) => {
            let share = f64::from(called) / f64::from(rows);
            Cell { share: Some(share), value: Some(share), ..Cell::new(format::share(share)) }
        }
    }));
    cells
}
