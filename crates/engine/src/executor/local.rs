//! Every trial in a process of its own: a crash, a kill or a leak ends one trial and no other, peak
//! memory is the trial's own, and process-wide random states cannot mix.
//!
//! `child` is the other side: the process that claims the trial, runs it and stores its record.

use std::collections::{HashMap, VecDeque};
use std::io::{self, BufRead, BufReader};
use std::path::PathBuf;
use std::process::{Child, ChildStderr, ChildStdout, Command, ExitStatus, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

use oddbench_core::record::Stage;
use oddbench_core::results::TrialResult;

use super::child::{CLAIMED, STORED};
use super::schedule::{Next, Schedule};
use super::watchdog::{self, Watchdog};
use super::{Batch, ExecuteError, Executor, Queued};
use crate::progress::{Event, Listener, TrialEvent};
use crate::store::{Claimed, Holder, StoreError};
use crate::trial::{Task, build};

/// How often the parent looks whether it was cancelled.
const TICK: Duration = Duration::from_millis(50);
/// How many of the last lines of a child's stderr are kept, for when it dies.
const LAST_LINES: usize = 8;

/// Runs trials as processes of this machine.
#[derive(Debug, Clone, Default)]
pub struct Local {
    program: Option<PathBuf>,
}

impl Local {
    /// Children are this program, with the hidden verb `trial --experiment-dir DIR ID --child`.
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
            loop {
                let handled = match messages.recv_timeout(TICK) {
                    Ok(Message::Event(event)) => {
                        listener.event(&event);
                        Ok(())
                    }
                    Ok(Message::Ended(number, result)) => {
                        (*result).and_then(|result| ended(number, result))
                    }
                    Err(RecvTimeoutError::Timeout) => Ok(()),
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

/// What a worker tells the calling thread.
enum Message {
    Event(Event),
    Ended(usize, Box<Result<TrialResult, StoreError>>),
}

/// The threads, each of which runs one child at a time.
struct Workers<'a> {
    batch: &'a Batch<'a>,
    program: PathBuf,
    schedule: Mutex<Schedule>,
    running: Mutex<HashMap<usize, Child>>,
}

impl Workers<'_> {
    fn cancelled(&self) -> bool {
        self.batch.cancel.load(Ordering::Relaxed)
    }

    /// Kills what runs and starts nothing more.
    fn stop(&self) {
        self.schedule().stop();
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
            let next = self.schedule().next();
            match next {
                Next::Nothing => return,
                Next::Wait => thread::sleep(TICK),
                Next::Run { at, threads } => self.run(at, threads, &send),
                Next::Look { at } => self.look(at, &send),
            }
        }
    }

    /// Runs a trial, unless it is done or another process runs it.
    fn run(&self, at: usize, threads: usize, send: &dyn Fn(Message)) {
        let queued = &self.batch.trials[at];
        if !queued.fresh && queued.store.completed(&queued.trial().id).is_some() {
            return self.end(at, Ok(()), send);
        }
        match queued.store.holder(&queued.trial().id) {
            Ok(None) => {}
            Ok(Some(holder)) => return self.elsewhere(at, &holder, send),
            Err(error) => return self.end(at, Err(error), send),
        }
        let number = queued.number;
        send(Message::Event(Event::Started { trial: number }));
        let say = |what| send(Message::Event(Event::Trial { trial: number, what }));
        match self.run_child(queued, threads, &say) {
            ChildEnd::Stored => self.end(at, Ok(()), send),
            ChildEnd::Claimed => self.schedule().again(at),
            ChildEnd::Died(message) => self.died(at, message, send),
        }
    }

    /// Stores the failure of a trial whose process is gone, and its claim with it.
    fn died(&self, at: usize, message: String, send: &dyn Fn(Message)) {
        let queued = &self.batch.trials[at];
        match queued.store.claim(&queued.trial().id) {
            Ok(Claimed::Mine(_claim)) if self.cancelled() => self.schedule().over(at),
            Ok(Claimed::Mine(claim)) => {
                let stored = store_failure(queued, message);
                drop(claim);
                self.end(at, stored, send);
            }
            Ok(Claimed::Others(holder)) => self.elsewhere(at, &holder, send),
            Err(_) if self.cancelled() => self.schedule().over(at),
            Err(error) => self.end(at, Err(error), send),
        }
    }

    fn end(&self, at: usize, stored: Result<(), StoreError>, send: &dyn Fn(Message)) {
        let queued = &self.batch.trials[at];
        let result = stored.and_then(|()| queued.result());
        self.schedule().over(at);
        send(Message::Ended(queued.number, Box::new(result)));
    }

    /// Another process runs the trial.
    fn elsewhere(&self, at: usize, holder: &Holder, send: &dyn Fn(Message)) {
        let queued = &self.batch.trials[at];
        if !self.batch.wait_for_others {
            send(Message::Event(queued.told_elsewhere(holder)));
            return self.schedule().over(at);
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
            false => self.schedule().again(at),
        }
    }

    /// Starts a child, passes its events on, and waits for its end.
    fn run_child(&self, queued: &Queued<'_>, threads: usize, say: &dyn Fn(TrialEvent)) -> ChildEnd {
        let mut child = match self.command(queued, threads).spawn() {
            Ok(child) => child,
            Err(error) => {
                let program = self.program.display();
                return ChildEnd::Died(format!("{program} could not be started: {error}"));
            }
        };
        // Held until the child has ended: it ends itself when this end is closed.
        let stdin = child.stdin.take();
        let (stdout, stderr) = (child.stdout.take(), child.stderr.take());
        let watchdog = Watchdog::of(queued.limits(), child.id());
        self.running().insert(queued.number, child);
        let ended = AtomicBool::new(false);
        let (said, status, last_lines, exceeded) = thread::scope(|scope| {
            let errors = scope.spawn(|| last_lines(stderr));
            let limits = watchdog.map(|it| scope.spawn(|| self.keep(it, queued.number, &ended)));
            let said = relay(stdout, say);
            // A child may close its stdout and go on: its limits hold until it has ended.
            let status = self.wait(queued.number);
            ended.store(true, Ordering::Relaxed);
            let exceeded = limits.and_then(|limits| limits.join().ok().flatten());
            (said, status, errors.join().unwrap_or_default(), exceeded)
        });
        drop(stdin);
        match (said, status) {
            (Some(said), _) => said,
            (None, Ok(_)) if exceeded.is_some() => ChildEnd::Died(exceeded.unwrap_or_default()),
            (None, Ok(status)) => ChildEnd::Died(why_it_died(status, &last_lines)),
            (None, Err(error)) => ChildEnd::Died(format!("it could not be waited for: {error}")),
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

    fn command(&self, queued: &Queued<'_>, threads: usize) -> Command {
        let mut command = Command::new(&self.program);
        command
            .arg("trial")
            .arg("--experiment-dir")
            .arg(queued.store.dir())
            .arg(&queued.trial().id)
            .arg("--child")
            .args(queued.fresh.then_some("--fresh"))
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

enum ChildEnd {
    /// The child said that its record is stored.
    Stored,
    /// It said that another process runs the trial.
    Claimed,
    /// It ended without; why.
    Died(String),
}

/// Passes events on until the child closes its stdout; what it said of its end.
fn relay(stdout: Option<ChildStdout>, say: &dyn Fn(TrialEvent)) -> Option<ChildEnd> {
    let mut end = None;
    for line in
        stdout.map(BufReader::new).into_iter().flat_map(BufRead::lines).map_while(Result::ok)
    {
        match serde_json::from_str(&line) {
            Ok(event) => say(event),
            Err(_) if line == STORED => end = Some(ChildEnd::Stored),
            Err(_) if line == CLAIMED => end = Some(ChildEnd::Claimed),
            // From a library that prints to stdout.
            Err(_) => {}
        }
    }
    end
}

fn last_lines(stderr: Option<ChildStderr>) -> Vec<String> {
    let mut last = VecDeque::new();
    let lines = stderr.map(|stderr| BufReader::new(stderr).split(b'\n'));
    for line in lines.into_iter().flatten().map_while(Result::ok) {
        last.push_back(String::from_utf8_lossy(&line).trim_end().to_owned());
        if last.len() > LAST_LINES {
            last.pop_front();
        }
    }
    last.into()
}

fn why_it_died(status: ExitStatus, last_lines: &[String]) -> String {
    let mut text = format!("the trial's process ended without a record ({status})");
    #[cfg(unix)]
    if std::os::unix::process::ExitStatusExt::signal(&status) == Some(9) {
        text.push_str("; signal 9 often means that memory ran out: try --jobs 1");
    }
    if !last_lines.is_empty() {
        text.push_str("; it printed last: ");
        text.push_str(&last_lines.join(" | "));
    }
    text
}
