//! A sweep that was run: what is said of the configurations that were not chosen.

use std::path::Path;
use std::sync::atomic::AtomicBool;

use axum::http::StatusCode;
use oddbench_data::{Cache, Silent};
use oddbench_engine::executor::InProcess;
use oddbench_engine::progress::{Event, Listener};
use oddbench_engine::spec::{self, Overrides};
use oddbench_engine::trial::build;
use oddbench_engine::{RunOptions, run};
use tempfile::TempDir;

use crate::library::Library;

const FILE: &str = r#"
name = "swept"
dataset = { kind = "synthetic", rows = 600, features = ["src_bytes", "dst_bytes", "count", "srv_count"] }
split = { kind = "holdout", test = 0.3, validation = 0.2, seed = 1 }
threshold = [{ rule = "max-f1" }]
run = { seeds = [1] }
model = [
  { kind = "pca", name = "PCA", sweep = { n_components = [1, 2, 3] } },
]
"#;

struct Quiet;

impl Listener for Quiet {
    fn event(&self, _: &Event) {}
}

/// Three configurations, of which the first `fail` are refused.
fn swept(fail: u64) -> (TempDir, Library) {
    let folder = tempfile::tempdir().unwrap();
    let results = folder.path().join("results");
    let spec =
        spec::parse(Path::new("swept.toml"), FILE.to_owned(), &Overrides::default()).unwrap();
    let executor = InProcess::with(Box::new(move |trial| {
        match trial.params["n_components"].as_u64().is_some_and(|n| n <= fail) {
            true => Err("out of cheese".into()),
            false => build(trial),
        }
    }));
    let cache = Cache {
        dir: folder.path().to_owned(),
        mirror: None,
        offline: true,
        watch: Box::new(Silent),
    };
    let options = RunOptions {
        results: results.clone(),
        cache: &cache,
        fresh: false,
        replace: false,
        jobs: Some(1),
        max_memory_mb: None,
        together: 1,
        executor: &executor,
        cancel: &AtomicBool::new(false),
    };
    run(&spec, &options, &Quiet).unwrap();
    (folder, Library::new(results))
}

#[test]
fn a_configuration_that_was_not_chosen_has_no_test_figures_and_the_sweep_says_how_it_went() {
    let (_folder, library) = swept(1);
    let experiment = library.experiment("swept").unwrap();
    let [sweep] = experiment.results.sweeps.as_slice() else { panic!("one sweep") };
    let winner = sweep.winner.unwrap();
    for (at, trial) in experiment.results.manifest.trials.iter().enumerate() {
        match experiment.trial(&trial.id) {
            Ok(shown) => assert!(at == winner && shown.is_completed()),
            Err(error) => {
                assert_ne!(at, winner);
                assert_eq!(error.status, StatusCode::NOT_FOUND);
                let why =
                    "this configuration of a sweep was not chosen, so that it has no test figures";
                assert_eq!(error.error, why);
                assert!(error.remedy.contains("GET /api/experiments/swept"), "{}", error.remedy);
            }
        }
    }
    let unknown = experiment.trial("0000000000000000").unwrap_err();
    assert_eq!(unknown.error, "there is no such trial");
    // The store knows why the loser failed, and under how many jobs.
    let [failure] = sweep.failures.as_slice() else { panic!("{:?}", sweep.failures) };
    assert!(failure.message.contains("out of cheese"), "{}", failure.message);
    assert_eq!((failure.trial.params["n_components"].as_u64(), &sweep.jobs), (Some(1), &vec![1]));
}

#[test]
fn a_sweep_whose_trials_all_failed_is_not_called_missing() {
    let (_folder, library) = swept(3);
    let experiment = library.experiment("swept").unwrap();
    let counts = experiment.rows[0].progress();
    assert_eq!((counts.completed, counts.failed, counts.missing), (0, 3, 0));
    let last = &experiment.results.manifest.trials[2].id;
    let error = experiment.trial(last).unwrap_err();
    assert!(error.error.contains("has not chosen a configuration"), "{}", error.error);
}
