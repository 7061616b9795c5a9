//! `[dataset]`, `[split]` and `[preprocess]`: which rows, and as what.

use std::collections::BTreeSet;

use oddbench_core::preprocess::{Encode, Missing, PreprocessSettings, Scale};
use oddbench_core::split::{Holdout, Published};
use oddbench_data::{Source, SourceInfo};

use super::{choose, misplaced, share};
use crate::spec::error::Fault;
use crate::spec::locate::KeyPath;
use crate::spec::suggest::{allowed, nearest};
use crate::spec::wire::{SetOrColumns, WireDataset, WirePreprocess, WireSplit};
use crate::spec::{DatasetSpec, SplitSpec};

const DEFAULT_ROWS: u64 = 20_000;
const DEFAULT_DATA_SEED: u64 = 1;
const DEFAULT_HOLDOUT: Holdout =
    Holdout { test: 0.3, validation: 0.2, seed: 1, inliers_only: true };

pub(super) fn dataset(wire: WireDataset) -> Result<(DatasetSpec, bool), Fault> {
    let section = KeyPath::of(&["dataset"]);
    let kinds = Source::KINDS.map(|kind| (kind, kind));
    let kind = choose(&section.key("kind"), &wire.kind, &kinds, &["nsl-kdd", "csv"])?;
    let source = match kind {
        "synthetic" => synthetic(&section, &wire)?,
        _ => {
            let owner = "kind = \"synthetic\"";
            misplaced(&section.key("rows"), wire.rows.is_some(), owner)?;
            misplaced(&section.key("seed"), wire.seed.is_some(), owner)?;
            Source::Kdd99
        }
    };
    let info = source.info();
    let (features, columns) = features(&section.key("features"), wire.features, &info)?;
    let policies: Vec<(&str, usize)> =
        info.label_policies.iter().enumerate().map(|(at, (name, _))| (*name, at)).collect();
    let chosen = match &wire.labels {
        Some(labels) => choose(&section.key("labels"), labels, &policies, &[])?,
        None => 0,
    };
    let (labels, policy) = info.label_policies[chosen].clone();
    let has_test_table = matches!(source, Source::Kdd99);
    let resolved = DatasetSpec {
        source,
        kind,
        synthetic: info.synthetic,
        features,
        columns,
        labels: labels.to_owned(),
        policy,
    };
    Ok((resolved, has_test_table))
}

fn synthetic(section: &KeyPath, wire: &WireDataset) -> Result<Source, Fault> {
    let rows = wire.rows.unwrap_or(DEFAULT_ROWS);
    if !(100..=10_000_000).contains(&rows) {
        let message = format!("{rows} is out of range");
        return Err(Fault::value(&section.key("rows"), message, "use 100 to 10000000 rows"));
    }
    // At most 10,000,000: no target has a smaller usize.
    let rows = rows as usize;
    Ok(Source::Synthetic { rows, seed: wire.seed.unwrap_or(DEFAULT_DATA_SEED) })
}

fn features(
    key: &KeyPath,
    wire: Option<SetOrColumns>,
    info: &SourceInfo,
) -> Result<(String, Vec<String>), Fault> {
    let sets: Vec<&str> = info.feature_sets.iter().map(|(name, _)| *name).collect();
    let set = |name: &str| info.feature_sets.iter().find(|(set, _)| *set == name);
    match wire.unwrap_or_else(|| SetOrColumns::Set("all".into())) {
        SetOrColumns::Set(name) => match set(&name) {
            Some((_, columns)) => Ok((name, columns.clone())),
            None => Err(Fault::value(
                key,
                format!("there is no feature set \"{name}\""),
                format!("{}; or give a list of columns: [\"...\", \"...\"]", allowed(&name, &sets)),
            )),
        },
        SetOrColumns::Columns(columns) => {
            check_columns(key, &columns, info)?;
            Ok((columns.join(","), columns))
        }
    }
}

