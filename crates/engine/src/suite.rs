//! A run over several data sets: one plan, one queue of trials, one summary; every data set has its
//! own folder. A data set that is not available does not stop the others.

use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};

use oddbench_core::record::{FORMAT_VERSION, SuiteManifest, SuiteSet};

use crate::deadline::within;
use crate::machine;
use crate::name_owner;
use crate::progress::{Event, Listener, RunSummary};
use crate::run::{Run, RunError, RunOptions};
use crate::spec::Suite;
use crate::store::{Lock, Store, SuiteStore};
use crate::work::{Opened, Work, execute};

/// What a run over several data sets leaves.
#[derive(Debug)]
pub struct SuiteRun {
    /// Counts over all data sets.
    pub summary: RunSummary,
    /// What is stored of it as a whole.
    pub manifest: SuiteManifest,
    /// One per data set, in the file's order.
    pub sets: Vec<SetRun>,
}

/// What a run leaves of one data set.
#[derive(Debug)]
pub struct SetRun {
    /// Its name.
    pub name: String,
    /// What is there: less than planned if there is trouble.
    pub run: Run,
    /// Why its trials could not be run.
    pub trouble: Option<RunError>,
}

/// Runs the trials that are not done yet on every data set. A fault of one data set is kept beside its
/// results; a fault of the plan or of the results folder ends the run.
pub fn run_suite(
    suite: &Suite,
    options: &RunOptions<'_>,
    listener: &dyn Listener,
) -> Result<SuiteRun, RunError> {
    // The section occurs once and applies to all data sets.
    let limit = suite.sets.first().and_then(|set| set.spec.run_limits.timeout_seconds);
    let (run, timed_out) = within(limit, options.cancel, || run_all(suite, options, listener));
    let mut run = run?;
    run.summary.timed_out = timed_out && run.summary.interrupted;
    listener.event(&Event::Finished { summary: run.summary.clone() });
    Ok(run)
}

fn run_all(
    suite: &Suite,
    options: &RunOptions<'_>,
    listener: &dyn Listener,
) -> Result<SuiteRun, RunError> {
    let store = SuiteStore::at(&options.results.join(&suite.name));
    let _lock = locked(&store, options.cancel)?;
    let mut manifest = manifest(suite, &store);
    let dropped = name_owner::dropped_sets(&store, &manifest, options.replace)?;
    let opened = suite.sets.iter().map(|set| Opened::open(&set.spec, options, listener));
    let mut opened = opened.collect::<Result<Vec<_>, _>>()?;
    let left = opened.iter().map(Opened::left).sum::<usize>();
    let jobs = options.jobs.unwrap_or_else(machine::cores).clamp(1, left.max(1));
    if dropped || opened.iter().any(Opened::puts_aside) {
        store.keep_earlier()?;
    }
    let begun: Vec<_> =
        opened.iter_mut().map(|one| one.begin(jobs, listener)).collect::<Result<_, _>>()?;
    store.write_manifest(&manifest)?;
    let (mut works, mut first) = (Vec::new(), 0);
    for (one, begun) in opened.iter().zip(begun) {
        works.push(Work::begin(one, begun, listener, first)?);
        first += one.manifest.trials.len();
    }
    listener.event(&planned(suite, &opened, &works, jobs));
    prepare(suite, &mut works, &mut manifest, options, listener);
    store.write_manifest(&manifest)?;
    execute(&mut works, jobs, options, listener)?;
    let named = suite.sets.iter().zip(&works);
    store.write_summary(named.map(|(set, work)| work.summary_of_set(&set.name)))?;
    let mut sets = Vec::new();
    for (set, work) in suite.sets.iter().zip(works) {
        let (run, trouble) = work.finish(options.cancel)?;
        sets.push(SetRun { name: set.name.clone(), run, trouble });
    }
    let summary = total(suite, &store, &sets);
    Ok(SuiteRun { summary, manifest, sets })
}

/// Takes the lock of a run. Whoever has the claim may hold the lock for a moment.
fn locked(store: &SuiteStore, cancel: &AtomicBool) -> Result<Lock, RunError> {
    let whole = Store::at(store.dir());
    let claim = whole.claim_preparation(cancel, &mut |_| {})?.ok_or(RunError::Interrupted)?;
    let lock = store.open();
    drop(claim);
    whole.sweep_claims()?;
    Ok(lock?)
}

