//! Test rows with one or two attacks, or with one or two benign rows: too few to say which model is better.

use oddbench_core::results::ExperimentResults;

use crate::format;
use crate::runs::has_folds;

/// With so many rows of a class, or fewer, models are not compared. Resamples of one row are all the same, and
/// resamples of two rows show next to nothing of what a third one would do.
const FEW: usize = 2;

/// What there are few of: `1 attack`, `2 benign rows`. `None` if there are enough, if a class is absent, or if folds are
/// compared: there the chance is that of the folds.
pub fn few(results: &ExperimentResults) -> Option<String> {
    if has_folds(results) {
        return None;
    }
    let test = &results.trials.iter().find_map(|trial| trial.scores.as_ref())?.test;
    let attacks = test.labels.iter().filter(|&&label| label).count();
    let benign = test.labels.len() - attacks;
    let is_few = |rows: usize| rows <= FEW;
    match (attacks, benign) {
        (0, _) | (_, 0) => None,
        (attacks, _) if is_few(attacks) => Some(format::counted(attacks, "attack")),
        (_, benign) if is_few(benign) => Some(format::counted(benign, "benign row")),
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
