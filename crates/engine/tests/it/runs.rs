//! Runs, second runs, broken-off runs.

use std::fs;

use oddbench_core::record::{Outcome, Stage};
use oddbench_engine::executor::InProcess;
use oddbench_engine::progress::{Event, TrialEvent};
use oddbench_engine::run::RunError;
use oddbench_engine::store::{Store, StoreError};

use crate::fakes::{Ear, FILE, build, run_fakes, run_whole, run_with, small};

fn counts(summary: &oddbench_engine::RunSummary) -> (usize, usize, usize, bool) {
    (summary.completed, summary.cached, summary.failed, summary.interrupted)
}

#[test]
fn a_run_leaves_records_scores_models_and_a_summary() {
    let folder = tempfile::tempdir().unwrap();
    let ear = Ear::default();
    let summary = run_fakes(&small(FILE), folder.path(), &ear);
    assert_eq!(counts(&summary), (3, 0, 0, false));
    let results = Store::load(&summary.dir).unwrap();
    assert_eq!(results.trials.len(), 3);
    for trial in &results.trials {
        let record = trial.record.as_ref().unwrap();
        let Outcome::Completed { epochs, notes, .. } = &record.outcome else {
            panic!("{record:?}")
        };
        assert_eq!((epochs.len(), notes.as_slice()), (1, &["a note".to_owned()][..]));
        assert_eq!(record.device, "a fake");
        let sizes = record.sizes.unwrap();
        assert_eq!((sizes.columns, sizes.train_outliers), (3, 0));
        assert_eq!(trial.scores.as_ref().unwrap().test.scores.len(), sizes.test);
        assert_eq!(trial.evaluations.len(), 1);
        let model = summary.dir.join("trials").join(&trial.trial.id).join("model");
        assert!(model.join("model.json").is_file() && model.join("preprocessor.json").is_file());
    }
    assert!(results.projection.is_some());
    assert!(!summary.dir.join(".prepared").exists());
    let epochs = |e: &Event| matches!(e, Event::Trial { what: TrialEvent::Epoch { .. }, .. });
    assert_eq!(ear.heard(epochs), 3);
}

#[test]
fn a_second_run_fits_nothing_and_loads_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let first = run_fakes(&small(FILE), folder.path(), &Ear::default());
    let before = fs::read(first.dir.join("summary.csv")).unwrap();
    let ear = Ear::default();
    let second = run_fakes(&small(FILE), folder.path(), &ear);
    assert_eq!(counts(&second), (0, 3, 0, false));
    assert!(!ear.loaded());
    assert_eq!(fs::read(first.dir.join("summary.csv")).unwrap(), before);
}

/// What a run hands over is what the folder holds: new, cached, joined and failed trials, a copy under
/// another name, and a sweep's winner.
#[test]
fn the_results_of_a_run_are_those_of_its_folder() {
    let folder = tempfile::tempdir().unwrap();
    let text = FILE.replace(
        "{ kind = \"random\" }",
        "{ kind = \"random\" }, { kind = \"constant\", name = \"twin\" }, \
         { kind = \"constant\", name = \"errs\", train_rows = 50 }, \
         { kind = \"pca\", name = \"swept\", sweep = { n_components = [1, 2] } }",
    );
    let text = format!("{text}\n[[ensemble]]\nmembers = [\"sum\", \"random\"]\n");
    let executor = InProcess::with(Box::new(build));
    for cached in [0, 8, 8] {
        let run = run_whole(&small(&text), folder.path(), &Ear::default(), false, &executor);
        let run = run.unwrap();
        assert_eq!((run.summary.cached, run.summary.failed), (cached, 1));
        assert_eq!(run.results, Store::load(&run.summary.dir).unwrap());
    }
}

#[test]
fn another_threshold_needs_no_fit() {
    let folder = tempfile::tempdir().unwrap();
    run_fakes(&small(FILE), folder.path(), &Ear::default());
    let changed = FILE.replace("rule = \"max-f1\"", "rule = \"fixed\", value = -1.0");
    let ear = Ear::default();
    let summary = run_fakes(&small(&changed), folder.path(), &ear);
    assert_eq!(counts(&summary), (0, 3, 0, false));
    assert!(!ear.loaded());
    for trial in Store::load(&summary.dir).unwrap().trials {
        // Sums of scaled values and seeds are above -1: every row is called an outlier.
        let confusion = trial.evaluations[0].confusion.unwrap();
        assert_eq!((confusion.tn, confusion.fn_), (0, 0), "{}", trial.trial.name);
    }
}

