//! The features of a data set whose file leaves the columns to the judge.

use oddbench_core::split::TableName;

use super::parts::Part;
use super::read;
use crate::catalog::Entry;
use crate::columns::{Choices, Judgement, judge_source};
use crate::datasets::keys::KeyFault;
use crate::rows::{ReadOptions, RowError};

/// Judges the columns of the training table.
pub(super) fn judge(
    entry: &'static Entry,
    parts: &[Part],
    options: &ReadOptions,
) -> Result<Judgement, KeyFault> {
    let mut train = parts.iter().filter(|part| part.table == TableName::Train);
    let (Some(part), None) = (train.next(), train.next()) else {
        let message = "the training table is made of several files, and no columns are stated";
        return Err(KeyFault::value(
            "kind",
            message,
            "add columns = [...] to the file of the data set",
        ));
    };
    let Some(local) = &part.local else {
        let message = format!("{} is fetched, and no columns are stated", part.name());
        let help = "add columns = [...] to the file of the data set, or give path = \"...\"";
        return Err(KeyFault::value("kind", message, help));
    };
    let fault = |error: RowError| {
        let line = error.line.map(|line| format!(", {} {line}", error.unit)).unwrap_or_default();
        KeyFault::value("kind", format!("{}{line}: {}", error.name, error.what), &error.remedy)
    };
    let reader = read::open(options, part, &local.path);
    let reader = reader.map_err(|error| {
        KeyFault::value(
            "kind",
            format!("{}: {error}", local.path.display()),
            "is it the right file?",
        )
    })?;
    let reader = reader.map_err(fault)?;
    let there = |name: &&String| reader.names().contains(name);
    let choices = Choices {
        label: Some(entry.label.column.clone()),
        ignore: entry.leave_out.keys().filter(there).cloned().collect(),
        time: entry.time.as_ref().map(|time| time.column.clone()),
        ..Choices::default()
    };
    let judgement = judge_source(reader, &choices).map_err(fault)?;
    if judgement.features().is_empty() {
        let message = format!("{}: no column is a feature", local.path.display());
        let help = "add columns = [...] to the file of the data set";
        return Err(KeyFault::value("kind", message, help));
    }
    Ok(judgement)
}
