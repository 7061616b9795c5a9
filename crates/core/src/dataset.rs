//! Tables of named columns with a class name per row, and the rule that turns class names into
//! inliers and outliers.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

/// Whether a column holds numbers or categories.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FeatureKind {
    /// Numbers.
    Numeric,
    /// Categories.
    Categorical,
}

/// The values of one column.
#[derive(Debug, Clone, PartialEq)]
pub enum Column {
    /// Numbers in their raw unit; a missing value is NaN.
    Numeric(Vec<f64>),
    /// `codes[row]` points into `levels`; a missing value is [`Column::MISSING`].
    Categorical {
        /// One code per row.
        codes: Vec<u32>,
        /// The category names, each once, in order of first appearance.
        levels: Vec<String>,
    },
}

impl Column {
    /// The code of a missing category.
    pub const MISSING: u32 = u32::MAX;

    /// Number of rows.
    pub fn len(&self) -> usize {
        match self {
            Self::Numeric(values) => values.len(),
            Self::Categorical { codes, .. } => codes.len(),
        }
    }

    /// Whether there are no rows.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// The class name of every row (`normal`, `neptune`, ...), dictionary-encoded.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Classes {
    /// Each name once, in order of first appearance.
    pub names: Vec<String>,
    /// One index into `names` per row.
    pub codes: Vec<u16>,
}

impl Classes {
    /// The class name of a row. Panics if the row is out of range.
    pub fn of(&self, row: usize) -> &str {
        &self.names[usize::from(self.codes[row])]
    }

    /// Number of rows.
    pub fn len(&self) -> usize {
        self.codes.len()
    }

    /// Whether there are no rows.
    pub fn is_empty(&self) -> bool {
        self.codes.is_empty()
    }

    /// The classes of the given rows, in that order; the names stay as they are.
    pub fn select(&self, rows: &[usize]) -> Self {
        Self { names: self.names.clone(), codes: rows.iter().map(|&r| self.codes[r]).collect() }
    }
}

/// Rows with named columns and, if known, the class of each row.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Table {
    /// Column names with their values; all of one length, names unique.
    pub columns: Vec<(String, Column)>,
    /// The class of each row, if the source has one.
    pub classes: Option<Classes>,
    /// Columns that are no features and that were asked for, with their names.
    pub beside: Vec<(String, Column)>,
}

/// A column that is no feature: what a split, a report or an audit may ask a data set for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Beside {
    /// Its name.
    pub name: String,
    /// How its values are read.
    pub kind: BesideKind,
}

/// A column of times whose values cannot be read without another key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnreadTimes {
    /// Its name.
    pub name: String,
    /// Why, as a clause whose subject is the column.
    pub why: String,
    /// What to do.
    pub remedy: String,
}

/// How the values of a column that is no feature are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum BesideKind {
    /// As points in time: seconds since 1970-01-01 UTC, a numeric column. A missing value is NaN.
    Time,
    /// As numbers. A text is a missing value, NaN.
    Number,
    /// As categories: each value as the file writes it.
    Category,
}

impl Table {
    /// Number of rows.
    pub fn rows(&self) -> usize {
        match (&self.classes, self.columns.first()) {
            (Some(classes), _) => classes.len(),
            (None, Some((_, column))) => column.len(),
            (None, None) => 0,
        }
    }

    /// The column of that name.
    pub fn column(&self, name: &str) -> Option<&Column> {
        self.columns.iter().find(|(n, _)| n == name).map(|(_, column)| column)
    }

    /// The column of that name among those that are no features.
    pub fn beside(&self, name: &str) -> Option<&Column> {
        self.beside.iter().find(|(n, _)| n == name).map(|(_, column)| column)
    }
}

/// A data set as its source publishes it: one table, or a training and a test table.
#[derive(Debug, Clone, PartialEq)]
pub struct Dataset {
    /// The name of its kind: `kdd99`, `synthetic`, ...
    pub name: String,
    /// Whether the rows are made by a generator; every table and figure says so.
    pub synthetic: bool,
    /// The table that training rows come from.
    pub train: Table,
    /// The separate test table, if the source has one.
    pub test: Option<Table>,
    /// The rows of another data set that fitted models are tried on too, if the experiment names one: all of
    /// its tables as one.
    pub other: Option<Table>,
}

/// How class names become inliers and outliers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum LabelPolicy {
    /// These classes are inliers, every other name is an outlier.
    InliersAre(BTreeSet<String>),
    /// These classes are outliers, every other name is an inlier.
    OutliersAre(BTreeSet<String>),
}

impl LabelPolicy {
    /// Whether rows of that class are outliers.
    pub fn is_outlier(&self, class: &str) -> bool {
        match self {
            Self::InliersAre(names) => !names.contains(class),
            Self::OutliersAre(names) => names.contains(class),
        }
    }

    /// One label per row: `true` is an outlier.
    pub fn labels(&self, classes: &Classes) -> Vec<bool> {
        let by_name: Vec<bool> = classes.names.iter().map(|name| self.is_outlier(name)).collect();
        classes.codes.iter().map(|&code| by_name[usize::from(code)]).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(list: &[&str]) -> BTreeSet<String> {
        list.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn an_unknown_attack_is_an_inlier_only_where_outliers_are_listed() {
        let classes = Classes {
            names: vec!["normal".into(), "smurf".into(), "mailbomb".into()],
            codes: vec![0, 1, 2, 1],
        };
        let published = LabelPolicy::OutliersAre(names(&["smurf"]));
        let corrected = LabelPolicy::InliersAre(names(&["normal"]));
        assert_eq!(published.labels(&classes), [false, true, false, true]);
        assert_eq!(corrected.labels(&classes), [false, true, true, true]);
    }
}
