//! Small files of a results folder that describe its trials, so that no scores need to be read.

use std::path::Path;

use oddbench_core::preprocess::Preprocessor;
use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::{MEND, Store, StoreError, file_name, read_json, sums};

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
    /// `None` if the rule gives no threshold.
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

    /// The lines of a table of this folder, compared with its digest; of one from before digests were kept as they
    /// are.
    pub(crate) fn checked_lines<T: DeserializeOwned>(
        &self,
        path: &Path,
    ) -> Result<Vec<T>, StoreError> {
        let digests = sums::read(self.dir(), AGAIN)?.unwrap_or_default();
        if let Some(written) = digests.get(&file_name(path)) {
            sums::check(path, written, AGAIN)?;
        }
        oddbench_data::csv_lines(path).map_err(|error| StoreError::Corrupt {
            path: path.to_owned(),
            message: error.to_string(),
            remedy: AGAIN.into(),
        })
    }

    /// How the rows of a trial's saved model were encoded; `None` if no model is saved.
    pub fn preprocessor(&self, trial: &str) -> Result<Option<Preprocessor>, StoreError> {
        let path = self.trial_dir(trial).join("model/preprocessor.json");
        read_json(&path, MEND)
    }
}
