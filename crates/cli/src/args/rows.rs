//! Arguments of the verbs that take rows of one's own: `score` and `fit`.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

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

impl From<RowsFormat> for oddbench_data::rows::FileFormat {
    fn from(format: RowsFormat) -> Self {
        match format {
            RowsFormat::Csv => Self::Csv { delimiter: None },
            RowsFormat::Jsonl => Self::JsonLines,
            RowsFormat::Parquet => Self::Parquet,
        }
    }
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
