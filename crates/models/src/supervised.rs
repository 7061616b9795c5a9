//! What all supervised detectors share: labels, checked, and how much each class weighs.

use oddbench_core::{DetectorError, Train};
use serde_json::{Value, json};

use crate::{
    number_or_word::{NumberOrWord, number_or_word},
    params::{ParamError, require},
};

/// How much a row of each class weighs in training.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum ClassWeight {
    /// Every row weighs the same.
    None,
    /// Both classes weigh the same in sum: a row weighs `n / (2 n_class)`.
    Balanced,
    /// An outlier weighs this much, an inlier 1.
    Outlier(f64),
}

number_or_word!(
    ClassWeight,
    [None = "none", Balanced = "balanced"],
    Outlier,
    "\"none\", \"balanced\" or the weight of an outlier, a number from 1e-9 to 1e9",
    {
        fn number_schema() -> Value {
            json!({ "type": "number", "minimum": 1e-9, "maximum": 1e9 })
        }
    }
);

impl ClassWeight {
    /// Whether the weight is in range.
    pub(crate) fn check(self) -> Result<(), ParamError> {
        let weight = self.number().unwrap_or(1.0);
        require("class_weight", (1e-9..=1e9).contains(&weight), Self::ALLOWED, weight)
    }

    /// The weights of an inlier and of an outlier. There must be rows of both classes.
    pub(crate) fn of_classes(self, labels: &[bool]) -> [f64; 2] {
        match self {
            Self::None => [1.0, 1.0],
            Self::Outlier(weight) => [1.0, weight],
            Self::Balanced => {
                let outliers = labels.iter().filter(|label| **label).count();
                let each = |rows: usize| labels.len() as f64 / (2 * rows) as f64;
                [each(labels.len() - outliers), each(outliers)]
            }
        }
    }
}

/// The labels of training rows that a supervised detector can learn from: one per row, both classes.
pub(crate) fn checked_labels<'a>(train: &Train<'a>) -> Result<&'a [bool], DetectorError> {
    let bad = |message: String| Err(DetectorError::BadInput(message));
    let Some(labels) = train.labels else {
        return bad("a supervised detector needs labels, and the training rows have none".into());
    };
    if labels.len() != train.x.rows() {
        return bad(format!("{} labels for {} training rows", labels.len(), train.x.rows()));
    }
    if i32::try_from(labels.len()).is_err() {
        return bad(format!("{} training rows; there can be 2,147,483,647", labels.len()));
    }
    let missing = match (labels.contains(&false), labels.contains(&true)) {
        (true, true) => return Ok(labels),
        (_, false) => "outlier",
        (false, _) => "inlier",
    };
    bad(format!(
        "a supervised detector needs rows of both classes, and there is no {missing} among the \
         {} training rows: choose a split that trains on both",
        labels.len()
    ))
}
