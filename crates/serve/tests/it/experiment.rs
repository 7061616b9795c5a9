//! One small experiment that all tests read, made once.

use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use std::sync::atomic::AtomicBool;

use oddbench_core::results::ExperimentResults;
use oddbench_data::{Cache, Silent};
use oddbench_engine::executor::InProcess;
use oddbench_engine::progress::{Event, Listener};
use oddbench_engine::spec::{self, Overrides};
use oddbench_engine::trial::build;
use oddbench_engine::{RunOptions, Store, run};
use tempfile::TempDir;

/// Three models that complete (one explains and reconstructs, one reads categories) and one that
/// fails, because it cannot be built.
pub const FILE: &str = r#"
name = "small"
description = "A small experiment <b>on generated rows</b>."
dataset = { kind = "synthetic", rows = 600, features = ["src_bytes", "dst_bytes", "count", "serror_rate", "service"] }
split = { kind = "holdout", test = 0.3, validation = 0.2, seed = 1 }
threshold = [{ rule = "max-f1" }, { rule = "quantile", quantile = 0.9, of = "inliers" }]
operator = { fpr = [0.2, 0.01], prevalence = [0.01] }
run = { seeds = [1, 2] }
model = [
  { kind = "pca", name = "PCA", params = { n_components = 2, score = "reconstruction" } },
  { kind = "isolation-forest", name = "forest", params = { n_estimators = 10 } },
  { kind = "autoencoder", name = "AE", seeds = [1], params = { epochs = 2 } },
  { kind = "knn", name = "breaks" },
]
"#;

pub struct Quiet;

impl Listener for Quiet {
    fn event(&self, _: &Event) {}
}

/// A cache in which nothing is and which fetches nothing.
pub fn cache(dir: &Path) -> Cache {
    Cache { dir: dir.to_owned(), mirror: None, offline: true, watch: Box::new(Silent) }
}

/// The results folder that holds the experiment.
pub fn results() -> &'static Path {
    static MADE: OnceLock<TempDir> = OnceLock::new();
    let folder = MADE.get_or_init(|| {
        let folder = tempfile::tempdir().unwrap();
        let spec =
            spec::parse(Path::new("small.toml"), FILE.to_owned(), &Overrides::default()).unwrap();
        let executor = InProcess::with(Box::new(|trial| match trial.name.as_str() {
            "breaks" => Err("out of cheese".into()),
            _ => build(trial),
        }));
        let options = RunOptions {
            results: folder.path().join("results"),
            cache: &cache(folder.path()),
            fresh: false,
            replace: false,
            jobs: Some(1),
            max_memory_mb: None,
            together: 1,
            executor: &executor,
            cancel: &AtomicBool::new(false),
        };
        let summary = run(&spec, &options, &Quiet).unwrap().summary;
        assert_eq!((summary.completed, summary.failed), (4, 1), "{summary:?}");
        folder
    });
    static PATH: OnceLock<PathBuf> = OnceLock::new();
    PATH.get_or_init(|| folder.path().join("results"))
}

/// What it left.
pub fn small() -> ExperimentResults {
    Store::load(&results().join("small")).unwrap()
}

/// The id of the first trial of that label.
pub fn trial(label: &str) -> String {
    small().manifest.trials.into_iter().find(|trial| trial.name == label).unwrap().id
}
