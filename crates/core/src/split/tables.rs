//! What a split may know: of the data set before its rows are loaded, and of the rows once they are.

use super::TableName;
use crate::dataset::{Beside, Column, FeatureKind, Table};

/// What is known of the data set before its rows are loaded.
#[derive(Debug, Clone, Copy)]
pub struct DataTables<'a> {
    /// Its kind as the experiment file names it.
    pub kind: &'a str,
    /// Whether it has a separate test table.
    pub has_test: bool,
    /// The columns that can be features.
    pub columns: &'a [(String, FeatureKind)],
    /// The columns that are no features and can be had all the same.
    pub beside: &'a [Beside],
    /// The families of its outliers; `None`: they show only once the rows are loaded.
    pub families: Option<&'a [String]>,
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
    /// Of the training table.
    pub train: TableRows<'a>,
    /// Of the separate test table.
    pub test: Option<TableRows<'a>>,
}

impl TableRows<'_> {
    /// The family of a usable row; empty if the table has no classes.
    pub fn family(&self, position: usize) -> &str {
        let code = self.table.classes.as_ref().map(|c| usize::from(c.codes[self.usable[position]]));
        code.and_then(|code| self.families.get(code)).map_or("", String::as_str)
    }

    /// The column of that name, feature or not; it has a value for every row of the table.
    pub fn column(&self, name: &str) -> Option<&Column> {
        self.table.beside(name).or_else(|| self.table.column(name))
    }
}

impl<'a> SplitTables<'a> {
    /// The rows of a table; those of the training table if there is no other.
    pub fn of(&self, table: TableName) -> &TableRows<'a> {
        match (table, &self.test) {
            (TableName::Test, Some(test)) => test,
            _ => &self.train,
        }
    }
}
