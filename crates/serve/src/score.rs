//! `POST /api/score`: rows in, scores out. Rows are JSON objects or CSV.

use std::io::Cursor;
use std::time::Instant;

use axum::Json;
use axum::body::Body;
use axum::extract::{Query, State};
use axum::http::{HeaderMap, StatusCode};
use oddbench_core::preprocess::UnseenCell;
use oddbench_data::rows::{FileFormat, ReadOptions, RowReader, Rows};
use oddbench_engine::scoring::{Filled, SavedModel, Scored, Unseen};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::body::{self, Received};
use crate::error::{Answer, ApiError};
use crate::json_rows;
use crate::limits::Limits;
use crate::models::chosen_threshold;
use crate::state::App;

/// Features that are named beside a score.
pub const TOP: usize = 3;

/// How rows are scored.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ScoreQuery {
    /// An id of GET /api/models.
    model: String,
    /// Rows with a greater score are anomalies; the model's own if left out.
    threshold: Option<f64>,
    /// False leaves `top` out.
    #[serde(default = "yes")]
    explain: bool,
}

fn yes() -> bool {
    true
}

/// Rows as JSON: an array of objects, or an object that holds it. Columns are matched by name, the keys of nested
/// objects with dots between; others are not looked at.
#[derive(JsonSchema)]
#[schemars(untagged)]
#[expect(dead_code, reason = "json_rows reads it row by row, within the limits; this describes it")]
pub enum JsonRows {
    Bare(Vec<Map<String, Value>>),
    Wrapped { rows: Vec<Map<String, Value>> },
}

/// Scores in the order of the rows.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Scores {
    model: String,
    rows: usize,
    threshold: Option<f64>,
    /// How many are anomalies; null without a threshold.
    anomalies: Option<usize>,
    scores: Vec<f64>,
    is_anomaly: Option<Vec<bool>>,
    /// What contributed most to each score; null if the model does not say, or was not asked.
    top: Option<Vec<Vec<Contribution>>>,
    unseen: Vec<UnseenCategory>,
    /// The rows that hold what training never saw.
    unseen_rows: Vec<UnseenRow>,
    /// Columns in which values were filled in.
    filled: Vec<FilledColumn>,
    /// How long parsing and scoring took.
    seconds: f64,
}

/// A feature's part in a score.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Contribution {
    feature: String,
    contribution: Option<f32>,
    /// The contribution over the sum of all contributions' sizes.
    share: f64,
}

/// A row with values that training never saw.
#[derive(Debug, Serialize, JsonSchema)]
pub struct UnseenRow {
    /// Its position, from 0.
    row: u32,
    /// The columns that hold them.
    columns: Vec<String>,
}

/// A column with values that training never saw: other categories, or a change where training had one
/// value. Such a row gets the highest score that a known value would give it.
#[derive(Debug, Serialize, JsonSchema)]
pub struct UnseenCategory {
    column: String,
    rows: usize,
    /// One of them.
    values: [String; 1],
}

/// A column whose missing values were filled with the training median or commonest category.
#[derive(Debug, Serialize, JsonSchema)]
pub struct FilledColumn {
    column: String,
    /// Rows without a value.
    missing: usize,
    /// Rows whose value is infinite, which was taken for missing.
    infinite: usize,
}

/// How the rows are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Json,
    Csv,
}

/// The scores.
pub async fn score(
    State(app): State<App>,
    Query(query): Query<ScoreQuery>,
    headers: HeaderMap,
    body: Body,
) -> Answer<Json<Scores>> {
    let kind = kind(&headers)?;
    let received = body::read(&headers, body, app.limits.score_bytes, &app).await?;
    let state = app.clone();
    app.compute(move || {
        let started = Instant::now();
        let model = state.model(&query.model)?;
        let rows = rows(kind, received, &state.limits)?;
        let scored = model.score_rows(&rows)?;
        let threshold = chosen_threshold(&model, query.threshold)?;
        let took = started.elapsed();
        state.metrics.scored(rows.len(), took);
        let answer = answer(query, &model, scored, threshold, took.as_secs_f64());
        Ok(Json(answer))
    })
    .await
}

fn kind(headers: &HeaderMap) -> Answer<Kind> {
    match body::media_type(headers).as_deref() {
        Some("application/json") => Ok(Kind::Json),
        Some("text/csv") => Ok(Kind::Csv),
        _ => Err(ApiError::new(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "the rows are neither JSON nor CSV",
            "send them with Content-Type: application/json or text/csv",
        )),
    }
}

fn rows(kind: Kind, body: Received, limits: &Limits) -> Answer<Rows> {
    match kind {
        Kind::Json => {
            let values = json_rows::parse(&body.bytes, limits)?;
            drop(body);
            Ok(Rows::from_json(&values)?)
        }
        Kind::Csv => {
            let options = ReadOptions {
                format: Some(FileFormat::Csv),
                limits: oddbench_data::rows::Limits {
                    bytes: limits.score_bytes as u64,
                    rows: limits.score_rows,
                    columns: limits.upload_columns,
                },
                ..ReadOptions::default()
            };
            Ok(RowReader::new(Box::new(Cursor::new(body.bytes)), "body", &options)?.read_all()?)
        }
    }
}

fn answer(
    query: ScoreQuery,
    model: &SavedModel,
    scored: Scored,
    threshold: Option<f64>,
    seconds: f64,
) -> Scores {
    let is_anomaly: Option<Vec<bool>> =
        threshold.map(|threshold| scored.scores.iter().map(|&score| score > threshold).collect());
    let rows = scored.scores.len();
    let top = (query.explain && scored.contributions.is_some())
        .then(|| (0..rows).map(|row| top(model, &scored, row)).collect());
    Scores {
        model: query.model,
        rows,
        threshold,
        anomalies: is_anomaly.as_ref().map(|all| all.iter().filter(|anomaly| **anomaly).count()),
        is_anomaly,
        top,
        unseen: unseen(&scored),
        unseen_rows: unseen_rows(model, &scored),
        filled: filled(&scored),
        scores: scored.scores,
        seconds,
    }
}

/// The features that contributed most to a row's score, with their shares of it.
pub fn top(model: &SavedModel, scored: &Scored, row: usize) -> Vec<Contribution> {
    let columns = &model.info().columns;
    let contribution = |(at, share): (usize, f64)| Contribution {
        feature: columns[at].name.clone(),
        contribution: scored.contributions.as_ref().map(|all| all.row(row)[at]),
        share,
    };
    scored.top(row, TOP).into_iter().map(contribution).collect()
}

fn unseen_rows(model: &SavedModel, scored: &Scored) -> Vec<UnseenRow> {
    let columns = &model.info().columns;
    let rows = scored.unseen_cells.chunk_by(|a, b| a.row == b.row);
    let row = |cells: &[UnseenCell]| {
        let names = cells.iter().map(|cell| columns[cell.input as usize].name.clone());
        Some(UnseenRow { row: cells.first()?.row, columns: names.collect() })
    };
    rows.filter_map(row).collect()
}

fn filled(scored: &Scored) -> Vec<FilledColumn> {
    let column = |of: &Filled| FilledColumn {
        column: of.column.clone(),
        missing: of.missing,
        infinite: of.infinite,
    };
    scored.filled.iter().map(column).collect()
}

/// Columns with values that training never saw.
pub fn unseen(scored: &Scored) -> Vec<UnseenCategory> {
    let category = |of: &Unseen| UnseenCategory {
        column: of.column.clone(),
        rows: of.rows,
        values: [of.example.clone()],
    };
    scored.unseen.iter().map(category).collect()
}
