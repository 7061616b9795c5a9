//! Uploads: a CSV from the browser or a sample, parsed as data and kept in memory for a while.

use std::collections::HashSet;
use std::io::Cursor;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use axum::Json;
use axum::body::Body;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::IntoResponse;
use oddbench_core::FeatureKind;
use oddbench_data::columns::{Choices, Judgement, judge_rows};
use oddbench_data::rows::{
    FileFormat, Limits as RowLimits, ReadOptions, ReadRequest, RequestFault, RowReader, Rows,
    SourceFormat,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::labels::{self, Candidate};
use super::samples;
use crate::body;
use crate::error::{Answer, ApiError};
use crate::limits::Limits;
use crate::models::NamedColumn;
use crate::state::{App, random_name};

/// Distinct values that are counted in a column at most.
const COUNTED: usize = 1_000;

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
    notes: Vec<String>,
    /// What its columns hold; `None` where no row has a value.
    pub kinds: Vec<(String, Option<FeatureKind>)>,
    /// What its columns are taken for.
    pub judgement: Judgement,
    /// Memory that it takes, in bytes, about.
    pub memory: usize,
    bytes: usize,
    columns: Vec<ColumnFacts>,
    candidates: Vec<Candidate>,
    used: Mutex<Instant>,
}

struct ColumnFacts {
    distinct: usize,
    missing: usize,
}

impl Upload {
    fn parse(name: String, bytes: Vec<u8>, reading: &ReadOptions, limits: &Limits) -> Answer<Self> {
        let size = bytes.len();
        let Parsed { rows, format, notes } = read(&name, bytes, reading, limits)?;
        let judgement = judge_rows(&rows, &Choices::default())?;
        // A column of numbers and texts is one of categories once a request names it.
        let kinds = judgement.kinds();
        let columns: Vec<ColumnFacts> =
            (0..rows.names().len()).map(|column| ColumnFacts::of(&rows, column)).collect();
        let candidates = labels::candidates(&rows, |column| columns[column].distinct);
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
            bytes: size,
            columns,
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

    fn info(&self, limits: &Limits) -> UploadInfo {
        let column = |(at, facts): (usize, &ColumnFacts)| {
            let ((name, kind), verdict) = (&self.kinds[at], &self.judgement.columns[at]);
            UploadColumn {
                column: NamedColumn { name: name.clone(), kind: *kind },
                distinct: facts.distinct,
                missing: facts.missing,
                feature: verdict.kind.is_some(),
                role: verdict.role.words(),
                reason: verdict.reason.clone(),
            }
        };
        UploadInfo {
            id: self.id.clone(),
            name: self.name.clone(),
            bytes: self.bytes,
            rows: self.rows.len(),
            columns: self.columns.iter().enumerate().map(column).collect(),
            header: self.format != SourceFormat::Kdd99,
            notes: self.notes.clone(),
            label_candidates: self.candidates.clone(),
            expires_in_seconds: limits.upload_age.saturating_sub(self.idle()).as_secs(),
        }
    }
}

/// What is in an upload.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "Upload")]
pub struct UploadInfo {
    id: String,
    name: String,
    bytes: usize,
    rows: usize,
    columns: Vec<UploadColumn>,
    /// Whether the file names its columns.
    header: bool,
    /// What was recognised, renamed or passed over while it was read.
    notes: Vec<String>,
    label_candidates: Vec<Candidate>,
    expires_in_seconds: u64,
}

#[derive(Debug, Serialize, JsonSchema)]
struct UploadColumn {
    #[serde(flatten)]
    column: NamedColumn,
    /// Distinct values, up to 1,000.
    distinct: usize,
    missing: usize,
    /// Whether a fit learns from it unless the request decides otherwise.
    feature: bool,
    /// What it is taken for: a number, an identifier, a label, ...
    role: &'static str,
    /// Why.
    reason: String,
}

/// The uploads that are kept.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Uploads {
    uploads: Vec<UploadInfo>,
}

/// The first rows of an upload as they were written.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Preview {
    columns: Vec<String>,
    rows: Vec<Vec<String>>,
}

impl ColumnFacts {
    fn of(rows: &Rows, column: usize) -> Self {
        let mut seen = HashSet::new();
        let mut missing = 0;
        for row in 0..rows.len() {
            let text = rows.text(row, column);
            if rows.is_missing(row, column) {
                missing += 1;
            } else if seen.len() < COUNTED {
                seen.insert(text);
            }
        }
        Self { distinct: seen.len(), missing }
    }
}

