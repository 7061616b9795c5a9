//! `POST /api/runs/check`: what `oddbench check` says of an experiment file.

use std::io::Read;
use std::process::{Child, ExitStatus};
use std::sync::TryLockError;
use std::thread;
use std::time::{Duration, Instant};

use axum::Json;
use axum::body::Body;
use axum::extract::State;
use axum::http::HeaderMap;
use schemars::JsonSchema;
use serde::Serialize;

use super::{RunRequest, Runs};
use crate::body;
use crate::error::{Answer, ApiError};
use crate::state::App;

/// How long a check may take: it loads the rows.
const LONGEST: Duration = Duration::from_secs(300);

/// How often its end is looked for.
const GLANCE: Duration = Duration::from_millis(20);

/// Bytes of its words that are kept.
const WORDS: u64 = 256 << 10;

/// What a check says.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Checked {
    /// Whether the file can be run.
    ok: bool,
    /// The exit code of `oddbench check`.
    exit_code: Option<i32>,
    /// What it prints: remarks, and mistakes with their places and remedies.
    output: String,
}

/// Checks a file.
pub async fn check(
    State(app): State<App>,
    headers: HeaderMap,
    body: Body,
) -> Answer<Json<Checked>> {
    app.runs.permitted()?;
    let request: RunRequest = body::json(&headers, body, &app).await?;
    let state = app.clone();
    app.compute(move || checked(&state.runs, &request).map(Json)).await
}

fn checked(runs: &Runs, request: &RunRequest) -> Answer<Checked> {
    let allowed = runs.folders.find(&request.file, "/api/runs")?;
    let _checking = match runs.checking.try_lock() {
        Ok(place) => place,
        Err(TryLockError::Poisoned(place)) => place.into_inner(),
        Err(TryLockError::WouldBlock) => {
            return Err(ApiError::busy("another file is being checked", "try again in a moment"));
        }
    };
    let mut child = runs.program.check(&allowed.path).map_err(ApiError::internal)?;
    let (out, error) = (kept(child.stdout.take()), kept(child.stderr.take()));
    let status = end_of(&mut child)?;
    let text = |reading: thread::JoinHandle<String>| reading.join().unwrap_or_default();
    let output = [text(out), text(error)].concat();
    Ok(Checked { ok: status.success(), exit_code: status.code(), output })
}

/// Reads all of a stream in a thread of its own, and keeps its beginning.
fn kept(stream: Option<impl Read + Send + 'static>) -> thread::JoinHandle<String> {
    thread::spawn(move || {
        let Some(mut stream) = stream else { return String::new() };
        let mut bytes = Vec::new();
        let read = stream.by_ref().take(WORDS).read_to_end(&mut bytes);
        let rest = std::io::copy(&mut stream, &mut std::io::sink());
        // What could not be read is not there.
        drop((read, rest));
        String::from_utf8_lossy(&bytes).into_owned()
    })
}

fn end_of(child: &mut Child) -> Answer<ExitStatus> {
    let deadline = Instant::now() + LONGEST;
    loop {
        match child.try_wait() {
            Ok(Some(status)) => return Ok(status),
            Ok(None) if Instant::now() < deadline => thread::sleep(GLANCE),
            other => {
                // It may have ended in between.
                let _ = child.kill();
                let _ = child.wait();
                return Err(match other {
                    Err(error) => ApiError::internal(error),
                    Ok(_) => ApiError::conflict(
                        format!("the check took longer than {} s", LONGEST.as_secs()),
                        "check the file in a terminal: oddbench check FILE --no-rows",
                    ),
                });
            }
        }
    }
}
