//! `score-digests.csv`: one line per completed trial with the digest of its scores. Beside `manifest.json` and
//! `summary.csv` it is all that `oddbench reproduce` needs of a results folder.

use std::collections::BTreeMap;

use oddbench_core::results::TrialResult;
use serde::Deserialize;

use super::summary::{cell, push_line};
use super::{Store, StoreError};

/// The file.
pub(super) const FILE: &str = "score-digests.csv";

const COLUMNS: [&str; 6] = ["trial", "name", "seed", "fold", "backend", "score_sha256"];

#[derive(Deserialize)]
struct Line {
    trial: String,
    score_sha256: String,
}

/// The file's text.
pub(super) fn text(results: &[TrialResult]) -> String {
    let mut text = COLUMNS.join(",");
    text.push('\n');
    for TrialResult { trial, record, .. } in results {
        let Some(digest) = record.as_ref().and_then(|record| record.score_sha256.clone()) else {
            continue;
        };
        let cells = [
            trial.id.clone(),
            trial.name.clone(),
            cell(trial.seed),
            cell(trial.fold_in_short()),
            trial.backend.clone(),
            digest,
        ];
        push_line(&mut text, cells.into_iter());
    }
    text
}

impl Store {
    /// The digest of each completed trial's scores by its id; empty if the file was never written.
    pub(crate) fn score_digests(&self) -> Result<BTreeMap<String, String>, StoreError> {
        let path = self.dir().join(FILE);
        if !path.exists() {
            return Ok(BTreeMap::new());
        }
        let lines: Vec<Line> = self.checked_lines(&path)?;
        Ok(lines.into_iter().map(|line| (line.trial, line.score_sha256)).collect())
    }
}
