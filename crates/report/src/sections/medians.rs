//! Medians and ranges of rows with several trials: a mean hides a seed that collapsed.

use crate::aggregate::{Column, SummaryRow};
use crate::document::Block;
use crate::figures::Figure;
use crate::format::{self, ORACLE_SHORT, UNKNOWN};
use crate::runs;
use crate::scene::Scene;
use crate::table::{Cell, Table, by_supervision, heads, metric_head};
use crate::topic::Topic;

/// The section, with a table per rule.
pub const TOPIC: Topic = Topic::new("medians", "Medians", blocks);

fn blocks(scene: &Scene<'_>, _: Vec<Figure>) -> Vec<Block> {
    let several = |row: &&SummaryRow| row.status.completed > 1;
    let rows: Vec<&SummaryRow> = scene.rows.iter().filter(several).collect();
    if rows.is_empty() {
        return vec![];
    }
    let rules = 0..scene.results.manifest.experiment.thresholds.len();
    Block::tables(rules.map(|rule| table(scene, &rows, rule))).collect()
}

fn table(scene: &Scene<'_>, rows: &[&SummaryRow], rule: usize) -> Table {
    let settings = &scene.results.manifest.experiment.thresholds[rule];
    let oracle = settings.is_oracle();
    let mut head = heads(&["Model"], &["Completed"]);
    head.extend(Column::study().map(|column| metric_head(column, oracle)));
    let groups = by_supervision(rows.iter().copied(), |row| {
        let mut cells = vec![Cell::new(&row.name), Cell::new(row.status.completed.to_string())];
        cells.extend(Column::study().map(|column| {
            let show = |value: f64| format::metric(column, value);
            row.metric(rule, column).map_or(Cell::new(UNKNOWN), |s| {
                // A figure that is undefined in some trials says over how many it is.
                let of = match s.n == row.status.completed {
                    true => String::new(),
                    false => format!(", n = {}", s.n),
                };
                let text = format!("{} ({} to {}{of})", show(s.median), show(s.min), show(s.max));
                Cell::of(s.median, text)
            })
        }));
        cells
    });
    let words = format!(
        "Median (least to greatest) over {}, threshold: {}",
        runs::varied(scene.results),
        format::rule(settings)
    );
    Table::grouped(scene.caption(&words), head, groups)
        .notes(oracle.then_some(ORACLE_SHORT))
        .sortable()
}
