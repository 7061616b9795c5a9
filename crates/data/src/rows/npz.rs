//! npz, the archive of arrays that numpy writes and that ADBench publishes: `X`, one row per observation, and `y`,
//! the label of each row. A file of one array (npy) is read as `X` alone.
//!
//! The columns are called `x1`, `x2`, ... and `label`. The arrays are held as their bytes, and a value is decoded
//! when a sink asks for it.
//!
//! rawzip finds the entries: it is pure Rust without dependencies, and flate2 is here already. The crate npyz
//! would bring a parser generator for the one line of Python in an array's header.

mod array;

use std::io::Read as _;
use std::sync::Arc;

use oddbench_core::counts::counted;

use array::Array;

use super::formats::{Format, FormatReader};
use super::input::Input;
use super::names::check_names;
use super::{FileFormat, Place, ReadOptions, RowError, Sink, SourceFormat, StatedType, Unit};

const REMEDY: &str = "write it with numpy.savez(\"table.npz\", X=X, y=y): X of numbers, a row an observation, and y, the label of each row";

/// What the label column is called.
const LABEL: &str = "label";

/// Rows of an npz file.
pub(super) struct Reader {
    names: Arc<[String]>,
    x: Array,
    y: Option<Array>,
    at: usize,
}

impl FormatReader for Reader {
    const FORMAT: Format = Format {
        name: "npz",
        summary: "numpy's arrays X and y, as ADBench has them",
        endings: &["npz", "npy"],
        recognises,
        keys: &[],
        unit: Unit::Row,
        by_lines: false,
        writable: false,
    };

    fn open(input: Input, place: &Place, options: &ReadOptions) -> Result<Self, RowError> {
        let limits = options.limits;
        let bytes = input.into_bytes(&place.name)?;
        let (x, y) = match array::is_array(&bytes) {
            true => (Array::parse(bytes).map_err(|fault| fault.of("the array", place))?, None),
            false => arrays(&bytes, limits.bytes, place)?,
        };
        let width = x.columns + usize::from(y.is_some());
        limits.check(place, Some(x.rows), width)?;
        let names = (1..=x.columns).map(|at| format!("x{at}"));
        let names: Vec<String> = names.chain(y.is_some().then(|| LABEL.to_owned())).collect();
        check_names(&names, place)?;
        Ok(Self { names: names.into(), x, y, at: 0 })
    }

    fn names(&self) -> &Arc<[String]> {
        &self.names
    }

    fn fill(&mut self, sink: &mut impl Sink, most: usize) -> Result<usize, RowError> {
        let rows = self.at..self.x.rows.min(self.at.saturating_add(most));
        for column in 0..self.names.len() {
            if !sink.wants(column) {
                continue;
            }
            let (array, at) = match &self.y {
                Some(y) if column == self.x.columns => (y, 0),
                _ => (&self.x, column),
            };
            rows.clone().for_each(|row| array.give(row, at, |cell| sink.cell(column, cell)));
        }
        rows.clone().for_each(|row| sink.end_row(row as u64 + 1));
        self.at = rows.end;
        Ok(rows.len())
    }

    fn stated_type(&self, column: usize) -> Result<Option<StatedType>, RowError> {
        let label = self.y.as_ref().filter(|_| column == self.x.columns);
        Ok(Some(label.unwrap_or(&self.x).stated_type()))
    }

    fn source_format(&self) -> SourceFormat {
        SourceFormat::Other(FileFormat::Npz)
    }
}

/// An array, or a zip archive whose first entry is one.
fn recognises(start: &[u8]) -> bool {
    const NAME: usize = 30;
    if array::is_array(start) {
        return true;
    }
    let length = match start.get(26..28) {
        Some(&[low, high]) => usize::from(u16::from_le_bytes([low, high])),
        _ => return false,
    };
    let name = start.get(NAME..NAME + length);
    start.starts_with(b"PK\x03\x04") && name.is_some_and(|name| name.ends_with(b".npy"))
}

/// The arrays `X` and `y` of an archive.
fn arrays(bytes: &[u8], limit: u64, place: &Place) -> Result<(Array, Option<Array>), RowError> {
    let damaged =
        |error: rawzip::Error| place.error(format!("the archive is damaged: {error}"), REMEDY);
    let archive = rawzip::ZipArchive::from_slice(bytes).map_err(damaged)?;
    let (mut x, mut y, mut names) = (None, None, Vec::new());
    let mut left = limit;
    let mut entries = archive.entries();
    while let Some(entry) = entries.next_entry().map_err(damaged)? {
        let name = String::from_utf8_lossy(entry.file_path().as_ref()).into_owned();
        let name = name.strip_suffix(".npy").unwrap_or(&name).to_owned();
        let wanted = match name.as_str() {
            "X" | "x" => &mut x,
            "y" | "Y" => &mut y,
            _ => {
                names.push(name);
                continue;
            }
        };
        let method = entry.compression_method();
        let local = archive.get_entry(entry.wayfinder()).map_err(damaged)?;
        let content = inflated(&local, method, &mut left, place)?;
        *wanted = Some(
            Array::parse(content).map_err(|fault| fault.of(&format!("the array {name}"), place))?,
        );
        names.push(name);
    }
    let Some(x) = x else {
        let what = format!("the archive holds no array X; it holds {}", names.join(", "));
        return Err(place.error(what, REMEDY));
    };
    if let Some(y) = y.as_ref().filter(|y: &&Array| y.rows != x.rows || y.columns != 1) {
        let rows = counted(x.rows, "row");
        let what = format!("X has {rows}, and the shape of y is {} x {}", y.rows, y.columns);
        return Err(place.error(what, "give y one label for each row of X"));
    }
    Ok((x, y))
}

/// The bytes of an entry, checked against its length and checksum.
fn inflated(
    entry: &rawzip::ZipSliceEntry<'_>,
    method: rawzip::CompressionMethod,
    left: &mut u64,
    place: &Place,
) -> Result<Vec<u8>, RowError> {
    let mut content = Vec::new();
    let read = match method {
        rawzip::CompressionMethod::STORE => entry
            .verifying_reader(entry.data())
            .take(left.saturating_add(1))
            .read_to_end(&mut content),
        rawzip::CompressionMethod::DEFLATE => entry
            .verifying_reader(flate2::bufread::DeflateDecoder::new(entry.data()))
            .take(left.saturating_add(1))
            .read_to_end(&mut content),
        other => {
            let what = format!("an array is compressed in a way that is not read ({other:?})");
            return Err(place.error(what, "write it with numpy.savez or numpy.savez_compressed"));
        }
    };
    let read =
        read.map_err(|error| place.error(format!("the archive is damaged: {error}"), REMEDY))?;
    *left = left.checked_sub(read as u64).ok_or_else(|| RowError::too_many_bytes(&place.name))?;
    Ok(content)
}

#[cfg(test)]
mod tests;
