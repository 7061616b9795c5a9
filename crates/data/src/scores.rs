//! `scores.parquet`: columns `set` (validation | test), `row`, `class`, `label`, `score`.

use std::path::Path;

use oddbench_core::record::Scores;

use crate::source::DataError;

/// Writes the scores of a trial; bytes are the same for the same scores.
pub fn write(path: &Path, scores: &Scores) -> Result<(), DataError> {
    let _ = (path, scores);
    todo!()
}

/// Reads them back, bit for bit.
pub fn read(path: &Path) -> Result<Scores, DataError> {
    let _ = path;
    todo!()
}
