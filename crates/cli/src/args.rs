//! The command line: every verb, option and example that `--help` shows.

mod data;
mod experiments;
mod rows;

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

pub use data::{DataCommand, ExportLabels, ExportSplit};
pub use experiments::{
    CheckArgs, CompareArgs, Overrides, PlanArgs, ReportArgs, RunArgs, TrialArgs,
};
pub use rows::{EncodeName, FitArgs, InputLayout, OnError, RowsFormat, ScaleName, ScoreArgs};

const EXAMPLES: &str = "\
Examples:
  oddbench run experiments/quickstart.toml          embedded data, no network, under a minute
  oddbench run experiments/kdd99-published.toml     the 2020 study on KDD Cup 99
  oddbench run my.toml --set model.AE.params.epochs=3 --seeds 1,2,3
  oddbench models autoencoder                       its parameters, defaults and ranges
  oddbench data fetch kdd99                         download and verify, nothing else
  oddbench fit --model isolation-forest --input flows.csv --output models/flows
  oddbench score --model models/flows --input flows.csv --output scored.csv

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
    /// Hold two results against each other: figures with intervals, times, settings, data
    Compare(CompareArgs),
    /// List the detectors, or show the parameters of one
    Models(ModelsArgs),
    /// List, fetch, verify, describe and export data sets
    #[command(subcommand)]
    Data(DataCommand),
    /// List the backends and whether they can be used here
    Devices,
    /// Score rows of your own with a saved model: a file, a stream, or what is appended to a file
    Score(ScoreArgs),
    /// Fit a model on an unlabelled table of your own
    Fit(FitArgs),
    /// Print the JSON Schema of experiment files, for editors
    Schema,
    /// Serve the dashboard and its HTTP API
    Serve(ServeArgs),
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

/// `oddbench models`
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  oddbench models\n  oddbench models pca")]
pub struct ModelsArgs {
    /// Show the parameters of this one
    #[arg(value_name = "KIND")]
    pub kind: Option<String>,
}

/// `oddbench serve`
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  oddbench serve                                    http://127.0.0.1:8080/, this machine alone
  oddbench serve --addr 127.0.0.1:0 --results my-results --models my-models
  ODDBENCH_TOKEN=$(openssl rand -hex 24) oddbench serve --addr 0.0.0.0:8080

Nothing is fetched for a request: run `oddbench data fetch` first to see single records.
An address that others can reach needs a token. There is no TLS: put a reverse proxy in front.")]
pub struct ServeArgs {
    /// Where to listen; port 0 lets the system choose
    #[arg(long, value_name = "ADDR:PORT", default_value = "127.0.0.1:8080")]
    pub addr: std::net::SocketAddr,
    /// Where records and scores are kept
    #[arg(long, value_name = "DIR", default_value = "results")]
    pub results: PathBuf,
    /// A folder of models that `oddbench fit` has saved, one folder each
    #[arg(long, value_name = "DIR")]
    pub models: Option<PathBuf>,
    /// What clients must show; 16 characters or more
    #[arg(long, value_name = "TOKEN", env = "ODDBENCH_TOKEN", hide_env_values = true)]
    pub token: Option<String>,
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
