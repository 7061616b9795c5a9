//! `oddbench data`: list, fetch, verify, describe, audit and export data sets.

use std::path::PathBuf;

mod audit;
mod columns;
mod export;
mod list;

use std::fmt::Write;
use std::path::Path;

use oddbench_core::counts::counted;
use oddbench_data::catalog::{self, File};
use oddbench_data::datasets::{self, Help, KeyFault, Trouble};
use oddbench_data::describe::{ColumnDescription, Description, TableDescription, describe};
use oddbench_data::fetch::FileStatus;
use oddbench_data::{DatasetKind, Source};
use serde_json::{Map, json};

use crate::args::{Global, InputLayout, Overrides};
use crate::columns::ColumnFlags;
use crate::downloads;
use crate::error::{CliError, Status};
use crate::names;
use crate::table::{borrowed, figures, table};
use crate::terminal::Terminal;

/// `oddbench data ...`
#[derive(Debug, clap::Subcommand)]
pub enum DataCommand {
    /// List the data sets and what each is good for, or show everything about one
    #[command(
        after_help = "Examples:\n  oddbench data list\n  oddbench data list kdd99\n  oddbench data list my-set.toml"
    )]
    List {
        /// One data set: its licence, classes, known issues and files
        #[arg(value_name = "DATASET", value_parser = names::sets(), hide_possible_values = true)]
        dataset: Option<String>,
    },
    /// Download what is missing, and verify it
    #[command(
        after_help = "Example:\n  oddbench data fetch kdd99 --mirror http://mirror.example/sets"
    )]
    Fetch {
        /// The data sets
        #[arg(value_name = "DATASET", required = true, value_parser = names::sets(), hide_possible_values = true)]
        datasets: Vec<String>,
    },
    /// Read every cached file again and compare its digest
    #[command(after_help = "Examples:\n  oddbench data verify\n  oddbench data verify kdd99")]
    Verify {
        /// The data sets; all if none is named
        #[arg(value_name = "DATASET", value_parser = names::sets(), hide_possible_values = true)]
        datasets: Vec<String>,
    },
    /// Rows, classes and columns of a data set; or what the columns of a file are taken for, and why
    #[command(after_help = "\
Examples:
  oddbench data describe kdd99
  oddbench data describe flows.csv
  oddbench data describe flows.csv --keep 'Src IP' --ignore 'Flow Bytes/s' --label Label --json

A path, a name with an ending and a file that is there are files; what a file's columns are taken for is told
without fitting anything. A name that holds a comma is given alone, or in double quotes: --ignore '\"a, b\",c'.")]
    Describe {
        /// The data set, or a file
        #[arg(value_name = "DATASET|FILE", value_parser = names::sets(), hide_possible_values = true, value_hint = clap::ValueHint::AnyPath)]
        dataset: String,
        /// How a file is laid out
        #[command(flatten)]
        layout: InputLayout,
        /// What is decided about its columns
        #[command(flatten)]
        flags: ColumnFlags,
    },
    /// What the rows of an experiment allow: duplicates, overlap, contradictions, ceilings, shortcuts
    #[command(after_help = "Example:\n  oddbench data audit experiments/kdd99-published.toml")]
    Audit {
        /// The experiment file
        #[arg(value_name = "FILE")]
        file: PathBuf,
        /// Show every column and every named shortcut, and not only the first ten
        #[arg(long)]
        all: bool,
        /// Changes to the file
        #[command(flatten)]
        overrides: Overrides,
    },
    /// Write which rows train, validate and test: split.json with a fingerprint, and the rows as CSV files
    #[command(after_help = "\
Examples:
  oddbench data export --experiment my.toml split/          every fold in a folder of its own
  oddbench data export --experiment my.toml --fold 2 --no-csv split/
  oddbench data export --split published-8020 split/        the split of the study, byte for byte

[split] kind = \"imported\" with file = \"split/split.json\" takes the same rows again. scripts/read_split.py reads it
in Python.")]
    Export(export::ExportArgs),
}

/// Hands over to the verb.
pub fn run(
    global: &Global,
    terminal: &Terminal,
    command: &DataCommand,
) -> Result<Status, CliError> {
    match command {
        DataCommand::List { dataset } => list::run(global, terminal, dataset.as_deref()),
        DataCommand::Fetch { datasets } => fetch(global, terminal, datasets),
        DataCommand::Verify { datasets } => verify(global, terminal, datasets),
        DataCommand::Describe { dataset, layout, flags } => {
            match columns::is_file(dataset) && !dataset.ends_with(".toml") {
                true => columns::describe(terminal, Path::new(dataset), layout, flags),
                false => describe_one(global, terminal, dataset),
            }
        }
        DataCommand::Audit { file, all, overrides } => {
            audit::run(global, terminal, file, *all, overrides)
        }
        DataCommand::Export(args) => export::run(global, terminal, args),
    }
}

/// The kinds that can be opened by their name alone.
fn published() -> impl Iterator<Item = &'static DatasetKind> {
    datasets::kinds().iter().filter(|kind| !kind.own_files)
}

/// The data set of that name with its default keys.
fn source(name: &str) -> Result<Source, CliError> {
    let source = list::named(name)?.open(&Map::new(), Path::new(""));
    source.map_err(|fault| CliError::user(fault_in_words(&fault)))
}

