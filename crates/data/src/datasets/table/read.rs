//! Reads the wanted columns of a user's file, whatever its format, as a typed table.

use std::path::Path;

use oddbench_core::{FeatureKind, Table};

use super::choose::{Chosen, choose};
use super::kinds::TableOptions;
use crate::datasets::keys::{Help, KeyFault, Trouble};
use crate::rows::{
    BesideColumn, RowError, RowReader, StatedType, TableBuilder, Wanted, mark_remedy,
    text_among_numbers,
};
use crate::values::class_name;

/// Reads the wanted columns, those beside them and the classes, and says what the reader recognised. `key` is the key
/// that names the file.
pub(super) fn read(
    options: &TableOptions,
    path: &Path,
    wanted: &[(String, FeatureKind)],
    beside: &[BesideColumn],
    key: &str,
) -> Result<(Table, Vec<String>), KeyFault> {
    let file = path.display().to_string();
    refuse_empty(path, key)?;
    let fault = |error| of_row(key, error);
    let mut reader = RowReader::open(path, &options.read).map_err(fault)?;
    let chosen = choose(options, &file, reader.names(), wanted, beside, key)?;
    let label = chosen.label;
    let limit = options.limit.unwrap_or(usize::MAX);
    check_types(&chosen, &reader).map_err(fault)?;
    let mut builder = TableBuilder::new(Wanted {
        features: chosen.features,
        beside: chosen.beside,
        label,
        class_of: Box::new(|label| (!label.is_empty()).then(|| class_name(label))),
        complete_from: None,
        rows: 0,
    });
    let read = reader.fill(&mut builder, limit);
    // A value that does not fit comes before the line at which reading stopped.
    if let Some(misfit) = builder.misfit().filter(|misfit| misfit.line > 0) {
        let (line, name) = (Some(misfit.line), &reader.names()[misfit.column]);
        let is_time = beside.iter().any(|column| column.name == *name);
        let error = match misfit.column == label {
            true => missing_label(&reader, misfit.line, &misfit.text),
            false if is_time && !wanted.iter().any(|(column, _)| column == name) => {
                reader.error(line, no_time(name, &misfit.text), "mend the value, or leave it empty")
            }
            false => {
                let remedy = mark_remedy(&misfit.text).unwrap_or_else(|| as_category(name));
                reader.error(line, text_among_numbers(name, &misfit.text), &remedy)
            }
        };
        return Err(fault(error));
    }
    read.map_err(fault)?;
    if builder.rows() == 0 {
        return Err(fault(reader.error(None, "there are no rows", "give a file that has some")));
    }
    let notes = reader.take_notes();
    let table = builder.finish().map_err(|found| {
        let label = &options.label;
        let message = format!("the label \"{label}\" has {found} values in {file}");
        KeyFault::value("label", message, "name the column that holds the class of each row")
    })?;
    Ok((table, notes))
}

fn no_time(column: &str, text: &str) -> String {
    format!("the column \"{column}\" holds {text:?}, which is no point in time")
}

/// A row without a label; `mark` is the text in its place.
pub(super) fn missing_label(reader: &RowReader, line: u64, mark: &str) -> RowError {
    if mark.is_empty() {
        return reader.error(Some(line), "the label is missing", "every row needs one");
    }
    let what = format!("the label is {mark:?}, which stands for a missing value");
    let remedy = "every row needs a label; default_na = false takes it for a text";
    reader.error(Some(line), what, remedy)
}

/// Refuses a file without a byte.
pub(super) fn refuse_empty(path: &Path, key: &str) -> Result<(), KeyFault> {
    match std::fs::metadata(path).is_ok_and(|metadata| metadata.len() == 0) {
        true => {
            let help = "the first line holds the column names, unless header = false";
            Err(KeyFault::value(key, format!("{}: the file is empty", path.display()), help))
        }
        false => Ok(()),
    }
}

/// An error if a source itself says that a column of numbers holds texts.
fn check_types(chosen: &Chosen, reader: &RowReader) -> Result<(), RowError> {
    for (at, name, kind) in &chosen.features {
        let stated = reader.stated_type(*at)?;
        let texts = matches!(stated, Some(StatedType::Category | StatedType::Text));
        if *kind == FeatureKind::Numeric && texts {
            let what =
                format!("the column \"{name}\" holds texts, and numbers in the training table");
            return Err(reader.error(None, what, "give both tables the same types"));
        }
    }
    Ok(())
}

fn as_category(column: &str) -> String {
    format!("mend the data, or take it for categories: categorical = [\"{column}\"]")
}

/// A fault of a file. The message points at the key that names the file.
pub(super) fn of_row(key: &str, error: RowError) -> KeyFault {
    let line = error.line.map(|line| format!(", {} {line}", error.unit)).unwrap_or_default();
    let message = format!("{}{line}: {}", error.name, error.what);
    KeyFault::new(key, Trouble::Value { message, help: Help::Text(error.remedy) })
}
