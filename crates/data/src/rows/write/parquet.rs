//! Parquet, one row group per block. A column keeps the type of its source: the type in a parquet file, or the type
//! that all its values share.

use std::io::Write;

use polars_arrow::array::{Array, BooleanArray, PrimitiveArray, Utf8ViewArray};
use polars_arrow::datatypes::ArrowDataType;

use super::columns::column;
use super::types::WrittenType;
use super::{Decisions, TOP, WriteOptions, share, unwritable};
use crate::parquet::BlockWriter;
use crate::rows::{CellKind, RowError, Rows};

pub(super) struct ParquetSink<W: Write> {
    names: Vec<String>,
    options: WriteOptions,
    state: State<W>,
}

/// The types are known with the first block.
enum State<W: Write> {
    Waiting(W),
    Writing(Box<BlockWriter<W>>),
    /// An error took the writer away.
    Broken,
}

impl<W: Write> ParquetSink<W> {
    pub(super) fn new(out: W, names: &[&str], options: WriteOptions) -> Self {
        let names = names.iter().map(ToString::to_string).collect();
        Self { names, options, state: State::Waiting(out) }
    }

    pub(super) fn write(&mut self, rows: &Rows, decisions: &Decisions) -> Result<(), RowError> {
        if let State::Waiting(_) = self.state {
            self.begin(rows)?;
        }
        let State::Writing(writer) = &mut self.state else {
            return Err(unwritable("an earlier block failed"));
        };
        let mut columns: Vec<Box<dyn Array>> = Vec::with_capacity(self.names.len());
        for (at, dtype) in writer.types().iter().take(rows.names().len()).enumerate() {
            columns.push(column(rows, at, dtype)?);
        }
        columns.extend(added(decisions));
        writer.write(rows.len(), columns).map_err(unwritable)
    }

    pub(super) fn finish(self) -> Result<(), RowError> {
        match self.state {
            State::Writing(writer) => writer.finish().map_err(unwritable),
            State::Waiting(_) | State::Broken => Err(unwritable("there are no rows")),
        }
    }

    fn begin(&mut self, rows: &Rows) -> Result<(), RowError> {
        let State::Waiting(out) = std::mem::replace(&mut self.state, State::Broken) else {
            return Ok(());
        };
        let mut types: Vec<ArrowDataType> =
            (0..rows.names().len()).map(|at| self.dtype(rows, at)).collect();
        types.extend([ArrowDataType::Float64, ArrowDataType::Boolean]);
        for _ in 0..TOP {
            types.extend([ArrowDataType::Utf8View, ArrowDataType::Float64]);
        }
        types.push(ArrowDataType::Utf8View);
        let columns = self.names.iter().cloned().zip(types);
        self.state = State::Writing(Box::new(BlockWriter::new(out, columns).map_err(unwritable)?));
        Ok(())
    }

    /// The type of a column: as its source states it, as a scan of all rows found it, or as the values of this
    /// first block share it.
    fn dtype(&self, rows: &Rows, at: usize) -> ArrowDataType {
        if let Some(types) = &rows.types {
            return stored(&types[at]);
        }
        let name = &rows.names()[at];
        let scanned = self.options.types.iter().find(|(column, _)| column == name);
        let found = match scanned {
            Some((_, found)) => *found,
            None => first_block(rows, at, &self.options.numeric),
        };
        match found {
            WrittenType::Text => ArrowDataType::Utf8View,
            WrittenType::Integer => ArrowDataType::Int64,
            WrittenType::Unsigned => ArrowDataType::UInt64,
            WrittenType::Number => ArrowDataType::Float64,
            WrittenType::Boolean => ArrowDataType::Boolean,
        }
    }
}

/// The type that a column of a parquet file is written with: its own, or text where it has no single values.
fn stored(dtype: &ArrowDataType) -> ArrowDataType {
    match dtype {
        ArrowDataType::Float16 => ArrowDataType::Float32,
        ArrowDataType::Boolean
        | ArrowDataType::Timestamp(..)
        | ArrowDataType::Date32
        | ArrowDataType::Time32(_)
        | ArrowDataType::Time64(_)
        | ArrowDataType::Duration(_)
        | ArrowDataType::Decimal(..) => dtype.clone(),
        dtype if dtype.is_numeric() => dtype.clone(),
        _ => ArrowDataType::Utf8View,
    }
}

/// The type that all values of the first block share; texts take everything. The columns of an untyped source are
/// texts, but for those that the model reads as numbers.
fn first_block(rows: &Rows, at: usize, numeric: &[String]) -> WrittenType {
    let mut found = None;
    for row in 0..rows.len() {
        let here = match rows.cell_kind(row, at) {
            CellKind::Missing => continue,
            CellKind::Untyped => {
                let is_number = numeric.contains(&rows.names()[at]) && are_plain(rows, at);
                return if is_number { WrittenType::Number } else { WrittenType::Text };
            }
            CellKind::Text => WrittenType::Text,
            CellKind::Integer => WrittenType::Integer,
            CellKind::Number => WrittenType::Number,
            CellKind::Boolean => WrittenType::Boolean,
        };
        found = match (found, here) {
            (None, here) => Some(here),
            (Some(before), here) if before == here => Some(here),
            (
                Some(WrittenType::Integer | WrittenType::Number),
                WrittenType::Integer | WrittenType::Number,
            ) => Some(WrittenType::Number),
            _ => return WrittenType::Text,
        };
    }
    found.unwrap_or(WrittenType::Text)
}

/// Whether the texts of a column are gaps and numbers as programs write them: neither `true` nor `0x50` nor `5%`.
fn are_plain(rows: &Rows, at: usize) -> bool {
    (0..rows.len()).all(|row| {
        let is_gap = || rows.columns[at].cell(row).number().is_some_and(f64::is_nan);
        rows.text(row, at).trim().parse::<f64>().is_ok() || is_gap()
    })
}

/// The columns that the model says.
fn added(decisions: &Decisions) -> Vec<Box<dyn Array>> {
    let mut columns: Vec<Box<dyn Array>> = vec![
        PrimitiveArray::<f64>::from_slice(&decisions.scores).boxed(),
        BooleanArray::from_slice(&decisions.anomalies).boxed(),
    ];
    for rank in 0..TOP {
        let entries = decisions.top.iter().map(|top| top[rank]);
        let features: Vec<Option<&str>> =
            entries.clone().map(|top| top.map(|(at, _)| decisions.features[at].as_str())).collect();
        let shares: Vec<Option<f64>> = entries.map(|top| share(top?.1)).collect();
        columns.push(Utf8ViewArray::from_slice(features).boxed());
        columns.push(PrimitiveArray::<f64>::from(shares).boxed());
    }
    let unseen = (0..decisions.scores.len()).map(|row| decisions.unseen_names(row));
    let unseen = unseen.map(|names| (!names.is_empty()).then_some(names));
    columns.push(Utf8ViewArray::from_slice(unseen.collect::<Vec<_>>()).boxed());
    columns
}
