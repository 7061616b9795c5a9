//! One trial: build, fit, score. A failure becomes a record that says where and why.

use std::collections::BTreeMap;
use std::mem::take;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::AtomicBool;
use std::time::{Duration, Instant};

use oddbench_core::counts::counted;
use oddbench_core::experiment::Measure;
use oddbench_core::record::{
    DataInfo, Environment, FORMAT_VERSION, Manifest, Outcome, PartSizes, Record, Stage, Timing,
    TrialInfo,
};
use oddbench_core::scores::{ScoredPart, Scores};
use oddbench_core::{Detector, DetectorError, FittedDetector, Matrix, Train, Watch};
use oddbench_models::{Backend, Seat, find};

use crate::change_floor::ChangeFloor;
use crate::external::{External, Facts, score_together};
use crate::given;
use crate::machine;
use crate::oddest::Scorer;
use crate::prepared::{Prepared, ScoredRows};
use crate::progress::TrialEvent;
use crate::recorder::{Recorder, microseconds};
use crate::timing;
use crate::trial_rows::{Copies, TrialRows};

/// A detector and the device that it runs on, in words; or why there is none.
pub type Built = Result<(Box<dyn Detector>, String), String>;

/// Makes the detector of a trial.
pub type Build = dyn Fn(&TrialInfo) -> Built + Send + Sync;

/// Makes a detector from the table of kinds, on the trial's backend.
pub fn build(trial: &TrialInfo) -> Built {
    build_at(trial, &Seat::alone())
}

/// The same for the trial of that seat.
pub fn build_at(trial: &TrialInfo, seat: &Seat) -> Built {
    let kind =
        find(&trial.kind).ok_or_else(|| format!("there is no model kind {:?}", trial.kind))?;
    let backend =
        backend(trial).ok_or_else(|| format!("there is no backend {:?}", trial.backend))?;
    let device = backend.open().map_err(|e| e.to_string())?.at_seat(seat);
    let detector = kind.build(&trial.params, &device).map_err(|e| e.to_string())?;
    Ok((detector, device.describe()))
}

fn backend(trial: &TrialInfo) -> Option<Backend> {
    Backend::ALL.into_iter().find(|backend| backend.name() == trial.backend)
}

/// What a trial runs on, in addition to its rows.
pub struct Task<'a> {
    /// What it is.
    pub trial: &'a TrialInfo,
    /// What the rows are.
    pub data: DataInfo,
    /// Where it runs.
    pub environment: Environment,
    /// What is timed beside the whole.
    pub measure: Option<&'a Measure>,
    /// How its detector is made.
    pub build: &'a Build,
    /// Whether the process runs this trial alone, so that its peak memory is the trial's.
    pub own_process: bool,
    /// Its place among the trials of its process. The device of its detector has the same.
    pub seat: Seat,
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
            // Another machine than the manifest's may run it.
            environment: machine::environment_of_trial(manifest.environment.jobs),
            measure: manifest.experiment.measure.as_ref(),
            build,
            own_process,
            seat: Seat::alone(),
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
            external: None,
            files: BTreeMap::new(),
            score_sha256: None,
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
    /// The run of a trial that failed.
    pub(crate) fn failed(record: Record) -> Self {
        Self { record, scores: None, fitted: None, floor: ChangeFloor::NONE }
    }
}

/// The trial was stopped on request; it leaves nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cancelled;

/// Runs one trial, which says how far it is; `cancel` stops its fit. Errors and panics of the model
/// become a `failed` record. When it has learned, it waits for its turn among the trials of its process, and keeps the
/// turn.
pub fn run_trial(
    task: &Task<'_>,
    mut rows: TrialRows<'_>,
    say: &mut dyn FnMut(TrialEvent),
    cancel: &AtomicBool,
) -> Result<TrialRun, Cancelled> {
    let mut recorder = Recorder::new(say, cancel);
    let mut device = task.trial.backend.clone();
    let fingerprint = Some(rows.fingerprint.clone());
    let sizes = Some(sizes(task, &rows));
    let external = External::of(task.trial);
    let facts = external.as_ref().map(External::facts);
    let done = match &task.trial.given {
        Some(given) => {
            device = given.words();
            given::attempt(given, &rows, &mut recorder)
        }
        None => attempt(task, external, &mut rows, &mut recorder, &mut device),
    };
    let external = || facts.as_ref().map(|facts| facts.known().run.clone());
    match done {
        Ok(Done { outcome, timing, scores, fitted, floor }) => {
            let record = task.record(sizes, device, outcome);
            let external = external();
            let record = Record { timing: Some(timing), fingerprint, external, ..record };
            Ok(TrialRun { record, scores: Some(scores), fitted, floor })
        }
        Err(Failure::Cancelled) => Err(Cancelled),
        Err(Failure::Because(message)) => {
            let outcome = Outcome::Failed { stage: recorder.stage, message };
            let record = task.record(sizes, device, outcome);
            Ok(TrialRun::failed(Record { fingerprint, external: external(), ..record }))
        }
    }
}

