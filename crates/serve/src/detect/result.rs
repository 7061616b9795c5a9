//! `GET /api/jobs/{id}/result` and the scatter of two columns: what the page draws and counts from.

use axum::Json;
use axum::extract::{Path, Query, State};
use oddbench_core::FeatureKind;
use oddbench_core::metrics::{average_precision, roc_auc};
use oddbench_core::record::Projection;
use oddbench_data::columns::ColumnVerdict;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::download::free_prefix;
use super::jobs::Job;
use super::labels::Truth;
use super::request::{FitOn, JobRequest};
use crate::error::{Answer, ApiError};
use crate::models::{NamedColumn, Threshold, thresholds};
use crate::page::evenly;
use crate::page_words::in_page_words;
use crate::score::{UnseenCategory, unseen};
use crate::state::App;

/// Points of a scatter at most.
const MOST_POINTS: usize = 20_000;

/// What a job has found: what a page counts and draws from.
#[derive(Debug, Serialize, JsonSchema)]
pub struct JobResult {
    job: String,
    upload: String,
    model: String,
    model_name: String,
    kind: String,
    rows: usize,
    threshold: Option<f64>,
    thresholds: Vec<Threshold>,
    /// Of every row, in the upload's order.
    scores: Vec<f64>,
    /// `0` or `1` for each row, if a column holds the truth.
    labels: Option<String>,
    label_column: Option<String>,
    /// The classes that are normal.
    normal: Option<Vec<String>>,
    classes: Option<Vec<String>>,
    class_codes: Option<Vec<u16>>,
    roc_auc: Option<f64>,
    average_precision: Option<f64>,
    #[schemars(with = "Option<Plane>")]
    projection: Option<Projection>,
    columns: Vec<NamedColumn>,
    /// The columns that the model reads.
    reads: Vec<String>,
    /// The experiment of the model, if it is of one.
    experiment: Option<String>,
    /// Every parameter of the model.
    params: Value,
    /// What the model was fitted on; null where it existed already.
    fitted: Option<Fitted>,
    explains: bool,
    unseen: Vec<UnseenCategory>,
    /// What a fit took each column for; empty where a saved model scored.
    verdicts: Vec<Verdict>,
    notes: Vec<String>,
    /// The prefix of the columns that the download adds. It is empty, unless the upload already has a column with one of
    /// their names.
    download_prefix: String,
}

/// What a model was fitted on.
#[derive(Debug, Serialize, JsonSchema)]
struct Fitted {
    on: FitOn,
    rows: usize,
    /// The upload's id and name.
    upload: String,
    upload_name: String,
    /// How many of the rows are outliers by the label; null where it says nothing of them.
    outliers: Option<usize>,
}

fn fitted(job: &Job, truth: Option<&Truth>) -> Option<Fitted> {
    let (training, JobRequest::Fit { fit_on, .. }) = (job.training()?, &job.request) else {
        return None;
    };
    // The label that judges these rows says nothing of another upload's.
    let truth = truth.filter(|_| training.upload.id == job.upload.id);
    let outliers = truth.map(|truth| match &training.rows {
        None => truth.outliers.iter().filter(|outlier| **outlier).count(),
        Some(rows) => rows.iter().filter(|&&row| truth.outliers[row]).count(),
    });
    Some(Fitted {
        on: *fit_on,
        rows: training.count(),
        upload: training.upload.id.clone(),
        upload_name: training.upload.name.clone(),
        outliers,
    })
}

/// What a fit took a column for.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "ColumnVerdict")]
pub struct Verdict {
    name: String,
    /// Whether the model learned from it.
    feature: bool,
    /// What it is taken for: a number, an identifier, a label, ...
    role: &'static str,
    /// Why.
    reason: String,
    /// What a reader may want to know of a feature.
    note: Option<String>,
    /// Rows without a value, and with an infinite one, which counts as missing.
    missing: u64,
    infinite: u64,
}

impl From<&ColumnVerdict> for Verdict {
    fn from(column: &ColumnVerdict) -> Self {
        Self {
            name: column.name.clone(),
            feature: column.kind.is_some(),
            role: column.role.words(),
            reason: column.reason.clone(),
            note: column.note.clone(),
            missing: column.missing,
            infinite: column.infinite,
        }
    }
}

/// Rows on the plane of their largest variance.
#[derive(JsonSchema)]
#[schemars(rename = "Projection")]
#[expect(
    dead_code,
    reason = "core's type has no schema; this describes it, and a test holds them equal"
)]
pub struct Plane {
    positions: Vec<u32>,
    x: Vec<f32>,
    y: Vec<f32>,
    /// Share of the variance on each axis.
    explained: [f64; 2],
}

/// `0` for an inlier, `1` for an outlier.
pub fn digits(labels: impl Iterator<Item = bool>) -> String {
    labels.map(|label| if label { '1' } else { '0' }).collect()
}

