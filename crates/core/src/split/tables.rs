//! What a split may know about the data set before its rows are loaded, and about the rows afterwards.

use super::{SplitError, TableName};
use crate::dataset::{Beside, BesideKind, Column, FeatureKind, Table, UnreadTimes};
use crate::keys::{Help, KeyFault};

/// Rows that a message names at most.
const FIRST_ROWS: usize = 5;

/// What is known about the data set before its rows are loaded.
#[derive(Debug, Clone, Copy)]
pub struct DataTables<'a> {
    /// Its kind as the experiment file names it.
    pub kind: &'a str,
    /// Whether it has a separate test table.
    pub has_test: bool,
    /// The columns that can be features.
    pub columns: &'a [(String, FeatureKind)],
    /// The columns that are no features and can still be read.
    pub beside: &'a [Beside],
    /// The columns of times that cannot be read.
    pub unread: &'a [UnreadTimes],
    /// The families of its outliers; `None`: they show only once the rows are loaded.
    pub families: Option<&'a [String]>,
}

impl DataTables<'_> {
    /// Refuses a column of times that cannot be read. As texts they have no order, and each would be a group.
    pub(super) fn refuse_unread(&self, column: &str) -> Result<(), KeyFault> {
        match self.unread.iter().find(|unread| unread.name == column) {
            None => Ok(()),
            Some(UnreadTimes { why, remedy, .. }) => {
                let message = format!("the times of \"{column}\" cannot be read: it {why}");
                Err(KeyFault::at("column", message, remedy.as_str()))
            }
        }
    }

    /// The fault of a column that the data set does not have; `suits` says which of the others would do.
    pub(super) fn unknown_column(
        &self,
        column: &str,
        suits: impl Fn(BesideKind) -> bool,
    ) -> KeyFault {
        let beside = self.beside.iter().filter(|beside| suits(beside.kind));
        let features = self.columns.iter().filter(|(_, kind)| match kind {
            FeatureKind::Numeric => suits(BesideKind::Number),
            FeatureKind::Categorical => suits(BesideKind::Category),
        });
        let mut among: Vec<String> = beside.map(|beside| beside.name.clone()).collect();
        for (name, _) in features {
            if !among.contains(name) {
                among.push(name.clone());
            }
        }
        let message = format!("{} has no column \"{column}\" to split by", self.kind);
        KeyFault::at("column", message, Help::Choose { word: column.to_owned(), among })
    }
}

/// The usable rows of one table. A split draws positions among them, from 0.
#[derive(Debug, Clone, Copy)]
pub struct TableRows<'a> {
    /// The whole table. Its classes are known.
    pub table: &'a Table,
    /// The rows of the table that may be used, ascending.
    pub usable: &'a [usize],
    /// The label of each usable row, `true` = outlier.
    pub labels: &'a [bool],
    /// The family of each of the table's class names (`dos`, `probe`, ...): its category in the data set, or
    /// else the class itself.
    pub families: &'a [String],
    /// A number per usable row, equal for rows of equal features over both tables; `None` unless the split
    /// keeps duplicates together.
    pub vectors: Option<&'a [u32]>,
}

/// The usable rows of a data set.
#[derive(Debug, Clone, Copy)]
pub struct SplitTables<'a> {
    /// Rows of the training table.
    pub train: TableRows<'a>,
    /// Rows of the separate test table.
    pub test: Option<TableRows<'a>>,
}

impl TableRows<'_> {
    /// The family of a usable row; empty if the table has no classes.
    pub fn family(&self, position: usize) -> &str {
        let code = self.table.classes.as_ref().map(|c| usize::from(c.codes[self.usable[position]]));
        code.and_then(|code| self.families.get(code)).map_or("", String::as_str)
    }

    /// The column that a split goes by, feature or not; it has an entry for every row of the table.
    pub(super) fn split_column(&self, name: &str) -> Result<&Column, SplitError> {
        let found = self.table.beside(name).or_else(|| self.table.column(name));
        found.ok_or_else(|| {
            let message = format!(
                "the column \"{name}\" is not there: a file lacks it, or it has too many different values"
            );
            KeyFault::at("column", message, "split by another column").into()
        })
    }

    /// An error that names the first usable rows without a value of a column. Rows are numbered in the table.
    pub(super) fn refuse_missing(
        &self,
        column: &str,
        is_missing: impl Fn(usize) -> bool,
    ) -> Result<(), SplitError> {
        let mut missing = self.usable.iter().copied().filter(|&row| is_missing(row));
        let first: Vec<usize> = missing.by_ref().take(FIRST_ROWS).collect();
        match first.is_empty() {
            true => Ok(()),
            false => Err(SplitError::MissingValues {
                column: column.to_owned(),
                table: TableName::Train,
                count: first.len() + missing.count(),
                first,
            }),
        }
    }
}

impl<'a> SplitTables<'a> {
    /// The rows of a table; the rows of the training table if there is no other.
    pub fn of(&self, table: TableName) -> &TableRows<'a> {
        match (table, &self.test) {
            (TableName::Test, Some(test)) => test,
            _ => &self.train,
        }
    }
}
