//! A data set that a file of `data/sets`, or a user's file, describes.

mod classes;
mod found;
mod keys;
mod member;
mod offered;
mod parts;
mod place;
mod read;
#[cfg(test)]
mod tests;

use std::path::Path;

use oddbench_core::record::DataFile;
use oddbench_core::split::TableName;
use oddbench_core::{Beside, FeatureKind};
use serde_json::{Map, Value, json};

use super::beside::Offered;
use super::keys::KeyFault;
use super::kind::DatasetKind;
use super::set::{DataSet, SourceInfo, Tables};
use crate::catalog::{Entry, File};
use crate::columns::Judgement;
use crate::digest;
use crate::error::DataError;
use crate::fetch::Cache;
use crate::rows::ReadOptions;
pub(super) use classes::append;
use keys::Keys;
use parts::Part;

/// The kind of data set that a file describes.
pub(super) fn kind(entry: &'static Entry) -> DatasetKind {
    DatasetKind {
        name: &entry.name,
        summary: &entry.title,
        synthetic: false,
        own_files: false,
        // Kinds live as long as the program.
        open: Box::leak(Box::new(move |given: &Map<String, Value>, base: &Path| {
            let keys = keys::read(entry, given, base)?;
            let set = Described::open(entry, &keys)?;
            Ok((keys.params(), Box::new(set) as Box<dyn DataSet>))
        })),
        schema: Box::leak(Box::new(|| keys::schema(entry))),
        entry: Some(entry),
    }
}

/// A described data set whose parts were chosen and found.
#[derive(Debug)]
struct Described {
    entry: &'static Entry,
    parts: Vec<Part>,
    /// How the files are read.
    options: ReadOptions,
    /// What the columns were taken for, if the file leaves that to the judge.
    judgement: Option<Judgement>,
    /// The features in the order of the file.
    features: Vec<(String, FeatureKind)>,
    /// The columns beside them.
    offered: Offered,
    /// Classes whose rows are left out.
    without: Vec<String>,
    /// Rows to read of each table, from the first on.
    limit: Option<usize>,
}

impl Described {
    fn open(entry: &'static Entry, keys: &Keys) -> Result<Self, KeyFault> {
        let mut parts = parts::chosen(entry, keys);
        for part in &mut parts {
            place::find(entry, part, keys.path.as_deref())?;
        }
        let options = read::options(entry)?;
        let (features, mut judgement) = features(entry, &parts, &options)?;
        Ok(Self {
            entry,
            options,
            offered: offered::offered(entry, judgement.as_mut())?,
            judgement,
            features,
            parts,
            without: keys.without(),
            limit: keys.limit,
        })
    }

    /// Everything except the files that decides the rows; a stated version replaces it.
    fn reading(&self) -> Vec<String> {
        let entry = self.entry;
        let mut parts = vec![entry.version.clone().unwrap_or_else(|| {
            let read = (&entry.read, &entry.label, &entry.trailing, entry.complete);
            json!(["described/1", read, self.features]).to_string()
        })];
        if !self.without.is_empty() {
            parts.push(format!("without {:?}", self.without));
        }
        if let Some(limit) = self.limit {
            parts.push(format!("limit {limit}"));
        }
        parts
    }
}

/// Names and kinds of columns, and what the judge of columns said if it was asked.
type Features = (Vec<(String, FeatureKind)>, Option<Judgement>);

/// The features: as the file states them, as the format numbers them, or as the judge of columns finds them.
fn features(
    entry: &'static Entry,
    parts: &[Part],
    options: &ReadOptions,
) -> Result<Features, KeyFault> {
    if let Some(features) = entry.features() {
        return Ok((features, None));
    }
    let mut counts = parts.iter().map(|part| part.file.features);
    match counts.next().flatten() {
        Some(count) if counts.all(|other| other == Some(count)) => {
            let features = (1..=count).map(|at| (format!("x{at}"), FeatureKind::Numeric)).collect();
            Ok((features, None))
        }
        _ => found::judge(entry, parts, options).map(|found| (found.features(), Some(found))),
    }
}

impl DataSet for Described {
    fn info(&self) -> SourceInfo {
        SourceInfo {
            label_policies: self.entry.label_policies(),
            classes: self.entry.known_classes().map(|mut classes| {
                classes.retain(|(class, _)| !self.without.contains(class));
                classes
            }),
            beside: self.offered.beside(),
            unread: self.offered.unread.clone(),
            time: self.offered.time.clone(),
            ..info_of(self.entry, self.features.clone())
        }
    }

    fn has_test_table(&self) -> bool {
        self.parts.iter().any(|part| part.table == TableName::Test)
    }

    fn files(&self) -> Vec<&'static File> {
        let mut files: Vec<&'static File> = Vec::new();
        for part in self.parts.iter().filter(|part| part.local.is_none()) {
            if !files.contains(&part.file) {
                files.push(part.file);
            }
        }
        files
    }

    fn judgement(&self) -> Option<&Judgement> {
        self.judgement.as_ref()
    }

    fn notes(&self) -> Vec<String> {
        self.parts.iter().filter_map(Part::note).collect()
    }

    fn digest(&self) -> String {
        let contents: Vec<String> = self.parts.iter().map(Part::digest).collect();
        let reading = self.reading();
        digest::of_parts(reading.iter().chain(&contents).map(String::as_str))
    }

    fn contents(&self) -> Vec<DataFile> {
        self.parts.iter().map(Part::content).collect()
    }

    fn load(
        &self,
        cache: &Cache,
        columns: &[String],
        beside: &[Beside],
    ) -> Result<Tables, DataError> {
        let beside = self.offered.read(beside)?;
        let wanted = columns.iter().map(|name| {
            let found = self.features.iter().find(|(feature, _)| feature == name);
            found.cloned().ok_or_else(|| DataError::UnknownColumn { column: name.clone() })
        });
        let wanted = wanted.collect::<Result<Vec<_>, _>>()?;
        // All files first: a missing test file is then known before the training file is parsed.
        let paths = self.parts.iter().map(|part| part.fetch(cache));
        let paths = paths.collect::<Result<Vec<_>, _>>()?;
        let (mut train, mut test) = (None, None);
        for (part, path) in self.parts.iter().zip(&paths) {
            let table = match part.table {
                TableName::Train => &mut train,
                TableName::Test => &mut test,
            };
            let held = table.as_ref().map_or(0, oddbench_core::Table::rows);
            let left = self.limit.map_or(usize::MAX, |limit| limit.saturating_sub(held));
            if left == 0 {
                continue;
            }
            let more = read::read(self, part, path, (&wanted, &beside), left);
            part.is_as_it_was()?;
            let mut more = more?;
            classes::leave_out(&mut more, &self.without);
            match table {
                Some(table) => classes::append(table, more),
                None => *table = Some(more),
            }
        }
        Ok((train.unwrap_or_default(), test))
    }
}

/// What is known about a data set with these columns, without label policies.
pub(super) fn info_of(entry: &Entry, features: Vec<(String, FeatureKind)>) -> SourceInfo {
    let all = features.iter().map(|(name, _)| name.clone()).collect();
    let sets = entry.feature_sets.iter().map(|(name, columns)| (name.clone(), columns.clone()));
    SourceInfo {
        summary: entry.summary.clone(),
        columns: features,
        feature_sets: sets.chain([("all".to_owned(), all)]).collect(),
        label_policies: Vec::new(),
        beside: Vec::new(),
        unread: Vec::new(),
        classes: entry.known_classes(),
        time: None,
    }
}
