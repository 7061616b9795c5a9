//! Zeek's own logs: values between separators that the first lines name, with a type for each field, and
//! with lines that say how a missing value is written. Logs that were rotated and joined have several such
//! heads.

use std::sync::Arc;

use oddbench_core::counts::counted;

use super::content::Content;
use super::error::unreadable;
use super::formats::{Format, FormatReader};
use super::input::Input;
use super::names::check_names;
use super::{
    Cell, CellKind, FileFormat, Place, ReadOptions, RowError, Sink, SourceFormat, StatedType, Unit,
};
use crate::csv_records::{Records, without_byte_order_marks};

pub(super) const HEAD: &str = "a Zeek log begins with the lines #separator, #fields and #types";

/// Blanks that IoT-23 has between the last field and the labels.
const BLANKS: &str = "   ";

/// Whether a text begins as a Zeek log does.
fn is_log(start: &[u8]) -> bool {
    let start = without_byte_order_marks(start);
    start.starts_with(b"#separator ") || start.starts_with(b"#fields\t")
}

/// The head of a log, and its consequences.
#[derive(Debug, Clone)]
pub(super) struct ZeekHead {
    separator: u8,
    unset: String,
    /// Whether blanks cut the last value into several, as in the labels that IoT-23 adds.
    blanks: bool,
    names: Option<Arc<[String]>>,
    types: Vec<Type>,
    /// The column of each field of the present head: a later head may have another order.
    columns: Vec<usize>,
    /// Heads so far.
    heads: usize,
    /// The line of `#fields` in the second head.
    second: u64,
}

/// A type of Zeek, as far as it matters here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Type {
    kind: CellKind,
    stated: StatedType,
}

impl Type {
    fn of(name: &str) -> Self {
        let (kind, stated) = match name {
            "bool" => (CellKind::Boolean, StatedType::Boolean),
            "count" | "int" => (CellKind::Integer, StatedType::Integer),
            "double" | "interval" => (CellKind::Number, StatedType::Number),
            "port" => (CellKind::Integer, StatedType::Port),
            "time" => (CellKind::Number, StatedType::Timestamp),
            "addr" | "subnet" => (CellKind::Text, StatedType::Address),
            "string" | "enum" | "pattern" => (CellKind::Text, StatedType::Category),
            // Sets, vectors and whatever comes.
            _ => (CellKind::Text, StatedType::Text),
        };
        Self { kind, stated }
    }
}

impl ZeekHead {
    pub(super) fn new() -> Self {
        Self {
            separator: b'\t',
            unset: "-".into(),
            blanks: false,
            names: None,
            types: Vec::new(),
            columns: Vec::new(),
            heads: 0,
            second: 0,
        }
    }

    /// The fields, once their line has come.
    pub(super) fn names(&self) -> Option<&Arc<[String]>> {
        self.names.as_ref()
    }

    pub(super) fn stated_type(&self, column: usize) -> Option<StatedType> {
        self.types.get(column).map(|found| found.stated)
    }

    /// The notes at the end.
    pub(super) fn take_note(&mut self) -> Option<String> {
        let heads = std::mem::replace(&mut self.heads, 1);
        (heads > 1).then(|| {
            format!(
                "{heads} logs stand one after the other; the second begins before line {}",
                self.second
            )
        })
    }

    /// Takes a line that begins with `#`.
    pub(super) fn directive(&mut self, line: &str, at: u64, place: &Place) -> Result<(), RowError> {
        if let Some(separator) = line.strip_prefix("#separator ") {
            let separator = unescaped(separator.trim());
            let [byte] = *separator.as_bytes() else {
                return Err(place.at(at, "the separator is not one character", HEAD));
            };
            self.separator = byte;
            return Ok(());
        }
        let (word, rest) = line.split_once(char::from(self.separator)).unwrap_or((line, ""));
        match word {
            "#unset_field" => self.unset = rest.to_owned(),
            "#fields" => {
                self.blanks = rest.contains(BLANKS);
                let names = self.values(rest).map(str::to_owned).collect();
                self.fields(names, at, place)?;
            }
            "#types" => {
                let types: Vec<Type> = self.values(rest).map(Type::of).collect();
                return self.take_types(&types, at, place);
            }
            // #set_separator, #empty_field, #path, #open, #close, and remarks.
            _ => {}
        }
        Ok(())
    }

