//! A column of texts as an array of one type, every value unchanged.

use std::str::FromStr;

use polars_arrow::array::{Array, BooleanArray, PrimitiveArray, Utf8ViewArray};
use polars_arrow::datatypes::{ArrowDataType, TimeUnit};
use polars_arrow::types::NativeType;

use super::is_gap;
use crate::rows::{CellKind, RowError, Rows, exact};

/// The values of a column as an array; an error at the first that is of another type.
pub(super) fn column(
    rows: &Rows,
    at: usize,
    dtype: &ArrowDataType,
) -> Result<Box<dyn Array>, RowError> {
    use ArrowDataType as T;
    Ok(match dtype {
        T::Boolean => {
            let values = parsed(rows, at, boolean)?;
            BooleanArray::from(values).boxed()
        }
        T::Int8 => plain::<i8>(rows, at)?,
        T::Int16 => plain::<i16>(rows, at)?,
        T::Int32 => plain::<i32>(rows, at)?,
        T::Int64 => plain::<i64>(rows, at)?,
        T::UInt8 => plain::<u8>(rows, at)?,
        T::UInt16 => plain::<u16>(rows, at)?,
        T::UInt32 => plain::<u32>(rows, at)?,
        T::UInt64 => plain::<u64>(rows, at)?,
        T::Float32 => plain::<f32>(rows, at)?,
        T::Float64 => plain::<f64>(rows, at)?,
        T::Date32 => {
            primitive(rows, at, dtype, |text| i32::try_from(exact::parse_date(text)?).ok())?
        }
        T::Time32(unit) => primitive(rows, at, dtype, |text| {
            i32::try_from(exact::parse_time(text, digits(*unit))?).ok()
        })?,
        T::Time64(unit) => {
            primitive(rows, at, dtype, |text| exact::parse_time(text, digits(*unit)))?
        }
        T::Timestamp(unit, _) => {
            primitive(rows, at, dtype, |text| exact::parse_timestamp(text, digits(*unit)))?
        }
        T::Duration(unit) => primitive(rows, at, dtype, |text| {
            i64::try_from(exact::parse_decimal(text, digits(*unit))?).ok()
        })?,
        T::Decimal(_, scale) => {
            primitive(rows, at, dtype, |text| exact::parse_decimal(text, *scale))?
        }
        _ => {
            let text = |row| {
                let text = rows.text(row, at);
                (!is_gap(text, rows.cell_kind(row, at))).then_some(text)
            };
            let texts: Vec<Option<&str>> = (0..rows.len()).map(text).collect();
            Utf8ViewArray::from_slice(texts).boxed()
        }
    })
}

/// Digits of a fraction of a second.
fn digits(unit: TimeUnit) -> usize {
    match unit {
        TimeUnit::Second => 0,
        TimeUnit::Millisecond => 3,
        TimeUnit::Microsecond => 6,
        TimeUnit::Nanosecond => 9,
    }
}

fn boolean(text: &str) -> Option<bool> {
    match text {
        _ if text.eq_ignore_ascii_case("true") => Some(true),
        _ if text.eq_ignore_ascii_case("false") => Some(false),
        _ => None,
    }
}

fn plain<T: NativeType + FromStr>(rows: &Rows, at: usize) -> Result<Box<dyn Array>, RowError> {
    let values = parsed(rows, at, |text| text.parse::<T>().ok())?;
    Ok(PrimitiveArray::<T>::from(values).boxed())
}

fn primitive<T: NativeType>(
    rows: &Rows,
    at: usize,
    dtype: &ArrowDataType,
    parse: impl Fn(&str) -> Option<T>,
) -> Result<Box<dyn Array>, RowError> {
    let values = parsed(rows, at, parse)?;
    Ok(PrimitiveArray::<T>::from(values).to(dtype.clone()).boxed())
}

/// The values; `None` for gaps. An error at a text that is none.
fn parsed<T>(
    rows: &Rows,
    at: usize,
    parse: impl Fn(&str) -> Option<T>,
) -> Result<Vec<Option<T>>, RowError> {
    let one = |row: usize| {
        if rows.cell_kind(row, at) == CellKind::Missing {
            return Ok(None);
        }
        let text = rows.text(row, at);
        if let Some(value) = parse(text.trim()) {
            return Ok(Some(value));
        }
        // A text that stands for a gap, in whatever spelling is read as one.
        if rows.columns[at].cell(row).number().is_some_and(f64::is_nan) {
            return Ok(None);
        }
        let name = &rows.names()[at];
        let what = format!("column {name:?} began with other values than {text:?}");
        Err(rows.fault(row, Some(name), what, "write CSV or JSON lines, which mix types"))
    };
    (0..rows.len()).map(one).collect()
}
