//! `GET /api/jobs/{id}/result` and the scatter of two columns: what the page draws and counts from.

use axum::Json;
use axum::extract::{Path, Query, State};
use oddbench_core::FeatureKind;
use oddbench_core::metrics::{average_precision, roc_auc};
use serde::Deserialize;
use serde_json::{Value, json};

use super::jobs::Job;
use crate::error::{Answer, ApiError};
use crate::models::thresholds;
use crate::sample::evenly;
use crate::score::unseen;
use crate::state::App;

/// Points of a scatter at most.
const MOST_POINTS: usize = 20_000;

/// The result.
pub async fn result(State(app): State<App>, Path(id): Path<String>) -> Answer<Json<Value>> {
    let job = app.detect.job(&id)?;
    app.detect.upload(&job.upload.id, &app.limits)?;
    app.compute(move || Ok(Json(json_of(&job)?))).await
}

fn json_of(job: &Job) -> Answer<Value> {
    let outcome = job.result()?;
    let info = outcome.model.info();
    let scores = &outcome.scored.scores;
    let truth = job.truth.as_ref();
    let labels = truth.map(|truth| &truth.outliers);
    let columns: Vec<Value> =
        job.upload.kinds.iter().map(|(name, kind)| json!({ "name": name, "kind": kind })).collect();
    let mut notes = outcome.notes.clone();
    notes.extend(info.notes.iter().cloned());
    Ok(json!({
        "job": job.id, "upload": job.upload.id, "model": job.model_id(),
        "model_name": info.name, "kind": info.kind, "rows": scores.len(),
        "threshold": outcome.threshold, "thresholds": thresholds(info),
        "scores": scores,
        "labels": labels.map(|labels| labels.iter().map(|&l| if l { '1' } else { '0' }).collect::<String>()),
        "label_column": truth.map(|truth| &truth.column),
        "classes": truth.map(|truth| &truth.classes.names),
        "class_codes": truth.map(|truth| &truth.classes.codes),
        "roc_auc": labels.and_then(|labels| roc_auc(labels, scores)),
        "average_precision": labels.and_then(|labels| average_precision(labels, scores)),
        "projection": outcome.projection, "columns": columns,
        "explains": outcome.scored.contributions.is_some(),
        "unseen": outcome.scored.unseen.iter().map(unseen).collect::<Vec<_>>(),
        "notes": notes,
    }))
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Asked {
    x: String,
    y: String,
    n: Option<usize>,
}

/// `GET /api/jobs/{id}/scatter`: two columns of evenly spaced rows.
pub async fn scatter(
    State(app): State<App>,
    Path(id): Path<String>,
    Query(asked): Query<Asked>,
) -> Answer<Json<Value>> {
    let job = app.detect.job(&id)?;
    app.compute(move || {
        let positions = evenly(job.upload.rows.len(), asked.n.unwrap_or(5_000).min(MOST_POINTS));
        let (x, x_levels) = axis(&job, &asked.x, &positions)?;
        let (y, y_levels) = axis(&job, &asked.y, &positions)?;
        Ok(Json(json!({ "positions": positions, "x": x, "y": y, "x_levels": x_levels, "y_levels": y_levels })))
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
