//! CSV: a header and rows of its width, or KDD's files without a header. Files of spreadsheets, of sensors
//! and of other programs have their own habits; a note names what is recognised.

mod again;
mod delimiter;
mod header;
mod layout;
#[cfg(test)]
mod tests;

use std::io::Read as _;
use std::sync::Arc;

use super::content::Content;
use super::error::unreadable;
use super::formats::{Format, FormatReader};
use super::input::Input;
use super::{Header, Place, ReadOptions, RowError, Sink, SourceFormat, Unit};
use crate::csv_records::{LONGEST, Records};
pub(super) use again::Order;
pub(super) use layout::{CsvLayout, Line};

pub(super) const RAGGED: &str = "every line needs the same number of values; put quotes around a value that holds the delimiter, or state another one (--delimiter, delimiter = \"...\")";

/// Bytes that are looked at before anything is read.
const FIRST_BYTES: usize = 1 << 18;

/// Lines that are looked at, at most.
const MORE_LINES: usize = 2_000;

/// The first lines of a text.
#[derive(Debug, Clone, Copy)]
pub(super) struct Sample<'a> {
    pub(super) text: &'a [u8],
    /// Whether it is all there is: else its last line may be cut.
    pub(super) whole: bool,
}

impl Sample<'_> {
    /// Without the line that states the separator.
    fn after(self, separator: Option<u8>) -> Self {
        let end = self.text.iter().position(|&byte| byte == b'\n').map_or(0, |at| at + 1);
        if separator.is_some() { Self { text: &self.text[end..], ..self } } else { self }
    }
}

/// Rows of a CSV stream.
pub(super) struct Reader {
    place: Place,
    records: Records<Content>,
    layout: CsvLayout,
    skip_bad: bool,
    faults: Vec<RowError>,
    repeated: Repeated,
    notes: Vec<String>,
    /// Memory for numbers that are rewritten.
    plain: String,
}

/// Headers in the middle of a text.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Repeated {
    first: u64,
    count: usize,
}

impl Repeated {
    pub(super) fn add(&mut self, line: u64) {
        if self.count == 0 {
            self.first = line;
        }
        self.count += 1;
    }

    /// The notes about them.
    pub(super) fn take_note(&mut self) -> Option<String> {
        let Self { first, count } = std::mem::take(self);
        match count {
            0 => None,
            1 => Some(format!("line {first} repeats the header; it is left out")),
            _ => Some(format!(
                "{count} lines repeat the header, the first is line {first}; they are left out"
            )),
        }
    }
}

impl FormatReader for Reader {
    const FORMAT: Format = Format {
        name: "csv",
        summary: "values between delimiters, and KDD's files without a header",
        endings: &["csv", "tsv"],
        // A text that is of no other format.
        recognises: |_| false,
        keys: &["delimiter", "header", "names", "encoding", "decimal", "thousands"],
        unit: Unit::Line,
        by_lines: true,
        writable: true,
    };

    fn open(input: Input, place: &Place, options: &ReadOptions) -> Result<Self, RowError> {
        let content = input.into_content();
        let failed = |error: std::io::Error| unreadable(&place.name, &error);
        let (content, layout, notes) = match (&options.header, options.delimiter) {
            (Header::Names(names), Some(delimiter)) if options.numbers.is_plain() => {
                (content, CsvLayout::stated(names, delimiter, place)?, Vec::new())
            }
            _ => {
                let (text, whole, content) = sample(content).map_err(failed)?;
                if let Some(error) = no_text(&text, place) {
                    return Err(error);
                }
                let (layout, notes) =
                    CsvLayout::find(&Sample { text: &text, whole }, options, place)?;
                let content: Content = Box::new(std::io::Cursor::new(text).chain(content));
                (content, layout, notes)
            }
        };
        options.limits.check(place, None, layout.names.len())?;
        let mut records = Records::new(content, layout.delimiter);
        for _ in 0..layout.before {
            records.next().map_err(failed)?;
        }
        Ok(Self {
            place: place.clone(),
            records,
            layout,
            skip_bad: options.skip_bad,
            faults: Vec::new(),
            repeated: Repeated::default(),
            notes,
            plain: String::new(),
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

    fn take_notes(&mut self) -> Vec<String> {
        let mut notes = std::mem::take(&mut self.notes);
        notes.extend(self.repeated.take_note());
        notes
    }

    fn fill(&mut self, sink: &mut impl Sink, most: usize) -> Result<usize, RowError> {
        let mut rows = 0;
        while rows < most {
            let next = self.records.next();
            let next = next.map_err(|error| unreadable(&self.place.name, &error))?;
            let Some(record) = next else { break };
            let line = self.layout.line(record, &self.place).and_then(|line| match line {
                Line::Row => {
                    self.layout.push(record, &self.place, sink, &mut self.plain)?;
                    Ok(line)
                }
                line => Ok(line),
            });
            match line {
                Ok(Line::Row) => rows += 1,
                Ok(Line::Header) => self.repeated.add(record.line),
                // The lines that follow cannot be read, whatever bad rows may be left out.
                Ok(Line::Moved(_)) => return Err(split(&self.place, record.line, MOVED)),
                Ok(Line::Other) => return Err(split(&self.place, record.line, OTHER)),
                Err(fault) if record.unclosed.is_some() => return Err(fault),
                Err(fault) if self.skip_bad => self.faults.push(fault),
                Err(fault) => return Err(fault),
            }
        }
        Ok(rows)
    }
}

/// A header that says where the values of the rows below it are.
const MOVED: &str = "a header with the columns in another order";
const OTHER: &str = "a header with other columns";

/// Two tables in one file.
fn split(place: &Place, line: u64, what: &str) -> RowError {
    let remedy = "split the file in front of that line: its rows belong to another table";
    place.at(line, format!("the line is {what}"), remedy)
}

/// The first bytes, two lines of them at least, whether they are all, and the content behind them.
fn sample(mut content: Content) -> std::io::Result<(Vec<u8>, bool, Content)> {
    let mut start = Vec::with_capacity(FIRST_BYTES);
    loop {
        let length = content.by_ref().take(FIRST_BYTES as u64).read_to_end(&mut start)?;
        let whole = length < FIRST_BYTES;
        let lines = start.iter().filter(|&&byte| byte == b'\n').take(2).count();
        if whole || lines == 2 || start.len() > 2 * LONGEST {
            return Ok((start, whole, content));
        }
    }
}

pub(super) fn not_utf8(place: &Place, line: u64) -> RowError {
    let remedy = "give the encoding of the program that wrote the file, such as --encoding windows-1252, shift_jis or gb18030 (encoding = \"...\"), or save the file as UTF-8";
    place.at(line, "the text is not UTF-8", remedy)
}

/// A sample with bytes that no text has, in whatever encoding: most control characters.
fn no_text(sample: &[u8], place: &Place) -> Option<RowError> {
    let controls = sample.iter().filter(|&&byte| byte < b'\t').count();
    let binary = std::str::from_utf8(sample).is_err() && controls * 100 > sample.len();
    binary.then(|| {
        let remedy = "give a table: CSV, a Zeek log, JSON, parquet, npz or ARFF, plain or gzipped";
        place.error("these bytes are no text, and no format of a table that is known", remedy)
    })
}
