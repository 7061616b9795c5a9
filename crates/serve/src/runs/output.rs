//! `GET /api/runs/{id}/output`: what a run printed, piece by piece.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::Path as FsPath;

use axum::Json;
use axum::extract::{Path, Query, State};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::error::{Answer, ApiError};
use crate::state::App;

/// Bytes of an answer.
const PIECE: u64 = 64 << 10;

/// From where.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct OutputQuery {
    /// The position of the first byte.
    #[serde(default)]
    from: u64,
}

/// A piece of what was printed.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Output {
    text: String,
    /// Where the next piece begins.
    next: u64,
    /// Whether there is more now.
    more: bool,
}

/// The next piece.
pub async fn output(
    State(app): State<App>,
    Path(id): Path<String>,
    Query(query): Query<OutputQuery>,
) -> Answer<Json<Output>> {
    let state = app.clone();
    app.compute(move || {
        let run = state.runs.of(&id)?;
        read(&run.output_path(), query.from).map(Json).map_err(|_| {
            ApiError::conflict("the run's output cannot be read", "see .runs in the results folder")
        })
    })
    .await
}

fn read(path: &FsPath, from: u64) -> io::Result<Output> {
    let mut file = File::open(path)?;
    let length = file.metadata()?.len();
    let from = from.min(length);
    file.seek(SeekFrom::Start(from))?;
    let mut bytes = Vec::new();
    file.take(PIECE).read_to_end(&mut bytes)?;
    // A letter of several bytes is not cut.
    let whole = match std::str::from_utf8(&bytes) {
        Err(error) if error.error_len().is_none() && error.valid_up_to() > 0 => error.valid_up_to(),
        _ => bytes.len(),
    };
    let next = from + whole as u64;
    Ok(Output {
        text: String::from_utf8_lossy(&bytes[..whole]).into_owned(),
        next,
        more: next < length,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_join_to_the_whole_without_cutting_a_letter() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("output.txt");
        let text = format!("{}ß", "é".repeat(40_000));
        std::fs::write(&path, &text).unwrap();
        let (mut all, mut from) = (String::new(), 0);
        loop {
            let piece = read(&path, from).unwrap();
            all.push_str(&piece.text);
            from = piece.next;
            if !piece.more {
                break;
            }
        }
        assert_eq!(all, text);
        assert_eq!(read(&path, 1 << 40).unwrap().text, "");
    }
}
