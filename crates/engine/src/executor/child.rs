//! The process of one trial, or of several that train together: claims them, runs them, and stores their records. What
//! it says of them goes to stdout, a line each.
//!
//! It ends when its stdin ends, so that it never outlives a parent that was killed.

use std::collections::HashMap;
use std::io::{self, Read, Write};
use std::path::Path;
use std::process::ExitCode;
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::thread;

use oddbench_core::preprocess::Preprocessor;
use oddbench_core::record::{Manifest, Stage, TrialInfo};
use oddbench_models::Seat;

use super::prepared_path;
use super::said::line;
use crate::prepared_file::{self, FileError};
use crate::store::{Claim, Claimed, Earlier, Store};
use crate::trial::{Cancelled, Task, TrialRun, build_at, run_trial};
use crate::trial_rows::{SharedRows, TrialRows};

/// The line by which it says that a trial has a record.
pub(super) const STORED: &str = r#"{"event":"stored"}"#;
/// The line by which it says that another process runs a trial.
pub(super) const CLAIMED: &str = r#"{"event":"claimed-by-another"}"#;

/// The claims of this process, by the places of the trials. The code that ends the process releases them.
type Held = Arc<Mutex<HashMap<usize, Claim>>>;

/// Runs trials of a prepared experiment, all at once. Completed records that are there already stay, unless the user wants
/// all again.
pub fn trial_main(experiment_dir: &Path, ids: &[String], fresh: bool) -> ExitCode {
    let held = Held::default();
    let watched = Arc::clone(&held);
    thread::spawn(move || {
        // The parent never writes: whatever ends this read, it is gone.
        let _ = io::copy(&mut io::stdin().lock().by_ref(), &mut io::sink());
        watched.lock().unwrap_or_else(PoisonError::into_inner).clear();
        std::process::exit(1);
    });
    let earlier = if fresh { Earlier::IsReplaced } else { Earlier::Stays };
    match run_stored_trials(&Store::at(experiment_dir), ids, earlier, &held) {
        true => ExitCode::SUCCESS,
        false => ExitCode::FAILURE,
    }
}

/// Whether every trial has a record, or is run by another process. What went wrong is said.
fn run_stored_trials(store: &Store, ids: &[String], earlier: Earlier, held: &Held) -> bool {
    let manifest = match store.manifest() {
        Ok(manifest) => manifest,
        Err(error) => {
            eprintln!("{error}");
            return false;
        }
    };
    let shared = OnceLock::new();
    let seats = Seat::for_each_of(ids.len());
    let trial = |place: usize| {
        let trial = Child {
            store,
            manifest: &manifest,
            earlier,
            held,
            place,
            seat: Leaving(&seats[place]),
            shared: (ids.len() > 1).then_some(&shared),
        };
        let done = trial.run(&ids[place]);
        done.inspect_err(|message| eprintln!("{message}")).is_ok()
    };
    if ids.len() == 1 {
        return trial(0);
    }
    thread::scope(|scope| {
        let trial = &trial;
        let threads = seats.iter().enumerate().map(|(place, seat)| {
            let spawned = thread::Builder::new().spawn_scoped(scope, move || trial(place));
            // The others must not wait for a trial that has no thread.
            spawned.inspect_err(|_| seat.leave()).map_err(|error| eprintln!("no thread: {error}"))
        });
        let threads: Vec<_> = threads.collect();
        // All are waited for: each says by itself that it has a record.
        let joined = threads.into_iter().map(|it| it.is_ok_and(|it| it.join().unwrap_or(false)));
        joined.collect::<Vec<_>>().into_iter().all(|done| done)
    })
}

/// A seat that is left at the end of a trial, also after a panic.
struct Leaving<'a>(&'a Seat);

impl Drop for Leaving<'_> {
    fn drop(&mut self) {
        self.0.leave();
    }
}

/// One trial of this process.
struct Child<'a> {
    store: &'a Store,
    manifest: &'a Manifest,
    earlier: Earlier,
    held: &'a Held,
    /// Its place among the trials.
    place: usize,
    seat: Leaving<'a>,
    /// The rows of all, once one of them has read them; `None` for a process of one trial.
    shared: Option<&'a OnceLock<Result<SharedRows, FileError>>>,
}

impl Child<'_> {
    fn run(&self, id: &str) -> Result<(), String> {
        let said = self.run_claimed(id);
        self.held().remove(&self.place);
        said.map(|said| print_line(&line(self.place, said)))
    }

    fn held(&self) -> MutexGuard<'_, HashMap<usize, Claim>> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn run_claimed(&self, id: &str) -> Result<&'static str, String> {
        let Self { store, manifest, earlier, place, .. } = *self;
        let trial = manifest.trials.iter().find(|trial| trial.id == id);
        let trial = trial.ok_or_else(|| format!("the manifest has no trial {id}"))?;
        match store.claim(id).map_err(|e| e.to_string())? {
            Claimed::Mine(claim) => drop(self.held().insert(place, claim)),
            Claimed::Others(_) => return Ok(CLAIMED),
        }
        if earlier == Earlier::Stays && store.completed(id).is_some() {
            return Ok(STORED);
        }
        let (seat, own_process) = (self.seat.0.clone(), self.shared.is_none());
        let of_device = seat.clone();
        let build = move |trial: &TrialInfo| build_at(trial, &of_device);
        let task = Task { seat, ..Task::new(manifest, trial, &build, own_process) };
        let path = prepared_path(store, manifest, trial);
        let read = || prepared_file::read(&path).map(SharedRows::new);
        match self.shared {
            None => match prepared_file::read(&path) {
                Ok(mut own) => {
                    let run = self.run_on(&task, TrialRows::Own(&mut own))?;
                    self.keep(&run, Some(&own.preprocessor))
                }
                Err(error) => self.keep(&unprepared(&task, &error), None),
            },
            Some(shared) => match shared.get_or_init(read) {
                Ok(shared) => {
                    let run = self.run_on(&task, TrialRows::Shared(shared))?;
                    self.keep(&run, Some(shared.preprocessor()))
                }
                Err(error) => self.keep(&unprepared(&task, error), None),
            },
        }
    }

    fn run_on(&self, task: &Task<'_>, rows: TrialRows<'_>) -> Result<TrialRun, String> {
        let never = AtomicBool::new(false);
        let mut say = |event| {
            print_line(&line(self.place, &serde_json::to_string(&event).unwrap_or_default()));
        };
        run_trial(task, rows, &mut say, &never).map_err(|Cancelled| "cancelled".into())
    }

    fn keep(
        &self,
        run: &TrialRun,
        preprocessor: Option<&Preprocessor>,
    ) -> Result<&'static str, String> {
        let stored = self.store.write_trial(run, preprocessor, self.earlier);
        stored.map(|_| STORED).map_err(|e| e.to_string())
    }
}

/// The failure of a trial whose rows cannot be read.
fn unprepared(task: &Task<'_>, error: &FileError) -> TrialRun {
    task.failed(Stage::Prepare, error.to_string())
}

/// If the parent is gone, the end of stdin ends this process.
fn print_line(line: &str) {
    let mut out = io::stdout().lock();
    let _ = writeln!(out, "{line}").and_then(|()| out.flush());
}
