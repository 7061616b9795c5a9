//! Published figures beside ours, with the difference.

use oddbench_core::metrics::Metric;
use oddbench_core::record::AnchorSet;
use oddbench_core::results::ExperimentResults;
use serde::Serialize;

use crate::aggregate::SummaryRow;
use crate::document::Block;
use crate::figures::Figure;
use crate::format::{self, ORACLE_SHORT, UNKNOWN};
use crate::runs;
use crate::scene::Scene;
use crate::table::{Cell, Group, Table, heads, metric_head};
use crate::topic::Topic;

/// The section, with a table per source.
pub const TOPIC: Topic =
    Topic { paper: true, ..Topic::new("published", "Against the published figures", blocks) };

fn blocks(scene: &Scene<'_>, _: Vec<Figure>) -> Vec<Block> {
    let mut blocks = Vec::new();
    for set in published(scene.results, scene.rows) {
        blocks.push(Block::Text(format!(
            "Source: {}. Ours: the first threshold rule; with several {} their {}.",
            set.source.trim_end_matches('.'),
            runs::varied(scene.results),
            match set.mean {
                true => "mean, as the published figures are means too",
                false => "median, because published figures are of single runs",
            }
        )));
        blocks.push(Block::Table(table(scene, &set)));
        if !set.notes.is_empty() {
            blocks.push(Block::List(set.notes));
        }
    }
    blocks
}

/// A published figure and ours.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct PublishedFigure {
    /// As it was published.
    pub published: Option<f64>,
    /// Ours: the median over the trials, or the mean where the published figures are means.
    pub ours: Option<f64>,
}

impl PublishedFigure {
    /// Ours less the published one, if there are both.
    pub fn difference(self) -> Option<f64> {
        Some(self.ours? - self.published?)
    }
}

/// The published figures of one model beside one of our rows.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct PublishedRow {
    /// The model as it is published.
    pub model: String,
    /// The name of our row; `None` if no row is of that model.
    pub row: Option<String>,
    /// Whether our row is of a model that saw labels.
    pub supervised: bool,
    /// Trials that our figures are of.
    pub seeds: usize,
    /// One per metric of the source.
    pub cells: Vec<PublishedFigure>,
    /// What a reader must know of the published row.
    pub note: Option<String>,
}

/// One source of published figures beside our rows, under the experiment's first threshold rule.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Published {
    /// A short name.
    pub name: String,
    /// Where the figures were published.
    pub source: String,
    /// Whether they are means over several runs.
    pub mean: bool,
    /// Remarks on how they came about.
    pub notes: Vec<String>,
    /// The metrics that the source has, in column order.
    pub metrics: Vec<Metric>,
    /// Names of published figures that oddbench does not compute.
    pub unknown: Vec<String>,
    /// In the source's order.
    pub rows: Vec<PublishedRow>,
}

/// The published figures of every source, beside ours.
pub fn published(results: &ExperimentResults, rows: &[SummaryRow]) -> Vec<Published> {
    results.manifest.anchors.iter().map(|set| of_source(set, rows)).collect()
}

fn of_source(set: &AnchorSet, rows: &[SummaryRow]) -> Published {
    let has = |metric: &Metric| set.anchors.iter().any(|a| a.metrics.contains_key(metric.name()));
    let metrics: Vec<Metric> = Metric::ALL.into_iter().filter(has).collect();
    let mut unknown: Vec<String> = set
        .anchors
        .iter()
        .flat_map(|anchor| anchor.metrics.keys())
        .filter(|key| Metric::of_name(key).is_none())
        .cloned()
        .collect();
    unknown.sort();
    unknown.dedup();
    let mut compared = Vec::new();
    for anchor in &set.anchors {
        let matching: Vec<Option<&SummaryRow>> = match rows.iter().any(|r| r.model == anchor.name) {
            true => rows.iter().filter(|row| row.model == anchor.name).map(Some).collect(),
            false => vec![None],
        };
        for row in matching {
            let cell = |metric: &Metric| PublishedFigure {
                published: anchor.metrics.get(metric.name()).copied(),
                ours: row.and_then(|row| {
                    let spread = row.metric(0, *metric)?;
                    Some(if set.mean { spread.mean } else { spread.median })
                }),
            };
            compared.push(PublishedRow {
                model: anchor.name.clone(),
                row: row.map(|row| row.name.clone()),
                supervised: row.is_some_and(|row| row.supervised),
                seeds: row.map_or(0, |row| row.status.completed),
                cells: metrics.iter().map(cell).collect(),
                note: anchor.note.clone(),
            });
        }
    }
    Published {
        name: set.name.clone(),
        source: set.source.clone(),
        mean: set.mean,
        notes: set.notes.clone(),
        metrics,
        unknown,
        rows: compared,
    }
}

/// Two or three lines per model: published, ours, and the difference where there are both.
fn table(scene: &Scene<'_>, set: &Published) -> Table {
    let oracle = scene.is_oracle();
    let mut head = heads(&["Model", "Figures"], &[]);
    head.extend(set.metrics.iter().map(|&metric| metric_head(metric, oracle)));
    let mut notes = Vec::new();
    let groups = set.rows.iter().map(|row| {
        let mut name = row.row.clone().unwrap_or_else(|| row.model.clone());
        if row.supervised {
            name.push_str(" (supervised)");
        }
        if let Some(note) = &row.note {
            name.push_str(&format!(" [{}]", number(&mut notes, note)));
        }
        Group { title: None, rows: lines(name, row, set) }
    });
    let groups = groups.collect();
    let mut notes: Vec<String> =
        notes.into_iter().enumerate().map(|(i, note)| format!("[{}] {note}", i + 1)).collect();
    if oracle {
        notes.push(ORACLE_SHORT.to_owned());
    }
    if !set.unknown.is_empty() {
        notes.push(format!("Published, but not computed here: {}.", set.unknown.join(", ")));
    }
    let caption = scene.caption(&format!("Against {}", set.name));
    // Where a source has the metrics that all are compared by, a phone shows these.
    let key = |metric: &Metric| [Metric::F1, Metric::RocAuc].contains(metric);
    let known = set.metrics.iter().any(key);
    let wide = (0..set.metrics.len()).filter(|&at| known && !key(&set.metrics[at]));
    Table::grouped(caption, head, groups).notes(notes).wide(wide.map(|at| at + 2))
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

fn lines(name: String, row: &PublishedRow, set: &Published) -> Vec<Vec<Cell>> {
    let (metrics, mean) = (&set.metrics, set.mean);
    let line =
        |first: String, second: &str, show: &dyn Fn(Metric, &PublishedFigure) -> Option<String>| {
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
        (Some(_), n) if mean => format!("ours, mean of {n}"),
        (Some(_), n) => format!("ours, median of {n}"),
    };
    let mut lines = vec![
        line(name, "published", &|metric, cell| Some(format::metric(metric, cell.published?))),
        line(String::new(), &ours, &|metric, cell| Some(format::metric(metric, cell.ours?))),
    ];
    if row.cells.iter().any(|cell| cell.difference().is_some()) {
        let difference = |_, cell: &PublishedFigure| cell.difference().map(format::difference);
        lines.push(line(String::new(), "difference", &difference));
    }
    lines
}
