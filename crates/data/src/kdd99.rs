//! KDD Cup 99 (UCI, 1999): the 10 % file as training table, `corrected` as test table.

use std::collections::BTreeSet;

use oddbench_core::split::TableName;
use oddbench_core::{Dataset, LabelPolicy, Table};

use crate::catalog::{self, Entry, File};
use crate::delimited::{self, Layout};
use crate::digest;
use crate::error::DataError;
use crate::fetch::Cache;
use crate::source::SourceInfo;

/// Raised when the same files would be parsed to other rows.
const PARSER_VERSION: &str = "kdd99/1";

pub(crate) fn info() -> SourceInfo {
    let entry = catalog::kdd99();
    SourceInfo {
        kind: "kdd99",
        synthetic: false,
        summary: &entry.summary,
        columns: entry.columns.iter().map(|c| (c.name.clone(), c.kind)).collect(),
        feature_sets: feature_sets(entry),
        label_policies: vec![
            ("published", published_labels()),
            ("corrected", corrected_labels()),
            ("attacks-are-normal", reversed_labels()),
        ],
    }
}

/// The named feature sets of KDD's columns: `all` and what the catalog lists.
pub(crate) fn feature_sets(entry: &'static Entry) -> Vec<(&'static str, Vec<String>)> {
    let all = entry.columns.iter().map(|c| c.name.clone()).collect();
    let named = entry.feature_sets.iter().map(|(name, columns)| (name.as_str(), columns.clone()));
    named.chain([("all", all)]).collect()
}

/// The study's labels: only the attacks of `training_attack_types` are outliers, so that the 17
/// names which occur in the test table only count as normal traffic.
pub(crate) fn published_labels() -> LabelPolicy {
    LabelPolicy::OutliersAre(catalog::kdd99().training_attacks().map(str::to_owned).collect())
}

/// Normal traffic is the inlier, every attack the outlier.
pub(crate) fn corrected_labels() -> LabelPolicy {
    LabelPolicy::InliersAre(BTreeSet::from([catalog::NORMAL.to_owned()]))
}

/// The deep-learning literature's "KDD99": normal traffic, the minority of the 10 % file, is the anomaly.
fn reversed_labels() -> LabelPolicy {
    LabelPolicy::OutliersAre(BTreeSet::from([catalog::NORMAL.to_owned()]))
}

pub(crate) fn files() -> Vec<&'static File> {
    catalog::kdd99().files.iter().collect()
}

pub(crate) fn digest() -> String {
    let contents = files().into_iter().map(|file| file.content.sha256.as_str());
    digest::of_parts([PARSER_VERSION].into_iter().chain(contents))
}

pub(crate) fn load(cache: &Cache, columns: &[String]) -> Result<Dataset, DataError> {
    // Both files first: a missing test file is then known before the training file is parsed.
    let mut paths = Vec::new();
    for file in files() {
        paths.push((file, cache.ensure(file)?));
    }
    let (mut train, mut test) = (None, None);
    for (file, path) in paths {
        let table = delimited::read(&path, &layout(file), columns)?;
        match file.table {
            TableName::Train => train = Some(table),
            TableName::Test => test = Some(table),
        }
    }
    let empty = || Table { columns: Vec::new(), classes: None };
    Ok(Dataset { name: "kdd99".into(), synthetic: false, train: train.unwrap_or_else(empty), test })
}

fn layout(file: &File) -> Layout<'static> {
    Layout {
        features: catalog::kdd99().columns.iter().map(|c| (c.name.as_str(), c.kind)).collect(),
        trailing: &["class"],
        class: "class",
        class_suffix: ".",
        rows: file.rows,
        remedy: "the file is not KDD Cup 99 as published: delete it and run `oddbench data fetch kdd99`",
    }
}
