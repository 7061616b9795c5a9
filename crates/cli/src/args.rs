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
#[command(after_help = "\
Examples:
  oddbench report kdd99-published
  oddbench report kdd99-published kdd99-corrected nsl-kdd    ranks over the three")]
pub struct ReportArgs {
    /// The experiment's name: a folder in the results folder. Of several, how the models that all of
    /// them have rank over them
    #[arg(value_name = "NAME", required = true)]
    pub names: Vec<String>,
    #[command(flatten)]
    pub places: Places,
}

/// `oddbench compare`
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  oddbench compare kdd99-published kdd99-corrected
  oddbench compare old/results/nightly results/nightly --fail-on-regression
  oddbench compare nightly@v1.2 nightly --fail-on-regression --tolerance roc_auc=0.002,f1=0.02

Results are a folder with a manifest.json, an experiment's name in the results folder, or either at a git
revision that holds them (NAME@REV). Rows are matched by label and backend. A metric is a regression if it
falls by more than its tolerance and the 95 % interval of the difference, where there is one, excludes 0;
so is a row that is gone or has more failed trials. By default roc_auc (0.005), average_precision (0.01)
and f1 (0.01) are judged; --tolerance changes these and adds others.")]
pub struct CompareArgs {
    /// The results to hold against
    #[arg(value_name = "A")]
    pub first: String,
    /// The results that are held against them
    #[arg(value_name = "B")]
    pub second: String,
    /// Where records and scores are kept
    #[arg(long, value_name = "DIR", default_value = "results")]
    pub results: PathBuf,
    /// Exit with 1 if something has become worse
    #[arg(long)]
    pub fail_on_regression: bool,
    /// How far a metric may fall
    #[arg(long, value_name = "METRIC=X,...", value_delimiter = ',')]
    pub tolerance: Vec<String>,
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

/// `oddbench score`
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  oddbench score --model results/kdd99-published/trials/ID --input corrected.gz --output scored.csv
  oddbench score --model models/mine --input flows.parquet --output scored.parquet --quantile 0.99
  tail -n +1 -F conn.csv | oddbench score --model models/mine --input - --follow
  oddbench score --model models/mine --input conn.csv --follow --format jsonl

Columns are found by name; their order does not matter, and columns that the model does not read pass
through. The output has every input column, then score, is_anomaly, and the three features that contributed
most with their shares. A row is an anomaly if its score exceeds the threshold: the first rule of the
model's experiment, unless --threshold or --quantile says otherwise.

With --follow, lines are scored as they are appended to a file (which may be truncated or rotated) or
arrive on stdin; each is written at once, and a line that is no row is reported and left out. It ends with
the end of stdin, after --idle seconds without a line, or on Ctrl-C, with exit code 0; rows, latency and
throughput go to stderr.")]
pub struct ScoreArgs {
    /// The model: a trial's folder, or one that `oddbench fit` wrote
    #[arg(long, value_name = "DIR")]
    pub model: PathBuf,
    /// The rows: CSV, KDD's header-less files, JSON lines, parquet, plain or gzipped; - for stdin
    #[arg(long, value_name = "FILE|-")]
    pub input: PathBuf,
    /// Where the scored rows go [default: stdout]
    #[arg(long, value_name = "FILE")]
    pub output: Option<PathBuf>,
    /// Call rows with greater scores anomalous
    #[arg(long, value_name = "X", conflicts_with = "quantile", allow_negative_numbers = true)]
    pub threshold: Option<f64>,
    /// Take this quantile of the input's own scores as threshold: 0.99 calls the highest 1 % anomalous
    #[arg(long, value_name = "Q", conflicts_with = "follow")]
    pub quantile: Option<f64>,
    /// Score lines as they arrive, until Ctrl-C or the end of stdin
    #[arg(long)]
    pub follow: bool,
    /// With --follow: end after so many seconds without a new line
    #[arg(long, value_name = "SECONDS", requires = "follow", allow_negative_numbers = true)]
    pub idle: Option<f64>,
    /// With --follow: pass over the rows that the file holds already
    #[arg(long, requires = "follow")]
    pub from_end: bool,
    /// The output's format [default: by the output's name, else csv]
    #[arg(long, value_enum)]
    pub format: Option<RowsFormat>,
    /// What to do with a line that is no row, or lacks a value that the model needs [default: stop; with
    /// --follow: skip]
    #[arg(long, value_enum, value_name = "WHAT")]
    pub on_error: Option<OnError>,
    /// In front of the names of the added columns, e.g. ae_
    #[arg(long, value_name = "TEXT", default_value = "")]
    pub prefix: String,
    /// Put ' in front of cells that a spreadsheet would take for formulas (csv)
    #[arg(long)]
    pub escape_formulas: bool,
    /// Replace the output if it is there
    #[arg(long)]
    pub force: bool,
    #[command(flatten)]
    pub layout: InputLayout,
}

/// How an input file is laid out, where its content does not say so.
#[derive(Debug, Clone, Args)]
pub struct InputLayout {
    /// The input's format [default: by its content]
    #[arg(long, value_enum, value_name = "FORMAT")]
    pub input_format: Option<RowsFormat>,
    /// The character between the input's values (csv) [default: the one that the first line is cut by]
    #[arg(long, value_name = "CHAR")]
    pub delimiter: Option<char>,
}

/// Formats of rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum RowsFormat {
    /// Values between delimiters
    Csv,
    /// One JSON object a line
    Jsonl,
    /// Apache Parquet
    Parquet,
}