/// Takes the name of a suite for some of its trials. Refuses a name that another suite has. Writes `suite.json` if
/// it is not there.
pub(crate) fn claim_name(
    suite: &Suite,
    results: &Path,
    cancel: &AtomicBool,
) -> Result<(), RunError> {
    let store = SuiteStore::at(&results.join(&suite.name));
    let manifest = manifest(suite, &store);
    name_owner::dropped_sets(&store, &manifest, false)?;
    if SuiteStore::is_at(store.dir()) {
        return Ok(());
    }
    let whole = Store::at(store.dir());
    let claim = whole.claim_preparation(cancel, &mut |_| {})?.ok_or(RunError::Interrupted)?;
    if !SuiteStore::is_at(store.dir()) {
        let _lock = store.open()?;
        store.write_manifest(&manifest)?;
    }
    drop(claim);
    whole.sweep_claims()?;
    Ok(())
}

fn manifest(suite: &Suite, store: &SuiteStore) -> SuiteManifest {
    let set = |name: &String| SuiteSet { name: name.clone(), trouble: None };
    SuiteManifest {
        format_version: FORMAT_VERSION,
        name: suite.name.clone(),
        description: suite.description.clone(),
        spec_path: suite.path().display().to_string(),
        spec_file: name_owner::seen_from(store.dir(), suite.path()),
        spec_text: Some(suite.text().to_owned()),
        overrides: suite.overrides.clone(),
        sets: suite.sets.iter().map(|of| set(&of.name)).collect(),
        oddbench: crate::VERSION.to_owned(),
    }
}

/// All trials, with the data set in front of each name.
fn planned(suite: &Suite, opened: &[Opened<'_>], works: &[Work<'_>], jobs: usize) -> Event {
    let mut trials = Vec::new();
    for (set, one) in suite.sets.iter().zip(opened) {
        for trial in &one.manifest.trials {
            let mut trial = trial.clone();
            trial.name = format!("{}: {}", set.name, trial.name);
            trials.push(trial);
        }
    }
    let cached = works.iter().flat_map(Work::cached).collect();
    Event::Planned { experiment: suite.name.clone(), trials, cached, jobs }
}

/// Prepares the rows of every data set before any trial starts: faults are reported early.
fn prepare(
    suite: &Suite,
    works: &mut [Work<'_>],
    manifest: &mut SuiteManifest,
    options: &RunOptions<'_>,
    listener: &dyn Listener,
) {
    let sets = suite.sets.iter().zip(works).zip(&mut manifest.sets);
    for ((set, work), kept) in sets {
        if options.cancel.load(Ordering::Relaxed) {
            return;
        }
        let named = Named { set: &set.name, listener };
        if let Err(error) = work.prepare(options.cache, &named) {
            let message = error.to_string();
            listener.event(&Event::SetFailed { set: set.name.clone(), message: message.clone() });
            kept.trouble = Some(message);
            work.trouble = Some(error);
        }
    }
}

fn total(suite: &Suite, store: &SuiteStore, sets: &[SetRun]) -> RunSummary {
    let sum =
        |count: fn(&RunSummary) -> usize| sets.iter().map(|set| count(&set.run.summary)).sum();
    RunSummary {
        experiment: suite.name.clone(),
        dir: store.dir().to_owned(),
        completed: sum(|summary| summary.completed),
        cached: sum(|summary| summary.cached),
        failed: sum(|summary| summary.failed),
        timed_out: false,
        interrupted: sets.iter().any(|set| set.run.summary.interrupted),
    }
}

/// Names the data set in the notes about its rows.
struct Named<'a> {
    set: &'a str,
    listener: &'a dyn Listener,
}

impl Listener for Named<'_> {
    fn event(&self, event: &Event) {
        let mut event = event.clone();
        if let Event::Preparing { set, .. } | Event::Prepared { set, .. } = &mut event {
            *set = Some(self.set.to_owned());
        }
        self.listener.event(&event);
    }
}
