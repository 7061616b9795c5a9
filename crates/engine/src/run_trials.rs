//! `oddbench trial`: some trials of an experiment, by their ids. It may be given on several machines that share a
//! results folder, for one trial more than once, and while `run` is at work: whatever can start commands can run an
//! experiment.

use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;

use oddbench_core::record::{Manifest, Outcome, TrialInfo};
use oddbench_core::results::TrialResult;
use oddbench_data::Cache;

use crate::executor::{Batch, Executor, Queued};
use crate::name_owner::{self, Standing};
use crate::plan::{self, ENSEMBLE, Plan};
use crate::preparation::{Preparation, RowFacts};
use crate::prepared_file;
use crate::progress::{Event, Listener};
use crate::rows_claim::{claim_preparation, without_rows};
use crate::run_error::RunError;
use crate::spec::{ExperimentFile, Spec};
use crate::store::{self, Holder, Store, StoreError, refuse_suite};
use crate::suite;
use crate::work;

/// How to run trials, in addition to the experiment file.
pub struct TrialsOptions<'a> {
    /// The folder that holds one folder per experiment.
    pub results: PathBuf,
    /// Where data sets come from.
    pub cache: &'a Cache,
    /// Whether the result of a trial that another process runs is waited for.
    pub wait: bool,
    /// How many models may train together on a graphics card; 1: each alone.
    pub together: usize,
    /// Who runs the trials.
    pub executor: &'a dyn Executor,
    /// Set it to stop.
    pub cancel: &'a AtomicBool,
}

/// What became of a trial.
#[derive(Debug, Clone, PartialEq)]
pub struct TrialEnd {
    /// The trial.
    pub trial: TrialInfo,
    /// The data set's name, where the experiment has several.
    pub set: Option<String>,
    /// Its folder.
    pub dir: PathBuf,
    /// What became of it.
    pub end: End,
}

/// What became of a trial.
#[derive(Debug, Clone, PartialEq)]
pub enum End {
    /// It had a completed record.
    DoneBefore,
    /// It has been run.
    Ran(Outcome),
    /// Another process runs it.
    Elsewhere(Holder),
    /// It has no result: it was stopped.
    Stopped,
}

/// Runs the named trials that are not done. Manifest and rows are written if they are not there. Tables and report
/// are left to `run`.
pub fn run_trials(
    file: &ExperimentFile,
    ids: &[String],
    options: &TrialsOptions<'_>,
    listener: &dyn Listener,
) -> Result<Vec<TrialEnd>, RunError> {
    let specs: Vec<&Spec> = match file {
        ExperimentFile::One(spec) => vec![spec],
        ExperimentFile::Suite(suite) => suite.sets.iter().map(|set| &set.spec).collect(),
    };
    let plans: Vec<Plan> =
        specs.iter().map(|spec| plan::resolve(spec)).collect::<Result<_, _>>()?;
    let trials = || plans.iter().flat_map(|plan| &plan.trials).map(|trial| &trial.info);
    ids.iter().try_for_each(|id| known(id, trials()))?;
    if let ExperimentFile::Suite(suite) = file {
        suite::claim_name(suite, &options.results, options.cancel)?;
    }
    let mut chosen = Vec::new();
    for (spec, plan) in specs.iter().zip(&plans) {
        if plan.trials.iter().any(|trial| ids.contains(&trial.info.id)) {
            let name = &spec.experiment.name;
            let here = Here { spec, plan, store: Store::at(&options.results.join(name)), options };
            chosen.push(here.chosen(ids, listener)?);
        }
    }
    run_chosen(&chosen, options, listener)
}

/// Runs the named trials of a prepared experiment that are not done.
pub fn run_prepared_trials(
    dir: &Path,
    ids: &[String],
    options: &TrialsOptions<'_>,
    listener: &dyn Listener,
) -> Result<Vec<TrialEnd>, RunError> {
    let store = Store::at(dir);
    let manifest = store.manifest()?;
    ids.iter().try_for_each(|id| known(id, manifest.trials.iter()))?;
    let chosen = Chosen::new(store, None, manifest, ids);
    chosen.put_damaged_aside(listener)?;
    run_chosen(&[chosen], options, listener)
}

/// Whether there is a trial of that id that can be run.
fn known<'a>(id: &str, mut trials: impl Iterator<Item = &'a TrialInfo>) -> Result<(), RunError> {
    match trials.find(|trial| trial.id == id) {
        None => Err(RunError::UnknownTrial { id: id.to_owned() }),
        Some(trial) if trial.kind == ENSEMBLE => {
            Err(RunError::EnsembleTrial { id: id.to_owned(), name: trial.name.clone() })
        }
        Some(_) => Ok(()),
    }
}

