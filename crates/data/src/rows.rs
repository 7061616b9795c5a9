//! Rows as their source wrote them, with or without a label: they are scored, and written again
//! with their scores. Read block by block from CSV (KDD's header-less files are recognised), JSON lines
//! or parquet, plain or gzipped, within limits; every fault names its line.
//!
//! Values stay texts until something asks for a [`Table`]: a model knows which of its columns are
//! numbers, and columns that it does not read must stay as they were.

mod arff;
mod arriving;
mod beside;
mod cell;
mod columns;
mod content;
mod csv;
mod decimals;
mod encoding;
mod error;
mod exact;
mod foreign;
pub(crate) mod formats;
mod input;
mod json;
mod lines;
mod missing;
mod names;
mod npz;
mod options;
mod parquet;
mod percent;
mod reader;
mod request;
mod stated;
mod tail;
mod texts;
mod typed;
mod write;
mod zeek;

#[cfg(test)]
mod tests;

use std::sync::Arc;

use oddbench_core::counts::counted;
use oddbench_core::{Column, FeatureKind, Table, list};
use polars_arrow::datatypes::ArrowDataType;

use crate::values;

pub use arriving::{ArrivalError, Arrived, ArrivingRows};
pub use cell::CellKind;
pub use decimals::NumberMarks;
pub use encoding::{Encoding, TextDecoder};
pub use error::{RowError, Unit};
pub use formats::{FileFormat, Format, READING_KEYS};
pub use lines::LineParser;
pub use missing::MissingMarks;
pub use options::{Header, Limits, ReadOptions, SourceFormat};
pub use percent::PercentSigns;
pub use reader::RowReader;
pub use request::{ReadRequest, RequestFault};
pub use stated::StatedType;
pub use tail::{Arrival, Tail};
pub(crate) use write::ADDED;
pub use write::{
    Decisions, MARK, ScoredWriter, WriteOptions, WrittenType, free_prefix, written_types,
};

pub use beside::MOST_GROUPS;

pub(crate) use beside::{BesideColumn, BesideRead};
pub(crate) use cell::{Cell, Reading, Sink};
pub(crate) use columns::{ColumnBuilder, Misfit, TableBuilder, Wanted};
pub(crate) use content::GZIP_MAGIC;
pub(crate) use names::invisibly_different;
pub(crate) use percent::mixture;

use missing::Marked;
use texts::Texts;

/// A block of rows, column by column, with the line in which each began.
#[derive(Debug, Clone, PartialEq)]
pub struct Rows {
    place: Place,
    names: Arc<[String]>,
    columns: Vec<Texts>,
    lines: Vec<u64>,
    /// Whether a column that is not there is one of gaps: programs leave out keys of JSON that have no value.
    sparse: bool,
    /// The types of the columns of a parquet file.
    types: Option<Arc<[ArrowDataType]>>,
}

const AS_IN_THE_SOURCE: &str = "name a column as the source does (order does not matter)";

/// Where rows come from, for messages.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Place {
    /// The file's name.
    name: Arc<str>,
    unit: Unit,
}

impl Place {
    pub(crate) fn new(name: &str, unit: Unit) -> Self {
        Self { name: name.into(), unit }
    }

    /// The unit of positions in the source, such as lines.
    pub(crate) fn unit(&self) -> Unit {
        self.unit
    }

    pub(crate) fn error(&self, what: impl Into<String>, remedy: &str) -> RowError {
        RowError::new(&self.name, what, remedy)
    }

    pub(crate) fn at(&self, line: u64, what: impl Into<String>, remedy: &str) -> RowError {
        RowError { line: Some(line), unit: self.unit, ..self.error(what, remedy) }
    }

    /// An error about a column that is not among those that are there.
    pub(crate) fn no_column(&self, name: &str, names: &[String]) -> RowError {
        let what = format!("there is no column {name:?}; there are {}", listed(names));
        let remedy = names::invisibly_different(name, names);
        let remedy = remedy.as_deref().unwrap_or(AS_IN_THE_SOURCE);
        RowError { column: Some(name.to_owned()), ..self.error(what, remedy) }
    }
}

impl Rows {
    /// No rows yet.
    fn empty(place: Place, names: Arc<[String]>) -> Self {
        let columns = vec![Texts::default(); names.len()];
        Self { place, names, columns, lines: Vec::new(), sparse: false, types: None }
    }

    /// The same rows of a source that leaves out what has no value.
    fn sparse(self) -> Self {
        Self { sparse: true, ..self }
    }

