//! The whole flow for one data set: plan, lock, find what is done, prepare the rows if something is left,
//! execute, summarise. `work` has the steps, which a run over several data sets shares.

use std::path::PathBuf;
use std::sync::atomic::AtomicBool;

use oddbench_core::results::ExperimentResults;
use oddbench_data::Cache;

use crate::deadline::within;
use crate::executor::Executor;
use crate::machine;
use crate::progress::{Event, Listener, RunSummary};
use crate::spec::Spec;
use crate::work::{Opened, Work, execute};

pub use crate::run_error::RunError;

/// How to run, in addition to the experiment file.
pub struct RunOptions<'a> {
    /// The folder that holds one folder per experiment.
    pub results: PathBuf,
    /// Where data sets come from.
    pub cache: &'a Cache,
    /// Run trials again that are done.
    pub fresh: bool,
    /// Take the name even if the results that stand under it are of another experiment.
    pub replace: bool,
    /// Trials at the same time; `None`: as many as cores.
    pub jobs: Option<usize>,
    /// MiB that all trials may be expected to hold at the same time, in place of `run_max_memory` of the file.
    pub max_memory_mb: Option<u64>,
    /// How many models may train together on a graphics card; 1: each alone.
    pub together: usize,
    /// Who runs the trials.
    pub executor: &'a dyn Executor,
    /// Set it to stop the run; it is resumable.
    pub cancel: &'a AtomicBool,
}

/// What a run leaves.
#[derive(Debug)]
pub struct Run {
    /// Counts.
    pub summary: RunSummary,
    /// Everything that a report is made from: the same that [`crate::Store::load`] reads from the folder.
    pub results: ExperimentResults,
}

/// Runs what is not done yet. Failed trials of earlier runs are tried again; with everything done,
/// no data is loaded.
pub fn run(
    spec: &Spec,
    options: &RunOptions<'_>,
    listener: &dyn Listener,
) -> Result<Run, RunError> {
    let limit = spec.run_limits.timeout_seconds;
    let (run, timed_out) = within(limit, options.cancel, || run_all(spec, options, listener));
    let mut run = run?;
    run.summary.timed_out = timed_out && run.summary.interrupted;
    listener.event(&Event::Finished { summary: run.summary.clone() });
    Ok(run)
}

fn run_all(
    spec: &Spec,
    options: &RunOptions<'_>,
    listener: &dyn Listener,
) -> Result<Run, RunError> {
    let mut opened = Opened::open(spec, options, listener)?;
    let jobs = options.jobs.unwrap_or_else(machine::cores).clamp(1, opened.left().max(1));
    let begun = opened.begin(jobs, listener)?;
    let mut work = Work::begin(&opened, begun, listener, 0)?;
    listener.event(&Event::Planned {
        experiment: spec.experiment.name.clone(),
        trials: opened.manifest.trials.clone(),
        cached: work.cached(),
        jobs,
    });
    if let Err(error) = work.prepare(options.cache, listener) {
        drop(work);
        if matches!(error, RunError::Rows(_) | RunError::Data(_)) {
            opened.give_up()?;
        }
        return Err(error);
    }
    let mut works = [work];
    execute(&mut works, jobs, options, listener)?;
    let [work] = works;
    let (run, _) = work.finish(options.cancel)?;
    Ok(run)
}
