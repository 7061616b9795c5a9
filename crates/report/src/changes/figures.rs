//! Differences of medians, with intervals over both sources of chance: the seeds of each side, and the test rows.

use oddbench_core::metrics::Metric;
use oddbench_core::operating::{Part, cuts};
use oddbench_core::results::{ExperimentResults, TrialResult};
use oddbench_core::scores::{ScoredPart, Scores};
use oddbench_core::stats::{
    Bootstrap, Difference, DrawnAreas, Interval, Measured, Pairing, Repeat, Resamples, compare,
};
use rayon::prelude::*;
use serde::Serialize;

use super::Tolerances;
use crate::aggregate::SummaryRow;
use crate::chance::{self, Unit};
use crate::few::rests_on_few;
use crate::format;
use crate::runs::has_folds;

/// More test rows than this are not resampled at a threshold: it takes long, and chance is small among so many. Areas
/// are resampled for any number.
const MOST_ROWS: usize = 25_000;

/// What an interval is over.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Basis {
    /// The seeds of each side and the test rows.
    SeedsAndRows,
    /// The seeds of the side that has several, and the test rows.
    SeedsOfOneAndRows,
    /// The test rows alone: each side has one trial.
    Rows,
    /// The seeds alone: there are too many test rows to draw.
    Seeds,
    /// The folds, with their rows.
    Folds,
    /// One trial a side and nothing else to draw, or too few rows of a class: there is no interval.
    None,
}

/// How a metric changed.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct FigureChange {
    /// Which.
    pub metric: Metric,
    /// Its median over the trials of each; `None` where it is undefined.
    pub medians: [Option<f64>; 2],
    /// Second less first.
    pub difference: Option<f64>,
    /// Where the difference may lie, at 95 %.
    pub interval: Option<Interval>,
    /// What the interval is over.
    pub basis: Basis,
    /// Whether trials of equal seeds, or folds, are drawn together.
    pub paired: bool,
    /// How far it may fall; `None`: it is not judged.
    pub tolerance: Option<f64>,
    /// Whether it fell by more than is tolerated and by more than chance.
    pub regression: bool,
}

impl FigureChange {
    /// `ROC-AUC fell by 0.0312 (tolerated: 0.005)`, or that it is undefined now.
    pub fn words(&self) -> String {
        let title = self.metric.title();
        match (self.difference, self.tolerance) {
            (Some(difference), Some(tolerance)) => {
                let by = format::apart(-difference, tolerance, 4);
                format!("{title} fell by {by} (tolerated: {tolerance})")
            }
            _ => format!("{title} is undefined now"),
        }
    }
}

/// The figures of one row under the first threshold rule of each.
pub(super) fn figures(
    results: [&ExperimentResults; 2],
    rows: [&SummaryRow; 2],
    tolerances: &Tolerances,
) -> Vec<FigureChange> {
    let sides = Sides::new(results, rows);
    Metric::ALL
        .into_iter()
        .filter_map(|metric| {
            let medians = rows.map(|row| row.metric(0, metric).map(|spread| spread.median));
            if medians == [None, None] {
                return None;
            }
            // Neither an interval nor a judgement means anything on one or two rows of a class.
            let few = results.into_iter().any(|results| rests_on_few(results, metric));
            let found = if few { None } else { sides.difference(metric) };
            let [first, second] = medians;
            let change = FigureChange {
                metric,
                medians,
                difference: first.zip(second).map(|(first, second)| second - first),
                interval: found.map(|found| found.interval),
                basis: found.map_or(Basis::None, |found| sides.basis(&found)),
                paired: sides.pairing == Pairing::ByUnit,
                tolerance: tolerances.0.get(&metric).copied().filter(|_| !few),
                regression: false,
            };
            Some(FigureChange { regression: is_regression(&change), ..change })
        })
        .collect()
}

/// Fallen by more than is tolerated, and the interval, where there is one, leaves no room for none. A
/// metric that has become undefined has fallen.
fn is_regression(change: &FigureChange) -> bool {
    let Some(tolerance) = change.tolerance else { return false };
    match change.difference {
        Some(difference) => {
            let beyond_chance = change.interval.is_none_or(|interval| interval.high < 0.0);
            -difference > tolerance && beyond_chance
        }
        None => change.medians[0].is_some() && change.medians[1].is_none(),
    }
}

/// The trials of both sides on resamples of their test rows: the same resamples where they test on the same rows.
struct Sides<'r> {
    trials: [Vec<&'r TrialResult>; 2],
    areas: Vec<Option<DrawnAreas>>,
    /// What is measured at thresholds, where the rows are not too many.
    measured: Vec<Option<Measured>>,
    unit: Unit,
    pairing: Pairing,
}

