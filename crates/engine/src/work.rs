//! The steps of a run on one data set. A run over several data sets takes each step for all of them, so
//! that their trials share one queue.

use std::collections::HashSet;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};

use oddbench_core::metrics::Metric;
use oddbench_core::record::{FORMAT_VERSION, Manifest, Outcome};
use oddbench_core::results::{ExperimentResults, TrialResult};
use oddbench_data::{Cache, Source};

use crate::ensemble;
use crate::executor::{Batch, Queued, slurm};
use crate::machine;
use crate::name_owner::{self, Standing};
use crate::pace::Pace;
use crate::plan::{self, Plan, rows_address};
use crate::preparation::{Preparation, RowFacts};
use crate::prepared_file;
use crate::progress::{Event, Listener, RunSummary};
use crate::rows_claim::{claim_preparation, without_rows};
use crate::run::{Run, RunError, RunOptions};
use crate::spec::Spec;
use crate::store::{self, Claim, Earlier, Lock, Store, StoreError, Trials, refuse_suite};

/// An experiment whose folder is locked and whose trials are known.
pub(crate) struct Opened<'a> {
    spec: &'a Spec,
    plan: Plan,
    store: Store,
    _lock: Lock,
    /// Whether the folder was not there before.
    is_new: bool,
    pub(crate) manifest: Manifest,
    /// What is known about the trials, until it is handed on by [`Opened::begin`].
    trials: Option<Trials>,
    /// What happens to the existing figures of the name.
    standing: Standing,
    /// What was damaged, and what was taken over.
    told: Vec<String>,
    /// Whether trials run again that are done.
    fresh: bool,
    /// Held until the rows are there, so that no other process writes manifest and rows meanwhile.
    preparing: Option<Claim>,
    /// Positions of the trials that are left to fit, and of the ensembles that are left.
    pending: Vec<usize>,
    ensembles: Vec<usize>,
}

impl<'a> Opened<'a> {
    /// Plans an experiment, takes the lock of its folder and finds what is done. Nothing is written yet.
    pub(crate) fn open(
        spec: &'a Spec,
        options: &RunOptions<'_>,
        listener: &dyn Listener,
    ) -> Result<Self, RunError> {
        let plan = plan::resolve(spec)?;
        let dir = options.results.join(&spec.experiment.name);
        refuse_suite(&dir)?;
        let store = Store::at(&dir);
        let is_new = !store.dir().exists();
        // First the claim: the process that has it may hold the lock for a moment.
        store.make_folders()?;
        let preparing = claim_preparation(&store, spec, options.cancel, listener)?;
        let lock = store.open()?;
        store.sweep()?;
        let mut manifest = manifest(&plan, &store);
        let standing = match name_owner::standing(&store, &mut manifest, options.replace) {
            Ok(standing) => standing,
            Err(error) => {
                // Nothing was made yet, and what the other experiment has stays.
                drop(preparing);
                store.remove_empty_folders();
                return Err(error);
            }
        };
        let (trials, told) = match options.fresh {
            true => (Trials::not_run(&manifest), vec![]),
            false => {
                let (trials, mut told) = Trials::mended(&store, &manifest)?;
                let mut trials = trials.without_failed();
                let kin = store::kin(&options.results, spec);
                told.extend(trials.take_over(&store, &manifest, &kin)?);
                (trials, told)
            }
        };
        let (ensembles, pending) =
            pending(&trials).into_iter().partition(|&trial| plan.trials[trial].is_ensemble());
        let trials = Some(trials);
        Ok(Self {
            spec,
            plan,
            store,
            _lock: lock,
            is_new,
            manifest,
            trials,
            standing,
            told,
            fresh: options.fresh,
            preparing: Some(preparing),
            pending,
            ensembles,
        })
    }

    /// How many trials are left to fit.
    pub(crate) fn left(&self) -> usize {
        self.pending.len()
    }

