//! From stored scores to figures: a threshold rule applied to the rows that it may look at, and
//! the metrics of the test rows at that threshold.

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::metrics::Confusion;
use crate::record::Scores;

/// How a threshold is chosen from scores.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum Rule {
    /// The candidate with the best accuracy.
    MaxAccuracy,
    /// The candidate with the best F1.
    MaxF1,
    /// The candidate with the best F2.
    MaxF2,
    /// The `q` quantile, 0 < q < 1, of the scores of the inliers (or of all rows).
    Quantile {
        /// Which quantile.
        q: f64,
        /// Of which rows.
        of: QuantileOf,
    },
    /// A number given in the file.
    Fixed {
        /// The threshold.
        value: f64,
    },
}

/// The rows whose scores a quantile is taken of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum QuantileOf {
    /// Rows that the label policy calls inliers.
    Inliers,
    /// Every row of the part.
    All,
}

/// The part whose rows a threshold is chosen on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum TuneOn {
    /// Rows that are not tested on.
    Validation,
    /// The test rows themselves: an oracle.
    Test,
}

/// A threshold rule with everything that it depends on.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ThresholdSettings {
    /// How.
    pub rule: Rule,
    /// On which rows.
    pub tune_on: TuneOn,
    /// Weigh the classes as if this share of the rows, 0 < c < 1, were outliers.
    pub contamination: Option<f64>,
    /// Round candidate thresholds to this many decimals before they are tried.
    pub decimals: Option<u32>,
}

impl ThresholdSettings {
    /// Whether the threshold was chosen with knowledge of the test rows.
    pub fn is_oracle(&self) -> bool {
        self.tune_on == TuneOn::Test && !matches!(self.rule, Rule::Fixed { .. })
    }

    /// The rule's name as in the experiment file.
    pub fn rule_name(&self) -> &'static str {
        match self.rule {
            Rule::MaxAccuracy => "max-accuracy",
            Rule::MaxF1 => "max-f1",
            Rule::MaxF2 => "max-f2",
            Rule::Quantile { .. } => "quantile",
            Rule::Fixed { .. } => "fixed",
        }
    }
}

/// The metrics of the test rows at one threshold. A metric that is undefined is `None`.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Evaluation {
    /// The rule.
    pub settings: ThresholdSettings,
    /// Whether the rule saw the test rows.
    pub oracle: bool,
    /// A row is called an outlier if its score is greater.
    pub threshold: f64,
    /// Counts on the test rows.
    pub confusion: Confusion,
    /// Share of rows that are called rightly.
    pub accuracy: Option<f64>,
    /// Share of called outliers that are outliers.
    pub precision: Option<f64>,
    /// Share of outliers that are called so.
    pub recall: Option<f64>,
    /// Harmonic mean of precision and recall.
    pub f1: Option<f64>,
    /// The same with recall weighted twice as much as precision.
    pub f2: Option<f64>,
    /// Area under the ROC curve; independent of the threshold.
    pub roc_auc: Option<f64>,
    /// Average precision; independent of the threshold.
    pub average_precision: Option<f64>,
}

/// Why scores could not be evaluated.
#[derive(Debug, Error, PartialEq)]
pub enum EvaluateError {
    /// The rule needs rows that are not there.
    #[error("rule {rule}: the {part} part has no {what}")]
    NoRows {
        /// The rule's name.
        rule: &'static str,
        /// `validation` or `test`.
        part: &'static str,
        /// `rows`, `inliers` or `outliers`.
        what: &'static str,
    },
    /// A score is NaN or infinite.
    #[error("score {index} of the {part} part is not finite")]
    NotFinite {
        /// `validation` or `test`.
        part: &'static str,
        /// Position in the part.
        index: usize,
    },
}

/// Chooses the threshold and computes every metric of the test rows.
pub fn evaluate(
    scores: &Scores,
    settings: &ThresholdSettings,
) -> Result<Evaluation, EvaluateError> {
    let _ = (scores, settings);
    todo!()
}
