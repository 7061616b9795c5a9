//! What a report shows of a sweep: what validation rows said of all, and the test rows of one.

use oddbench_core::experiment::SweepPoint;
use oddbench_core::metrics::Metric;
use oddbench_core::results::ExperimentResults;
use oddbench_core::sweeps::{Configuration, Sweep};
use serde_json::json;

use crate::fixture;

/// Three configurations of the autoencoder, of which the second is chosen and has the fixture's trials.
pub fn swept(winner: Option<usize>) -> ExperimentResults {
    let mut results = fixture::small(false, vec![fixture::SOUND]);
    for trial in results.trials.iter_mut().filter(|trial| trial.trial.name == "AE") {
        trial.trial.sweep = Some(SweepPoint {
            configurations: 3,
            select: Metric::RocAuc,
            values: json!({ "latent": 4, "activation": "relu" }),
        });
    }
    let configuration = |latent: u32, validation: &[f64], failed: usize| Configuration {
        values: json!({ "latent": latent, "activation": "relu" }),
        validation: validation.to_vec(),
        completed: validation.len(),
        failed,
        missing: 0,
        trials: (0..validation.len() + failed).collect(),
    };
    results.sweeps = vec![Sweep {
        name: "AE".into(),
        kind: "autoencoder".into(),
        backend: "cpu".into(),
        select: Metric::RocAuc,
        size: 3,
        configurations: vec![
            configuration(2, &[0.81, 0.83], 0),
            configuration(4, &[0.91, 0.93], 0),
            configuration(8, &[0.99], 1),
        ],
        winner,
    }];
    results
}

fn markdown(results: &ExperimentResults) -> String {
    let folder = tempfile::tempdir().unwrap();
    crate::write(results, folder.path());
    std::fs::read_to_string(folder.path().join("report.md")).unwrap()
}

#[test]
fn the_row_says_of_how_many_it_is_the_best() {
    let rows = oddbench_report::summarize(&swept(Some(1)));
    assert_eq!(rows[0].name, "AE (best of 3: activation = relu, latent = 4)");
    let undecided = oddbench_report::summarize(&swept(None));
    assert_eq!(undecided[0].name, "AE (best of 3)");
    assert_eq!(rows[0].model, "AE", "anchors go by the model");
}

#[test]
fn the_section_ranks_all_by_validation_and_marks_the_chosen_one() {
    let text = markdown(&swept(Some(1)));
    let section = &text[text.find("## Sweep").unwrap()..];
    let lines: Vec<&str> = section.lines().filter(|line| line.starts_with("| ")).take(4).collect();
    assert!(lines[0].contains("ROC-AUC, validation"), "{}", lines[0]);
    assert!(
        lines[1].contains("| 4 |") && lines[1].contains("0.9200") && lines[1].contains("chosen")
    );
    assert!(lines[2].contains("| 2 |") && lines[2].contains("0.8200"), "{}", lines[2]);
    // The third would be first, had it not failed once.
    assert!(lines[3].contains("| 8 |") && lines[3].contains("1 failed"), "{}", lines[3]);
    assert!(section.contains("3 configurations tried") && section.contains("figures/sweep.svg"));
}

#[test]
fn an_undecided_sweep_says_why() {
    let mut results = swept(None);
    results.sweeps[0].configurations[0].missing = 2;
    let text = markdown(&results);
    assert!(text.contains("Nothing is chosen yet: 2 trials not run."), "{text}");
}

#[test]
fn without_a_sweep_there_is_no_section() {
    let mut results = swept(None);
    results.sweeps.clear();
    assert!(!markdown(&results).contains("## Sweep"));
}
