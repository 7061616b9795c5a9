//! One array of numpy: the line of Python in its header, and its values.

use crate::rows::{Cell, CellKind, Place, RowError, StatedType};

const MAGIC: &[u8] = b"\x93NUMPY";

/// Whether bytes are an array.
pub(super) fn is_array(bytes: &[u8]) -> bool {
    bytes.starts_with(MAGIC)
}

/// A table of values of one type.
#[derive(Debug)]
pub(super) struct Array {
    pub(super) rows: usize,
    pub(super) columns: usize,
    /// Whether the values are stored column after column. Otherwise they are stored row after row.
    fortran: bool,
    kind: Kind,
    /// Bytes of one value.
    size: usize,
    big_endian: bool,
    values: Vec<u8>,
    /// Where the values begin.
    start: usize,
}

/// What the values are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Boolean,
    Signed,
    Unsigned,
    Float,
    /// Bytes of text.
    Bytes,
    /// Characters of four bytes each.
    Characters,
}

/// What is wrong with an array, and what to do.
#[derive(Debug)]
pub(super) struct Fault(String, &'static str);

impl Fault {
    /// As an error about a part of a file.
    pub(super) fn of(self, part: &str, place: &Place) -> RowError {
        place.error(format!("{part} {}", self.0), self.1)
    }
}

fn damaged() -> Fault {
    Fault("is damaged".into(), "write it again with numpy.savez")
}

impl Array {
    /// From the bytes of an npy file.
    pub(super) fn parse(values: Vec<u8>) -> Result<Self, Fault> {
        let (header, start) = header(&values).ok_or_else(damaged)?;
        let (kind, size, big_endian) = element(header)?;
        let fortran = match after(header, "fortran_order").ok_or_else(damaged)? {
            text if text.starts_with("True") => true,
            text if text.starts_with("False") => false,
            _ => return Err(damaged()),
        };
        let (rows, columns) = shape(header)?;
        let needed = rows.checked_mul(columns).and_then(|cells| cells.checked_mul(size));
        let there = values.len() - start;
        if needed != Some(there) {
            let what = format!(
                "holds {there} bytes of values, and {rows} x {columns} of {size} bytes are stated"
            );
            return Err(Fault(what, "was the file copied whole? write it again with numpy.savez"));
        }
        Ok(Self { rows, columns, fortran, kind, size, big_endian, values, start })
    }

    pub(super) fn stated_type(&self) -> StatedType {
        match self.kind {
            Kind::Boolean => StatedType::Boolean,
            Kind::Signed | Kind::Unsigned => StatedType::Integer,
            Kind::Float => StatedType::Number,
            Kind::Bytes | Kind::Characters => StatedType::Text,
        }
    }

    /// Gives one value. Panics out of range.
    pub(super) fn give(&self, row: usize, column: usize, take: impl FnOnce(Cell<'_>)) {
        let at = match self.fortran {
            true => column * self.rows + row,
            false => row * self.columns + column,
        };
        let start = self.start + at * self.size;
        let bytes = &self.values[start..start + self.size];
        match self.kind {
            Kind::Boolean if bytes[0] == 0 => take(Cell::Text("false", CellKind::Boolean)),
            Kind::Boolean => take(Cell::Text("true", CellKind::Boolean)),
            Kind::Float => take(Cell::Number(self.float(bytes))),
            Kind::Unsigned => take(Cell::Integer(i128::from(self.bits(bytes)))),
            Kind::Signed => {
                // The sign bit goes to the top and back.
                let unused = 64 - 8 * self.size;
                let value = (self.bits(bytes) << unused).cast_signed() >> unused;
                take(Cell::Integer(i128::from(value)));
            }
            Kind::Bytes => {
                let text = String::from_utf8_lossy(bytes);
                take(Cell::Text(text.trim_end_matches('\0'), CellKind::Text));
            }
            Kind::Characters => {
                let text: String = bytes
                    .chunks_exact(4)
                    .map(|bytes| u32::try_from(self.bits(bytes)).ok().and_then(char::from_u32))
                    .map(|letter| letter.unwrap_or(char::REPLACEMENT_CHARACTER))
                    .collect();
                take(Cell::Text(text.trim_end_matches('\0'), CellKind::Text));
            }
        }
    }

    /// Up to eight bytes as a whole number.
    fn bits(&self, bytes: &[u8]) -> u64 {
        let next = |bits: u64, byte: &u8| bits << 8 | u64::from(*byte);
        match self.big_endian {
            true => bytes.iter().fold(0, next),
            false => bytes.iter().rev().fold(0, next),
        }
    }

    fn float(&self, bytes: &[u8]) -> f64 {
        let bits = self.bits(bytes);
        match self.size {
            2 => half(bits),
            4 => f64::from(f32::from_bits(bits as u32)),
            _ => f64::from_bits(bits),
        }
    }
}

/// A float of 16 bits.
fn half(bits: u64) -> f64 {
    let (sign, exponent, fraction) = (bits >> 15 & 1, bits >> 10 & 0x1f, (bits & 0x3ff) as f64);
    let size = match exponent {
        0 => fraction * (-24f64).exp2(),
        0x1f if fraction == 0.0 => f64::INFINITY,
        0x1f => f64::NAN,
        _ => (1.0 + fraction / 1024.0) * (exponent as f64 - 15.0).exp2(),
    };
    if sign == 1 { -size } else { size }
}

/// The line of Python, and where the values begin. Version 1 has a length of two bytes, 2 and 3 of four.
fn header(bytes: &[u8]) -> Option<(&str, usize)> {
    let (version, rest) = bytes.strip_prefix(MAGIC)?.split_at_checked(2)?;
    let (length, before) = match version[0] {
        1 => (usize::from(u16::from_le_bytes(rest.get(..2)?.try_into().ok()?)), 10),
        2 | 3 => (u32::from_le_bytes(rest.get(..4)?.try_into().ok()?) as usize, 12),
        _ => return None,
    };
    let end = usize::checked_add(before, length)?;
    Some((std::str::from_utf8(bytes.get(before..end)?).ok()?, end))
}

/// What is behind a key of the header.
fn after<'a>(header: &'a str, key: &str) -> Option<&'a str> {
    let (_, rest) = header.split_once(&format!("'{key}'"))?;
    Some(rest.trim_start().strip_prefix(':')?.trim_start())
}

