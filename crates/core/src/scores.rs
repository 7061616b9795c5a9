//! The scores of a trial, by part. Facts about the rows are the same for all trials on them, and may be kept once for
//! all: a part of a million rows has 8 MB of scores and 7 MB of everything else.

use std::sync::Arc;

use crate::dataset::Classes;

/// The scores of one part (validation, test or transfer) with what is known about its rows.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct ScoredPart {
    /// The row number in the source table, from 0.
    pub rows: Arc<[u32]>,
    /// The class of each row.
    pub classes: Arc<Classes>,
    /// `true` for an outlier under the label policy.
    pub labels: Arc<[bool]>,
    /// One finite score per row; the higher, the more anomalous.
    pub scores: Vec<f64>,
    /// The time of each row in seconds since 1970-01-01 UTC, NaN where it is missing; `None`: the data set has no
    /// times, or nothing says which column holds them.
    pub times: Option<Arc<[f64]>>,
}

impl ScoredPart {
    /// Whether the parts are of the same rows, and the same is known about them.
    pub fn has_rows_of(&self, other: &Self) -> bool {
        self.rows == other.rows
            && self.labels == other.labels
            && self.classes == other.classes
            && same_times(self.times.as_deref(), other.times.as_deref())
    }

    /// The same scores, with the rows that the other part keeps. The parts must be of the same rows.
    pub fn with_rows_of(self, other: &Self) -> Self {
        Self { scores: self.scores, ..other.without_scores() }
    }

    /// The same rows without their scores.
    pub fn without_scores(&self) -> Self {
        Self {
            rows: self.rows.clone(),
            classes: self.classes.clone(),
            labels: self.labels.clone(),
            scores: Vec::new(),
            times: self.times.clone(),
        }
    }
}

/// A missing time, NaN, is the same as another.
fn same_times(a: Option<&[f64]>, b: Option<&[f64]>) -> bool {
    match (a, b) {
        (Some(a), Some(b)) => {
            a.len() == b.len() && a.iter().zip(b).all(|(a, b)| a == b || (a.is_nan() && b.is_nan()))
        }
        (None, None) => true,
        _ => false,
    }
}

/// `trials/<id>/scores.parquet`.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Scores {
    /// Validation rows.
    pub validation: ScoredPart,
    /// Test rows.
    pub test: ScoredPart,
    /// Rows of the data set's separate test table, where the test rows are of the training table.
    pub transfer: Option<ScoredPart>,
}
