//! Parquet, a block of rows at a time.

use std::fs::File;
use std::io::Cursor;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use polars::io::mmap::MmapBytesReader;
use polars::prelude::{
    ArrowDataType, Column, DataFrame, DataType, ParquetReader, PolarsResult, SerReader,
};

use super::formats::{Format, FormatReader};
use super::input::Input;
use super::names::check_names;
use super::{
    Cell, CellKind, FileFormat, Place, ReadOptions, RowError, Sink, SourceFormat, StatedType, Unit,
};

const TYPES: &str =
    "columns must hold 32- or 64-bit numbers, booleans or texts: cast or drop the others";

/// Rows of a parquet file.
pub(super) struct Reader {
    source: Source,
    place: Place,
    names: Arc<[String]>,
    types: Vec<ArrowDataType>,
    at: usize,
    rows: usize,
}

enum Source {
    File(PathBuf),
    Bytes(Vec<u8>),
}

impl FormatReader for Reader {
    const FORMAT: Format = Format {
        name: "parquet",
        summary: "Apache Parquet",
        endings: &["parquet"],
        recognises: |start| start.starts_with(b"PAR1"),
        keys: &[],
        unit: Unit::Row,
        by_lines: false,
        writable: true,
    };

    /// A plain file is read where it is, anything else from memory.
    fn open(input: Input, place: &Place, options: &ReadOptions) -> Result<Self, RowError> {
        let limits = options.limits;
        let source = match input.plain_file() {
            Some(path) => Source::File(path.to_owned()),
            None => Source::Bytes(input.into_bytes(&place.name)?),
        };
        let refused = |cause: String| place.error(cause, "give a parquet file, or one of text");
        let (names, types, rows) = source.head().map_err(refused)?;
        check_names(&names, place)?;
        let over = |what: String| Err(RowError::over(&place.name, what));
        if rows > limits.rows {
            return over(format!("{rows} rows are more than {}", limits.rows));
        }
        if names.len() > limits.columns {
            return over(format!("{} columns are more than {}", names.len(), limits.columns));
        }
        let (place, names) = (place.clone(), names.into());
        Ok(Self { source, place, names, types, at: 0, rows })
    }

    fn names(&self) -> &Arc<[String]> {
        &self.names
    }

    fn stated_type(&self, column: usize) -> Result<Option<StatedType>, RowError> {
        match &self.types[column] {
            ArrowDataType::Boolean => Ok(Some(StatedType::Boolean)),
            ArrowDataType::Float32 | ArrowDataType::Float64 => Ok(Some(StatedType::Number)),
            dtype if dtype.is_numeric() => Ok(Some(StatedType::Integer)),
            ArrowDataType::Utf8 | ArrowDataType::LargeUtf8 | ArrowDataType::Utf8View => {
                Ok(Some(StatedType::Text))
            }
            dtype => {
                let name = &self.names[column];
                let what = format!("the column \"{name}\" has the type {dtype:?}");
                Err(self.place.error(what, TYPES))
            }
        }
    }

    fn source_format(&self) -> SourceFormat {
        SourceFormat::Other(FileFormat::Parquet)
    }

    fn fill(&mut self, sink: &mut impl Sink, most: usize) -> Result<usize, RowError> {
        let length = most.min(self.rows - self.at);
        if length == 0 {
            return Ok(0);
        }
        let refused = |cause: String| self.place.error(cause, TYPES);
        let wanted: Vec<usize> = (0..self.names.len()).filter(|&at| sink.wants(at)).collect();
        let slice = (self.at, length);
        let frame = self.source.frame(slice, wanted.clone()).map_err(refused)?;
        for (at, column) in wanted.into_iter().zip(frame.columns()) {
            give(column, |cell| sink.cell(at, cell)).map_err(refused)?;
        }
        (self.at..self.at + length).for_each(|row| sink.end_row(row as u64 + 1));
        self.at += length;
        Ok(length)
    }
}

/// Names and types of the columns, and the number of rows.
type Head = (Vec<String>, Vec<ArrowDataType>, usize);

impl Source {
    fn head(&self) -> Result<Head, String> {
        fn read<R: MmapBytesReader>(content: R) -> PolarsResult<Head> {
            let mut reader = ParquetReader::new(content);
            let (rows, schema) = (reader.num_rows()?, reader.schema()?);
            let names = schema.iter_names().map(ToString::to_string).collect();
            Ok((names, schema.iter_values().map(|field| field.dtype.clone()).collect(), rows))
        }
        guarded(|| match self {
            Self::File(path) => read(open(path)?),
            Self::Bytes(bytes) => read(Cursor::new(bytes.as_slice())),
        })
    }

    fn frame(&self, slice: (usize, usize), columns: Vec<usize>) -> Result<DataFrame, String> {
        fn read<R: MmapBytesReader>(
            content: R,
            slice: (usize, usize),
            columns: Vec<usize>,
        ) -> PolarsResult<DataFrame> {
            let reader = ParquetReader::new(content).with_slice(Some(slice));
            reader.with_projection(Some(columns)).finish()
        }
        guarded(|| match self {
            Self::File(path) => read(open(path)?, slice, columns),
            Self::Bytes(bytes) => read(Cursor::new(bytes.as_slice()), slice, columns),
        })
    }
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

/// Gives the values of a column, one after the other.
fn give(column: &Column, mut each: impl FnMut(Cell<'_>)) -> Result<(), String> {
    let failed = |error: polars::prelude::PolarsError| error.to_string();
    let mut put = |cell: Option<Cell<'_>>| each(cell.unwrap_or(Cell::MISSING));
    match column.dtype() {
        DataType::String => {
            let values = column.str().map_err(failed)?;
            values.iter().for_each(|value| put(value.map(|v| Cell::Text(v, CellKind::Text))));
        }
        DataType::Boolean => {
            let text = |value: bool| if value { "true" } else { "false" };
            let values = column.bool().map_err(failed)?.iter();
            values.for_each(|v| put(v.map(|v| Cell::Text(text(v), CellKind::Boolean))));
        }
        DataType::Float32 | DataType::Float64 => {
            let numbers = column.cast(&DataType::Float64).map_err(failed)?;
            numbers.f64().map_err(failed)?.iter().for_each(|value| put(value.map(Cell::Number)));
        }
        DataType::UInt64 => {
            let values = column.u64().map_err(failed)?;
            values.iter().for_each(|value| put(value.map(|v| Cell::Integer(v.into()))));
        }
        dtype if dtype.is_primitive_numeric() => {
            let numbers = column.cast(&DataType::Int64).map_err(failed)?;
            let values = numbers.i64().map_err(failed)?.iter();
            values.for_each(|value| put(value.map(|v| Cell::Integer(v.into()))));
        }
        dtype => return Err(format!("the column \"{}\" has the type {dtype}", column.name())),
    }
    Ok(())
}
