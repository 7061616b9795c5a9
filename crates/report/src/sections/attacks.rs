//! By attack: the recall of each class, and where its scores lie among those of normal rows.

pub mod counted;
mod heatmap;

use crate::aggregate::SummaryRow;
use crate::document::Block;
use crate::figures::{Figure, Plot};
use crate::format::{self, ORACLE, ORACLE_SHORT, UNKNOWN};
use crate::runs;
use crate::scene::Scene;
use crate::subject::Subject;
use crate::table::{Cell, Group, Head, SUPERVISED_NOTE, Table, heads};
use crate::topic::Topic;
use counted::{Attacks, ClassResult, Kind, Line};
use heatmap::Value;

/// The section, with two tables for the test rows and two for transfer rows if there are such.
pub const TOPIC: Topic = Topic { plots, ..Topic::new("attacks", "By attack", blocks) };

fn blocks(scene: &Scene<'_>, figures: Vec<Figure>) -> Vec<Block> {
    let subject = scene.subject();
    let of = |attacks: &Attacks| [recall(subject, attacks), places(subject, attacks)];
    Block::usual([], figures, scene.attacks().iter().flat_map(of))
}

fn plots<'s>(scene: &'s Scene<'_>) -> Vec<Plot<'s>> {
    let subject = scene.subject();
    let mut plots = Vec::new();
    for (attacks, end) in scene.attacks().iter().zip(["", "-transfer"]) {
        for (stem, value) in [("called", Value::Called), ("scores", Value::Place)] {
            let stem = format!("attacks-{stem}{end}");
            plots.push(Plot::new(stem, move || heatmap::draw(subject, attacks, value)));
        }
    }
    plots
}

/// Rows of the comparison that have figures here.
fn shown<'r>(
    rows: &'r [SummaryRow],
    attacks: &'r Attacks,
) -> impl Iterator<Item = (&'r SummaryRow, &'r [ClassResult])> {
    let with_scores =
        |(_, found): &(&SummaryRow, &Vec<ClassResult>)| found.iter().any(|f| f.place.is_some());
    rows.iter().zip(&attacks.found).filter(with_scores).map(|(row, found)| (row, found.as_slice()))
}

fn table(
    subject: Subject<'_>,
    attacks: &Attacks,
    words: &str,
    cell: impl Fn(&SummaryRow, &ClassResult) -> Cell,
) -> Table {
    let rows = subject.rows;
    let mut head = heads(&["Class", "Category"], &["Rows"]);
    head.extend(shown(rows, attacks).map(|(row, _)| Head::new(row.marked_name(), true)));
    let line = |(at, line): (usize, &Line)| {
        let category = line.category.as_deref().unwrap_or(UNKNOWN);
        let mut cells = vec![Cell { best: line.total, ..Cell::new(&line.name) }];
        cells.extend([Cell::new(if line.total { "" } else { category }), Cell::count(line.rows)]);
        cells.extend(shown(rows, attacks).map(|(row, found)| cell(row, &found[at])));
        cells
    };
    let lines: Vec<(usize, &Line)> = attacks.lines.iter().enumerate().collect();
    let groups = lines.chunk_by(|a, b| a.1.kind == b.1.kind).map(|group| Group {
        title: Some(group[0].1.kind.title().to_owned()),
        rows: group.iter().copied().map(line).collect(),
    });
    Table::grouped(subject.caption(words), head, groups.collect()).sortable().folded()
}

fn recall(subject: Subject<'_>, attacks: &Attacks) -> Table {
    let (rows, oracle) = (subject.rows, subject.is_oracle());
    let mark = if oracle { format!(" {ORACLE}") } else { String::new() };
    let text = format!(
        "Share of each class's {} called outliers at the first threshold{mark}, medians over {}: recall for outliers, false alarms for inliers",
        attacks.judged.rows(),
        runs::varied(subject.results)
    );
    let mut table = table(subject, attacks, &text, |row, found| {
        Cell::spread(found.called, row.status.completed, format::share).with_bar()
    });
    if rows.iter().any(|row| row.trials.len() > 1) {
        let over = runs::varied(subject.results);
        let counts = shown(rows, attacks)
            .map(|(row, _)| format!("{} {}", row.name, row.status.completed))
            .collect::<Vec<_>>();
        table.notes.push(format!(
            "Medians over {over}, with the least and the greatest; (n = …) where fewer trials than these have rows of the class and a threshold: {}.",
            counts.join(", ")
        ));
    }
    if oracle {
        table.notes.push(ORACLE_SHORT.to_owned());
    }
    table.notes.extend(legend(rows, attacks));
    table
}

fn places(subject: Subject<'_>, attacks: &Attacks) -> Table {
    let text = format!(
        "Where each class's scores lie: the share of normal {} that score below, of the median row (of the quartiles), medians over {}",
        attacks.judged.rows(),
        runs::varied(subject.results)
    );
    let mut table = table(subject, attacks, &text, |_, found| match found.place {
        None => Cell::new(UNKNOWN),
        Some(place) => {
            let [low, median, high] = place.map(format::share);
            let quartiles = Some(format!("{low} to {high}"));
            Cell { trials: quartiles, ..Cell::of(place[1], median) }.with_bar()
        }
    });
    table.notes.push(
        "1 is above every normal row, 0.5 in their midst; equal scores count half. Unlike scores, these are the same scale for every model, and need no threshold. Each the median over trials.".into(),
    );
    table.notes.extend(legend(subject.rows, attacks));
    table
}

/// What the marks of both tables mean.
fn legend(rows: &[SummaryRow], attacks: &Attacks) -> Vec<String> {
    let unknown = attacks.lines.iter().any(|line| line.kind == Kind::UnknownInliers);
    let supervised = rows.iter().any(|row| row.supervised);
    let notes = [
        (unknown, "Normal rows are the inliers of a class that training inliers have."),
        (supervised, SUPERVISED_NOTE),
    ];
    notes.into_iter().filter(|note| note.0).map(|note| note.1.to_owned()).collect()
}
