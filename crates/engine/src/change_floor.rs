//! The least score of a row that differs in a column that was constant in
//! training.
//!
//! Trees and pseudo-inverses learn nothing from a column that never varied, so a flag for it cannot
//! raise their scores. But the rows say how rare a change is. If the next row is like n training rows, none
//! of which differs, it differs with a probability of at most 1 / (n + 1), as it exceeds the greatest of n
//! training scores. So a row with a change scores at least as high as the oddest training row. If k columns
//! were constant, it scores at least as high as the k-th oddest, because each of them may change.

use oddbench_core::preprocess::Preprocessor;
use oddbench_core::{DetectorError, FittedDetector, Matrix};
use serde::{Deserialize, Serialize};

/// Scores of so many training rows decide, evenly spaced where there are more.
const MOST_ROWS: usize = 10_000;

/// `model/changes.json`: the least score of a row with a change.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ChangeFloor {
    /// `None` where no column was constant, or the scores do not say how odd a row is.
    pub(crate) least_score: Option<f64>,
}

impl ChangeFloor {
    /// The file's name.
    pub(crate) const FILE: &str = "changes.json";

    /// No change is worth anything.
    pub(crate) const NONE: Self = Self { least_score: None };

    /// Scores training rows of an unsupervised detector.
    pub(crate) fn of(
        detector: &dyn FittedDetector,
        preprocessor: &Preprocessor,
        train: &Matrix,
    ) -> Result<Self, DetectorError> {
        if preprocessor.flagged().next().is_none() || train.is_empty() {
            return Ok(Self::NONE);
        }
        let (rows, taken) = (train.rows(), train.rows().min(MOST_ROWS));
        let positions: Vec<usize> = (0..taken).map(|i| i * rows / taken).collect();
        let scores = match taken == rows {
            true => detector.score_training(train)?,
            false => detector.score_training(&train.select(&positions))?,
        };
        Ok(Self::of_scores(&scores, preprocessor))
    }

    /// From the scores of training rows.
    pub(crate) fn of_scores(scores: &[f64], preprocessor: &Preprocessor) -> Self {
        let Some(last) = preprocessor.flagged().count().checked_sub(1) else { return Self::NONE };
        let mut scores: Vec<f64> = scores.iter().copied().filter(|s| s.is_finite()).collect();
        scores.sort_unstable_by(|a, b| b.total_cmp(a));
        Self { least_score: scores.get(last).copied() }
    }
}
