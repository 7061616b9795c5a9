//! The whole flow: plan, lock, find what is done, prepare the rows if something is left, execute,
//! summarise.

use oddbench_core::metrics::Metric;
use std::collections::HashSet;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};

use oddbench_core::record::{FORMAT_VERSION, Manifest, Outcome};
use oddbench_core::results::{ExperimentResults, TrialResult};
use oddbench_data::Cache;

use crate::ensemble;
use crate::executor::{Batch, Executor};
use crate::machine;
use crate::plan::{self, Plan, rows_address};
use crate::preparation::{Preparation, RowFacts};
use crate::progress::{Event, Listener, RunSummary};
use crate::spec::Spec;
use crate::store::{Store, StoreError, Trials};

pub use crate::run_error::RunError;

/// How to run, beside what the experiment file says.
pub struct RunOptions<'a> {
    /// The folder that holds one folder per experiment.
    pub results: PathBuf,
    /// Where data sets come from.
    pub cache: &'a Cache,
    /// Run trials again that are done.
    pub fresh: bool,
    /// Trials at the same time; `None`: as many as cores.
    pub jobs: Option<usize>,
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
    /// Everything that a report is made from: the same that [`Store::load`] reads from the folder.
    pub results: ExperimentResults,
}

/// Runs what is not done yet. Failed trials of earlier runs are tried again; with everything done,
/// no data is loaded.
pub fn run(
    spec: &Spec,
    options: &RunOptions<'_>,
    listener: &dyn Listener,
) -> Result<Run, RunError> {
    let plan = plan::resolve(spec)?;
    let store = Store::at(&options.results.join(&spec.experiment.name));
    let _lock = store.open()?;
    let jobs = options.jobs.unwrap_or_else(machine::cores);
    let mut manifest = manifest(&plan, jobs);
    let trials = match options.fresh {
        true => Trials::not_run(&manifest),
        false => Trials::read(&store, &manifest)?.without_failed(),
    };
    let (ensembles, pending): (Vec<usize>, Vec<usize>) =
        pending(&trials).into_iter().partition(|&trial| plan.trials[trial].is_ensemble());
    manifest.environment.jobs = jobs.clamp(1, pending.len().max(1));
    forget_other_rows(&store, &manifest)?;
    store.write_manifest(&manifest)?;
    let mut rows = RowFacts { projection: store.projection()?, audit: store.audit()? };
    let mut progress = Progress::begin(&store, &manifest, listener, trials)?;

    if !pending.is_empty() || rows.projection.is_none() || rows.audit.is_none() {
        let (store, manifest, pending) = (&store, &manifest, &pending[..]);
        let preparation = Preparation { spec, store, manifest, pending, listener };
        preparation.run(options.cache, &mut rows)?;
    }
    if !pending.is_empty() {
        let batch = Batch {
            store: &store,
            manifest: &manifest,
            trials: &pending,
            jobs: manifest.environment.jobs,
            cancel: options.cancel,
        };
        let mut ended = |trial, result| progress.ended(trial, result);
        options.executor.execute(&batch, listener, &mut ended)?;
    }
    progress.run_ensembles(&plan, &ensembles, options.cancel)?;
    let (summary, trials) = progress.finish(options.cancel);
    store.remove_prepared()?;
    let (trials, sweeps) = trials.finish(&store)?;
    listener.event(&Event::Finished { summary: summary.clone() });
    let RowFacts { projection, audit } = rows;
    let results = ExperimentResults { manifest, trials, sweeps, projection, audit };
    Ok(Run { summary, results })
}

/// One position per address that is left to run, in order.
fn pending(trials: &Trials) -> Vec<usize> {
    let mut seen = HashSet::new();
    let left = trials.results().iter().enumerate().filter(|(_, result)| !result.is_completed());
    left.filter(|(_, result)| seen.insert(result.trial.id.as_str())).map(|(at, _)| at).collect()
}

fn manifest(plan: &Plan, jobs: usize) -> Manifest {
    let spec = &plan.spec;
    Manifest {
        format_version: FORMAT_VERSION,
        experiment: spec.experiment.clone(),
        spec_path: spec.path().display().to_string(),
        overrides: spec.overrides.clone(),
        data: plan.data.clone(),
        trials: plan.trials.iter().map(|trial| trial.info.clone()).collect(),
        anchors: spec.anchors.clone(),
        oddbench: crate::VERSION.to_owned(),
        git_revision: machine::git_revision(),
        environment: machine::environment(jobs),
    }
}

