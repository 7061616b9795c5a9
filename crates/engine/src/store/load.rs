//! From the results folder to the input of a report. Figures are computed here, from the stored
//! scores: changing a threshold or a metric never needs a fit.

use oddbench_core::evaluate::{EvaluateError, evaluate};
use oddbench_core::operating::operating_points;
use oddbench_core::record::{Manifest, Outcome, Record, TrialInfo};
use oddbench_core::results::{ExperimentResults, TrialResult};
use oddbench_core::scores::Scores;
use oddbench_core::sweeps::{Failure, Sweep, TrialState, shown, sweeps};
use rayon::iter::{IntoParallelIterator, ParallelIterator};

use super::known_rows::KnownRows;
use super::{Store, StoreError, operator, summary};

/// Every trial of the manifest with its record, scores and evaluations.
pub(super) fn results(store: &Store) -> Result<ExperimentResults, StoreError> {
    let manifest = store.manifest()?;
    let (projection, audit) = (store.projection()?, store.audit()?);
    let (trials, sweeps) = Trials::read(store, &manifest)?.finish(store)?;
    Ok(ExperimentResults { manifest, trials, sweeps, projection, audit })
}

/// The trials of a manifest as far as they are known, in its order. Scores are read and judged once.
///
/// Those of a sweep's trials are not kept: only the winner's are shown, and there may be thousands.
pub(crate) struct Trials {
    results: Vec<TrialResult>,
    /// How each counts in its sweep.
    tried: Vec<TrialState>,
    /// The rows that their scores are of.
    known: KnownRows,
}

impl Trials {
    /// As if none had been run.
    pub(crate) fn not_run(manifest: &Manifest) -> Self {
        let blank = |trial: &TrialInfo| without_scores(trial, None);
        let results: Vec<_> = manifest.trials.iter().map(blank).collect();
        let known = KnownRows::default();
        Self { tried: vec![TrialState::Missing; results.len()], results, known }
    }

    /// As the results folder has them.
    pub(crate) fn read(store: &Store, manifest: &Manifest) -> Result<Self, StoreError> {
        let known = KnownRows::default();
        let read = |at: usize| {
            let result = trial_result(store, manifest, &manifest.trials[at])?;
            let tried = tried(&result);
            Ok((known.share(without_losing_scores(result)), tried))
        };
        let (results, tried) = each_trial(manifest, read)?.into_iter().unzip();
        Ok(Self { results, tried, known })
    }

    /// The same for a run: what is damaged is put aside and counts as not run. The second value says so, a
    /// line each.
    pub(crate) fn mended(
        store: &Store,
        manifest: &Manifest,
    ) -> Result<(Self, Vec<String>), StoreError> {
        let known = KnownRows::default();
        let read = |at: usize| {
            let (result, told) = store.mended(manifest, &manifest.trials[at])?;
            let tried = tried(&result);
            Ok((known.share(without_losing_scores(result)), (tried, told)))
        };
        let (results, rest): (_, Vec<_>) = each_trial(manifest, read)?.into_iter().unzip();
        let (tried, told): (_, Vec<Option<String>>) = rest.into_iter().unzip();
        Ok((Self { results, tried, known }, told.into_iter().flatten().collect()))
    }

    /// The trials, for reading.
    pub(crate) fn results(&self) -> &[TrialResult] {
        &self.results
    }

    /// Puts a new result in its place.
    pub(crate) fn put(&mut self, position: usize, result: TrialResult) {
        self.tried[position] = tried(&result);
        self.results[position] = self.known.share(without_losing_scores(result));
    }

    /// Failed trials count as not run: they run again.
    pub(crate) fn without_failed(mut self) -> Self {
        for (result, tried) in self.results.iter_mut().zip(&mut self.tried) {
            if !result.is_completed() {
                (result.record, *tried) = (None, TrialState::Missing);
            }
        }
        self
    }

    /// The text of `summary.csv`. In a sweep, only the winner's trials have figures of the test rows.
    pub(crate) fn summary(&self, manifest: &Manifest) -> String {
        summary::text(manifest, self.shown())
    }

    /// The text of `operator.csv`, of the same trials.
    pub(crate) fn operator(&self, manifest: &Manifest) -> String {
        operator::text(manifest, self.shown())
    }

    /// The lines of a suite's `summary.csv`: the same with the data set in front, without the head.
    pub(crate) fn summary_of_set(&self, manifest: &Manifest, set: &str) -> String {
        let mut text = String::new();
        summary::lines(&mut text, Some(set), manifest, self.shown());
        text
    }

    /// The trials, and whether each is shown with its figures.
    fn shown(&self) -> impl Iterator<Item = (&TrialResult, bool)> {
        let shown = shown(&self.sweeps(), self.results.len());
        self.results.iter().zip(shown)
    }

    fn sweeps(&self) -> Vec<Sweep> {
        let trials = self.results.iter().map(|result| &result.trial);
        sweeps(trials.zip(self.tried.iter().copied()))
    }

