//! The work of a job: fit if that is asked for, then score, explain and project.

use std::sync::Arc;
use std::time::Instant;

use oddbench_core::{Epoch, Watch};
use oddbench_engine::scoring::{FitRequest, SavedModel, ScoringError, fit_unlabelled};
use serde_json::json;

use super::jobs::{Ending, Job};
use super::outcome::Outcome;
use super::request::JobRequest;
use crate::error::ApiError;

/// The share of a job's progress that is the fit.
const FIT: f64 = 0.8;

/// Does it.
pub fn work(job: &Job, deadline: Instant) -> Result<Outcome, Ending> {
    let model = match (&job.request, &job.model) {
        (JobRequest::Score { .. }, Some(model)) => Arc::clone(model),
        (JobRequest::Score { .. }, None) => {
            return Err(ApiError::internal("a job to score has no model").into());
        }
        (JobRequest::Fit { .. }, _) => Arc::new(fit(job, deadline)?),
    };
    let fitted = if job.fits() { FIT } else { 0.0 };
    job.stage("scoring", fitted);
    let scored = model.score_rows(&job.upload.rows)?;
    if job.cancelled() {
        return Err(Ending::Cancelled);
    }
    job.stage("projecting", 0.95);
    Ok(Outcome::new(&job.upload, model, scored)?)
}

fn fit(job: &Job, deadline: Instant) -> Result<SavedModel, Ending> {
    let JobRequest::Fit { kind, params, seed, columns, quantile, label } = &job.request else {
        return Err(ApiError::internal("not a fit").into());
    };
    job.stage("fitting", 0.0);
    let label = label.as_ref().map(|label| label.column.as_str());
    let left_out = |name: &String| {
        Some(name.as_str()) == label
            || columns.as_ref().is_some_and(|columns| !columns.contains(name))
    };
    let mixed = job
        .upload
        .kinds
        .iter()
        .filter(|(_, kind)| *kind == Some(oddbench_core::FeatureKind::Categorical));
    let request = FitRequest {
        kind: kind.clone(),
        params: params.clone().unwrap_or_else(|| json!({})),
        seed: seed.unwrap_or(1),
        quantile: quantile.unwrap_or(0.95),
        name: job.upload.name.clone(),
        source: job.upload.name.clone(),
        ignore: job.upload.rows.names().iter().filter(|name| left_out(name)).cloned().collect(),
        categorical: mixed.map(|(name, _)| name.clone()).collect(),
        keep: columns.clone().unwrap_or_default(),
        ..FitRequest::default()
    };
    let mut watch = Follow { job, deadline };
    fit_unlabelled(&job.upload.rows, &request, &mut watch).map_err(|error| match error {
        ScoringError::Cancelled if job.cancelled() => Ending::Cancelled,
        ScoringError::Cancelled => Ending::Failed(ApiError::unusable(
            "the fit took longer than a job may",
            "give fewer rows or columns, or fewer epochs; `oddbench fit` has no such limit",
        )),
        other => Ending::Failed(other.into()),
    })
}

/// Tells the job of epochs, and the fit when to stop.
struct Follow<'a> {
    job: &'a Job,
    deadline: Instant,
}

impl Watch for Follow<'_> {
    fn epoch(&mut self, epoch: Epoch) {
        let done = f64::from(epoch.epoch) / f64::from(epoch.epochs.max(1));
        self.job.epoch(epoch, FIT * done);
    }

    // The model's own notes are part of what it is saved with.
    fn note(&mut self, _: &str) {}

    fn cancelled(&self) -> bool {
        self.job.cancelled() || Instant::now() > self.deadline
    }
}
