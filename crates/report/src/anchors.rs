//! Published figures beside ours, with the difference.

use oddbench_core::record::{AnchorSet, ExperimentResults};
use serde::Serialize;

use crate::aggregate::{Metric, SummaryRow};

/// A published figure and ours.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Cell {
    /// As it was published.
    pub published: Option<f64>,
    /// Ours: the median over the seeds, because published figures are of single runs.
    pub ours: Option<f64>,
}

impl Cell {
    /// Ours less the published one, if there are both.
    pub fn difference(self) -> Option<f64> {
        Some(self.ours? - self.published?)
    }
}

/// The published figures of one model beside one of our rows.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ComparisonRow {
    /// The model as it is published.
    pub model: String,
    /// The name of our row; `None` if no row is of that model.
    pub row: Option<String>,
    /// Whether our row is of a model that saw labels.
    pub supervised: bool,
    /// Trials that our figures are of.
    pub seeds: usize,
    /// One per metric of the comparison.
    pub cells: Vec<Cell>,
    /// What a reader must know of the published row.
    pub note: Option<String>,
}

/// One source of published figures beside our rows, under the experiment's first threshold rule.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Comparison {
    /// A short name.
    pub name: String,
    /// Where the figures were published.
    pub source: String,
    /// Remarks on how they came about.
    pub notes: Vec<String>,
    /// The metrics that the source has, in column order.
    pub metrics: Vec<Metric>,
    /// Names of published figures that oddbench does not compute.
    pub unknown: Vec<String>,
    /// In the source's order.
    pub rows: Vec<ComparisonRow>,
}

/// One comparison per set of anchors.
pub fn compare(results: &ExperimentResults, rows: &[SummaryRow]) -> Vec<Comparison> {
    results.manifest.anchors.iter().map(|set| comparison(set, rows)).collect()
}

fn comparison(set: &AnchorSet, rows: &[SummaryRow]) -> Comparison {
    let has = |metric: &Metric| set.anchors.iter().any(|a| a.metrics.contains_key(metric.key()));
    let metrics: Vec<Metric> = Metric::ALL.into_iter().filter(has).collect();
    let mut unknown: Vec<String> = set
        .anchors
        .iter()
        .flat_map(|anchor| anchor.metrics.keys())
        .filter(|key| Metric::of_key(key).is_none())
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
            let cell = |metric: &Metric| Cell {
                published: anchor.metrics.get(metric.key()).copied(),
                ours: row.and_then(|row| Some(row.metric(0, *metric)?.median)),
            };
            compared.push(ComparisonRow {
                model: anchor.name.clone(),
                row: row.map(|row| row.name.clone()),
                supervised: row.is_some_and(|row| row.supervised),
                seeds: row.map_or(0, |row| row.status.completed),
                cells: metrics.iter().map(cell).collect(),
                note: anchor.note.clone(),
            });
        }
    }
    Comparison {
        name: set.name.clone(),
        source: set.source.clone(),
        notes: set.notes.clone(),
        metrics,
        unknown,
        rows: compared,
    }
}
