//! What the file of a data set says. `docs/FORMAT.md` explains its keys.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use oddbench_core::{FeatureKind, LabelPolicy};
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::{Map, Value};

use super::NORMAL;
use super::choice::Choice;
use super::file::File;
use super::label::LabelEntry;
use crate::times::TimeKey;

/// A data set.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Entry {
    /// As `[dataset] kind` names it: the name of its file, or the path of a user's file.
    #[serde(skip)]
    pub name: String,
    /// The folder of a user's file.
    #[serde(skip)]
    pub folder: Option<PathBuf>,
    /// Its full name.
    pub title: String,
    /// One sentence.
    #[serde(default)]
    pub summary: String,
    /// What it is good for, in a few words.
    #[serde(default)]
    pub good_for: String,
    /// The known faults, each with who found it.
    #[serde(default)]
    pub issues: Vec<String>,
    /// The licence that its publisher states.
    #[serde(default)]
    pub licence: String,
    /// Whom to cite.
    #[serde(default)]
    pub citation: String,
    /// The page on which its publisher offers it.
    #[serde(default)]
    pub page: Option<String>,
    /// Raised when the same files would be read to other rows. Without it, whatever decides how the files are
    /// read decides the digest.
    #[serde(default)]
    pub version: Option<String>,
    /// The data set whose columns, classes and feature sets it shares; they are copied when the file is read.
    #[serde(default)]
    pub like: Option<String>,
    /// Folders on the web that hold files under the last part of their paths.
    #[serde(default)]
    pub homes: Vec<String>,
    /// How the files are read: the keys that `[dataset]` has for a user's table.
    #[serde(default)]
    pub read: Map<String, Value>,
    /// Whether every line holds a row, and every row all values.
    #[serde(default)]
    pub complete: bool,
    /// The columns in the order of the file; `None`: they are taken as they are found.
    #[serde(default)]
    pub columns: Option<Vec<ColumnEntry>>,
    /// Columns that follow in a file without a header.
    #[serde(default)]
    pub trailing: Vec<String>,
    /// Columns that are no features, each with the reason. A file may lack them.
    #[serde(default)]
    pub leave_out: BTreeMap<String, LeftOut>,
    /// The column that holds the time of each row. A file may lack it.
    #[serde(default)]
    pub time: Option<TimeEntry>,
    /// The column of the classes.
    pub label: LabelEntry,
    /// Named label policies, the default first.
    #[serde(default, rename = "policy")]
    pub policies: Vec<PolicyEntry>,
    /// Category (`normal`, `dos`, ...) to the class names that the training table may have.
    #[serde(default)]
    pub classes: BTreeMap<String, Vec<String>>,
    /// Category to the class names that occur in the test table only.
    #[serde(default)]
    pub test_only_classes: BTreeMap<String, Vec<String>>,
    /// Named selections of columns; `all` is implied.
    #[serde(default)]
    pub feature_sets: BTreeMap<String, Vec<String>>,
    /// What an experiment chooses.
    #[serde(default, rename = "choice")]
    pub choices: Vec<Choice>,
    /// Its files, the training table first.
    #[serde(rename = "file")]
    pub files: Vec<File>,
}

/// A column. A plain text stands for a column of numbers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ColumnEntry {
    /// Its name.
    pub name: String,
    /// Numbers or categories.
    pub kind: FeatureKind,
}

impl<'de> Deserialize<'de> for ColumnEntry {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(
            untagged,
            expecting = "a column: its name, or { name = \"...\", kind = \"categorical\" }"
        )]
        enum Written {
            Name(String),
            #[serde(rename_all = "kebab-case")]
            Full {
                name: String,
                kind: FeatureKind,
            },
        }
        Ok(match Written::deserialize(deserializer)? {
            Written::Name(name) => Self { name, kind: FeatureKind::Numeric },
            Written::Full { name, kind } => Self { name, kind },
        })
    }
}

/// A column that is no feature. A plain text stands for the reason, and the column for one of categories.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LeftOut {
    /// Why it is no feature.
    pub why: String,
    /// What it holds.
    pub kind: LeftOutKind,
}

/// What a column holds that is no feature.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum LeftOutKind {
    /// Addresses, ports, names of things: whatever rows may be grouped by.
    #[default]
    Category,
    /// Numbers, such as row numbers.
    Number,
    /// The label in other words. Nothing can ask for it.
    Label,
}