    /// Leaves what was there before: nothing was tried, and a folder without results would look like a
    /// run.
    pub(crate) fn give_up(self) -> Result<(), StoreError> {
        drop(self.preparing);
        if self.is_new { self.store.remove() } else { self.store.tidy_up(false) }
    }

    /// Whether figures that stand under the name are put aside.
    pub(crate) fn puts_aside(&self) -> bool {
        matches!(self.standing, Standing::Aside { .. })
    }

    /// Writes the manifest. Figures that this run does not have are kept before, and what an earlier
    /// manifest's rows gave goes.
    pub(crate) fn begin(
        &mut self,
        jobs: usize,
        listener: &dyn Listener,
    ) -> Result<Begun, StoreError> {
        self.manifest.environment.jobs = jobs;
        let told = std::mem::take(&mut self.told);
        let tell = |text: String| {
            let set = self.spec.set_name().map(str::to_owned);
            listener.event(&Event::Told { set, text });
        };
        if let Standing::Aside { manifest, why } = &self.standing {
            let kept = self.store.keep_earlier(manifest.as_deref())?;
            listener.event(&told_aside(self.spec, manifest.is_some(), why, &kept));
        }
        told.into_iter().for_each(tell);
        forget_other_rows(&self.store, &self.manifest)?;
        let store = &self.store;
        let (_, audit) = store.or_set_aside(&store.audit_path(), store.audit())?;
        let (_, scatter) = store.or_set_aside(&store.projection_path(), store.projection())?;
        audit.into_iter().chain(scatter).for_each(tell);
        self.store.write_manifest(&self.manifest)?;
        let trials = self.trials.take().unwrap_or_else(|| Trials::not_run(&self.manifest));
        Ok(Begun { trials, preparing: self.preparing.take() })
    }
}

/// Says that figures of another experiment, or of an unknown one, are kept.
pub(crate) fn told_aside(spec: &Spec, is_known: bool, why: &str, kept: &Path) -> Event {
    let kept = kept.display();
    let what = match is_known {
        true => "the results here were others",
        false => "it cannot be told whose results are here",
    };
    let text = format!("{what} ({why}); their figures are kept in {kept}");
    Event::Told { set: spec.set_name().map(str::to_owned), text }
}

/// What [`Opened::begin`] hands on.
pub(crate) struct Begun {
    trials: Trials,
    preparing: Option<Claim>,
}

/// One position per address that is left to run, in order.
fn pending(trials: &Trials) -> Vec<usize> {
    let mut seen = HashSet::new();
    let left = trials.results().iter().enumerate().filter(|(_, result)| !result.is_completed());
    left.filter(|(_, result)| seen.insert(result.trial.id.as_str())).map(|(at, _)| at).collect()
}

pub(crate) fn manifest(plan: &Plan, store: &Store) -> Manifest {
    let spec = &plan.spec;
    Manifest {
        format_version: FORMAT_VERSION,
        experiment: spec.experiment.clone(),
        spec_path: spec.path().display().to_string(),
        spec_file: name_owner::seen_from(store.dir(), spec.path()),
        spec_text: Some(spec.text().to_owned()),
        overrides: spec.overrides.clone(),
        data: plan.data.clone(),
        files: spec.sources().flat_map(Source::contents).collect(),
        trials: plan.trials.iter().map(|trial| trial.info.clone()).collect(),
        anchors: spec.anchors.clone(),
        measured_epochs: spec.measured_epochs.clone(),
        oddbench: crate::VERSION.to_owned(),
        git_revision: machine::git_revision(),
        devices: machine::devices(&spec.backends),
        environment: machine::environment(1),
    }
}

/// A scatter or an audit of other rows must not stand beside these trials; they go before the manifest changes.
pub(crate) fn forget_other_rows(store: &Store, manifest: &Manifest) -> Result<(), StoreError> {
    let rows = |of: &Manifest| rows_address(of, None, None);
    let same = match store.manifest() {
        Ok(earlier) => rows(&earlier) == rows(manifest),
        // There is no manifest, or this version cannot read it. It is about to be replaced.
        Err(_) => false,
    };
    if same { Ok(()) } else { store.forget_rows() }
}

