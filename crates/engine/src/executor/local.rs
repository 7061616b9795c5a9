//! Every trial in a process of its own: a crash, a kill or a leak ends one trial and no other, peak
//! memory is the trial's own, and process-wide random states cannot mix.
//!
//! The child writes events as JSON lines to stdout and its record to the store. It ends when its
//! stdin ends, so that it never outlives a parent that was killed.

use std::collections::{HashMap, VecDeque};
use std::io::{self, BufRead, BufReader, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStderr, ChildStdout, Command, ExitCode, ExitStatus, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

use oddbench_core::record::{Manifest, Stage, TrialInfo};

use super::{Batch, ExecuteError, Executor, prepared_path};
use crate::machine;
use crate::prepared_file;
use crate::progress::TrialEvent;
use crate::store::{Store, StoreError};
use crate::trial::{Cancelled, Follower, Task, TrialRun, build, failed_record, run_trial};

/// How often the parent looks whether it was cancelled.
const TICK: Duration = Duration::from_millis(50);
/// How many of a dead child's last words are kept.
const LAST_LINES: usize = 8;

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
        on_event: &mut dyn FnMut(usize, TrialEvent),
    ) -> Result<(), ExecuteError> {
        let program = match &self.program {
            Some(program) => program.clone(),
            None => std::env::current_exe().map_err(ExecuteError::Program)?,
        };
        let crew = Crew {
            batch,
            program,
            threads: (machine::cores() / batch.jobs.max(1)).max(1),
            next: AtomicUsize::new(0),
            running: Mutex::new(HashMap::new()),
        };
        let (sender, events) = mpsc::channel::<Result<(usize, TrialEvent), StoreError>>();
        thread::scope(|scope| {
            for _ in 0..batch.jobs.max(1) {
                let sender = sender.clone();
                scope.spawn(|| crew.work(sender));
            }
            drop(sender);
            let mut outcome = Ok(());
            loop {
                match events.recv_timeout(TICK) {
                    Ok(Ok((position, event))) => on_event(position, event),
                    Ok(Err(error)) => {
                        crew.stop();
                        outcome = Err(error.into());
                    }
                    Err(RecvTimeoutError::Timeout) => {}
                    Err(RecvTimeoutError::Disconnected) => return outcome,
                }
                if crew.cancelled() {
                    crew.stop();
                }
            }
        })
    }
}

/// The threads that each see one child at a time through.
struct Crew<'a> {
    batch: &'a Batch<'a>,
    program: PathBuf,
    threads: usize,
    next: AtomicUsize,
    running: Mutex<HashMap<usize, Child>>,
}

impl Crew<'_> {
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

    fn work(&self, sender: Sender<Result<(usize, TrialEvent), StoreError>>) {
        while !self.cancelled() {
            let next = self.next.fetch_add(1, Ordering::Relaxed);
            let Some(&position) = self.batch.trials.get(next) else { return };
            let send = |message| {
                // The receiver lives until all workers are done.
                let _ = sender.send(message);
            };
            send(Ok((position, TrialEvent::Started)));
            let ended = self.see_through(position, &|event| send(Ok((position, event))));
            match ended {
                Ending::Stored => send(Ok((position, TrialEvent::Finished))),
                Ending::Died(_) if self.cancelled() => return,
                Ending::Died(message) => {
                    let stored = self.store_failure(position, message);
                    send(stored.map(|()| (position, TrialEvent::Finished)));
                }
            }
        }
    }

    fn store_failure(&self, position: usize, message: String) -> Result<(), StoreError> {
        let trial = self.batch.trial(position);
        write_failure(self.batch.store, self.batch.manifest, trial, Stage::Process, message)
    }

    /// Starts a child, passes its events on, and waits for its end.
    fn see_through(&self, position: usize, send: &dyn Fn(TrialEvent)) -> Ending {
        let mut child = match self.command(position).spawn() {
            Ok(child) => child,
            Err(error) => {
                let program = self.program.display();
                return Ending::Died(format!("{program} could not be started: {error}"));
            }
        };
        // Held until the child has ended: it ends itself when this end is closed.
        let stdin = child.stdin.take();
        let (stdout, stderr) = (child.stdout.take(), child.stderr.take());
        self.running().insert(position, child);
        let (stored, last_words) = thread::scope(|scope| {
            let errors = scope.spawn(|| last_lines(stderr));
            let stored = relay(stdout, send);
            (stored, errors.join().unwrap_or_default())
        });
        let status = self.wait(position);
        drop(stdin);
        match (stored, status) {
            (true, _) => Ending::Stored,
            (false, Ok(status)) => Ending::Died(obituary(status, &last_words)),
            (false, Err(error)) => Ending::Died(format!("it could not be waited for: {error}")),
        }
    }

    fn command(&self, position: usize) -> Command {
        let mut command = Command::new(&self.program);
        command
            .arg("trial")
            .arg("--experiment-dir")
            .arg(self.batch.store.dir())
            .arg(&self.batch.trial(position).id)
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
    fn wait(&self, position: usize) -> io::Result<ExitStatus> {
        loop {
            let ended = match self.running().get_mut(&position) {
                Some(child) => child.try_wait(),
                None => Err(io::Error::other("the process is gone")),
            };
            if let Some(status) = ended.transpose() {
                self.running().remove(&position);
                return status;
            }
            thread::sleep(Duration::from_millis(2));
        }
    }
}

