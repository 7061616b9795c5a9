//! Small files of a results folder that say much of its trials without a score being read.

use std::fs::{self, File};
use std::path::Path;

use oddbench_core::preprocess::Preprocessor;
use oddbench_data::digest;
use serde::Deserialize;

use super::json::CHANGED;
use super::{MEND, Store, StoreError, io_error, read_json};

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
        let path = self.summary_path();
        self.check_summary(&path)?;
        let read = oddbench_data::csv_lines::<SummaryLine>(&path);
        let mut lines = read.map_err(|error| StoreError::Corrupt {
            path,
            message: error.to_string(),
            remedy: "run the experiment again: it writes this file from what is stored".into(),
        })?;
        lines.retain(|line| !line.split.ends_with("/transfer"));
        Ok(lines)
    }

    /// Holds the table against its digest; nothing of a table from before digests were kept.
    fn check_summary(&self, path: &Path) -> Result<(), StoreError> {
        let Ok(digests) = fs::read_to_string(self.digests_path()) else { return Ok(()) };
        let found = File::open(path).and_then(digest::of_reader).map_err(|e| io_error(path, e))?;
        match digests.lines().any(|line| line == format!("{found}  summary.csv")) {
            true => Ok(()),
            false => Err(StoreError::Corrupt {
                path: path.to_owned(),
                message: CHANGED.into(),
                remedy: "run the experiment again: it writes this file from what is stored".into(),
            }),
        }
    }

    /// How the rows of a trial's saved model were encoded; `None` if no model is saved.
    pub fn preprocessor(&self, trial: &str) -> Result<Option<Preprocessor>, StoreError> {
        let path = self.trial_dir(trial).join("model/preprocessor.json");
        read_json(&path, MEND)
    }
}