impl<'r> Sides<'r> {
    fn new(results: [&'r ExperimentResults; 2], rows: [&SummaryRow; 2]) -> Self {
        let trials = [0, 1].map(|side| scored(results[side], rows[side]));
        let all = trials.concat();
        let (unit, pairing) = match results.iter().all(|results| has_folds(results)) {
            true => (Unit::Fold, Pairing::ByUnit),
            false if seeds(&trials[0]) == seeds(&trials[1]) => (Unit::Seed, Pairing::ByUnit),
            false => (Unit::Trial, Pairing::None),
        };
        let nothing = || all.iter().map(|_| None).collect();
        // A fold's figure has the chance of its rows in it.
        let (areas, measured) = match unit {
            Unit::Fold => (vec![None; all.len()], nothing()),
            _ => (chance::areas(&all), measure(&all)),
        };
        Self { trials, areas, measured, unit, pairing }
    }

    /// The first is taken from the second, as in the table.
    fn difference(&self, metric: Metric) -> Option<Difference> {
        let [first, second] = [0, 1].map(|side| self.repeats(side, metric));
        compare(&second, &first, self.pairing, Bootstrap::default())
    }

    fn repeats(&self, side: usize, metric: Metric) -> Vec<Repeat> {
        let first = side * self.trials[0].len();
        let trials = self.trials[side].iter().zip(first..);
        let defined = |trial: &TrialResult| {
            trial.evaluations.first().is_some_and(|evaluation| evaluation.metrics[metric].is_some())
        };
        let positions: Vec<usize> =
            trials.clone().filter(|(trial, _)| defined(trial)).map(|(_, at)| at).collect();
        let with_areas = trials.map(|(trial, at)| (*trial, self.areas[at].as_ref()));
        let mut repeats = chance::repeats(with_areas, metric, self.unit);
        for (repeat, at) in repeats.iter_mut().zip(positions) {
            if let (true, Some(measured)) = (repeat.drawn.is_empty(), &self.measured[at]) {
                repeat.drawn = measured.drawn(metric);
            }
        }
        repeats
    }

    fn basis(&self, found: &Difference) -> Basis {
        let several = found.units.iter().filter(|units| **units > 1).count();
        match (self.unit, found.rows, several) {
            (Unit::Fold, ..) => Basis::Folds,
            (_, false, _) => Basis::Seeds,
            (_, true, 0) => Basis::Rows,
            (_, true, 1) => Basis::SeedsOfOneAndRows,
            (_, true, _) => Basis::SeedsAndRows,
        }
    }
}

fn seeds(trials: &[&TrialResult]) -> Vec<Option<u64>> {
    let mut seeds: Vec<Option<u64>> = trials.iter().map(|trial| trial.trial.seed).collect();
    seeds.sort_unstable();
    seeds
}

fn scored<'r>(results: &'r ExperimentResults, row: &SummaryRow) -> Vec<&'r TrialResult> {
    let trials = row.trials.iter().map(|&at| &results.trials[at]);
    trials.filter(|trial| trial.scores.is_some()).collect()
}

/// Every metric of each trial on resamples of its test rows.
fn measure(trials: &[&TrialResult]) -> Vec<Option<Measured>> {
    let mut parts: Vec<(&ScoredPart, Resamples<'_>)> = Vec::new();
    let part_of: Vec<Option<usize>> = trials
        .iter()
        .map(|trial| {
            let own = &trial.scores.as_ref()?.test;
            if own.labels.len() > MOST_ROWS {
                return None;
            }
            let same = |(known, _): &(&ScoredPart, _)| {
                known.rows == own.rows && known.labels == own.labels
            };
            Some(parts.iter().position(same).unwrap_or_else(|| {
                let settings = Bootstrap { seed: parts.len() as u64, ..Bootstrap::default() };
                parts.push((own, Resamples::of(own, settings)));
                parts.len() - 1
            }))
        })
        .collect();
    let measured = |(trial, part): (&&TrialResult, &Option<usize>)| {
        let (_, resamples) = &parts[(*part)?];
        let threshold = trial.evaluations.first().and_then(|evaluation| evaluation.threshold);
        let Scores { validation, test, .. } = trial.scores.as_ref()?;
        let cuts = cuts(validation, (Part::Test, test), threshold);
        Some(resamples.measure(&test.scores, &cuts))
    };
    trials.par_iter().zip(&part_of).map(measured).collect()
}
