//! One trial after the other in this process: for tests and for use as a library.

use std::path::PathBuf;
use std::sync::atomic::Ordering;
use std::thread;
use std::time::Duration;

use oddbench_core::results::TrialResult;

use super::{Batch, ExecuteError, Executor, Queued};
use crate::prepared_file;
use crate::progress::{Event, Listener};
use crate::store::{Claim, Claimed, StoreError};
use crate::trial::{Build, Cancelled, Task, build, run_trial};
use crate::trial_rows::{SharedRows, TrialRows};

/// How often it is looked whether another process has ended a trial.
const LOOK: Duration = Duration::from_millis(200);

/// Runs trials in this process. A model that aborts or is killed takes the run with it, and no limit is kept:
/// a thread cannot be ended from outside.
pub struct InProcess {
    build: Box<Build>,
}

impl InProcess {
    /// With the detectors of the table of kinds.
    pub fn new() -> Self {
        Self::with(Box::new(build))
    }

    /// With detectors of your own.
    pub fn with(build: Box<Build>) -> Self {
        Self { build }
    }
}

impl Default for InProcess {
    fn default() -> Self {
        Self::new()
    }
}

impl Executor for InProcess {
    fn execute(
        &self,
        batch: &Batch<'_>,
        listener: &dyn Listener,
        ended: &mut dyn FnMut(usize, TrialResult) -> Result<(), StoreError>,
    ) -> Result<(), ExecuteError> {
        let mut rows: Option<(PathBuf, Option<usize>, SharedRows)> = None;
        for queued in batch.trials {
            let number = queued.number;
            if batch.cancel.load(Ordering::Relaxed) {
                return Ok(());
            }
            let Some(_claim) = claim(queued, batch, listener)? else { continue };
            if !queued.fresh && queued.store.completed(&queued.trial().id).is_some() {
                ended(number, queued.result()?)?;
                continue;
            }
            let path = queued.prepared();
            let train_rows = queued.trial().train_rows;
            let read = match rows.take() {
                Some((read, some, shared)) if read == path && some == train_rows => shared,
                _ => SharedRows::new(prepared_file::read(&path)?),
            };
            let (_, _, shared) = rows.insert((path, train_rows, read));
            listener.event(&Event::Started { trial: number });
            let task = Task::new(queued.manifest, queued.trial(), &*self.build, false);
            let mut say = |what| listener.event(&Event::Trial { trial: number, what });
            match run_trial(&task, TrialRows::Shared(shared), &mut say, batch.cancel) {
                Ok(run) => {
                    queued.store.write_trial(&run, Some(shared.preprocessor()), queued.earlier())?
                }
                Err(Cancelled) => return Ok(()),
            };
            ended(number, queued.result()?)?;
        }
        Ok(())
    }
}

/// Claims a trial, and waits where the batch says so; `None` if it is left to another process.
fn claim(
    queued: &Queued<'_>,
    batch: &Batch<'_>,
    listener: &dyn Listener,
) -> Result<Option<Claim>, StoreError> {
    let mut told = false;
    loop {
        let holder = match queued.store.claim(&queued.trial().id)? {
            Claimed::Mine(claim) => return Ok(Some(claim)),
            Claimed::Others(holder) => holder,
        };
        if !told {
            listener.event(&queued.told_elsewhere(&holder));
        }
        told = true;
        if !batch.wait_for_others || batch.cancel.load(Ordering::Relaxed) {
            return Ok(None);
        }
        thread::sleep(LOOK);
    }
}
