//! What the verdict says of models that do not beat a coin, and of folds without a figure.

use super::*;

#[test]
fn a_best_model_that_is_no_better_than_a_coin_is_not_praised() {
    for models in [
        // Below a coin, and not told apart from one.
        [("worse", "pca", 1, -0.6), ("worst", "vae", 3, -1.5), ("dice", "random", 3, 0.0)],
        [("blind", "vae", 3, 0.0), ("worst", "vae", 3, -1.5), ("dice", "random", 3, 0.0)],
    ] {
        let said = found(&models);
        let text = &said.sentences[0];
        assert!(
            text.starts_with(
                "No model without labels is shown to beat a coin, whose ROC-AUC is 0.500"
            ),
            "{text}"
        );
        assert!(text.contains(&format!("of {}, is 0.", models[0].0)), "{text}");
        for praise in ["is the best", "finds", "to fit"] {
            assert!(!text.contains(praise), "{praise}: {text}");
        }
        assert!(text.contains("dice, which knows nothing of the rows, has 0."), "{text}");
    }
    let said =
        found(&[("good", "vae", 3, 1.5), ("bad", "vae", 3, 0.0), ("dice", "random", 3, 0.0)]);
    assert!(said.sentences[0].starts_with("good is the best of 2 models"), "{:?}", said.sentences);
}

/// The interval of the best model lies above 0.5, but so does the figure of a model that knows nothing. That is said
/// instead of "no better than a coin", which the interval would contradict.
#[test]
fn an_interval_above_a_coin_does_not_stand_beside_the_words_that_no_coin_is_beaten() {
    let said = found(&[("good", "vae", 3, 1.0), ("dice", "random", 3, 2.0)]);
    let text = &said.sentences[0];
    assert!(text.starts_with("No model without labels is shown to be better than dice"), "{text}");
    assert!(text.contains("of good, is 0.") && !text.contains("coin"), "{text}");
}

/// A fold whose test rows are all inliers has no ROC-AUC: the verdict counts as the tables do.
#[test]
fn folds_without_a_roc_auc_are_not_counted_as_what_the_figure_rests_on() {
    let mut results = with(&[("one", "vae", 5, 4.0)]);
    for (trial, fold) in results.trials.iter_mut().zip(1..) {
        trial.trial.fold = Some(fold);
    }
    for trial in &mut results.trials[3..] {
        trial.evaluations[0].metrics[Metric::RocAuc] = None;
    }
    let text = verdict(&results, &summarize(&results)).sentences[0].clone();
    assert!(text.contains("was judged by 3 of 5 trials over folds ("), "{text}");
    assert!(text.contains("): the others have no ROC-AUC."), "{text}");
}
