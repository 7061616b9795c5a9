//! The trials of one experiment while Slurm has them: which have a record, which have a task, and which have
//! neither.

mod lost;

use std::collections::{BTreeMap, HashMap, HashSet};
use std::path::PathBuf;
use std::time::Instant;

use oddbench_core::record::{Outcome, Stage};
use oddbench_core::results::TrialResult;

use super::ledger::Jobs;
use super::queue::{Queue, QueuedTask, TaskState};
use super::reasons::Reason;
use super::settings::SlurmSettings;
use super::submit::{self, Submitter};
use super::tend::Tending;
use crate::executor::{Batch, ExecuteError, Queued};
use crate::store::{Store, StoreError};
use lost::Lost;

/// How often a record may be unreadable before that counts: it is looked at while it is being put in place.
const PATIENCE: u32 = 5;

/// Takes the result of a trial with its number.
type Ended<'a> = dyn FnMut(usize, TrialResult) -> Result<(), StoreError> + 'a;

/// One experiment.
pub(super) struct Followed<'a> {
    pub(super) store: &'a Store,
    pub(super) jobs: Jobs,
    pub(super) name: &'a str,
    program: PathBuf,
    /// How many models may train together on a graphics card.
    together: usize,
    /// Trials without a result, in the order of the batch.
    waiting: Vec<&'a Queued<'a>>,
    /// Trials that had no task when the queue was last looked at.
    missed: HashSet<&'a str>,
    /// How often each record could not be read.
    unreadable: HashMap<&'a str, u32>,
    /// Slurm's words that were shown.
    told: HashSet<String>,
    tending: Tending,
}

/// What a look at the queue has led to.
pub(super) struct Settled {
    /// What the user should know.
    pub(super) told: Vec<String>,
    /// Whether every trial has a task now, and none of them is doubtful.
    pub(super) is_sure: bool,
}

/// What has no task.
struct Due<'a> {
    /// Trials that get no other task: they have failed.
    hopeless: Vec<Lost<'a>>,
    /// The trials of each task that is to be submitted.
    tasks: Vec<Vec<String>>,
    /// What the user should know.
    told: Vec<String>,
}

impl<'a> Followed<'a> {
    /// The experiments of a batch, with what was submitted for each before.
    pub(super) fn all(batch: &'a Batch<'a>) -> Result<Vec<Self>, ExecuteError> {
        let program = std::env::current_exe().map_err(ExecuteError::Program)?;
        let mut all: Vec<Self> = Vec::new();
        for queued in batch.trials {
            match all.last_mut().filter(|one| one.store == queued.store) {
                Some(one) => one.waiting.push(queued),
                None => all.push(Self {
                    store: queued.store,
                    jobs: Jobs::open(queued.store)?,
                    name: &queued.manifest.experiment.name,
                    program: program.clone(),
                    together: batch.together,
                    waiting: vec![queued],
                    missed: HashSet::new(),
                    unreadable: HashMap::new(),
                    told: HashSet::new(),
                    tending: Tending::default(),
                }),
            }
        }
        Ok(all)
    }

    /// How many trials have no result.
    pub(super) fn left(&self) -> usize {
        self.waiting.len()
    }

    /// Hands on every result that is there.
    pub(super) fn collect(&mut self, ended: &mut Ended<'_>) -> Result<(), StoreError> {
        let mut left = Vec::new();
        for queued in std::mem::take(&mut self.waiting) {
            match self.result(queued)? {
                Some(result) => ended(queued.number, result)?,
                None => left.push(queued),
            }
        }
        self.waiting = left;
        Ok(())
    }

    /// The result of a trial, if it has one that is no older than its first task.
    fn result(&mut self, queued: &'a Queued<'a>) -> Result<Option<TrialResult>, StoreError> {
        let id = queued.trial().id.as_str();
        let read = || {
            let Some(record) = self.store.record(id)? else { return Ok(None) };
            let is_result = match record.outcome {
                Outcome::Completed { .. } => true,
                Outcome::Failed { stage, message } => {
                    !is_cut_off(stage, &message)
                        && self.jobs.ledger.is_result(id, &record.finished_at)
                }
            };
            is_result.then(|| queued.result()).transpose()
        };
        match read() {
            Err(error) => {
                let times = self.unreadable.entry(id).or_default();
                *times += 1;
                if *times < PATIENCE { Ok(None) } else { Err(error) }
            }
            read => {
                self.unreadable.remove(id);
                read
            }
        }
    }

    /// Compares the trials that are left with the tasks that Slurm has.
    pub(super) fn settle(
        &mut self,
        queue: &Queue,
        settings: &SlurmSettings,
        ended: &mut Ended<'_>,
    ) -> Result<Settled, ExecuteError> {
        let mut tending = std::mem::take(&mut self.tending);
        let steps = tending.steps(queue, self.without_work(), settings, Instant::now());
        self.tending = tending;
        let mut told = self.waits(queue, |task| steps.releases(task));
        told.extend(steps.take(self.name));
        let due = self.due(queue, settings);
        let failed: HashSet<usize> = due.hopeless.iter().map(|lost| lost.queued.number).collect();
        for lost in due.hopeless {
            lost.fail()?;
            ended(lost.queued.number, lost.queued.result()?)?;
        }
        self.waiting.retain(|queued| !failed.contains(&queued.number));
        told.extend(due.told);
        let Self { name, program, together, .. } = self;
        let submitter = Submitter { name, program, together: *together };
        told.extend(submit::submit(self.store, &mut self.jobs, due.tasks, submitter, settings)?);
        Ok(Settled { told, is_sure: self.missed.is_empty() })
    }