    /// The same rows of a source that states types of parquet.
    fn typed(self, types: Arc<[ArrowDataType]>) -> Self {
        Self { types: Some(types), ..self }
    }

    /// Rows that a program gives as JSON objects: the keys of all are the columns, a key that a row lacks is a
    /// missing value, and nested objects are flattened with dots. Positions in messages count from 1.
    pub fn from_json(rows: &[serde_json::Value]) -> Result<Self, RowError> {
        let mut rows = json::from_values(rows)?;
        let marks = MissingMarks::default();
        rows.columns.iter_mut().for_each(|texts| texts.mark_missing(&marks));
        Ok(rows)
    }

    /// Where they come from.
    pub(crate) fn place(&self) -> &Place {
        &self.place
    }

    /// Number of rows.
    pub fn len(&self) -> usize {
        self.lines.len()
    }

    /// Whether there are no rows.
    pub fn is_empty(&self) -> bool {
        self.lines.is_empty()
    }

    /// The column names in the order of the source.
    pub fn names(&self) -> &Arc<[String]> {
        &self.names
    }

    /// The line in which a row began, from 1; in a parquet file its number. Panics out of range.
    pub fn line(&self, row: usize) -> u64 {
        self.lines[row]
    }

    /// The value as its source wrote it; where there is none it is empty, or the mark that says so. Panics
    /// out of range.
    pub fn text(&self, row: usize, column: usize) -> &str {
        self.columns[column].get(row)
    }

    /// Whether there is no value. Panics out of range.
    pub fn is_missing(&self, row: usize, column: usize) -> bool {
        self.columns[column].cell(row).reading() == Reading::Missing
    }

    /// What the source said the value is. Panics out of range.
    pub fn cell_kind(&self, row: usize, column: usize) -> CellKind {
        self.columns[column].kind(row)
    }

    /// Where the column of that name is.
    pub fn position(&self, name: &str) -> Option<usize> {
        self.names.iter().position(|column| column == name)
    }

    /// Bytes of text that it holds.
    pub fn text_bytes(&self) -> usize {
        self.columns.iter().map(Texts::bytes).sum()
    }

    /// The given rows, in that order. Panics out of range.
    #[must_use]
    pub fn select(&self, rows: &[usize]) -> Self {
        Self {
            place: self.place.clone(),
            names: Arc::clone(&self.names),
            columns: self.columns.iter().map(|column| column.select(rows)).collect(),
            lines: rows.iter().map(|&row| self.lines[row]).collect(),
            sparse: self.sparse,
            types: self.types.clone(),
        }
    }

