//! The runs that are kept: what is known of each is in a folder of its own, so that another server finds it.

use std::fs::{self, File};
use std::io::{self, BufRead, BufReader, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ExitStatus};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};

use super::process::Program;
use super::progress::Trials;
use super::{RunState, locked};
use crate::error::{Answer, ApiError};
use crate::live::alarms::now;
use crate::state::random_name;

/// Runs that are kept; the oldest make room.
const KEPT: usize = 20;

/// How often the end of a run is looked for.
const GLANCE: Duration = Duration::from_millis(50);

/// Bytes of the events that are read at a time: long runs write many.
const PIECE: usize = 1 << 16;

const RECORD: &str = "run.json";
const EVENTS: &str = "events.jsonl";
const OUTPUT: &str = "output.txt";

/// The runs of a results folder.
pub struct Kept {
    dir: PathBuf,
    runs: Mutex<Vec<Arc<Run>>>,
}

/// What is written about a run.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Record {
    id: String,
    file: String,
    started_at: f64,
    ended_at: Option<f64>,
    exit_code: Option<i32>,
    #[serde(default)]
    signal: Option<i32>,
}

/// A run.
pub struct Run {
    /// Its id.
    pub id: String,
    /// The experiment file's name, as clients call it.
    pub file: String,
    /// In seconds since 1970.
    pub started_at: f64,
    dir: PathBuf,
    end: Mutex<End>,
    reading: Mutex<Reading>,
}

/// How it ends.
#[derive(Default)]
struct End {
    /// While it goes. It is asked to end by closing its stdin.
    process: Option<(Child, Option<ChildStdin>)>,
    ended_at: Option<f64>,
    exit_code: Option<i32>,
    /// What killed it, if nobody had asked it to end.
    signal: Option<i32>,
}

/// How far its events were read.
#[derive(Default)]
struct Reading {
    offset: u64,
    trials: Trials,
}

impl Kept {
    /// The runs in that folder, which need not exist. They are read only where runs are `allowed`.
    pub fn in_folder(dir: &Path, allowed: bool) -> Self {
        let entries = fs::read_dir(dir).into_iter().flatten().flatten().filter(|_| allowed);
        let mut runs: Vec<Run> = entries.filter_map(|entry| Run::earlier(&entry.path())).collect();
        runs.sort_by(|a, b| a.started_at.total_cmp(&b.started_at));
        Self { dir: dir.to_owned(), runs: Mutex::new(runs.into_iter().map(Arc::new).collect()) }
    }

    /// All of them, the oldest first.
    pub fn all(&self) -> Vec<Arc<Run>> {
        locked(&self.runs).clone()
    }

    /// Starts a run of the file at that path.
    pub fn start(&self, program: &Program, file: String, path: &Path) -> Answer<Arc<Run>> {
        let id = format!("r-{}", random_name().map_err(ApiError::internal)?);
        let dir = self.dir.join(&id);
        let run = Run {
            id,
            file,
            started_at: now(),
            end: Mutex::default(),
            reading: Mutex::default(),
            dir,
        };
        let unwritten = |error: io::Error| {
            ApiError::conflict(
                format!("the run cannot be kept in the results folder: {error}"),
                "see that the results folder can be written to",
            )
        };
        fs::create_dir_all(&run.dir).map_err(unwritten)?;
        let output = File::create(run.output_path()).map_err(unwritten)?;
        run.write().map_err(unwritten)?;
        let child = program.run(path, &run.dir.join(EVENTS), &output);
        let mut child = child.map_err(ApiError::internal)?;
        let stdin = child.stdin.take();
        locked(&run.end).process = Some((child, stdin));
        let run = Arc::new(run);
        self.add(Arc::clone(&run));
        let watched = Arc::clone(&run);
        let thread = thread::Builder::new().name("oddbench-run".into());
        thread.spawn(move || watched.watch()).map_err(ApiError::internal)?;
        Ok(run)
    }

    fn add(&self, run: Arc<Run>) {
        let mut runs = locked(&self.runs);
        runs.push(run);
        while runs.len() > KEPT {
            let oldest = runs.remove(0);
            oldest.erase();
        }
    }

    /// Forgets a run that is over. Its results stay.
    pub fn forget(&self, run: &Run) {
        locked(&self.runs).retain(|other| other.id != run.id);
        run.erase();
    }
}

impl Run {
    /// A run of an earlier server.
    fn earlier(dir: &Path) -> Option<Self> {
        let Record { id, file, started_at, ended_at, exit_code, signal } =
            serde_json::from_slice(&fs::read(dir.join(RECORD)).ok()?).ok()?;
        // The folder's name counts: an id is part of addresses.
        let known = dir.file_name().is_some_and(|name| name.to_str() == Some(id.as_str()));
        let end = Mutex::new(End { process: None, ended_at, exit_code, signal });
        let reading = Mutex::default();
        known.then(|| Self { id, file, started_at, dir: dir.to_owned(), end, reading })
    }