/// A fault of a data set's keys in a line, and what to do in the next.
fn fault_in_words(fault: &KeyFault) -> String {
    match &fault.trouble {
        Trouble::Value { message, help: Help::Text(help) } => format!("{message}\n{help}"),
        trouble => format!("{}: {trouble:?}", fault.key),
    }
}

/// The files of the named data sets, or all files.
fn files(datasets: &[String]) -> Result<Vec<&'static File>, CliError> {
    if datasets.is_empty() {
        return Ok(catalog::files().filter(|file| file.can_be_fetched()).collect());
    }
    let mut files = Vec::new();
    for name in datasets {
        let entry = list::named(name)?.entry;
        let of_set = entry.map_or(&[][..], |entry| &entry.files);
        if of_set.iter().any(|file| !file.can_be_fetched()) {
            let page = entry.and_then(|entry| entry.page.clone()).unwrap_or_default();
            return Err(CliError::user(format!(
                "{name}: no home or digest of its files is known\nget them from {page}, and name them in the experiment: path = \"...\""
            )));
        }
        files.extend(of_set);
    }
    Ok(files)
}

fn fetch(global: &Global, terminal: &Terminal, datasets: &[String]) -> Result<Status, CliError> {
    let cache = downloads::cache(global, terminal)?;
    let (mut found, mut faults) = (Vec::new(), Vec::new());
    for file in files(datasets)? {
        // One file that cannot be had keeps no other from being fetched.
        match cache.ensure(file) {
            Ok(path) => {
                terminal.result(&format!("{}: {}", file.name, path.display()));
                found.push(json!({ "name": file.name, "path": path }));
            }
            Err(error) => faults.push(error.to_string()),
        }
    }
    terminal.json(|| json!({ "files": found }));
    match faults.is_empty() {
        true => Ok(Status::Done),
        false => Err(CliError::Data(faults.join("\n"))),
    }
}

/// The state of a file that was never fetched and is not asked for by the name of its data set.
const NOT_HERE: &str = "not here";

/// Files that were never fetched are at fault only if their data set is named, or if there is none.
fn verify(global: &Global, terminal: &Terminal, datasets: &[String]) -> Result<Status, CliError> {
    let cache = downloads::cache(global, terminal)?;
    let mut found = Vec::new();
    let mut faults = Vec::new();
    let wanted = files(datasets)?;
    let cached = |file: &File| !matches!(cache.status(file), Ok(FileStatus::Missing));
    let any = wanted.iter().any(|file| cached(file));
    for file in wanted {
        let state = match cache.verify(file) {
            Err(_) if datasets.is_empty() && any && !cached(file) => NOT_HERE.to_owned(),
            Ok(()) => {
                terminal.result(&format!("{}: right", file.name));
                "right".to_owned()
            }
            // The error that ends the command names it.
            Err(error) => {
                faults.push(error.to_string());
                error.to_string()
            }
        };
        found.push(json!({ "name": file.name, "state": state }));
    }
    terminal.json(|| json!({ "files": found }));
    match faults.is_empty() {
        true => Ok(Status::Done),
        false => Err(CliError::Data(faults.join("\n"))),
    }
}

fn describe_one(global: &Global, terminal: &Terminal, name: &str) -> Result<Status, CliError> {
    let source = source(name)?;
    let cache = downloads::cache(global, terminal)?;
    let columns = source.info().column_names();
    let description = describe(&source.load(&cache, &columns, &[])?);
    terminal.result(&in_words(terminal, &description));
    terminal.json(|| json!(description));
    Ok(Status::Done)
}

fn in_words(terminal: &Terminal, description: &Description) -> String {
    let mut text = description.dataset.clone();
    if description.synthetic {
        text.push_str(" (synthetic)");
    }
    for part in &description.tables {
        let _ = write!(text, "\n\n{}: {}\n", part.table, counted(part.rows, "row"));
        let _ = write!(text, "{}\n{}", classes(terminal, part), columns(terminal, part));
    }
    text
}

fn classes(terminal: &Terminal, part: &TableDescription) -> String {
    let mut view = table(terminal, &["class", "category", "rows", "share"], &[2, 3]);
    for class in &part.classes {
        let share = 100.0 * class.rows as f64 / part.rows.max(1) as f64;
        view.add_row([
            class.class.as_str(),
            class.category.as_deref().unwrap_or("–"),
            &class.rows.to_string(),
            &format!("{share:.2} %"),
        ]);
    }
    view.to_string()
}

fn columns(terminal: &Terminal, part: &TableDescription) -> String {
    let numeric = ["distinct", "missing", "min", "mean", "max"].map(|name| (name, true));
    let head: Vec<(&str, bool)> = [("column", false)].into_iter().chain(numeric).collect();
    let number = |value: Option<f64>| value.map_or_else(|| "–".into(), |v| format!("{v:.4}"));
    let cells = |column: &ColumnDescription| {
        [
            column.column.clone(),
            column.distinct.to_string(),
            column.missing.to_string(),
            number(column.min),
            number(column.mean),
            number(column.max),
        ]
    };
    let rows: Vec<[String; 6]> = part.columns.iter().map(cells).collect();
    figures(terminal, &head, &borrowed(&rows))
}
