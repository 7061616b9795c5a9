//! Every trial in its own process: a crash, a kill or a leak ends one trial and no other, peak
//! memory is the trial's own, and process-wide random states cannot mix. Trials that train together on a graphics card
//! are the exception: they share a process, and each runs on a thread of it.
//!
//! `child` is the other side: the process that claims its trials, runs them and stores their records.

use std::collections::HashMap;
use std::io;
use std::path::PathBuf;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use oddbench_core::record::{Record, Stage};
use oddbench_core::results::TrialResult;

use super::said::{Said, last_lines, relay, why_it_died};
use super::schedule::{Next, Schedule, Start};
use super::watchdog::{self, Watchdog};
use super::{Batch, ExecuteError, Executor, Queued};
use crate::progress::{Event, Listener};
use crate::store::{Claimed, Holder, StoreError};
use crate::trial::{Task, build};

/// How often the parent looks whether it was cancelled.
const TICK: Duration = Duration::from_millis(50);
/// How often it is said how long the rest takes.
const TELL: Duration = Duration::from_secs(1);

/// Runs trials as processes of this machine.
#[derive(Debug, Clone, Default)]
pub struct Local {
    program: Option<PathBuf>,
}

impl Local {
    /// Children are this program, with the hidden verb `trial --experiment-dir DIR ID... --child`.
    pub fn new() -> Self {
        Self::default()
    }

    /// Children are another program that understands the same arguments.
    pub fn with_program(program: PathBuf) -> Self {
        Self { program: Some(program) }
    }
}

impl Executor for Local {
    fn execute(
        &self,
        batch: &Batch<'_>,
        listener: &dyn Listener,
        ended: &mut dyn FnMut(usize, TrialResult) -> Result<(), StoreError>,
    ) -> Result<(), ExecuteError> {
        let program = match &self.program {
            Some(program) => program.clone(),
            None => std::env::current_exe().map_err(ExecuteError::Program)?,
        };
        let workers = Workers {
            batch,
            program,
            schedule: Mutex::new(Schedule::of(batch)),
            changed: Condvar::new(),
            running: Mutex::new(HashMap::new()),
        };
        let (sender, messages) = mpsc::channel::<Message>();
        thread::scope(|scope| {
            for _ in 0..batch.jobs.max(1) {
                let sender = sender.clone();
                scope.spawn(|| workers.work(sender));
            }
            drop(sender);
            let mut outcome = Ok(());
            let mut told = Instant::now();
            loop {
                let handled = match messages.recv_timeout(TICK) {
                    Ok(Message::Event(event)) => {
                        listener.event(&event);
                        Ok(())
                    }
                    Ok(Message::Ended(number, result)) => {
                        told = workers.tell_left(listener);
                        (*result).and_then(|result| ended(number, result))
                    }
                    Err(RecvTimeoutError::Timeout) => {
                        if told.elapsed() > TELL {
                            told = workers.tell_left(listener);
                        }
                        Ok(())
                    }
                    Err(RecvTimeoutError::Disconnected) => return outcome,
                };
                if let Err(error) = handled {
                    workers.stop();
                    outcome = Err(error.into());
                }
                if workers.cancelled() {
                    workers.stop();
                }
            }
        })
    }
}

/// How a trial of a child ended.
enum TrialEnd {
    /// It has a record, which could be read.
    Stored(Option<Box<Record>>),
    /// Another process runs it.
    Claimed,
}

/// What a worker sends to the calling thread.
enum Message {
    Event(Event),
    Ended(usize, Box<Result<TrialResult, StoreError>>),
}

/// The threads, each of which runs one child at a time.
struct Workers<'a> {
    batch: &'a Batch<'a>,
    program: PathBuf,
    schedule: Mutex<Schedule>,
    /// Told when the schedule is another one.
    changed: Condvar,
    running: Mutex<HashMap<usize, Child>>,
}

