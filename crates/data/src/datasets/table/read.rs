//! Reads the wanted columns of a user's file, whatever its format, as a typed table.

use std::path::Path;

use oddbench_core::{FeatureKind, Table};

use super::choose::{Chosen, choose};
use super::kinds::TableOptions;
use crate::datasets::keys::{Help, KeyFault, Trouble};
use crate::rows::{
    RowError, RowReader, Rows, StatedType, TableBuilder, Wanted, text_among_numbers,
};
use crate::values::class_name;

/// Rows that decide whether a column holds numbers, where the source does not say so.
const SAMPLE: usize = 1_000;

/// Rows of one file.
pub(super) struct Parsed {
    /// The feature columns with their kinds, in the order of the file.
    pub(super) columns: Vec<(String, FeatureKind)>,
    pub(super) table: Table,
}

/// Reads the wanted columns, or all but the ignored ones. `key` is the key that names the file.
pub(super) fn read(
    options: &TableOptions,
    path: &Path,
    wanted: Option<&[(String, FeatureKind)]>,
    key: &str,
) -> Result<Parsed, KeyFault> {
    let file = path.display().to_string();
    if std::fs::metadata(path).is_ok_and(|metadata| metadata.len() == 0) {
        let help = "the first line holds the column names, unless header = false";
        return Err(KeyFault::value(key, format!("{file}: the file is empty"), help));
    }
    let fault = |error| of_row(key, error);
    let mut reader = RowReader::open(path, &options.read).map_err(fault)?;
    let chosen = choose(options, &file, reader.names(), wanted, key)?;
    let limit = options.limit.unwrap_or(usize::MAX);
    let (kinds, sample) = kinds(&chosen, &mut reader, limit).map_err(fault)?;
    let places = chosen.features.iter().zip(&kinds);
    let mut builder = TableBuilder::new(Wanted {
        features: places.map(|((at, name, _), kind)| (*at, name.clone(), *kind)).collect(),
        label: chosen.label,
        class_of: |label| (!label.is_empty()).then(|| class_name(label)),
        complete_from: None,
        rows: 0,
    });
    if let Some(sample) = sample {
        sample.give(&mut builder);
    }
    let left = limit.saturating_sub(builder.rows());
    let read = reader.fill(&mut builder, left);
    // A value that does not fit comes before the line at which reading stopped.
    if let Some(misfit) = builder.misfit().filter(|misfit| misfit.line > 0) {
        let (line, name) = (Some(misfit.line), &reader.names()[misfit.column]);
        let error = match misfit.column == chosen.label {
            true => reader.error(line, "the label is missing", "every row needs one"),
            false => reader.error(line, text_among_numbers(name, &misfit.text), &as_category(name)),
        };
        return Err(fault(error));
    }
    read.map_err(fault)?;
    if builder.rows() == 0 {
        return Err(fault(reader.error(None, "there are no rows", "give a file that has some")));
    }
    let columns = chosen.features.into_iter().zip(kinds).map(|((_, name, _), kind)| (name, kind));
    let table = builder.finish().map_err(|found| {
        let label = &options.label;
        let message = format!("the label \"{label}\" has {found} values in {file}");
        KeyFault::value("label", message, "name the column that holds the class of each row")
    })?;
    Ok(Parsed { columns: columns.collect(), table })
}

/// The kinds of the chosen columns: those that are stated, by the experiment or by the source, and of
/// the others what the first rows say. These rows come with them.
fn kinds(
    chosen: &Chosen,
    reader: &mut RowReader,
    limit: usize,
) -> Result<(Vec<FeatureKind>, Option<Rows>), RowError> {
    let mut kinds = Vec::with_capacity(chosen.features.len());
    for (at, name, stated) in &chosen.features {
        let found = reader.stated_type(*at)?.map(StatedType::feature_kind);
        if (*stated, found) == (Some(FeatureKind::Numeric), Some(FeatureKind::Categorical)) {
            let what =
                format!("the column \"{name}\" holds texts, and numbers in the training table");
            return Err(reader.error(None, what, "give both tables the same types"));
        }
        kinds.push(stated.or(found));
    }
    if kinds.iter().all(Option::is_some) {
        return Ok((kinds.into_iter().flatten().collect(), None));
    }
    let sample = reader.next(SAMPLE.min(limit))?;
    let mut found = Vec::with_capacity(kinds.len());
    for ((at, name, _), kind) in chosen.features.iter().zip(kinds) {
        let by_values = |rows: &Rows| {
            rows.kind(*at).map_err(|error| RowError { remedy: as_category(name), ..error })
        };
        let kind = match (kind, &sample) {
            (None, Some(rows)) => by_values(rows)?,
            (kind, _) => kind,
        };
        found.push(kind.unwrap_or(FeatureKind::Numeric));
    }
    Ok((found, sample))
}

fn as_category(column: &str) -> String {
    format!("mend the data, or take it for categories: categorical = [\"{column}\"]")
}

/// A fault of a file, at the key that names the file.
fn of_row(key: &str, error: RowError) -> KeyFault {
    let line = error.line.map(|line| format!(", {} {line}", error.unit)).unwrap_or_default();
    let message = format!("{}{line}: {}", error.name, error.what);
    KeyFault::new(key, Trouble::Value { message, help: Help::Text(error.remedy) })
}
