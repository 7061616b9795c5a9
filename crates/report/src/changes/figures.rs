//! Differences of metrics, with intervals: over the test rows where both results score the same ones,
//! else over the trials.

use oddbench_core::metrics::{Metric, PerMetric};
use oddbench_core::operating::{Part, cuts};
use oddbench_core::results::{ExperimentResults, TrialResult};
use oddbench_core::scores::{ScoredPart, Scores};
use oddbench_core::stats::{
    Bootstrap, Interval, MeanDifference, Measured, Resamples, mean_differences,
    paired_mean_difference, unpaired_mean_difference,
};
use rayon::prelude::*;
use serde::Serialize;

use super::{Tolerances, key};
use crate::aggregate::SummaryRow;
use crate::format;

/// More test rows than this are not resampled: it takes long, and chance is small among so many.
const MOST_ROWS: usize = 25_000;

/// What an interval is over.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Basis {
    /// Paired bootstrap over the test rows, which are the same in both.
    TestRows,
    /// Student's interval over pairs of trials with equal seeds and folds.
    PairedTrials,
    /// Welch's interval over the trials of each.
    Trials,
    /// One trial a side on different rows: there is no interval.
    None,
}

/// How a metric changed.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct FigureChange {
    /// Which.
    pub metric: Metric,
    /// Its mean over the trials of each; `None` where it is undefined.
    pub means: [Option<f64>; 2],
    /// Second less first.
    pub difference: Option<f64>,
    /// Where the difference may lie, at 95 %.
    pub interval: Option<Interval>,
    /// What the interval is over.
    pub basis: Basis,
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
                format!("{title} fell by {} (tolerated: {tolerance})", format::fine(-difference))
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
    let trials = [0, 1].map(|side| scored(results[side], rows[side]));
    let over_rows = over_test_rows(&trials);
    Metric::ALL
        .into_iter()
        .filter_map(|metric| {
            let means = rows.map(|row| row.metric(0, metric).map(|spread| spread.mean));
            if means == [None, None] {
                return None;
            }
            let (found, basis) = match &over_rows {
                Some(found) => (found[metric], Basis::TestRows),
                None => over_trials(&trials, metric),
            };
            let [first, second] = means;
            let difference = first.zip(second).map(|(first, second)| second - first);
            let change = FigureChange {
                metric,
                means,
                difference,
                interval: found.map(|found| found.interval),
                basis: if found.is_some() { basis } else { Basis::None },
                tolerance: tolerances.0.get(&metric).copied(),
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
        None => change.means[0].is_some() && change.means[1].is_none(),
    }
}

fn scored<'r>(results: &'r ExperimentResults, row: &SummaryRow) -> Vec<&'r TrialResult> {
    let trials = row.trials.iter().map(|&at| &results.trials[at]);
    trials.filter(|trial| trial.scores.is_some()).collect()
}

fn test(trial: &TrialResult) -> Option<&ScoredPart> {
    trial.scores.as_ref().map(|scores| &scores.test)
}

/// `None` unless all trials score the same rows under the same labels.
fn over_test_rows(trials: &[Vec<&TrialResult>; 2]) -> Option<PerMetric<Option<MeanDifference>>> {
    let first = test(trials[0].first()?)?;
    trials[1].first()?;
    let same = |trial: &&TrialResult| {
        test(trial).is_some_and(|part| part.rows == first.rows && part.labels == first.labels)
    };
    if first.labels.len() > MOST_ROWS || !trials.iter().flatten().all(same) {
        return None;
    }
    let resamples = Resamples::of(first, Bootstrap::default());
    let measure = |trials: &[&TrialResult]| -> Vec<Measured> {
        let measured = trials.par_iter().filter_map(|trial| {
            let threshold = trial.evaluations.first().and_then(|e| e.threshold);
            let Scores { validation, test, .. } = trial.scores.as_ref()?;
            let cuts = cuts(validation, (Part::Test, test), threshold);
            Some(resamples.measure(&test.scores, &cuts))
        });
        measured.collect()
    };
    Some(mean_differences(&measure(&trials[0]), &measure(&trials[1])))
}

fn over_trials(trials: &[Vec<&TrialResult>; 2], metric: Metric) -> (Option<MeanDifference>, Basis) {
    let level = Bootstrap::default().level;
    let value = |trial: &TrialResult| trial.evaluations.first()?.metrics[metric];
    let pairs: Vec<(f64, f64)> = trials[0]
        .iter()
        .filter_map(|first| {
            let (_, _, seed, fold) = key(&first.trial);
            let twin = trials[1].iter().find(|other| {
                let (_, _, other_seed, other_fold) = key(&other.trial);
                (seed, &fold) == (other_seed, &other_fold)
            })?;
            Some((value(first)?, value(twin)?))
        })
        .collect();
    let all = |side: usize| trials[side].iter().filter_map(|t| value(t)).collect::<Vec<f64>>();
    let (first, second) = (all(0), all(1));
    match pairs.len() == first.len() && pairs.len() == second.len() {
        true => (paired_mean_difference(&pairs, level), Basis::PairedTrials),
        false => (unpaired_mean_difference(&first, &second, level), Basis::Trials),
    }
}