/// The result.
pub async fn result(State(app): State<App>, Path(id): Path<String>) -> Answer<Json<JobResult>> {
    let job = app.detect.job(&id)?;
    app.detect.upload(&job.upload.id, &app.limits)?;
    app.compute(move || of(&job).map(Json)).await
}

/// The answer about a job that is done.
pub fn of(job: &Job) -> Answer<JobResult> {
    let outcome = job.result()?;
    let info = outcome.model.info();
    let scores = &outcome.scored.scores;
    let truth = job.truth();
    let truth = truth.as_deref();
    let labels = truth.map(|truth| &truth.outliers);
    let column = |(name, kind): &(String, Option<FeatureKind>)| NamedColumn {
        name: name.clone(),
        kind: *kind,
    };
    Ok(JobResult {
        job: job.id.clone(),
        upload: job.upload.id.clone(),
        model: job.model_id(),
        model_name: info.name.clone(),
        kind: info.kind.clone(),
        rows: scores.len(),
        threshold: outcome.threshold,
        thresholds: thresholds(info),
        scores: scores.clone(),
        labels: labels.map(|labels| digits(labels.iter().copied())),
        label_column: truth.map(|truth| truth.column.clone()),
        normal: truth.map(|truth| truth.normal.clone()),
        fitted: fitted(job, truth),
        experiment: info.experiment.clone(),
        params: info.params.clone(),
        reads: info.columns.iter().map(|column| column.name.clone()).collect(),
        classes: truth.map(|truth| truth.classes.names.clone()),
        class_codes: truth.map(|truth| truth.classes.codes.clone()),
        roc_auc: labels.and_then(|labels| roc_auc(labels, scores)),
        average_precision: labels.and_then(|labels| average_precision(labels, scores)),
        projection: outcome.projection.clone(),
        columns: job.upload.kinds.iter().map(column).collect(),
        explains: outcome.scored.contributions.is_some(),
        unseen: unseen(&outcome.scored),
        verdicts: match job.fits() {
            true => outcome.model.verdicts().iter().map(Verdict::from).collect(),
            false => Vec::new(),
        },
        download_prefix: free_prefix(&job.upload.rows),
        notes: outcome.notes.iter().chain(&info.notes).map(|note| in_page_words(note)).collect(),
    })
}

/// Which columns.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ScatterQuery {
    /// A column.
    x: String,
    /// A column.
    y: String,
    /// Points, at most 20,000.
    #[serde(default = "usual_points")]
    n: usize,
}

fn usual_points() -> usize {
    5_000
}

/// Two columns of evenly spaced rows: values, or codes of levels.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Scatter {
    positions: Vec<usize>,
    x: Vec<Option<f64>>,
    y: Vec<Option<f64>>,
    x_levels: Option<Vec<String>>,
    y_levels: Option<Vec<String>>,
}

/// `GET /api/jobs/{id}/scatter`.
pub async fn scatter(
    State(app): State<App>,
    Path(id): Path<String>,
    Query(query): Query<ScatterQuery>,
) -> Answer<Json<Scatter>> {
    let job = app.detect.job(&id)?;
    app.compute(move || {
        let positions = evenly(job.upload.rows.len(), query.n.min(MOST_POINTS));
        let (x, x_levels) = axis(&job, &query.x, &positions)?;
        let (y, y_levels) = axis(&job, &query.y, &positions)?;
        Ok(Json(Scatter { positions, x, y, x_levels, y_levels }))
    })
    .await
}

/// The values of an axis, and the names of its levels if it has any.
type Axis = (Vec<Option<f64>>, Option<Vec<String>>);

/// A column's values: numbers, or codes of levels; `None` where a value is missing.
fn axis(job: &Job, name: &str, positions: &[usize]) -> Answer<Axis> {
    let rows = &job.upload.rows;
    let at = rows.position(name).ok_or_else(|| {
        ApiError::bad(format!("there is no column {name:?}"), "columns of the result names them")
    })?;
    let texts = positions.iter().map(|&row| rows.text(row, at).trim());
    let numeric =
        job.upload.kinds.get(at).is_some_and(|(_, kind)| *kind == Some(FeatureKind::Numeric));
    if numeric {
        let number = |text: &str| text.parse::<f64>().ok().filter(|value| value.is_finite());
        return Ok((texts.map(number).collect(), None));
    }
    let mut levels: Vec<String> =
        texts.clone().filter(|text| !text.is_empty()).map(str::to_owned).collect();
    levels.sort();
    levels.dedup();
    // There are far fewer than 2^52 levels.
    let code = |text: &str| {
        levels.binary_search_by(|level| level.as_str().cmp(text)).ok().map(|at| at as f64)
    };
    let codes = texts.map(code).collect();
    Ok((codes, Some(levels)))
}
