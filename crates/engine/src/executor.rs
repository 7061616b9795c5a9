//! Who runs the trials: processes of this machine ([`Local`]), tasks of a cluster ([`Slurm`]), or this process
//! ([`InProcess`]).

mod child;
mod estimate;
mod in_process;
mod local;
mod room;
mod row_memory;
mod said;
mod schedule;
pub(crate) mod slurm;
mod together;
mod watchdog;

use std::path::PathBuf;
use std::sync::atomic::AtomicBool;

use oddbench_core::experiment::Limits;
use oddbench_core::record::{Manifest, TrialInfo};
use oddbench_core::results::TrialResult;
use thiserror::Error;

use crate::plan::rows_address;
use crate::progress::{Event, Listener};
use crate::store::{Earlier, Holder, Store, StoreError};

pub use child::trial_main;
pub use in_process::InProcess;
pub use local::Local;
pub use slurm::{Slurm, SlurmError, SlurmSettings, Stop};

/// Bytes of a MiB.
const MIB: f64 = 1_048_576.0;

/// Trials to be run, of one experiment or of several; every one leaves a record in its store, unless
/// the batch is cancelled.
pub struct Batch<'a> {
    /// The trials, no two of one experiment and address.
    pub trials: &'a [Queued<'a>],
    /// How many may run at the same time, at least 1.
    pub jobs: usize,
    /// MiB that all of them may be expected to hold at the same time; `None`: what the machine has.
    pub max_memory_mb: Option<u64>,
    /// Other results of the same files: what their trials needed.
    pub kin: &'a [Store],
    /// Whether the result of a trial that another process runs is waited for. If not, that trial is left to it.
    pub wait_for_others: bool,
    /// How many models may train together on a graphics card, in one process; 1: each trains alone.
    pub together: usize,
    /// Set from outside to stop: running trials then leave nothing.
    pub cancel: &'a AtomicBool,
}

/// How many models train together, if nothing else is said. A card runs a few hundred workgroups at once: more models
/// only wait for each other. Most get a result only when the last one of their process is trained.
pub const TOGETHER: usize = 256;

/// A trial that is to be run.
#[derive(Clone, Copy)]
pub struct Queued<'a> {
    /// Where its record goes. The manifest is written.
    pub store: &'a Store,
    /// Its experiment.
    pub manifest: &'a Manifest,
    /// Its position in the manifest's trials.
    pub position: usize,
    /// Its number in events.
    pub number: usize,
    /// Whether it is run even if it has a completed record.
    pub fresh: bool,
}

impl Queued<'_> {
    fn trial(&self) -> &TrialInfo {
        &self.manifest.trials[self.position]
    }

    /// What it may take.
    fn limits(&self) -> Limits {
        let name = &self.trial().name;
        let model = self.manifest.experiment.models.iter().find(|model| model.name == *name);
        model.map(|model| model.limits).unwrap_or_default()
    }

    /// What becomes of a completed record that is there.
    fn earlier(&self) -> Earlier {
        if self.fresh { Earlier::IsReplaced } else { Earlier::Stays }
    }

    /// Says that another process runs it.
    fn told_elsewhere(&self, holder: &Holder) -> Event {
        let TrialInfo { name, id, .. } = self.trial();
        Event::Told { set: None, text: format!("{name} (trial {id}) is run by {holder}") }
    }

    /// Says that it is expected to need more memory than is there.
    fn told_too_large(&self, (needed, free): (f64, f64)) -> Event {
        let TrialInfo { name, id, .. } = self.trial();
        let text = format!(
            "{name} (trial {id}) is expected to hold {needed:.0} MiB, more than the {free:.0} MiB that are free: it runs \
             alone"
        );
        Event::Told { set: None, text }
    }

    /// Its stored result.
    fn result(&self) -> Result<TrialResult, StoreError> {
        self.store.trial_result(self.manifest, self.trial())
    }

    /// The file of the rows that it is run on.
    fn prepared(&self) -> PathBuf {
        prepared_path(self.store, self.manifest, self.trial())
    }
}

/// The file of the rows that a trial is run on.
pub(crate) fn prepared_path(store: &Store, manifest: &Manifest, trial: &TrialInfo) -> PathBuf {
    store.prepared_path(&rows_address(manifest, trial.view.as_ref(), trial.fold))
}

/// Trials could not be run at all.
#[derive(Debug, Error)]
pub enum ExecuteError {
    /// A record could not be stored.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The prepared rows could not be read.
    #[error(transparent)]
    Prepared(#[from] crate::prepared_file::FileError),
    /// No trial process can be started.
    #[error("the program of trial processes cannot be found: {0}")]
    Program(std::io::Error),
    /// Slurm does not take them.
    #[error(transparent)]
    Slurm(#[from] SlurmError),
}

/// Runs the trials of a batch.
pub trait Executor {
    /// Runs all; returns when all have a record, when the batch is cancelled, or when the rest continues without
    /// this process. The listener hears that
    /// trials start and what they say; `ended` gets the result of each as soon as it is stored, with the
    /// trial's number. Both are called from the calling thread.
    fn execute(
        &self,
        batch: &Batch<'_>,
        listener: &dyn Listener,
        ended: &mut dyn FnMut(usize, TrialResult) -> Result<(), StoreError>,
    ) -> Result<(), ExecuteError>;
}
