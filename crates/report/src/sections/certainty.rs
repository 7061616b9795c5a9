//! How sure the comparison is: bootstrap intervals over the test rows, and paired differences between
//! models. Of a row with several seeds it is the median one that is resampled; how far seeds differ is
//! in the comparison itself.

use oddbench_core::evaluate::Evaluation;
use oddbench_core::metrics::Metric;
use oddbench_core::results::ExperimentResults;
use oddbench_core::scores::ScoredPart;
use oddbench_core::stats::{Bootstrap, Difference, Interval, Measured, Resamples, differences};
use rayon::prelude::*;

use super::Topic;
use crate::aggregate::SummaryRow;
use crate::document::Block;
use crate::figures::Figure;
use crate::format::{self, UNKNOWN};
use crate::runs::has_folds;
use crate::scene::Scene;
use crate::table::{Cell, Table, by_supervision, heads};

/// The section; none where the test rows are not resampled.
pub const TOPIC: Topic = Topic::new("certainty", "How sure", blocks);

/// The metrics that have intervals.
const INTERVALS: [Metric; 5] =
    [Metric::Precision, Metric::Recall, Metric::F1, Metric::RocAuc, Metric::AveragePrecision];

/// More test rows than this are not resampled: their intervals would be narrow, and the report slow.
const MOST_ROWS: usize = 25_000;

/// Below this, a difference counts as more than chance.
const SIGNIFICANCE: f64 = 0.05;

/// The median seeds of all rows, measured on the same resamples of the test rows.
pub struct Resampled<'a> {
    shown: Vec<Shown<'a>>,
    resamples: Resamples<'a>,
    measured: Vec<Measured>,
}

impl<'a> Resampled<'a> {
    /// `None` where each fold has test rows of its own, where there are very many, or nothing has
    /// scores.
    pub fn new(results: &'a ExperimentResults, rows: &'a [SummaryRow]) -> Option<Self> {
        if has_folds(results) {
            return None;
        }
        let shown: Vec<Shown<'_>> =
            rows.iter().filter_map(|row| Shown::new(results, row)).collect();
        let few = |shown: &Shown<'_>| shown.test.labels.len() <= MOST_ROWS;
        let first = shown.first().filter(|_| shown.iter().all(few))?;
        // Every trial has the same test rows, so that one drawing serves them all.
        let resamples = Resamples::draw(&first.test.labels, Bootstrap::default());
        let measured = shown
            .par_iter()
            .map(|shown| resamples.measure(&shown.test.scores, shown.threshold()))
            .collect();
        Some(Self { shown, resamples, measured })
    }

    /// For each row that has scores its name, what all test rows say of its median seed, and what
    /// those say that are kept.
    pub fn drops(&self, kept: &[bool]) -> Vec<(&'a str, &Measured, Measured)> {
        self.shown
            .par_iter()
            .zip(&self.measured)
            .map(|(shown, all)| {
                let some = self.resamples.measure_some(&shown.test.scores, shown.threshold(), kept);
                (shown.row.name.as_str(), all, some)
            })
            .collect()
    }
}

/// Intervals under the first threshold rule, and differences from the best unsupervised model.
fn blocks(scene: &Scene<'_>, figures: Vec<Figure>) -> Vec<Block> {
    let Some(Resampled { shown, measured, .. }) = scene.resampled() else { return vec![] };
    let intervals = interval_table(scene, shown, measured);
    let differences = difference_table(scene, shown, measured);
    Block::usual([], figures, [intervals].into_iter().chain(differences))
}

/// A row with the scores of its median seed.
struct Shown<'a> {
    row: &'a SummaryRow,
    test: &'a ScoredPart,
    evaluation: Option<&'a Evaluation>,
}

impl<'a> Shown<'a> {
    fn new(results: &'a ExperimentResults, row: &'a SummaryRow) -> Option<Self> {
        let trial = &results.trials[row.median_trial?];
        let test = &trial.scores.as_ref()?.test;
        Some(Self { row, test, evaluation: trial.evaluations.first() })
    }

    fn threshold(&self) -> Option<f64> {
        self.evaluation?.threshold
    }

