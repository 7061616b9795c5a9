//! One trial: build, fit, score. Whatever goes wrong becomes a record that says where and why.

use std::mem::take;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use oddbench_core::experiment::Measure;
use oddbench_core::record::{
    DataInfo, Environment, FORMAT_VERSION, Manifest, Outcome, PartSizes, Record, Stage, Timing,
    TrialInfo,
};
use oddbench_core::scores::{ScoredPart, Scores};
use oddbench_core::{Detector, DetectorError, Epoch, FittedDetector, Matrix, Train, Watch};
use oddbench_models::{Backend, find};

use crate::change_floor::ChangeFloor;
use crate::machine;
use crate::oddest::Scorer;
use crate::prepared::{Prepared, ScoredRows};
use crate::progress::TrialEvent;
use crate::timing;

/// A detector and the device that it runs on, in words; or why there is none.
pub type Built = Result<(Box<dyn Detector>, String), String>;

/// Makes the detector of a trial.
pub type Build = dyn Fn(&TrialInfo) -> Built + Send + Sync;

/// Makes a detector from the table of kinds, on the trial's backend.
pub fn build(trial: &TrialInfo) -> Built {
    let kind =
        find(&trial.kind).ok_or_else(|| format!("there is no model kind {:?}", trial.kind))?;
    let backend =
        backend(trial).ok_or_else(|| format!("there is no backend {:?}", trial.backend))?;
    let device = backend.open().map_err(|e| e.to_string())?;
    let detector = kind.build(&trial.params, &device).map_err(|e| e.to_string())?;
    Ok((detector, device.describe()))
}

fn backend(trial: &TrialInfo) -> Option<Backend> {
    Backend::ALL.into_iter().find(|backend| backend.name() == trial.backend)
}

/// What a trial is run on, beside its rows.
pub struct Task<'a> {
    /// What it is.
    pub trial: &'a TrialInfo,
    /// What the rows are.
    pub data: DataInfo,
    /// Where it runs.
    pub environment: &'a Environment,
    /// What is timed beside the whole.
    pub measure: Option<&'a Measure>,
    /// How its detector is made.
    pub build: &'a Build,
    /// Whether the process runs this trial alone, so that its peak memory is the trial's.
    pub own_process: bool,
}

impl<'a> Task<'a> {
    /// A trial of that manifest.
    pub(crate) fn new(
        manifest: &'a Manifest,
        trial: &'a TrialInfo,
        build: &'a Build,
        own_process: bool,
    ) -> Self {
        Self {
            trial,
            data: manifest.data_of(trial),
            environment: &manifest.environment,
            measure: manifest.experiment.measure.as_ref(),
            build,
            own_process,
        }
    }

    /// A record of how it went.
    pub(crate) fn record(
        &self,
        sizes: Option<PartSizes>,
        device: String,
        outcome: Outcome,
    ) -> Record {
        Record {
            format_version: FORMAT_VERSION,
            trial: self.trial.clone(),
            data: self.data.clone(),
            sizes,
            fingerprint: None,
            device,
            environment: self.environment.clone(),
            finished_at: machine::now_utc(),
            outcome,
            timing: None,
            members: vec![],
        }
    }

    /// A trial that failed outside of [`run_trial`].
    pub(crate) fn failed(&self, stage: Stage, message: String) -> TrialRun {
        let outcome = Outcome::Failed { stage, message };
        TrialRun::failed(self.record(None, self.trial.backend.clone(), outcome))
    }
}

/// What a trial leaves; scores and model are there if it completed.
pub struct TrialRun {
    /// How it went.
    pub record: Record,
    /// Scores of every part.
    pub scores: Option<Scores>,
    /// The fitted model.
    pub fitted: Option<Box<dyn FittedDetector>>,
    /// What a change of a constant column is worth at least.
    pub(crate) floor: ChangeFloor,
}

impl TrialRun {
    /// Of a trial that failed.
    pub(crate) fn failed(record: Record) -> Self {
        Self { record, scores: None, fitted: None, floor: ChangeFloor::NONE }
    }
}

/// The trial was stopped on request; it leaves nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cancelled;