/// What to do with a row that cannot be scored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum OnError {
    /// End with an error; no output file is left
    Stop,
    /// Report it and leave it out
    Skip,
}

/// `oddbench fit`
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  oddbench fit --model isolation-forest --input flows.csv --output models/flows
  oddbench fit --model autoencoder --input flows.csv --output models/flows-ae --set epochs=3 --set preset=sound
  oddbench fit --model hbos --input flows.csv --output models/flows-hbos --ignore Flow.ID,Timestamp --encode ordinal

Numeric and categorical columns are found from the values. Columns with one value, columns named like labels
and identifiers (texts that all differ) are left out, and named. Missing values become the median, or the most
frequent category. The threshold is the --quantile of the training rows' scores.")]
pub struct FitArgs {
    /// The model's kind; `oddbench models` lists them
    #[arg(long, value_name = "KIND")]
    pub model: String,
    /// The rows: CSV, KDD's header-less files, JSON lines, parquet, plain or gzipped; - for stdin
    #[arg(long, value_name = "FILE|-")]
    pub input: PathBuf,
    /// The folder to write; its name is the model's
    #[arg(long, value_name = "DIR")]
    pub output: PathBuf,
    /// A parameter of the model, e.g. epochs=3; may be repeated
    #[arg(long = "set", value_name = "KEY=VALUE")]
    pub set: Vec<String>,
    /// Decides everything random
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub seed: u64,
    /// The threshold is this quantile of the training rows' scores
    #[arg(long, value_name = "Q", default_value_t = 0.99)]
    pub quantile: f64,
    /// Columns that are no features
    #[arg(long, value_name = "NAME,...", value_delimiter = ',')]
    pub ignore: Vec<String>,
    /// Columns of numbers to take for categories
    #[arg(long, value_name = "NAME,...", value_delimiter = ',')]
    pub categorical: Vec<String>,
    /// Columns to keep although they look like labels or identifiers
    #[arg(long, value_name = "NAME,...", value_delimiter = ',')]
    pub keep: Vec<String>,
    /// How numbers are scaled
    #[arg(long, value_enum, default_value_t = ScaleName::MinMax)]
    pub scale: ScaleName,
    /// How categories become numbers
    #[arg(long, value_enum, default_value_t = EncodeName::OneHot)]
    pub encode: EncodeName,
    #[command(flatten)]
    pub layout: InputLayout,
}

/// The scales of numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ScaleName {
    /// To [0, 1]
    MinMax,
    /// To mean 0 and standard deviation 1
    Standard,
    /// To median 0 and interquartile range 1
    Robust,
    /// As they are
    None,
}

/// The encodings of categories.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum EncodeName {
    /// A column per category, at most 1,000
    OneHot,
    /// The same, each column scaled as numbers are
    OneHotScaled,
    /// The position in the sorted list
    Ordinal,
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
