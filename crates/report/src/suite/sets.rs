//! The data sets themselves: their sizes, how their trials went, and what stopped them.

use super::{SetResults, SuiteResults};
use crate::document::{Block, Section};
use crate::format::{self, UNKNOWN};
use crate::table::{Cell, Table, heads};

/// The section.
pub fn section(suite: &SuiteResults) -> Section {
    let figures = [
        "Training rows",
        "Outliers in training",
        "Test rows",
        "Outliers in test",
        "Columns",
        "Trials",
    ];
    let rows = suite.sets.iter().map(row).collect();
    let table = Table::new("Rows of each data set", heads(&["Data set", "Kind"], &figures), rows)
        .notes(["Columns after encoding. Of a split that is drawn several times, the first draw."]);
    Section {
        id: "data-sets",
        title: "Data sets",
        blocks: vec![Block::Table(table)],
        paper: false,
        terminal: false,
    }
}

fn row(set: &SetResults) -> Vec<Cell> {
    let mark = if set.data.synthetic { " (synthetic data)" } else { "" };
    let mut cells = vec![Cell::linked(&set.name), Cell::new(format!("{}{mark}", set.data.dataset))];
    match set.sizes {
        None => cells.extend((0..5).map(|_| Cell::new(UNKNOWN))),
        Some(sizes) => {
            cells.push(Cell::count(sizes.train));
            cells.push(share(sizes.train_outliers, sizes.train));
            cells.push(Cell::count(sizes.test));
            cells.push(share(sizes.test_outliers, sizes.test));
            cells.push(Cell::count(sizes.columns));
        }
    }
    let counts = set.counts();
    let whole = counts.completed == counts.total();
    let text = if whole { counts.total().to_string() } else { counts.to_string() };
    cells.push(Cell { attention: !whole, ..Cell::of(counts.completed as f64, text) });
    cells
}

fn share(part: usize, all: usize) -> Cell {
    let text = format!("{} ({} %)", format::count(part), format::percent_of(part, all));
    Cell::of(part as f64 / all.max(1) as f64, text)
}

/// What stopped data sets and trials; `None` if all completed.
pub fn failures(suite: &SuiteResults) -> Option<Section> {
    let mut rows = Vec::new();
    for (set, kept) in suite.sets.iter().zip(&suite.manifest.sets) {
        if let Some(trouble) = &kept.trouble {
            rows.push(vec![Cell::linked(&set.name), Cell::new("all"), Cell::new(trouble)]);
            continue;
        }
        for row in set.rows.iter().filter(|row| row.status.completed < row.status.total()) {
            let said = format!("{}; its report says why", row.progress_in_words());
            let name = Cell::new(row.marked_name());
            rows.push(vec![Cell::linked(&set.name), name, Cell::new(said)]);
        }
        for (name, failed, all) in &set.failed_in_sweeps {
            let trials = format::counted(*all, "trial");
            let said = format!("{failed} of {trials} of its sweep failed; its report says why");
            rows.push(vec![Cell::linked(&set.name), Cell::new(name), Cell::new(said)]);
        }
    }
    let table =
        Table::new("Trials without scores", heads(&["Data set", "Model", "Why"], &[]), rows);
    (!table.groups[0].rows.is_empty()).then_some(Section {
        id: "failures",
        title: "Failures",
        blocks: vec![Block::Table(table)],
        paper: false,
        terminal: false,
    })
}
