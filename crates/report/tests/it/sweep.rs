//! What a report shows of a sweep: what validation rows said of all, and the test rows of one.

use oddbench_core::experiment::SweepPoint;
use oddbench_core::metrics::Metric;
use oddbench_core::record::Stage;
use oddbench_core::results::ExperimentResults;
use oddbench_core::sweeps::{Configuration, Failure, Sweep};
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
        failures: Vec::new(),
        jobs: Vec::new(),
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
    for trial in results.trials.iter_mut().filter(|trial| trial.trial.name == "AE") {
        (trial.record, trial.scores) = (None, None);
        trial.evaluations.clear();
    }
    let text = markdown(&results);
    let why = "Nothing is chosen yet: 5 of 8 trials done, 1 failed.";
    assert!(text.contains(why), "{text}");
    let (_, failures) = text.split_once("## Failures").unwrap();
    let row = format!("| AE | cpu | all | unfinished | {why} Run the experiment again");
    assert!(failures.contains(&row), "{failures}");
    let rows = oddbench_report::summarize(&results);
    assert_eq!(rows[0].progress_in_words(), "5 of 8 trials done, 1 failed");
    // PCA, the constant and the forest have scores; OCSVM failed; VAE was not run.
    assert!(text.contains("**8/13** trials completed"), "{text}");
}

/// The trial of a configuration that failed.
fn failure(results: &ExperimentResults, latent: u32) -> Failure {
    let mut trial = results.trials[0].trial.clone();
    if let Some(point) = &mut trial.sweep {
        point.values = json!({ "latent": latent });
    }
    Failure { trial, stage: Stage::Process, message: "it took longer than its limit".into() }
}

#[test]
fn trials_of_configurations_that_were_not_chosen_count_and_their_failures_are_listed() {
    let mut results = swept(Some(1));
    results.sweeps[0].failures = vec![failure(&results, 8)];
    let text = markdown(&results);
    // Six of the sweep, of which one failed, and five others, of which one failed and one was not run.
    assert!(text.contains("**8/11** trials completed"), "{text}");
    assert!(text.contains("3 of 11 trials have no scores"), "{text}");
    let (_, failures) = text.split_once("## Failures").unwrap();
    let row = "| AE (latent = 8) | cpu | 1 | process | it took longer than its limit |";
    assert!(failures.contains(row), "{failures}");
    assert!(failures.contains("A configuration of a sweep that failed could not be chosen."));
}

#[test]
fn a_sweep_whose_trials_all_failed_says_so_with_the_first_reason() {
    let mut results = swept(None);
    results.trials.retain(|trial| trial.trial.seed != Some(1) || trial.trial.name != "VAE");
    for trial in results.trials.iter_mut().filter(|trial| trial.trial.name == "AE") {
        (trial.record, trial.scores) = (None, None);
        trial.evaluations.clear();
    }
    for configuration in &mut results.sweeps[0].configurations {
        configuration.validation.clear();
        (configuration.completed, configuration.failed) = (0, 2);
    }
    results.sweeps[0].failures = vec![failure(&results, 2), failure(&results, 4)];
    let text = markdown(&results);
    let why = "Nothing is chosen: 6 of 6 trials failed. The first: AE (latent = 2), seed 1: it took longer than its limit.";
    assert!(text.contains(why), "{text}");
    let (_, failures) = text.split_once("## Failures").unwrap();
    assert!(failures.contains(&format!("| AE | cpu | all | choice | {why} |")), "{failures}");
    assert!(!failures.contains("run it again"), "nothing of it is missing: {failures}");
    let rows = oddbench_report::summarize(&results);
    let row = rows.iter().find(|row| row.model == "AE").unwrap();
    assert_eq!(row.progress_in_words(), "6 failed");
}

#[test]
fn a_comparison_counts_all_trials_and_names_a_sweep_without_a_choice() {
    let (first, mut second) = (swept(Some(1)), swept(None));
    second.sweeps[0].configurations[0].missing = 2;
    for trial in second.trials.iter_mut().filter(|trial| trial.trial.name == "AE") {
        (trial.record, trial.scores) = (None, None);
        trial.evaluations.clear();
    }
    let names = ["old", "new"];
    let found = oddbench_report::changes::changes(names, [&first, &second], Default::default());
    let [old, new] = &found.sides;
    assert_eq!((old.completed, old.trials, new.completed, new.trials), (8, 11, 8, 13));
    assert!(found.regressions.iter().any(|said| said.contains("new has 10 of 13 trials")));
    let none = "no configuration is chosen (5 of 8 trials done, 1 failed)";
    assert!(found.regressions.iter().any(|said| said.contains(none)), "{:?}", found.regressions);
}

#[test]
fn without_a_sweep_there_is_no_section() {
    let mut results = swept(None);
    results.sweeps.clear();
    assert!(!markdown(&results).contains("## Sweep"));
}