/// Keeps the trials, `summary.csv`, `operator.csv` and the counts of an experiment while its trials end.
pub(crate) struct Work<'a> {
    opened: &'a Opened<'a>,
    listener: &'a dyn Listener,
    trials: Trials,
    counts: RunSummary,
    pace: Pace,
    rows: RowFacts,
    /// The number of its first trial in events.
    first: usize,
    /// Held until the rows are there.
    preparing: Option<Claim>,
    /// Why its trials cannot be run.
    pub(crate) trouble: Option<RunError>,
}

impl<'a> Work<'a> {
    /// Writes the tables of what is done already.
    pub(crate) fn begin(
        opened: &'a Opened<'a>,
        begun: Begun,
        listener: &'a dyn Listener,
        first: usize,
    ) -> Result<Self, StoreError> {
        let Opened { store, manifest, .. } = opened;
        let Begun { trials, preparing } = begun;
        store.write_tables(manifest, &trials)?;
        let cached = trials.results().iter().filter(|result| result.is_completed()).count();
        let counts = RunSummary {
            experiment: manifest.experiment.name.clone(),
            dir: store.dir().to_owned(),
            completed: 0,
            cached,
            failed: 0,
            interrupted: false,
            timed_out: false,
        };
        let rows = RowFacts { projection: store.projection()?, audit: store.audit()? };
        let pace = Pace::default();
        Ok(Self { opened, listener, trials, counts, pace, rows, first, preparing, trouble: None })
    }

    /// The numbers of the trials that are done already.
    pub(crate) fn cached(&self) -> Vec<usize> {
        let done = self.trials.results().iter().enumerate();
        done.filter(|(_, result)| result.is_completed()).map(|(at, _)| self.first + at).collect()
    }

    /// Prepares the rows if trials are left, or what a report says of the rows is missing.
    pub(crate) fn prepare(
        &mut self,
        cache: &Cache,
        listener: &dyn Listener,
    ) -> Result<(), RunError> {
        let Opened { spec, store, manifest, pending, .. } = self.opened;
        let pending = &without_rows(store, manifest, pending, prepared_file::is_whole);
        let made =
            match pending.is_empty() && self.rows.projection.is_some() && self.rows.audit.is_some()
            {
                true => Ok(()),
                false => Preparation { spec, store, manifest, pending, listener }
                    .run(cache, &mut self.rows),
            };
        self.preparing = None;
        made
    }

