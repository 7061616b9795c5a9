//! Parquet: one window of rows at a time, and only the columns that a sink wants.
//!
//! The arrays of polars-arrow know every type. The data frames of polars need a Cargo feature for each type (16-bit
//! numbers, dates, decimals ...), and panic at a type that they were built without.

mod values;

use std::collections::HashMap;
use std::ops::Range;
use std::sync::Arc;

use polars_arrow::array::Array;
use polars_arrow::datatypes::ArrowDataType;

use super::formats::{Format, FormatReader};
use super::input::Input;
use super::names::check_names;
use super::{FileFormat, Place, ReadOptions, RowError, Sink, SourceFormat, StatedType, Unit};
use crate::parquet::Pages;

const NESTED: &str =
    "take one value out of it, or leave the column out: --ignore, or ignore = [...] in [dataset]";

/// Values that are decoded at a time: about 64 MiB of numbers.
const WINDOW: usize = 8 << 20;

/// The fewest rows that are decoded at a time.
const LEAST: usize = 1 << 14;

/// Rows of a parquet file.
pub(super) struct Reader {
    place: Place,
    names: Arc<[String]>,
    pages: Pages,
    at: usize,
    window: Window,
}

/// Rows of one row group that are decoded, column by column as they are wanted.
#[derive(Default)]
struct Window {
    /// Counted from the first row of the file.
    rows: Range<usize>,
    columns: HashMap<usize, Box<dyn Array>>,
}

impl FormatReader for Reader {
    const FORMAT: Format = Format {
        name: "parquet",
        summary: "Apache Parquet",
        endings: &["parquet", "pq"],
        recognises: |start| start.starts_with(b"PAR1"),
        keys: &[],
        unit: Unit::Row,
        by_lines: false,
        writable: true,
    };

    /// A plain file is read where it is, anything else from memory.
    fn open(input: Input, place: &Place, options: &ReadOptions) -> Result<Self, RowError> {
        let refused = |cause: String| {
            place.error(cause, "give a whole parquet file, or state the format that the file has")
        };
        let pages = match input.plain_file() {
            Some(path) => Pages::open(path).map_err(refused)?,
            None => Pages::of(input.into_bytes(&place.name)?).map_err(refused)?,
        };
        let names = pages.names();
        check_names(&names, place)?;
        options.limits.check(place, Some(pages.rows()), names.len())?;
        let (place, names) = (place.clone(), names.into());
        Ok(Self { place, names, pages, at: 0, window: Window::default() })
    }

    fn names(&self) -> &Arc<[String]> {
        &self.names
    }

    fn stated_type(&self, column: usize) -> Result<Option<StatedType>, RowError> {
        let dtype = self.pages.dtype(column);
        let stated = match dtype {
            _ if self.pages.is_dictionary(column) => StatedType::Category,
            ArrowDataType::Null => return Ok(None),
            ArrowDataType::Boolean => StatedType::Boolean,
            ArrowDataType::Float16
            | ArrowDataType::Float32
            | ArrowDataType::Float64
            | ArrowDataType::Decimal(..)
            | ArrowDataType::Duration(_) => StatedType::Number,
            ArrowDataType::Timestamp(..)
            | ArrowDataType::Date32
            | ArrowDataType::Date64
            | ArrowDataType::Time32(_)
            | ArrowDataType::Time64(_) => StatedType::Timestamp,
            ArrowDataType::Utf8View
            | ArrowDataType::BinaryView
            | ArrowDataType::FixedSizeBinary(_) => StatedType::Text,
            dtype if dtype.is_numeric() => StatedType::Integer,
            dtype => {
                let name = &self.names[column];
                let what = format!(
                    "the column \"{name}\" has the type {}, which holds no single value",
                    values::type_name(dtype)
                );
                return Err(RowError {
                    column: Some(name.clone()),
                    ..self.place.error(what, NESTED)
                });
            }
        };
        Ok(Some(stated))
    }

    fn source_format(&self) -> SourceFormat {
        SourceFormat::Other(FileFormat::Parquet)
    }

    fn fill(&mut self, sink: &mut impl Sink, most: usize) -> Result<usize, RowError> {
        let start = self.at;
        let end = self.pages.rows().min(start.saturating_add(most));
        let wanted: Vec<usize> = (0..self.names.len()).filter(|&at| sink.wants(at)).collect();
        while self.at < end {
            if !self.window.rows.contains(&self.at) {
                self.window = Window { rows: self.next_window(wanted.len()), ..Window::default() };
            }
            let rows = self.at..end.min(self.window.rows.end);
            for &column in &wanted {
                self.give(column, rows.clone(), sink)?;
            }
            rows.clone().for_each(|row| sink.end_row(row as u64 + 1));
            self.at = rows.end;
        }
        Ok(end - start)
    }
}

impl Reader {
    /// The types of the columns.
    pub(super) fn types(&self) -> Arc<[ArrowDataType]> {
        (0..self.names.len()).map(|column| self.pages.dtype(column).clone()).collect()
    }

    /// The rows to decode next. They are in one row group and not too many.
    fn next_window(&self, columns: usize) -> Range<usize> {
        let group = self.pages.group_of(self.at);
        let length = (WINDOW / columns.max(1)).max(LEAST);
        self.at..group.end.min(self.at + length)
    }

    /// Gives the values of one column in the window.
    fn give(
        &mut self,
        column: usize,
        rows: Range<usize>,
        sink: &mut impl Sink,
    ) -> Result<(), RowError> {
        let refused = |name: &str, dtype: &ArrowDataType, cause: String| {
            let what = format!(
                "the column \"{name}\" of the type {} cannot be read: {cause}",
                values::type_name(dtype)
            );
            let remedy = "write the column again with another type, or leave it out of the file";
            RowError { column: Some(name.to_owned()), ..self.place.error(what, remedy) }
        };
        let window = &mut self.window;
        let array = match window.columns.entry(column) {
            std::collections::hash_map::Entry::Occupied(entry) => entry.into_mut(),
            std::collections::hash_map::Entry::Vacant(entry) => {
                let decoded = self.pages.decode(column, window.rows.clone());
                entry.insert(decoded.map_err(|cause| {
                    refused(&self.names[column], self.pages.dtype(column), cause)
                })?)
            }
        };
        let range = rows.start - window.rows.start..rows.end - window.rows.start;
        values::give(array.as_ref(), range, |cell| sink.cell(column, cell));
        Ok(())
    }
}
