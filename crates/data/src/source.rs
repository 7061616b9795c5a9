//! The data sets that an experiment may name: one [`Source`] a kind, with its columns, feature sets
//! and label policies known before anything is fetched.

use std::fmt::Write as _;
use std::path::PathBuf;

use oddbench_core::{Dataset, LabelPolicy};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use thiserror::Error;

use crate::catalog::File;
use crate::fetch::{Cache, FetchError};
use crate::nsl_kdd::{self, NslTest, NslTrain};
use crate::table_file::TableFile;
use crate::{kdd99, synthetic};

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
        path: PathBuf,
        /// What is wrong, with the line where it is known, and what to do.
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
    /// A split could not be written.
    #[error("{path}: {message}")]
    Export {
        /// The file or folder.
        path: PathBuf,
        /// What is wrong.
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

/// Whether a column holds numbers or categories.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
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
    /// NSL-KDD: a training table and a test table.
    NslKdd {
        /// The training table.
        train: NslTrain,
        /// The test table.
        test: NslTest,
    },
    /// Connection records from a seeded generator; one table.
    Synthetic {
        /// Number of rows.
        rows: usize,
        /// Seed of the generator.
        seed: u64,
    },
    /// The user's own files.
    Table(Box<TableFile>),
}

impl Source {
    /// The kinds that exist.
    pub const KINDS: [&'static str; 5] = ["kdd99", "nsl-kdd", "csv", "parquet", "synthetic"];

    /// The data set's kind, as the experiment file names it.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Kdd99 => "kdd99",
            Self::NslKdd { .. } => "nsl-kdd",
            Self::Synthetic { .. } => "synthetic",
            Self::Table(table) => table.kind(),
        }
    }

    /// What is known without fetching.
    pub fn info(&self) -> SourceInfo {
        match self {
            Self::Kdd99 => kdd99::info(),
            Self::NslKdd { .. } => nsl_kdd::info(),
            Self::Synthetic { .. } => synthetic::info(),
            Self::Table(table) => table.info(),
        }
    }

    /// Whether it comes with a test table of its own.
    pub fn has_test_table(&self) -> bool {
        match self {
            Self::Kdd99 | Self::NslKdd { .. } => true,
            Self::Synthetic { .. } => false,
            Self::Table(table) => table.options().test_path.is_some(),
        }
    }

    /// The catalog's files that it is made from; none for a data set that is generated or the user's.
    pub fn files(&self) -> Vec<&'static File> {
        match self {
            Self::Kdd99 => kdd99::files(),
            Self::NslKdd { train, test } => nsl_kdd::files(*train, *test).to_vec(),
            Self::Synthetic { .. } | Self::Table(_) => Vec::new(),
        }
    }

    /// SHA-256 (hex) of everything that decides the rows: known before they are fetched, and what
    /// they are verified against.
    pub fn digest(&self) -> String {
        match self {
            Self::Kdd99 => kdd99::digest(),
            Self::NslKdd { train, test } => nsl_kdd::digest(*train, *test),
            Self::Synthetic { rows, seed } => synthetic::digest(*rows, *seed),
            Self::Table(table) => table.digest(),
        }
    }

    /// Fetches what is missing from the cache and parses the given columns (all in `info().columns`)
    /// and the classes.
    pub fn load(&self, cache: &Cache, columns: &[String]) -> Result<Dataset, DataError> {
        match self {
            Self::Kdd99 => kdd99::load(cache, columns),
            Self::NslKdd { train, test } => nsl_kdd::load(cache, (*train, *test), columns),
            Self::Synthetic { rows, seed } => synthetic::load(*rows, *seed, columns),
            Self::Table(table) => table.load(columns),
        }
    }
}

/// SHA-256 over the parts, each followed by a line feed.
pub(crate) fn digest_of<'a>(parts: impl IntoIterator<Item = &'a str>) -> String {
    let mut hasher = Sha256::new();
    for part in parts {
        hasher.update(part);
        hasher.update("\n");
    }
    hex(&hasher.finalize())
}

/// Lower-case hexadecimal digits.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(2 * bytes.len()), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}
