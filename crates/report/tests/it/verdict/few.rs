//! What the report says of test rows with one or two attacks.

use super::*;

/// As [`with`], but all outliers of the test rows but the first few are taken out.
pub fn with_attacks(attacks: usize, models: &[(&str, &str, u64, f64)]) -> ExperimentResults {
    let mut results = with(models);
    for trial in &mut results.trials {
        let scores = trial.scores.as_mut().unwrap();
        let labels = scores.test.labels.to_vec();
        let mut left = attacks;
        let kept: Vec<usize> = (0..labels.len())
            .filter(|&row| {
                let keeps = !labels[row] || left > 0;
                left -= usize::from(labels[row] && keeps);
                keeps
            })
            .collect();
        let (labels, values): (Vec<bool>, Vec<f64>) =
            kept.iter().map(|&row| (labels[row], scores.test.scores[row])).unzip();
        let classes: Vec<&str> =
            labels.iter().map(|&l| if l { "smurf" } else { "normal" }).collect();
        scores.test = crate::fixture::part(&classes, &labels, &values);
        trial.evaluations = vec![evaluation(SOUND, 1.0, &labels, &values)];
    }
    results
}

#[test]
fn one_attack_decides_nothing_and_every_sentence_agrees() {
    for (attacks, told) in [(1, "only 1 attack:"), (2, "only 2 attacks:")] {
        let models = [("far", "vae", 3, 6.0), ("near", "pca", 1, 1.5), ("dice", "random", 1, 0.0)];
        let results = with_attacks(attacks, &models);
        let said = verdict(&results, &summarize(&results));
        let text = &said.sentences[0];
        assert_eq!(text.matches(&format!("The test rows have {told}")).count(), 1, "{text}");
        // Nothing is called certain, and nothing that rests on so few rows is counted.
        for certain in [
            "is the best",
            "ties with",
            "No model ties",
            "interval +",
            "of the attacks",
            "it leads",
        ] {
            assert!(!text.contains(certain), "{certain}: {text}");
        }
        assert!(text.contains("far has the greatest median ROC-AUC"), "{text}");
        assert!(said.pairs.is_empty() && said.best[0].ties.is_empty());
        let all = said.caveats.join(" ");
        assert!(!all.contains("Overlap") && !all.contains("interval"), "{all}");

        // The section on certainty says the same, and has no table of intervals.
        let markdown = read(&report(&results), "report.md").replace('\\', "");
        let section = &markdown[markdown.find("## How sure").unwrap()..];
        let section = section[3..].split("\n## ").next().unwrap();
        assert!(section.contains(told) && !section.contains("| Model"), "{section}");
    }
}

/// A model that knows nothing may place one attack well: the sentence on the coin has no narrow interval beside it.
#[test]
fn a_coin_that_places_one_attack_well_is_told_without_an_interval() {
    let models = [("weak", "pca", 1, 0.8), ("dice", "random", 1, 9.0)];
    let results = with_attacks(1, &models);
    let text = verdict(&results, &summarize(&results)).sentences[0].clone();
    assert!(text.starts_with("No model without labels is shown to beat a coin"), "{text}");
    assert!(!text.contains("interval 0.") && text.contains("only 1 attack:"), "{text}");
    assert!(text.contains("dice, which knows nothing of the rows, has 1.000."), "{text}");
}

#[test]
fn three_attacks_are_compared() {
    let results = with_attacks(3, &[("far", "vae", 3, 6.0), ("near", "pca", 1, 1.5)]);
    let said = verdict(&results, &summarize(&results));
    assert!(!said.sentences[0].contains("only") && said.pairs.len() == 1, "{said:?}");
    let rough = "Few rows: the test rows have only 3 attacks. Intervals from so few rows are rough";
    assert!(said.caveats.iter().any(|caveat| caveat.starts_with(rough)), "{:?}", said.caveats);
    for (attacks, cautious) in [(9, true), (10, false)] {
        let results = with_attacks(attacks, &[("far", "vae", 3, 6.0), ("near", "pca", 1, 1.5)]);
        let said = verdict(&results, &summarize(&results));
        let is_told = said.caveats.iter().any(|caveat| caveat.starts_with("Few rows: "));
        assert_eq!(is_told, cautious, "{attacks}: {:?}", said.caveats);
    }
}
