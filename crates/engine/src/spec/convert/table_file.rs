//! `[dataset]` of the kinds `csv` and `parquet`: the user's own files, which are read to be checked.

use std::path::Path;

use oddbench_data::Source;
use oddbench_data::table_file::{
    About, Format, Help, Labels, TableFault, TableFile, TableOptions, class_name,
};

use super::misplaced;
use crate::spec::error::Fault;
use crate::spec::locate::KeyPath;
use crate::spec::suggest::allowed;
use crate::spec::wire::{LabelValue, WireDataset};

/// Reads and checks the files.
pub(super) fn source(
    section: &KeyPath,
    wire: &WireDataset,
    kind: &str,
    base: &Path,
) -> Result<Source, Fault> {
    let needed = |key: &str, value: &Option<String>, help: &str| match value {
        Some(value) if !value.is_empty() => Ok(value.clone()),
        Some(_) => Err(Fault::value(&section.key(key), "the text is empty", help)),
        None => Err(Fault::value(&section.key(key), "this key is missing", help)),
    };
    let path = needed("path", &wire.path, "add path = \"table.csv\", relative to this file")?;
    let label = needed("label", &wire.label, "add label = \"...\", the column of classes")?;
    let limit = match wire.limit {
        Some(0) => {
            let help = "use 1 or more, or leave it out";
            return Err(Fault::value(&section.key("limit"), "no rows would be left", help));
        }
        limit => limit.map(|limit| usize::try_from(limit).unwrap_or(usize::MAX)),
    };
    let options = TableOptions {
        format: if kind == "csv" { csv(section, wire)? } else { Format::Parquet },
        path: base.join(path),
        test_path: wire.test_path.as_ref().map(|path| base.join(path)),
        label,
        labels: classes(section, wire)?,
        categorical: wire.categorical.clone().unwrap_or_default(),
        ignore: wire.ignore.clone().unwrap_or_default(),
        limit,
    };
    let table = TableFile::open(options).map_err(|fault| placed(section, fault))?;
    Ok(Source::Table(Box::new(table)))
}

/// What tables call the labels: `inliers: normal, 0`.
pub(super) fn labels(table: &TableFile) -> String {
    match &table.options().labels {
        Labels::Inliers(names) => format!("inliers: {}", names.join(", ")),
        Labels::Outliers(names) => format!("outliers: {}", names.join(", ")),
    }
}

/// Refuses the keys of these kinds beside others, and `labels` beside these.
pub(super) fn refuse_idle_keys(
    section: &KeyPath,
    wire: &WireDataset,
    kind: &str,
) -> Result<(), Fault> {
    let own = matches!(kind, "csv" | "parquet");
    let tables = [
        ("path", wire.path.is_some()),
        ("test_path", wire.test_path.is_some()),
        ("label", wire.label.is_some()),
        ("inliers", wire.inliers.is_some()),
        ("outliers", wire.outliers.is_some()),
        ("categorical", wire.categorical.is_some()),
        ("ignore", wire.ignore.is_some()),
        ("limit", wire.limit.is_some()),
    ];
    for (key, present) in tables {
        misplaced(&section.key(key), present && !own, "kind = \"csv\" and kind = \"parquet\"")?;
    }
    let text = [
        ("delimiter", wire.delimiter.is_some()),
        ("header", wire.header.is_some()),
        ("names", wire.names.is_some()),
    ];
    for (key, present) in text {
        misplaced(&section.key(key), present && kind != "csv", "kind = \"csv\"")?;
    }
    misplaced(&section.key("labels"), wire.labels.is_some() && own, "data sets with named policies")
}

fn csv(section: &KeyPath, wire: &WireDataset) -> Result<Format, Fault> {
    let delimiter = match wire.delimiter.as_deref().map(str::as_bytes) {
        None => b',',
        Some(&[byte]) if byte.is_ascii() && !matches!(byte, b'"' | b'\n' | b'\r') => byte,
        Some(_) => {
            let message = "it is not one plain character";
            let help = "use \",\", \";\", \"|\" or \"\\t\"";
            return Err(Fault::value(&section.key("delimiter"), message, help));
        }
    };
    let key = section.key("names");
    match (wire.header.unwrap_or(true), &wire.names) {
        (true, None) => Ok(Format::Csv { delimiter, names: None }),
        (true, Some(_)) => {
            misplaced(&key, true, "header = false").map(|()| Format::Csv { delimiter, names: None })
        }
        (false, Some(names)) if !names.is_empty() => {
            Ok(Format::Csv { delimiter, names: Some(names.clone()) })
        }
        (false, _) => {
            let help = "add names = [\"...\", \"...\"], one for each column, the label included";
            Err(Fault::value(&key, "without a header the columns have no names", help))
        }
    }
}

fn classes(section: &KeyPath, wire: &WireDataset) -> Result<Labels, Fault> {
    let names = |key: &str, values: &[LabelValue]| match values.is_empty() {
        false => Ok(values.iter().map(|LabelValue(value)| class_name(value)).collect()),
        true => {
            let help = "name at least one value of the label column";
            Err(Fault::value(&section.key(key), "the list is empty", help))
        }
    };
    match (&wire.inliers, &wire.outliers) {
        (Some(values), None) => names("inliers", values).map(Labels::Inliers),
        (None, Some(values)) => names("outliers", values).map(Labels::Outliers),
        (Some(_), Some(_)) => Err(Fault::name(
            &section.key("outliers"),
            "inliers and outliers are both given",
            "keep one of them: every label that it does not name is the other",
        )),
        (None, None) => Err(Fault::value(
            &section.key("inliers"),
            "nothing says which labels are inliers",
            "add inliers = [\"normal\"], or outliers = [...], with values of the label column",
        )),
    }
}

fn placed(section: &KeyPath, fault: TableFault) -> Fault {
    let key = match fault.about {
        About::Path => section.key("path"),
        About::TestPath => section.key("test_path"),
        About::Key(key) => section.key(key),
        About::Item(key, index) => section.key(key).index(index),
    };
    let help = match fault.help {
        Help::Text(help) => help,
        Help::Choose { word, among } => {
            let shown: Vec<&str> = among.iter().map(String::as_str).collect();
            allowed(&word, &shown)
        }
    };
    Fault::value(&key, fault.message, help)
}
