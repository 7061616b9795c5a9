//! CSV: a header and rows of its width, or KDD's files without a header.

use std::io::Read;
use std::sync::Arc;

use csv::{ByteRecord, StringRecord};

use super::content::Content;
use super::error::unreadable;
use super::names::{check_names, kdd_names};
use super::{Place, ReadOptions, RowError, Rows, SourceFormat, shorten};
use crate::csv_records::{Records, records};

pub(super) const RAGGED: &str = "every line needs the same number of values; put quotes around a value that holds the delimiter";

/// Delimiters that are recognised, the most usual first.
const DELIMITERS: [u8; 4] = [b',', b';', b'\t', b'|'];

/// Rows of a CSV stream.
pub(super) struct CsvRows {
    place: Place,
    records: Records<Box<dyn Read + Send>>,
    layout: CsvLayout,
    /// The first line, if it is a row.
    first: Option<(StringRecord, u64)>,
    skip_bad: bool,
    faults: Vec<RowError>,
}

/// What the first line says of the others.
#[derive(Debug, Clone)]
pub(super) struct CsvLayout {
    pub(super) names: Arc<[String]>,
    pub(super) delimiter: u8,
    /// KDD's layout: the first line is a row.
    pub(super) kdd: bool,
}

impl CsvRows {
    pub(super) fn new(
        content: Content,
        place: &Place,
        delimiter: Option<u8>,
        options: &ReadOptions,
    ) -> Result<Self, RowError> {
        let failed = |error: std::io::Error| unreadable(&place.name, &error);
        let (content, delimiter) = match delimiter {
            Some(delimiter) => (content, delimiter),
            None => sniff(content).map_err(failed)?,
        };
        let boxed: Box<dyn Read + Send> = Box::new(content);
        let mut records = records(boxed, delimiter).map_err(failed)?;
        let (first, line) = match records.next().map_err(|error| broken(place, &error))? {
            Some((record, line)) => (text(place, record, line)?, line),
            None => {
                let help = "the first line holds the column names";
                return Err(place.error("the file is empty", help));
            }
        };
        let layout = CsvLayout::of(&first, delimiter, place)?;
        if layout.names.len() > options.limits.columns {
            let what =
                format!("{} columns are more than {}", layout.names.len(), options.limits.columns);
            return Err(RowError::over(&place.name, what));
        }
        Ok(Self {
            place: place.clone(),
            records,
            first: layout.kdd.then_some((first, line)),
            layout,
            skip_bad: options.skip_bad,
            faults: Vec::new(),
        })
    }

    pub(super) fn names(&self) -> &Arc<[String]> {
        &self.layout.names
    }

    pub(super) fn format(&self) -> SourceFormat {
        match self.layout.kdd {
            true => SourceFormat::Kdd99,
            false => SourceFormat::Csv { delimiter: self.layout.delimiter },
        }
    }

    pub(super) fn take_faults(&mut self) -> Vec<RowError> {
        std::mem::take(&mut self.faults)
    }

    pub(super) fn fill(&mut self, rows: &mut Rows, most: usize) -> Result<(), RowError> {
        if let Some((first, line)) = self.first.take() {
            push(rows, first.iter(), line);
        }
        while rows.len() < most {
            let next = self.records.next().map_err(|error| broken(&self.place, &error))?;
            let Some((record, line)) = next else { return Ok(()) };
            match whole(&self.place, record, line, self.layout.names.len()) {
                Ok(text) => push_whole(rows, record, text, line),
                Err(fault) if self.skip_bad => self.faults.push(fault),
                Err(fault) => return Err(fault),
            }
        }
        Ok(())
    }
}

impl CsvLayout {
    /// From the first record.
    pub(super) fn of(first: &StringRecord, delimiter: u8, place: &Place) -> Result<Self, RowError> {
        if let Some(names) = kdd_names(first) {
            return Ok(Self { names, delimiter, kdd: true });
        }
        let names: Arc<[String]> = first.iter().map(str::to_owned).collect();
        check_names(&names, place)?;
        Ok(Self { names, delimiter, kdd: false })
    }
}

/// The delimiter that cuts the first line into the most values; a comma if none does.
fn sniff(content: Content) -> std::io::Result<(Content, u8)> {
    const FIRST_BYTES: usize = 1 << 16;
    let (mut start, mut content) = (Vec::new(), content);
    while start.len() < FIRST_BYTES && !start.contains(&b'\n') {
        let mut buffer = vec![0; 1 << 12];
        let length = content.read(&mut buffer)?;
        if length == 0 {
            break;
        }
        start.extend_from_slice(&buffer[..length]);
    }
    let line = start.split(|&byte| byte == b'\n').next().unwrap_or_default();
    let delimiter = delimiter_of(line);
    Ok((Box::new(std::io::Cursor::new(start).chain(content)), delimiter))
}

/// As [`sniff`], of a line that is there.
pub(super) fn delimiter_of(line: &[u8]) -> u8 {
    let count = |delimiter: u8| line.iter().filter(|&&byte| byte == delimiter).count();
    match count(b',') {
        0 => DELIMITERS.into_iter().rev().max_by_key(|&byte| count(byte)).unwrap_or(b','),
        _ => b',',
    }
}

/// The text of a record of the right width.
fn whole<'a>(
    place: &Place,
    record: &'a ByteRecord,
    line: u64,
    width: usize,
) -> Result<&'a str, RowError> {
    if record.len() != width {
        let what = format!("{} values instead of {width}", record.len());
        return Err(place.at(line, what, RAGGED));
    }
    let text = std::str::from_utf8(record.as_slice()).map_err(|_| not_utf8(place, line))?;
    // A character could span two values only if its bytes were cut by a delimiter.
    let cut = (0..width)
        .any(|at| record.range(at).is_some_and(|range| !text.is_char_boundary(range.start)));
    if cut { Err(not_utf8(place, line)) } else { Ok(text) }
}

pub(super) fn not_utf8(place: &Place, line: u64) -> RowError {
    let remedy = "save the file as UTF-8, e.g. iconv -f WINDOWS-1252 -t UTF-8";
    place.at(line, "the text is not UTF-8", remedy)
}

fn text(place: &Place, record: &ByteRecord, line: u64) -> Result<StringRecord, RowError> {
    StringRecord::from_byte_record(record.clone()).map_err(|_| not_utf8(place, line))
}

fn push_whole(rows: &mut Rows, record: &ByteRecord, text: &str, line: u64) {
    push(rows, (0..record.len()).map(|at| record.range(at).map_or("", |range| &text[range])), line);
}

/// Appends a row of the right width.
pub(super) fn push<'a>(rows: &mut Rows, values: impl Iterator<Item = &'a str>, line: u64) {
    for (column, value) in rows.columns.iter_mut().zip(values) {
        column.push(value);
    }
    rows.lines.push(line);
}

fn broken(place: &Place, error: &csv::Error) -> RowError {
    match error.kind() {
        csv::ErrorKind::Io(error) => unreadable(&place.name, error),
        _ => {
            let what = format!("it cannot be read: {}", shorten(&error.to_string()));
            place.error(what, "is this a CSV file?")
        }
    }
}