    /// Its trials that are to be run.
    fn queue(&self) -> impl Iterator<Item = Queued<'a>> {
        let Opened { store, manifest, pending, fresh, .. } = self.opened;
        let first = self.first;
        let runnable = if self.trouble.is_none() { pending.as_slice() } else { &[] };
        runnable.iter().map(move |&position| Queued {
            store,
            manifest,
            position,
            number: first + position,
            fresh: *fresh,
        })
    }

    /// Keeps the result of a trial for every position that has its address.
    fn ended(&mut self, trial: usize, result: TrialResult) -> Result<(), StoreError> {
        let Opened { store, manifest, .. } = self.opened;
        let trials = manifest.trials.iter().enumerate();
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
                trial: self.first + position,
                outcome: record.outcome.clone(),
                roc_auc: first.and_then(|evaluation| evaluation.metrics[Metric::RocAuc]),
                f1: first.and_then(|evaluation| evaluation.metrics[Metric::F1]),
            };
            self.trials.put(position, result);
            self.pace.after_change(|| store.write_tables(manifest, &self.trials))?;
            self.listener.event(&done);
        }
        Ok(())
    }

    /// Writes the tables if trials have ended since they were written.
    fn catch_up(&mut self) -> Result<(), StoreError> {
        let Opened { store, manifest, .. } = self.opened;
        self.pace.catch_up(|| store.write_tables(manifest, &self.trials))
    }

    /// Whether trials were left to somebody else.
    fn goes_on_elsewhere(&self) -> bool {
        let mut pending = self.opened.pending.iter();
        pending.any(|&position| self.trials.results()[position].record.is_none())
    }

    fn run_ensembles(&mut self, cancel: &AtomicBool) -> Result<(), StoreError> {
        let Opened { plan, store, manifest, ensembles, fresh, .. } = self.opened;
        let earlier = if *fresh { Earlier::IsReplaced } else { Earlier::Stays };
        for &position in ensembles {
            let trial = &plan.trials[position];
            // Members are missing for a trial that was cancelled, cannot run or is running elsewhere.
            let stopped = cancel.load(Ordering::Relaxed)
                || self.trouble.is_some()
                || self.goes_on_elsewhere();
            let Some(settings) = trial.ensemble.filter(|_| !stopped) else { continue };
            self.listener.event(&Event::Started { trial: self.first + position });
            let others = self.trials.results();
            let result = ensemble::run(store, manifest, trial, &settings, others, earlier)?;
            self.ended(position, result)?;
        }
        self.catch_up()
    }

    /// Its lines of a suite's `summary.csv`.
    pub(crate) fn summary_of_set(&self, set: &str) -> String {
        self.trials.summary_of_set(&self.opened.manifest, set)
    }

    /// Removes the prepared rows and gives everything that a report is made from, and why trials could
    /// not be run.
    pub(crate) fn finish(self, cancel: &AtomicBool) -> Result<(Run, Option<RunError>), StoreError> {
        let Opened { store, manifest, .. } = self.opened;
        let mut summary = self.counts.clone();
        let over = summary.completed + summary.cached + summary.failed;
        let left = over < manifest.trials.len();
        let stopped = cancel.load(Ordering::Relaxed);
        summary.interrupted =
            left && self.trouble.is_none() && (stopped || self.goes_on_elsewhere());
        if !left {
            slurm::collected(store, summary.failed > 0)?;
        }
        store.tidy_up(left && self.trouble.is_none())?;
        let (trials, sweeps) = self.trials.finish(store)?;
        let RowFacts { projection, audit } = self.rows;
        let manifest = manifest.clone();
        let results = ExperimentResults { manifest, trials, sweeps, projection, audit };
        Ok((Run { summary, results }, self.trouble))
    }
}

/// Runs the trials that are left, all in one queue, then the ensembles of each experiment.
pub(crate) fn execute(
    works: &mut [Work<'_>],
    jobs: usize,
    options: &RunOptions<'_>,
    listener: &dyn Listener,
) -> Result<(), RunError> {
    let queue: Vec<Queued<'_>> = works.iter().flat_map(Work::queue).collect();
    if !queue.is_empty() {
        let kin = |work: &Work<'_>| store::kin(&options.results, work.opened.spec);
        let kin: Vec<Store> = works.iter().flat_map(kin).collect();
        let limits = works.first().map(|work| work.opened.spec.run_limits);
        let stated = limits.and_then(|limits| limits.max_memory_mb);
        let batch = Batch {
            trials: &queue,
            jobs,
            max_memory_mb: options.max_memory_mb.or(stated),
            kin: &kin,
            wait_for_others: true,
            together: options.together,
            cancel: options.cancel,
        };
        let mut ended = |number: usize, result| {
            let at = works.partition_point(|work| work.first <= number).saturating_sub(1);
            let work = &mut works[at];
            work.ended(number - work.first, result)
        };
        let executed = options.executor.execute(&batch, listener, &mut ended);
        let caught_up = works.iter_mut().try_for_each(Work::catch_up);
        executed?;
        caught_up?;
    }
    works.iter_mut().try_for_each(|work| work.run_ensembles(options.cancel))?;
    Ok(())
}