impl<'de> Deserialize<'de> for LeftOut {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(
            untagged,
            expecting = "why it is no feature: a text, or { why = \"...\", kind = \"number\" }"
        )]
        enum Written {
            Why(String),
            Full { why: String, kind: LeftOutKind },
        }
        Ok(match Written::deserialize(deserializer)? {
            Written::Why(why) => Self { why, kind: LeftOutKind::Category },
            Written::Full { why, kind } => Self { why, kind },
        })
    }
}

/// `time`: the column with the time of each row, and how it is written. A plain text is the name of the
/// column, whose values say the rest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TimeEntry {
    /// The column.
    pub column: String,
    /// Which number of a date is the day, or the unit of numbers. Default: seconds.
    pub format: Option<TimeKey>,
    /// For a clock of twelve hours without a word for the half of the day: hours before this one are of the
    /// afternoon.
    pub first_hour: u32,
}

impl<'de> Deserialize<'de> for TimeEntry {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(
            untagged,
            expecting = "the column of times: its name, or { column = \"...\", format = \"day-first\" }"
        )]
        enum Written {
            Name(String),
            Full {
                column: String,
                format: Option<TimeKey>,
                #[serde(default)]
                first_hour: u32,
            },
        }
        Ok(match Written::deserialize(deserializer)? {
            Written::Name(column) => Self { column, format: None, first_hour: 0 },
            Written::Full { column, format, first_hour } => Self { column, format, first_hour },
        })
    }
}

/// `[[policy]]`: which classes are inliers.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PolicyEntry {
    /// As `[dataset] labels` names it.
    pub name: String,
    /// What it is for.
    #[serde(default)]
    pub meaning: Option<String>,
    /// These classes are inliers, every other is an outlier.
    #[serde(default)]
    pub inliers: Option<BTreeSet<String>>,
    /// These classes are outliers, every other is an inlier.
    #[serde(default)]
    pub outliers: Option<BTreeSet<String>>,
}

impl PolicyEntry {
    /// The rule; a checked entry names one of the two lists.
    pub fn policy(&self) -> LabelPolicy {
        match (&self.inliers, &self.outliers) {
            (Some(names), _) => LabelPolicy::InliersAre(names.clone()),
            (None, names) => LabelPolicy::OutliersAre(names.clone().unwrap_or_default()),
        }
    }
}

impl Entry {
    /// The category of a class (`dos`, `probe`, ...), `None` for a name that the file lacks.
    pub fn category(&self, class: &str) -> Option<&str> {
        self.classes
            .iter()
            .chain(&self.test_only_classes)
            .find(|(_, names)| names.iter().any(|name| name == class))
            .map(|(category, _)| category.as_str())
    }

    /// Every class name with its category. Classes of the training table come first. `None` where the file names none.
    pub fn known_classes(&self) -> Option<Vec<(String, String)>> {
        let named = self.classes.iter().chain(&self.test_only_classes);
        let pairs = named.flat_map(|(category, names)| {
            names.iter().map(move |name| (name.clone(), category.clone()))
        });
        (!self.classes.is_empty()).then(|| pairs.collect())
    }

    /// Class names of attacks that the training table may have.
    pub fn training_attacks(&self) -> impl Iterator<Item = &str> {
        let attacks = self.classes.iter().filter(|(category, _)| *category != NORMAL);
        attacks.flat_map(|(_, names)| names.iter().map(String::as_str))
    }

    /// Whether a column is a feature.
    pub fn is_feature(&self, column: &str) -> bool {
        column != self.label.column && !self.leave_out.contains_key(column)
    }

    /// The feature columns in the order of the file; `None` where they are taken as they are found.
    pub fn features(&self) -> Option<Vec<(String, FeatureKind)>> {
        let features = self.columns.as_ref()?.iter().filter(|column| self.is_feature(&column.name));
        Some(features.map(|column| (column.name.clone(), column.kind)).collect())
    }

    /// Named label policies, the default first.
    pub fn label_policies(&self) -> Vec<(String, LabelPolicy)> {
        self.policies.iter().map(|entry| (entry.name.clone(), entry.policy())).collect()
    }

    /// The label policy of that name.
    pub fn policy(&self, name: &str) -> Option<LabelPolicy> {
        self.policies.iter().find(|entry| entry.name == name).map(PolicyEntry::policy)
    }

    /// Whether a home or a mirror has all files.
    pub fn can_be_fetched(&self) -> bool {
        self.files.iter().all(File::can_be_fetched)
    }

    /// Rows of all files, where they are known.
    pub fn rows(&self) -> Option<usize> {
        self.files.iter().map(File::all_rows).sum()
    }

    /// Bytes of all files, where they are known.
    pub fn bytes(&self) -> Option<u64> {
        self.files.iter().map(File::bytes).sum()
    }
}
