//! The user's own tables: files with a label column, read twice: once when the
//! experiment is checked, so that every fault shows before anything is fitted, and once when it runs.

mod choose;
mod judged;
mod kinds;
mod places;
mod read;
#[cfg(test)]
mod tests;
mod times;

use std::collections::BTreeSet;
use std::fs::File;
use std::path::{Path, PathBuf};

use oddbench_core::record::DataFile;
use oddbench_core::split::TableName;
use oddbench_core::{Beside, FeatureKind, LabelPolicy, Table};
use serde_json::json;

use super::beside::Offered;
use super::keys::{Help, KeyFault, Trouble};
use super::set::{CHANGED, DataSet, SourceInfo, Tables};
use crate::columns::Judgement;
use crate::digest;
use crate::error::DataError;
use crate::fetch::Cache;
use judged::judged;
pub(super) use kinds::{KINDS, reading};
use kinds::{Labels, TableOptions};
use read::read;

/// Raised when the same files would be parsed to other rows.
const PARSER_VERSION: &str = "table/3";

/// Files that were read and found right.
#[derive(Debug)]
struct TableFile {
    options: TableOptions,
    /// Every column that can be a feature.
    columns: Vec<(String, FeatureKind)>,
    /// Those that are, unless the experiment lists others.
    features: Vec<String>,
    judgement: Judgement,
    /// The classes of all rows, each once, in order of appearance.
    classes: Vec<String>,
    offered: Offered,
    contents: Vec<String>,
}

impl TableFile {
    /// Reads both files whole and checks everything that can be wrong with them.
    fn open(options: TableOptions) -> Result<Self, KeyFault> {
        let mut contents = vec![content(&options.path, "path")?];
        let train = judged(&options)?;
        let columns = train.columns();
        let features = train.judgement.features();
        let mut classes = train.classes;
        let mut judgement = train.judgement;
        let mut second = None;
        if let Some(path) = &options.test_path {
            contents.push(content(path, "test_path")?);
            let (table, notes) = read(&options, path, &features, &[], "test_path")?;
            let more = class_names(&table).into_iter();
            let new: Vec<String> = more.filter(|class| !classes.contains(class)).collect();
            classes.extend(new);
            second = Some(times::of_test(&options, path, &judgement)?);
            judgement.notes.extend(notes_on_test(notes, path));
        }
        let offered = times::offered(&options, &mut judgement, second.as_ref())?;
        let (key, named) = match &options.labels {
            Labels::Inliers(names) => ("inliers", names),
            Labels::Outliers(names) => ("outliers", names),
        };
        let unknown = named.iter().enumerate().filter(|(_, name)| !classes.contains(name));
        KeyFault::joined(unknown.map(|(index, name)| no_row(key, name, &classes).in_item(index)))?;
        let features = features.into_iter().map(|(name, _)| name).collect();
        Ok(Self { columns, features, judgement, classes, offered, options, contents })
    }

    /// How classes become inliers and outliers.
    fn policy(&self) -> LabelPolicy {
        match &self.options.labels {
            Labels::Inliers(names) => LabelPolicy::InliersAre(names.iter().cloned().collect()),
            Labels::Outliers(names) => LabelPolicy::OutliersAre(names.iter().cloned().collect()),
        }
    }
}

impl DataSet for TableFile {
    fn info(&self) -> SourceInfo {
        let policy = match &self.options.labels {
            Labels::Inliers(names) => format!("inliers: {}", names.join(", ")),
            Labels::Outliers(names) => format!("outliers: {}", names.join(", ")),
        };
        SourceInfo {
            summary: "The user's own table.".into(),
            columns: self.columns.clone(),
            feature_sets: vec![("all".into(), self.features.clone())],
            label_policies: vec![(policy, self.policy())],
            classes: Some(
                self.classes.iter().map(|class| (class.clone(), class.clone())).collect(),
            ),
            beside: self.offered.beside(),
            unread: self.offered.unread.clone(),
            time: self.offered.time.clone(),
        }
    }

    fn has_test_table(&self) -> bool {
        self.options.test_path.is_some()
    }

    fn judgement(&self) -> Option<&Judgement> {
        Some(&self.judgement)
    }

    /// SHA-256 over the bytes of the files and whatever decides how they are read.
    fn digest(&self) -> String {
        let options = &self.options;
        let reading = json!([
            format!("{:?}", options.read),
            options.label,
            options.limit,
            self.columns,
            options.test_path.is_some()
        ]);
        let reading = reading.to_string();
        digest::of_parts(
            [PARSER_VERSION, &reading].into_iter().chain(self.contents.iter().map(String::as_str)),
        )
    }

    fn contents(&self) -> Vec<DataFile> {
        let paths = [&self.options.path].into_iter().chain(&self.options.test_path);
        let file = |(path, sha256): (&PathBuf, &String)| DataFile {
            name: path.display().to_string(),
            sha256: sha256.clone(),
        };
        paths.zip(&self.contents).map(file).collect()
    }

    fn places(&self, rows: &[(TableName, usize)]) -> Option<Vec<String>> {
        places::of(&self.options, rows)
    }

    fn load(&self, _: &Cache, columns: &[String], beside: &[Beside]) -> Result<Tables, DataError> {
        let beside = self.offered.read(beside)?;
        let mut wanted = Vec::with_capacity(columns.len());
        for name in columns {
            let found = self.columns.iter().find(|(column, _)| column == name);
            wanted.push(
                found.ok_or_else(|| DataError::UnknownColumn { column: name.clone() })?.clone(),
            );
        }
        let one = |path: &Path, content: &str| {
            let refused = |message| DataError::Parse { path: path.into(), message };
            let fault = |fault: KeyFault| refused(fault.in_words(path));
            let found = read(&self.options, path, &wanted, &beside, "path");
            // Afterwards, so that a change before the reading is found as well as a change during it.
            if self::content(path, "path").map_err(fault)? != content {
                return Err(refused(CHANGED.into()));
            }
            found.map(|(table, _)| table).map_err(fault)
        };
        let train = one(&self.options.path, &self.contents[0])?;
        let test = match (&self.options.test_path, self.contents.get(1)) {
            (Some(path), Some(content)) => Some(one(path, content)?),
            _ => None,
        };
        Ok((train, test))
    }
}

/// No row has that label.
fn no_row(key: &str, label: &str, classes: &[String]) -> KeyFault {
    let among = classes.iter().cloned().collect::<BTreeSet<_>>().into_iter().collect();
    let help = Help::Choose { word: label.to_owned(), among };
    let message = format!("no row has the label \"{label}\"");
    KeyFault::new(key, Trouble::Value { message, help })
}

/// SHA-256 of the bytes of the file that a key names.
fn content(path: &Path, key: &str) -> Result<String, KeyFault> {
    File::open(path).and_then(digest::of_reader).map_err(|error| {
        let (what, help) = match error.kind() {
            std::io::ErrorKind::NotFound => (
                "there is no such file".to_owned(),
                "a relative path starts at the folder of the experiment file",
            ),
            _ => {
                (format!("it cannot be read: {error}"), "give the path of a file that you may read")
            }
        };
        KeyFault::value(key, format!("{}: {what}", path.display()), help)
    })
}

/// The notes about the test file, with its name.
fn notes_on_test(notes: Vec<String>, path: &Path) -> impl Iterator<Item = String> {
    let file = path.file_name().unwrap_or(path.as_os_str()).display().to_string();
    notes.into_iter().map(move |note| format!("{file}: {note}"))
}

fn class_names(table: &Table) -> Vec<String> {
    table.classes.as_ref().map(|classes| classes.names.clone()).unwrap_or_default()
}