    /// What a report shows of them, and the sweeps. A sweep's winner is read again, for its scores.
    pub(crate) fn finish(
        self,
        store: &Store,
    ) -> Result<(Vec<TrialResult>, Vec<Sweep>), StoreError> {
        let mut sweeps = self.sweeps();
        sweeps.iter_mut().for_each(|sweep| add_records(sweep, &self.results));
        let mut shown = winners(self.results, &sweeps);
        for result in shown.iter_mut().filter(|result| !result.evaluations.is_empty()) {
            if let (None, Some(record)) = (&result.scores, &result.record) {
                result.scores = Some(store.scores(record)?);
            }
        }
        Ok((shown, sweeps))
    }
}

/// How a trial counts in its sweep.
fn tried(result: &TrialResult) -> TrialState {
    match (&result.record, &result.scores, &result.trial.sweep) {
        (None, _, _) => TrialState::Missing,
        (Some(_), Some(scores), Some(point)) => TrialState::Scored(
            point.select.best(&scores.validation.labels, &scores.validation.scores),
        ),
        (Some(_), _, _) => TrialState::Failed,
    }
}

/// What a report says of the trials of a sweep that it does not show: why some failed, and how many ran at a time.
fn add_records(sweep: &mut Sweep, results: &[TrialResult]) {
    let trials = sweep.configurations.iter().flat_map(|configuration| &configuration.trials);
    for result in trials.map(|&at| &results[at]) {
        let Some(record) = &result.record else { continue };
        sweep.jobs.push(record.environment.jobs);
        if let Outcome::Failed { stage, message } = &record.outcome {
            let (trial, message) = (result.trial.clone(), message.clone());
            sweep.failures.push(Failure { trial, stage: *stage, message });
        }
    }
    sweep.jobs.sort_unstable();
    sweep.jobs.dedup();
}

fn without_losing_scores(result: TrialResult) -> TrialResult {
    match result.trial.sweep {
        Some(_) => TrialResult { scores: None, ..result },
        None => result,
    }
}

/// The trials that a reader sees: a sweep shows only the trials of its winner. A sweep that is not decided
/// shows its first trial, as not run.
fn winners(trials: Vec<TrialResult>, sweeps: &[Sweep]) -> Vec<TrialResult> {
    let mut seen = shown(sweeps, trials.len());
    let mut blank = vec![false; trials.len()];
    for sweep in sweeps.iter().filter(|sweep| sweep.winner.is_none()) {
        if let Some(&first) = sweep.configurations.first().and_then(|first| first.trials.first()) {
            (seen[first], blank[first]) = (true, true);
        }
    }
    let marked = trials.into_iter().zip(seen.into_iter().zip(blank));
    let kept = marked.filter(|(_, (seen, _))| *seen);
    kept.map(|(result, (_, blank))| match blank {
        true => without_scores(&result.trial, None),
        false => result,
    })
    .collect()
}

/// One trial as the manifest names it.
pub(super) fn trial_result(
    store: &Store,
    manifest: &Manifest,
    trial: &TrialInfo,
) -> Result<TrialResult, StoreError> {
    match store.record(&trial.id)? {
        Some(record) if record.outcome.is_completed() => {
            let scores = store.scores(&record)?;
            judged(manifest, trial, record, scores)
        }
        record => Ok(without_scores(trial, record)),
    }
}

/// A completed trial with its scores under each threshold rule.
pub(crate) fn judged(
    manifest: &Manifest,
    trial: &TrialInfo,
    record: Record,
    scores: Scores,
) -> Result<TrialResult, StoreError> {
    let native = native_threshold(&record.outcome);
    let refused = |error: EvaluateError| StoreError::Evaluate {
        name: trial.name.clone(),
        id: trial.id.clone(),
        message: error.to_string(),
    };
    let rules = manifest.experiment.thresholds.iter();
    let evaluations = rules
        .map(|settings| evaluate(&scores, settings, native))
        .collect::<Result<Vec<_>, _>>()
        .map_err(refused)?;
    let transfer = match &scores.transfer {
        None => vec![],
        Some(part) => evaluations
            .iter()
            .map(|evaluation| evaluation.transferred(&scores.validation, part))
            .collect::<Result<_, _>>()
            .map_err(refused)?,
    };
    let settings = &manifest.experiment.operator;
    let (operating, transfer_operating) = operating_points(&scores, settings);
    let (trial, record, scores) = (trial.clone(), Some(record), Some(scores));
    Ok(TrialResult { trial, record, scores, evaluations, transfer, operating, transfer_operating })
}

/// What `read` makes of each trial of a manifest, in the manifest's order. The error is the first in that order.
fn each_trial<T: Send>(
    manifest: &Manifest,
    read: impl Fn(usize) -> Result<T, StoreError> + Sync,
) -> Result<Vec<T>, StoreError> {
    let all: Vec<_> = (0..manifest.trials.len()).into_par_iter().map(&read).collect();
    all.into_iter().collect()
}

/// A trial that has failed or was not run.
pub(crate) fn without_scores(trial: &TrialInfo, record: Option<Record>) -> TrialResult {
    TrialResult {
        trial: trial.clone(),
        record,
        scores: None,
        evaluations: vec![],
        transfer: vec![],
        operating: vec![],
        transfer_operating: vec![],
    }
}

fn native_threshold(outcome: &Outcome) -> Option<f64> {
    match outcome {
        Outcome::Completed { native_threshold, .. } => *native_threshold,
        Outcome::Failed { .. } => None,
    }
}
