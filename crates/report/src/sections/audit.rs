//! What the rows allow to be said, before any model: duplicates, overlap, contradictions, ceilings.

use oddbench_core::audit::{Audit, Ceiling, PartAudit};
use oddbench_core::results::ExperimentResults;

pub mod ceiling;
pub mod known_rows;

use crate::document::Block;
use crate::figures::Figure;
use crate::format::{self, UNKNOWN};
use crate::scene::Scene;
use crate::table::{Cell, Group, Head, Table, heads};
use crate::topic::Topic;

/// The section; none if no audit was made.
pub const TOPIC: Topic = Topic::new("audit", "Data audit", blocks);

fn blocks(scene: &Scene<'_>, figures: Vec<Figure>) -> Vec<Block> {
    let Some(audit) = &scene.results.audit else { return vec![] };
    let known = scene.known_rows().map(|known| known_rows::table(scene.subject(), known));
    let tables = [counts(scene, audit), composition(scene, audit)].into_iter().chain(known);
    Block::usual(ceiling::sentence(scene.results, scene.rows), figures, tables)
}

/// A count with its share of all rows of the part.
fn share(count: usize, of: usize) -> Cell {
    match of {
        0 => Cell::count(count),
        _ => {
            let share = format!("{} %", format::percent_of(count, of));
            Cell { details: vec![share], ..Cell::count(count) }
        }
    }
}

fn counts(scene: &Scene<'_>, audit: &Audit) -> Table {
    let head = heads(
        &["Part"],
        &[
            "Rows",
            "Outliers",
            "Exact duplicates",
            "Also in training",
            "Under both labels",
            "Inliers of unknown kind",
            "Ceiling, accuracy",
            "Ceiling, F1",
            "Ceiling, ROC-AUC",
        ],
    );
    let rows = audit.parts.iter().map(part).collect();
    let caption = scene.caption("The rows, by the raw values of the features");
    Table::new(caption, head, rows).notes(views_note(scene.results).into_iter().chain([
            "Exact duplicates: the number of rows less the number of distinct feature vectors. Also in training: rows with the features of a training row; a model may know them by heart. Under both labels: rows whose features occur in this part with both labels. Inliers of unknown kind: inliers of a class that no training inlier has.".into(),
            "Ceiling: the best figure that any function of these features can reach on these rows, because equal rows get equal scores. The ceiling is computed from the test labels, which no model knows.".into(),
            format!("{UNKNOWN} not defined for this part."),
    ])).wide([3, 5, 6, 7, 8])
}

/// Models that see other columns are under another ceiling.
fn views_note(results: &ExperimentResults) -> Option<String> {
    let mut trials = results.manifest.trials.iter();
    let differs = trials.any(|trial| {
        trial.view.as_ref().is_some_and(|view| view.features != results.manifest.data.features)
    });
    differs.then(|| {
        let features = &results.manifest.data.features;
        format!("The features are those of the experiment ({features}). A model that sees fewer of them is under a lower ceiling; one that sees others, under another.")
    })
}

fn part(part: &PartAudit) -> Vec<Cell> {
    let ceiling = |of: fn(&Ceiling) -> f64| {
        Cell::known(part.ceiling.as_ref().map(of), |figure| format!("{figure:.5}"))
    };
    vec![
        Cell::new(part.part.as_str()),
        Cell::count(part.rows),
        Cell::count(part.outliers),
        share(part.rows - part.distinct, part.rows),
        part.in_training.map_or_else(|| Cell::new(UNKNOWN), |rows| share(rows, part.rows)),
        share(part.contradictory, part.rows),
        Cell {
            attention: part.out_of_range_inliers > 0,
            ..share(part.out_of_range_inliers, part.rows - part.outliers)
        },
        ceiling(|c| c.accuracy),
        ceiling(|c| c.f1),
        ceiling(|c| c.roc_auc),
    ]
}

/// The classes of the part that is tested on, known kinds and unknown ones apart.
fn composition(scene: &Scene<'_>, audit: &Audit) -> Table {
    let scored: Vec<&PartAudit> =
        audit.parts.iter().filter(|p| p.part == "test" || p.part == "transfer").collect();
    let mut head = heads(&["Class", "Category", "Label"], &[]);
    let title = |part: &str| if part == "test" { "Test rows" } else { "Transfer rows" };
    head.extend(scored.iter().map(|part| Head::new(title(&part.part), true)));
    let mut names: Vec<(&str, &str, bool, bool)> = Vec::new();
    for class in scored.iter().flat_map(|part| &part.classes) {
        let category = class.category.as_deref().unwrap_or(UNKNOWN);
        let key = (class.class.as_str(), category, class.outlier, class.seen);
        if !names.contains(&key) {
            names.push(key);
        }
    }
    let row = |&(name, category, outlier, _): &(&str, &str, bool, bool)| {
        let mut cells = vec![
            Cell::new(name),
            Cell::new(category),
            Cell::new(if outlier { "outlier" } else { "inlier" }),
        ];
        cells.extend(scored.iter().map(|part| {
            let found = part.classes.iter().find(|c| c.class == name && c.outlier == outlier);
            Cell::count(found.map_or(0, |class| class.rows))
        }));
        cells
    };
    let group = |seen: bool, title: &str| Group {
        title: Some(title.to_owned()),
        rows: names.iter().filter(|name| name.3 == seen).map(row).collect(),
    };
    let mut groups = vec![
        group(true, "In the table that training rows come from"),
        group(false, "Not in the table that training rows come from"),
    ];
    groups.retain(|group| !group.rows.is_empty());
    Table::grouped(scene.caption("Classes of the rows that are scored"), head, groups).folded()
}
