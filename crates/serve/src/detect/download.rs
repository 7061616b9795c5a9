//! `GET /api/jobs/{id}/download`: the upload with its scores as CSV, by the writer of `oddbench score`;
//! cells that a spreadsheet would run get a `'` in front. If rows are marked, the marks are a column. Added columns get a
//! prefix if the upload has one of their names already. Written as fast as the client takes it.

use std::io::{self, Write};
use std::sync::Arc;

use axum::body::{Body, Bytes};
use axum::extract::{Path, Query, State};
use axum::http::header;
use axum::response::IntoResponse;
use futures_util::stream;
use oddbench_data::rows::{self, FileFormat, MARK, Rows, ScoredWriter, WriteOptions};
use schemars::JsonSchema;
use serde::Deserialize;
use tokio::sync::mpsc;

use super::jobs::Job;
use crate::error::{Answer, ApiError};
use crate::models::finite;
use crate::state::App;

/// Rows that are written at a time.
const BLOCK: usize = 4_096;

/// Bytes of a piece, and pieces that wait for the client.
const PIECE: usize = 64 << 10;
const PIECES: usize = 4;

/// What counts as an anomaly.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DownloadQuery {
    /// Rows with a greater score are anomalies; the model's own if left out.
    threshold: Option<f64>,
}

/// The file.
pub async fn download(
    State(app): State<App>,
    Path(id): Path<String>,
    Query(query): Query<DownloadQuery>,
) -> Answer<impl IntoResponse> {
    let job = app.detect.job(&id)?;
    let threshold = finite("threshold", query.threshold)?.or(job.result()?.threshold);
    let none = || ApiError::bad("there is no threshold", "name one: ?threshold=0.5");
    let threshold = threshold.ok_or_else(none)?;
    // Before the answer begins: what cannot be written must be an error, not a file that breaks off.
    let prefix = free_prefix(&job.upload.rows);
    let place = app.stream_place()?;
    let name = file_name(&job.upload.name);
    let (pieces, taken) = mpsc::channel(PIECES);
    tokio::task::spawn_blocking(move || {
        let _place = place;
        let out = Pieces { pieces: pieces.clone(), held: Vec::with_capacity(PIECE) };
        if let Err(error) = write(&job, threshold, prefix, out) {
            // A client that reads on must see the file break off, not end.
            let _ = pieces.blocking_send(Err(io::Error::other(error)));
        }
    });
    let body = Body::from_stream(stream::unfold(taken, |mut taken| async move {
        taken.recv().await.map(|piece| (piece, taken))
    }));
    let head = [
        (header::CONTENT_TYPE, "text/csv; charset=utf-8".to_owned()),
        (header::CONTENT_DISPOSITION, format!("attachment; filename=\"{name}\"")),
    ];
    Ok((head, body))
}

/// `traffic-scored.csv` of `traffic.csv`, in characters that every system takes.
fn file_name(upload: &str) -> String {
    let stem = upload.strip_suffix(".csv").unwrap_or(upload);
    let plain =
        |c: char| if c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.') { c } else { '_' };
    format!("{}-scored.csv", stem.chars().map(plain).collect::<String>())
}

fn write(job: &Arc<Job>, threshold: f64, prefix: String, out: Pieces) -> Result<(), String> {
    let outcome = job.result().map_err(|error| error.error)?;
    let rows = &job.upload.rows;
    let format = FileFormat::Csv;
    let options = WriteOptions { escape_formulas: true, prefix, ..WriteOptions::default() };
    let text = |error: oddbench_data::rows::RowError| error.to_string();
    let marks = job.upload.marks.all();
    let mark_column = mark_column(rows);
    let with_marks = |block: &[usize]| {
        let texts = block.iter().map(|row| marks.get(row).map_or("", |mark| mark.text()));
        match marks.is_empty() {
            true => Ok(rows.select(block)),
            false => rows.select(block).with_column(&mark_column, texts),
        }
    };
    let names = with_marks(&[]).map_err(text)?;
    let mut writer = ScoredWriter::new(out, format, names.names(), &options).map_err(text)?;
    for start in (0..rows.len()).step_by(BLOCK) {
        let block: Vec<usize> = (start..rows.len().min(start + BLOCK)).collect();
        let scored = outcome.scored.slice(start..start + block.len());
        let decisions = outcome.model.decisions(&scored, threshold);
        writer.write(&with_marks(&block).map_err(text)?, &decisions).map_err(text)?;
    }
    writer.finish().map_err(text)
}

/// What stands in front of the names of the added columns: nothing, or the first of `oddbench_`, `oddbench_2_`,
/// `oddbench_3_` ... with which no added column is called like one of the upload.
pub fn free_prefix(upload: &Rows) -> String {
    rows::free_prefix(upload.names(), "oddbench")
}

/// [`MARK`], or a name that no column of the upload has.
fn mark_column(rows: &Rows) -> String {
    let mut name = MARK.to_owned();
    while rows.position(&name).is_some() {
        name.push('_');
    }
    name
}

/// A writer whose bytes go to the client piece by piece.
struct Pieces {
    pieces: mpsc::Sender<io::Result<Bytes>>,
    held: Vec<u8>,
}

impl Write for Pieces {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.held.extend_from_slice(bytes);
        if self.held.len() >= PIECE {
            self.flush()?;
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        if self.held.is_empty() {
            return Ok(());
        }
        let piece = Bytes::from(std::mem::take(&mut self.held));
        let gone = |_| io::Error::new(io::ErrorKind::BrokenPipe, "the client has gone");
        self.pieces.blocking_send(Ok(piece)).map_err(gone)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_name_breaks_no_header() {
        assert_eq!(file_name("my traffic\".csv"), "my_traffic_-scored.csv");
        assert_eq!(file_name("ä.txt"), "_.txt-scored.csv");
    }
}
