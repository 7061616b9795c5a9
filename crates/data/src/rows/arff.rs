//! ARFF, the format of Weka, in which NSL-KDD and many benchmark sets come: attributes with their types, then rows
//! between commas, or sparse ones in braces.
//!
//! Not the crate arff, because it takes a whole text, has no sparse rows, and names no lines.

mod attribute;
mod values;

use std::io::{BufRead, BufReader, Read as _};
use std::sync::Arc;

use oddbench_core::counts::counted;

use attribute::{Attribute, Kind};
use values::values;

use super::content::Content;
use super::error::unreadable;
use super::formats::{Format, FormatReader};
use super::input::Input;
use super::names::check_names;
use super::{
    Cell, CellKind, FileFormat, Place, ReadOptions, RowError, Sink, SourceFormat, StatedType, Unit,
};
use crate::csv_records::without_byte_order_marks;

/// The longest line, in bytes.
const LONGEST: u64 = 16 << 20;

const HEADER: &str = "an ARFF file begins with @relation, then an @attribute a column, then @data";
const RAGGED: &str =
    "every row needs one value for each @attribute; put quotes around a value that holds a comma";

/// Rows of an ARFF text.
pub(super) struct Reader {
    place: Place,
    content: BufReader<Content>,
    names: Arc<[String]>,
    attributes: Vec<Attribute>,
    line: u64,
    bytes: Vec<u8>,
    skip_bad: bool,
    faults: Vec<RowError>,
}

impl FormatReader for Reader {
    const FORMAT: Format = Format {
        name: "arff",
        summary: "Weka's ARFF",
        endings: &["arff"],
        recognises,
        keys: &["encoding"],
        unit: Unit::Line,
        by_lines: false,
        writable: false,
    };

    fn open(input: Input, place: &Place, options: &ReadOptions) -> Result<Self, RowError> {
        let mut reader = Self {
            place: place.clone(),
            content: BufReader::with_capacity(1 << 16, input.into_content()),
            names: Vec::new().into(),
            attributes: Vec::new(),
            line: 0,
            bytes: Vec::new(),
            skip_bad: options.skip_bad,
            faults: Vec::new(),
        };
        reader.header()?;
        options.limits.check(place, None, reader.names.len())?;
        Ok(reader)
    }

    fn names(&self) -> &Arc<[String]> {
        &self.names
    }

    fn fill(&mut self, sink: &mut impl Sink, most: usize) -> Result<usize, RowError> {
        let mut rows = 0;
        while rows < most {
            if !self.read_line()? {
                break;
            }
            let given = self.row(sink);
            match given {
                Ok(true) => rows += 1,
                Ok(false) => {}
                Err(fault) if self.skip_bad => self.faults.push(fault),
                Err(fault) => return Err(fault),
            }
        }
        Ok(rows)
    }

    fn stated_type(&self, column: usize) -> Result<Option<StatedType>, RowError> {
        Ok(Some(match &self.attributes[column].kind {
            Kind::Number => StatedType::Number,
            Kind::Integer => StatedType::Integer,
            Kind::Nominal(_) => StatedType::Category,
            Kind::Text => StatedType::Text,
            Kind::Date => StatedType::Timestamp,
        }))
    }

    fn take_faults(&mut self) -> Vec<RowError> {
        std::mem::take(&mut self.faults)
    }

    fn source_format(&self) -> SourceFormat {
        SourceFormat::Other(FileFormat::Arff)
    }
}

/// A text whose first line that is no comment names a relation.
fn recognises(start: &[u8]) -> bool {
    let start = without_byte_order_marks(start);
    let mut lines = start.split(|&byte| byte == b'\n').map(<[u8]>::trim_ascii);
    let first = lines.find(|line| !line.is_empty() && !line.starts_with(b"%"));
    first.is_some_and(|line| {
        let word = line.get(..9).unwrap_or_default();
        word.eq_ignore_ascii_case(b"@relation")
    })
}