impl Workers<'_> {
    fn cancelled(&self) -> bool {
        self.batch.cancel.load(Ordering::Relaxed)
    }

    /// Says how long the rest is expected to take; and when it was said.
    fn tell_left(&self, listener: &dyn Listener) -> Instant {
        let seconds = self.schedule().seconds_left();
        listener.event(&Event::TimeLeft { seconds });
        Instant::now()
    }

    /// Kills what runs and starts nothing more.
    fn stop(&self) {
        self.note(Schedule::stop);
        for child in self.running().values_mut() {
            // A child that has just ended by itself cannot be killed, and need not be.
            let _ = child.kill();
        }
    }

    fn running(&self) -> MutexGuard<'_, HashMap<usize, Child>> {
        self.running.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn schedule(&self) -> MutexGuard<'_, Schedule> {
        self.schedule.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn work(&self, sender: Sender<Message>) {
        let send = |message| {
            // The receiver lives until all workers are done.
            let _ = sender.send(message);
        };
        while !self.cancelled() {
            match self.next() {
                Next::Nothing => return,
                Next::Wait => {}
                Next::Run(start) => self.run(&start, &send),
                Next::Look { at } => self.look(at, &send),
            }
        }
    }

    /// What to do next. If there is nothing to do, it waits a moment, or until something has changed.
    fn next(&self) -> Next {
        let mut schedule = self.schedule();
        let next = schedule.next();
        if next == Next::Wait {
            drop(self.changed.wait_timeout(schedule, TICK));
        }
        next
    }

    /// Notes how far a trial is, and wakes the workers that wait for that.
    fn note<T>(&self, change: impl FnOnce(&mut Schedule) -> T) -> T {
        let noted = change(&mut self.schedule());
        self.changed.notify_all();
        noted
    }

    /// Runs the trials that are neither done nor run by another process.
    fn run(&self, start: &Start, send: &dyn Fn(Message)) {
        let trials = start.trials.iter().copied().filter(|&at| self.is_left(at, send));
        let trials: Vec<usize> = trials.collect();
        let Some(&first) = trials.first() else { return };
        if let Some(too_large) = start.too_large {
            send(Message::Event(self.batch.trials[first].told_too_large(too_large)));
        }
        for &at in &trials {
            send(Message::Event(Event::Started { trial: self.batch.trials[at].number }));
        }
        let (ends, death) = self.run_child(&trials, start.threads, send);
        for (&at, end) in trials.iter().zip(ends) {
            match end {
                Some(TrialEnd::Stored(record)) => {
                    self.note(|schedule| schedule.over(at, record.as_deref()));
                }
                Some(TrialEnd::Claimed) => self.note(|schedule| schedule.again(at)),
                None => self.died(at, death.clone(), send),
            }
        }
    }

    /// Whether a trial is to be run here.
    fn is_left(&self, at: usize, send: &dyn Fn(Message)) -> bool {
        let queued = &self.batch.trials[at];
        if !queued.fresh && queued.store.completed(&queued.trial().id).is_some() {
            self.end(at, Ok(()), send);
            return false;
        }
        match queued.store.holder(&queued.trial().id) {
            Ok(None) => return true,
            Ok(Some(holder)) => self.elsewhere(at, &holder, send),
            Err(error) => self.end(at, Err(error), send),
        }
        false
    }

    /// Stores the failure of a trial whose process is gone, and its claim with it.
    fn died(&self, at: usize, message: String, send: &dyn Fn(Message)) {
        let queued = &self.batch.trials[at];
        match queued.store.claim(&queued.trial().id) {
            Ok(Claimed::Mine(_claim)) if self.cancelled() => {
                self.note(|schedule| schedule.over(at, None));
            }
            Ok(Claimed::Mine(claim)) => {
                let stored = store_failure(queued, message);
                drop(claim);
                self.end(at, stored, send);
            }
            Ok(Claimed::Others(holder)) => self.elsewhere(at, &holder, send),
            Err(_) if self.cancelled() => self.note(|schedule| schedule.over(at, None)),
            Err(error) => self.end(at, Err(error), send),
        }
    }

    fn end(&self, at: usize, stored: Result<(), StoreError>, send: &dyn Fn(Message)) {
        let record = self.tell_end(at, stored, send);
        self.note(|schedule| schedule.over(at, record.as_deref()));
    }

    /// Sends the stored result, and returns its record.
    fn tell_end(
        &self,
        at: usize,
        stored: Result<(), StoreError>,
        send: &dyn Fn(Message),
    ) -> Option<Box<Record>> {
        let queued = &self.batch.trials[at];
        let result = stored.and_then(|()| queued.result());
        let record = result.as_ref().ok().and_then(|result| result.record.clone());
        send(Message::Ended(queued.number, Box::new(result)));
        record.map(Box::new)
    }

    /// Another process runs the trial.
    fn elsewhere(&self, at: usize, holder: &Holder, send: &dyn Fn(Message)) {
        let queued = &self.batch.trials[at];
        if !self.batch.wait_for_others {
            send(Message::Event(queued.told_elsewhere(holder)));
            return self.note(|schedule| schedule.over(at, None));
        }
        let before = || queued.store.record(&queued.trial().id).ok().flatten();
        if self.schedule().elsewhere(at, before) {
            send(Message::Event(queued.told_elsewhere(holder)));
        }
    }

    /// Sees what became of a trial that another process runs: its record is taken, or the trial is run here.
    fn look(&self, at: usize, send: &dyn Fn(Message)) {
        let queued = &self.batch.trials[at];
        match queued.store.holder(&queued.trial().id) {
            Ok(Some(holder)) => return self.elsewhere(at, &holder, send),
            Ok(None) => {}
            Err(error) => return self.end(at, Err(error), send),
        }
        let now = queued.store.record(&queued.trial().id).ok().flatten();
        let is_new = now.is_some() && now.as_ref() != self.schedule().record_before(at);
        match is_new && !queued.fresh {
            true => self.end(at, Ok(()), send),
            false => self.note(|schedule| schedule.again(at)),
        }
    }

    /// Starts a child, passes on what it says, and waits for its end. Returns how each trial ended, as far as the child
    /// has said it, and why it has not said more.
    fn run_child(
        &self,
        trials: &[usize],
        threads: usize,
        send: &dyn Fn(Message),
    ) -> (Vec<Option<TrialEnd>>, String) {
        let mut ends: Vec<Option<TrialEnd>> = trials.iter().map(|_| None).collect();
        let queued: Vec<&Queued<'_>> = trials.iter().map(|at| &self.batch.trials[*at]).collect();
        let mut child = match self.command(&queued, threads).spawn() {
            Ok(child) => child,
            Err(error) => {
                let program = self.program.display();
                return (ends, format!("{program} could not be started: {error}"));
            }
        };
        // Held until the child has ended: it ends itself when this end is closed.
        let stdin = child.stdin.take();
        let (stdout, stderr) = (child.stdout.take(), child.stderr.take());
        self.schedule().started(trials[0], child.id());
        let watchdog = Watchdog::of(queued[0].limits(), child.id());
        let number = queued[0].number;
        self.running().insert(number, child);
        let ended = AtomicBool::new(false);
        let death = thread::scope(|scope| {
            let errors = scope.spawn(|| last_lines(stderr));
            let limits = watchdog.map(|it| scope.spawn(|| self.keep(it, number, &ended)));
            relay(stdout, &mut |place, said| {
                if let (Some(&at), Some(end)) = (trials.get(place), ends.get_mut(place)) {
                    *end = self.heard(at, said, send).or(end.take());
                }
            });
            // A child may close its stdout and go on: its limits hold until it has ended.
            let status = self.wait(number);
            ended.store(true, Ordering::Relaxed);
            let exceeded = limits.and_then(|limits| limits.join().ok().flatten());
            let last_lines = errors.join().unwrap_or_default();
            match (exceeded, status) {
                (Some(exceeded), _) => exceeded,
                (None, Ok(status)) => why_it_died(status, &last_lines, trials.len()),
                (None, Err(error)) => format!("it could not be waited for: {error}"),
            }
        });
        drop(stdin);
        (ends, death)
    }

    /// Passes on what a child says of a trial; its end, if it says that.
    fn heard(&self, at: usize, said: Said, send: &dyn Fn(Message)) -> Option<TrialEnd> {
        match said {
            Said::Event(what) => {
                let trial = self.batch.trials[at].number;
                send(Message::Event(Event::Trial { trial, what }));
                None
            }
            Said::Stored => Some(TrialEnd::Stored(self.tell_end(at, Ok(()), send))),
            Said::Claimed => Some(TrialEnd::Claimed),
        }
    }

    /// Kills a child that exceeds a limit, and says which; until it has ended.
    fn keep(&self, watchdog: Watchdog, number: usize, ended: &AtomicBool) -> Option<String> {
        while !ended.load(Ordering::Relaxed) {
            if let Some(exceeded) = watchdog.exceeded() {
                // A child that has just ended by itself cannot be killed, and need not be.
                let _ = self.running().get_mut(&number).map(Child::kill);
                return Some(exceeded);
            }
            thread::sleep(watchdog::TICK);
        }
        None
    }

    /// The process of trials of one experiment.
    fn command(&self, trials: &[&Queued<'_>], threads: usize) -> Command {
        let mut command = Command::new(&self.program);
        command
            .arg("trial")
            .arg("--experiment-dir")
            .arg(trials[0].store.dir())
            .args(trials.iter().map(|queued| &queued.trial().id))
            .arg("--child")
            .args(trials[0].fresh.then_some("--fresh"))
            .env("RAYON_NUM_THREADS", threads.to_string())
            .env("POLARS_MAX_THREADS", threads.to_string())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        // Ctrl-C is for the parent alone: it decides what becomes of its children.
        #[cfg(unix)]
        std::os::unix::process::CommandExt::process_group(&mut command, 0);
        command
    }

    /// Waits without holding the lock, so that the child can be killed meanwhile.
    fn wait(&self, number: usize) -> io::Result<ExitStatus> {
        loop {
            let ended = match self.running().get_mut(&number) {
                Some(child) => child.try_wait(),
                None => Err(io::Error::other("the process is gone")),
            };
            if let Some(status) = ended.transpose() {
                self.running().remove(&number);
                return status;
            }
            thread::sleep(Duration::from_millis(2));
        }
    }
}

fn store_failure(queued: &Queued<'_>, message: String) -> Result<(), StoreError> {
    let task = Task::new(queued.manifest, queued.trial(), &build, true);
    let failed = task.failed(Stage::Process, message);
    queued.store.write_trial(&failed, None, queued.earlier()).map(drop)
}
