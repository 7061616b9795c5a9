//! `quantile`: a quantile of the scores.

use serde::{Deserialize, Serialize};

use super::{DefaultValue, Key, NoThreshold, RowsOf, ThresholdRule, TunedRows, Values};
use crate::threshold::quantile;

/// The quantile of the scores of the inliers (or of all rows).
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Quantile {
    /// Which quantile, between 0 and 1.
    pub quantile: f64,
    /// Rows whose scores the rule looks at.
    pub of: RowsOf,
}

impl ThresholdRule for Quantile {
    const SUMMARY: &'static str = "A quantile of the scores.";
    const KEYS: &'static [Key] = &[
        Key {
            name: "quantile",
            values: Values::Share,
            default: DefaultValue::Required("quantile = 0.95, or another number between 0 and 1"),
            meaning: "Which quantile of the scores",
        },
        RowsOf::KEY,
    ];

    fn choose(&self, rows: &TunedRows<'_>) -> Result<f64, NoThreshold> {
        quantile(&rows.scores_of(self.of)?, self.quantile).ok_or(NoThreshold::Rows("rows"))
    }

    fn words(&self, part: &str) -> String {
        format!("{} quantile of the {}", self.quantile, self.of.scores(part))
    }
}