/// Runs one trial, which says how far it is; `cancel` stops its fit. Errors and panics of the model
/// become a `failed` record.
pub fn run_trial(
    task: &Task<'_>,
    prepared: &Prepared,
    say: &mut dyn FnMut(TrialEvent),
    cancel: &AtomicBool,
) -> Result<TrialRun, Cancelled> {
    let mut recorder = Recorder::new(say, cancel);
    let mut device = task.trial.backend.clone();
    let fingerprint = Some(prepared.fingerprint.clone());
    let sizes = || Some(sizes(task, prepared));
    match attempt(task, prepared, &mut recorder, &mut device) {
        Ok(Done { outcome, timing, scores, fitted, floor }) => {
            let record = task.record(sizes(), device, outcome);
            let record = Record { timing: Some(timing), fingerprint, ..record };
            Ok(TrialRun { record, scores: Some(scores), fitted: Some(fitted), floor })
        }
        Err(Failure::Cancelled) => Err(Cancelled),
        Err(Failure::Because(message)) => {
            let outcome = Outcome::Failed { stage: recorder.stage, message };
            let record = task.record(sizes(), device, outcome);
            Ok(TrialRun::failed(Record { fingerprint, ..record }))
        }
    }
}

/// The parts as the trial sees them: some of the training rows, if it takes no more.
fn sizes(task: &Task<'_>, prepared: &Prepared) -> PartSizes {
    let sizes = prepared.sizes();
    match task.trial.train_rows {
        None => sizes,
        Some(rows) => {
            let (_, labels) = prepared.some_training_rows(rows);
            let train_outliers = labels.iter().filter(|label| **label).count();
            PartSizes { train: labels.len(), train_outliers, ..sizes }
        }
    }
}

/// Microseconds are all that a timing can mean.
fn seconds(duration: Duration) -> f64 {
    duration.as_micros() as f64 / 1e6
}

struct Done {
    outcome: Outcome,
    timing: Timing,
    scores: Scores,
    fitted: Box<dyn FittedDetector>,
    floor: ChangeFloor,
}

enum Failure {
    Cancelled,
    Because(String),
}

impl From<DetectorError> for Failure {
    fn from(error: DetectorError) -> Self {
        match error {
            DetectorError::Cancelled => Self::Cancelled,
            _ => Self::Because(error.to_string()),
        }
    }
}

fn attempt(
    task: &Task<'_>,
    prepared: &Prepared,
    recorder: &mut Recorder<'_>,
    device: &mut String,
) -> Result<Done, Failure> {
    let (detector, words) = guarded(|| (task.build)(task.trial))?.map_err(Failure::Because)?;
    *device = words;
    prepared.notes().iter().for_each(|note| recorder.note(note));
    let validation = prepared.validation_inliers();
    let some = task.trial.train_rows.map(|rows| prepared.some_training_rows(rows));
    let (x, labels) =
        some.as_ref().map_or((&prepared.train, &prepared.train_labels), |(x, l)| (x, l));
    let train = Train {
        x,
        labels: task.trial.supervised.then_some(labels.as_slice()),
        validation: validation.as_ref(),
    };

    recorder.stage = Stage::Fit;
    let started = Instant::now();
    let seed = task.trial.seed.unwrap_or(0);
    let fitted = guarded(|| detector.fit(train, seed, recorder))??;
    let fit = started.elapsed();

    recorder.stage = Stage::Score;
    let detector = fitted.as_ref();
    let floor = match task.trial.supervised || positional(task.trial) {
        true => ChangeFloor::NONE,
        false => guarded(|| ChangeFloor::of(detector, &prepared.preprocessor, x))??,
    };
    let scorer = Scorer {
        detector,
        preprocessor: &prepared.preprocessor,
        positional: positional(task.trial),
        floor,
    };
    let score = |name, part| score(&scorer, name, part);
    let validation = score("validation", &prepared.validation)?;
    let started = Instant::now();
    let test = score("test", &prepared.test)?;
    let score_time = started.elapsed();
    let transfer = prepared.transfer.as_ref();
    let transfer = transfer.map(|part| score("transfer", part)).transpose()?;
    let scores = Scores { validation, test, transfer };
    let native_threshold = native_threshold(fitted.as_ref())?;
    let mut timing = measured(task, fitted.as_ref(), &prepared.test.x)?;
    timing.epoch_seconds = take(&mut recorder.epoch_seconds);
    let outcome = Outcome::Completed {
        fit_seconds: seconds(fit),
        score_seconds: seconds(score_time),
        peak_rss_mb: if task.own_process { machine::peak_rss_mb() } else { None },
        native_threshold,
        epochs: take(&mut recorder.epochs),
        notes: take(&mut recorder.notes),
    };
    Ok(Done { outcome, timing, scores, fitted, floor })
}

