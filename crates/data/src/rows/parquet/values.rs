//! The values of an array, one after the other.

use std::fmt::Write as _;
use std::ops::Range;

use polars_arrow::array::{
    Array, BinaryViewArray, BooleanArray, FixedSizeBinaryArray, PrimitiveArray, Utf8ViewArray,
    get_display,
};
use polars_arrow::datatypes::{ArrowDataType, TimeUnit};
use polars_arrow::types::NativeType;

use crate::rows::exact;
use crate::rows::{Cell, CellKind};

/// The type in words for messages.
pub(super) fn type_name(dtype: &ArrowDataType) -> String {
    match dtype {
        ArrowDataType::Struct(_) => "struct".into(),
        ArrowDataType::Map(..) => "map".into(),
        ArrowDataType::List(inner)
        | ArrowDataType::LargeList(inner)
        | ArrowDataType::FixedSizeList(inner, _) => format!("list of {}", type_name(&inner.dtype)),
        ArrowDataType::Utf8View => "string".into(),
        ArrowDataType::BinaryView => "binary".into(),
        other => format!("{other:?}").to_lowercase(),
    }
}

/// Gives the values in a range of an array.
pub(super) fn give(array: &dyn Array, range: Range<usize>, mut take: impl FnMut(Cell<'_>)) {
    let integers = |range: Range<usize>, take: &mut dyn FnMut(Cell<'_>)| {
        macro_rules! integers {
            ($($type:ty)+) => {
                $(if let Some(array) = array.as_any().downcast_ref::<PrimitiveArray<$type>>() {
                    return each(array, range, |value| take(value.map_or(Cell::MISSING, |value| {
                        Cell::Integer(i128::from(value))
                    })));
                })+
            };
        }
        integers!(i8 i16 i32 i64 u8 u16 u32 u64);
        display(array, range, CellKind::Text, take);
    };
    match array.dtype() {
        ArrowDataType::Null => range.for_each(|_| take(Cell::MISSING)),
        ArrowDataType::Boolean => {
            let text = |value: bool| if value { "true" } else { "false" };
            let Some(array) = array.as_any().downcast_ref::<BooleanArray>() else { return };
            range.for_each(|at| {
                let value = array.get(at);
                take(value.map_or(Cell::MISSING, |v| Cell::Text(text(v), CellKind::Boolean)));
            });
        }
        ArrowDataType::Utf8View => {
            let Some(array) = array.as_any().downcast_ref::<Utf8ViewArray>() else { return };
            range.for_each(|at| {
                take(array.get(at).map_or(Cell::MISSING, |v| Cell::Text(v, CellKind::Text)));
            });
        }
        ArrowDataType::BinaryView => {
            let Some(array) = array.as_any().downcast_ref::<BinaryViewArray>() else { return };
            range.for_each(|at| bytes(array.get(at), &mut take));
        }
        ArrowDataType::FixedSizeBinary(_) => {
            let Some(array) = array.as_any().downcast_ref::<FixedSizeBinaryArray>() else { return };
            range.for_each(|at| bytes(array.get(at), &mut take));
        }
        ArrowDataType::Float32 => primitives::<f32>(array, range, |value| {
            take(Cell::Number(f64::from(value.unwrap_or(f32::NAN))));
        }),
        ArrowDataType::Float64 => primitives::<f64>(array, range, |value| {
            take(Cell::Number(value.unwrap_or(f64::NAN)));
        }),
        ArrowDataType::Decimal(_, scale) => primitives::<i128>(array, range, |value| {
            text(value.map(|value| exact::decimal(value, *scale)), CellKind::Number, &mut take);
        }),
        ArrowDataType::Timestamp(unit, zone) => primitives::<i64>(array, range, |value| {
            let value = value.map(|value| exact::timestamp(value, digits(*unit), zone.is_some()));
            text(value, CellKind::Text, &mut take);
        }),
        ArrowDataType::Date32 => primitives::<i32>(array, range, |value| {
            let value = value.map(|value| exact::date(i64::from(value)));
            text(value, CellKind::Text, &mut take);
        }),
        ArrowDataType::Time32(unit) => primitives::<i32>(array, range, |value| {
            let value = value.map(|value| exact::time(i64::from(value), digits(*unit)));
            text(value, CellKind::Text, &mut take);
        }),
        ArrowDataType::Time64(unit) => primitives::<i64>(array, range, |value| {
            let value = value.map(|value| exact::time(value, digits(*unit)));
            text(value, CellKind::Text, &mut take);
        }),
        ArrowDataType::Duration(unit) => primitives::<i64>(array, range, |value| {
            let value = value.map(|value| exact::decimal(i128::from(value), digits(*unit)));
            text(value, CellKind::Number, &mut take);
        }),
        // The numbers themselves are of a type that this crate has no name for.
        ArrowDataType::Float16 => display(array, range, CellKind::Number, &mut |cell| {
            take(Cell::Number(cell.number().unwrap_or(f64::NAN)));
        }),
        _ => integers(range, &mut take),
    }
}

/// Digits of a fraction of a second.
pub(super) fn digits(unit: TimeUnit) -> usize {
    match unit {
        TimeUnit::Second => 0,
        TimeUnit::Millisecond => 3,
        TimeUnit::Microsecond => 6,
        TimeUnit::Nanosecond => 9,
    }
}

fn text(value: Option<String>, kind: CellKind, take: &mut impl FnMut(Cell<'_>)) {
    take(value.as_deref().map_or(Cell::MISSING, |value| Cell::Text(value, kind)));
}

fn primitives<T: NativeType>(array: &dyn Array, range: Range<usize>, take: impl FnMut(Option<T>)) {
    if let Some(array) = array.as_any().downcast_ref::<PrimitiveArray<T>>() {
        each(array, range, take);
    }
}

fn each<T: NativeType>(
    array: &PrimitiveArray<T>,
    range: Range<usize>,
    take: impl FnMut(Option<T>),
) {
    let values = &array.values()[range.clone()];
    match array.validity().filter(|validity| validity.unset_bits() > 0) {
        None => values.iter().copied().map(Some).for_each(take),
        Some(validity) => {
            let there = range.map(|at| validity.get_bit(at));
            values.iter().zip(there).map(|(value, there)| there.then_some(*value)).for_each(take);
        }
    }
}

/// Bytes are a text if they are UTF-8, and hexadecimal digits otherwise.
fn bytes(value: Option<&[u8]>, take: &mut impl FnMut(Cell<'_>)) {
    match value.map(|value| (value, std::str::from_utf8(value))) {
        None => take(Cell::MISSING),
        Some((_, Ok(text))) => take(Cell::Text(text, CellKind::Text)),
        Some((value, Err(_))) => {
            let mut text = "0x".to_owned();
            for byte in value {
                // Writing to a String cannot fail.
                let _ = write!(text, "{byte:02x}");
            }
            take(Cell::Text(&text, CellKind::Text));
        }
    }
}

/// Lists, structs and whatever else has no single value, and floats of 16 bits, as the text that shows them.
fn display(array: &dyn Array, range: Range<usize>, kind: CellKind, take: &mut dyn FnMut(Cell<'_>)) {
    let show = get_display(array, "null");
    for at in range {
        if array.is_null(at) {
            take(Cell::MISSING);
            continue;
        }
        let mut text = String::new();
        // Writing to a String cannot fail.
        let _ = show(&mut text, at);
        take(Cell::Text(&text, kind));
    }
}
