//! Why a data set, or a file beside it, cannot be read or written.

use std::io;
use std::path::PathBuf;

use oddbench_core::remedy;
use thiserror::Error;

use crate::fetch::FetchError;

/// Why a data set cannot be read or written. Exit code 3, but 1 for what the system did not write.
#[derive(Debug, Error)]
pub enum DataError {
    /// It could not be fetched or did not verify.
    #[error(transparent)]
    Fetch(#[from] FetchError),
    /// It could not be parsed.
    #[error("{path}: {message}")]
    Parse {
        /// The file.
        path: PathBuf,
        /// What is wrong, with the line if it is known, and what to do.
        message: String,
    },
    /// The data set lacks a column that was asked for.
    #[error("there is no column {column:?}; `oddbench data describe` lists them")]
    UnknownColumn {
        /// The name.
        column: String,
    },
    /// A score file could not be written or read.
    #[error("{path}: {message}")]
    Scores {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        message: String,
    },
    /// The system did not write a file of a split.
    #[error("{path}: {source}; {}", remedy::of_io(source))]
    Unwritten {
        /// The file or folder.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A split could not be written.
    #[error("{path}: {message}")]
    Export {
        /// The file or folder.
        path: PathBuf,
        /// What is wrong.
        message: String,
    },
    /// A file of measured epochs could not be read.
    #[error("{}: {message}", path.display())]
    MeasuredEpochs {
        /// The file.
        path: PathBuf,
        /// What is wrong, with the line.
        message: String,
    },
    /// Published figures could not be read.
    #[error("anchors {name:?}: {message}")]
    Anchors {
        /// The name or path that was asked for.
        name: String,
        /// What is wrong and what to do.
        message: String,
    },
}