/// A scatter or an audit of other rows must not stand beside these trials; they go before the manifest changes.
fn forget_other_rows(store: &Store, manifest: &Manifest) -> Result<(), StoreError> {
    let rows = |of: &Manifest| rows_address(of, None, None);
    let same = match store.manifest() {
        Ok(earlier) => rows(&earlier) == rows(manifest),
        // No manifest, or none that this version reads: it is about to be replaced.
        Err(_) => false,
    };
    if same { Ok(()) } else { store.forget_rows() }
}

/// Keeps the trials, `summary.csv` and the counts while trials end.
struct Progress<'a> {
    store: &'a Store,
    manifest: &'a Manifest,
    listener: &'a dyn Listener,
    trials: Trials,
    counts: RunSummary,
}

impl<'a> Progress<'a> {
    /// Writes the summary of what is done already and tells the plan.
    fn begin(
        store: &'a Store,
        manifest: &'a Manifest,
        listener: &'a dyn Listener,
        trials: Trials,
    ) -> Result<Self, StoreError> {
        store.write_summary(&trials.summary(manifest))?;
        let done = trials.results().iter().enumerate().filter(|(_, result)| result.is_completed());
        let cached: Vec<usize> = done.map(|(position, _)| position).collect();
        let counts = RunSummary {
            experiment: manifest.experiment.name.clone(),
            dir: store.dir().to_owned(),
            completed: 0,
            cached: cached.len(),
            failed: 0,
            interrupted: false,
        };
        listener.event(&Event::Planned {
            experiment: manifest.experiment.name.clone(),
            trials: manifest.trials.clone(),
            cached,
            jobs: manifest.environment.jobs,
        });
        Ok(Self { store, manifest, listener, trials, counts })
    }

    /// Keeps the result of a trial for every position that has its address.
    fn ended(&mut self, trial: usize, result: TrialResult) -> Result<(), StoreError> {
        let trials = self.manifest.trials.iter().enumerate();
        let same = trials.filter(|(at, info)| *at != trial && info.id == result.trial.id);
        let copies =
            same.map(|(at, info)| (at, TrialResult { trial: info.clone(), ..result.clone() }));
        let all: Vec<_> = copies.collect::<Vec<_>>().into_iter().chain([(trial, result)]).collect();
        for (position, result) in all {
            let Some(record) = &result.record else { continue };
            match record.outcome {
                Outcome::Completed { .. } => self.counts.completed += 1,
                Outcome::Failed { .. } => self.counts.failed += 1,
            }
            // A sweep's winner is not known yet, and the test rows are for the winner alone.
            let first = result.evaluations.first().filter(|_| result.trial.sweep.is_none());
            let done = Event::Done {
                trial: position,
                outcome: record.outcome.clone(),
                roc_auc: first.and_then(|evaluation| evaluation.metrics[Metric::RocAuc]),
                f1: first.and_then(|evaluation| evaluation.metrics[Metric::F1]),
            };
            self.trials.put(position, result);
            self.store.write_summary(&self.trials.summary(self.manifest))?;
            self.listener.event(&done);
        }
        Ok(())
    }

    fn run_ensembles(
        &mut self,
        plan: &Plan,
        positions: &[usize],
        cancel: &AtomicBool,
    ) -> Result<(), StoreError> {
        for &position in positions {
            let trial = &plan.trials[position];
            // What was cancelled lacks members.
            let Some(settings) = trial.ensemble.filter(|_| !cancel.load(Ordering::Relaxed)) else {
                continue;
            };
            self.listener.event(&Event::Started { trial: position });
            let others = self.trials.results();
            let result = ensemble::run(self.store, self.manifest, trial, &settings, others)?;
            self.ended(position, result)?;
        }
        Ok(())
    }

    fn finish(self, cancel: &AtomicBool) -> (RunSummary, Trials) {
        let mut counts = self.counts;
        let over = counts.completed + counts.cached + counts.failed;
        counts.interrupted = cancel.load(Ordering::Relaxed) && over < self.manifest.trials.len();
        (counts, self.trials)
    }
}
