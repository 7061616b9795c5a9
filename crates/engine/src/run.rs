//! The whole flow: plan, lock, find what is done, prepare the rows if something is left, execute,
//! summarise.

use std::collections::HashSet;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use oddbench_core::audit::Audit;
use oddbench_core::evaluate::evaluate;
use oddbench_core::record::{
    ExperimentResults, FORMAT_VERSION, Manifest, Outcome, Projection, ScoredPart, Scores,
    TrialInfo, TrialResult,
};
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
use crate::progress::{Event, Listener, RunSummary};
use crate::spec::{Spec, ViewSpec};
use crate::store::{Store, StoreError, Trials};

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
    let store = Store::at(&options.results.join(&spec.name));
    let _lock = store.open()?;
    let jobs = options.jobs.unwrap_or_else(machine::cores);
    let mut manifest = manifest(&plan, jobs);
    let trials = earlier(&store, &manifest, options.fresh)?;
    let (ensembles, pending): (Vec<usize>, Vec<usize>) =
        pending(&trials).into_iter().partition(|&trial| plan.trials[trial].is_ensemble());
    manifest.environment.jobs = jobs.clamp(1, pending.len().max(1));
    forget_other_rows(&store, &manifest)?;
    store.write_manifest(&manifest)?;
    let mut rows = RowFacts { projection: store.projection()?, audit: store.audit()? };
    let mut progress = Progress::begin(&store, &manifest, listener, trials)?;

    if !pending.is_empty() || rows.projection.is_none() || rows.audit.is_none() {
        prepare(spec, options.cache, &store, &manifest, &pending, &mut rows, listener)?;
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
    for position in ensembles {
        let trial = &plan.trials[position];
        // What was cancelled lacks members.
        if let Some(settings) = trial.ensemble.filter(|_| !options.cancel.load(Ordering::Relaxed)) {
            listener.event(&Event::Started { trial: position });
            let others = progress.trials.results();
            let result = ensemble::run(&store, &manifest, trial, &settings, others)?;
            progress.ended(position, result)?;
        }
    }
    let (summary, trials) = progress.finish(options.cancel);
    store.remove_prepared()?;
    let (trials, sweeps) = trials.finish(&store)?;
    listener.event(&Event::Finished { summary: summary.clone() });
    let RowFacts { projection, audit } = rows;
    let results = ExperimentResults { manifest, trials, sweeps, projection, audit };
    Ok(Run { summary, results })
}

/// What is made from the rows and not from scores, as far as it is there.
struct RowFacts {
    projection: Option<Projection>,
    audit: Option<Audit>,
}

/// The trials as earlier runs left them; those that failed count as not run.
fn earlier(store: &Store, manifest: &Manifest, fresh: bool) -> Result<Trials, StoreError> {
    if fresh {
        return Ok(Trials::not_run(manifest));
    }
    let mut trials = Trials::read(store, manifest)?;
    trials.forget_failed();
    Ok(trials)
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
    rows: &mut RowFacts,
    listener: &dyn Listener,
) -> Result<(), RunError> {
    let started = Instant::now();
    listener.event(&Event::Preparing { dataset: manifest.data.dataset.clone() });
    let dataset = spec.dataset.source.load(cache, &spec.columns()).map_err(RunError::Data)?;
    let tables = LabelledTables::new(&dataset, spec)?;
    let several = spec.models.iter().any(|model| model.view.is_some());
    for (position, fold) in spec.split.folds().into_iter().enumerate() {
        // The audit and the scatter are of the only split, or of the first fold.
        let audited = position == 0 && rows.audit.is_none();
        let mut shown = position == 0 && rows.projection.is_none();
        let views = wanted_views(spec, manifest, pending, fold, shown);
        if views.is_empty() && !audited {
            continue;
        }
        let split = tables.split(spec.split, fold)?;
        if audited {
            let audit = audit_split(&tables, &split, spec);
            store.write_audit(&audit)?;
            rows.audit = Some(audit);
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
                rows.projection = Some(projection);
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
            experiment: manifest.experiment.clone(),
            dir: store.dir().to_owned(),
            completed: 0,
            cached: cached.len(),
            failed: 0,
            interrupted: false,
        };
        listener.event(&Event::Planned {
            experiment: manifest.experiment.clone(),
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
                roc_auc: first.and_then(|evaluation| evaluation.roc_auc),
                f1: first.and_then(|evaluation| evaluation.f1),
            };
            self.trials.put(position, result);
            self.store.write_summary(&self.trials.summary(self.manifest))?;
            self.listener.event(&done);
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