/// The chosen trials of one results folder.
struct Chosen {
    store: Store,
    set: Option<String>,
    manifest: Manifest,
    /// Positions in the manifest, one per id.
    positions: Vec<usize>,
}

impl Chosen {
    fn new(store: Store, set: Option<&str>, manifest: Manifest, ids: &[String]) -> Self {
        let mut positions = Vec::new();
        for (at, trial) in manifest.trials.iter().enumerate() {
            let is_first = manifest.trials[..at].iter().all(|other| other.id != trial.id);
            if is_first && ids.contains(&trial.id) {
                positions.push(at);
            }
        }
        Self { store, set: set.map(str::to_owned), manifest, positions }
    }

    /// Puts those aside that are damaged, and says so: they are then run again, as by `run`.
    fn put_damaged_aside(&self, listener: &dyn Listener) -> Result<(), StoreError> {
        for trial in self.trials().filter(|trial| self.store.completed(&trial.id).is_none()) {
            if let Some(text) = self.store.put_damaged_trial_aside(&self.manifest, trial)? {
                listener.event(&Event::Told { set: self.set.clone(), text });
            }
        }
        Ok(())
    }

    fn trials(&self) -> impl Iterator<Item = &TrialInfo> {
        self.positions.iter().map(|&at| &self.manifest.trials[at])
    }
}

/// An experiment on one data set, and where its results are.
struct Here<'a> {
    spec: &'a Spec,
    plan: &'a Plan,
    store: Store,
    options: &'a TrialsOptions<'a>,
}

