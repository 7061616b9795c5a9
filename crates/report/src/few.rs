//! Test rows with one or two attacks, or with one or two benign rows: too few to say which model is better.

use oddbench_core::metrics::Metric;
use oddbench_core::operating::MIN_FALSE_ALARMS;
use oddbench_core::results::ExperimentResults;

use crate::format;
use crate::runs::has_folds;

/// With so many rows of a class, or fewer, models are not compared. Resamples of one row are all the same, and
/// resamples of two rows show next to nothing of what a third one would do.
const FEW: usize = 2;

/// With fewer rows of a class, intervals are rough: of ten expected rows, the count has a standard deviation of a third.
const ROUGH: usize = MIN_FALSE_ALARMS as usize;

/// A class of the test rows that has few of them.
#[derive(Clone, Copy)]
enum Few {
    Attacks(usize),
    Benign(usize),
}

impl Few {
    /// `1 attack`, `2 benign rows`.
    fn counted(self) -> String {
        match self {
            Self::Attacks(rows) => format::counted(rows, "attack"),
            Self::Benign(rows) => format::counted(rows, "benign row"),
        }
    }
}

/// What there are few of: `1 attack`, `2 benign rows`. `None` if there are enough, if a class is absent, or if folds are
/// compared: there the chance is that of the folds.
pub fn few(results: &ExperimentResults) -> Option<String> {
    few_of(results, FEW).map(Few::counted)
}

/// A caution, where models are compared although a class has few rows.
pub fn rough(results: &ExperimentResults) -> Option<String> {
    let rows = match (few_of(results, FEW), few_of(results, ROUGH - 1)) {
        (None, Some(rough)) => rough.counted(),
        _ => return None,
    };
    Some(format!(
        "Few rows: the test rows have only {rows}. Intervals from so few rows are rough, and one more row may change every figure."
    ))
}

/// Whether the metric rests on a class that has few rows. What is found of the attacks does not rest on benign test rows:
/// its threshold is chosen on others.
pub fn rests_on_few(results: &ExperimentResults, metric: Metric) -> bool {
    let of_attacks_alone = matches!(
        metric,
        Metric::Recall
            | Metric::MacroRecall
            | Metric::RecallAtFpr1e2
            | Metric::RecallAtFpr1e3
            | Metric::RecallAtFpr1e4
    );
    match few_of(results, FEW) {
        None => false,
        Some(Few::Attacks(_)) => true,
        Some(Few::Benign(_)) => !of_attacks_alone,
    }
}

/// The class of which the test rows have so many rows or fewer.
fn few_of(results: &ExperimentResults, most: usize) -> Option<Few> {
    if has_folds(results) {
        return None;
    }
    let test = &results.trials.iter().find_map(|trial| trial.scores.as_ref())?.test;
    let attacks = test.labels.iter().filter(|&&label| label).count();
    let benign = test.labels.len() - attacks;
    let is_few = |rows: usize| rows <= most;
    match (attacks, benign) {
        (0, _) | (_, 0) => None,
        (attacks, _) if is_few(attacks) => Some(Few::Attacks(attacks)),
        (_, benign) if is_few(benign) => Some(Few::Benign(benign)),
        _ => None,
    }
}

/// The same as a sentence, for the verdict and wherever models are compared.
pub fn sentence(results: &ExperimentResults) -> Option<String> {
    few(results).map(|rows| {
        format!(
            "The test rows have only {rows}: with so few, nobody can say which model is better, and recall and intervals mean almost nothing."
        )
    })
}
