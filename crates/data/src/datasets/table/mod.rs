//! Tables of the user's own: CSV or parquet files with a label column, read twice: once when the
//! experiment is checked, so that every fault shows before anything is fitted, and once when it runs.

mod csv;
mod fault;
mod grow;
mod kinds;
mod parquet;
#[cfg(test)]
mod tests;

use std::collections::BTreeSet;
use std::fs::File;
use std::path::{Path, PathBuf};

use oddbench_core::{Classes, FeatureKind, LabelPolicy, Table};
use serde_json::json;

use super::keys::Help;
use super::set::{DataSet, SourceInfo, Tables};
use crate::digest;
use crate::error::DataError;
use crate::fetch::Cache;
use fault::{About, TableFault};
pub(super) use kinds::{CSV, PARQUET};

/// Raised when the same files would be parsed to other rows.
const PARSER_VERSION: &str = "table/1";

/// How the files are laid out.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Format {
    /// Text, one row a line, gzipped or plain.
    Csv {
        /// The byte between values.
        delimiter: u8,
        /// The column names, if the first line does not hold them.
        names: Option<Vec<String>>,
    },
    /// Apache Parquet.
    Parquet,
}

/// Which labels are which.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Labels {
    /// These are inliers, every other is an outlier.
    Inliers(Vec<String>),
    /// These are outliers, every other is an inlier.
    Outliers(Vec<String>),
}

/// What the experiment file says of the user's files.
#[derive(Debug, Clone, PartialEq, Eq)]
struct TableOptions {
    /// How they are laid out.
    format: Format,
    /// The training table, or the only one.
    path: PathBuf,
    /// The test table.
    test_path: Option<PathBuf>,
    /// The column that holds the class of each row.
    label: String,
    /// Which classes are which.
    labels: Labels,
    /// Columns to take for categories although they hold numbers.
    categorical: Vec<String>,
    /// Columns that are no features.
    ignore: Vec<String>,
    /// Rows to read of each file, from the first on; `None`: all.
    limit: Option<usize>,
}

/// Files that were read and found right.
#[derive(Debug, Clone, PartialEq, Eq)]
struct TableFile {
    options: TableOptions,
    columns: Vec<(String, FeatureKind)>,
    contents: Vec<String>,
}

/// Rows of one file.
struct Parsed {
    /// The feature columns with their kinds, in the order of the file.
    columns: Vec<(String, FeatureKind)>,
    table: Table,
}

impl TableFile {
    /// Reads both files whole and checks everything that can be wrong with them.
    fn open(options: TableOptions) -> Result<Self, TableFault> {
        let train = read(&options, &options.path, None, About::Path)?;
        let mut contents = vec![content(&options.path, About::Path)?];
        let mut classes: Vec<String> = class_names(&train.table);
        if let Some(path) = &options.test_path {
            let test = read(&options, path, Some(&train.columns), About::TestPath)?;
            contents.push(content(path, About::TestPath)?);
            classes.extend(class_names(&test.table));
        }
        let (key, named) = match &options.labels {
            Labels::Inliers(names) => ("inliers", names),
            Labels::Outliers(names) => ("outliers", names),
        };
        if let Some(index) = named.iter().position(|name| !classes.contains(name)) {
            let message = format!("no row has the label \"{}\"", named[index]);
            let among = classes.into_iter().collect::<BTreeSet<_>>().into_iter().collect();
            let help = Help::Choose { word: named[index].clone(), among };
            return Err(TableFault { about: About::Item(key, index), message, help });
        }
        Ok(Self { columns: train.columns, options, contents })
    }

    /// How classes become inliers and outliers.
    fn policy(&self) -> LabelPolicy {
        match &self.options.labels {
            Labels::Inliers(names) => LabelPolicy::InliersAre(names.iter().cloned().collect()),
            Labels::Outliers(names) => LabelPolicy::OutliersAre(names.iter().cloned().collect()),
        }
    }
}

impl DataSet for TableFile {
    fn info(&self) -> SourceInfo {
        let columns = self.columns.iter().map(|(name, _)| name.clone()).collect();
        let policy = match &self.options.labels {
            Labels::Inliers(names) => format!("inliers: {}", names.join(", ")),
            Labels::Outliers(names) => format!("outliers: {}", names.join(", ")),
        };
        SourceInfo {
            summary: "The user's own table.".into(),
            columns: self.columns.clone(),
            feature_sets: vec![("all".into(), columns)],
            label_policies: vec![(policy, self.policy())],
        }
    }

    fn has_test_table(&self) -> bool {
        self.options.test_path.is_some()
    }

    /// SHA-256 over the bytes of the files and whatever decides how they are read.
    fn digest(&self) -> String {
        let options = &self.options;
        let layout = match &options.format {
            Format::Csv { delimiter, names } => json!({ "delimiter": delimiter, "names": names }),
            Format::Parquet => json!("parquet"),
        };
        let reading = json!([
            layout,
            options.label,
            options.limit,
            self.columns,
            options.test_path.is_some()
        ]);
        let reading = reading.to_string();
        digest::of_parts(
            [PARSER_VERSION, &reading].into_iter().chain(self.contents.iter().map(String::as_str)),
        )
    }

    fn load(&self, _: &Cache, columns: &[String]) -> Result<Tables, DataError> {
        let mut wanted = Vec::with_capacity(columns.len());
        for name in columns {
            let found = self.columns.iter().find(|(column, _)| column == name);
            wanted.push(
                found.ok_or_else(|| DataError::UnknownColumn { column: name.clone() })?.clone(),
            );
        }
        let one = |path: &Path, content: &str| {
            let refused = |message| DataError::Parse { path: path.into(), message };
            let fault = |fault: TableFault| refused(fault.in_words(path));
            if self::content(path, About::Path).map_err(fault)? != content {
                let message = "the file has changed since the experiment was checked; run it again";
                return Err(refused(message.into()));
            }
            read(&self.options, path, Some(&wanted), About::Path).map_err(fault)
        };
        let train = one(&self.options.path, &self.contents[0])?.table;
        let test = match (&self.options.test_path, self.contents.get(1)) {
            (Some(path), Some(content)) => Some(one(path, content)?.table),
            _ => None,
        };
        Ok((train, test))
    }
}

/// Reads the wanted columns of a file, or all but the ignored ones.
fn read(
    options: &TableOptions,
    path: &Path,
    wanted: Option<&[(String, FeatureKind)]>,
    about: About,
) -> Result<Parsed, TableFault> {
    let parsed = match &options.format {
        Format::Csv { delimiter, names } => {
            let layout = csv::Layout { delimiter: *delimiter, names: names.as_deref() };
            csv::read(options, path, &layout, wanted, about)
        }
        Format::Parquet => parquet::read(options, path, wanted, about),
    }?;
    match parsed.table.classes.as_ref().is_some_and(|classes| !classes.is_empty()) {
        true => Ok(parsed),
        false => {
            Err(TableFault::new(about, path, "there are no rows", "give a file that has some"))
        }
    }
}

/// SHA-256 of a file's bytes.
fn content(path: &Path, about: About) -> Result<String, TableFault> {
    let content = File::open(path).and_then(digest::of_reader);
    content.map_err(|error| fault::unreadable(about, path, &error))
}

fn class_names(table: &Table) -> Vec<String> {
    table.classes.as_ref().map(|classes| classes.names.clone()).unwrap_or_default()
}

fn classes(names: Vec<String>, codes: &[u32]) -> Option<Classes> {
    let codes = codes.iter().map(|&code| u16::try_from(code)).collect::<Result<_, _>>().ok()?;
    Some(Classes { names, codes })
}
