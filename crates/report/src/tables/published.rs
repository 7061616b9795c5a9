//! Published figures beside ours.

use oddbench_core::record::ExperimentResults;

use super::{Cell, Group, Table, caption, heads, metric_heads};
use crate::aggregate::Metric;
use crate::anchors::{self, Comparison, ComparisonRow};
use crate::format::{self, ORACLE_SHORT, UNKNOWN};

/// Two or three lines per model: published, ours, and the difference where there are both.
pub fn published(results: &ExperimentResults, comparison: &Comparison) -> Table {
    let oracle = results.manifest.thresholds.first().is_some_and(|t| t.is_oracle());
    let mut head = heads(&[("Model", false), ("", false)]);
    head.extend(metric_heads(&comparison.metrics, oracle));
    let mut notes = Vec::new();
    let groups = comparison.rows.iter().map(|row| {
        let mut name = row.row.clone().unwrap_or_else(|| row.model.clone());
        if row.supervised {
            name.push_str(" (supervised)");
        }
        if let Some(note) = &row.note {
            name.push_str(&format!(" [{}]", number(&mut notes, note)));
        }
        Group { title: None, rows: lines(name, row, &comparison.metrics) }
    });
    let groups = groups.collect();
    let mut notes: Vec<String> =
        notes.into_iter().enumerate().map(|(i, note)| format!("[{}] {note}", i + 1)).collect();
    if oracle {
        notes.push(ORACLE_SHORT.to_owned());
    }
    let caption = caption(results, &format!("Against {}", comparison.name));
    Table { caption, head, groups, notes }
}

/// The number of a footnote; the same text has the same number.
fn number(notes: &mut Vec<String>, note: &str) -> usize {
    match notes.iter().position(|known| known == note) {
        Some(position) => position + 1,
        None => {
            notes.push(note.to_owned());
            notes.len()
        }
    }
}

fn lines(name: String, row: &ComparisonRow, metrics: &[Metric]) -> Vec<Vec<Cell>> {
    let line =
        |first: String, second: &str, show: &dyn Fn(Metric, &anchors::Cell) -> Option<String>| {
            let mut cells = vec![Cell::new(first), Cell::new(second)];
            cells.extend(metrics.iter().zip(&row.cells).map(|(metric, cell)| {
                Cell::new(show(*metric, cell).unwrap_or_else(|| UNKNOWN.into()))
            }));
            cells
        };
    let ours = match (&row.row, row.seeds) {
        (None, _) => "ours: not in this experiment".to_owned(),
        (Some(_), 0) => "ours: no trial completed".to_owned(),
        (Some(_), 1) => "ours".to_owned(),
        (Some(_), n) => format!("ours, median of {n}"),
    };
    let mut lines = vec![
        line(name, "published", &|metric, cell| Some(format::metric(metric, cell.published?))),
        line(String::new(), &ours, &|metric, cell| Some(format::metric(metric, cell.ours?))),
    ];
    if row.cells.iter().any(|cell| cell.difference().is_some()) {
        let difference = |_, cell: &anchors::Cell| cell.difference().map(format::difference);
        lines.push(line(String::new(), "difference", &difference));
    }
    lines
}
