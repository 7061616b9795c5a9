//! What is known about a saved model without using it.

use oddbench_core::FeatureKind;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::ScoringError;

/// A column that a model reads.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct InputColumn {
    /// Its name.
    pub name: String,
    /// Numbers or categories.
    pub kind: FeatureKind,
    /// The categories seen in training, sorted; empty for numbers.
    pub levels: Vec<String>,
}

/// A threshold that a model comes with: rows with greater scores are called anomalous.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ThresholdInfo {
    /// The rule's name as in an experiment file.
    pub rule: String,
    /// The rows that it was chosen on: `validation`, `test` or `training`; `None` if no rows decide it.
    pub tuned_on: Option<String>,
    /// Whether it was chosen with knowledge of test rows.
    pub oracle: bool,
    /// The number; `None` if the rule gives no threshold.
    pub value: Option<f64>,
    /// Why there is none.
    pub undefined: Option<String>,
}

/// A saved model.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ModelInfo {
    /// The trial's address, or the name that the model was fitted under.
    pub id: String,
    /// The model name in tables.
    pub name: String,
    /// The detector's kind.
    pub kind: String,
    /// Every parameter.
    pub params: Value,
    /// `None` where the detector is deterministic.
    pub seed: Option<u64>,
    /// `None` for a model that was fitted on a user's table.
    pub experiment: Option<String>,
    /// The data set, or the file.
    pub dataset: String,
    /// Whether the training rows were generated.
    pub synthetic: bool,
    /// Whether the fit saw labels.
    pub supervised: bool,
    /// Training rows, if it is known.
    pub train_rows: Option<usize>,
    /// Whether a score can be divided into contributions of features.
    pub explains: bool,
    /// Whether the model rebuilds rows.
    pub reconstructs: bool,
    /// The columns that it reads, in its own order.
    pub columns: Vec<InputColumn>,
    /// The thresholds, the default one first.
    pub thresholds: Vec<ThresholdInfo>,
    /// RFC 3339, UTC.
    pub fitted_at: String,
    /// What a user must know.
    pub notes: Vec<String>,
}

impl ModelInfo {
    /// The threshold of the first rule. An error if there is no rule, or if it gives no number.
    pub fn default_threshold(&self) -> Result<f64, ScoringError> {
        const REMEDY: &str = "say which scores are anomalous: --threshold X, or --quantile Q";
        let first = self.thresholds.first().ok_or_else(|| {
            ScoringError::NoThreshold(format!(
                "no threshold is known for the model {:?}: its experiment's manifest.json is not beside it; {REMEDY}",
                self.name
            ))
        })?;
        first.value.ok_or_else(|| {
            let why = first.undefined.as_deref().unwrap_or("it gives none");
            ScoringError::NoThreshold(format!(
                "the rule {} gives the model {:?} no threshold: {why}; {REMEDY}",
                first.rule, self.name
            ))
        })
    }
}
