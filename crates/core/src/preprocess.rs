//! Scaling and encoding, fitted on training rows only, and saved with the model.

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::dataset::Table;
use crate::matrix::Matrix;

/// How numeric columns are scaled.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Scale {
    /// To [0, 1] by the training minimum and maximum; values outside are not clipped.
    MinMax,
    /// To mean 0 and standard deviation 1 (the population's, as scikit-learn).
    Standard,
    /// Left as they are.
    None,
}

/// How categorical columns become numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Encode {
    /// One 0/1 column per category seen in training; an unseen category is all zeros.
    OneHot,
    /// The position of the category in the sorted list of those seen in training; an unseen one is -1.
    Ordinal,
}

/// What to do with missing values.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Missing {
    /// Refuse them.
    Error,
    /// The training median (numeric) or the most frequent category.
    Median,
    /// Leave out the rows that have them, before the split.
    DropRow,
}

/// Everything that preprocessing depends on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PreprocessSettings {
    /// Numeric columns.
    pub scale: Scale,
    /// Categorical columns.
    pub encode: Encode,
    /// Missing values.
    pub missing: Missing,
}

/// Why rows could not be preprocessed.
#[derive(Debug, Error, PartialEq)]
pub enum PreprocessError {
    /// The table lacks a column.
    #[error("there is no column {0:?}")]
    NoColumn(String),
    /// No row to fit on.
    #[error("there are no training rows")]
    NoRows,
    /// A value is missing or not finite and the rule is `error`.
    #[error(
        "column {column:?}, row {row}: the value is {what}; set preprocess.missing to \"median\" or \"drop-row\", or mend the data"
    )]
    Missing {
        /// The column.
        column: String,
        /// The row in the table, from 0.
        row: usize,
        /// `missing` or `infinite`.
        what: &'static str,
    },
    /// The column was numeric in training and is not now, or the reverse.
    #[error("column {0:?} was {1} when the preprocessing was fitted")]
    WrongType(String, &'static str),
}

/// Fitted preprocessing: from a table's raw columns to a matrix.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Preprocessor {
    settings: PreprocessSettings,
}

impl Preprocessor {
    /// Learns scales, categories and medians from the given rows of the given columns.
    pub fn fit(
        table: &Table,
        rows: &[usize],
        features: &[String],
        settings: PreprocessSettings,
    ) -> Result<Self, PreprocessError> {
        let _ = (table, rows, features, settings);
        todo!()
    }

    /// The given rows as a matrix, one matrix column per name of [`Self::columns`].
    pub fn transform(&self, table: &Table, rows: &[usize]) -> Result<Matrix, PreprocessError> {
        let _ = (table, rows);
        todo!()
    }

    /// The names of the matrix columns: `src_bytes`, `service=http`, ...
    pub fn columns(&self) -> &[String] {
        todo!()
    }

    /// What it was fitted with.
    pub fn settings(&self) -> PreprocessSettings {
        self.settings
    }
}