/// What is measured once the scores are there; epochs are the recorder's.
fn measured(
    task: &Task<'_>,
    fitted: &dyn FittedDetector,
    test: &Matrix,
) -> Result<Timing, Failure> {
    let scoring = match task.measure {
        None => Vec::new(),
        Some(measure) => guarded(|| timing::scoring(fitted, test, measure))??,
    };
    let device_memory_mb = backend(task.trial).and_then(Backend::device_memory_mb);
    Ok(Timing { scoring, device_memory_mb, ..Timing::default() })
}

fn native_threshold(fitted: &dyn FittedDetector) -> Result<Option<f64>, Failure> {
    match guarded(|| fitted.native_threshold())? {
        Some(threshold) if !threshold.is_finite() => Err(Failure::Because(format!(
            "the model's decision boundary is {threshold}: it must be finite"
        ))),
        threshold => Ok(threshold),
    }
}

/// Whether the trial's scores say nothing of a row's values.
fn positional(trial: &TrialInfo) -> bool {
    find(&trial.kind).is_some_and(|kind| kind.positional)
}

/// The rows of one part with their scores: as many as rows, all finite.
fn score(scorer: &Scorer<'_>, name: &str, part: &ScoredRows) -> Result<ScoredPart, Failure> {
    let scores = guarded(|| scorer.score(&part.x, &part.unseen))??.scores;
    if scores.len() != part.x.rows() {
        let (found, rows) = (scores.len(), part.x.rows());
        let message = format!("the model gave {found} scores for {rows} {name} rows");
        return Err(Failure::Because(message));
    }
    if let Some(at) = scores.iter().position(|score| !score.is_finite()) {
        let message =
            format!("the score of {name} row {at} is {}: scores must be finite", scores[at]);
        return Err(Failure::Because(message));
    }
    let (rows, classes, labels) = (part.rows.clone(), part.classes.clone(), part.labels.clone());
    Ok(ScoredPart { rows, classes, labels, scores })
}

/// Runs a model's code; a panic in it is a failure of this trial alone.
fn guarded<T>(code: impl FnOnce() -> T) -> Result<T, Failure> {
    catch_unwind(AssertUnwindSafe(code)).map_err(|panic| {
        let text = panic
            .downcast_ref::<String>()
            .map(String::as_str)
            .or_else(|| panic.downcast_ref::<&str>().copied())
            .unwrap_or("no message");
        Failure::Because(format!("panicked: {text}"))
    })
}

/// Keeps what the record will hold and passes everything on.
struct Recorder<'a> {
    stage: Stage,
    say: &'a mut dyn FnMut(TrialEvent),
    cancel: &'a AtomicBool,
    epochs: Vec<Epoch>,
    epoch_seconds: Vec<f64>,
    notes: Vec<String>,
}

impl<'a> Recorder<'a> {
    fn new(say: &'a mut dyn FnMut(TrialEvent), cancel: &'a AtomicBool) -> Self {
        let (epochs, epoch_seconds, notes) = (vec![], vec![], vec![]);
        Self { stage: Stage::Prepare, say, cancel, epochs, epoch_seconds, notes }
    }
}

impl Watch for Recorder<'_> {
    fn epoch(&mut self, epoch: Epoch) {
        self.epochs.push(epoch);
        (self.say)(TrialEvent::Epoch { epoch });
    }
    fn epoch_seconds(&mut self, seconds: f64) {
        self.epoch_seconds.push((seconds * 1e6).round() / 1e6);
    }
    fn note(&mut self, note: &str) {
        self.notes.push(note.to_owned());
        (self.say)(TrialEvent::Note { note: note.to_owned() });
    }
    fn cancelled(&self) -> bool {
        self.cancel.load(Ordering::Relaxed)
    }
}