    /// What it printed.
    pub fn output_path(&self) -> PathBuf {
        self.dir.join(OUTPUT)
    }

    /// Whether its process goes.
    pub fn is_going(&self) -> bool {
        !self.has_ended()
    }

    /// Where it is.
    pub fn state(&self) -> RunState {
        self.has_ended();
        let end = locked(&self.end);
        match (&end.process, end.exit_code) {
            (Some((_, Some(_))), _) => RunState::Running,
            (Some((_, None)), _) => RunState::Stopping,
            (None, Some(0)) => RunState::Done,
            (None, Some(1)) if self.known().failed() > 0 => RunState::TrialsFailed,
            (None, Some(130)) => RunState::Stopped,
            (None, Some(_)) => RunState::Failed,
            (None, None) if end.signal.is_some() => RunState::Killed,
            // It was ended at once.
            (None, None) if end.ended_at.is_some() => RunState::Stopped,
            (None, None) => RunState::Lost,
        }
    }

    /// The exit code; `None` while it goes, and where a signal ended it.
    pub fn exit_code(&self) -> Option<i32> {
        locked(&self.end).exit_code
    }

    /// The signal that killed it, if nobody had asked it to end.
    pub fn signal(&self) -> Option<i32> {
        locked(&self.end).signal
    }

    /// In seconds since 1970.
    pub fn ended_at(&self) -> Option<f64> {
        locked(&self.end).ended_at
    }

    /// Asks it to end in good order; asked again, it ends at once. So do the first and the second Ctrl-C.
    pub fn stop(&self) {
        if let Some((child, stdin)) = &mut locked(&self.end).process
            && stdin.take().is_none()
        {
            // It may have ended in between.
            let _ = child.kill();
        }
    }

    /// Waits until it has ended, so long at most.
    pub fn wait(&self, most: Duration) {
        let deadline = Instant::now() + most;
        while self.is_going() && Instant::now() < deadline {
            thread::sleep(GLANCE);
        }
    }

    /// Waits for the end.
    fn watch(&self) {
        while !self.has_ended() {
            thread::sleep(GLANCE);
        }
    }

    /// Looks for the end, and writes it down when it has come.
    fn has_ended(&self) -> bool {
        {
            let mut end = locked(&self.end);
            let Some((child, stdin)) = &mut end.process else { return true };
            let asked = stdin.is_none();
            let status = match child.try_wait() {
                Ok(None) => return false,
                Ok(Some(status)) => Some(status),
                Err(_) => None,
            };
            let exit_code = status.and_then(|status| status.code());
            let signal = status.and_then(signal_of).filter(|_| !asked);
            *end = End { process: None, ended_at: Some(now()), exit_code, signal };
        }
        // What cannot be written is lost with the server, and the state says so.
        let _ = self.write();
        true
    }

    fn write(&self) -> io::Result<()> {
        let (ended_at, exit_code, signal) = (self.ended_at(), self.exit_code(), self.signal());
        let (id, file) = (self.id.clone(), self.file.clone());
        let started_at = self.started_at;
        let record = Record { id, file, started_at, ended_at, exit_code, signal };
        fs::write(self.dir.join(RECORD), serde_json::to_vec_pretty(&record)?)
    }

    fn erase(&self) {
        // What stays is found again by the next server.
        let _ = fs::remove_dir_all(&self.dir);
    }

    /// Its trials, as far as its events tell. After its end none of them runs.
    pub fn trials(&self) -> Trials {
        let over = self.has_ended();
        let mut trials = self.known();
        if over {
            trials.none_runs();
        }
        trials
    }

    /// What its events say.
    fn known(&self) -> Trials {
        let mut reading = locked(&self.reading);
        // A run that has not begun to write has no events yet.
        let _ = reading.go_on(&self.dir.join(EVENTS));
        reading.trials.clone()
    }
}

#[cfg(unix)]
fn signal_of(status: ExitStatus) -> Option<i32> {
    std::os::unix::process::ExitStatusExt::signal(&status)
}

/// Other systems have no signals.
#[cfg(not(unix))]
fn signal_of(_: ExitStatus) -> Option<i32> {
    None
}

impl Reading {
    /// Takes the whole lines that were written since.
    fn go_on(&mut self, path: &Path) -> io::Result<()> {
        let mut file = File::open(path)?;
        file.seek(SeekFrom::Start(self.offset))?;
        let mut lines = BufReader::with_capacity(PIECE, file);
        let mut line = Vec::new();
        loop {
            line.clear();
            let length = lines.read_until(b'\n', &mut line)?;
            if line.pop() != Some(b'\n') {
                // Its end has not been written yet.
                return Ok(());
            }
            self.trials.take(&line);
            self.offset += length as u64;
        }
    }
}
