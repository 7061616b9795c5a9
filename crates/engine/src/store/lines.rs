//! Small files of a results folder that say much of its trials without a score being read.

use oddbench_core::preprocess::Preprocessor;
use serde::Deserialize;

use super::{Store, StoreError, read_json};

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
        let read = oddbench_data::csv_lines::<SummaryLine>(&path);
        let mut lines = read.map_err(|error| StoreError::Corrupt {
            path,
            message: error.to_string(),
            remedy: "run the experiment again: it writes this file from what is stored".into(),
        })?;
        lines.retain(|line| !line.split.ends_with("/transfer"));
        Ok(lines)
    }

    /// How the rows of a trial's saved model were encoded; `None` if no model is saved.
    pub fn preprocessor(&self, trial: &str) -> Result<Option<Preprocessor>, StoreError> {
        let path = self.trial_dir(trial).join("model/preprocessor.json");
        read_json(&path, "delete the trial's folder and run the experiment again")
    }
}