fn check_columns(key: &KeyPath, columns: &[String], info: &SourceInfo) -> Result<(), Fault> {
    if columns.is_empty() {
        return Err(Fault::value(key, "the list is empty", "name at least one column, or \"all\""));
    }
    let mut seen = BTreeSet::new();
    for (index, column) in columns.iter().enumerate() {
        let known: Vec<&str> = info.columns.iter().map(|(name, _)| name.as_str()).collect();
        if !known.contains(&column.as_str()) {
            let help = match nearest(column, known.iter().copied()) {
                Some(near) => format!("did you mean \"{near}\"?"),
                None => format!("columns of {}: {}", info.kind, known.join(", ")),
            };
            let message = format!("{} has no column \"{column}\"", info.kind);
            return Err(Fault::value(&key.index(index), message, help));
        }
        if !seen.insert(column) {
            let message = format!("the column \"{column}\" is named twice");
            return Err(Fault::value(&key.index(index), message, "name each column once"));
        }
    }
    Ok(())
}

pub(super) fn split(
    wire: &WireSplit,
    dataset: &str,
    has_test_table: bool,
) -> Result<SplitSpec, Fault> {
    let section = KeyPath::of(&["split"]);
    let options = [
        ("published-8020", Some(Published::P8020)),
        ("published-9010", Some(Published::P9010)),
        ("published-all", Some(Published::All)),
        ("holdout", None),
    ];
    let Some(published) = choose(&section.key("kind"), &wire.kind, &options, &["k-fold"])? else {
        return holdout(&section, wire).map(SplitSpec::Holdout);
    };
    let owner = "kind = \"holdout\"";
    misplaced(&section.key("test"), wire.test.is_some(), owner)?;
    misplaced(&section.key("validation"), wire.validation.is_some(), owner)?;
    misplaced(&section.key("seed"), wire.seed.is_some(), owner)?;
    misplaced(&section.key("train_on"), wire.train_on.is_some(), owner)?;
    match has_test_table {
        true => Ok(SplitSpec::Published(published)),
        false => Err(Fault::value(
            &section.key("kind"),
            format!("\"{}\" needs a separate test table, which {dataset} does not have", wire.kind),
            "use kind = \"holdout\", or dataset.kind = \"kdd99\"",
        )),
    }
}

fn holdout(section: &KeyPath, wire: &WireSplit) -> Result<Holdout, Fault> {
    let test = share(&section.key("test"), wire.test.unwrap_or(DEFAULT_HOLDOUT.test))?;
    let validation = wire.validation.unwrap_or(DEFAULT_HOLDOUT.validation);
    if validation != 0.0 {
        share(&section.key("validation"), validation)?;
    }
    if test + validation >= 1.0 {
        let key = if wire.test.is_some() { "test" } else { "validation" };
        return Err(Fault::value(
            &section.key(key),
            format!("test ({test}) and validation ({validation}) leave no rows to train on"),
            "their sum must be below 1",
        ));
    }
    let inliers_only = match &wire.train_on {
        Some(on) => {
            choose(&section.key("train_on"), on, &[("inliers", true), ("all", false)], &[])?
        }
        None => DEFAULT_HOLDOUT.inliers_only,
    };
    Ok(Holdout { test, validation, seed: wire.seed.unwrap_or(DEFAULT_HOLDOUT.seed), inliers_only })
}

pub(super) fn preprocess(wire: &WirePreprocess) -> Result<PreprocessSettings, Fault> {
    let section = KeyPath::of(&["preprocess"]);
    let scales = [
        ("min-max", Scale::MinMax),
        ("standard", Scale::Standard),
        ("robust", Scale::Robust),
        ("none", Scale::None),
    ];
    let encodings = [("one-hot", Encode::OneHot), ("ordinal", Encode::Ordinal)];
    let rules =
        [("error", Missing::Error), ("median", Missing::Median), ("drop-row", Missing::DropRow)];
    let word = |value: &Option<String>, default: &str| value.clone().unwrap_or(default.to_owned());
    Ok(PreprocessSettings {
        scale: choose(&section.key("scale"), &word(&wire.scale, "min-max"), &scales, &[])?,
        encode: choose(&section.key("encode"), &word(&wire.encode, "one-hot"), &encodings, &[])?,
        missing: choose(&section.key("missing"), &word(&wire.missing, "error"), &rules, &[])?,
    })
}
