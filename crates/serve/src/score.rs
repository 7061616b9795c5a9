//! `POST /api/score`: rows in, scores out. Rows are JSON objects or CSV.

use std::io::Cursor;
use std::time::Instant;

use axum::Json;
use axum::body::Body;
use axum::extract::{Query, State};
use axum::http::{HeaderMap, StatusCode};
use oddbench_data::rows::{FileFormat, ReadOptions, RowReader, Rows};
use oddbench_engine::scoring::{SavedModel, Scored, Unseen};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::body::{self, Held};
use crate::error::{Answer, ApiError};
use crate::json_rows;
use crate::limits::Limits;
use crate::models::chosen_threshold;
use crate::state::App;

/// Features that are named beside a score.
pub const TOP: usize = 3;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Asked {
    model: String,
    threshold: Option<f64>,
    explain: Option<bool>,
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
    Query(asked): Query<Asked>,
    headers: HeaderMap,
    body: Body,
) -> Answer<Json<Value>> {
    let kind = kind(&headers)?;
    let held = body::read(&headers, body, app.limits.score_bytes, &app).await?;
    let state = app.clone();
    app.compute(move || {
        let started = Instant::now();
        let model = state.model(&asked.model)?;
        let rows = rows(kind, held, &state.limits)?;
        let scored = model.score_rows(&rows)?;
        let threshold = chosen_threshold(&model, asked.threshold)?;
        let took = started.elapsed();
        state.metrics.scored(rows.len(), took);
        let explain = asked.explain.unwrap_or(true);
        let mut answer = answer(&model, &scored, threshold, explain);
        answer["model"] = json!(asked.model);
        answer["seconds"] = json!(took.as_secs_f64());
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

fn rows(kind: Kind, held: Held, limits: &Limits) -> Answer<Rows> {
    match kind {
        Kind::Json => {
            let values = json_rows::parse(&held.bytes, limits)?;
            drop(held);
            Ok(Rows::from_json(&values)?)
        }
        Kind::Csv => {
            let options = ReadOptions {
                format: Some(FileFormat::Csv { delimiter: None }),
                limits: oddbench_data::rows::Limits {
                    bytes: limits.score_bytes as u64,
                    rows: limits.score_rows,
                    columns: limits.upload_columns,
                },
                ..ReadOptions::default()
            };
            Ok(RowReader::new(Box::new(Cursor::new(held.bytes)), "body", &options)?.read_all()?)
        }
    }
}

fn answer(model: &SavedModel, scored: &Scored, threshold: Option<f64>, explain: bool) -> Value {
    let anomalies: Option<Vec<bool>> =
        threshold.map(|threshold| scored.scores.iter().map(|&score| score > threshold).collect());
    let count = anomalies.as_ref().map(|all| all.iter().filter(|anomaly| **anomaly).count());
    let top = (explain && scored.contributions.is_some())
        .then(|| (0..scored.scores.len()).map(|row| top(model, scored, row)).collect::<Vec<_>>());
    json!({
        "rows": scored.scores.len(), "threshold": threshold, "anomalies": count,
        "scores": scored.scores, "is_anomaly": anomalies, "top": top,
        "unseen": scored.unseen.iter().map(unseen).collect::<Vec<_>>(),
    })
}

/// The features that contributed most to a row's score, with their shares of it.
pub fn top(model: &SavedModel, scored: &Scored, row: usize) -> Vec<Value> {
    let columns = &model.info().columns;
    let contribution = |at: usize| scored.contributions.as_ref().map(|all| all.row(row)[at]);
    let line = |(at, share): (usize, f64)| json!({ "feature": columns[at].name, "contribution": contribution(at), "share": share });
    scored.top(row, TOP).into_iter().map(line).collect()
}

/// Categories that the model has never seen.
pub fn unseen(of: &Unseen) -> Value {
    json!({ "column": of.column, "rows": of.rows, "values": [of.example] })
}
