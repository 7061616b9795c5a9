//! How much a client may ask for. Every number that bounds memory, time or concurrency is here.

use std::time::Duration;

use axum::Json;
use axum::extract::State;
use schemars::JsonSchema;
use serde::Serialize;

use crate::state::App;

/// The limits of a server. Tests lower them; nothing else changes them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of an uploaded file.
    pub upload_bytes: usize,
    /// Rows of an uploaded file.
    pub upload_rows: usize,
    /// Columns of an uploaded file.
    pub upload_columns: usize,
    /// Rows times columns of an uploaded file.
    pub upload_cells: usize,
    /// Uploads that are kept; the one that was used longest ago makes room.
    pub uploads: usize,
    /// Bytes that all uploads take in memory.
    pub uploads_bytes: usize,
    /// How long an upload is kept after it was last used.
    pub upload_age: Duration,
    /// Bytes of a body of `POST /api/score`.
    pub score_bytes: usize,
    /// Rows of a body of `POST /api/score`.
    pub score_rows: usize,
    /// Bytes of any other body.
    pub json_bytes: usize,
    /// Bytes of all bodies that are being read or parsed.
    pub bodies_bytes: usize,
    /// Jobs at the same time.
    pub jobs: usize,
    /// Jobs that wait for their turn.
    pub jobs_waiting: usize,
    /// Jobs that are over and whose results are kept; the oldest makes room.
    pub jobs_kept: usize,
    /// Files that are followed at the same time.
    pub follows: usize,
    /// Models that were fitted on uploads and are kept; the oldest makes room.
    pub models_kept: usize,
    /// How long a job may take.
    pub job_time: Duration,
    /// Requests that compute at the same time; others wait.
    pub computing: usize,
    /// Open event streams.
    pub streams: usize,
    /// Open connections; further ones wait in the system's queue.
    pub connections: usize,
    /// Rows of a page of rows.
    pub page_rows: usize,
    /// Bytes of a request's line and headers.
    pub head_bytes: usize,
    /// Headers of a request.
    pub headers: usize,
    /// For a request's headers to arrive, from the first byte or the end of the request before.
    pub head_time: Duration,
    /// Between two pieces of a body.
    pub body_stall: Duration,
    /// For a whole body.
    pub body_time: Duration,
    /// For a client to take a piece of an answer.
    pub write_stall: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        let cores = std::thread::available_parallelism().map_or(2, usize::from);
        Self {
            upload_bytes: 64 << 20,
            upload_rows: 400_000,
            upload_columns: 512,
            upload_cells: 16_000_000,
            uploads: 16,
            uploads_bytes: 512 << 20,
            upload_age: Duration::from_secs(3_600),
            score_bytes: 8 << 20,
            score_rows: 50_000,
            json_bytes: 256 << 10,
            bodies_bytes: 256 << 20,
            jobs: 2,
            jobs_waiting: 8,
            jobs_kept: 8,
            follows: 4,
            models_kept: 16,
            job_time: Duration::from_secs(1_800),
            computing: cores.max(2),
            streams: 32,
            connections: 512,
            page_rows: 500,
            head_bytes: 32 << 10,
            headers: 64,
            head_time: Duration::from_secs(10),
            body_stall: Duration::from_secs(10),
            body_time: Duration::from_secs(120),
            write_stall: Duration::from_secs(30),
        }
    }
}

/// The limits that a page shows to its reader.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "Limits")]
pub struct Shown {
    upload_bytes: usize,
    upload_rows: usize,
    upload_columns: usize,
    upload_cells: usize,
    score_bytes: usize,
    score_rows: usize,
    uploads: usize,
    upload_minutes: u64,
    jobs: usize,
    jobs_waiting: usize,
    page_rows: usize,
}

impl Limits {
    /// What a client needs to know before it asks.
    pub fn shown(&self) -> Shown {
        Shown {
            upload_bytes: self.upload_bytes,
            upload_rows: self.upload_rows,
            upload_columns: self.upload_columns,
            upload_cells: self.upload_cells,
            score_bytes: self.score_bytes,
            score_rows: self.score_rows,
            uploads: self.uploads,
            upload_minutes: self.upload_age.as_secs() / 60,
            jobs: self.jobs,
            jobs_waiting: self.jobs_waiting,
            page_rows: self.page_rows,
        }
    }
}

/// `GET /api/limits`.
pub async fn limits(State(app): State<App>) -> Json<Shown> {
    Json(app.limits.shown())
}