    fn intervals(&self, measured: &Measured) -> Vec<Cell> {
        let Some(evaluation) = self.evaluation else {
            return vec![Cell::new(UNKNOWN); INTERVALS.len()];
        };
        let found = measured.intervals();
        let cell = |metric| interval_cell(evaluation.metrics[metric], found[metric]);
        INTERVALS.map(cell).to_vec()
    }
}

fn interval_cell(value: Option<f64>, interval: Option<Interval>) -> Cell {
    match (value, interval) {
        (Some(value), Some(Interval { low, high })) => {
            Cell::of(value, format!("{} to {}", format::share(low), format::share(high)))
        }
        _ => Cell::new(UNKNOWN),
    }
}

fn interval_table(scene: &Scene<'_>, shown: &[Shown<'_>], measured: &[Measured]) -> Table {
    let head = heads(&["Model"], &["Precision", "Recall", "F1", "ROC-AUC", "Average precision"]);
    let body = |row: &SummaryRow| {
        let own = shown.iter().zip(measured).find(|(shown, _)| std::ptr::eq(shown.row, row));
        let figures = own.map(|(shown, measured)| shown.intervals(measured)).unwrap_or_default();
        [Cell::new(row.name.as_str())].into_iter().chain(figures).collect()
    };
    let caption = scene.caption("95 % intervals over test rows, first threshold rule");
    let groups = by_supervision(shown.iter().map(|shown| shown.row), body);
    Table::grouped(caption, head, groups).notes([
            "Percentile bootstrap, 1,000 resamples, each label for itself; the median seed. The threshold is held fixed: an oracle's own uncertainty is not in them, nor that of another seed.",
    ])
}

/// Every model against the best unsupervised one. `None` for fewer than two models.
fn difference_table(
    scene: &Scene<'_>,
    shown: &[Shown<'_>],
    measured: &[Measured],
) -> Option<Table> {
    let auc = |shown: &Shown<'_>| {
        shown.evaluation.and_then(|evaluation| evaluation.metrics[Metric::RocAuc])
    };
    let ranked = shown.iter().enumerate().filter(|(_, shown)| !shown.row.supervised);
    let (best, _) = ranked
        .filter_map(|(at, shown)| Some((at, auc(shown)?)))
        .max_by(|a, b| a.1.total_cmp(&b.1))?;
    if shown.len() < 2 {
        return None;
    }
    let areas = differences(measured, Metric::RocAuc)?;
    let precisions = differences(measured, Metric::AveragePrecision)?;
    let rows = (0..shown.len()).filter(|&at| at != best).map(|at| {
        let mut cells = vec![Cell::new(shown[at].row.marked_name())];
        for differences in [&areas, &precisions] {
            cells.extend(difference_cells(differences, at, best));
        }
        cells
    });
    let words = format!("Difference from {}, the best by ROC-AUC", shown[best].row.name);
    let head = heads(
        &["Model"],
        &["ROC-AUC", "95 % interval", "p, Holm", "Average precision", "95 % interval", "p, Holm"],
    );
    Some(Table::new(scene.caption(&words), head, rows.collect()).notes([
            "Paired bootstrap on the same resamples of the test rows (median seeds); p-values of the normal approximation, corrected for all pairs of models by Holm's method. A p above 0.05, marked, may be chance. One seed stands for each model here: seeds may differ by more than test rows do.",
    ]))
}

fn difference_cells(differences: &[Difference], at: usize, best: usize) -> [Cell; 3] {
    let pair = (at.min(best), at.max(best));
    let Some(found) = differences.iter().find(|d| (d.first, d.second) == pair) else {
        return [Cell::new(UNKNOWN), Cell::new(UNKNOWN), Cell::new(UNKNOWN)];
    };
    // The list has first minus second.
    let sign = if at < best { 1.0 } else { -1.0 };
    let ends = [sign * found.interval.low, sign * found.interval.high];
    let (low, high) = (ends[0].min(ends[1]), ends[0].max(ends[1]));
    let difference = sign * found.difference;
    let p = found.p_adjusted;
    let chance = p > SIGNIFICANCE;
    [
        Cell::of(difference, format::difference(difference)),
        Cell::new(format!("{} to {}", format::difference(low), format::difference(high))),
        Cell {
            attention: chance,
            ..Cell::of(p, if p < 0.001 { "< 0.001".to_owned() } else { format!("{p:.3}") })
        },
    ]
}
