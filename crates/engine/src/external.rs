//! A user's command as a detector: it is started once per trial, in its own folder, and gets orders
//! to fit and to score. docs/EXTERNAL.md describes the protocol.
//!
//! `folder` makes the folder and the environment, `leftovers` removes those of killed processes, `process` starts, watches
//! and ends the command, `answers` reads what it prints, `session` gives the orders, `together` scores all parts of a trial
//! in one mixed file, and `contract` tests a command by the promises that all detectors keep.

mod answers;
mod contract;
mod folder;
mod leftovers;
pub(crate) mod memory;
mod process;
mod session;
mod together;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use oddbench_core::external::{ExternalRun, ExternalSettings};
use oddbench_core::record::TrialInfo;
use oddbench_core::{Detector, DetectorError, FittedDetector, Matrix, Train, Watch};
use oddbench_models::{Batches, rng::stream};
use serde_json::Value;

pub use contract::{Subject, contract};
pub(crate) use folder::is_reserved;
pub(crate) use together::score_together;

use self::session::Session;
pub use self::session::in_lines;

/// A command that has not been started.
pub(crate) struct External {
    settings: ExternalSettings,
    params: Value,
    /// The key by which rows are shuffled. The command does not know it.
    key: u64,
    /// Whether the folder of a command that failed is kept.
    keeps_folder: bool,
    facts: Facts,
}

impl External {
    /// The command of a trial; `None` if the trial is of another kind.
    pub(crate) fn of(trial: &TrialInfo) -> Option<Self> {
        let settings = trial.external.clone()?;
        // An address is 16 hex digits.
        let key = u64::from_str_radix(&trial.id, 16).unwrap_or_default();
        Some(Self::new(settings, trial.params.clone(), key, true))
    }

    fn new(settings: ExternalSettings, params: Value, key: u64, keeps_folder: bool) -> Self {
        Self { settings, params, key, keeps_folder, facts: Facts::default() }
    }

    /// What it leaves in addition to its scores. It is complete when the detector and its fitted model are dropped.
    pub(crate) fn facts(&self) -> Facts {
        self.facts.clone()
    }

    /// What it runs on, in words.
    pub(crate) fn words(&self) -> String {
        words(&self.settings)
    }
}

/// What a record calls the device of a command.
pub(crate) fn words(settings: &ExternalSettings) -> String {
    format!("external command: {}", settings.words())
}

impl Detector for External {
    fn fit(
        &self,
        train: Train<'_>,
        seed: u64,
        watch: &mut dyn Watch,
    ) -> Result<Box<dyn FittedDetector>, DetectorError> {
        let mut session = Session::start(self, seed, train.x.cols())?;
        session.fit(train, watch)?;
        Ok(Box::new(Fitted { columns: train.x.cols(), session: Mutex::new(session) }))
    }

    fn deterministic(&self) -> bool {
        self.settings.deterministic
    }
}

/// A command that has fitted.
struct Fitted {
    columns: usize,
    session: Mutex<Session>,
}

impl FittedDetector for Fitted {
    /// Rows of any width are handed to the command: to refuse them is its task.
    fn score(&self, x: &Matrix) -> Result<Vec<f64>, DetectorError> {
        self.session.lock().unwrap_or_else(PoisonError::into_inner).score(x)
    }

    fn save(&self, dir: &std::path::Path) -> Result<(), DetectorError> {
        let message = "what a command has learned lives in its process and cannot be saved".into();
        Err(DetectorError::Store { path: dir.to_owned(), message })
    }

    fn n_features(&self) -> usize {
        self.columns
    }
}

/// What is known about a command, shared by the code that runs it and the code that writes the record.
#[derive(Clone, Default)]
pub(crate) struct Facts(Arc<Mutex<Known>>);

/// See [`Facts`].
#[derive(Clone, Default)]
pub(crate) struct Known {
    /// What the record will hold.
    pub(crate) run: ExternalRun,
    /// Seconds of the fit: reported, or else of the answer.
    pub(crate) fit_seconds: f64,
    /// Seconds of all parts that were scored.
    pub(crate) score_seconds: f64,
    /// What it wants a reader to know.
    pub(crate) notes: Vec<String>,
}

impl Facts {
    pub(crate) fn known(&self) -> MutexGuard<'_, Known> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// An order of that many rows that neither the source nor the command knows.
fn shuffled(rows: usize, key: u64, purpose: &str) -> Vec<u32> {
    Batches::new(rows, stream(key, purpose)).shuffle().to_vec()
}
