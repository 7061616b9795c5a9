//! Which of a row's trials is meant, in words: its seed and its fold.

use oddbench_core::one_class::OneClass;
use oddbench_core::record::{PartSizes, TrialInfo};
use oddbench_core::results::ExperimentResults;

/// `seed 7`, `fold 2`, `seed 7, fold 2`, `seed 7, without dos`, or nothing if neither distinguishes trials.
pub fn run_name(trial: &TrialInfo) -> String {
    let parts = [trial.seed.map(|seed| format!("seed {seed}")), trial.fold_in_words()];
    parts.into_iter().flatten().collect::<Vec<_>>().join(", ")
}

/// Whether the split has folds.
pub fn has_folds(results: &ExperimentResults) -> bool {
    results.trials.iter().any(|trial| trial.trial.fold.is_some())
}

/// What the spread of a row is over: `seeds`, `folds`, or both.
pub fn varied(results: &ExperimentResults) -> &'static str {
    let several_seeds = crate::aggregate::groups(results).iter().any(|trials| {
        let mut seeds = trials.iter().map(|&at| results.trials[at].trial.seed);
        let first = seeds.next();
        seeds.any(|seed| Some(seed) != first)
    });
    match (has_folds(results), several_seeds) {
        (false, _) => "seeds",
        (true, false) => "folds",
        (true, true) => "seeds and folds",
    }
}

/// How many rows each part has: of the first fold, if there are folds. They differ by a row of each label at
/// most, or by a group of equal rows; where each leaves out a family, by much more.
pub fn sizes(results: &ExperimentResults) -> Option<PartSizes> {
    let mut trials: Vec<_> = results.trials.iter().collect();
    trials.sort_by_key(|trial| trial.trial.fold);
    trials.into_iter().find_map(|trial| trial.record.as_ref()?.sizes)
}

/// The parts that have rows of one class alone, with the metrics that are undefined there.
pub fn one_class_parts(results: &ExperimentResults) -> Vec<OneClass> {
    let sizes = results
        .trials
        .iter()
        .filter_map(|trial| trial.record.as_ref()?.sizes.map(|sizes| (trial.trial.fold, sizes)));
    OneClass::among(sizes)
}
