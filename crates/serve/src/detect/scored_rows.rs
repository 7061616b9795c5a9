//! `GET /api/jobs/{id}/rows`: the rows in the order of their scores, each with what contributed most;
//! and one row, feature by feature.

use std::cmp::Ordering;

use axum::Json;
use axum::extract::{Path, Query, State};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::jobs::Job;
use super::outcome::{Outcome, known_kinds};
use crate::error::{Answer, ApiError};
use crate::page::{Page, descending};
use crate::rows::one::features;
use crate::score::top;
use crate::state::App;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Asked {
    page: Option<usize>,
    size: Option<usize>,
    sort: Option<String>,
    order: Option<String>,
    threshold: Option<f64>,
    only: Option<String>,
}

/// The page.
pub async fn rows(
    State(app): State<App>,
    Path(id): Path<String>,
    Query(asked): Query<Asked>,
) -> Answer<Json<Value>> {
    let job = app.detect.job(&id)?;
    let page = Page::new(asked.page, asked.size, &app.limits)?;
    app.compute(move || answer(&job, &asked, page).map(Json)).await
}

fn answer(job: &Job, asked: &Asked, page: Page) -> Answer<Value> {
    let outcome = job.result()?;
    let scores = &outcome.scored.scores;
    let threshold = asked.threshold.or(outcome.threshold);
    let anomaly = |at: usize| threshold.map(|threshold| scores[at] > threshold);
    let outlier = |at: usize| job.truth.as_ref().map(|truth| truth.outliers[at]);
    let fits: Box<dyn Fn(usize) -> bool> = match asked.only.as_deref().unwrap_or("all") {
        "all" => Box::new(|_| true),
        "anomalies" => Box::new(move |at| anomaly(at) == Some(true)),
        "normal" => Box::new(move |at| anomaly(at) == Some(false)),
        "wrong" => Box::new(move |at| {
            anomaly(at).zip(outlier(at)).is_some_and(|(anomaly, outlier)| anomaly != outlier)
        }),
        other => {
            return Err(ApiError::bad(
                format!("only {other:?} is unknown"),
                "only is all, anomalies, normal or wrong",
            ));
        }
    };
    let mut positions: Vec<usize> = (0..scores.len()).filter(|&at| fits(at)).collect();
    let compare = order(job, outcome, asked.sort.as_deref().unwrap_or("score"))?;
    match descending(asked.order.as_deref().or(Some("desc")))? {
        false => positions.sort_by(|&a, &b| compare(a, b)),
        true => positions.sort_by(|&a, &b| compare(b, a)),
    }
    let line = |&at: &usize| {
        json!({
            "position": at, "score": scores[at], "anomaly": anomaly(at), "outlier": outlier(at),
            "class": job.truth.as_ref().map(|truth| truth.classes.of(at)),
            "top": top(&outcome.model, &outcome.scored, at), "values": values(job, at),
        })
    };
    let rows: Vec<Value> = page.of(&positions).iter().map(line).collect();
    Ok(json!({
        "total": scores.len(), "matching": positions.len(), "page": page.number,
        "size": page.size, "threshold": threshold, "rows": rows,
    }))
}

/// The texts of a row as they were uploaded.
fn values(job: &Job, row: usize) -> Map<String, Value> {
    let rows = &job.upload.rows;
    let named = rows.names().iter().enumerate();
    named.map(|(column, name)| (name.clone(), json!(rows.text(row, column)))).collect()
}

type Compare<'a> = Box<dyn Fn(usize, usize) -> Ordering + 'a>;

fn order<'a>(job: &'a Job, outcome: &'a Outcome, sort: &str) -> Answer<Compare<'a>> {
    let rows = &job.upload.rows;
    if let Some(name) = sort.strip_prefix("column:") {
        let column = rows.position(name).ok_or_else(|| {
            ApiError::bad(
                format!("there is no column {name:?}"),
                "columns of the result names them",
            )
        })?;
        // Numbers by value, before everything else; texts by their letters.
        let keys: Vec<Option<f64>> =
            (0..rows.len()).map(|row| rows.text(row, column).trim().parse().ok()).collect();
        return Ok(Box::new(move |a, b| match (keys[a], keys[b]) {
            (Some(x), Some(y)) => x.total_cmp(&y),
            (Some(_), None) => Ordering::Less,
            (None, Some(_)) => Ordering::Greater,
            (None, None) => rows.text(a, column).cmp(rows.text(b, column)),
        }));
    }
    match sort {
        "score" => {
            Ok(Box::new(|a, b| outcome.scored.scores[a].total_cmp(&outcome.scored.scores[b])))
        }
        "position" => Ok(Box::new(|a, b| a.cmp(&b))),
        other => Err(ApiError::bad(
            format!("sort {other:?} is unknown"),
            "sort is score, position, or column:NAME",
        )),
    }
}

/// `GET /api/jobs/{id}/rows/{position}`.
pub async fn row(
    State(app): State<App>,
    Path((id, position)): Path<(String, usize)>,
) -> Answer<Json<Value>> {
    let job = app.detect.job(&id)?;
    app.compute(move || {
        let outcome = job.result()?;
        if position >= job.upload.rows.len() {
            return Err(ApiError::none("row", &format!("/api/jobs/{}/rows", job.id)));
        }
        let row = job.upload.rows.select(&[position]).table(&known_kinds(&job.upload))?;
        let usual = outcome.usual(&job.upload)?;
        let (features, notes) = features(&row, usual, Some(&outcome.model))?;
        let truth = job.truth.as_ref();
        Ok(Json(json!({
            "position": position, "score": outcome.scored.scores[position],
            "class": truth.map(|truth| truth.classes.of(position)),
            "outlier": truth.map(|truth| truth.outliers[position]),
            "threshold": outcome.threshold, "features": features, "notes": notes,
        })))
    })
    .await
}
