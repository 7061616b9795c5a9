//! What a split by time, order or group made of the parts: where they begin and end, and their groups.

use oddbench_core::audit::{Audit, Composition, GroupRows, PartAudit};
use oddbench_core::time::Notation;

use crate::document::Block;
use crate::figures::Figure;
use crate::format;
use crate::scene::Scene;
use crate::table::{Cell, Table, heads};
use crate::topic::Topic;

/// The section; none for splits that draw rows at random, and without an audit.
pub const TOPIC: Topic = Topic::new("parts", "Training, validation and test", blocks);

fn blocks(scene: &Scene<'_>, _: Vec<Figure>) -> Vec<Block> {
    let Some(audit) = &scene.results.audit else { return vec![] };
    let Some(sentence) = sentence(audit) else { return vec![] };
    let tables = std::iter::once(counts(scene, audit)).chain(groups(scene, audit));
    Block::usual([sentence], vec![], tables)
}

/// What the rows were ordered or grouped by, and where the parts begin.
fn sentence(audit: &Audit) -> Option<String> {
    let composed = |part: &'static str| {
        let found = audit.parts.iter().find(|found| found.part == part)?;
        found.composition.as_ref()
    };
    match composed("train")? {
        Composition::Span { column, .. } => {
            let notation = notation(audit);
            let by = match column {
                Some(column) => format!("the column {column}"),
                None => "their order in the file".to_owned(),
            };
            let begin = |part: &'static str| match composed(part)? {
                Composition::Span { first, .. } => {
                    Some(format!("{part} begins at {}", value(*first, column.is_none(), notation)))
                }
                Composition::Groups { .. } => None,
            };
            let begins: Vec<String> =
                ["validation", "test"].into_iter().filter_map(begin).collect();
            let begins = format::listed(&begins);
            let since = match notation {
                Some(Notation::Elapsed) => {
                    " Times count from a moment that the data does not state."
                }
                _ => "",
            };
            Some(format!("The rows are split by {by}: {begins}. Earlier rows train.{since}"))
        }
        Composition::Groups { column, .. } => {
            Some(format!("The rows of one {column} are all in one part."))
        }
    }
}

/// How the times are written that the rows are ordered by; `None`: they are ordered by something else.
fn notation(audit: &Audit) -> Option<Notation> {
    let ends = audit.parts.iter().filter_map(|part| match part.composition {
        Some(Composition::Span { time: true, first, last, .. }) => Some((first, last)),
        _ => None,
    });
    let (from, to) = ends.reduce(|a, b| (a.0.min(b.0), a.1.max(b.1)))?;
    Some(Notation::of(from, to))
}

/// A value of the column that orders the rows. Rows of a file are counted from 1.
fn value(value: f64, is_row: bool, times: Option<Notation>) -> String {
    match (is_row, times) {
        (true, _) => format!("row {}", format::count(value as usize + 1)),
        (_, Some(notation)) => notation.in_words(value),
        _ => value.to_string(),
    }
}

fn counts(scene: &Scene<'_>, audit: &Audit) -> Table {
    let spans = audit.parts.iter().any(|p| matches!(p.composition, Some(Composition::Span { .. })));
    let extent: &[&str] = if spans { &["First", "Last"] } else { &["Groups"] };
    let mut head = heads(&["Part"], &["Rows", "Outliers", "Share of outliers"]);
    head.extend(heads(&[], extent));
    let times = notation(audit);
    let row = |part: &PartAudit| {
        let share = (part.rows > 0).then(|| part.outliers as f64 / part.rows as f64);
        let mut cells = vec![
            Cell::new(part.part.as_str()),
            Cell::count(part.rows),
            Cell::count(part.outliers),
            Cell::known(share, |share| format!("{} %", format::percent(share))),
        ];
        match &part.composition {
            Some(Composition::Span { column, first, last, .. }) => {
                let end = |end: f64| Cell::of(end, value(end, column.is_none(), times));
                cells.extend([end(*first), end(*last)]);
            }
            Some(Composition::Groups { total, .. }) => cells.push(Cell::count(*total)),
            None => cells.extend(extent.iter().map(|_| Cell::new(format::UNKNOWN))),
        }
        cells
    };
    let rows = audit.parts.iter().map(row).collect();
    Table::new(scene.caption("The parts of the split"), head, rows)
}

fn groups(scene: &Scene<'_>, audit: &Audit) -> Option<Table> {
    let mut rows = Vec::new();
    let mut notes = Vec::new();
    for part in &audit.parts {
        let Some(Composition::Groups { total, largest, .. }) = &part.composition else { continue };
        rows.extend(largest.iter().map(|group: &GroupRows| {
            vec![
                Cell::new(group.group.as_str()),
                Cell::new(part.part.as_str()),
                Cell::count(group.rows),
                Cell::count(group.outliers),
            ]
        }));
        if *total > largest.len() {
            let (shown, total) = (largest.len(), format::count(*total));
            notes.push(format!("Of the {total} groups of {}, the {shown} largest.", part.part));
        }
    }
    let head = heads(&["Group", "Part"], &["Rows", "Outliers"]);
    let caption = scene.caption("The groups and the parts that they are in");
    (!rows.is_empty()).then(|| Table::new(caption, head, rows).notes(notes).sortable())
}