#[test]
fn other_seeds_run_beside_those_that_are_done() {
    let folder = tempfile::tempdir().unwrap();
    run_fakes(&small(FILE), folder.path(), &Ear::default());
    let summary =
        run_fakes(&small(&FILE.replace("[1, 2]", "[2, 3]")), folder.path(), &Ear::default());
    assert_eq!(counts(&summary), (1, 2, 0, false));
    let seeds: Vec<_> =
        Store::load(&summary.dir).unwrap().trials.iter().map(|t| t.trial.seed).collect();
    assert_eq!(seeds, [None, Some(2), Some(3)]);
}

#[test]
fn an_interrupted_run_goes_on_where_it_stopped() {
    let folder = tempfile::tempdir().unwrap();
    let whole = tempfile::tempdir().unwrap();
    let ear = Ear { stop_after_one: true, ..Ear::default() };
    let stopped = run_fakes(&small(FILE), folder.path(), &ear);
    assert_eq!(counts(&stopped), (1, 0, 0, true));
    let resumed = run_fakes(&small(FILE), folder.path(), &Ear::default());
    assert_eq!(counts(&resumed), (2, 1, 0, false));
    let at_once = run_fakes(&small(FILE), whole.path(), &Ear::default());
    let scores = |dir| -> Vec<_> {
        Store::load(dir).unwrap().trials.into_iter().map(|trial| trial.scores).collect()
    };
    assert_eq!(scores(&resumed.dir), scores(&at_once.dir));
}

#[test]
fn leftovers_of_a_killed_run_are_swept_and_never_read() {
    let folder = tempfile::tempdir().unwrap();
    let first = run_fakes(&small(FILE), folder.path(), &Ear::default());
    let trials = first.dir.join("trials");
    let done = Store::load(&first.dir).unwrap().trials[0].trial.id.clone();
    // As if killed while writing: a half-written trial, a half-written summary, prepared rows.
    let half = trials.join(format!(".tmp-4242-{done}"));
    fs::rename(trials.join(&done), &half).unwrap();
    fs::remove_file(half.join("record.json")).unwrap();
    fs::write(first.dir.join(".tmp-4242-summary.csv"), "experiment,la").unwrap();
    fs::create_dir_all(first.dir.join(".prepared")).unwrap();
    fs::write(first.dir.join(".prepared/.tmp-4242-x.safetensors"), "half").unwrap();
    let second = run_fakes(&small(FILE), folder.path(), &Ear::default());
    assert_eq!(counts(&second), (1, 2, 0, false));
    let names: Vec<_> = fs::read_dir(&trials)
        .unwrap()
        .chain(fs::read_dir(&first.dir).unwrap())
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| name.contains("tmp"))
        .collect();
    assert_eq!(names, [""; 0]);
}

#[test]
fn a_failed_trial_is_a_row_and_is_tried_again() {
    let folder = tempfile::tempdir().unwrap();
    for (deed, stage, words) in [
        ("panics", Stage::Fit, "panicked: out of cheese"),
        ("errs", Stage::Fit, "the loss is NaN; lower the rate"),
        ("nan", Stage::Score, "the score of validation row 3 is NaN: scores must be finite"),
        ("short", Stage::Score, "the model gave 2 scores"),
        ("unsaved", Stage::Store, "no ink"),
    ] {
        let text = FILE.replace("name = \"sum\"", &format!("name = \"{deed}\""));
        let text = text.replace("name = \"small\"", &format!("name = \"{deed}\""));
        let summary = run_fakes(&small(&text), folder.path(), &Ear::default());
        assert_eq!(counts(&summary), (2, 0, 1, false), "{deed}");
        let results = Store::load(&summary.dir).unwrap();
        let record = results.trials[0].record.as_ref().unwrap();
        let Outcome::Failed { stage: found, message } = &record.outcome else { panic!("{deed}") };
        assert_eq!(*found, stage, "{deed}");
        assert!(message.contains(words), "{deed}: {message}");
        assert!(results.trials[0].scores.is_none());
        let csv = fs::read_to_string(summary.dir.join("summary.csv")).unwrap();
        assert!(csv.lines().nth(1).unwrap().contains(",failed,"), "{csv}");
        // The cause is gone: the next run mends it, and the good ones are not repeated.
        let mended = InProcess::with(Box::new(|trial| {
            let mut trial = trial.clone();
            trial.name = "mended".into();
            build(&trial)
        }));
        let again =
            run_with(&small(&text), folder.path(), &Ear::default(), false, &mended).unwrap();
        assert_eq!(counts(&again), (1, 2, 0, false), "{deed}");
    }
}

