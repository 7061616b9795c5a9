//! Parquet files, read by polars: numbers and booleans are numeric, texts categorical, null is missing.

use std::fs::File;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

use polars::prelude::{Column, DataFrame, DataType, ParquetReader, PolarsResult, SerReader};

use super::fault::{About, TableFault, unreadable};
use super::grow::{Growing, choose};
use super::{Parsed, TableOptions};
use oddbench_core::FeatureKind;

const TYPES: &str =
    "columns must hold 32- or 64-bit numbers, booleans or texts: cast it, or name it in `ignore`";

/// Reads the wanted columns, or all but the ignored ones.
pub(super) fn read(
    options: &TableOptions,
    path: &Path,
    wanted: Option<&[(String, FeatureKind)]>,
    about: About,
) -> Result<Parsed, TableFault> {
    let file = File::open(path).map_err(|error| unreadable(about, path, &error))?;
    let frame = frame(file, options.limit).map_err(|cause| {
        TableFault::new(about, path, cause, "give a parquet file; for text use kind = \"csv\"")
    })?;
    let names: Vec<String> = frame.get_column_names().iter().map(ToString::to_string).collect();
    let chosen = choose(options, path, &names, wanted, about)?;
    let mut kinds = Vec::with_capacity(chosen.features.len());
    for (at, name, stated) in &chosen.features {
        let found = kind(&frame.columns()[*at]).ok_or_else(|| {
            let what =
                format!("the column \"{name}\" has the type {}", frame.columns()[*at].dtype());
            TableFault::new(about, path, what, TYPES)
        })?;
        let kind = match (stated, found) {
            (Some(FeatureKind::Numeric), FeatureKind::Categorical) => {
                let what =
                    format!("the column \"{name}\" holds texts, and numbers in the training table");
                return Err(TableFault::new(about, path, what, "give both tables the same types"));
            }
            (Some(stated), _) => *stated,
            (None, found) => found,
        };
        kinds.push((name.clone(), kind));
    }
    let mut growing = Growing::new(kinds.into_iter());
    let damaged = |cause: String| TableFault::new(about, path, cause, TYPES);
    for (column, (at, ..)) in chosen.features.iter().enumerate() {
        values(&frame.columns()[*at], |value| match value {
            Value::Number(number) => growing.number(column, number),
            // A text never meets a numeric column: the types were compared.
            Value::Text(text) => growing.text(column, text).unwrap_or(()),
        })
        .map_err(|error| damaged(error.to_string()))?;
    }
    let mut missing = None;
    let mut row = 0;
    values(&frame.columns()[chosen.label], |value| {
        row += 1;
        match value {
            Value::Text("") => missing = missing.or(Some(row)),
            Value::Number(number) if number.is_nan() => missing = missing.or(Some(row)),
            Value::Text(text) => growing.class(text),
            Value::Number(number) => growing.class(&number.to_string()),
        }
    })
    .map_err(|error| damaged(error.to_string()))?;
    if let Some(row) = missing {
        let what = format!("row {row}: the label is missing");
        return Err(TableFault::new(about, path, what, "every row needs one"));
    }
    growing.finish(path, &options.label)
}

/// The first rows of a file. polars panics at column types that it was built without.
fn frame(file: File, limit: Option<usize>) -> Result<DataFrame, String> {
    let rows = limit.map(|limit| (0, limit));
    let read = || ParquetReader::new(file).with_slice(rows).finish();
    match catch_unwind(AssertUnwindSafe(read)) {
        Ok(Ok(frame)) => Ok(frame),
        Ok(Err(error)) => Err(format!("it cannot be read: {error}")),
        Err(_) => Err(format!("it holds a type that cannot be read; {TYPES}")),
    }
}

/// `None` for a type that is neither numbers nor texts.
fn kind(column: &Column) -> Option<FeatureKind> {
    match column.dtype() {
        DataType::String => Some(FeatureKind::Categorical),
        DataType::Boolean => Some(FeatureKind::Numeric),
        dtype if dtype.is_primitive_numeric() => Some(FeatureKind::Numeric),
        _ => None,
    }
}

enum Value<'a> {
    /// NaN where there is none.
    Number(f64),
    /// Empty where there is none.
    Text(&'a str),
}

fn values(column: &Column, mut each: impl FnMut(Value<'_>)) -> PolarsResult<()> {
    match column.dtype() {
        DataType::String => {
            column.str()?.iter().for_each(|value| each(Value::Text(value.unwrap_or_default())));
        }
        _ => {
            let numbers = column.cast(&DataType::Float64)?;
            numbers.f64()?.iter().for_each(|value| each(Value::Number(value.unwrap_or(f64::NAN))));
        }
    }
    Ok(())
}
