//! Arguments of `oddbench data`.

use std::path::PathBuf;

use clap::{Subcommand, ValueEnum};

use super::Overrides;

/// `oddbench data ...`
#[derive(Debug, Subcommand)]
pub enum DataCommand {
    /// List the data sets, their files and whether they are here
    List,
    /// Download what is missing, and verify it
    #[command(
        after_help = "Example:\n  oddbench data fetch kdd99 --mirror http://mirror.example/sets"
    )]
    Fetch {
        /// The data sets; all if none is named
        #[arg(value_name = "DATASET")]
        datasets: Vec<String>,
    },
    /// Read every cached file again and compare its digest
    Verify {
        /// The data sets; all if none is named
        #[arg(value_name = "DATASET")]
        datasets: Vec<String>,
    },
    /// Rows, classes and columns of a data set
    #[command(after_help = "Example:\n  oddbench data describe kdd99")]
    Describe {
        /// The data set
        #[arg(value_name = "DATASET")]
        dataset: String,
    },
    /// What the rows of an experiment allow: duplicates, overlap, contradictions, ceilings
    #[command(after_help = "Example:\n  oddbench data audit experiments/kdd99-published.toml")]
    Audit {
        /// The experiment file
        #[arg(value_name = "FILE")]
        file: PathBuf,
        /// Changes to the file
        #[command(flatten)]
        overrides: Overrides,
    },
    /// Write the published split of KDD Cup 99 as the CSV files of the study
    #[command(after_help = "Example:\n  oddbench data export --split published-8020 split/")]
    Export {
        /// Which test part: 8,000 + 2,000 rows, 9,000 + 1,000, or all
        #[arg(long, value_enum, default_value_t = ExportSplit::Published8020)]
        split: ExportSplit,
        /// How attack names that training never saw are labelled
        #[arg(long, value_enum, default_value_t = ExportLabels::Published)]
        labels: ExportLabels,
        /// The folder to write into; made if it is not there
        #[arg(value_name = "OUT")]
        out: PathBuf,
    },
}

/// The published splits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ExportSplit {
    /// 8,000 inliers and 2,000 outliers
    #[value(name = "published-8020")]
    Published8020,
    /// 9,000 inliers and 1,000 outliers
    #[value(name = "published-9010")]
    Published9010,
    /// Every row that is not validated on
    #[value(name = "published-all")]
    PublishedAll,
}

/// The label policies of KDD Cup 99.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ExportLabels {
    /// As the study did: unseen attack names count as normal
    Published,
    /// Every attack is an attack
    Corrected,
}
