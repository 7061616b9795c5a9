//! What the verdict says of a model whose trials are not all there, and of one that cannot do better.

use super::*;

/// Two of three trials of one model and all of another are still to be run.
#[test]
fn an_unfinished_run_is_not_said_to_have_one_seed_or_one_model() {
    let mut results = with(&[("first", "vae", 3, 1.5), ("second", "vae", 1, 1.0)]);
    for trial in &mut results.trials[1..] {
        (trial.record, trial.scores) = (None, None);
        trial.evaluations.clear();
    }
    let said = verdict(&results, &summarize(&results));
    let text = &said.sentences[0];
    assert!(text.starts_with("first is the only model without labels with scores: "), "{text}");
    assert!(text.contains(" Of the 3 seeds of first, 1 has scores."), "{text}");
    let caveat = said.caveats.iter().find(|caveat| caveat.starts_with("One seed: ")).unwrap();
    assert!(caveat.contains("The experiment is not finished: run it again"), "{caveat}");
}

#[test]
fn seeds_that_all_rank_every_row_right_are_not_said_to_be_safe_from_chance() {
    let said = found(&[("sure", "vae", 3, 60.0), ("near", "vae", 3, 1.5)]);
    let text = &said.sentences[0];
    assert!(
        text.contains("All 3 seeds of sure reach 1.000, which no model can surpass."),
        "{text}"
    );
}