/// A table, and how it was read.
struct Parsed {
    rows: Rows,
    format: SourceFormat,
    notes: Vec<String>,
}

/// Parses CSV within the limits.
fn read(name: &str, bytes: Vec<u8>, reading: &ReadOptions, limits: &Limits) -> Answer<Parsed> {
    let options = |rows: usize| ReadOptions {
        format: Some(FileFormat::Csv),
        limits: RowLimits {
            bytes: limits.upload_bytes as u64,
            rows,
            columns: limits.upload_columns,
        },
        ..reading.clone()
    };
    let bytes: Arc<[u8]> = bytes.into();
    let open = |rows: usize| {
        RowReader::new(Box::new(Cursor::new(Arc::clone(&bytes))), name, &options(rows))
    };
    let columns = open(limits.upload_rows)?.names().len().max(1);
    let mut reader = open(limits.upload_rows.min(limits.upload_cells / columns))?;
    let format = reader.format();
    let mut rows: Option<Rows> = None;
    while let Some(block) = reader.next(BLOCK)? {
        match &mut rows {
            Some(rows) => rows.append(block)?,
            None => rows = Some(block),
        }
    }
    let none = || ApiError::unusable("there are no rows", "upload a file that has some");
    Ok(Parsed { rows: rows.ok_or_else(none)?, format, notes: reader.take_notes() })
}

/// What an upload is.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct UploadQuery {
    /// What to call it.
    name: Option<String>,
    /// An id of GET /api/samples, with an empty body.
    sample: Option<String>,
    /// The character between values, or `tab`; found from the first lines if left out.
    delimiter: Option<String>,
    /// Whether the first line holds the names of the columns; found if left out.
    header: Option<bool>,
    /// With `header=false`: the names, with commas between them.
    names: Option<String>,
    /// The text's encoding, e.g. `windows-1252`; UTF-8, or UTF-16 where its first bytes say so, if left out.
    encoding: Option<String>,
    /// The mark in front of decimals, `,` or `.`; found from the first rows if left out.
    decimal: Option<char>,
    /// The mark between groups of thousands; found from the first rows if left out.
    thousands: Option<char>,
    /// Texts that stand for a missing value beside pandas' list, with commas between them.
    na: Option<String>,
    /// Whether pandas' list holds.
    default_na: Option<bool>,
}

impl UploadQuery {
    /// How the upload is read.
    fn reading(&self) -> Answer<ReadOptions> {
        let list = |text: &String| text.split(',').map(str::to_owned).collect::<Vec<_>>();
        let request = ReadRequest {
            format: Some(FileFormat::Csv),
            delimiter: self.delimiter.clone(),
            header: self.header,
            names: self.names.as_ref().map(list),
            encoding: self.encoding.clone(),
            decimal: self.decimal,
            thousands: self.thousands,
            event_type: None,
            na: self.na.as_ref().map(list).unwrap_or_default(),
            default_na: self.default_na,
        };
        let refused = |fault: RequestFault| {
            ApiError::bad(format!("{}: {}", fault.key, fault.what), fault.help)
        };
        request.options().map_err(refused)
    }
}

/// Rows that are parsed at a time.
const BLOCK: usize = 16_384;

/// `POST /api/uploads`: the body is the CSV, or `sample` names one of ours.
pub async fn create(
    State(app): State<App>,
    Query(query): Query<UploadQuery>,
    headers: HeaderMap,
    body: Body,
) -> Answer<impl IntoResponse> {
    if query.sample.is_none()
        && !matches!(
            body::media_type(&headers).as_deref(),
            Some("text/csv" | "text/plain" | "application/vnd.ms-excel")
        )
    {
        return Err(ApiError::new(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "the upload is not CSV",
            "send it with Content-Type: text/csv",
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
                Upload::parse(name, text, &ReadOptions::default(), limits)?
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
    let shown = query.n.min(app.limits.page_rows).min(upload.rows.len());
    let columns = upload.rows.names().len();
    let line = |row| (0..columns).map(|column| upload.rows.text(row, column).to_owned()).collect();
    Ok(Json(Preview {
        columns: upload.rows.names().to_vec(),
        rows: (0..shown).map(line).collect(),
    }))
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