/// The parts as the trial sees them: some of the training rows, if it takes no more.
fn sizes(task: &Task<'_>, prepared: &Prepared) -> PartSizes {
    let sizes = prepared.sizes();
    match task.trial.train_rows {
        None => sizes,
        Some(rows) => {
            let labels = prepared.some_training_labels(rows);
            let train_outliers = labels.iter().filter(|label| **label).count();
            PartSizes { train: labels.len(), train_outliers, ..sizes }
        }
    }
}

/// A timing is no more exact than a microsecond.
fn seconds(duration: Duration) -> f64 {
    duration.as_micros() as f64 / 1e6
}

/// What a trial that completed leaves.
pub(crate) struct Done {
    pub(crate) outcome: Outcome,
    pub(crate) timing: Timing,
    pub(crate) scores: Scores,
    /// `None` for a command, whose process is gone, and for a model that was fitted elsewhere.
    pub(crate) fitted: Option<Box<dyn FittedDetector>>,
    pub(crate) floor: ChangeFloor,
}

/// Why a trial has no scores.
pub(crate) enum Failure {
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

/// A call that takes 2 ms waits for up to a quarter of a second if others train.
const DISTURBED: &str = "the seconds of scoring are unknown: other trials of its process trained on the device meanwhile";

fn attempt(
    task: &Task<'_>,
    external: Option<External>,
    rows: &mut TrialRows<'_>,
    recorder: &mut Recorder<'_>,
    device: &mut String,
) -> Result<Done, Failure> {
    let facts = external.as_ref().map(External::facts);
    let (detector, words): (Box<dyn Detector>, String) = match external {
        Some(external) => {
            let words = external.words();
            (Box::new(external), words)
        }
        None => guarded(|| (task.build)(task.trial))?.map_err(Failure::Because)?,
    };
    *device = words;
    rows.notes().iter().for_each(|note| recorder.note(note));
    let (prepared, own): (&Prepared, Copies) = (rows, Copies::default());
    let copies = rows.copies(&own);
    let (x, labels) = copies.training(prepared, task.trial.train_rows);
    let train = Train {
        x,
        labels: task.trial.supervised.then_some(labels.as_slice()),
        validation: copies.validation_inliers(prepared),
    };

    recorder.stage = Stage::Fit;
    let (seat, seed) = (&task.seat, task.trial.seed.unwrap_or(0));
    seat.start();
    let fitted = guarded(|| detector.fit(train, seed, recorder))??;
    seat.stop();
    seat.take_turn();

    recorder.stage = Stage::Score;
    let detector = fitted.as_ref();
    let floor = match task.trial.supervised || positional(task.trial) {
        true => ChangeFloor::NONE,
        false => guarded(|| ChangeFloor::of(detector, &prepared.preprocessor, x))??,
    };
    drop(own);
    rows.release_training_rows();
    let prepared: &Prepared = rows;
    let scorer = Scorer {
        detector,
        preprocessor: &prepared.preprocessor,
        positional: positional(task.trial),
        floor,
    };
    let Told { scores, score_seconds, native_threshold, timing } =
        told(task, &scorer, prepared, (facts.as_ref(), recorder))?;
    let own_rss_mb = if task.own_process { machine::peak_rss_mb() } else { None };
    let (fitted, fit_seconds, peak_rss_mb) = match &facts {
        None => (Some(fitted), microseconds(seat.seconds()), own_rss_mb),
        Some(facts) => {
            // Ends the process: only then is all known about it.
            drop(fitted);
            let known = facts.known();
            known.notes.iter().for_each(|note| recorder.note(note));
            (None, known.fit_seconds, known.run.peak_rss_mb)
        }
    };
    let outcome = Outcome::Completed {
        fit_seconds: Some(fit_seconds),
        score_seconds,
        peak_rss_mb,
        native_threshold,
        epochs: take(&mut recorder.epochs),
        notes: take(&mut recorder.notes),
    };
    Ok(Done { outcome, timing, scores, fitted, floor })
}

/// What a model tells of the rows.
struct Told {
    scores: Scores,
    score_seconds: Option<f64>,
    native_threshold: Option<f64>,
    timing: Timing,
}

/// Scores the rows, and measures how long that takes.
fn told(
    task: &Task<'_>,
    scorer: &Scorer<'_>,
    prepared: &Prepared,
    (facts, recorder): (Option<&Facts>, &mut Recorder<'_>),
) -> Result<Told, Failure> {
    let mut disturbed = task.seat.others_train();
    let (scores, seconds) = match facts {
        None => one_by_one(scorer, prepared)?,
        Some(facts) => all_at_once(scorer, prepared, facts)?,
    };
    let native_threshold = native_threshold(scorer.detector)?;
    let mut timing = measured(task, scorer.detector, &prepared.test.x, recorder.timing())?;
    disturbed |= task.seat.others_train();
    if disturbed {
        timing.scoring.clear();
        recorder.note(DISTURBED);
    }
    Ok(Told { scores, score_seconds: (!disturbed).then_some(seconds), native_threshold, timing })
}

/// Scores the parts one after the other, and returns the seconds of the test rows.
fn one_by_one(scorer: &Scorer<'_>, prepared: &Prepared) -> Result<(Scores, f64), Failure> {
    let score = |name, part: &ScoredRows| {
        let scores = guarded(|| scorer.score(&part.x, &part.unseen))??.scores;
        scored(scores, name, part)
    };
    let validation = score("validation", &prepared.validation)?;
    let started = Instant::now();
    let test = score("test", &prepared.test)?;
    let test_seconds = seconds(started.elapsed());
    let transfer = prepared.transfer.as_ref();
    let transfer = transfer.map(|part| score("transfer", part)).transpose()?;
    Ok((Scores { validation, test, transfer }, test_seconds))
}

/// Has a command score all parts mixed, and returns the test rows' share of the seconds.
fn all_at_once(
    scorer: &Scorer<'_>,
    prepared: &Prepared,
    facts: &Facts,
) -> Result<(Scores, f64), Failure> {
    let parts: Vec<&ScoredRows> =
        [&prepared.validation, &prepared.test].into_iter().chain(&prepared.transfer).collect();
    let before = facts.known().score_seconds;
    let mut scores = guarded(|| score_together(scorer, &parts))??.into_iter();
    let taken = facts.known().score_seconds - before;
    let rows: usize = parts.iter().map(|part| part.x.rows()).sum();
    let share = prepared.test.x.rows() as f64 / rows.max(1) as f64;
    let mut of = |name, part| scored(scores.next().unwrap_or_default(), name, part);
    let validation = of("validation", &prepared.validation)?;
    let test = of("test", &prepared.test)?;
    let transfer = prepared.transfer.as_ref().map(|part| of("transfer", part)).transpose()?;
    Ok((Scores { validation, test, transfer }, (taken * share * 1e6).round() / 1e6))
}

/// Measures what needs the scores; the recorder measures the epochs.
fn measured(
    task: &Task<'_>,
    fitted: &dyn FittedDetector,
    test: &Matrix,
    of_fit: Timing,
) -> Result<Timing, Failure> {
    let scoring = match task.measure {
        None => Vec::new(),
        Some(measure) => guarded(|| timing::scoring(fitted, test, measure))??,
    };
    let device_memory_mb = backend(task.trial).and_then(Backend::device_memory_mb);
    Ok(Timing { scoring, device_memory_mb, ..of_fit })
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
fn scored(scores: Vec<f64>, name: &str, part: &ScoredRows) -> Result<ScoredPart, Failure> {
    if scores.len() != part.x.rows() {
        let (found, rows) = (scores.len(), part.x.rows());
        let rows = counted(rows, &format!("{name} row"));
        let message = format!("the model gave {} for {rows}", counted(found, "score"));
        return Err(Failure::Because(message));
    }
    if let Some(at) = scores.iter().position(|score| !score.is_finite()) {
        let message =
            format!("the score of {name} row {at} is {}: scores must be finite", scores[at]);
        return Err(Failure::Because(message));
    }
    Ok(with_scores(scores, part))
}

/// The rows of one part with a score each.
pub(crate) fn with_scores<X>(scores: Vec<f64>, part: &ScoredRows<X>) -> ScoredPart {
    let (rows, classes, labels) = (part.rows.clone(), part.classes.clone(), part.labels.clone());
    ScoredPart { rows, classes, labels, scores, times: part.times.clone() }
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
