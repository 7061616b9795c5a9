//! Small files of a results folder that say much of its trials without a score being read.

use std::fs::File;
use std::io;
use std::path::Path;

use oddbench_core::preprocess::Preprocessor;
use oddbench_data::digest;
use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::json::{CHANGED, MISSING};
use super::{MEND, Store, StoreError, file_name, io_error, read_json, sums};

/// What to do where a table is damaged.
const AGAIN: &str = "run the experiment again: it writes this file from what is stored";

/// What a list of models needs of a line of `summary.csv`.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct SummaryLine {
    /// The trial's id.
    pub trial: String,
    /// The model's name.
    pub name: String,
    /// The split and, after a slash, the part that is judged unless it is the test rows.
    pub split: String,
    /// `None` where the rule gives none.
    pub threshold: Option<f64>,
    /// `None` where it is not defined.
    pub roc_auc: Option<f64>,
}

impl Store {
    /// The lines of `summary.csv` that judge test rows, in the order of the trials and their rules.
    pub fn summary(&self) -> Result<Vec<SummaryLine>, StoreError> {
        let mut lines: Vec<SummaryLine> = self.checked_lines(&self.summary_path())?;
        lines.retain(|line| !line.split.ends_with("/transfer"));
        Ok(lines)
    }

    /// The lines of a table of this folder, held against its digest; of one from before digests were kept as they
    /// are.
    pub(crate) fn checked_lines<T: DeserializeOwned>(
        &self,
        path: &Path,
    ) -> Result<Vec<T>, StoreError> {
        let damaged = |message: String| StoreError::Corrupt {
            path: path.to_owned(),
            message,
            remedy: AGAIN.into(),
        };
        let digests = sums::read(self.dir(), AGAIN)?.unwrap_or_default();
        if let Some(written) = digests.get(&file_name(path)) {
            match File::open(path).and_then(digest::of_reader) {
                Ok(found) if found == *written => {}
                Ok(_) => return Err(damaged(CHANGED.into())),
                Err(error) if error.kind() == io::ErrorKind::NotFound => {
                    return Err(damaged(MISSING.into()));
                }
                Err(error) => return Err(io_error(path, error)),
            }
        }
        oddbench_data::csv_lines(path).map_err(|error| damaged(error.to_string()))
    }

    /// How the rows of a trial's saved model were encoded; `None` if no model is saved.
    pub fn preprocessor(&self, trial: &str) -> Result<Option<Preprocessor>, StoreError> {
        let path = self.trial_dir(trial).join("model/preprocessor.json");
        read_json(&path, MEND)
    }
}
