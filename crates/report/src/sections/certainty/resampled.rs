//! The median seeds of all rows on resamples of the test rows, and with them where the medians over all seeds may lie.

use oddbench_core::evaluate::Evaluation;
use oddbench_core::metrics::{Cuts, Metric, PerMetric};
use oddbench_core::operating::{Part, cuts};
use oddbench_core::results::ExperimentResults;
use oddbench_core::scores::{ScoredPart, Scores};
use oddbench_core::stats::{
    Blocks, Bootstrap, Extent, Interval, Measured, Meter, Repeat, Resamples, estimate,
};
use rayon::prelude::*;

use crate::aggregate::SummaryRow;
use crate::runs::has_folds;

/// More test rows than this are not resampled for areas over all rows: their intervals would be narrow, and the
/// report slow.
const MOST_ROWS: usize = 25_000;

/// More rows times models than this are not resampled at all.
const MOST_ROWS_OF_MODELS: usize = 20_000_000;

/// The median seeds of all rows, measured on the same resamples of the test rows.
pub struct Resampled<'a> {
    pub(super) shown: Vec<Shown<'a>>,
    pub(super) resamples: Resamples<'a>,
    pub(super) measured: Vec<Measured>,
}

impl<'a> Resampled<'a> {
    /// `None` where each fold has test rows of its own, where there are very many, or nothing has
    /// scores.
    pub fn new(results: &'a ExperimentResults, rows: &'a [SummaryRow]) -> Option<Self> {
        let shown = shown(results, rows)?;
        let few = |shown: &Shown<'_>| shown.test.labels.len() <= MOST_ROWS;
        let first = shown.first().filter(|_| shown.iter().all(few))?;
        // Every trial has the same test rows, so that one drawing serves them all.
        let resamples = Resamples::of(first.test, Bootstrap::default());
        let measured = shown
            .par_iter()
            .map(|shown| resamples.measure(&shown.test.scores, &shown.cuts()))
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
                let some = self.resamples.measure_some(&shown.test.scores, &shown.cuts(), kept);
                (shown.row.name.as_str(), all, some)
            })
            .collect()
    }
}

/// Where the medians may lie, without those of the areas over all rows where there are very many.
pub struct Intervals<'a> {
    pub(super) of_rows: Vec<(&'a SummaryRow, PerMetric<Option<Interval>>)>,
}

impl<'a> Intervals<'a> {
    /// `None` where each fold has test rows of its own, where there are too many even so, or nothing has
    /// scores.
    pub fn new(
        results: &'a ExperimentResults,
        rows: &'a [SummaryRow],
        resampled: Option<&Resampled<'a>>,
    ) -> Option<Self> {
        let shown = shown(results, rows)?;
        let with_seeds = |(shown, measured): (&Shown<'a>, &Measured)| {
            (shown.row, PerMetric::from_fn(|metric| over_seeds(results, shown, measured, metric)))
        };
        let of_rows = match resampled {
            Some(resampled) => {
                resampled.shown.par_iter().zip(&resampled.measured).map(with_seeds).collect()
            }
            None => {
                let cost = shown.iter().map(|shown| shown.test.labels.len()).sum::<usize>();
                if cost > MOST_ROWS_OF_MODELS {
                    return None;
                }
                let measured = block_by_block(&shown);
                shown.par_iter().zip(&measured).map(with_seeds).collect()
            }
        };
        Some(Self { of_rows })
    }
}

/// Where the median over the seeds of a row may lie. What other test rows would do to it is taken from its median seed:
/// to measure every seed at every threshold takes long, and seeds of one model move much alike.
fn over_seeds(
    results: &ExperimentResults,
    shown: &Shown<'_>,
    measured: &Measured,
    metric: Metric,
) -> Option<Interval> {
    let own = measured.observed()[metric]?;
    let trials = shown.row.trials.iter().enumerate();
    let values = trials.filter_map(|(unit, &at)| {
        Some((unit as u64, results.trials[at].evaluations.first()?.metrics[metric]?))
    });
    let values: Vec<(u64, f64)> = values.collect();
    if values.len() < 2 {
        return measured.intervals()[metric];
    }
    let drawn = measured.drawn(metric);
    let repeat = |(unit, value): (u64, f64)| Repeat {
        unit,
        value,
        drawn: drawn.iter().map(|drawn| Some(value + (*drawn)? - own)).collect(),
    };
    let repeats: Vec<Repeat> = values.into_iter().map(repeat).collect();
    let interval = estimate(&repeats, Bootstrap::default())?.interval?;
    Some(within(metric, interval))
}

/// An interval as far as the metric can reach.
pub fn within(metric: Metric, interval: Interval) -> Interval {
    let least = if metric == Metric::Mcc { -1.0 } else { 0.0 };
    Interval { low: interval.low.max(least), high: interval.high.min(1.0) }
}

/// Draws the resamples one block after the other, so that they need not be kept.
fn block_by_block(shown: &[Shown<'_>]) -> Vec<Measured> {
    let settings = Bootstrap::default();
    let Some(first) = shown.first() else { return vec![] };
    let meter = |shown: &Shown<'_>| {
        Meter::new(shown.test, &shown.cuts(), Extent::WithoutWholeAreas, settings)
    };
    let mut meters: Vec<Meter> = shown.par_iter().map(meter).collect();
    let mut blocks = Blocks::new(&first.test.labels, settings);
    while let Some(block) = blocks.draw() {
        meters.par_iter_mut().for_each(|meter| meter.add(block));
    }
    meters.into_par_iter().map(Meter::finish).collect()
}

/// The rows with scores, which share their test rows; `None` without such rows, or where folds do not share them.
fn shown<'a>(results: &'a ExperimentResults, rows: &'a [SummaryRow]) -> Option<Vec<Shown<'a>>> {
    let shown: Vec<_> = rows.iter().filter_map(|row| Shown::new(results, row)).collect();
    (!has_folds(results) && !shown.is_empty()).then_some(shown)
}

/// A row with the scores of its median seed.
pub(super) struct Shown<'a> {
    pub(super) row: &'a SummaryRow,
    validation: &'a ScoredPart,
    pub(super) test: &'a ScoredPart,
    pub(super) evaluation: Option<&'a Evaluation>,
}

impl<'a> Shown<'a> {
    fn new(results: &'a ExperimentResults, row: &'a SummaryRow) -> Option<Self> {
        let trial = &results.trials[row.median_trial?];
        let Scores { validation, test, .. } = trial.scores.as_ref()?;
        Some(Self { row, validation, test, evaluation: trial.evaluations.first() })
    }

    fn cuts(&self) -> Cuts {
        let threshold = self.evaluation.and_then(|evaluation| evaluation.threshold);
        cuts(self.validation, (Part::Test, self.test), threshold)
    }
}
