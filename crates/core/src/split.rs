//! Which rows train, validate and test. Pure and seeded: the same labels give the same split.

use serde::{Deserialize, Serialize};
use thiserror::Error;

/// Which table of a data set a part's rows come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum TableName {
    /// The training table (the only one, for data sets of one table).
    Train,
    /// The separate test table.
    Test,
}

/// Some rows of one table, in an order that matters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    /// The table.
    pub table: TableName,
    /// Row numbers from 0.
    pub rows: Vec<usize>,
}

/// The three parts; no row is in two of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Split {
    /// Rows to fit on.
    pub train: Part,
    /// Rows to tune on.
    pub validation: Part,
    /// Rows that figures are computed on.
    pub test: Part,
}

/// The test part of the published split.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Published {
    /// 8,000 inliers and 2,000 outliers.
    P8020,
    /// 9,000 inliers and 1,000 outliers.
    P9010,
    /// Every row that is not validated on.
    All,
}

/// A single-table split into shares, stratified by label.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Holdout {
    /// Share of the rows of each label that are tested on, 0 < share < 1.
    pub test: f64,
    /// Share that is validated on, 0 <= share; `test + validation < 1`.
    pub validation: f64,
    /// Seed of the shuffle.
    pub seed: u32,
    /// Whether training rows that are outliers are left out (unsupervised) or kept (supervised).
    pub inliers_only: bool,
}

/// Why a split could not be made.
#[derive(Debug, Error, PartialEq)]
pub enum SplitError {
    /// Too few rows of one label.
    #[error("the {split} split needs {needed} {what}, there are {found}")]
    TooFew {
        /// The split as the experiment file names it.
        split: &'static str,
        /// `inliers` or `outliers`, and of which part.
        what: &'static str,
        /// How many it needs.
        needed: usize,
        /// How many there are.
        found: usize,
    },
    /// The data set lacks a test table.
    #[error("the {split} split needs a separate test table, which this data set does not have")]
    NoTestTable {
        /// The split as the experiment file names it.
        split: &'static str,
    },
}

/// The split of the 2020 study (DESIGN: fractions and seeds 200 and 250 of NumPy's legacy generator).
/// `train_labels` and `test_labels` have one label per row of the two tables, `true` = outlier.
pub fn published(
    train_labels: &[bool],
    test_labels: &[bool],
    test: Published,
) -> Result<Split, SplitError> {
    let _ = (train_labels, test_labels, test);
    todo!()
}

/// A stratified holdout of one table.
pub fn holdout(labels: &[bool], settings: Holdout) -> Result<Split, SplitError> {
    let _ = (labels, settings);
    todo!()
}
