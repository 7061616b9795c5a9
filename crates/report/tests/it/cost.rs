//! The section on cost: medians of what trials took.

use oddbench_core::record::Timing;

use crate::fixture::{ORACLE, small};
use crate::{names, read, report};

#[test]
fn the_cost_of_a_model_is_the_median_of_its_trials() {
    let dir = report(&small(false, vec![ORACLE]));
    let text = read(&dir, "report.md");
    let (_, section) = text.split_once("## Cost").unwrap();
    // Fits of 0.5, 1.5 and 2.5 s, scoring takes a tenth of that for 8 test rows, 100 MB and one a second.
    assert!(section.contains("| AE | 1.50 | 18750 | 102 | 0.933 |"), "{section}");
    assert!(section.contains("| PCA | 3.50 | 43750 | 104 | 0.933 |"), "{section}");
    let (_, supervised) = section.split_once("*Supervised: trained with labels*").unwrap();
    assert!(supervised.contains("| forest | 7.50 | 93750 | 108 | 1.000 |"));
    // Models that failed or were not run have cost nothing that could be told.
    let (table, _) = section.split_once("## ").unwrap();
    assert!(!table.contains("OCSVM") && !table.contains("VAE"), "{table}");
    assert!(section.contains("run with --jobs 1"), "the fixture ran two trials at a time");
    let svg = read(&dir, "figures/cost.svg");
    for text in [">1.000  forest (s)</text>", ">0.933  AE</text>", ">0.500  constant</text>"] {
        assert!(svg.contains(text), "{text}");
    }
}

#[test]
fn how_many_ran_at_a_time_is_in_the_records_and_not_in_the_last_command() {
    let mut results = small(false, vec![ORACLE]);
    results.manifest.environment.jobs = 1;
    let text = read(&report(&results), "report.md");
    assert!(text.contains("Up to 2 trials ran at the same time"), "{text}");
    assert!(text.contains("at most 2 trials at a time"), "{text}");
    if let Some(record) = &mut results.trials[3].record {
        record.environment.jobs = 6;
    }
    let text = read(&report(&results), "report.md");
    assert!(text.contains("Up to 6 trials ran at the same time"), "{text}");
    assert!(text.contains("at most 2 to 6 trials at a time"), "{text}");
    for record in results.trials.iter_mut().filter_map(|trial| trial.record.as_mut()) {
        record.environment.jobs = 1;
    }
    results.manifest.environment.jobs = 4;
    let text = read(&report(&results), "report.md");
    assert!(!text.contains("ran at the same time"), "{text}");
    assert!(text.contains("at most 1 trial at a time"), "{text}");
}

#[test]
fn the_seconds_of_models_that_trained_together_are_called_shares() {
    let mut results = small(false, vec![ORACLE]);
    let apart = read(&report(&results), "report.md");
    assert!(!apart.contains("--together"), "{apart}");
    // The verdict says what the forest costs, and nothing of models that may be a coin.
    let together = [0, 1, 2, 7];
    for at in together {
        let Some(record) = &mut results.trials[at].record else { continue };
        record.timing = Some(Timing { models_at_once: Some(24), ..Timing::default() });
    }
    let text = read(&report(&results), "report.md");
    let shares = |names: &str| {
        format!(
            "Models trained together, up to 24 at once ({names}): their seconds of a fit are shares of the time. --together 1 measures each alone."
        )
    };
    let (verdict, cost) = text.split_once("## Cost").unwrap();
    assert!(verdict.contains(&shares("forest")), "{verdict}");
    assert!(cost.contains(&shares("AE, forest")), "{cost}");
    assert!(cost.contains("run with --jobs 1 --together 1 to compare times"), "{cost}");
}

#[test]
fn nothing_is_said_of_cost_where_no_trial_completed() {
    let mut results = small(false, vec![ORACLE]);
    results.projection = None;
    for trial in &mut results.trials {
        (trial.record, trial.scores) = (None, None);
        trial.evaluations.clear();
    }
    let dir = report(&results);
    assert!(!read(&dir, "report.md").contains("## Cost"));
    assert!(!read(&dir, "index.html").contains("id=\"cost\""));
    assert!(!names(dir.path()).contains(&"figures".to_owned()));
}
