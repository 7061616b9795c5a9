//! Why rows could not be scored, or a model not be opened or fitted.

use std::io;
use std::path::PathBuf;

use oddbench_core::DetectorError;
use oddbench_core::preprocess::{Gap, PreprocessError};
use oddbench_core::remedy;
use oddbench_data::rows::RowError;
use oddbench_models::{DeviceError, ParamError};
use thiserror::Error;

use crate::store::StoreError;

/// Why not.
#[derive(Debug, Error)]
pub enum ScoringError {
    /// The rows are at fault.
    #[error(transparent)]
    Rows(#[from] RowError),
    /// A value of a table that has no lines: rows count from 1.
    #[error("row {}: {message}", row + 1)]
    Row {
        /// From 0.
        row: usize,
        /// What is wrong and what to do.
        message: String,
    },
    /// The table cannot be preprocessed as the model asks.
    #[error("{0}")]
    Table(String),
    /// There is no model in the folder.
    #[error("{path}: {message}; {remedy}")]
    NoModel {
        /// The folder.
        path: PathBuf,
        /// What is there instead.
        message: String,
        /// What to do.
        remedy: String,
    },
    /// The model has no threshold to call rows anomalous by.
    #[error("{0}")]
    NoThreshold(String),
    /// What was asked for does not exist, or is out of range.
    #[error("{0}")]
    Request(String),
    /// A parameter of the model is wrong.
    #[error(transparent)]
    Params(#[from] ParamError),
    /// The fit was stopped on request.
    #[error("cancelled")]
    Cancelled,
    /// The model failed.
    #[error("{0}")]
    Model(String),
    /// The model's device.
    #[error(transparent)]
    Device(#[from] DeviceError),
    /// A results folder could not be read.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A file could not be written.
    #[error("{path}: {source}; {}", remedy::of_io(source))]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
}

impl ScoringError {
    /// Whether the rows or the request are at fault, and not this machine or the saved model.
    pub fn is_users_fault(&self) -> bool {
        match self {
            Self::Rows(_)
            | Self::Row { .. }
            | Self::Table(_)
            | Self::NoModel { .. }
            | Self::NoThreshold(_)
            | Self::Request(_)
            | Self::Params(_) => true,
            Self::Cancelled
            | Self::Model(_)
            | Self::Device(_)
            | Self::Store(_)
            | Self::Io { .. } => false,
        }
    }
}

impl From<DetectorError> for ScoringError {
    fn from(error: DetectorError) -> Self {
        match error {
            DetectorError::Cancelled => Self::Cancelled,
            DetectorError::BadInput(message) => Self::Table(message),
            other => Self::Model(other.to_string()),
        }
    }
}

/// What is wrong with a value, in words for somebody who scores: (column, what, remedy).
pub(super) fn in_words(error: &PreprocessError) -> (Option<&str>, String, &'static str) {
    match error {
        PreprocessError::Gaps { missing, infinite } => {
            let names = |gaps: &[Gap]| {
                let names: Vec<String> =
                    gaps.iter().map(|gap| format!("{:?}", gap.column)).collect();
                let columns = if gaps.len() == 1 { "column" } else { "columns" };
                format!("{columns} {}", names.join(", "))
            };
            let column = missing.iter().chain(infinite).next().map(|gap| gap.column.as_str());
            match (missing.is_empty(), infinite.is_empty()) {
                (false, true) => (
                    column,
                    format!("{}: the value is missing", names(missing)),
                    "fill it in, or fit the model with preprocess.missing = \"median\", which fills gaps",
                ),
                (true, _) => (
                    column,
                    format!("{}: the value is infinite", names(infinite)),
                    "put a number there, or fit the model with preprocess.infinite = \"missing\" and preprocess.missing = \"median\", which fills gaps",
                ),
                (false, false) => (
                    column,
                    format!(
                        "{}: the value is missing; {}: the value is infinite",
                        names(missing),
                        names(infinite)
                    ),
                    "put numbers there, or fit the model with preprocess.infinite = \"missing\" and preprocess.missing = \"median\", which fills gaps",
                ),
            }
        }
        PreprocessError::TooLarge(column) => (
            Some(column),
            format!("column {column:?}: the value is too large for single precision once scaled"),
            "mend the data",
        ),
        PreprocessError::NoColumn(column) => (
            Some(column),
            format!("there is no column {column:?}"),
            "name the columns as the model's training data did (order does not matter)",
        ),
        PreprocessError::WrongType(column, kind) => (
            Some(column),
            format!("column {column:?} was {kind} when the model was fitted"),
            "give it the same kind of values",
        ),
        other => (None, other.to_string(), "mend the data"),
    }
}
