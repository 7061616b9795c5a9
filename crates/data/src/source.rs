//! The data sets that an experiment may name: one [`Source`] a kind, with its columns, feature sets
//! and label policies known before anything is fetched.

use oddbench_core::{Dataset, LabelPolicy};
use thiserror::Error;

use crate::fetch::{Cache, FetchError};

/// Why a data set could not be had. All of it is exit code 3.
#[derive(Debug, Error)]
pub enum DataError {
    /// It could not be fetched or did not verify.
    #[error(transparent)]
    Fetch(#[from] FetchError),
    /// It could not be parsed.
    #[error("{path}: {message}")]
    Parse {
        /// The file.
        path: std::path::PathBuf,
        /// What is wrong, with the line where it is known, and what to do.
        message: String,
    },
}

/// Whether a column holds numbers or categories.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FeatureKind {
    /// Numbers.
    Numeric,
    /// Categories.
    Categorical,
}

/// What is known of a data set without having it.
pub struct SourceInfo {
    /// The kind as the experiment file names it.
    pub kind: &'static str,
    /// Whether its rows are generated.
    pub synthetic: bool,
    /// One sentence.
    pub summary: &'static str,
    /// The feature columns in order.
    pub columns: Vec<(String, FeatureKind)>,
    /// Named feature sets; `all` is always among them.
    pub feature_sets: Vec<(&'static str, Vec<String>)>,
    /// Named label policies, the default first.
    pub label_policies: Vec<(&'static str, LabelPolicy)>,
}

/// A data set that can be loaded.
#[derive(Debug, Clone, PartialEq)]
pub enum Source {
    /// KDD Cup 99: the 10 % file as training table, `corrected` as test table.
    Kdd99,
    /// Connection records from a seeded generator; one table.
    Synthetic {
        /// Number of rows.
        rows: usize,
        /// Seed of the generator.
        seed: u64,
    },
}

impl Source {
    /// The kinds that exist.
    pub const KINDS: [&'static str; 2] = ["kdd99", "synthetic"];

    /// What is known without fetching.
    pub fn info(&self) -> SourceInfo {
        todo!()
    }

    /// SHA-256 (hex) of everything that decides the rows: known before they are fetched, and what
    /// they are verified against.
    pub fn digest(&self) -> String {
        todo!()
    }

    /// Fetches what is missing from the cache and parses the given columns (all in `info().columns`)
    /// and the classes.
    pub fn load(&self, cache: &Cache, columns: &[String]) -> Result<Dataset, DataError> {
        let _ = (cache, columns);
        todo!()
    }
}
