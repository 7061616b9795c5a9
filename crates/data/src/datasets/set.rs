//! What every data set can do, and what is known about it before anything is fetched.

use std::fmt;

use oddbench_core::record::DataFile;
use oddbench_core::split::TableName;
use oddbench_core::{Beside, FeatureKind, LabelPolicy, Table, UnreadTimes};

use crate::catalog::File;
use crate::columns::Judgement;
use crate::error::DataError;
use crate::fetch::Cache;

/// The error about a file whose rows would get the digest of other rows.
pub(super) const CHANGED: &str =
    "the file has changed since the experiment was checked; run it again";

/// What is known about a data set before it is fetched.
#[derive(Debug, Clone, PartialEq)]
pub struct SourceInfo {
    /// One sentence.
    pub summary: String,
    /// The feature columns in order.
    pub columns: Vec<(String, FeatureKind)>,
    /// Named feature sets; `all` is always among them.
    pub feature_sets: Vec<(String, Vec<String>)>,
    /// Named label policies, the default first.
    pub label_policies: Vec<(String, LabelPolicy)>,
    /// The columns that are no features and can be asked for: times, addresses, identifiers. A loaded table
    /// lacks the columns that a file lacks, and the columns with more categories than
    /// [`MOST_GROUPS`](crate::rows::MOST_GROUPS).
    pub beside: Vec<Beside>,
    /// The columns of times that are not among them because their times cannot be read.
    pub unread: Vec<UnreadTimes>,
    /// The class names that its rows may have, each with its family (`dos`, `probe`, ...); `None`: they show
    /// only once the rows are loaded.
    pub classes: Option<Vec<(String, String)>>,
    /// The column with the time of each row; `None` if there is none, or if it is unknown which.
    pub time: Option<String>,
}

impl SourceInfo {
    /// The names of all columns, in order.
    pub fn column_names(&self) -> Vec<String> {
        self.columns.iter().map(|(name, _)| name.clone()).collect()
    }

    /// The family of a class: its category where that is known, else the class itself.
    pub fn family<'c>(&'c self, class: &'c str) -> &'c str {
        let known = self.classes.iter().flatten().find(|(name, _)| name == class);
        known.map_or(class, |(_, family)| family.as_str())
    }

    /// The families of the outliers under a label policy, each once; `None` where classes are not known.
    pub fn outlier_families(&self, policy: &LabelPolicy) -> Option<Vec<String>> {
        let mut families: Vec<String> = Vec::new();
        for (class, family) in self.classes.as_ref()? {
            if policy.is_outlier(class) && !families.contains(family) {
                families.push(family.clone());
            }
        }
        Some(families)
    }
}

/// The training table (or the only one) and the test table.
pub(super) type Tables = (Table, Option<Table>);

/// What each kind of data set implements.
pub(super) trait DataSet: fmt::Debug + Send + Sync {
    /// What is known before it is fetched.
    fn info(&self) -> SourceInfo;
    /// Whether it has a separate test table.
    fn has_test_table(&self) -> bool;
    /// The catalog's files that it is made from.
    fn files(&self) -> Vec<&'static File> {
        Vec::new()
    }
    /// What its columns were taken for; `None`: they are known without looking.
    fn judgement(&self) -> Option<&Judgement> {
        None
    }
    /// What a reader of its figures should know, a sentence each.
    fn notes(&self) -> Vec<String> {
        Vec::new()
    }
    /// SHA-256 (hex) of everything that decides the rows.
    fn digest(&self) -> String;
    /// The files that the rows are read from, each with its digest.
    fn contents(&self) -> Vec<DataFile> {
        Vec::new()
    }
    /// Where rows of the training table (or of the test table), counted from 0, stand in their files, for
    /// messages: `line 78`. `None`: it is not known.
    fn places(&self, _rows: &[(TableName, usize)]) -> Option<Vec<String>> {
        None
    }
    /// Fetches what is missing from the cache, and parses the given columns, the classes, and the columns
    /// that are no features.
    fn load(
        &self,
        cache: &Cache,
        columns: &[String],
        beside: &[Beside],
    ) -> Result<Tables, DataError>;
}
