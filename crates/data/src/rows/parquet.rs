//! Parquet, a block of rows at a time.

use std::fs::File;
use std::io::Cursor;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use polars::prelude::{Column, DataFrame, DataType, ParquetReader, PolarsResult, SerReader};

use super::names::check_names;
use super::texts::{CellKind, Texts};
use super::{Limits, Place, RowError, Rows};

const TYPES: &str =
    "columns must hold 32- or 64-bit numbers, booleans or texts: cast or drop the others";

/// Rows of a parquet file.
pub(super) struct ParquetRows {
    source: Source,
    place: Place,
    names: Arc<[String]>,
    at: usize,
    rows: usize,
    bytes_left: u64,
}

enum Source {
    File(PathBuf),
    Bytes(Vec<u8>),
}

impl ParquetRows {
    pub(super) fn open(path: &Path, place: &Place, limits: Limits) -> Result<Self, RowError> {
        Self::of(Source::File(path.to_owned()), place, limits)
    }

    pub(super) fn new(bytes: Vec<u8>, place: &Place, limits: Limits) -> Result<Self, RowError> {
        Self::of(Source::Bytes(bytes), place, limits)
    }

    fn of(source: Source, place: &Place, limits: Limits) -> Result<Self, RowError> {
        let refused = |cause: String| place.error(cause, "give a parquet file, or one of text");
        let (names, rows) = head(&source).map_err(refused)?;
        check_names(&names, place)?;
        let over = |what: String| Err(RowError::over(&place.name, what));
        if rows > limits.rows {
            return over(format!("{rows} rows are more than {}", limits.rows));
        }
        if names.len() > limits.columns {
            return over(format!("{} columns are more than {}", names.len(), limits.columns));
        }
        let (place, names) = (place.clone(), names.into());
        Ok(Self { source, place, names, at: 0, rows, bytes_left: limits.bytes })
    }

    pub(super) fn names(&self) -> &Arc<[String]> {
        &self.names
    }

    pub(super) fn fill(&mut self, rows: &mut Rows, most: usize) -> Result<(), RowError> {
        let length = most.min(self.rows - self.at);
        if length == 0 {
            return Ok(());
        }
        let refused = |cause: String| self.place.error(cause, TYPES);
        let frame = frame(&self.source, (self.at, length)).map_err(refused)?;
        for (texts, column) in rows.columns.iter_mut().zip(frame.columns()) {
            take(texts, column).map_err(refused)?;
        }
        rows.lines.extend((self.at..self.at + length).map(|row| row as u64 + 1));
        self.at += length;
        let bytes = rows.text_bytes() as u64;
        self.bytes_left = self.bytes_left.checked_sub(bytes).ok_or_else(|| {
            RowError::over(&self.place.name, "there are more bytes than the limit allows")
        })?;
        Ok(())
    }
}

/// Column names and the number of rows.
fn head(source: &Source) -> Result<(Vec<String>, usize), String> {
    let rows = guarded(|| match source {
        Source::File(path) => ParquetReader::new(open(path)?).num_rows(),
        Source::Bytes(bytes) => ParquetReader::new(Cursor::new(bytes.as_slice())).num_rows(),
    })?;
    let names = frame(source, (0, 1))?;
    Ok((names.get_column_names().iter().map(ToString::to_string).collect(), rows))
}

fn frame(source: &Source, slice: (usize, usize)) -> Result<DataFrame, String> {
    guarded(|| match source {
        Source::File(path) => ParquetReader::new(open(path)?).with_slice(Some(slice)).finish(),
        Source::Bytes(bytes) => {
            ParquetReader::new(Cursor::new(bytes.as_slice())).with_slice(Some(slice)).finish()
        }
    })
}

fn open(path: &Path) -> PolarsResult<File> {
    Ok(File::open(path)?)
}

/// polars panics at damaged files and at column types that it was built without.
fn guarded<T>(read: impl FnOnce() -> PolarsResult<T>) -> Result<T, String> {
    match catch_unwind(AssertUnwindSafe(read)) {
        Ok(Ok(found)) => Ok(found),
        Ok(Err(error)) => Err(format!("it cannot be read: {error}")),
        Err(_) => Err("it is damaged, or holds a type that cannot be read".into()),
    }
}

/// Appends the values of a column as texts.
fn take(texts: &mut Texts, column: &Column) -> Result<(), String> {
    let failed = |error: polars::prelude::PolarsError| error.to_string();
    let mut push = |value: Option<(String, CellKind)>| match value {
        Some((text, kind)) => texts.push_typed(&text, kind),
        None => texts.push_typed("", CellKind::Missing),
    };
    match column.dtype() {
        DataType::String => {
            let values = column.str().map_err(failed)?;
            values.iter().for_each(|value| push(value.map(|v| (v.to_owned(), CellKind::Text))));
        }
        DataType::Boolean => {
            let values = column.bool().map_err(failed)?;
            values.iter().for_each(|value| push(value.map(|v| (v.to_string(), CellKind::Boolean))));
        }
        DataType::Float32 | DataType::Float64 => {
            let numbers = column.cast(&DataType::Float64).map_err(failed)?;
            let values = numbers.f64().map_err(failed)?.iter();
            let number = |value: f64| (format!("{value:?}"), CellKind::Number);
            values.for_each(|value| push(value.filter(|v| !v.is_nan()).map(number)));
        }
        DataType::UInt64 => {
            let values = column.u64().map_err(failed)?;
            values.iter().for_each(|value| push(value.map(|v| (v.to_string(), CellKind::Integer))));
        }
        dtype if dtype.is_primitive_numeric() => {
            let numbers = column.cast(&DataType::Int64).map_err(failed)?;
            let values = numbers.i64().map_err(failed)?.iter();
            values.for_each(|value| push(value.map(|v| (v.to_string(), CellKind::Integer))));
        }
        dtype => return Err(format!("the column \"{}\" has the type {dtype}", column.name())),
    }
    Ok(())
}
