//! Reads the wanted columns and the classes of one part.

use std::path::Path;
use std::sync::Arc;

use oddbench_core::counts::counted;
use oddbench_core::{FeatureKind, Table};

use super::parts::Part;
use super::{Described, member};
use crate::catalog::Entry;
use crate::datasets::keys::KeyFault;
use crate::datasets::table::reading;
use crate::error::DataError;
use crate::rows::{
    BesideColumn, Misfit, MissingMarks, ReadOptions, RowError, RowReader, TableBuilder, Wanted,
};

/// Reads up to that many rows, as these columns and those beside them that the file has.
pub(super) fn read(
    set: &Described,
    part: &Part,
    path: &Path,
    (wanted, beside): (&[(String, FeatureKind)], &[BesideColumn]),
    most: usize,
) -> Result<Table, DataError> {
    let entry = set.entry;
    let refused = |message: String| DataError::Parse { path: path.into(), message };
    let fault = |error: RowError| {
        let line = error.line.map(|line| format!("line {line}, ")).unwrap_or_default();
        refused(format!("{line}{}\n{}", error.what, remedy(entry, part)))
    };
    let mut reader = open(&set.options, part, path).map_err(refused)?.map_err(fault)?;
    let names = Arc::clone(reader.names());
    let position = |name: &str| {
        let missing = || fault(reader.error(None, format!("there is no column {name}"), ""));
        names.iter().position(|column| column == name).ok_or_else(missing)
    };
    let features = wanted.iter().map(|(name, kind)| Ok((position(name)?, name.clone(), *kind)));
    let beside = beside.iter().filter_map(|column| {
        let at = names.iter().position(|name| *name == column.name)?;
        Some((at, column.name.clone(), column.read))
    });
    let first = if has_header(entry) { 2 } else { 1 };
    let mut builder = TableBuilder::new(Wanted {
        features: features.collect::<Result<_, DataError>>()?,
        beside: beside.collect(),
        label: position(&entry.label.column)?,
        class_of: Box::new(|label| entry.label.class(label)),
        complete_from: entry.complete.then_some(first),
        rows: part.rows().unwrap_or(0).min(most),
    });
    let read = reader.fill(&mut builder, most);
    if let Some(misfit) = builder.misfit().filter(|misfit| misfit.line > 0) {
        let what = not_as_expected(misfit, &names[misfit.column], entry, wanted);
        return Err(fault(reader.error(Some(misfit.line), what, "")));
    }
    read.map_err(fault)?;
    if let Some(rows) = part.rows().filter(|rows| builder.rows() != *rows && builder.rows() < most)
    {
        let what = format!("the file has {} instead of {rows}", counted(builder.rows(), "row"));
        return Err(fault(reader.error(None, what, "")));
    }
    builder.finish().map_err(|found| {
        fault(reader.error(None, format!("{found} class names are more than 65,536"), ""))
    })
}

/// How the files of a data set are read; a fault at the key that names the set.
pub(super) fn options(entry: &Entry) -> Result<ReadOptions, KeyFault> {
    let names = entry.columns.iter().flatten().map(|column| &column.name);
    let names = names.chain(&entry.trailing).cloned().collect();
    let read = reading(&entry.read, names).map_err(|fault| {
        let message = format!("{}, [read] {}", entry.name, fault.in_words(Path::new("")));
        let (message, help) = message.split_once('\n').unwrap_or((&message, ""));
        KeyFault::value("kind", message, help)
    })?;
    // If every value is there, no text means a missing one.
    let complete = entry.complete.then(|| MissingMarks::new(false, &[]));
    Ok(ReadOptions { missing: complete.unwrap_or(read.missing.clone()), ..read })
}

/// Opens the part; the outer error is about an archive.
pub(super) fn open(
    options: &ReadOptions,
    part: &Part,
    path: &Path,
) -> Result<Result<RowReader, RowError>, String> {
    Ok(match part.archived() {
        Some(member) => {
            let stream = member::open(path, &member.file)?;
            RowReader::new(stream, &format!("{}/{}", path.display(), member.file), options)
        }
        None => RowReader::open(path, options),
    })
}

fn has_header(entry: &Entry) -> bool {
    entry.read.get("header").and_then(serde_json::Value::as_bool) != Some(false)
}

/// What to do when the file is wrong.
fn remedy(entry: &Entry, part: &Part) -> String {
    let (title, name) = (&entry.title, &entry.name);
    match part.local {
        Some(_) => {
            format!("the file is not laid out as {title} is described: `oddbench data list {name}`")
        }
        None => format!(
            "the file is not {title} as published: delete it and run `oddbench data fetch {name}`"
        ),
    }
}

fn not_as_expected(
    misfit: &Misfit,
    column: &str,
    entry: &Entry,
    wanted: &[(String, FeatureKind)],
) -> String {
    let kind = wanted.iter().find(|(name, _)| *name == column).map(|(_, kind)| kind);
    let expected = match kind {
        Some(FeatureKind::Numeric) => "a number".to_owned(),
        Some(FeatureKind::Categorical) => "a name".to_owned(),
        None if entry.time.as_ref().is_some_and(|time| time.column == column) => {
            "a point in time".to_owned()
        }
        None => entry.label.expected(),
    };
    let text: String = misfit.text.chars().take(60).collect();
    format!("column {column}: {text:?} is not {expected}")
}
