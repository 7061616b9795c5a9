//! A data set made of files of the catalog, each a CSV text with fixed columns.

use oddbench_core::LabelPolicy;
use oddbench_core::split::TableName;

use super::fixed_csv::{self, Layout};
use super::set::{DataSet, SourceInfo, Tables};
use crate::catalog::{Entry, File};
use crate::digest;
use crate::error::DataError;
use crate::fetch::Cache;
use crate::rows::ClassOf;

/// A data set made of files of the catalog.
#[derive(Debug)]
pub(super) struct Catalogued {
    /// What the catalog knows of it.
    pub(super) entry: &'static Entry,
    /// Its files, the training table first.
    pub(super) files: Vec<&'static File>,
    /// Raised when the same files would be parsed to other rows.
    pub(super) parser_version: &'static str,
    /// The columns after the features in a file without a header; `None`: the first line names all
    /// columns.
    pub(super) trailing: Option<&'static [&'static str]>,
    /// The column that holds the class.
    pub(super) class: &'static str,
    /// How the text of a label becomes a class; `None`: it is none.
    pub(super) class_of: ClassOf,
    /// What the text of a label should be.
    pub(super) class_is: &'static str,
    /// Named label policies, the default first.
    pub(super) label_policies: Vec<(&'static str, LabelPolicy)>,
    /// What to do when a file is wrong.
    pub(super) remedy: &'static str,
}

/// Any text is a class.
pub(super) const ANY_CLASS: ClassOf = |label| (!label.is_empty()).then(|| label.to_owned());

impl Catalogued {
    fn layout(&self, file: &File) -> Layout<'static> {
        Layout {
            features: self.entry.columns.iter().map(|c| (c.name.as_str(), c.kind)).collect(),
            trailing: self.trailing,
            class: self.class,
            class_of: self.class_of,
            class_is: self.class_is,
            rows: file.rows,
            remedy: self.remedy,
        }
    }
}

impl DataSet for Catalogued {
    fn info(&self) -> SourceInfo {
        let policies = self.label_policies.iter();
        SourceInfo {
            label_policies: policies.map(|(name, p)| ((*name).to_owned(), p.clone())).collect(),
            ..info_of(self.entry)
        }
    }

    fn has_test_table(&self) -> bool {
        self.files.iter().any(|file| file.table == TableName::Test)
    }

    fn files(&self) -> Vec<&'static File> {
        self.files.clone()
    }

    fn digest(&self) -> String {
        let contents = self.files.iter().map(|file| file.content.sha256.as_str());
        digest::of_parts([self.parser_version].into_iter().chain(contents))
    }

    fn load(&self, cache: &Cache, columns: &[String]) -> Result<Tables, DataError> {
        // All files first: a missing test file is then known before the training file is parsed.
        let paths: Vec<_> =
            self.files.iter().map(|file| cache.ensure(file)).collect::<Result<_, _>>()?;
        let (mut train, mut test) = (None, None);
        for (file, path) in self.files.iter().zip(paths) {
            let table = fixed_csv::read(&path, &self.layout(file), columns)?;
            match file.table {
                TableName::Train => train = Some(table),
                TableName::Test => test = Some(table),
            }
        }
        Ok((train.unwrap_or_default(), test))
    }
}

/// What is known of a data set with these columns, without label policies.
pub(super) fn info_of(entry: &Entry) -> SourceInfo {
    let all = entry.columns.iter().map(|column| column.name.clone()).collect();
    let sets = entry.feature_sets.iter().map(|(name, columns)| (name.clone(), columns.clone()));
    SourceInfo {
        summary: entry.summary.clone(),
        columns: entry.columns.iter().map(|c| (c.name.clone(), c.kind)).collect(),
        feature_sets: sets.chain([("all".to_owned(), all)]).collect(),
        label_policies: Vec::new(),
    }
}
