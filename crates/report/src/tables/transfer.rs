//! What is left of the figures on rows of another table, whose outliers may be of kinds that no
//! training row was of.

use oddbench_core::record::ExperimentResults;

use super::{Cell, Head, Table, caption, details, grouped, heads, trial_count};
use crate::aggregate::{Metric, Spread, SummaryRow};
use crate::format::{self, ORACLE, ORACLE_NOTE, UNKNOWN};
use crate::runs;

/// What the table has three columns for.
const METRICS: [Metric; 4] = [Metric::Precision, Metric::Recall, Metric::F1, Metric::RocAuc];

/// The test rows' figures, the transfer rows' and the fall between them, side by side for every row,
/// under the rule at that position; `None` if there are no transfer rows.
pub fn transfer(results: &ExperimentResults, rows: &[SummaryRow], rule: usize) -> Option<Table> {
    let settings = results.manifest.thresholds.get(rule)?;
    rows.iter().find_map(|row| row.transfer(rule))?;
    let oracle = settings.is_oracle();
    let mut head = heads(&[("Model", false), ("Trials", true)]);
    for metric in METRICS {
        let mark = if oracle && metric.depends_on_threshold() { ORACLE } else { "" };
        let title = metric.title();
        head.extend(
            [format!("{title}{mark}"), format!("{title}{mark}, transfer"), format!("fall{mark}")]
                .map(|text| Head { text, numeric: true }),
        );
    }
    let mut notes = vec![
        "Transfer: the same fitted models at the same thresholds on every row of the data set's separate test table. Fall: the figure on the test rows less the one on the transfer rows.".to_owned(),
    ];
    if oracle {
        notes.push(ORACLE_NOTE.to_owned());
    }
    if rows.iter().any(|row| row.trials.len() > 1) {
        let over = runs::varied(results);
        notes.push(format!("Mean ± sample standard deviation over {over}."));
    }
    notes.push(format!("{UNKNOWN} undefined or unknown."));
    let text = format!(
        "Test rows beside transfer rows ({}), threshold: {}",
        sizes(results),
        format::rule(settings)
    );
    Some(Table {
        caption: caption(results, &text),
        head,
        groups: grouped(rows.iter(), |row| cells(row, rule)),
        notes,
    })
}

/// `311,029, of them 250,436 outliers`.
fn sizes(results: &ExperimentResults) -> String {
    let sizes = results.trials.iter().filter_map(|trial| trial.record.as_ref()?.sizes);
    let known = sizes.filter_map(|sizes| Some((sizes.transfer?, sizes.transfer_outliers?))).next();
    known.map_or(UNKNOWN.into(), |(rows, outliers)| {
        format!("{}, of them {}", format::count(rows), format::counted(outliers, "outlier"))
    })
}

fn cells(row: &SummaryRow, rule: usize) -> Vec<Cell> {
    let mut cells = vec![Cell::new(&row.name), trial_count(row)];
    let transfer = row.transfer(rule);
    for metric in METRICS {
        let there = transfer.and_then(|transfer| transfer.metrics.get(&metric).copied());
        let fall = transfer.and_then(|transfer| transfer.fall.get(&metric).copied());
        cells.push(figure(row, row.metric(rule, metric)));
        cells.push(figure(row, there));
        cells.push(Cell { share: None, ..figure(row, fall) });
    }
    cells
}

fn figure(row: &SummaryRow, spread: Option<Spread>) -> Cell {
    Cell {
        text: format::spread(spread, row.status.completed, format::fine),
        details: details(spread, format::fine),
        share: spread.map(|s| s.mean.clamp(0.0, 1.0)),
        value: spread.map(|s| s.mean),
        ..Cell::default()
    }
}