    /// The values of a line.
    fn values<'a>(&self, line: &'a str) -> impl Iterator<Item = &'a str> {
        let separator = char::from(self.separator);
        let (head, last) = match line.rsplit_once(separator) {
            Some((head, last)) if self.blanks => (head, Some(last)),
            _ => (line, None),
        };
        head.split(separator).chain(last.into_iter().flat_map(|last| last.split(BLANKS)))
    }

    fn fields(&mut self, names: Vec<String>, at: u64, place: &Place) -> Result<(), RowError> {
        check_names(&names, place).map_err(|error| RowError { line: Some(at), ..error })?;
        self.heads += 1;
        let Some(known) = &self.names else {
            self.columns = (0..names.len()).collect();
            self.names = Some(names.into());
            return Ok(());
        };
        if self.heads == 2 {
            self.second = at;
        }
        let column = |name: &String| known.iter().position(|known| known == name);
        let columns: Option<Vec<usize>> = names.iter().map(column).collect();
        match columns {
            Some(columns) if columns.len() == known.len() => {
                self.columns = columns;
                Ok(())
            }
            _ => {
                let other = names.iter().find(|name| !known.contains(name));
                let what = match other {
                    Some(name) => format!("another log begins, with the field {name:?}"),
                    None => "another log begins, with fewer fields".to_owned(),
                };
                Err(place.at(at, what, "read logs of different fields one by one"))
            }
        }
    }

    /// The types of the present head, in the order of the columns.
    fn take_types(&mut self, types: &[Type], at: u64, place: &Place) -> Result<(), RowError> {
        if types.len() != self.columns.len() {
            let (types, fields) = (types.len(), self.columns.len());
            let what = format!("{} for {}", counted(types, "type"), counted(fields, "field"));
            return Err(place.at(at, what, HEAD));
        }
        let mut found = vec![Type::of("string"); types.len()];
        for (&column, &kind) in self.columns.iter().zip(types) {
            found[column] = kind;
        }
        if !self.types.is_empty() && self.types != found {
            let what = "another log begins, with other types";
            return Err(place.at(at, what, "read logs of different types one by one"));
        }
        self.types = found;
        Ok(())
    }

    /// Gives a line of values to a sink. An error if it has not one value for each field.
    pub(super) fn push(
        &self,
        line: &str,
        at: u64,
        place: &Place,
        sink: &mut impl Sink,
    ) -> Result<(), RowError> {
        let found = self.values(line).count();
        if found != self.columns.len() {
            let what = format!("{} instead of {}", counted(found, "value"), self.columns.len());
            return Err(place.at(at, what, "is the line whole?"));
        }
        for (text, &column) in self.values(line).zip(&self.columns) {
            if !sink.wants(column) {
                continue;
            }
            let kind = self.types.get(column).map_or(CellKind::Text, |found| found.kind);
            let text = if text.contains("\\x") { &unescaped(text) } else { text };
            let cell = match (text, kind) {
                // The mark is one of this format: a table that is written from the log has an empty value there.
                (text, _) if text == self.unset => Cell::MISSING,
                ("T", CellKind::Boolean) => Cell::Text("true", kind),
                ("F", CellKind::Boolean) => Cell::Text("false", kind),
                (text, kind) => Cell::Text(text, kind),
            };
            sink.cell(column, cell);
        }
        sink.end_row(at);
        Ok(())
    }
}

/// Zeek writes a character that would cut a value as `\x09`.
fn unescaped(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("\\x") {
        bytes.extend_from_slice(before.as_bytes());
        let code = after.get(..2).and_then(|digits| u8::from_str_radix(digits, 16).ok());
        match code {
            Some(byte) => {
                bytes.push(byte);
                rest = &after[2..];
            }
            None => {
                bytes.extend_from_slice(b"\\x");
                rest = after;
            }
        }
    }
    bytes.extend_from_slice(rest.as_bytes());
    // Bytes that are no text stay as they were escaped.
    String::from_utf8(bytes).unwrap_or_else(|_| text.to_owned())
}

/// Rows of a Zeek log.
pub(super) struct Reader {
    place: Place,
    records: Records<Content>,
    head: ZeekHead,
    names: Arc<[String]>,
    /// The first row, which ended the head.
    first: Option<(String, u64)>,
    skip_bad: bool,
    faults: Vec<RowError>,
}

impl FormatReader for Reader {
    const FORMAT: Format = Format {
        name: "zeek",
        summary: "Zeek's own logs, with the types that they state",
        endings: &["log"],
        recognises: is_log,
        keys: &["encoding"],
        unit: Unit::Line,
        by_lines: true,
        writable: false,
    };

    fn open(input: Input, place: &Place, options: &ReadOptions) -> Result<Self, RowError> {
        let content = input.into_content();
        // Lines are taken whole: quotes mean nothing, and the separator may change.
        let records = Records::new(content, b'\t');
        let mut rows = Self {
            place: place.clone(),
            records,
            head: ZeekHead::new(),
            names: Arc::from([]),
            first: None,
            skip_bad: options.skip_bad,
            faults: Vec::new(),
        };
        rows.first = rows.text()?;
        let Some(names) = rows.head.names() else {
            return Err(place.error("there is no line #fields", HEAD));
        };
        options.limits.check(place, None, names.len())?;
        rows.names = Arc::clone(names);
        Ok(rows)
    }

    fn names(&self) -> &Arc<[String]> {
        &self.names
    }

    fn stated_type(&self, column: usize) -> Result<Option<StatedType>, RowError> {
        Ok(self.head.stated_type(column))
    }

    fn source_format(&self) -> SourceFormat {
        SourceFormat::Other(FileFormat::Zeek)
    }

    fn take_faults(&mut self) -> Vec<RowError> {
        std::mem::take(&mut self.faults)
    }

    fn take_notes(&mut self) -> Vec<String> {
        self.head.take_note().into_iter().collect()
    }

    fn fill(&mut self, sink: &mut impl Sink, most: usize) -> Result<usize, RowError> {
        let mut rows = 0;
        while rows < most {
            let next = match self.first.take() {
                Some(first) => Some(first),
                None => self.text()?,
            };
            let Some((text, line)) = next else { break };
            match self.head.push(&text, line, &self.place, sink) {
                Ok(()) => rows += 1,
                Err(fault) if self.skip_bad => self.faults.push(fault),
                Err(fault) => return Err(fault),
            }
        }
        Ok(rows)
    }
}

impl Reader {
    /// The next line that is a row; others are taken as what they say.
    fn text(&mut self) -> Result<Option<(String, u64)>, RowError> {
        loop {
            let next = self.records.line_text();
            let next = next.map_err(|error| unreadable(&self.place.name, &error))?;
            let Some((bytes, line)) = next else { return Ok(None) };
            let Ok(text) = std::str::from_utf8(bytes) else {
                let fault = super::csv::not_utf8(&self.place, line);
                if self.skip_bad {
                    self.faults.push(fault);
                    continue;
                }
                return Err(fault);
            };
            if !text.starts_with('#') {
                return Ok(Some((text.to_owned(), line)));
            }
            self.head.directive(text, line, &self.place)?;
        }
    }
}
