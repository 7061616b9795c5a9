//! The scores of a trial, by part.

use crate::dataset::Classes;

/// The scores of one part (validation, test or transfer) with what is known of its rows.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct ScoredPart {
    /// The row number in the source table, from 0.
    pub rows: Vec<u32>,
    /// The class of each row.
    pub classes: Classes,
    /// `true` for an outlier under the label policy.
    pub labels: Vec<bool>,
    /// One finite score per row; the higher, the more anomalous.
    pub scores: Vec<f64>,
    /// The time of each row in seconds since 1970-01-01 UTC, NaN where it is missing; `None`: the data set has no
    /// times, or nothing says which column holds them.
    pub times: Option<Vec<f64>>,
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
