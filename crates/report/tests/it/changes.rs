//! What `oddbench compare` says of results that lack trials.

use oddbench_core::metrics::Metric;
use oddbench_core::results::ExperimentResults;
use oddbench_report::changes::{Tolerances, changes, markdown};

use crate::verdict::{few::with_attacks, seeds};

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
    let trials = seeds(4).trials.len();
    let unfinished =
        format!("Unfinished: begun has {} of {trials} trials; run it again to go on", trials - 4);
    assert_eq!(regressions, [&unfinished, "VAE: none of 4 trials has scores (4 not run)"]);
    assert!(text.contains(&format!("- {unfinished}\n")), "{text}");
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
    // No model is worse. The run is unfinished, and a gate must not pass what was not measured.
    let trials = seeds(4).trials.len();
    assert_eq!(
        regressions,
        [format!("Unfinished: begun has {} of {trials} trials; run it again to go on", trials - 1)]
    );
    assert!(!text.contains("No regression."), "{text}");
    let only = lines(&text, "## Only in one", "BiGAN");
    assert_eq!(only, ["- BiGAN (cpu): whole has 1 trial with scores that begun lacks: seed 4"]);
    assert_eq!(lines(&text, "## Figures", "BiGAN").len(), 1, "{text}");
}

#[test]
fn an_unfinished_baseline_is_named_too_and_a_finished_run_is_not() {
    let (whole, begun) = (seeds(4), without(&seeds(4), "BiGAN", &[4]));
    let found = changes(["begun", "whole"], [&begun, &whole], Tolerances::default());
    assert!(found.regressions[0].starts_with("Unfinished: begun has "), "{:?}", found.regressions);
    assert_eq!(found.regressions.len(), 1);
    let same = changes(["one", "two"], [&whole, &whole], Tolerances::default());
    assert!(same.regressions.is_empty() && markdown(&same).contains("No regression."));
}

/// As the sentence says that nobody can tell: no figure is judged, none has changed, and the gate is not red for it.
#[test]
fn with_one_attack_no_figure_is_judged_and_missing_models_still_count() {
    let good = [("far", "vae", 1, 6.0), ("near", "pca", 1, 6.0)];
    let bad = [("far", "vae", 1, -6.0), ("near", "pca", 1, -6.0)];
    for (attacks, judged) in [([1, 1], false), ([2, 40], false), ([40, 1], false), ([40, 40], true)]
    {
        let sides = [with_attacks(attacks[0], &good), with_attacks(attacks[1], &bad)];
        let found = changes(["good", "bad"], [&sides[0], &sides[1]], Tolerances::default());
        let text = markdown(&found);
        assert_eq!(!found.regressions.is_empty(), judged, "{text}");
        assert_eq!(text.matches("cannot be judged").count(), usize::from(!judged), "{text}");
        assert_eq!(text.contains("REGRESSION"), judged, "{text}");
        assert!(judged || !text.contains(" changed |"), "{text}");
        // The differences are shown.
        let areas = found.rows[0].figures.iter().find(|figure| figure.metric == Metric::RocAuc);
        let area = areas.unwrap();
        assert!(area.difference.is_some_and(|difference| difference < -0.5), "{area:?}");
        assert_eq!((area.interval.is_some(), area.tolerance.is_some()), (judged, judged));
        assert!(!text.contains("No regression."), "{text}");
    }
    let gone = [with_attacks(1, &good), with_attacks(1, &bad[..1])];
    let found = changes(["good", "bad"], [&gone[0], &gone[1]], Tolerances::default());
    assert_eq!(found.regressions, ["near is gone"]);
}