    /// Which trials get a task now, and which get none any more.
    fn due(&mut self, queue: &Queue, settings: &SlurmSettings) -> Due<'a> {
        let (new, lost) = self.without_task(queue);
        let (hopeless, again): (Vec<_>, Vec<_>) =
            lost.into_iter().partition(|lost| lost.is_hopeless(settings));
        let again = lost::parts(again);
        let told = lost::words_of(&again);
        let id = |queued: &Queued<'_>| queued.trial().id.clone();
        let new: Vec<String> = new.into_iter().map(id).collect();
        let new = new.chunks(settings.trials_per_task.max(1)).map(<[String]>::to_vec);
        let again = again.iter().map(|part| part.iter().map(|lost| id(lost.queued)).collect());
        Due { hopeless, tasks: new.chain(again).collect(), told }
    }

    /// Trials that were never submitted, and those whose tasks are over. A task that the queue has no more
    /// counts as over at the second look: its record may take a moment to be seen from here.
    fn without_task(&mut self, queue: &Queue) -> (Vec<&'a Queued<'a>>, Vec<Lost<'a>>) {
        let ledger = &self.jobs.ledger;
        let has_task: HashSet<&str> = queue
            .alive()
            .flat_map(|(array, task, _)| ledger.trials_of(array, task))
            .map(String::as_str)
            .collect();
        let submitted = ledger.by_trial();
        let (mut new, mut lost, mut missed) = (Vec::new(), Vec::new(), HashSet::new());
        for queued in &self.waiting {
            let id = queued.trial().id.as_str();
            let tasks = submitted.get(id).map_or(&[][..], Vec::as_slice);
            match tasks.last() {
                _ if has_task.contains(id) => {}
                None => new.push(*queued),
                Some(_) if !self.missed.contains(id) => {
                    missed.insert(id);
                }
                Some(&(array, task)) => lost.push(Lost {
                    queued,
                    tasks: tasks.len(),
                    was_alone: tasks.iter().any(|&(array, task)| ledger.is_of_one(array, task)),
                    last: (array.to_owned(), task),
                    end: queue.end_of(array, task).cloned(),
                    log: self.jobs.log_path(array, task),
                }),
            }
        }
        self.missed = missed;
        (new, lost)
    }

    /// Says of a task whether all its trials have results. Nothing is known about a task of another ledger.
    fn without_work(&self) -> impl Fn(&str, usize) -> bool {
        let left: HashSet<&str> =
            self.waiting.iter().map(|queued| queued.trial().id.as_str()).collect();
        move |array, task| {
            let trials = self.jobs.ledger.trials_of(array, task);
            !trials.is_empty() && trials.iter().all(|id| !left.contains(id.as_str()))
        }
    }

    /// Tasks whose trials are all done, but which Slurm has not ended yet: first the running ones, then the waiting ones.
    pub(super) fn tasks_without_work(&self, queue: &Queue) -> (Vec<String>, Vec<String>) {
        let is_done = self.without_work();
        let idle = queue.alive().filter(|(array, at, _)| is_done(array, *at));
        let idle = idle.filter(|(_, _, task)| task.state != TaskState::Ending);
        let (runs, waits): (Vec<_>, Vec<_>) =
            idle.map(|(_, _, task)| task).partition(|task| task.state == TaskState::Running);
        let names = |tasks: Vec<&QueuedTask>| tasks.into_iter().map(|it| it.name.clone()).collect();
        (names(runs), names(waits))
    }

    /// Why tasks wait, each reason once. A reason that goes away by itself is shown only while nothing runs, and what is taken
    /// care of not at all.
    fn waits(&mut self, queue: &Queue, is_cared_for: impl Fn(&str) -> bool) -> Vec<String> {
        let mut reasons: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
        let mut nothing_runs = true;
        for (_, _, task) in queue.alive() {
            match &task.state {
                TaskState::Waiting(_) if is_cared_for(&task.name) => {}
                TaskState::Waiting(reason) => reasons.entry(reason).or_default().push(&task.name),
                _ => nothing_runs = false,
            }
        }
        let mut told = Vec::new();
        for (word, tasks) in reasons {
            let reason = Reason::of(word);
            let is_news = !reason.remedy.is_empty() || (nothing_runs && reason.is_worth_telling());
            if is_news && self.told.insert(word.to_owned()) {
                let first = tasks.first().copied().unwrap_or_default();
                let (name, tasks) = (self.name, tasks.len());
                told.push(format!(
                    "{name}: tasks that wait: {tasks}: {}",
                    reason.said(word, first)
                ));
            }
        }
        told
    }
}

/// Whether a task was ended while its trial ran: Slurm asks all processes of a task to end, and the trial's may
/// hear it before the one that would show the difference.
fn is_cut_off(stage: Stage, message: &str) -> bool {
    stage == Stage::Process && message.contains("signal: 15")
}