impl Reader {
    /// Reads a line into `bytes`; `false` at the end.
    fn read_line(&mut self) -> Result<bool, RowError> {
        self.bytes.clear();
        let read = self.content.by_ref().take(LONGEST).read_until(b'\n', &mut self.bytes);
        let read = read.map_err(|error| unreadable(&self.place.name, &error))?;
        self.line += 1;
        match read as u64 == LONGEST {
            true => Err(self.place.at(self.line, "the line has no end", HEADER)),
            false => Ok(read > 0),
        }
    }

    /// The line without blanks around it and without a comment.
    fn text(&self) -> Result<&str, RowError> {
        let text = std::str::from_utf8(&self.bytes).map_err(|_| {
            self.place.at(self.line, "the text is not UTF-8", "save the file as UTF-8")
        })?;
        let text = text.trim_start_matches('\u{feff}').trim();
        Ok(if text.starts_with('%') { "" } else { text })
    }

    /// Reads the attributes, up to the line before the first row.
    fn header(&mut self) -> Result<(), RowError> {
        let mut attributes: Vec<Attribute> = Vec::new();
        loop {
            if !self.read_line()? {
                return Err(self.place.error("there is no @data", HEADER));
            }
            let text = self.text()?;
            let (word, rest) = text.split_once(|c: char| c.is_whitespace()).unwrap_or((text, ""));
            match word.to_ascii_lowercase().as_str() {
                "" | "@relation" => {}
                "@attribute" => {
                    let parsed = Attribute::parse(rest);
                    let fault = |(what, remedy)| self.place.at(self.line, what, remedy);
                    attributes.push(parsed.map_err(fault)?);
                }
                "@data" => break,
                _ => {
                    let what = format!("{word:?} is no part of the header");
                    return Err(self.place.at(self.line, what, HEADER));
                }
            }
        }
        let names: Vec<String> = attributes.iter().map(|one| one.name.clone()).collect();
        if names.is_empty() {
            return Err(self.place.error("there is no @attribute", HEADER));
        }
        check_names(&names, &self.place)?;
        (self.names, self.attributes) = (names.into(), attributes);
        Ok(())
    }

    /// Gives the row of the line that was read; `false` if it holds none.
    fn row(&mut self, sink: &mut impl Sink) -> Result<bool, RowError> {
        let text = self.text()?;
        if text.is_empty() {
            return Ok(false);
        }
        let fault = |(what, remedy)| self.place.at(self.line, what, remedy);
        let width = self.attributes.len();
        let row = match text.strip_prefix('{') {
            Some(sparse) => values::sparse(sparse, &self.attributes).map_err(fault)?,
            None => values(text).map_err(fault)?,
        };
        // A weight in braces may stand behind the values.
        let weighted = row.len() == width + 1 && row[width].text.starts_with('{');
        if row.len() != width && !weighted {
            let what = format!("{} instead of {width}", counted(row.len(), "value"));
            return Err(self.place.at(self.line, what, RAGGED));
        }
        for (attribute, value) in self.attributes.iter().zip(&row) {
            attribute.check(value).map_err(fault)?;
        }
        for (column, (attribute, value)) in self.attributes.iter().zip(&row).enumerate() {
            if sink.wants(column) {
                sink.cell(column, attribute.cell(value));
            }
        }
        sink.end_row(self.line);
        Ok(true)
    }
}

/// A value of a row.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Value {
    text: String,
    /// Whether quotes stood around it: then a question mark is no gap.
    quoted: bool,
}

impl Value {
    fn is_missing(&self) -> bool {
        !self.quoted && self.text == "?"
    }
}

impl Attribute {
    /// A value as this attribute types it.
    fn cell<'a>(&self, value: &'a Value) -> Cell<'a> {
        let kind = match self.kind {
            _ if value.is_missing() => return Cell::MISSING,
            Kind::Number => CellKind::Number,
            Kind::Integer => CellKind::Integer,
            Kind::Nominal(_) | Kind::Text | Kind::Date => CellKind::Text,
        };
        Cell::Text(&value.text, kind)
    }
}

#[cfg(test)]
mod tests;
