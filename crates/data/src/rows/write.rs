//! Rows with their scores and decisions: as CSV, as JSON lines, or as parquet.

mod columns;
mod csv;
mod json_lines;
mod parquet;
mod types;

use std::io::Write;
use std::sync::Arc;

use super::{CellKind, FileFormat, RowError, Rows, quoted_list};
pub use types::{WrittenType, written_types};

/// What a model says of each row of a block.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Decisions {
    /// One score a row; the higher, the more anomalous.
    pub scores: Vec<f64>,
    /// Whether the score exceeds the threshold.
    pub anomalies: Vec<bool>,
    /// The names that `top` points to.
    pub features: Arc<[String]>,
    /// Up to three features a row that contributed most, with their shares; all `None` where the model
    /// has no such notion.
    pub top: Vec<[Option<(usize, f64)>; TOP]>,
    /// The features of each row that hold what training never saw.
    pub unseen: Vec<Vec<usize>>,
}

impl Decisions {
    /// The names of a row's features that hold what training never saw, with `;` between them.
    fn unseen_names(&self, row: usize) -> String {
        let names = self.unseen[row].iter().map(|&at| self.features[at].as_str());
        names.collect::<Vec<_>>().join(";")
    }
}

/// How many features are named beside a score.
pub const TOP: usize = 3;

/// How to write.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct WriteOptions {
    /// Put `'` in front of CSV cells that a spreadsheet would take for a formula.
    pub escape_formulas: bool,
    /// The byte between the values of a CSV text; `None`: a comma.
    pub delimiter: Option<u8>,
    /// In front of the names of the columns that are added.
    pub prefix: String,
    /// The types of the columns of a text for parquet ([`written_types`]). Without them the first block decides.
    pub types: Vec<(String, WrittenType)>,
    /// Columns of an untyped source that are numbers where nothing else is known; its other columns are texts.
    pub numeric: Vec<String>,
}

/// The columns that are added, without their prefix.
pub(crate) const ADDED: [&str; 9] = [
    "score",
    "is_anomaly",
    "feature_1",
    "share_1",
    "feature_2",
    "share_2",
    "feature_3",
    "share_3",
    "unseen",
];

fn added(prefix: &str) -> impl Iterator<Item = String> {
    ADDED.iter().map(move |name| format!("{prefix}{name}"))
}

/// The columns that are called like those that would be added with this prefix. Such rows need another prefix.
fn taken(names: &[String], prefix: &str) -> Vec<String> {
    added(prefix).filter(|name| names.contains(name)).collect()
}

/// The first prefix with which no added column has the name of a column that is there: none, or one that begins with
/// the given word.
pub fn free_prefix(names: &[String], word: &str) -> String {
    let numbered = (2..).map(|number| format!("{word}_{number}_"));
    let mut prefixes = [String::new(), format!("{word}_")].into_iter().chain(numbered);
    prefixes.find(|prefix| taken(names, prefix).is_empty()).unwrap_or_default()
}

/// The column of a user's marks, which the dashboard adds to a download.
pub const MARK: &str = "mark";

/// Writes blocks of rows one below the other.
pub struct ScoredWriter<W: Write + Send> {
    names: Arc<[String]>,
    sink: Sink<W>,
}

enum Sink<W: Write + Send> {
    Csv(Box<csv::CsvSink<W>>),
    Json(json_lines::JsonSink<W>),
    Parquet(parquet::ParquetSink<W>),
}

impl<W: Write + Send> ScoredWriter<W> {
    /// Begins a file for rows with those columns. An error if one of them is called like one that is
    /// added.
    pub fn new(
        out: W,
        format: FileFormat,
        names: &Arc<[String]>,
        options: &WriteOptions,
    ) -> Result<Self, RowError> {
        let added: Vec<String> = added(&options.prefix).collect();
        let taken = taken(names, &options.prefix);
        if !taken.is_empty() {
            let taken: Vec<&str> = taken.iter().map(String::as_str).collect();
            let (there_is, them) = match taken.len() {
                1 => ("there is a column", "it"),
                _ => ("there are columns", "them"),
            };
            let what = format!("{there_is} {} already", quoted_list(&taken));
            let prefix = free_prefix(names, "new");
            let remedy =
                format!("rename {them}, or give the new columns a prefix: --prefix {prefix}");
            return Err(RowError::new("input", what, &remedy));
        }
        let all: Vec<&str> =
            names.iter().map(String::as_str).chain(added.iter().map(String::as_str)).collect();
        let sink = match format {
            FileFormat::Csv => {
                let delimiter = options.delimiter.unwrap_or(b',');
                let sink = csv::CsvSink::new(out, delimiter, &all, options.escape_formulas)?;
                Sink::Csv(Box::new(sink))
            }
            FileFormat::JsonLines => Sink::Json(json_lines::JsonSink::new(out, &all)),
            FileFormat::Parquet => {
                Sink::Parquet(parquet::ParquetSink::new(out, &all, options.clone()))
            }
            other => {
                let what = format!("{} is read, not written", other.format().name);
                return Err(RowError::new("output", what, "write csv, jsonl or parquet"));
            }
        };
        Ok(Self { names: Arc::clone(names), sink })
    }

    /// Writes a block: as many decisions as rows, in their order.
    pub fn write(&mut self, rows: &Rows, decisions: &Decisions) -> Result<(), RowError> {
        if rows.names() != &self.names {
            let what = "two blocks of rows have different columns";
            return Err(rows.fault_of_all(what.into(), "give every block the same columns"));
        }
        match &mut self.sink {
            Sink::Csv(sink) => sink.write(rows, decisions),
            Sink::Json(sink) => sink.write(rows, decisions),
            Sink::Parquet(sink) => sink.write(rows, decisions),
        }
    }

    /// Hands everything that was written on; parquet, which is written in large pieces, waits.
    pub fn flush(&mut self) -> Result<(), RowError> {
        match &mut self.sink {
            Sink::Csv(sink) => sink.flush(),
            Sink::Json(sink) => sink.flush(),
            Sink::Parquet(_) => Ok(()),
        }
    }

    /// Ends the file.
    pub fn finish(self) -> Result<(), RowError> {
        match self.sink {
            Sink::Csv(mut sink) => sink.flush(),
            Sink::Json(mut sink) => sink.flush(),
            Sink::Parquet(sink) => sink.finish(),
        }
    }
}

/// The error of an output that cannot be written.
fn unwritable(error: impl std::fmt::Display) -> RowError {
    let what = format!("it cannot be written: {error}");
    let remedy =
        "see whether the disk is full or the reader gone, then give the same command again";
    RowError { unwritten: true, ..RowError::new("output", what, remedy) }
}

/// A number as its shortest text that reads back to the same bits.
fn number(value: f64) -> String {
    format!("{value:?}")
}

/// A share with the digits that mean something, four behind the point, in every format. `None` if it is unknown: parts of
/// a score that is beyond all numbers have no shares.
fn share(value: f64) -> Option<f64> {
    (!value.is_nan()).then(|| (value * 1e4).round() / 1e4)
}

/// A share as a text.
fn share_text(value: f64) -> Option<String> {
    share(value).map(|share| format!("{share:.4}"))
}

/// Whether a value is none: a mark for a missing one, or nothing in a source that has no types. An empty text of a typed
/// source is a text.
fn is_gap(text: &str, kind: CellKind) -> bool {
    kind == CellKind::Missing || (kind == CellKind::Untyped && text.is_empty())
}
