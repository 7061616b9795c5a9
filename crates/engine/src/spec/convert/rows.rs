//! `[dataset]` and `[preprocess]`: which rows, and as what.

use std::collections::BTreeSet;
use std::path::Path;

use oddbench_core::preprocess::{Constant, Encode, Missing, PreprocessSettings, Scale, Transform};
use oddbench_data::{NslTest, NslTrain, Source, SourceInfo};

use super::{choose, misplaced, table_file};
use crate::spec::DatasetSpec;
use crate::spec::error::Fault;
use crate::spec::locate::KeyPath;
use crate::spec::suggest::{allowed, nearest};
use crate::spec::wire::{SetOrColumns, WireDataset, WirePreprocess};

const DEFAULT_ROWS: u64 = 20_000;
const DEFAULT_DATA_SEED: u64 = 1;

pub(super) fn dataset(wire: WireDataset, base: &Path) -> Result<(DatasetSpec, bool), Fault> {
    let section = KeyPath::of(&["dataset"]);
    let kinds = Source::KINDS.map(|kind| (kind, kind));
    let kind = choose(&section.key("kind"), &wire.kind, &kinds)?;
    refuse_idle_keys(&section, &wire, kind)?;
    let source = match kind {
        "synthetic" => synthetic(&section, &wire)?,
        "nsl-kdd" => nsl_kdd(&section, &wire)?,
        "csv" | "parquet" => table_file::source(&section, &wire, kind, base)?,
        _ => Source::Kdd99,
    };
    let info = source.info();
    let (features, columns) = features(&section.key("features"), wire.features, &info)?;
    let policies: Vec<(&str, usize)> =
        info.label_policies.iter().enumerate().map(|(at, (name, _))| (*name, at)).collect();
    let chosen = match &wire.labels {
        Some(labels) => choose(&section.key("labels"), labels, &policies)?,
        None => 0,
    };
    let (name, policy) = info.label_policies[chosen].clone();
    let labels = match &source {
        Source::Table(table) => table_file::labels(table),
        _ => name.to_owned(),
    };
    let has_test_table = source.has_test_table();
    let resolved =
        DatasetSpec { source, kind, synthetic: info.synthetic, features, columns, labels, policy };
    Ok((resolved, has_test_table))
}

fn refuse_idle_keys(section: &KeyPath, wire: &WireDataset, kind: &str) -> Result<(), Fault> {
    let keys = [
        ("rows", wire.rows.is_some(), "synthetic"),
        ("seed", wire.seed.is_some(), "synthetic"),
        ("train", wire.train.is_some(), "nsl-kdd"),
        ("test", wire.test.is_some(), "nsl-kdd"),
    ];
    for (key, present, owner) in keys {
        misplaced(&section.key(key), present && kind != owner, &format!("kind = \"{owner}\""))?;
    }
    table_file::refuse_idle_keys(section, wire, kind)
}

fn nsl_kdd(section: &KeyPath, wire: &WireDataset) -> Result<Source, Fault> {
    let trains = NslTrain::ALL.map(|table| (table.name(), table));
    let tests = NslTest::ALL.map(|table| (table.name(), table));
    let train = match &wire.train {
        Some(name) => choose(&section.key("train"), name, &trains)?,
        None => NslTrain::default(),
    };
    let test = match &wire.test {
        Some(name) => choose(&section.key("test"), name, &tests)?,
        None => NslTest::default(),
    };
    Ok(Source::NslKdd { train, test })
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

pub(super) fn features(
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

/// What holds where a file says nothing.
pub(super) const DEFAULT_PREPROCESS: PreprocessSettings = PreprocessSettings {
    scale: Scale::MinMax,
    encode: Encode::OneHot,
    missing: Missing::Error,
    constant: Constant::Drop,
    transform: Transform::None,
};

/// The keys of a section in place of those of `base`.
pub(super) fn preprocess(
    section: &KeyPath,
    wire: &WirePreprocess,
    base: PreprocessSettings,
) -> Result<PreprocessSettings, Fault> {
    let scales = [
        ("min-max", Scale::MinMax),
        ("standard", Scale::Standard),
        ("robust", Scale::Robust),
        ("none", Scale::None),
    ];
    let encodings = [
        ("one-hot", Encode::OneHot),
        ("one-hot-scaled", Encode::OneHotScaled),
        ("ordinal", Encode::Ordinal),
    ];
    let rules =
        [("error", Missing::Error), ("median", Missing::Median), ("drop-row", Missing::DropRow)];
    let constants = [("drop", Constant::Drop), ("keep", Constant::Keep)];
    let transforms = [("none", Transform::None), ("log", Transform::Log)];
    Ok(PreprocessSettings {
        scale: word(section, "scale", &wire.scale, &scales, base.scale)?,
        encode: word(section, "encode", &wire.encode, &encodings, base.encode)?,
        missing: word(section, "missing", &wire.missing, &rules, base.missing)?,
        constant: word(section, "constant", &wire.constant, &constants, base.constant)?,
        transform: word(section, "transform", &wire.transform, &transforms, base.transform)?,
    })
}

/// The choice that a key makes, or the base's without the key.
fn word<T: Copy>(
    section: &KeyPath,
    key: &str,
    value: &Option<String>,
    options: &[(&str, T)],
    base: T,
) -> Result<T, Fault> {
    match value {
        Some(value) => choose(&section.key(key), value, options),
        None => Ok(base),
    }
}