/// The type of a value, such as `<f8`: its kind, its bytes, and whether the first byte is the highest.
fn element(header: &str) -> Result<(Kind, usize, bool), Fault> {
    let refused = |text: &str| {
        let what = format!("holds values of the type {text}");
        let remedy = "convert it, e.g. X.astype(\"float64\"): numbers, booleans and texts are read";
        Fault(what, remedy)
    };
    let text = after(header, "descr").ok_or_else(damaged)?;
    let Some((text, _)) = text.strip_prefix('\'').and_then(|text| text.split_once('\'')) else {
        return Err(refused("record (several fields)"));
    };
    let (order, rest) = match text.chars().next() {
        Some(order @ ('<' | '>' | '|' | '=')) => (order, &text[1..]),
        _ => ('<', text),
    };
    let (letter, size) = rest.split_at_checked(1).ok_or_else(|| refused(text))?;
    let size: usize = size.parse().unwrap_or(0);
    let (kind, size) = match (letter, size) {
        ("b", 1) => (Kind::Boolean, 1),
        ("i", 1 | 2 | 4 | 8) => (Kind::Signed, size),
        ("u", 1 | 2 | 4 | 8) => (Kind::Unsigned, size),
        ("f", 2 | 4 | 8) => (Kind::Float, size),
        ("S", 1..) => (Kind::Bytes, size),
        ("U", 1..) => (Kind::Characters, size.checked_mul(4).ok_or_else(damaged)?),
        ("O", _) => {
            let what = "holds Python objects (a pickle, which can run programs when it is read)";
            return Err(Fault(
                what.into(),
                "convert it, e.g. X.astype(\"float64\"), y.astype(str)",
            ));
        }
        _ => return Err(refused(text)),
    };
    Ok((kind, size, order == '>'))
}

/// Rows and columns: an array of one dimension is a column.
fn shape(header: &str) -> Result<(usize, usize), Fault> {
    let text = after(header, "shape").and_then(|text| text.strip_prefix('('));
    let (text, _) = text.and_then(|text| text.split_once(')')).ok_or_else(damaged)?;
    let lengths = text.split(',').map(str::trim).filter(|length| !length.is_empty());
    let lengths: Vec<usize> =
        lengths.map(str::parse).collect::<Result<_, _>>().map_err(|_| damaged())?;
    match lengths.as_slice() {
        [rows] => Ok((*rows, 1)),
        [rows, columns] => Ok((*rows, *columns)),
        _ => {
            let what = format!("has {} dimensions", lengths.len());
            Err(Fault(what, "reshape it to rows and columns: X.reshape(len(X), -1)"))
        }
    }
}
