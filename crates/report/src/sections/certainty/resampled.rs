//! The median seeds of all rows on resamples of the test rows: what intervals and differences are made of.

use oddbench_core::evaluate::Evaluation;
use oddbench_core::metrics::{Cuts, PerMetric};
use oddbench_core::operating::{Part, cuts};
use oddbench_core::results::ExperimentResults;
use oddbench_core::scores::{ScoredPart, Scores};
use oddbench_core::stats::{Blocks, Bootstrap, Extent, Interval, Measured, Meter, Resamples};
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

/// Where the figures of the median seeds may lie, without the areas over all rows where there are very many.
pub struct Intervals<'a> {
    pub(super) of_rows: Vec<(Shown<'a>, PerMetric<Option<Interval>>)>,
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
        let found: Vec<PerMetric<Option<Interval>>> = match resampled {
            Some(resampled) => resampled.measured.par_iter().map(Measured::intervals).collect(),
            None => {
                let cost = shown.iter().map(|shown| shown.test.labels.len()).sum::<usize>();
                if cost > MOST_ROWS_OF_MODELS {
                    return None;
                }
                block_by_block(&shown)
            }
        };
        Some(Self { of_rows: shown.into_iter().zip(found).collect() })
    }
}

/// Draws the resamples one block after the other, so that they need not be kept.
fn block_by_block(shown: &[Shown<'_>]) -> Vec<PerMetric<Option<Interval>>> {
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
    meters.into_par_iter().map(|meter| meter.finish().intervals()).collect()
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
