//! `fixed`: a number given in the file.

use serde::{Deserialize, Serialize};

use super::{DefaultValue, Key, NoThreshold, ThresholdRule, TunedRows, Values};

/// A number given in the file.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fixed {
    /// The threshold.
    pub value: f64,
}

impl ThresholdRule for Fixed {
    const SUMMARY: &'static str = "A number given in the file.";
    const KEYS: &'static [Key] = &[Key {
        name: "value",
        values: Values::Number,
        default: DefaultValue::Required("value = 0.5, or another number"),
        meaning: "The threshold itself",
    }];
    const TUNED: bool = false;

    fn choose(&self, _: &TunedRows<'_>) -> Result<f64, NoThreshold> {
        Ok(self.value)
    }

    fn words(&self, _: &str) -> String {
        format!("fixed at {}", self.value)
    }
}
