//! The data sets that an experiment may name: one [`Source`] a kind, with its columns, feature sets
//! and label policies known before anything is fetched.

use oddbench_core::{Dataset, FeatureKind, LabelPolicy};

use crate::catalog::File;
use crate::error::DataError;
use crate::fetch::Cache;
use crate::nsl_kdd::{self, NslTest, NslTrain};
use crate::table_file::TableFile;
use crate::{kdd99, synthetic};

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
