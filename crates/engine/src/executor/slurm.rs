//! Trials as tasks of a cluster that Slurm runs, over a results folder that all machines see.
//!
//! The client submits arrays of tasks and watches. It can be killed at any time: submitted trials are in
//! the `ledger` and in the comments of the jobs, and finished trials have records. Slurm itself is asked
//! only for what it alone knows: which tasks it still has, and why they wait. A task may run twice at the same time,
//! and a job may be forgotten: a trial without a record and without a task is submitted again.

mod command;
mod follow;
mod ledger;
mod queue;
mod reasons;
mod script;
mod settings;
mod submit;
mod tend;

use std::cell::OnceCell;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, Receiver, TryRecvError};
use std::thread;
use std::time::{Duration, Instant};

use oddbench_core::counts::counted;
use oddbench_core::results::TrialResult;

use super::{Batch, ExecuteError, Executor};
use crate::progress::{Event, Listener};
use crate::store::StoreError;

use follow::{Followed, Settled};

pub use command::SlurmError;
pub(crate) use ledger::{Jobs, collected, has_jobs};
pub(crate) use queue::{Queue, TaskState};
pub(crate) use reasons::Reason;
pub(crate) use settings::OWN_OPTIONS;
pub use settings::SlurmSettings;

/// How often it is looked whether the run is to stop.
const TICK: Duration = Duration::from_millis(100);
/// How often records are looked for.
const LOOK: Duration = Duration::from_secs(1);
/// How long the second Ctrl-C is waited for, and the end of tasks whose trials are done.
const PATIENCE: Duration = Duration::from_secs(5);

/// Runs trials as tasks of Slurm.
#[derive(Debug, Clone)]
pub struct Slurm {
    settings: SlurmSettings,
    /// Submit and return.
    detach: bool,
    stop: Stop,
}

/// How a run that watches is stopped.
#[derive(Debug, Clone, Default)]
pub struct Stop {
    /// Set once the run is cancelled: the jobs are to be cancelled, too.
    pub cancel_jobs: Arc<AtomicBool>,
    /// Set when the run is cancelled: nothing more will be asked for.
    pub at_once: Arc<AtomicBool>,
}

impl Slurm {
    /// An error if Slurm is not here or does not answer. With `detach` it submits what has no task and returns.
    pub fn find(settings: SlurmSettings, detach: bool, stop: Stop) -> Result<Self, SlurmError> {
        command::is_here()?;
        command::squeue()?;
        Ok(Self { settings, detach, stop })
    }
}

/// What `squeue` says, asked for once and only if somebody wants to know.
#[derive(Debug, Default)]
pub(crate) struct Listing {
    answer: OnceCell<Answer>,
}

impl Listing {
    /// All about an experiment that has jobs; an error if Slurm cannot be asked.
    pub(crate) fn queue(&self, jobs: &Jobs) -> Result<Queue, SlurmError> {
        let ask = || command::is_here().and_then(|()| command::squeue());
        let text = self.answer.get_or_init(ask).as_ref().map_err(SlurmError::clone)?;
        Ok(Queue::parse(text, &jobs.experiment))
    }
}

impl Executor for Slurm {
    fn execute(
        &self,
        batch: &Batch<'_>,
        listener: &dyn Listener,
        ended: &mut dyn FnMut(usize, TrialResult) -> Result<(), StoreError>,
    ) -> Result<(), ExecuteError> {
        let mut watch = Watch {
            slurm: self,
            listener,
            followed: Followed::all(batch)?,
            asked: None,
            next: Instant::now(),
            silent: false,
        };
        let mut looked = None::<Instant>;
        loop {
            if looked.is_none_or(|at| at.elapsed() >= LOOK) {
                watch.collect(ended)?;
                looked = Some(Instant::now());
            }
            if watch.left() == 0 {
                return Ok(watch.see_off()?);
            }
            if batch.cancel.load(Ordering::Relaxed) {
                return Ok(watch.leave()?);
            }
            if let Some(answer) = watch.answer() {
                // A task that the queue has no more may have left its record just now.
                watch.collect(ended)?;
                if watch.take(answer, ended)? {
                    return Ok(());
                }
            }
            thread::sleep(TICK);
        }
    }
}

type Answer = Result<String, SlurmError>;

/// A client that watches.
struct Watch<'a> {
    slurm: &'a Slurm,
    listener: &'a dyn Listener,
    followed: Vec<Followed<'a>>,
    /// The answer of `squeue` that is waited for.
    asked: Option<Receiver<Answer>>,
    /// When it is asked next.
    next: Instant,
    /// Whether the user knows that Slurm does not answer.
    silent: bool,
}

