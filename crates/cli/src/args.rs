//! The command line: every verb, option and example that `--help` shows.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

const EXAMPLES: &str = "\
Examples:
  oddbench run experiments/quickstart.toml          embedded data, no network, under a minute
  oddbench run experiments/kdd99-published.toml     the 2020 study on KDD Cup 99
  oddbench run my.toml --set model.AE.params.epochs=3 --seeds 1,2,3
  oddbench models autoencoder                       its parameters, defaults and ranges
  oddbench data fetch kdd99                         download and verify, nothing else

Exit codes:
  0  all done                       3  data could not be had or did not verify
  1  some trial failed              4  the device asked for is not there
  2  a mistake in file or options   130  interrupted; run again to go on";

/// An experiment harness for anomaly detection on network-intrusion data.
#[derive(Debug, Parser)]
#[command(name = "oddbench", version, after_help = EXAMPLES, propagate_version = true)]
pub struct Cli {
    #[command(flatten)]
    pub global: Global,
    #[command(subcommand)]
    pub command: Command,
}

/// Options that every verb takes.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Options for every command")]
pub struct Global {
    /// Print errors only
    #[arg(long, short, global = true)]
    pub quiet: bool,
    /// Print the result as JSON on stdout; everything else goes to stderr
    #[arg(long, global = true)]
    pub json: bool,
    /// When to use colour (NO_COLOR is obeyed)
    #[arg(long, global = true, value_enum, default_value_t = ColorChoice::Auto)]
    pub color: ColorChoice,
    /// Never use the network; a file that is neither in the cache nor in a mirror folder is an error
    #[arg(long, global = true)]
    pub offline: bool,
    /// Where downloaded files are kept [default: the platform's cache folder]
    #[arg(long, global = true, value_name = "DIR", env = "ODDBENCH_DATA_DIR")]
    pub data_dir: Option<PathBuf>,
    /// A folder or URL that holds kdd99/kddcup.data_10_percent.gz and so on
    #[arg(long, global = true, value_name = "DIR|URL", env = "ODDBENCH_MIRROR")]
    pub mirror: Option<String>,
}

/// When to use colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ColorChoice {
    /// On a terminal, unless NO_COLOR is set
    Auto,
    /// Also into a file or pipe
    Always,
    /// Never
    Never,
}

/// The verbs.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Run an experiment: fetch data, fit, score, evaluate, write the report
    Run(RunArgs),
    /// Check experiment files without running them
    Check(CheckArgs),
    /// Show the trials that an experiment expands to, and which are done already
    Plan(PlanArgs),
    /// Write the report of an experiment again, from its records
    Report(ReportArgs),
    /// List the detectors, or show the parameters of one
    Models(ModelsArgs),
    /// List, fetch, verify, describe and export data sets
    #[command(subcommand)]
    Data(DataCommand),
    /// List the backends and whether they can be used here
    Devices,
    /// Print the JSON Schema of experiment files, for editors
    Schema,
    /// Print a completion script for a shell
    #[command(
        after_help = "Example:\n  oddbench completions bash > ~/.local/share/bash-completion/completions/oddbench"
    )]
    Completions {
        /// The shell
        #[arg(value_enum)]
        shell: clap_complete::Shell,
    },
    /// Run one trial of a prepared experiment (the executor's own verb)
    #[command(hide = true)]
    Trial(TrialArgs),
}

/// What an experiment file is changed by on the command line.
#[derive(Debug, Clone, Args)]
pub struct Overrides {
    /// Change a key of the file, e.g. model.AE.params.epochs=3; may be repeated
    #[arg(long = "set", value_name = "KEY=VALUE")]
    pub set: Vec<String>,
    /// Seeds for every model, in place of those in the file
    #[arg(long, value_name = "N,N,...", value_delimiter = ',')]
    pub seeds: Option<Vec<u64>>,
    /// Backends, in place of those in the file
    #[arg(long, value_name = "NAME,...", value_delimiter = ',')]
    pub backends: Option<Vec<String>>,
}

/// Where results and reports are kept.
#[derive(Debug, Clone, Args)]
pub struct Places {
    /// Where records and scores are kept
    #[arg(long, value_name = "DIR", default_value = "results")]
    pub results: PathBuf,
    /// Where reports are written
    #[arg(long, value_name = "DIR", default_value = "reports")]
    pub reports: PathBuf,
}

/// `oddbench run`
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  oddbench run experiments/kdd99-published.toml --seeds 2018
  oddbench run my.toml --set 'run.seeds=[1,2]' --jobs 1
  oddbench run my.toml --json | jq .summary

A run can be stopped at any time; running it again does only what is missing.")]
pub struct RunArgs {
    /// The experiment file
    #[arg(value_name = "FILE")]
    pub file: PathBuf,
    #[command(flatten)]
    pub overrides: Overrides,
    #[command(flatten)]
    pub places: Places,
    /// Run every trial again, even if it has a result
    #[arg(long)]
    pub fresh: bool,
    /// Trials at the same time [default: the number of cores]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..))]
    pub jobs: Option<u16>,
    /// Leave the report as it is
    #[arg(long)]
    pub no_report: bool,
}

/// `oddbench check`
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  oddbench check experiments/*.toml")]
pub struct CheckArgs {
    /// The experiment files
    #[arg(value_name = "FILE", required = true)]
    pub files: Vec<PathBuf>,
}

/// `oddbench plan`
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  oddbench plan experiments/kdd99-published.toml --seeds 1,2,3")]
pub struct PlanArgs {
    /// The experiment file
    #[arg(value_name = "FILE")]
    pub file: PathBuf,
    #[command(flatten)]
    pub overrides: Overrides,
    /// Where records and scores are kept
    #[arg(long, value_name = "DIR", default_value = "results")]
    pub results: PathBuf,
}

/// `oddbench report`
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  oddbench report kdd99-published")]
pub struct ReportArgs {
    /// The experiment's name: a folder in the results folder
    #[arg(value_name = "NAME")]
    pub name: String,
    #[command(flatten)]
    pub places: Places,
}

/// `oddbench models`
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  oddbench models\n  oddbench models pca")]
pub struct ModelsArgs {
    /// Show the parameters of this one
    #[arg(value_name = "KIND")]
    pub kind: Option<String>,
}

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

/// `oddbench trial`
#[derive(Debug, Args)]
pub struct TrialArgs {
    /// `results/<experiment>`
    #[arg(long, value_name = "DIR")]
    pub experiment_dir: PathBuf,
    /// The trial's id
    #[arg(value_name = "ID")]
    pub id: String,
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }
}
