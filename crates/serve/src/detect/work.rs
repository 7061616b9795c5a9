//! The work of a job: fit if that is asked for, then score, explain and project.

use std::sync::Arc;
use std::time::Instant;

use oddbench_core::preprocess::{Encode, Scale, Transform};
use oddbench_core::{Epoch, Watch};
use oddbench_data::columns::{Choices, Remedies, Role};
use oddbench_engine::scoring::{
    FitRequest, SavedModel, ScoringError, fit_part, fit_unlabelled, percent_notes,
};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::jobs::{Ending, Job};
use super::outcome::Outcome;
use super::request::{Checked, JobRequest};
use super::uploads::Upload;
use crate::error::ApiError;

/// The share of a job's progress that is the fit.
const FIT: f64 = 0.8;

/// Does it.
pub fn work(job: &Job, deadline: Instant) -> Result<Outcome, Ending> {
    let model = match &job.checked {
        Checked::Score(model) => Arc::clone(model),
        Checked::Fit(_) => Arc::new(fit(job, deadline)?),
    };
    let fitted = if job.fits() { FIT } else { 0.0 };
    job.stage("scoring", fitted);
    let scored = model.score_rows(&job.upload.rows)?;
    if job.cancelled() {
        return Err(Ending::Cancelled);
    }
    job.stage("projecting", 0.95);
    // The notes of a fit on these rows say it already.
    let of_fit = job.training().is_some_and(|training| training.upload.id == job.upload.id);
    let notes = if of_fit { Vec::new() } else { percent_notes(&model, &scored.percent_signs) };
    let mut outcome = Outcome::new(&job.upload, model, scored)?;
    outcome.notes.extend(notes);
    Ok(outcome)
}

fn fit(job: &Job, deadline: Instant) -> Result<SavedModel, Ending> {
    let (
        JobRequest::Fit { kind, params, seed, quantile, encode, scale, transform, .. },
        Some(training),
    ) = (&job.request, job.training())
    else {
        return Err(ApiError::internal("not a fit").into());
    };
    job.stage("fitting", 0.0);
    let request = FitRequest {
        kind: kind.clone(),
        params: params.clone().unwrap_or_else(|| json!({})),
        seed: seed.unwrap_or(1),
        quantile: quantile.unwrap_or(0.95),
        name: training.upload.name.clone(),
        source: training.upload.name.clone(),
        choices: choices(job, &training.upload),
        encode: word(encode.as_ref(), Encode::OneHot)?,
        scale: word(scale.as_ref(), Scale::MinMax)?,
        transform: word(transform.as_ref(), Transform::None)?,
        remedies: Remedies::Page,
        ..FitRequest::default()
    };
    let mut watch = Follow { job, deadline };
    let rows = &training.upload.rows;
    let fitted = match &training.rows {
        None => fit_unlabelled(rows, &request, &mut watch),
        Some(some) => fit_part(rows, some, &request, &mut watch),
    };
    fitted.map_err(|error| match error {
        ScoringError::Cancelled if job.cancelled() => Ending::Cancelled,
        ScoringError::Cancelled => Ending::Failed(ApiError::unusable(
            "the fit took longer than a job may",
            "give fewer rows or columns, or choose a quicker kind of model",
        )),
        ScoringError::Table(message) => Ending::Failed(ApiError::unusable(
            message,
            "choose other columns or parameters, or another encoding of categories",
        )),
        other => Ending::Failed(other.into()),
    })
}

/// A word of preprocessing, which was checked when the request came.
fn word<T: DeserializeOwned>(word: Option<&String>, usual: T) -> Result<T, ApiError> {
    let read = |word: &String| serde_json::from_value(Value::String(word.clone()));
    word.map(read).transpose().map(|word| word.unwrap_or(usual)).map_err(ApiError::internal)
}

/// What the request decides about columns. A column that is named in `columns` is a feature, and one that
/// is not is none; without `columns` the judge decides. A column of numbers and texts is one of categories if
/// `columns` or `keep` names it; else the fit is refused, as that of the command is.
fn choices(job: &Job, training: &Upload) -> Choices {
    let JobRequest::Fit { columns, ignore, keep, categorical, label, .. } = &job.request else {
        return Choices::default();
    };
    // Another upload may lack columns that this one has.
    let here = |name: &&String| training.rows.position(name).is_some();
    let label = label.as_ref().map(|label| &label.column).filter(here);
    let names = training.rows.names().iter();
    let unnamed = |name: &&String| {
        Some(*name) != label
            && columns.as_ref().is_some_and(|columns| !columns.contains(name))
            && !keep.contains(name)
            && !categorical.contains(name)
    };
    let mut ignored: Vec<String> = names.filter(unnamed).cloned().collect();
    ignored.extend(ignore.iter().filter(here).cloned());
    let of_both = |name: &&String| here(name) && !ignored.contains(name) && Some(*name) != label;
    let mixed = training.judgement.columns.iter().filter(|column| column.role == Role::Mixed);
    let named = |name: &&String| columns.iter().flatten().chain(keep).any(|named| named == *name);
    let mixed: Vec<&String> = mixed.map(|column| &column.name).filter(named).collect();
    let wanted = columns.iter().flatten().chain(keep).filter(of_both);
    Choices {
        label: label.cloned(),
        keep: wanted.cloned().collect(),
        categorical: categorical.iter().chain(mixed).filter(of_both).cloned().collect(),
        ignore: ignored,
        ..Choices::default()
    }
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
