//! What the user thinks of single rows: harmless, or worth another look. Marks belong to the rows, so that they
//! outlive a model, and go out with the download.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use axum::Json;
use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::HeaderMap;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::groups::groups;
use super::jobs::Job;
use crate::body;
use crate::error::{Answer, ApiError};
use crate::models::finite;
use crate::state::App;

/// What a user thinks of a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Mark {
    /// Harmless.
    Benign,
    /// Worth another look.
    LookAgain,
}

impl Mark {
    /// As the download has it.
    pub fn text(self) -> &'static str {
        match self {
            Self::Benign => "benign",
            Self::LookAgain => "look again",
        }
    }
}

/// The marks of an upload's rows.
#[derive(Default)]
pub struct Marks(Mutex<BTreeMap<usize, Mark>>);

impl Marks {
    fn held(&self) -> MutexGuard<'_, BTreeMap<usize, Mark>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A copy of all of them, by row.
    pub fn all(&self) -> BTreeMap<usize, Mark> {
        self.held().clone()
    }

    fn set(&self, rows: &[usize], mark: Option<Mark>) {
        let mut held = self.held();
        for &row in rows {
            match mark {
                Some(mark) => held.insert(row, mark),
                None => held.remove(&row),
            };
        }
    }

    fn counts(&self) -> MarkCounts {
        let held = self.held();
        let of = |wanted: Mark| held.values().filter(|mark| **mark == wanted).count();
        MarkCounts { benign: of(Mark::Benign), look_again: of(Mark::LookAgain) }
    }
}

/// Rows to mark.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct MarkRequest {
    /// Their positions.
    positions: Vec<usize>,
    /// Null takes a mark away.
    mark: Option<Mark>,
    /// Also the anomalies that are odd for the same reasons.
    #[serde(default)]
    alike: bool,
    /// Rows with a greater score are anomalies; the model's own if left out.
    threshold: Option<f64>,
}

/// How many rows of an upload are marked.
#[derive(Debug, Serialize, JsonSchema)]
pub struct MarkCounts {
    benign: usize,
    look_again: usize,
}

/// `POST /api/jobs/{id}/marks`.
pub async fn mark(
    State(app): State<App>,
    Path(id): Path<String>,
    headers: HeaderMap,
    body: Body,
) -> Answer<Json<MarkCounts>> {
    let job = app.detect.job(&id)?;
    let request: MarkRequest = body::json(&headers, body, &app).await?;
    app.compute(move || {
        let rows = wanted(&job, &request)?;
        job.upload.marks.set(&rows, request.mark);
        Ok(Json(job.upload.marks.counts()))
    })
    .await
}

fn wanted(job: &Job, request: &MarkRequest) -> Answer<Vec<usize>> {
    let outcome = job.result()?;
    let rows = job.upload.rows.len();
    if let Some(beyond) = request.positions.iter().find(|at| **at >= rows) {
        return Err(ApiError::bad(format!("there is no row {beyond}"), "rows count from 0"));
    }
    if !request.alike {
        return Ok(request.positions.clone());
    }
    let groups = groups(job, outcome)?;
    let threshold = finite("threshold", request.threshold)?;
    let threshold = threshold.or(outcome.threshold).unwrap_or(f64::NEG_INFINITY);
    let asked = |row: usize| request.positions.iter().any(|&at| groups[at] == groups[row]);
    let alike = (0..rows).filter(|&row| outcome.scored.scores[row] > threshold && asked(row));
    Ok(alike.chain(request.positions.iter().copied()).collect())
}
