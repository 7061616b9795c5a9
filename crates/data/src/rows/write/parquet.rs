//! Parquet, a row group a block, typed as the source was.

use std::io::Write;

use polars::io::parquet::write::BatchedWriter;
use polars::prelude::{
    Column, DataFrame, DataType, Field, NamedFrom, ParquetCompression, ParquetWriter, Schema,
    Series,
};

use super::{Decisions, TOP, unwritable};
use crate::rows::{CellKind, RowError, Rows};

pub(super) struct ParquetSink<W: Write + Send> {
    names: Vec<String>,
    numeric: Vec<String>,
    state: State<W>,
}

/// The types are known with the first block.
enum State<W: Write + Send> {
    Waiting(W),
    Writing {
        writer: Box<BatchedWriter<W>>,
        types: Vec<Type>,
    },
    /// An error took the writer away.
    Broken,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Type {
    Text,
    Integer,
    Number,
    Boolean,
}

impl<W: Write + Send> ParquetSink<W> {
    pub(super) fn new(out: W, names: &[&str], numeric: Vec<String>) -> Self {
        let names = names.iter().map(ToString::to_string).collect();
        Self { names, numeric, state: State::Waiting(out) }
    }

    pub(super) fn write(&mut self, rows: &Rows, decisions: &Decisions) -> Result<(), RowError> {
        if let State::Waiting(_) = self.state {
            self.begin(rows)?;
        }
        let State::Writing { writer, types } = &mut self.state else {
            return Err(unwritable("an earlier block failed"));
        };
        let mut columns: Vec<Column> = Vec::with_capacity(self.names.len());
        for (at, kind) in types.iter().enumerate() {
            columns.push(series(rows, at, *kind)?.into());
        }
        columns.extend(added(&self.names[types.len()..], decisions));
        let frame = DataFrame::new(rows.len(), columns).map_err(unwritable)?;
        writer.write_batch(&frame).map_err(unwritable)
    }

    pub(super) fn finish(self) -> Result<(), RowError> {
        match self.state {
            State::Writing { writer, .. } => writer.finish().map(|_| ()).map_err(unwritable),
            State::Waiting(_) | State::Broken => Err(unwritable("there are no rows")),
        }
    }

    fn begin(&mut self, rows: &Rows) -> Result<(), RowError> {
        let State::Waiting(out) = std::mem::replace(&mut self.state, State::Broken) else {
            return Ok(());
        };
        let types: Vec<Type> =
            (0..rows.names().len()).map(|at| kind(rows, at, &self.numeric)).collect();
        let dtype = |kind: &Type| match kind {
            Type::Text => DataType::String,
            Type::Integer => DataType::Int64,
            Type::Number => DataType::Float64,
            Type::Boolean => DataType::Boolean,
        };
        let mut dtypes: Vec<DataType> = types.iter().map(dtype).collect();
        dtypes.extend([DataType::Float64, DataType::Boolean]);
        for _ in 0..TOP {
            dtypes.extend([DataType::String, DataType::Float64]);
        }
        dtypes.push(DataType::String);
        let fields = self.names.iter().zip(dtypes);
        let schema: Schema =
            fields.map(|(name, dtype)| Field::new(name.as_str().into(), dtype)).collect();
        let writer = ParquetWriter::new(out)
            .with_compression(ParquetCompression::Zstd(None))
            .batched(&schema)
            .map_err(unwritable)?;
        self.state = State::Writing { writer: Box::new(writer), types };
        Ok(())
    }
}

/// The type that all values of the first block share; texts take everything.
fn kind(rows: &Rows, at: usize, numeric: &[String]) -> Type {
    let mut found = None;
    for row in 0..rows.len() {
        let here = match rows.cell_kind(row, at) {
            CellKind::Missing => continue,
            CellKind::Untyped => {
                let is_number = numeric.contains(&rows.names()[at]);
                return if is_number { Type::Number } else { Type::Text };
            }
            CellKind::Text => Type::Text,
            CellKind::Integer => Type::Integer,
            CellKind::Number => Type::Number,
            CellKind::Boolean => Type::Boolean,
        };
        found = match (found, here) {
            (None, here) => Some(here),
            (Some(before), here) if before == here => Some(here),
            (Some(Type::Integer | Type::Number), Type::Integer | Type::Number) => {
                Some(Type::Number)
            }
            _ => return Type::Text,
        };
    }
    found.unwrap_or(Type::Text)
}

fn series(rows: &Rows, at: usize, kind: Type) -> Result<Series, RowError> {
    let name = &rows.names()[at];
    let values = (0..rows.len()).map(|row| {
        let missing = rows.cell_kind(row, at) == CellKind::Missing;
        let text = rows.text(row, at);
        (row, (!missing).then_some(text))
    });
    // An untyped empty value is a missing number, but a text may be empty.
    let parse = |(row, text): (usize, Option<&str>)| match text {
        None | Some("" | "NA") => Ok(None),
        Some(text) => match text.trim().parse::<f64>() {
            Ok(value) => Ok(Some(value)),
            Err(_) => Err(other_type(rows, row, name, text)),
        },
    };
    let label = name.as_str().into();
    Ok(match kind {
        Type::Text => Series::new(label, values.map(|(_, text)| text).collect::<Vec<_>>()),
        Type::Number => Series::new(label, values.map(parse).collect::<Result<Vec<_>, _>>()?),
        Type::Integer => {
            let whole = |(row, text): (usize, Option<&str>)| match text.map(str::parse::<i64>) {
                None => Ok(None),
                Some(Ok(value)) => Ok(Some(value)),
                Some(Err(_)) => Err(other_type(rows, row, name, text.unwrap_or_default())),
            };
            Series::new(label, values.map(whole).collect::<Result<Vec<_>, _>>()?)
        }
        Type::Boolean => {
            let flag = |(row, text): (usize, Option<&str>)| match text.map(str::parse::<bool>) {
                None => Ok(None),
                Some(Ok(value)) => Ok(Some(value)),
                Some(Err(_)) => Err(other_type(rows, row, name, text.unwrap_or_default())),
            };
            Series::new(label, values.map(flag).collect::<Result<Vec<_>, _>>()?)
        }
    })
}

fn other_type(rows: &Rows, row: usize, name: &str, text: &str) -> RowError {
    let what = format!("column {name:?} began with other values than {text:?}");
    rows.fault(row, Some(name), what, "write CSV or JSON lines, which mix types")
}

fn added(names: &[String], decisions: &Decisions) -> Vec<Column> {
    let mut names = names.iter().map(String::as_str);
    let mut name = || names.next().unwrap_or_default().into();
    let mut columns: Vec<Column> = vec![
        Series::new(name(), &decisions.scores).into(),
        Series::new(name(), &decisions.anomalies).into(),
    ];
    for rank in 0..TOP {
        let entries = decisions.top.iter().map(|top| top[rank]);
        let features: Vec<Option<&str>> =
            entries.clone().map(|top| top.map(|(at, _)| decisions.features[at].as_str())).collect();
        let shares: Vec<Option<f64>> = entries.map(|top| top.map(|(_, share)| share)).collect();
        columns.push(Series::new(name(), features).into());
        columns.push(Series::new(name(), shares).into());
    }
    let unseen: Vec<String> =
        (0..decisions.scores.len()).map(|row| decisions.unseen_names(row)).collect();
    columns.push(Series::new(name(), unseen).into());
    columns
}
