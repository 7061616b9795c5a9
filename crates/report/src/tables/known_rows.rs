//! Every model on the test rows that it cannot know by heart.

use oddbench_core::record::ExperimentResults;

use super::{Cell, Table, caption, grouped, heads};
use crate::aggregate::{Metric, SummaryRow};
use crate::format::{self, ORACLE, UNKNOWN};
use crate::known_rows::KnownRows;
use crate::runs;

/// Figures on all test rows beside those on the rows whose features no training row has.
pub fn known_rows(results: &ExperimentResults, rows: &[SummaryRow], known: &KnownRows) -> Table {
    let oracle = results.manifest.thresholds.first().is_some_and(|t| t.is_oracle());
    let mark = if oracle { ORACLE } else { "" };
    let (f1, unknown_f1) = (format!("F1{mark}, all"), format!("F1{mark}, unknown"));
    let head = heads(&[
        ("Model", false),
        ("Trials", true),
        ("ROC-AUC, all", true),
        ("ROC-AUC, unknown", true),
        ("Fall", true),
        ("95 % interval", true),
        (&f1, true),
        (&unknown_f1, true),
        ("", false),
    ]);
    let position = |row: &SummaryRow| rows.iter().position(|other| std::ptr::eq(other, row));
    let body = |row: &SummaryRow| cells(row, position(row).map(|at| &known.rows[at]));
    let text = format!(
        "Rows that may be known by heart: {} of {} test rows have the features of a training row",
        format::count(known.known),
        format::count(known.total)
    );
    let mut notes = vec![format!(
        "Unknown: the other {} test rows, {} of them outliers. Fall: ROC-AUC on all less that on unknown rows; its interval is a paired bootstrap of the median seed's. Marked where even the low end is above 0: part of the figure rests on rows that were trained on.",
        format::count(known.total - known.known),
        format::count(known.unknown_outliers)
    )];
    if let Some(memory) = known.memory {
        notes.push(format!(
            "A mere memory, which calls known rows inliers and all others outliers, has ROC-AUC {} on all test rows and 0.500 on unknown ones.",
            format::share(memory)
        ));
    }
    if rows.iter().any(|row| row.trials.len() > 1) {
        let over = runs::varied(results);
        notes.push(format!("Mean ± sample standard deviation over {over}."));
    }
    notes.push(format!("{UNKNOWN} undefined, or too many rows to resample."));
    Table { caption: caption(results, &text), head, groups: grouped(rows.iter(), body), notes }
}

fn cells(row: &SummaryRow, found: Option<&crate::known_rows::OnUnknown>) -> Vec<Cell> {
    let expected = row.status.completed;
    let spread = |spread: Option<crate::Spread>| Cell {
        value: spread.map(|s| s.mean),
        ..Cell::new(format::spread(spread, expected, format::share).replace('-', "−"))
    };
    let interval = found.and_then(|found| found.interval);
    let falls = interval.is_some_and(|interval| interval.low > 0.0);
    let by_heart = found.is_some_and(|found| found.by_heart);
    let interval = interval.map_or(UNKNOWN.into(), |interval| {
        format!("{} to {}", format::difference(interval.low), format::difference(interval.high))
    });
    vec![
        Cell::new(&row.name),
        Cell::new(row.status.completed.to_string()),
        spread(row.metric(0, Metric::RocAuc)),
        spread(found.and_then(|found| found.roc_auc)),
        Cell { attention: falls, ..spread(found.and_then(|found| found.fall)) },
        Cell::new(interval),
        spread(row.metric(0, Metric::F1)),
        spread(found.and_then(|found| found.f1)),
        Cell {
            attention: by_heart,
            ..Cell::new(match (by_heart, falls) {
                (true, _) => {
                    "no better than chance on unknown rows: it knows training rows by heart"
                }
                (false, true) => "falls",
                (false, false) => "",
            })
        },
    ]
}
