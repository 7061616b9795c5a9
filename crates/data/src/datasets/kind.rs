//! A kind of data set with its own keys of `[dataset]`, and a [`Source`]: what these keys name.

use std::path::Path;
use std::sync::Arc;

use oddbench_core::record::DataFile;
use oddbench_core::split::TableName;
use oddbench_core::{Beside, Dataset, Table};
use serde_json::{Map, Value};

use super::described::append;
use super::keys::KeyFault;
use super::own_file;
use super::set::{DataSet, SourceInfo};
use crate::catalog::{Entry, File};
use crate::columns::Judgement;
use crate::error::DataError;
use crate::fetch::Cache;

/// Reads and checks the keys: every default filled in, and the data set.
pub(super) type Open =
    dyn Fn(&Map<String, Value>, &Path) -> Result<(Value, Box<dyn DataSet>), KeyFault> + Send + Sync;

/// One kind of data set. A data set's file exports one as `pub(super) const KIND: DatasetKind`; a file of
/// `data/sets` gives one too.
#[derive(Clone, Copy)]
pub struct DatasetKind {
    /// As the experiment file names it.
    pub name: &'static str,
    /// A few words for the schema.
    pub summary: &'static str,
    /// Whether the rows are generated.
    pub synthetic: bool,
    /// Whether it reads the user's own files: then its keys name the file and say which classes are
    /// inliers. Otherwise it has named label policies and can be opened without a key.
    pub own_files: bool,
    /// Reads and checks the keys.
    pub(super) open: &'static Open,
    /// The JSON Schema of its keys.
    pub(super) schema: &'static (dyn Fn() -> Value + Send + Sync),
    /// What its file says, if a file describes it.
    pub entry: Option<&'static Entry>,
}

impl DatasetKind {
    /// The data set that the keys describe. Paths start at `base`. The keys of an opened source
    /// ([`Source::params`]) give the same source again, with an empty `base`.
    pub fn open(&'static self, keys: &Map<String, Value>, base: &Path) -> Result<Source, KeyFault> {
        let (params, set) = (self.open)(keys, base)?;
        Ok(Source::new(self, params, set))
    }

    /// Its name in tables. A user's file is called by its name without folder and ending.
    pub fn short_name(&self) -> &'static str {
        let stem = Path::new(self.name).file_stem().and_then(std::ffi::OsStr::to_str);
        match own_file::is_path(self.name) {
            true => stem.unwrap_or(self.name),
            false => self.name,
        }
    }

    /// The JSON Schema of its keys.
    pub fn schema(&self) -> Value {
        (self.schema)()
    }

    /// The names of its keys.
    pub fn keys(&self) -> Vec<String> {
        let schema = self.schema();
        let properties = schema.get("properties").and_then(Value::as_object);
        properties.into_iter().flatten().map(|(key, _)| key.clone()).collect()
    }
}

impl std::fmt::Debug for DatasetKind {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name)
    }
}

/// A data set that can be loaded.
#[derive(Debug, Clone)]
pub struct Source {
    kind: &'static DatasetKind,
    params: Value,
    set: Arc<dyn DataSet>,
}

/// Equal if the kind and its keys are.
impl PartialEq for Source {
    fn eq(&self, other: &Self) -> bool {
        self.kind.name == other.kind.name && self.params == other.params
    }
}

impl Source {
    pub(super) fn new(kind: &'static DatasetKind, params: Value, set: Box<dyn DataSet>) -> Self {
        Self { kind, params, set: set.into() }
    }

    /// The kind of data set.
    pub fn kind(&self) -> &'static DatasetKind {
        self.kind
    }

    /// The kind's own keys as an object, every default filled in.
    pub fn params(&self) -> &Value {
        &self.params
    }

    /// What is known without fetching.
    pub fn info(&self) -> SourceInfo {
        self.set.info()
    }

    /// Whether it comes with its own test table.
    pub fn has_test_table(&self) -> bool {
        self.set.has_test_table()
    }

    /// The catalog's files that it is made from; none for a data set that is generated or the user's.
    pub fn files(&self) -> Vec<&'static File> {
        self.set.files()
    }

    /// What the columns of a user's table were taken for, and why; `None` for a data set whose columns
    /// are known without looking.
    pub fn judgement(&self) -> Option<&Judgement> {
        self.set.judgement()
    }

    /// What a reader of its figures should know, a sentence each.
    pub fn notes(&self) -> Vec<String> {
        self.set.notes()
    }

    /// SHA-256 (hex) of everything that decides the rows: known before they are fetched, and what
    /// they are verified against.
    pub fn digest(&self) -> String {
        self.set.digest()
    }

    /// The files that the rows are read from, each with its digest; none where rows are generated.
    pub fn contents(&self) -> Vec<DataFile> {
        self.set.contents()
    }

    /// Where rows of the training table (or of the test table), counted from 0, stand in their files, for
    /// messages: `line 78`. Where a file has no lines, the row, counted from 1.
    pub fn places(&self, rows: &[(TableName, usize)]) -> Vec<String> {
        let row = |(table, row): &(TableName, usize)| match table {
            TableName::Train => format!("row {}", row + 1),
            TableName::Test => format!("row {} of the test table", row + 1),
        };
        self.set.places(rows).unwrap_or_else(|| rows.iter().map(row).collect())
    }

    /// Fetches what is missing from the cache and parses the given columns (all in `info().columns`),
    /// the classes, and the columns that are no features (all in `info().beside`).
    pub fn load(
        &self,
        cache: &Cache,
        columns: &[String],
        beside: &[Beside],
    ) -> Result<Dataset, DataError> {
        let (train, test) = self.set.load(cache, columns, beside)?;
        let (name, synthetic) = (self.kind.name.to_owned(), self.kind.synthetic);
        Ok(Dataset { name, synthetic, train, test, other: None })
    }

    /// The same as one table: the rows of the test table stand after the rows of the training table.
    pub fn load_as_one(&self, cache: &Cache, columns: &[String]) -> Result<Table, DataError> {
        let (mut rows, test) = self.set.load(cache, columns, &[])?;
        test.into_iter().for_each(|test| append(&mut rows, test));
        Ok(rows)
    }

    /// Where rows of that one table, counted from 0, stand: in the file of a data set of one table, else
    /// the row, counted from 1.
    pub fn places_in_one(&self, rows: &[usize]) -> Vec<String> {
        match self.has_test_table() {
            true => rows.iter().map(|row| format!("row {}", row + 1)).collect(),
            false => {
                let rows: Vec<_> = rows.iter().map(|&row| (TableName::Train, row)).collect();
                self.places(&rows)
            }
        }
    }
}
