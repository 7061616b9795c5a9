//! `native`: the model's own decision boundary, learned from the training rows.

use serde::{Deserialize, Serialize};

use super::{Key, NoThreshold, ThresholdRule, TunedRows, Undefined};

/// The model's own decision boundary, learned from the training rows.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Native {}

impl Undefined {
    /// The rule is `native` and the record holds no decision boundary.
    pub const NO_NATIVE_THRESHOLD: Self = Self {
        code: "no-native-threshold",
        reason: "no decision boundary of its own is recorded: this kind of model has none, or its trial is older than the rule (--fresh runs it again)",
    };
}

impl ThresholdRule for Native {
    const SUMMARY: &'static str = "The model's own decision boundary.";
    const KEYS: &'static [Key] = &[];
    const TUNED: bool = false;
    const UNDEFINED: &'static [Undefined] = &[Undefined::NO_NATIVE_THRESHOLD];

    fn choose(&self, rows: &TunedRows<'_>) -> Result<f64, NoThreshold> {
        rows.native.ok_or(NoThreshold::Undefined(Undefined::NO_NATIVE_THRESHOLD))
    }

    fn words(&self, _: &str) -> String {
        "native, each model's own decision boundary".to_owned()
    }
}
