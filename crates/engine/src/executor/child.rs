//! The process of one trial: claims it, runs it, and stores its record. Events go to stdout as JSON lines.
//!
//! It ends when its stdin ends, so that it never outlives a parent that was killed.

use std::io::{self, Read, Write};
use std::path::Path;
use std::process::ExitCode;
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use oddbench_core::record::Stage;

use super::prepared_path;
use crate::prepared_file;
use crate::store::{Claim, Claimed, Earlier, Store};
use crate::trial::{Cancelled, Task, build, run_trial};

/// The line by which it says that the trial has a record.
pub(super) const STORED: &str = r#"{"event":"stored"}"#;
/// The line by which it says that another process runs the trial.
pub(super) const CLAIMED: &str = r#"{"event":"claimed-by-another"}"#;

/// The claim of this process. The code that ends the process releases it.
type Held = Arc<Mutex<Option<Claim>>>;

fn give_back(held: &Held) {
    drop(held.lock().unwrap_or_else(PoisonError::into_inner).take());
}

/// Runs one trial of a prepared experiment. A completed record that is there already stays, unless the user wants
/// all again.
pub fn trial_main(experiment_dir: &Path, id: &str, fresh: bool) -> ExitCode {
    let held = Held::default();
    let watched = Arc::clone(&held);
    thread::spawn(move || {
        // The parent never writes: whatever ends this read, it is gone.
        let _ = io::copy(&mut io::stdin().lock().by_ref(), &mut io::sink());
        give_back(&watched);
        std::process::exit(1);
    });
    let earlier = if fresh { Earlier::IsReplaced } else { Earlier::Stays };
    let done = run_stored_trial(&Store::at(experiment_dir), id, earlier, &held);
    give_back(&held);
    match done {
        Ok(said) => {
            print_line(said);
            ExitCode::SUCCESS
        }
        Err(message) => {
            eprintln!("{message}");
            ExitCode::FAILURE
        }
    }
}

fn run_stored_trial(
    store: &Store,
    id: &str,
    earlier: Earlier,
    held: &Held,
) -> Result<&'static str, String> {
    let manifest = store.manifest().map_err(|e| e.to_string())?;
    let trial = manifest.trials.iter().find(|trial| trial.id == id);
    let trial = trial.ok_or_else(|| format!("the manifest has no trial {id}"))?;
    match store.claim(id).map_err(|e| e.to_string())? {
        Claimed::Mine(claim) => {
            *held.lock().unwrap_or_else(PoisonError::into_inner) = Some(claim);
        }
        Claimed::Others(_) => return Ok(CLAIMED),
    }
    if earlier == Earlier::Stays && store.completed(id).is_some() {
        return Ok(STORED);
    }
    let path = prepared_path(store, &manifest, trial);
    let task = Task::new(&manifest, trial, &build, true);
    let stored = match prepared_file::read(&path) {
        Ok(mut prepared) => {
            let never = AtomicBool::new(false);
            let mut say = |event| print_line(&serde_json::to_string(&event).unwrap_or_default());
            match run_trial(&task, &mut prepared, &mut say, &never) {
                Ok(run) => store.write_trial(&run, Some(&prepared.preprocessor), earlier),
                Err(Cancelled) => return Err("cancelled".into()),
            }
        }
        Err(error) => {
            store.write_trial(&task.failed(Stage::Prepare, error.to_string()), None, earlier)
        }
    };
    stored.map(|_| STORED).map_err(|e| e.to_string())
}

/// If the parent is gone, the end of stdin ends this process.
fn print_line(line: &str) {
    let mut out = io::stdout().lock();
    let _ = writeln!(out, "{line}").and_then(|()| out.flush());
}