impl Watch<'_> {
    fn tell(&self, text: String) {
        self.listener.event(&Event::Told { set: None, text });
    }

    fn left(&self) -> usize {
        self.followed.iter().map(Followed::left).sum()
    }

    /// Waits a little for the processes of the last tasks. They give their claims back after they have written their records.
    /// Then it cancels the tasks that Slurm still has, because no client would watch them.
    fn see_off(&self) -> Result<(), StoreError> {
        let since = Instant::now();
        for one in &self.followed {
            while one.store.has_claimed_trials()? && since.elapsed() < PATIENCE {
                thread::sleep(TICK);
            }
        }
        // A controller that does not answer does not prevent leaving.
        while let Ok(Ok(text)) = ask().recv_timeout(PATIENCE) {
            let is_over = since.elapsed() >= PATIENCE;
            let mut some_run = false;
            for one in &self.followed {
                let queue = Queue::parse(&text, &one.jobs.experiment);
                let (runs, waits) = one.tasks_without_work(&queue);
                some_run |= !runs.is_empty();
                let left = if is_over { [waits, runs].concat() } else { waits };
                tend::cancel(&left, one.name).into_iter().for_each(|text| self.tell(text));
            }
            if is_over || !some_run {
                break;
            }
            thread::sleep(LOOK);
        }
        Ok(())
    }

    /// Hands on every result that is there.
    fn collect(
        &mut self,
        ended: &mut dyn FnMut(usize, TrialResult) -> Result<(), StoreError>,
    ) -> Result<(), StoreError> {
        self.followed.iter_mut().try_for_each(|one| one.collect(ended))
    }

    /// Asks `squeue`; `None` until it has answered.
    fn answer(&mut self) -> Option<Answer> {
        let Some(asked) = &self.asked else {
            if Instant::now() >= self.next {
                self.asked = Some(ask());
            }
            return None;
        };
        let answer = match asked.try_recv() {
            Err(TryRecvError::Empty) => return None,
            Ok(answer) => Some(answer),
            Err(TryRecvError::Disconnected) => None,
        };
        self.asked = None;
        self.next = Instant::now() + Duration::from_secs(self.slurm.settings.poll_seconds);
        answer
    }

    /// Submits what has no task, and gives up what had too many. Whether the client may go.
    fn take(
        &mut self,
        answer: Answer,
        ended: &mut dyn FnMut(usize, TrialResult) -> Result<(), StoreError>,
    ) -> Result<bool, ExecuteError> {
        let text = match answer {
            Ok(text) => text,
            Err(error) if self.slurm.detach => return Err(error.into()),
            Err(error) => {
                if !self.silent {
                    self.tell(format!("{error}; tasks that run go on, and Slurm is asked again"));
                }
                self.silent = true;
                return Ok(false);
            }
        };
        if std::mem::take(&mut self.silent) {
            self.tell("Slurm answers again".to_owned());
        }
        let settings = &self.slurm.settings;
        let mut all = Settled { told: Vec::new(), is_sure: true };
        for one in &mut self.followed {
            let queue = Queue::parse(&text, &one.jobs.experiment);
            let settled = one.settle(&queue, settings, ended)?;
            all.told.extend(settled.told);
            all.is_sure &= settled.is_sure;
        }
        all.told.into_iter().for_each(|text| self.tell(text));
        Ok(self.slurm.detach && all.is_sure)
    }

    /// Stops watching. The jobs go on, unless the user asks a second time.
    fn leave(&mut self) -> Result<(), StoreError> {
        let left = self.left();
        self.tell(format!(
            "left to Slurm: {}; its jobs go on, and the same command goes on watching them",
            counted(left, "trial")
        ));
        if self.slurm.stop.at_once.load(Ordering::Relaxed) {
            return Ok(());
        }
        self.tell(format!("Ctrl-C again within {} s cancels the jobs", PATIENCE.as_secs()));
        let since = Instant::now();
        while since.elapsed() < PATIENCE {
            if self.slurm.stop.cancel_jobs.load(Ordering::Relaxed) {
                return self.cancel_jobs();
            }
            thread::sleep(TICK);
        }
        Ok(())
    }

    fn cancel_jobs(&mut self) -> Result<(), StoreError> {
        let cancelled = command::squeue().and_then(|text| {
            let queues = self.followed.iter().map(|one| Queue::parse(&text, &one.jobs.experiment));
            let jobs: Vec<String> = queues.flat_map(|queue| queue.jobs()).collect();
            if !jobs.is_empty() {
                command::scancel(&jobs)?;
            }
            Ok(jobs)
        });
        match cancelled {
            Ok(jobs) => {
                self.followed.iter().try_for_each(|one| ledger::remove(one.store))?;
                self.tell(format!("cancelled {}", counted(jobs.len(), "job")));
            }
            Err(error) => {
                self.tell(format!("the jobs are not cancelled: {error}; {}", error.help()))
            }
        }
        Ok(())
    }
}

/// Asks `squeue` in another thread: a controller that does not answer keeps it waiting.
fn ask() -> Receiver<Answer> {
    let (sender, asked) = mpsc::channel();
    thread::spawn(move || {
        // Nobody hears it if the run was stopped meanwhile.
        let _ = sender.send(command::squeue());
    });
    asked
}