#[test]
fn fresh_runs_everything_again() {
    let folder = tempfile::tempdir().unwrap();
    run_fakes(&small(FILE), folder.path(), &Ear::default());
    let executor = InProcess::with(Box::new(build));
    let summary = run_with(&small(FILE), folder.path(), &Ear::default(), true, &executor).unwrap();
    assert_eq!(counts(&summary), (3, 0, 0, false));
}

#[test]
fn one_model_under_two_labels_is_fitted_once_and_shown_twice() {
    let folder = tempfile::tempdir().unwrap();
    let text = FILE.replace("{ kind = \"random\" }", "{ kind = \"constant\", name = \"twin\" }");
    let ear = Ear::default();
    let summary = run_fakes(&small(&text), folder.path(), &ear);
    assert_eq!(counts(&summary), (2, 0, 0, false));
    assert_eq!(ear.heard(|e| matches!(e, Event::Started { .. })), 1);
    let labels: Vec<_> =
        Store::load(&summary.dir).unwrap().trials.into_iter().map(|t| t.trial.name).collect();
    assert_eq!(labels, ["sum", "twin"]);
}

#[test]
fn a_rule_that_the_rows_cannot_serve_fails_before_any_fit() {
    let folder = tempfile::tempdir().unwrap();
    // 100 rows with a tenth of a percent for validation: no outlier is left to tune on.
    let text = FILE
        .replace("rows = 600", "rows = 100")
        .replace("kind = \"holdout\"", "kind = \"holdout\", validation = 0.001");
    let ear = Ear::default();
    let executor = InProcess::with(Box::new(build));
    let error = run_with(&small(&text), folder.path(), &ear, false, &executor).unwrap_err();
    assert!(matches!(error, RunError::Rows(_)), "{error}");
    assert_eq!(ear.heard(|event| matches!(event, Event::Trial { .. })), 0);
}

#[test]
fn two_runs_at_once_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::at(&folder.path().join("small"));
    let lock = store.open().unwrap();
    let executor = InProcess::with(Box::new(build));
    let refused = run_with(&small(FILE), folder.path(), &Ear::default(), false, &executor);
    let Err(RunError::Store(error @ StoreError::Locked { .. })) = refused else {
        panic!("{refused:?}")
    };
    assert!(error.to_string().contains(&format!("(process {})", std::process::id())), "{error}");
    drop(lock);
    run_fakes(&small(FILE), folder.path(), &Ear::default());
}

#[test]
fn the_scatter_belongs_to_the_rows() {
    let folder = tempfile::tempdir().unwrap();
    let first = run_fakes(&small(FILE), folder.path(), &Ear::default());
    let before = Store::load(&first.dir).unwrap().projection;
    let other = FILE.replace("\"src_bytes\", \"dst_bytes\", \"count\"", "\"count\", \"srv_count\"");
    run_fakes(&small(&other), folder.path(), &Ear::default());
    assert_ne!(Store::load(&first.dir).unwrap().projection, before);
    // Back again: nothing to fit, but the scatter is made anew.
    let ear = Ear::default();
    let back = run_fakes(&small(FILE), folder.path(), &ear);
    assert_eq!(counts(&back), (0, 3, 0, false));
    assert!(ear.loaded());
    assert_eq!(Store::load(&first.dir).unwrap().projection, before);
}