impl Here<'_> {
    /// The chosen trials, with a manifest and with the rows of those that are to be run.
    fn chosen(self, ids: &[String], listener: &dyn Listener) -> Result<Chosen, RunError> {
        refuse_suite(self.store.dir())?;
        let is_new = !self.store.dir().exists();
        let manifest = match self.standing_manifest()? {
            Some(manifest) => manifest,
            None => {
                let claim = self.claim(listener)?;
                let manifest = self.write_manifest(listener);
                drop(claim);
                manifest?
            }
        };
        let set = self.spec.set_name();
        let chosen = Chosen::new(self.store.clone(), set, manifest, ids);
        chosen.put_damaged_aside(listener)?;
        let kin = store::kin(&self.options.results, self.spec);
        let mut left = Vec::new();
        for &at in &chosen.positions {
            let id = &chosen.manifest.trials[at].id;
            let is_done = self.store.completed(id).is_some();
            if !is_done && !self.take_over(&kin, id)? {
                left.push(at);
            }
        }
        match self.prepare(&chosen.manifest, &left, listener) {
            Err(error @ (RunError::Rows(_) | RunError::Data(_))) if is_new => {
                // Nothing was tried, and a folder without results would look like a run.
                self.store.remove()?;
                Err(error)
            }
            other => other.map(|()| chosen),
        }
    }

    fn claim(&self, listener: &dyn Listener) -> Result<store::Claim, RunError> {
        let claim = claim_preparation(&self.store, self.spec, self.options.cancel, listener)?;
        // Not before: the process that had the claim may have removed them.
        self.store.make_folders()?;
        Ok(claim)
    }

    /// The manifest that is there, if it describes these trials. The name of another experiment is refused.
    fn standing_manifest(&self) -> Result<Option<Manifest>, RunError> {
        let mut now = work::manifest(self.plan, &self.store);
        name_owner::standing(&self.store, &mut now, false)?;
        match self.store.manifest() {
            Ok(there) if name_owner::are_same(&there, &now) => Ok(Some(there)),
            Ok(_) | Err(StoreError::Missing { .. } | StoreError::Corrupt { .. }) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    /// Writes the manifest, unless somebody else has done it meanwhile. That of a run that is going on stays.
    fn write_manifest(&self, listener: &dyn Listener) -> Result<Manifest, RunError> {
        if let Some(manifest) = self.standing_manifest()? {
            return Ok(manifest);
        }
        let _lock = self.store.open()?;
        let mut manifest = work::manifest(self.plan, &self.store);
        if let Standing::Aside { manifest: earlier, why } =
            name_owner::standing(&self.store, &mut manifest, false)?
        {
            let kept = self.store.keep_earlier(earlier.as_deref())?;
            listener.event(&work::told_aside(self.spec, earlier.is_some(), &why, &kept));
        }
        work::forget_other_rows(&self.store, &manifest)?;
        self.store.write_manifest(&manifest)?;
        Ok(manifest)
    }

    fn take_over(&self, kin: &[Store], id: &str) -> Result<bool, StoreError> {
        for other in kin {
            if self.store.take_over(other, id)? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Prepares rows if a trial that is left lacks them: at once for all trials that have none, since the data set
    /// is loaded for them anyway.
    fn prepare(
        &self,
        manifest: &Manifest,
        left: &[usize],
        listener: &dyn Listener,
    ) -> Result<(), RunError> {
        let (spec, store) = (self.spec, &self.store);
        let lacking =
            |trials: &[usize]| without_rows(store, manifest, trials, prepared_file::is_whole);
        if lacking(left).is_empty() {
            return Ok(());
        }
        let _claim = self.claim(listener)?;
        // Another process may have prepared the rows meanwhile, or have run all trials and removed the rows.
        let mut left = left.to_vec();
        left.retain(|&at| store.completed(&manifest.trials[at].id).is_none());
        if lacking(&left).is_empty() {
            return Ok(());
        }
        let trials = self.plan.trials.iter().enumerate();
        let fitted = trials.filter(|(_, trial)| !trial.is_ensemble());
        let not_run = fitted.filter(|(_, trial)| !store.trial_dir(&trial.info.id).exists());
        let mut pending: Vec<usize> = not_run.map(|(at, _)| at).chain(left).collect();
        pending.sort_unstable();
        pending.dedup();
        let pending = &lacking(&pending);
        let (projection, told) =
            store.or_set_aside(&store.projection_path(), store.projection())?;
        let (audit, also_told) = store.or_set_aside(&store.audit_path(), store.audit())?;
        for text in told.into_iter().chain(also_told) {
            listener.event(&Event::Told { set: spec.set_name().map(str::to_owned), text });
        }
        let mut facts = RowFacts { projection, audit };
        Preparation { spec, store, manifest, pending, listener }.run(self.options.cache, &mut facts)
    }
}

/// Runs what has no completed record.
fn run_chosen(
    chosen: &[Chosen],
    options: &TrialsOptions<'_>,
    listener: &dyn Listener,
) -> Result<Vec<TrialEnd>, RunError> {
    let (mut ends, mut queue) = (Vec::new(), Vec::new());
    for Chosen { store, set, manifest, positions } in chosen {
        for &position in positions {
            let trial = manifest.trials[position].clone();
            let is_done = store.completed(&trial.id).is_some();
            let end = if is_done { End::DoneBefore } else { End::Stopped };
            if !is_done {
                let number = ends.len();
                queue.push(Queued { store, manifest, position, number, fresh: false });
            }
            let dir = store.trial_dir(&trial.id);
            ends.push(TrialEnd { trial, set: set.clone(), dir, end });
        }
    }
    if queue.is_empty() {
        return Ok(ends);
    }
    listener.event(&planned(chosen, &ends));
    let (wait_for_others, cancel) = (options.wait, options.cancel);
    let batch = Batch {
        trials: &queue,
        // One process after the other.
        jobs: 1,
        max_memory_mb: None,
        kin: &[],
        wait_for_others,
        together: options.together,
        cancel,
    };
    let mut ended = |number: usize, result: TrialResult| {
        if let Some(record) = result.record {
            listener.event(&Event::of_done(number, &record.outcome));
            ends[number].end = End::Ran(record.outcome);
        }
        Ok(())
    };
    options.executor.execute(&batch, listener, &mut ended)?;
    for queued in &queue {
        let TrialEnd { trial, end, .. } = &mut ends[queued.number];
        if *end != End::Stopped {
            continue;
        }
        if queued.store.completed(&trial.id).is_some() {
            // Another process has just done it.
            *end = End::DoneBefore;
        } else if let Some(holder) = queued.store.holder(&trial.id)? {
            *end = End::Elsewhere(holder);
        }
    }
    Ok(ends)
}

fn planned(chosen: &[Chosen], ends: &[TrialEnd]) -> Event {
    let name = chosen.first().map(|of| of.manifest.experiment.name.clone());
    let is_done = |(_, end): &(usize, &TrialEnd)| end.end == End::DoneBefore;
    Event::Planned {
        experiment: name.unwrap_or_default(),
        trials: chosen.iter().flat_map(Chosen::trials).cloned().collect(),
        cached: ends.iter().enumerate().filter(is_done).map(|(at, _)| at).collect(),
        jobs: 1,
    }
}
