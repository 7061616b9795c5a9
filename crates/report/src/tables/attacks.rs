//! By attack: the recall of each class, and where its scores lie among those of normal rows.

use oddbench_core::record::ExperimentResults;

use super::{Cell, Group, Head, SUPERVISED_NOTE, Table, caption, heads};
use crate::aggregate::SummaryRow;
use crate::attacks::{Attacks, Found, Judged, Kin, Line};
use crate::format::{self, ORACLE, ORACLE_SHORT, UNKNOWN};
use crate::runs;
use crate::section::Section;

/// The section, with two tables for the test rows and two for transfer rows if there are such.
pub fn attacks(
    results: &ExperimentResults,
    rows: &[SummaryRow],
    counted: &[Attacks],
) -> Option<Section> {
    let mut tables = Vec::new();
    for attacks in counted {
        tables.push(recall(results, rows, attacks));
        tables.push(places(results, rows, attacks));
    }
    let mut section = Section::of_tables("attacks", "By attack", tables)?;
    section.sortable = true;
    Some(section)
}

/// `test rows` or `transfer rows`.
pub fn judged(attacks: &Attacks) -> &'static str {
    match attacks.judged {
        Judged::Test => "test rows",
        Judged::Transfer => "transfer rows",
    }
}

/// Rows of the comparison that have figures here.
fn shown<'r>(
    rows: &'r [SummaryRow],
    attacks: &'r Attacks,
) -> impl Iterator<Item = (&'r SummaryRow, &'r [Found])> {
    let with_scores =
        |(_, found): &(&SummaryRow, &Vec<Found>)| found.iter().any(|f| f.place.is_some());
    rows.iter().zip(&attacks.found).filter(with_scores).map(|(row, found)| (row, found.as_slice()))
}

fn table(
    rows: &[SummaryRow],
    attacks: &Attacks,
    caption: String,
    cell: impl Fn(&SummaryRow, &Found) -> Cell,
) -> Table {
    let mut head = heads(&[("Class", false), ("Category", false), ("Rows", true)]);
    head.extend(
        shown(rows, attacks).map(|(row, _)| Head { text: row.marked_name(), numeric: true }),
    );
    let line = |(at, line): (usize, &Line)| {
        let count = Cell { value: Some(line.rows as f64), ..Cell::new(format::count(line.rows)) };
        let category = line.category.as_deref().unwrap_or(UNKNOWN);
        let mut cells = vec![Cell { best: line.total, ..Cell::new(&line.name) }];
        cells.extend([Cell::new(if line.total { "" } else { category }), count]);
        cells.extend(shown(rows, attacks).map(|(row, found)| cell(row, &found[at])));
        cells
    };
    let lines: Vec<(usize, &Line)> = attacks.lines.iter().enumerate().collect();
    let groups = lines.chunk_by(|a, b| a.1.kin == b.1.kin).map(|group| Group {
        title: Some(group[0].1.kin.title().to_owned()),
        rows: group.iter().copied().map(line).collect(),
    });
    Table { caption, head, groups: groups.collect(), notes: Vec::new() }
}

fn recall(results: &ExperimentResults, rows: &[SummaryRow], attacks: &Attacks) -> Table {
    let oracle = results.manifest.thresholds.first().is_some_and(|t| t.is_oracle());
    let mark = if oracle { format!(" {ORACLE}") } else { String::new() };
    let text = format!(
        "Share of each class's {} called outliers, first threshold rule{mark}: recall for outliers, false alarms for inliers",
        judged(attacks)
    );
    let mut table = table(rows, attacks, caption(results, &text), |row, found| Cell {
        text: format::spread(found.called, row.status.completed, format::share),
        share: found.called.map(|s| s.mean),
        value: found.called.map(|s| s.mean),
        ..Cell::default()
    });
    if rows.iter().any(|row| row.trials.len() > 1) {
        let over = runs::varied(results);
        let counts = shown(rows, attacks)
            .map(|(row, _)| format!("{} {}", row.name, row.status.completed))
            .collect::<Vec<_>>();
        table.notes.push(format!(
            "Mean ± sample standard deviation over {over}; (n = …) where fewer trials than these have rows of the class and a threshold: {}.",
            counts.join(", ")
        ));
    }
    if oracle {
        table.notes.push(ORACLE_SHORT.to_owned());
    }
    table.notes.extend(legend(rows, attacks));
    table
}

fn places(results: &ExperimentResults, rows: &[SummaryRow], attacks: &Attacks) -> Table {
    let text = format!(
        "Where each class's scores lie: the share of normal {} that score below, median (quartiles)",
        judged(attacks)
    );
    let mut table = table(rows, attacks, caption(results, &text), |_, found| match found.place {
        None => Cell::new(UNKNOWN),
        Some([low, median, high]) => Cell {
            text: format!(
                "{} ({} to {})",
                format::share(median),
                format::share(low),
                format::share(high)
            ),
            share: Some(median),
            value: Some(median),
            ..Cell::default()
        },
    });
    table.notes.push(
        "1 is above every normal row, 0.5 in their midst; equal scores count half. Unlike scores, these are the same scale for every model, and need no threshold. Means over trials.".into(),
    );
    table.notes.extend(legend(rows, attacks));
    table
}

/// What the marks of both tables mean.
fn legend(rows: &[SummaryRow], attacks: &Attacks) -> Vec<String> {
    let strange = attacks.lines.iter().any(|line| line.kin == Kin::Strange);
    let supervised = rows.iter().any(|row| row.supervised);
    let notes = [
        (strange, "Normal rows are the inliers of a class that training inliers have."),
        (supervised, SUPERVISED_NOTE),
    ];
    notes.into_iter().filter(|note| note.0).map(|note| note.1.to_owned()).collect()
}
