//! From the results folder to what a report is made from. Figures are computed here, from the stored
//! scores: changing a threshold or a metric never needs a fit.

use oddbench_core::evaluate::{EvaluateError, evaluate};
use oddbench_core::record::{ExperimentResults, Manifest, Outcome, Record, TrialInfo, TrialResult};
use oddbench_core::sweeps::{Sweep, Tried, shown, sweeps};
use oddbench_data::scores;

use super::each::each;
use super::{Store, StoreError};

/// Every trial of the manifest with its record, scores and evaluations.
pub(super) fn results(store: &Store) -> Result<ExperimentResults, StoreError> {
    let manifest = store.manifest()?;
    let (projection, audit) = (store.projection()?, store.audit()?);
    let read = |at: usize| trial_result(store, &manifest, &manifest.trials[at]);
    let trials = each(manifest.trials.len(), read)?;
    let sweeps = sweeps(trials.iter().map(|trial| (&trial.trial, tried(trial))));
    let trials = winners(trials, &sweeps);
    Ok(ExperimentResults { manifest, trials, sweeps, projection, audit })
}

/// How a trial counts in its sweep.
pub(super) fn tried(result: &TrialResult) -> Tried {
    match (&result.record, &result.scores, &result.trial.sweep) {
        (None, _, _) => Tried::Missing,
        (Some(_), Some(scores), Some(point)) => Tried::Scored(point.select.of(&scores.validation)),
        (Some(_), _, _) => Tried::Failed,
    }
}

/// The trials that a reader sees: all but those of sweeps, and of a sweep the winner's. A sweep that is
/// not decided is there with its first trial, as not run.
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
    let record = store.record(&trial.id)?;
    let completed = |record: &Record| matches!(record.outcome, Outcome::Completed { .. });
    if !record.as_ref().is_some_and(completed) {
        return Ok(without_scores(trial, record));
    }
    let dir = store.trial_dir(&trial.id);
    let path = dir.join("scores.parquet");
    let scores = scores::read(&path).map_err(|error| StoreError::Corrupt {
        path,
        message: error.to_string(),
        remedy: format!("delete the folder {} and run the experiment again", dir.display()),
    })?;
    let native = record.as_ref().and_then(|record| native_threshold(&record.outcome));
    let refused = |error: EvaluateError| StoreError::Evaluate {
        name: trial.name.clone(),
        id: trial.id.clone(),
        message: error.to_string(),
    };
    let rules = manifest.thresholds.iter();
    let evaluations = rules
        .map(|settings| evaluate(&scores, settings, native))
        .collect::<Result<Vec<_>, _>>()
        .map_err(refused)?;
    let transfer = match &scores.transfer {
        None => vec![],
        Some(part) => evaluations
            .iter()
            .map(|evaluation| evaluation.transferred(part))
            .collect::<Result<_, _>>()
            .map_err(refused)?,
    };
    Ok(TrialResult { trial: trial.clone(), record, scores: Some(scores), evaluations, transfer })
}

/// A trial that has failed or was not run.
pub(super) fn without_scores(trial: &TrialInfo, record: Option<Record>) -> TrialResult {
    TrialResult {
        trial: trial.clone(),
        record,
        scores: None,
        evaluations: vec![],
        transfer: vec![],
    }
}

fn native_threshold(outcome: &Outcome) -> Option<f64> {
    match outcome {
        Outcome::Completed { native_threshold, .. } => *native_threshold,
        Outcome::Failed { .. } => None,
    }
}
