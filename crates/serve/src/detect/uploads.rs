//! Uploads: a file from the browser or a sample, parsed as data and kept in memory for a while.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use axum::Json;
use axum::body::Body;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::IntoResponse;
use oddbench_core::FeatureKind;
use oddbench_data::columns::{Choices, Judgement, judge_rows};
use oddbench_data::rows::{ReadOptions, Rows, SourceFormat};
use schemars::JsonSchema;
use serde::Deserialize;

use super::labels::{self, Candidate};
use super::marks::Marks;
use super::reading::{Parsed, UploadQuery, read};
use super::samples;
use super::upload_info::{Preview, UploadInfo, Uploads};
use crate::body;
use crate::error::{Answer, ApiError};
use crate::limits::Limits;
use crate::state::{App, random_name};

/// A table of the user's own.
pub struct Upload {
    /// Its id.
    pub id: String,
    /// What the user calls it.
    pub name: String,
    /// Its rows as they were written.
    pub rows: Rows,
    /// How they were written.
    pub format: SourceFormat,
    /// What the reader recognised, renamed or passed over.
    pub(super) notes: Vec<String>,
    /// What its columns hold; `None` where no row has a value.
    pub kinds: Vec<(String, Option<FeatureKind>)>,
    /// What its columns are taken for.
    pub judgement: Judgement,
    /// Memory that it takes, in bytes, about.
    pub memory: usize,
    /// What the user thinks of single rows.
    pub marks: Marks,
    pub(super) bytes: usize,
    pub(super) candidates: Vec<Candidate>,
    used: Mutex<Instant>,
}

impl Upload {
    fn parse(name: String, bytes: Vec<u8>, reading: &ReadOptions, limits: &Limits) -> Answer<Self> {
        let size = bytes.len();
        let Parsed { rows, format, notes } = read(&name, bytes, reading, limits)?;
        let judgement = judge_rows(&rows, &Choices::default())?;
        // A column of numbers and texts is one of categories once a request names it.
        let kinds = judgement.kinds();
        let candidates = labels::candidates(&rows, |column| judgement.columns[column].distinct);
        // Each value has an offset and a kind beside its text.
        let memory = rows.text_bytes() + rows.len() * rows.names().len() * 9;
        let id = format!("u-{}", random_name().map_err(ApiError::internal)?);
        Ok(Self {
            id,
            name,
            rows,
            format,
            notes,
            kinds,
            judgement,
            memory,
            marks: Marks::default(),
            bytes: size,
            candidates,
            used: Mutex::new(Instant::now()),
        })
    }

    /// It is used now.
    pub fn touch(&self) {
        *self.used.lock().unwrap_or_else(PoisonError::into_inner) = Instant::now();
    }

    /// How long it has not been used.
    pub fn idle(&self) -> Duration {
        self.used.lock().unwrap_or_else(PoisonError::into_inner).elapsed()
    }
}

/// The types under which a file may come. Its first bytes show what it holds.
const TYPES: [&str; 8] = [
    "text/csv",
    "text/plain",
    "text/tab-separated-values",
    "application/vnd.ms-excel",
    "application/json",
    "application/x-ndjson",
    "application/gzip",
    "application/octet-stream",
];

/// `POST /api/uploads`: the body is the file, or `sample` names one of ours.
pub async fn create(
    State(app): State<App>,
    Query(query): Query<UploadQuery>,
    headers: HeaderMap,
    body: Body,
) -> Answer<impl IntoResponse> {
    let media = body::media_type(&headers);
    if query.sample.is_none() && !media.is_some_and(|media| TYPES.contains(&media.as_str())) {
        return Err(ApiError::new(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "the upload has no type of a table",
            format!("send it with Content-Type: {}", TYPES.join(", ")),
        ));
    }
    let reading = query.reading()?;
    let received = body::read(&headers, body, app.limits.upload_bytes, &app).await?;
    let state = app.clone();
    let info = app.compute(move || {
        let limits = &state.limits;
        let upload = match &query.sample {
            Some(sample) => {
                let (name, text) = samples::csv(&state, sample)?;
                let mut upload = Upload::parse(name, text, &ReadOptions::default(), limits)?;
                if let Some(policy) = samples::policy(sample) {
                    upload.candidates.iter_mut().for_each(|label| label.go_by(policy));
                }
                upload
            }
            None => {
                let name = shown_name(query.name.as_deref());
                Upload::parse(name, received.bytes, &reading, limits)?
            }
        };
        let upload = Arc::new(upload);
        let info = upload.info(limits);
        state.detect.keep(upload, limits)?;
        Ok(info)
    });
    Ok((StatusCode::CREATED, Json(info.await?)))
}

/// A name to show and to download under: letters, digits, and little else. It names no file here.
fn shown_name(asked: Option<&str>) -> String {
    let base = asked.unwrap_or("upload.csv").rsplit(['/', '\\']).next().unwrap_or_default();
    let good = |c: char| c.is_alphanumeric() || matches!(c, '.' | '-' | '_' | ' ');
    let name: String = base.chars().filter(|&c| good(c)).take(80).collect();
    let name = name.trim().trim_start_matches('.').to_owned();
    if name.is_empty() { "upload.csv".into() } else { name }
}

/// `GET /api/uploads`.
pub async fn list(State(app): State<App>) -> Json<Uploads> {
    let uploads = app.detect.all_uploads(&app.limits);
    Json(Uploads { uploads: uploads.iter().map(|upload| upload.info(&app.limits)).collect() })
}

/// `GET /api/uploads/{id}`.
pub async fn info(State(app): State<App>, Path(id): Path<String>) -> Answer<Json<UploadInfo>> {
    let upload = app.detect.upload(&id, &app.limits)?;
    Ok(Json(upload.info(&app.limits)))
}

/// `DELETE /api/uploads/{id}`.
pub async fn remove(State(app): State<App>, Path(id): Path<String>) -> Answer<StatusCode> {
    app.detect.remove_upload(&id, &app.limits)?;
    Ok(StatusCode::NO_CONTENT)
}

/// How much of an upload to show.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PreviewQuery {
    /// Rows.
    #[serde(default = "usual_preview")]
    n: usize,
}

fn usual_preview() -> usize {
    20
}

/// `GET /api/uploads/{id}/preview`: the first rows as they were written.
pub async fn preview(
    State(app): State<App>,
    Path(id): Path<String>,
    Query(query): Query<PreviewQuery>,
) -> Answer<Json<Preview>> {
    let upload = app.detect.upload(&id, &app.limits)?;
    Ok(Json(upload.preview(query.n.min(app.limits.page_rows))))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_never_a_path() {
        for (asked, shown) in [
            ("../../etc/passwd", "passwd"),
            ("C:\\x\\a.csv", "a.csv"),
            ("...", "upload.csv"),
            ("a\r\nb\".csv", "ab.csv"),
            ("", "upload.csv"),
        ] {
            assert_eq!(shown_name(Some(asked)), shown);
        }
    }
}
