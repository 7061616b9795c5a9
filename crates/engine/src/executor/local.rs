//! Every trial in a process of its own: a crash, a kill or a leak ends one trial and no other, peak
//! memory is the trial's own, and process-wide random states cannot mix.
//!
//! The child writes events as JSON lines to stdout and its record to the store. It ends when its
//! stdin ends, so that it never outlives a parent that was killed.

use std::collections::{HashMap, VecDeque};
use std::io::{self, BufRead, BufReader, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStderr, ChildStdout, Command, ExitCode, ExitStatus, Stdio};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

use oddbench_core::record::Stage;
use oddbench_core::results::TrialResult;

use super::watchdog::{self, Watchdog};
use super::{Batch, ExecuteError, Executor, Queued, prepared_path};
use crate::machine;
use crate::prepared_file;
use crate::progress::{Event, Listener, TrialEvent};
use crate::store::{Store, StoreError};
use crate::trial::{Cancelled, Task, build, run_trial};

/// How often the parent looks whether it was cancelled.
const TICK: Duration = Duration::from_millis(50);
/// How many of the last lines of a child's stderr are kept, for when it dies.
const LAST_LINES: usize = 8;
/// The line on stdout by which a child says that its record is stored.
const STORED: &str = r#"{"event":"stored"}"#;

/// Runs trials as processes of this machine.
#[derive(Debug, Clone, Default)]
pub struct Local {
    program: Option<PathBuf>,
}

impl Local {
    /// Children are this program, with the hidden verb `trial --experiment-dir DIR ID`.
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
            threads: (machine::cores() / batch.jobs.max(1)).max(1),
            next: AtomicUsize::new(0),
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
    threads: usize,
    next: AtomicUsize,
    running: Mutex<HashMap<usize, Child>>,
}

impl Workers<'_> {
    fn cancelled(&self) -> bool {
        self.batch.cancel.load(Ordering::Relaxed)
    }

    /// Kills what runs and starts nothing more.
    fn stop(&self) {
        self.next.store(self.batch.trials.len(), Ordering::Relaxed);
        for child in self.running().values_mut() {
            // A child that has just ended by itself cannot be killed, and need not be.
            let _ = child.kill();
        }
    }

    fn running(&self) -> MutexGuard<'_, HashMap<usize, Child>> {
        self.running.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn work(&self, sender: Sender<Message>) {
        let send = |message| {
            // The receiver lives until all workers are done.
            let _ = sender.send(message);
        };
        while !self.cancelled() {
            let next = self.next.fetch_add(1, Ordering::Relaxed);
            let Some(queued) = self.batch.trials.get(next) else { return };
            let number = queued.number;
            send(Message::Event(Event::Started { trial: number }));
            let say = |what| send(Message::Event(Event::Trial { trial: number, what }));
            let stored = match self.run_child(queued, &say) {
                ChildEnd::Stored => Ok(()),
                ChildEnd::Died(_) if self.cancelled() => return,
                ChildEnd::Died(message) => store_failure(queued, message),
            };
            let result = stored.and_then(|()| queued.result());
            send(Message::Ended(number, Box::new(result)));
        }
    }

    /// Starts a child, passes its events on, and waits for its end.
    fn run_child(&self, queued: &Queued<'_>, say: &dyn Fn(TrialEvent)) -> ChildEnd {
        let mut child = match self.command(queued).spawn() {
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
        let (stored, status, last_lines, exceeded) = thread::scope(|scope| {
            let errors = scope.spawn(|| last_lines(stderr));
            let limits = watchdog.map(|it| scope.spawn(|| self.keep(it, queued.number, &ended)));
            let stored = relay(stdout, say);
            // A child may close its stdout and go on: its limits hold until it has ended.
            let status = self.wait(queued.number);
            ended.store(true, Ordering::Relaxed);
            let exceeded = limits.and_then(|limits| limits.join().ok().flatten());
            (stored, status, errors.join().unwrap_or_default(), exceeded)
        });
        drop(stdin);
        match (stored, status) {
            (true, _) => ChildEnd::Stored,
            (false, Ok(_)) if exceeded.is_some() => ChildEnd::Died(exceeded.unwrap_or_default()),
            (false, Ok(status)) => ChildEnd::Died(why_it_died(status, &last_lines)),
            (false, Err(error)) => ChildEnd::Died(format!("it could not be waited for: {error}")),
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

    fn command(&self, queued: &Queued<'_>) -> Command {
        let mut command = Command::new(&self.program);
        command
            .arg("trial")
            .arg("--experiment-dir")
            .arg(queued.store.dir())
            .arg(&queued.trial().id)
            .env("RAYON_NUM_THREADS", self.threads.to_string())
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
    queued.store.write_trial(&task.failed(Stage::Process, message), None).map(drop)
}

enum ChildEnd {
    /// The child said that its record is stored.
    Stored,
    /// It ended without; why.
    Died(String),
}

/// Passes events on until the child closes its stdout; whether it said that its record is stored.
fn relay(stdout: Option<ChildStdout>, say: &dyn Fn(TrialEvent)) -> bool {
    let mut stored = false;
    for line in
        stdout.map(BufReader::new).into_iter().flat_map(BufRead::lines).map_while(Result::ok)
    {
        match serde_json::from_str(&line) {
            Ok(event) => say(event),
            // Any other line is from a library that prints to stdout.
            Err(_) => stored |= line == STORED,
        }
    }
    stored
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

/// The hidden verb `trial`: runs one trial of a prepared experiment, writes events to stdout and the
/// record to the store. Ends as soon as stdin does.
pub fn trial_main(experiment_dir: &Path, id: &str) -> ExitCode {
    thread::spawn(|| {
        // The parent never writes: whatever ends this read, it is gone.
        let _ = io::copy(&mut io::stdin().lock().by_ref(), &mut io::sink());
        std::process::exit(1);
    });
    match run_stored_trial(experiment_dir, id) {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("{message}");
            ExitCode::FAILURE
        }
    }
}

fn run_stored_trial(experiment_dir: &Path, id: &str) -> Result<(), String> {
    let store = Store::at(experiment_dir);
    let manifest = store.manifest().map_err(|e| e.to_string())?;
    let trial = manifest.trials.iter().find(|trial| trial.id == id);
    let trial = trial.ok_or_else(|| format!("the manifest has no trial {id}"))?;
    let path = prepared_path(&store, &manifest, trial);
    let task = Task::new(&manifest, trial, &build, true);
    let stored = match prepared_file::read(&path) {
        Ok(prepared) => {
            let never = AtomicBool::new(false);
            let mut say = |event| print_line(&serde_json::to_string(&event).unwrap_or_default());
            match run_trial(&task, &prepared, &mut say, &never) {
                Ok(run) => store.write_trial(&run, Some(&prepared.preprocessor)),
                Err(Cancelled) => return Err("cancelled".into()),
            }
        }
        Err(error) => store.write_trial(&task.failed(Stage::Prepare, error.to_string()), None),
    };
    stored.map_err(|e| e.to_string())?;
    print_line(STORED);
    Ok(())
}

/// If the parent is gone, the end of stdin ends this process.
fn print_line(line: &str) {
    let mut out = io::stdout().lock();
    let _ = writeln!(out, "{line}").and_then(|()| out.flush());
}
