//! CSV: a header and rows of its width, or KDD's files without a header.

use std::io::Read as _;
use std::sync::Arc;

use csv::StringRecord;

use super::content::Content;
use super::error::unreadable;
use super::formats::{Format, FormatReader};
use super::input::Input;
use super::names::{check_names, kdd_names, refuse_numbers};
use super::{Cell, CellKind, Header, Place, ReadOptions, RowError, Sink, SourceFormat, Unit};
use crate::csv_records::{Record, Records};

pub(super) const RAGGED: &str = "every line needs the same number of values; put quotes around a value that holds the delimiter";

/// Delimiters that are recognised, the most usual first.
const DELIMITERS: [u8; 4] = [b',', b';', b'\t', b'|'];

/// Rows of a CSV stream.
pub(super) struct Reader {
    place: Place,
    records: Records<Content>,
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

impl FormatReader for Reader {
    const FORMAT: Format = Format {
        name: "csv",
        summary: "values between delimiters, and KDD's files without a header",
        endings: &["csv", "tsv"],
        // A text that is of no other format.
        recognises: |_| false,
        keys: &["delimiter", "header", "names"],
        unit: Unit::Line,
        by_lines: true,
        writable: true,
    };

    fn open(input: Input, place: &Place, options: &ReadOptions) -> Result<Self, RowError> {
        let failed = |error: std::io::Error| unreadable(&place.name, &error);
        let content = input.into_content();
        let (content, delimiter) = match options.delimiter {
            Some(delimiter) => (content, delimiter),
            None => sniff(content).map_err(failed)?,
        };
        let mut records = Records::new(content, delimiter);
        let mut first = None;
        let layout = match &options.header {
            Header::Names(names) => {
                check_names(names, place)?;
                CsvLayout { names: Arc::clone(names), delimiter, kdd: false }
            }
            header => {
                let Some(record) = records.next().map_err(failed)? else {
                    let help = "the first line holds the column names";
                    return Err(place.error("the file is empty", help));
                };
                let line = record.line;
                let texts = record.texts().ok_or_else(|| not_utf8(place, line))?;
                let texts: StringRecord = texts.collect();
                let layout = CsvLayout::of(&texts, delimiter, header, place)?;
                first = layout.kdd.then_some((texts, line));
                layout
            }
        };
        if layout.names.len() > options.limits.columns {
            let what =
                format!("{} columns are more than {}", layout.names.len(), options.limits.columns);
            return Err(RowError::over(&place.name, what));
        }
        Ok(Self {
            place: place.clone(),
            records,
            first,
            layout,
            skip_bad: options.skip_bad,
            faults: Vec::new(),
        })
    }

    fn names(&self) -> &Arc<[String]> {
        &self.layout.names
    }

    fn source_format(&self) -> SourceFormat {
        match self.layout.kdd {
            true => SourceFormat::Kdd99,
            false => SourceFormat::Csv { delimiter: self.layout.delimiter },
        }
    }

    fn take_faults(&mut self) -> Vec<RowError> {
        std::mem::take(&mut self.faults)
    }

    fn fill(&mut self, sink: &mut impl Sink, most: usize) -> Result<usize, RowError> {
        let mut rows = 0;
        if let Some((first, line)) = self.first.take() {
            push(sink, first.iter(), line);
            rows += 1;
        }
        while rows < most {
            let next = self.records.next();
            let next = next.map_err(|error| unreadable(&self.place.name, &error))?;
            let Some(record) = next else { break };
            match whole(&self.place, record, self.layout.names.len()) {
                Ok(texts) => push(sink, texts, record.line),
                Err(fault) if self.skip_bad => {
                    self.faults.push(fault);
                    continue;
                }
                Err(fault) => return Err(fault),
            }
            rows += 1;
        }
        Ok(rows)
    }
}

impl CsvLayout {
    /// From the first record.
    pub(super) fn of(
        first: &StringRecord,
        delimiter: u8,
        header: &Header,
        place: &Place,
    ) -> Result<Self, RowError> {
        if *header == Header::Found {
            if let Some(names) = kdd_names(first) {
                return Ok(Self { names, delimiter, kdd: true });
            }
            refuse_numbers(first, place)?;
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

/// The values of a record of the right width.
fn whole<'a>(
    place: &Place,
    record: &'a Record,
    width: usize,
) -> Result<impl Iterator<Item = &'a str>, RowError> {
    if record.len() != width {
        let what = format!("{} values instead of {width}", record.len());
        return Err(place.at(record.line, what, RAGGED));
    }
    record.texts().ok_or_else(|| not_utf8(place, record.line))
}

pub(super) fn not_utf8(place: &Place, line: u64) -> RowError {
    let remedy = "save the file as UTF-8, e.g. iconv -f WINDOWS-1252 -t UTF-8";
    place.at(line, "the text is not UTF-8", remedy)
}

/// Gives a row of the right width to a sink.
pub(super) fn push<'a>(sink: &mut impl Sink, values: impl Iterator<Item = &'a str>, line: u64) {
    for (column, value) in values.enumerate() {
        if sink.wants(column) {
            sink.cell(column, Cell::Text(value, CellKind::Untyped));
        }
    }
    sink.end_row(line);
}
