//! What `oddbench compare` says of results that lack trials.

use oddbench_core::results::ExperimentResults;
use oddbench_report::changes::{Tolerances, changes, markdown};

use crate::verdict::seeds;

/// The results without the scores of these seeds of a model.
fn without(results: &ExperimentResults, model: &str, seeds: &[u64]) -> ExperimentResults {
    let mut results = results.clone();
    for trial in &mut results.trials {
        if trial.trial.name == model && trial.trial.seed.is_some_and(|seed| seeds.contains(&seed)) {
            (trial.record, trial.scores) = (None, None);
            trial.evaluations.clear();
        }
    }
    results
}

fn compared(second: &ExperimentResults) -> (Vec<String>, String) {
    let found = changes(["whole", "begun"], [&seeds(4), second], Tolerances::default());
    (found.regressions.clone(), markdown(&found))
}

/// The lines of a section that name a model.
fn lines<'t>(text: &'t str, section: &str, model: &str) -> Vec<&'t str> {
    let Some((_, from)) = text.split_once(section) else { return vec![] };
    let own = from.split("\n## ").next().unwrap();
    own.lines().filter(|line| line.contains(model)).collect()
}

#[test]
fn a_model_that_was_not_run_is_named_once_with_its_missing_trials() {
    let (regressions, text) = compared(&without(&seeds(4), "VAE", &[1, 2, 3, 4]));
    assert_eq!(regressions, ["VAE: none of 4 trials has scores (4 not run)"]);
    let only = lines(&text, "## Only in one", "VAE (");
    assert_eq!(
        only,
        [
            "- VAE (cpu): whole has 4 trials with scores that begun lacks: seed 1; seed 2; seed 3; seed 4"
        ]
    );
}

#[test]
fn a_model_that_lacks_some_trials_is_named_once_and_compared() {
    let (regressions, text) = compared(&without(&seeds(4), "BiGAN", &[4]));
    assert!(!regressions.iter().any(|words| words.contains("trial")), "{regressions:?}");
    let only = lines(&text, "## Only in one", "BiGAN");
    assert_eq!(only, ["- BiGAN (cpu): whole has 1 trial with scores that begun lacks: seed 4"]);
    assert_eq!(lines(&text, "## Figures", "BiGAN").len(), 1, "{text}");
}
