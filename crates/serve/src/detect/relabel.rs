//! `POST /api/jobs/{id}/label`: another answer to which rows are outliers. Scores stay; what they are judged by
//! changes at once.

use axum::Json;
use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::HeaderMap;
use schemars::JsonSchema;
use serde::Deserialize;

use super::labels::Chosen;
use super::result::{JobResult, of};
use crate::body;
use crate::error::Answer;
use crate::state::App;

/// What the rows are judged by.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Judged {
    /// Null: by nothing.
    label: Option<Chosen>,
}

/// The result, judged again.
pub async fn label(
    State(app): State<App>,
    Path(id): Path<String>,
    headers: HeaderMap,
    body: Body,
) -> Answer<Json<JobResult>> {
    let job = app.detect.job(&id)?;
    let asked: Judged = body::json(&headers, body, &app).await?;
    app.compute(move || {
        job.result()?;
        job.judge_by(asked.label.as_ref())?;
        of(&job).map(Json)
    })
    .await
}
