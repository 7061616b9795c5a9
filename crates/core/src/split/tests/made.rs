//! Tables for the tests: a label, a family, a feature vector and columns for each row.

use super::super::*;
use crate::dataset::{Beside, BesideKind, Classes, Column, FeatureKind, Table, UnreadTimes};

/// Rows with everything that a split may know about them.
pub(super) struct Made {
    pub(super) table: Table,
    pub(super) usable: Vec<usize>,
    pub(super) labels: Vec<bool>,
    pub(super) families: Vec<String>,
    pub(super) vectors: Option<Vec<u32>>,
}

impl Made {
    /// One row for each family name; `normal` is the inliers'.
    pub(super) fn of(families: &[&str]) -> Self {
        let mut names: Vec<String> = Vec::new();
        let mut codes = Vec::new();
        for family in families {
            let at = names.iter().position(|name| name == family).unwrap_or_else(|| {
                names.push((*family).to_owned());
                names.len() - 1
            });
            codes.push(at as u16);
        }
        Self {
            usable: (0..families.len()).collect(),
            labels: families.iter().map(|family| *family != "normal").collect(),
            families: names.clone(),
            vectors: None,
            table: Table { classes: Some(Classes { names, codes }), ..Table::default() },
        }
    }

    /// Every so many rows are of the family `attack`.
    pub(super) fn labelled(rows: usize, every: usize) -> Self {
        let family = |row: usize| if row.is_multiple_of(every) { "attack" } else { "normal" };
        Self::of(&(0..rows).map(family).collect::<Vec<_>>())
    }

    pub(super) fn with(mut self, name: &str, column: Column) -> Self {
        self.table.beside.push((name.to_owned(), column));
        self
    }

    /// The rows with a separate test table, or without one.
    pub(super) fn rows(&self) -> TableRows<'_> {
        TableRows {
            table: &self.table,
            usable: &self.usable,
            labels: &self.labels,
            families: &self.families,
            vectors: self.vectors.as_deref(),
        }
    }

    pub(super) fn draw(&self, split: &dyn SplitKind) -> Result<Split, SplitError> {
        split.draw(&SplitTables { train: self.rows(), test: None }, None)
    }
}

pub(super) fn texts(values: &[&str]) -> Column {
    let mut levels: Vec<String> = Vec::new();
    let codes = values.iter().map(|value| {
        let at = levels.iter().position(|level| level == value).unwrap_or_else(|| {
            levels.push((*value).to_owned());
            levels.len() - 1
        });
        at as u32
    });
    let codes = codes.collect();
    Column::Categorical { codes, levels }
}

/// A data set with a time, a number and a text beside the features, and three features, one of which holds times that
/// cannot be read.
pub(super) fn known<T>(read: impl FnOnce(&DataTables<'_>) -> T) -> T {
    let beside = |name: &str, kind| Beside { name: name.to_owned(), kind };
    let columns = [
        ("bytes".to_owned(), FeatureKind::Numeric),
        ("service".to_owned(), FeatureKind::Categorical),
        ("stamp".to_owned(), FeatureKind::Categorical),
    ];
    read(&DataTables {
        kind: "table",
        has_test: false,
        columns: &columns,
        beside: &[
            beside("when", BesideKind::Time),
            beside("id", BesideKind::Number),
            beside("capture", BesideKind::Category),
        ],
        unread: &[UnreadTimes {
            name: "stamp".to_owned(),
            why: "holds dates".to_owned(),
            remedy: "set time_format".to_owned(),
        }],
        families: Some(&["dos".to_owned(), "probe".to_owned()]),
    })
}

/// The rows of the parts together, each once.
pub(super) fn all_rows(split: &Split) -> Vec<usize> {
    let mut rows = [&split.train, &split.validation, &split.test].map(|p| p.rows.clone()).concat();
    rows.sort_unstable();
    rows
}
