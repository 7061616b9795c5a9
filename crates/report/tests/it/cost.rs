//! The section on cost: medians of what trials took.

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
