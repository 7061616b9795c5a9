//! What happens during a run, as events for a [`Listener`]. A trial's process writes its own events as
//! JSON lines.

use std::path::PathBuf;

use oddbench_core::Epoch;
use oddbench_core::record::{Outcome, PartSizes, TrialInfo};
use serde::{Deserialize, Serialize};

/// What a trial says of itself while it runs.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "kebab-case", deny_unknown_fields)]
pub enum TrialEvent {
    /// An epoch is done.
    Epoch {
        /// Its number and losses.
        epoch: Epoch,
    },
    /// Something that a reader of the results must know.
    Note {
        /// The remark.
        note: String,
    },
}

/// What happens during a run. `trial` is a position in the trials of [`Event::Planned`]. `oddbench run --events` writes
/// each as a line of JSON.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "kebab-case")]
pub enum Event {
    /// The trials are known, and which of them are done already.
    Planned {
        /// The experiment's name.
        experiment: String,
        /// All trials in the file's order; of several data sets, one set after the other, with the
        /// set in front of each name.
        trials: Vec<TrialInfo>,
        /// Positions of those that have a record already.
        cached: Vec<usize>,
        /// How many run at the same time.
        jobs: usize,
    },
    /// The data set is fetched, parsed, split and preprocessed; downloads report to the cache's own listener.
    Preparing {
        /// The data set's kind.
        dataset: String,
        /// Its name, where the experiment has several data sets.
        set: Option<String>,
    },
    /// The rows are ready.
    Prepared {
        /// The data set's name, where the experiment has several.
        set: Option<String>,
        /// How many.
        sizes: PartSizes,
        /// The fold of these rows, in words, if the split has folds.
        fold: Option<String>,
        /// The feature set, if models have their own views of the rows.
        features: Option<String>,
        /// How long it has taken since the data set was asked for.
        seconds: f64,
    },
    /// Something that the user should know of the results as a whole.
    Told {
        /// The data set's name, where the experiment has several.
        set: Option<String>,
        /// A sentence.
        text: String,
    },
    /// The trials of one of several data sets cannot be run; the trials of the others can.
    SetFailed {
        /// The data set's name.
        set: String,
        /// Why.
        message: String,
    },
    /// A trial has started.
    Started {
        /// Which.
        trial: usize,
    },
    /// A trial says something of itself.
    Trial {
        /// Which.
        trial: usize,
        /// What.
        what: TrialEvent,
    },
    /// A trial is done and the summary contains it.
    Done {
        /// Which.
        trial: usize,
        /// How it went.
        outcome: Outcome,
        /// Figures of its first threshold rule, as in `summary.csv`.
        roc_auc: Option<f64>,
        /// See `roc_auc`.
        f1: Option<f64>,
    },
    /// How long the trials that are left are expected to take, all together.
    TimeLeft {
        /// By the trials that are done; `None` until something is known.
        seconds: Option<f64>,
    },
    /// The run is over.
    Finished {
        /// Counts.
        summary: RunSummary,
    },
}

impl Event {
    /// A trial is done; a run reports its figures.
    pub(crate) fn of_done(trial: usize, outcome: &Outcome) -> Self {
        Self::Done { trial, outcome: outcome.clone(), roc_auc: None, f1: None }
    }
}

/// What a run did. Counts are trials of the experiment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunSummary {
    /// The experiment.
    pub experiment: String,
    /// Its results folder.
    pub dir: PathBuf,
    /// Completed by this run.
    pub completed: usize,
    /// Completed by an earlier run.
    pub cached: usize,
    /// Failed in this run.
    pub failed: usize,
    /// Whether it was stopped before the end.
    pub interrupted: bool,
    /// Whether it was its own time limit that stopped it.
    pub timed_out: bool,
}

/// Follows a run. Called from the thread that called [`crate::run::run`].
pub trait Listener {
    /// Something happened.
    fn event(&self, event: &Event);
}

/// Listens to nothing.
pub struct Quiet;

impl Listener for Quiet {
    fn event(&self, _: &Event) {}
}
