//! Small experiments, a listener that remembers, and detectors that do as they are told.

use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};

use oddbench_core::record::TrialInfo;
use oddbench_core::{Detector, DetectorError, Epoch, FittedDetector, Matrix, Train, Watch};
use oddbench_data::{Cache, Download, Mirror, Silent};
use oddbench_engine::executor::{Executor, InProcess};
use oddbench_engine::progress::{Event, Listener, RunSummary};
use oddbench_engine::run::{Run, RunError, RunOptions, run};
use oddbench_engine::spec::{self, Overrides, Spec};
use oddbench_engine::trial::Built;

/// Three trials: `sum` (deterministic), and `random` with two seeds.
pub const FILE: &str = r#"
name = "small"
dataset = { kind = "synthetic", rows = 600, features = ["src_bytes", "dst_bytes", "count"] }
split = { kind = "holdout" }
threshold = { rule = "max-f1" }
run = { seeds = [1, 2] }
model = [{ kind = "constant", name = "sum" }, { kind = "random" }]
"#;

pub fn small(text: &str) -> Spec {
    spec::parse(Path::new("small.toml"), text.to_owned(), &Overrides::default()).unwrap()
}

/// Detectors by name: `panics`, `errs`, `nan`, `short`, `unsaved`, `bounded` (it has a decision boundary
/// at 1), `boundless` (an infinite one); any other sums the row.
pub fn build(trial: &TrialInfo) -> Built {
    Ok((Box::new(Fake { deed: trial.name.clone() }), "a fake".into()))
}

struct Fake {
    deed: String,
}

impl Detector for Fake {
    fn fit(
        &self,
        train: Train<'_>,
        seed: u64,
        watch: &mut dyn Watch,
    ) -> Result<Box<dyn FittedDetector>, DetectorError> {
        watch.epoch(Epoch { epoch: 1, epochs: 1, loss: 0.5, validation_loss: None });
        watch.note("a note");
        match self.deed.as_str() {
            "panics" => panic!("out of cheese"),
            "errs" => Err(DetectorError::Diverged("the loss is NaN; lower the rate".into())),
            _ => Ok(Box::new(Fitted { deed: self.deed.clone(), seed, cols: train.x.cols() })),
        }
    }

    fn deterministic(&self) -> bool {
        true
    }
}

struct Fitted {
    deed: String,
    seed: u64,
    cols: usize,
}

impl FittedDetector for Fitted {
    fn score(&self, x: &Matrix) -> Result<Vec<f64>, DetectorError> {
        let sum = |row: &[f32]| f64::from(row.iter().sum::<f32>()) + self.seed as f64;
        let mut scores: Vec<f64> = x.iter_rows().map(sum).collect();
        match self.deed.as_str() {
            "nan" => scores[3] = f64::NAN,
            "short" => scores.truncate(2),
            _ => {}
        }
        Ok(scores)
    }

    fn native_threshold(&self) -> Option<f64> {
        match self.deed.as_str() {
            "bounded" => Some(1.0),
            "boundless" => Some(f64::INFINITY),
            _ => None,
        }
    }

    fn save(&self, dir: &Path) -> Result<(), DetectorError> {
        let path = dir.join("model.json");
        match self.deed.as_str() {
            "unsaved" => Err(DetectorError::Store { path, message: "no ink".into() }),
            deed => std::fs::write(&path, deed)
                .map_err(|e| DetectorError::Store { path, message: e.to_string() }),
        }
    }

    fn n_features(&self) -> usize {
        self.cols
    }
}

/// Remembers events, and stops the run after the first trial if told so.
#[derive(Default)]
pub struct Ear {
    pub events: Mutex<Vec<Event>>,
    pub stop_after_one: bool,
    pub cancel: AtomicBool,
}

impl Ear {
    pub fn heard(&self, wanted: impl Fn(&Event) -> bool) -> usize {
        self.events.lock().unwrap().iter().filter(|event| wanted(event)).count()
    }

    /// Whether data was loaded.
    pub fn loaded(&self) -> bool {
        self.heard(|event| matches!(event, Event::Preparing { .. })) > 0
    }
}

impl Listener for Ear {
    fn event(&self, event: &Event) {
        self.events.lock().unwrap().push(event.clone());
        if self.stop_after_one && matches!(event, Event::Done { .. }) {
            self.cancel.store(true, Ordering::Relaxed);
        }
    }
}

pub struct NoDownload;

impl Download for NoDownload {
    fn begin(&self, file: &str, _: Option<u64>) {
        panic!("{file} is fetched");
    }
    fn progress(&self, _: u64) {}
    fn message(&self, _: &str) {}
    fn end(&self) {}
}

/// A cache without data, offline.
pub fn no_cache(results: &Path) -> Cache {
    Cache {
        dir: results.join("no-cache"),
        mirror: None,
        offline: true,
        watch: Box::new(NoDownload),
    }
}

/// One job at a time with that executor into `results`.
pub fn options<'a>(
    results: &Path,
    cache: &'a Cache,
    ear: &'a Ear,
    executor: &'a dyn Executor,
) -> RunOptions<'a> {
    RunOptions {
        results: PathBuf::from(results),
        cache,
        fresh: false,
        replace: false,
        jobs: Some(1),
        max_memory_mb: None,
        together: 1,
        executor,
        cancel: &ear.cancel,
    }
}

/// Runs with that executor into `results`, offline.
pub fn run_with(
    spec: &Spec,
    results: &Path,
    ear: &Ear,
    fresh: bool,
    executor: &dyn Executor,
) -> Result<RunSummary, RunError> {
    run_whole(spec, results, ear, fresh, executor).map(|run| run.summary)
}

/// The same with the results.
pub fn run_whole(
    spec: &Spec,
    results: &Path,
    ear: &Ear,
    fresh: bool,
    executor: &dyn Executor,
) -> Result<Run, RunError> {
    let cache = no_cache(results);
    let options = RunOptions { fresh, ..options(results, &cache, ear, executor) };
    run(spec, &options, ear)
}

/// Runs with the fakes in this process, on data from a mirror.
pub fn run_from(mirror: Mirror, spec: &Spec, results: &Path) -> RunSummary {
    let cache = Cache {
        dir: results.join("cache"),
        mirror: Some(mirror),
        offline: false,
        watch: Box::new(Silent),
    };
    let options = RunOptions {
        results: PathBuf::from(results),
        cache: &cache,
        fresh: false,
        replace: false,
        jobs: Some(1),
        max_memory_mb: None,
        together: 1,
        executor: &InProcess::with(Box::new(build)),
        cancel: &AtomicBool::new(false),
    };
    run(spec, &options, &Ear::default()).unwrap().summary
}

/// Runs with the fakes in this process.
pub fn run_fakes(spec: &Spec, results: &Path, ear: &Ear) -> RunSummary {
    run_with(spec, results, ear, false, &InProcess::with(Box::new(build))).unwrap()
}
