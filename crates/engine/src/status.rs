//! How far an experiment is, on all machines together: from its records, its claims and the queue of its
//! cluster. Nothing is written.

use std::collections::{BTreeMap, HashMap};

use oddbench_core::record::{Outcome, TrialInfo};
use serde::Serialize;

use crate::executor::slurm::{Jobs, Listing, Queue, Reason, TaskState};
use crate::plan::ENSEMBLE;
use crate::store::{Store, StoreError};

/// How far an experiment is. Counts are trials.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct Status {
    /// All of them.
    pub trials: usize,
    /// Those with scores.
    pub done: usize,
    /// Those that a process runs, or that are in a task that runs.
    pub running: usize,
    /// Those in a task that waits.
    pub waiting: usize,
    /// The trials that failed and that no process runs again.
    pub failed: usize,
    /// The trials without a result that no process runs.
    pub missing: usize,
    /// Ensembles without scores: a run computes them at its end.
    pub ensembles_left: usize,
    /// Why tasks wait.
    pub waits: Vec<Waits>,
    /// Why the cluster could not be asked.
    pub cluster_trouble: Option<String>,
}

/// A reason for which tasks wait.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Waits {
    /// Slurm's word.
    pub reason: String,
    /// What it means and what to do.
    pub words: String,
    /// How many tasks.
    pub tasks: usize,
}

/// What becomes of a trial that has no scores.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Task {
    Waits,
    Runs,
}

/// The states of the trials in results folders. Slurm is asked once for all of them, if one of them has jobs.
pub fn status(folders: &[(Store, Vec<TrialInfo>)]) -> Result<Vec<Status>, StoreError> {
    let listing = Listing::default();
    folders.iter().map(|(store, trials)| of_folder(store, trials, &listing)).collect()
}

fn of_folder(store: &Store, trials: &[TrialInfo], listing: &Listing) -> Result<Status, StoreError> {
    let jobs = Jobs::of(store)?;
    let mut status = Status { trials: trials.len(), ..Status::default() };
    let mut tasks = HashMap::new();
    if let Some(jobs) = &jobs {
        match listing.queue(jobs) {
            Ok(queue) => {
                status.waits = waits(&queue);
                tasks = tasks_of(jobs, &queue);
            }
            Err(error) => status.cluster_trouble = Some(format!("{error}; {}", error.help())),
        }
    }
    for trial in trials {
        let record = store.record(&trial.id)?;
        let failed = match record.map(|record| (record.outcome, record.finished_at)) {
            Some((Outcome::Completed { .. }, _)) => {
                status.done += 1;
                continue;
            }
            // A trial that failed before it was submitted is being run again.
            Some((Outcome::Failed { .. }, at)) => {
                jobs.as_ref().is_none_or(|jobs| jobs.ledger.is_result(&trial.id, &at))
                    || !tasks.contains_key(trial.id.as_str())
            }
            None => false,
        };
        let count = match tasks.get(trial.id.as_str()) {
            _ if failed => &mut status.failed,
            Some(Task::Runs) => &mut status.running,
            Some(Task::Waits) => &mut status.waiting,
            None if store.holder(&trial.id)?.is_some() => &mut status.running,
            None if trial.kind == ENSEMBLE => &mut status.ensembles_left,
            None => &mut status.missing,
        };
        *count += 1;
    }
    Ok(status)
}

/// What the tasks of Slurm do for each trial.
fn tasks_of<'a>(jobs: &'a Jobs, queue: &Queue) -> HashMap<&'a str, Task> {
    let mut tasks = HashMap::new();
    for (array, at, task) in queue.alive() {
        let state = match task.state {
            TaskState::Waiting(_) => Task::Waits,
            _ => Task::Runs,
        };
        for id in jobs.ledger.trials_of(array, at) {
            let known = tasks.entry(id.as_str()).or_insert(state);
            *known = state.max(*known);
        }
    }
    tasks
}

fn waits(queue: &Queue) -> Vec<Waits> {
    let mut reasons: BTreeMap<&str, (usize, &str)> = BTreeMap::new();
    for (_, _, task) in queue.alive() {
        if let TaskState::Waiting(reason) = &task.state {
            reasons.entry(reason).or_insert((0, &task.name)).0 += 1;
        }
    }
    let of = |(word, (tasks, first)): (&str, (usize, &str))| Waits {
        reason: word.to_owned(),
        words: Reason::of(word).said(word, first),
        tasks,
    };
    reasons.into_iter().map(of).collect()
}
