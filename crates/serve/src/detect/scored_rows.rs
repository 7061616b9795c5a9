//! `GET /api/jobs/{id}/rows`: the rows in the order of their scores, each with what contributed most;
//! and one row, feature by feature.

use std::cmp::Ordering;
use std::collections::BTreeMap;

use axum::Json;
use axum::extract::{Path, Query, State};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::jobs::Job;
use super::outcome::{Outcome, known_kinds};
use crate::error::{Answer, ApiError};
use crate::features::Feature;
use crate::page::{Order, Page};
use crate::rows::one::features;
use crate::score::{Contribution, top};
use crate::state::App;

/// Which rows, in which order.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ScoredRowsQuery {
    /// From 0.
    page: Option<usize>,
    /// Rows of a page.
    size: Option<usize>,
    /// `score`, `position`, or `column:NAME`.
    sort: Option<String>,
    /// Which end comes first; the greatest if left out.
    order: Option<Order>,
    /// Rows with a greater score are anomalies; the model's own if left out.
    threshold: Option<f64>,
    /// Which rows.
    #[serde(default)]
    only: Only,
}

/// Which rows of an upload.
#[derive(Debug, Clone, Copy, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
enum Only {
    #[default]
    All,
    Anomalies,
    Normal,
    /// Those that are called other than the truth says.
    Wrong,
}

/// A page of an upload's rows.
#[derive(Debug, Serialize, JsonSchema)]
pub struct ScoredRowsPage {
    total: usize,
    /// How many rows fit.
    matching: usize,
    page: usize,
    size: usize,
    threshold: Option<f64>,
    rows: Vec<ScoredRow>,
}

#[derive(Debug, Serialize, JsonSchema)]
struct ScoredRow {
    position: usize,
    score: f64,
    anomaly: Option<bool>,
    outlier: Option<bool>,
    class: Option<String>,
    /// What contributed most to the score.
    top: Vec<Contribution>,
    /// The texts as they were uploaded.
    values: BTreeMap<String, String>,
}

/// A row of an upload, feature by feature.
#[derive(Debug, Serialize, JsonSchema)]
pub struct UploadedRow {
    position: usize,
    score: f64,
    class: Option<String>,
    outlier: Option<bool>,
    threshold: Option<f64>,
    features: Vec<Feature>,
    notes: Vec<String>,
}

/// The page.
pub async fn rows(
    State(app): State<App>,
    Path(id): Path<String>,
    Query(query): Query<ScoredRowsQuery>,
) -> Answer<Json<ScoredRowsPage>> {
    let job = app.detect.job(&id)?;
    let page = Page::new(query.page, query.size, &app.limits)?;
    app.compute(move || answer(&job, &query, page).map(Json)).await
}

fn answer(job: &Job, query: &ScoredRowsQuery, page: Page) -> Answer<ScoredRowsPage> {
    let outcome = job.result()?;
    let scores = &outcome.scored.scores;
    let threshold = query.threshold.or(outcome.threshold);
    let anomaly = |at: usize| threshold.map(|threshold| scores[at] > threshold);
    let outlier = |at: usize| job.truth.as_ref().map(|truth| truth.outliers[at]);
    let wrong = |at: usize| anomaly(at).zip(outlier(at)).is_some_and(|(a, o)| a != o);
    let fits = |at: usize| match query.only {
        Only::All => true,
        Only::Anomalies => anomaly(at) == Some(true),
        Only::Normal => anomaly(at) == Some(false),
        Only::Wrong => wrong(at),
    };
    let mut positions: Vec<usize> = (0..scores.len()).filter(|&at| fits(at)).collect();
    let compare = order(job, outcome, query.sort.as_deref().unwrap_or("score"))?;
    match query.order.unwrap_or(Order::Desc) {
        Order::Asc => positions.sort_by(|&a, &b| compare(a, b)),
        Order::Desc => positions.sort_by(|&a, &b| compare(b, a)),
    }
    let line = |&at: &usize| ScoredRow {
        position: at,
        score: scores[at],
        anomaly: anomaly(at),
        outlier: outlier(at),
        class: class(job, at),
        top: top(&outcome.model, &outcome.scored, at),
        values: values(job, at),
    };
    Ok(ScoredRowsPage {
        total: scores.len(),
        matching: positions.len(),
        page: page.number,
        size: page.size,
        threshold,
        rows: page.of(&positions).iter().map(line).collect(),
    })
}

fn class(job: &Job, row: usize) -> Option<String> {
    job.truth.as_ref().map(|truth| truth.classes.of(row).to_owned())
}

fn values(job: &Job, row: usize) -> BTreeMap<String, String> {
    let rows = &job.upload.rows;
    let named = rows.names().iter().enumerate();
    named.map(|(column, name)| (name.clone(), rows.text(row, column).to_owned())).collect()
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
) -> Answer<Json<UploadedRow>> {
    let job = app.detect.job(&id)?;
    app.compute(move || {
        let outcome = job.result()?;
        if position >= job.upload.rows.len() {
            return Err(ApiError::none("row", &format!("/api/jobs/{}/rows", job.id)));
        }
        let row = job.upload.rows.select(&[position]).table(&known_kinds(&job.upload))?;
        let usual = outcome.usual(&job.upload)?;
        let (features, notes) = features(&row, usual, Some(&outcome.model))?;
        Ok(Json(UploadedRow {
            position,
            score: outcome.scored.scores[position],
            class: class(&job, position),
            outlier: job.truth.as_ref().map(|truth| truth.outliers[position]),
            threshold: outcome.threshold,
            features,
            notes,
        }))
    })
    .await
}
