//! The whole flow: plan, lock, find what is done, prepare the rows if something is left, execute,
//! summarise.

use std::collections::HashSet;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use oddbench_core::evaluate::evaluate;
use oddbench_core::record::{FORMAT_VERSION, Manifest, Outcome, ScoredPart, Scores, TrialInfo};
use oddbench_data::{Cache, DataError};
use thiserror::Error;

use crate::audit::audit_split;
use crate::ensemble;
use crate::executor::{Batch, ExecuteError, Executor};
use crate::labelled::{LabelledTables, PrepareError, ScoredRows};
use crate::machine;
use crate::plan::{self, Plan, PlanError, rows_address};
use crate::prepared::Prepared;
use crate::prepared_file;
use crate::progress::{Event, Listener, RunSummary, TrialEvent};
use crate::spec::{Spec, ViewSpec};
use crate::store::{Store, StoreError, Summary};

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

/// Why a run ended before its trials could.
#[derive(Debug, Error)]
pub enum RunError {
    /// The experiment cannot be planned. Exit code 2 or 4.
    #[error(transparent)]
    Plan(#[from] PlanError),
    /// The data set could not be had. Exit code 3.
    #[error(transparent)]
    Data(DataError),
    /// The rows do not fit the experiment. Exit code 2.
    #[error("the rows cannot be prepared: {0}")]
    Rows(String),
    /// The results folder. Exit code 1.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The trials could not be started. Exit code 1.
    #[error(transparent)]
    Execute(#[from] ExecuteError),
}

impl From<PrepareError> for RunError {
    fn from(error: PrepareError) -> Self {
        match error {
            PrepareError::Data(error) => Self::Data(error),
            other => Self::Rows(other.to_string()),
        }
    }
}

/// Runs what is not done yet. Failed trials of earlier runs are tried again; with everything done,
/// no data is loaded.
pub fn run(
    spec: &Spec,
    options: &RunOptions<'_>,
    listener: &dyn Listener,
) -> Result<RunSummary, RunError> {
    let plan = plan::resolve(spec)?;
    let store = Store::at(&options.results.join(&spec.name));
    let _lock = store.open()?;
    let done = done(&plan, &store, options.fresh)?;
    let (joined, pending): (Vec<usize>, Vec<usize>) =
        pending(&plan, &done).into_iter().partition(|&trial| plan.trials[trial].is_ensemble());
    let jobs = options.jobs.unwrap_or_else(machine::cores).clamp(1, pending.len().max(1));
    let manifest = manifest(&plan, jobs);
    forget_other_rows(&store, &manifest)?;
    store.write_manifest(&manifest)?;
    let mut progress = Progress {
        summary: Summary::begin(&store, &manifest, |trial| done.contains(&trial.id))?,
        manifest: &manifest,
        listener,
        counts: counts(&plan, &store, &done),
        fault: None,
    };
    listener.event(&Event::Planned {
        experiment: spec.name.clone(),
        trials: manifest.trials.clone(),
        cached: positions(&manifest, |id| done.contains(id)),
        jobs,
    });

    if !pending.is_empty() || store.projection()?.is_none() || store.audit()?.is_none() {
        prepare(spec, options.cache, &store, &manifest, &pending, listener)?;
    }
    if !pending.is_empty() {
        let batch = Batch {
            store: &store,
            manifest: &manifest,
            trials: &pending,
            jobs,
            cancel: options.cancel,
        };
        options.executor.execute(&batch, &mut |trial, what| progress.hear(trial, what))?;
    }
    for position in joined {
        let trial = &plan.trials[position];
        // What was cancelled lacks members.
        if let Some(settings) = trial.ensemble.filter(|_| !options.cancel.load(Ordering::Relaxed)) {
            progress.hear(position, TrialEvent::Started);
            ensemble::run(&store, &manifest, trial, &settings)?;
            progress.hear(position, TrialEvent::Finished);
        }
    }
    let summary = progress.finish(options.cancel)?;
    store.remove_prepared()?;
    listener.event(&Event::Finished { summary: summary.clone() });
    Ok(summary)
}

/// Addresses of the trials that have completed.
fn done(plan: &Plan, store: &Store, fresh: bool) -> Result<HashSet<String>, StoreError> {
    let mut done = HashSet::new();
    if fresh {
        return Ok(done);
    }
    for trial in &plan.trials {
        let record = store.record(&trial.info.id)?;
        if record.is_some_and(|record| matches!(record.outcome, Outcome::Completed { .. })) {
            done.insert(trial.info.id.clone());
        }
    }
    Ok(done)
}

/// One position per address that is left to run, in order.
fn pending(plan: &Plan, done: &HashSet<String>) -> Vec<usize> {
    let mut seen = HashSet::new();
    let ids = plan.trials.iter().map(|trial| trial.info.id.as_str()).enumerate();
    ids.filter(|(_, id)| !done.contains(*id) && seen.insert(*id)).map(|(at, _)| at).collect()
}

fn positions(manifest: &Manifest, wanted: impl Fn(&str) -> bool) -> Vec<usize> {
    let ids = manifest.trials.iter().map(|trial| trial.id.as_str()).enumerate();
    ids.filter(|(_, id)| wanted(id)).map(|(at, _)| at).collect()
}

fn manifest(plan: &Plan, jobs: usize) -> Manifest {
    let spec = &plan.spec;
    Manifest {
        format_version: FORMAT_VERSION,
        experiment: spec.name.clone(),
        description: spec.description.clone(),
        spec: plan.resolved.clone(),
        spec_path: spec.path().display().to_string(),
        overrides: spec.overrides.clone(),
        data: plan.data.clone(),
        thresholds: spec.thresholds.clone(),
        measure: spec.measure.clone(),
        trials: plan.trials.iter().map(|trial| trial.info.clone()).collect(),
        anchors: spec.anchors.clone(),
        oddbench: crate::VERSION.to_owned(),
        git_revision: machine::git_revision(),
        environment: machine::environment(jobs),
    }
}

/// A scatter or an audit of other rows must not stand beside these trials; they go before the manifest changes.
fn forget_other_rows(store: &Store, manifest: &Manifest) -> Result<(), StoreError> {
    let rows = |of: &Manifest| rows_address(&of.spec, &of.data, None, None);
    let same = match store.manifest() {
        Ok(earlier) => rows(&earlier) == rows(manifest),
        // No manifest, or none that this version reads: it is about to be replaced.
        Err(_) => false,
    };
    if same { Ok(()) } else { store.forget_rows() }
}

/// Loads the data set once and writes the rows of each fold that is needed, one after the other.
fn prepare(
    spec: &Spec,
    cache: &Cache,
    store: &Store,
    manifest: &Manifest,
    pending: &[usize],
    listener: &dyn Listener,
) -> Result<(), RunError> {
    let started = Instant::now();
    listener.event(&Event::Preparing { dataset: manifest.data.dataset.clone() });
    let dataset = spec.dataset.source.load(cache, &spec.columns()).map_err(RunError::Data)?;
    let tables = LabelledTables::new(&dataset, spec)?;
    let several = spec.models.iter().any(|model| model.view.is_some());
    for (position, fold) in spec.split.folds().into_iter().enumerate() {
        // The audit and the scatter are of the only split, or of the first fold.
        let audited = position == 0 && store.audit()?.is_none();
        let mut shown = position == 0 && store.projection()?.is_none();
        let views = wanted_views(spec, manifest, pending, fold, shown);
        if views.is_empty() && !audited {
            continue;
        }
        let split = tables.split(spec.split, fold)?;
        if audited {
            store.write_audit(&audit_split(&tables, &split, spec))?;
        }
        for (view, wanted) in views {
            let recorded = view.as_ref().map(ViewSpec::to_record);
            let own = view.is_none();
            let view = view.unwrap_or_else(|| spec.view());
            let prepared = Prepared::through(&view, &tables, &split)?;
            check_rows(&prepared, manifest)?;
            if own && std::mem::take(&mut shown) {
                let projection = prepared.projection();
                let projection = projection.map_err(|e| RunError::Rows(e.to_string()))?;
                store.write_projection(&projection)?;
            }
            if wanted {
                let address = rows_address(&manifest.spec, &manifest.data, recorded.as_ref(), fold);
                let path = store.prepared_path(&address);
                prepared_file::write(&prepared, &path).map_err(ExecuteError::Prepared)?;
            }
            let features = several.then_some(view.features);
            let seconds = started.elapsed().as_secs_f64();
            listener.event(&Event::Prepared { sizes: prepared.sizes(), fold, features, seconds });
        }
    }
    Ok(())
}

/// The views of a fold's rows that are needed, the experiment's own (`None`) first, and whether a
/// trial is to be run on them. The experiment's own is needed for the scatter, too.
fn wanted_views(
    spec: &Spec,
    manifest: &Manifest,
    pending: &[usize],
    fold: Option<u32>,
    shown: bool,
) -> Vec<(Option<ViewSpec>, bool)> {
    let wanted = |view: &Option<ViewSpec>| {
        let recorded = view.as_ref().map(ViewSpec::to_record);
        let mut trials = pending.iter().map(|&trial| &manifest.trials[trial]);
        trials.any(|trial| trial.fold == fold && trial.view == recorded)
    };
    let views = views(spec).into_iter().map(|view| (wanted(&view), view));
    let needed = views.filter(|(wanted, view)| *wanted || (shown && view.is_none()));
    needed.map(|(wanted, view)| (view, wanted)).collect()
}

/// The distinct views of the models, the experiment's own (`None`) first.
fn views(spec: &Spec) -> Vec<Option<ViewSpec>> {
    let mut views = vec![None];
    for model in &spec.models {
        if !views.contains(&model.view) {
            views.push(model.view.clone());
        }
    }
    views
}

/// Whether these rows allow what the experiment asks of them. Every threshold rule is applied to
/// made-up scores: a rule that the rows do not allow fails now, not after an hour of fitting.
fn check_rows(prepared: &Prepared, manifest: &Manifest) -> Result<(), RunError> {
    if prepared.test.labels.is_empty() {
        return Err(RunError::Rows("the test part has no rows".into()));
    }
    let available = prepared.train.rows();
    let over = |trial: &&TrialInfo| trial.train_rows.is_some_and(|rows| rows > available);
    if let Some(trial) = manifest.trials.iter().find(over) {
        return Err(RunError::Rows(format!(
            "model \"{}\" asks for train_rows = {}, and the split has {available} training rows",
            trial.name,
            trial.train_rows.unwrap_or_default(),
        )));
    }
    let outliers = prepared.validation.labels.iter().filter(|label| **label).count();
    let one_class = outliers == 0 || outliers == prepared.validation.labels.len();
    if one_class && let Some(trial) = manifest.trials.iter().find(|trial| trial.sweep.is_some()) {
        return Err(RunError::Rows(format!(
            "the sweep of \"{}\" is decided on validation rows, and these are all of one class; use another split",
            trial.name
        )));
    }
    let part = |rows: &ScoredRows| ScoredPart {
        rows: rows.rows.clone(),
        classes: rows.classes.clone(),
        labels: rows.labels.clone(),
        scores: vec![0.0; rows.labels.len()],
    };
    let scores = Scores {
        validation: part(&prepared.validation),
        test: part(&prepared.test),
        transfer: None,
    };
    for settings in &manifest.thresholds {
        evaluate(&scores, settings, Some(0.0)).map_err(|e| RunError::Rows(e.to_string()))?;
    }
    Ok(())
}

/// Keeps the summary and the counts while trials end.
struct Progress<'a> {
    summary: Summary<'a>,
    manifest: &'a Manifest,
    listener: &'a dyn Listener,
    counts: RunSummary,
    fault: Option<StoreError>,
}

fn counts(plan: &Plan, store: &Store, done: &HashSet<String>) -> RunSummary {
    RunSummary {
        experiment: plan.spec.name.clone(),
        dir: store.dir().to_owned(),
        completed: 0,
        cached: plan.trials.iter().filter(|trial| done.contains(&trial.info.id)).count(),
        failed: 0,
        interrupted: false,
    }
}

impl Progress<'_> {
    fn hear(&mut self, trial: usize, what: TrialEvent) {
        let finished = what == TrialEvent::Finished;
        self.listener.event(&Event::Trial { trial, what });
        if !finished {
            return;
        }
        let id = &self.manifest.trials[trial].id;
        for position in positions(self.manifest, |other| other == id) {
            if let Err(error) = self.done(position) {
                self.fault.get_or_insert(error);
            }
        }
    }

    fn done(&mut self, trial: usize) -> Result<(), StoreError> {
        let result = self.summary.update(trial)?;
        let Some(record) = result.record else { return Ok(()) };
        match record.outcome {
            Outcome::Completed { .. } => self.counts.completed += 1,
            Outcome::Failed { .. } => self.counts.failed += 1,
        }
        // A sweep's winner is not known yet, and the test rows are for the winner alone.
        let first = result.evaluations.first().filter(|_| result.trial.sweep.is_none());
        self.listener.event(&Event::Done {
            trial,
            outcome: record.outcome,
            roc_auc: first.and_then(|evaluation| evaluation.roc_auc),
            f1: first.and_then(|evaluation| evaluation.f1),
        });
        Ok(())
    }

    fn finish(self, cancel: &AtomicBool) -> Result<RunSummary, StoreError> {
        if let Some(fault) = self.fault {
            return Err(fault);
        }
        let mut counts = self.counts;
        let over = counts.completed + counts.cached + counts.failed;
        counts.interrupted = cancel.load(Ordering::Relaxed) && over < self.manifest.trials.len();
        Ok(counts)
    }
}
