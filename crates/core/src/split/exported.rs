//! A split outside the program: the rows of every part with their labels, and the fingerprint that checks them.
//!
//! The fingerprint covers everything that decides which rows train, validate and test, under which
//! labels. It is the SHA-256 of these lines, as ASCII text, each ended by a line feed (`\n`):
//!
//! ```text
//! oddbench split 1
//! data <digest of the data set>
//! train <table>
//! <row> <label>             one line a row, in the order of the part
//! validation <table>
//! ...
//! test <table>
//! ...
//! ```
//!
//! `<table>` is `train` or `test`, `<row>` the row number in that table from 0, `<label>` 1 for an outlier and 0
//! for an inlier. Neither the way in which the split was drawn nor the name of the label policy is part of it:
//! two splits that are drawn in different ways and have equal rows are equal.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{Part, Split, TableName};
use crate::counts::counted;
use crate::dataset::LabelPolicy;
use crate::keys::KeyFault;

/// The format that the first lines of an exported split name.
pub const FORMAT: &str = "oddbench-split";

/// Raised when the fingerprint's bytes or the meaning of a key change.
pub const VERSION: u32 = 1;

/// An exported split: `split.json`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ExportedSplit {
    /// [`FORMAT`].
    pub format: String,
    /// [`VERSION`].
    pub format_version: u32,
    /// SHA-256 of the lines above, in hexadecimal digits.
    pub fingerprint: String,
    /// The rows' data set and how they are labelled.
    pub data: ExportedData,
    /// The settings that drew it, for a reader; nothing depends on them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub split: Option<Value>,
    /// Which fold it is, from 1, where the settings draw several.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fold: Option<u32>,
    /// The rows.
    pub parts: ExportedParts,
}

/// The data set that the rows are from.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ExportedData {
    /// The kind of data set.
    pub dataset: String,
    /// SHA-256 over the content that was read.
    pub digest: String,
    /// The label policy as the experiment names it.
    pub labels: String,
    /// The label policy.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub policy: Option<LabelPolicy>,
}

/// The three parts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ExportedParts {
    /// Rows to fit on.
    pub train: ExportedPart,
    /// Rows to tune on.
    pub validation: ExportedPart,
    /// Rows that figures are computed on.
    pub test: ExportedPart,
}

/// Rows of one table with their labels.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ExportedPart {
    /// The table.
    pub table: TableName,
    /// Row numbers in the table, from 0.
    pub rows: Vec<usize>,
    /// 1 for an outlier, 0 for an inlier; one a row.
    pub labels: Vec<u8>,
}

impl ExportedPart {
    /// The rows of a part; `outlier` gives the label of a row of its table.
    pub fn new(part: &Part, outlier: impl Fn(usize) -> bool) -> Self {
        let labels = part.rows.iter().map(|&row| u8::from(outlier(row))).collect();
        Self { table: part.table, rows: part.rows.clone(), labels }
    }

    /// Whether a row is an outlier.
    pub fn has_outliers(&self) -> bool {
        self.labels.contains(&1)
    }
}

impl ExportedParts {
    /// The parts with their names, in the order of the fingerprint.
    pub fn named(&self) -> [(&'static str, &ExportedPart); 3] {
        [("train", &self.train), ("validation", &self.validation), ("test", &self.test)]
    }

    /// Hands on the text that the fingerprint is the SHA-256 of, piece by piece.
    pub fn lines(&self, digest: &str, put: &mut dyn FnMut(&str)) {
        put(&format!("oddbench split {VERSION}\ndata {digest}\n"));
        for (name, part) in self.named() {
            put(&format!("{name} {}\n", part.table.name()));
            for (row, label) in part.rows.iter().zip(&part.labels) {
                put(&format!("{row} {label}\n"));
            }
        }
    }

    /// The rows as a split has them.
    pub fn split(&self) -> Split {
        let part = |part: &ExportedPart| Part { table: part.table, rows: part.rows.clone() };
        Split {
            train: part(&self.train),
            validation: part(&self.validation),
            test: part(&self.test),
        }
    }

    /// Checks the parts without the data. Each row has a label, 0 or 1. No row is in two parts or twice in
    /// one. There are training inliers and test rows.
    pub fn check(&self) -> Result<(), KeyFault> {
        let wrong = |message: String| {
            Err(KeyFault::at("file", message, "export the split again, or mend the file"))
        };
        let mut seen: Vec<(TableName, usize, &str)> = Vec::new();
        for (name, part) in self.named() {
            let (rows, labels) = (part.rows.len(), part.labels.len());
            if rows != labels {
                return wrong(format!(
                    "the {name} part has {} and {}",
                    counted(rows, "row"),
                    counted(labels, "label")
                ));
            }
            if let Some(label) = part.labels.iter().find(|label| **label > 1) {
                return wrong(format!(
                    "the {name} part has the label {label}, and labels are 0 or 1"
                ));
            }
            seen.extend(part.rows.iter().map(|&row| (part.table, row, name)));
        }
        seen.sort_by_key(|(table, row, _)| (*table == TableName::Test, *row));
        let twice = seen.array_windows().find(|[(a, b, _), (c, d, _)]| (a, b) == (c, d));
        if let Some([(table, row, first), (.., second)]) = twice {
            let table = table.name();
            return wrong(match first == second {
                true => format!("row {row} of the {table} table is twice in the {first} part"),
                false => format!(
                    "row {row} of the {table} table is in the {first} and in the {second} part"
                ),
            });
        }
        if !self.train.labels.contains(&0) {
            return wrong("the train part has no inlier, and models learn from inliers".to_owned());
        }
        match self.test.rows.is_empty() {
            true => wrong("the test part has no row".to_owned()),
            false => Ok(()),
        }
    }
}