enum Ending {
    /// The child said that its record is stored.
    Stored,
    /// It ended without; why.
    Died(String),
}

/// Passes events on until the child closes its stdout; whether it said that it had finished.
fn relay(stdout: Option<ChildStdout>, send: &dyn Fn(TrialEvent)) -> bool {
    let mut finished = false;
    for line in
        stdout.map(BufReader::new).into_iter().flat_map(BufRead::lines).map_while(Result::ok)
    {
        match serde_json::from_str(&line) {
            Ok(TrialEvent::Finished) => finished = true,
            Ok(event) => send(event),
            // A library that prints to stdout: not ours to interpret.
            Err(_) => {}
        }
    }
    finished
}

fn last_lines(stderr: Option<ChildStderr>) -> Vec<String> {
    let mut lines = VecDeque::new();
    let mut reader = match stderr {
        Some(stderr) => BufReader::new(stderr),
        None => return Vec::new(),
    };
    let mut bytes = Vec::new();
    while reader.read_until(b'\n', &mut bytes).is_ok_and(|read| read > 0) {
        lines.push_back(String::from_utf8_lossy(&bytes).trim_end().to_owned());
        bytes.clear();
        if lines.len() > LAST_LINES {
            lines.pop_front();
        }
    }
    lines.into()
}

fn obituary(status: ExitStatus, last_words: &[String]) -> String {
    let mut text = format!("the trial's process ended without a record ({status})");
    #[cfg(unix)]
    if std::os::unix::process::ExitStatusExt::signal(&status) == Some(9) {
        text.push_str("; signal 9 often means that memory ran out: try --jobs 1");
    }
    if !last_words.is_empty() {
        text.push_str("; its last words: ");
        text.push_str(&last_words.join(" | "));
    }
    text
}

fn write_failure(
    store: &Store,
    manifest: &Manifest,
    trial: &TrialInfo,
    stage: Stage,
    message: String,
) -> Result<(), StoreError> {
    let task = task(manifest, trial);
    let record = failed_record(&task, stage, message);
    store.write_trial(&TrialRun { record, scores: None, fitted: None }, None)
}

fn task<'a>(manifest: &'a Manifest, trial: &'a TrialInfo) -> Task<'a> {
    Task {
        trial,
        data: manifest.data_of(trial),
        environment: &manifest.environment,
        measure: manifest.measure.as_ref(),
        build: &build,
        own_process: true,
    }
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
    let stored = match prepared_file::read(&path) {
        Ok(prepared) => match run_trial(&task(&manifest, trial), &prepared, &mut Stdout) {
            Ok(run) => store.write_trial(&run, Some(&prepared.preprocessor)),
            Err(Cancelled) => return Err("cancelled".into()),
        },
        Err(error) => write_failure(&store, &manifest, trial, Stage::Prepare, error.to_string()),
    };
    stored.map_err(|e| e.to_string())?;
    Stdout.event(TrialEvent::Finished);
    Ok(())
}

/// Events as JSON lines.
struct Stdout;

impl Follower for Stdout {
    fn event(&mut self, event: TrialEvent) {
        let mut out = io::stdout().lock();
        // If the parent is gone, the end of stdin ends this process.
        let _ = serde_json::to_writer(&mut out, &event)
            .map_err(io::Error::from)
            .and_then(|()| writeln!(out))
            .and_then(|()| out.flush());
    }
}