    /// The same rows with one more column, of a text a row. An error if there is a column of that name, or if the texts
    /// are not as many as the rows.
    pub fn with_column<'a>(
        mut self,
        name: &str,
        texts: impl IntoIterator<Item = &'a str>,
    ) -> Result<Self, RowError> {
        let mut column = Texts::default();
        texts.into_iter().for_each(|text| column.push(Cell::Text(text, CellKind::Text)));
        if self.position(name).is_some() || column.len() != self.len() {
            let what = format!(
                "no column {name:?} can be added: it is there, or has not {}",
                counted(self.len(), "text")
            );
            return Err(self.place.error(what, "give it another name"));
        }
        self.names = self.names.iter().cloned().chain([name.to_owned()]).collect();
        self.columns.push(column);
        self.types = None;
        Ok(self)
    }

    /// Puts another block of the same source below this one; an error if its columns are others.
    pub fn append(&mut self, other: Self) -> Result<(), RowError> {
        if other.names != self.names {
            let what = "two blocks of rows have different columns";
            return Err(self.place.error(what, "give every block the same columns in one order"));
        }
        for (column, more) in self.columns.iter_mut().zip(other.columns) {
            column.append(more);
        }
        self.lines.extend(other.lines);
        Ok(())
    }

    /// An error about a row.
    pub fn fault(&self, row: usize, column: Option<&str>, what: String, remedy: &str) -> RowError {
        RowError {
            column: column.map(str::to_owned),
            ..self.place.at(self.lines[row], what, remedy)
        }
    }

    /// An error about all rows.
    pub fn fault_of_all(&self, what: String, remedy: &str) -> RowError {
        self.place.error(what, remedy)
    }

    /// The named columns as numbers and categories; no other is looked at. The first text in a column
    /// of numbers is an error, as is a column that is not there.
    pub fn table(&self, columns: &[(String, FeatureKind)]) -> Result<Table, RowError> {
        let (table, faults) = self.table_and_faults(columns)?;
        match faults.into_iter().next() {
            None => Ok(table),
            Some((_, fault)) => Err(fault),
        }
    }

    /// As [`Rows::table`], but a text among numbers is taken for a missing value and reported: one
    /// fault a row, in the order of the rows.
    pub fn table_and_faults(
        &self,
        columns: &[(String, FeatureKind)],
    ) -> Result<(Table, Vec<(usize, RowError)>), RowError> {
        let mut faults = Vec::new();
        let mut found = Vec::with_capacity(columns.len());
        // A source with none of the columns is another one.
        let gaps = self.sparse && columns.iter().any(|(name, _)| self.position(name).is_some());
        for (name, kind) in columns {
            let column = match self.position(name) {
                Some(at) => self.column(at, *kind, &mut faults),
                None if gaps => self.gaps(*kind),
                None => return Err(self.no_column(name)),
            };
            found.push((name.clone(), column));
        }
        faults.sort_by_key(|(row, _)| *row);
        faults.dedup_by_key(|(row, _)| *row);
        Ok((Table { columns: found, classes: None, beside: Vec::new() }, faults))
    }

    fn no_column(&self, name: &str) -> RowError {
        let error = self.place.no_column(name, &self.names);
        let remedy = "name the columns as the model's training data did (order does not matter)";
        match error.remedy == AS_IN_THE_SOURCE {
            true => RowError { remedy: remedy.into(), ..error },
            false => error,
        }
    }

    fn column(&self, at: usize, kind: FeatureKind, faults: &mut Vec<(usize, RowError)>) -> Column {
        let mut column = ColumnBuilder::new(kind, self.len());
        for row in 0..self.len() {
            if !column.push(self.columns[at].cell(row)) {
                let (name, text) = (&self.names[at], self.text(row, at));
                let what = text_among_numbers(name, text);
                faults.push((row, self.fault(row, Some(name), what, &text_remedy(text))));
            }
        }
        column.finish()
    }

    fn gaps(&self, kind: FeatureKind) -> Column {
        let mut column = ColumnBuilder::new(kind, self.len());
        for _ in 0..self.len() {
            column.push(Cell::MISSING);
        }
        column.finish()
    }

    /// A column as categories. Panics out of range.
    pub(crate) fn categories(&self, at: usize) -> Column {
        self.column(at, FeatureKind::Categorical, &mut Vec::new())
    }

    /// Gives all values to a sink.
    pub(crate) fn give(&self, sink: &mut impl Sink) {
        for (at, texts) in self.columns.iter().enumerate() {
            if sink.wants(at) {
                (0..self.len()).for_each(|row| sink.cell(at, texts.cell(row)));
            }
        }
        self.lines.iter().for_each(|&line| sink.end_row(line));
    }
}

impl Sink for Rows {
    fn wants(&self, _: usize) -> bool {
        true
    }

    fn cell(&mut self, column: usize, cell: Cell<'_>) {
        self.columns[column].push(cell);
    }

    fn end_row(&mut self, line: u64) {
        self.lines.push(line);
    }
}

/// What is wrong with a text in a column of numbers.
pub(crate) fn text_among_numbers(column: &str, text: &str) -> String {
    format!("the column \"{column}\" holds numbers, and here the text {:?}", shorten(text))
}

/// What to do about a text in a column of numbers.
pub(crate) fn text_remedy(text: &str) -> String {
    mark_remedy(text)
        .unwrap_or_else(|| "mend the value, or leave it empty where it is not known".into())
}

/// What to do about a text that looks like a mark for a missing value.
pub(crate) fn mark_remedy(text: &str) -> Option<String> {
    let mark = text.trim();
    values::looks_missing(mark).then(|| {
        format!("if {mark:?} stands for a missing value, say so: --na {mark:?} (na = [{mark:?}])")
    })
}

/// Names in quotes, the first ones of a long list.
pub(crate) fn quoted_list(names: &[&str]) -> String {
    let quoted: Vec<String> = names.iter().map(|name| format!("{name:?}")).collect();
    list::first_of(&quoted, 8)
}

/// The first names of a list that may be long.
fn listed(names: &[String]) -> String {
    list::first_of(names, 45)
}

/// The start of a text that may be anything.
pub(crate) fn shorten(text: &str) -> String {
    match text.char_indices().nth(40) {
        Some((at, _)) => format!("{}...", &text[..at]),
        None => text.into(),
    }
}
