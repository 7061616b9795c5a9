//! Rows from lines that arrive one by one.

use std::sync::Arc;

use super::csv::{CsvLayout, Line, Order, Repeated, Sample, not_utf8};
use super::json::JsonLines;
use super::zeek::{self, ZeekHead};
use super::{FileFormat, Marked, Place, ReadOptions, RowError, Rows, Unit, foreign};
use crate::csv_records::{Records, without_byte_order_marks};

/// Rows from lines that arrive one by one: for what is appended to a file. A quoted value must end in
/// its line.
pub struct LineParser {
    place: Place,
    options: ReadOptions,
    /// Columns that are there in any case, whatever keys the first JSON object has.
    needed: Vec<String>,
    layout: Option<Layout>,
    line: u64,
    repeated: Repeated,
    notes: Vec<String>,
    /// Memory for numbers that are rewritten.
    plain: String,
}

enum Layout {
    Csv {
        layout: CsvLayout,
        /// Lines in front of the first row that are still to come.
        before: usize,
        /// The first lines, until a row shows how its numbers are written.
        head: Option<Vec<u8>>,
        /// The line of a header with other columns: what stands below it cannot be read.
        other: Option<u64>,
    },
    Zeek(ZeekHead),
    Json(JsonLines),
}

impl LineParser {
    /// A parser for lines that are read as the options say. Where an option is not set, the first lines decide.
    pub fn new(name: &str, options: &ReadOptions) -> Self {
        Self {
            needed: Vec::new(),
            place: Place::new(name, Unit::Line),
            options: options.clone(),
            layout: None,
            line: 0,
            repeated: Repeated::default(),
            notes: Vec::new(),
            plain: String::new(),
        }
    }

    /// The same, with columns that are there in any case: JSON objects leave out keys that have no value.
    #[must_use]
    pub fn with_columns(self, needed: &[String]) -> Self {
        Self { needed: needed.to_vec(), ..self }
    }

    /// The columns, once the first line has come.
    pub fn names(&self) -> Option<&Arc<[String]>> {
        match &self.layout {
            Some(Layout::Csv { layout, .. }) => Some(&layout.names),
            Some(Layout::Zeek(head)) => head.names(),
            Some(Layout::Json(json)) => json.names(),
            None => None,
        }
    }

    /// The file begins again: lines are counted from 1, and a repeated header is no row.
    pub fn restart(&mut self) {
        self.line = 0;
    }

    /// What the user should know of how the lines were read, since the last call.
    pub fn take_notes(&mut self) -> Vec<String> {
        let mut notes = std::mem::take(&mut self.notes);
        notes.extend(self.repeated.take_note());
        notes
    }

    /// The rows of some whole lines, and the faults of those lines that are none. An error only if the
    /// first line of all does not say what the columns are.
    pub fn rows(&mut self, text: &[u8]) -> Result<(Option<Rows>, Vec<RowError>), RowError> {
        let (mut rows, mut faults) = (None, Vec::new());
        let mut rest = text;
        while !rest.is_empty() {
            let end = rest.iter().position(|&byte| byte == b'\n').map_or(rest.len(), |at| at + 1);
            let (line, after) = rest.split_at(end);
            self.line += 1;
            let line = line.strip_suffix(b"\n").unwrap_or(line);
            let line = line.strip_suffix(b"\r").unwrap_or(line);
            let line = match self.line {
                1 => without_byte_order_marks(line),
                _ => line,
            };
            if !line.iter().all(u8::is_ascii_whitespace) {
                if self.layout.is_none() {
                    self.layout = Some(self.begin(rest)?);
                }
                // The first object says what the columns are.
                let first = self.names().is_none() && matches!(self.layout, Some(Layout::Json(_)));
                match self.one(line, rest, &mut rows) {
                    Err(fault) if first => return Err(fault),
                    Err(fault) => faults.push(fault),
                    Ok(()) => {}
                }
            }
            rest = after;
        }
        Ok((rows, faults))
    }

    /// Takes a line; `rest` are the lines from it on.
    fn one(&mut self, line: &[u8], rest: &[u8], rows: &mut Option<Rows>) -> Result<(), RowError> {
        let text = std::str::from_utf8(line).map_err(|_| not_utf8(&self.place, self.line))?;
        let Self { place, options, layout, .. } = self;
        let marks = &options.missing;
        match layout {
            Some(Layout::Csv { layout, before, head, other }) => {
                if *before > 0 {
                    *before -= 1;
                    return Ok(());
                }
                if let Some(first) = head.take() {
                    // Now there are rows which show how numbers are written.
                    let sample = [first.as_slice(), rest].concat();
                    let sample = Sample { text: &sample, whole: true };
                    if let Ok((found, notes)) = CsvLayout::find(&sample, options, place)
                        && found.is_same_header(layout)
                    {
                        *layout = found;
                        self.notes.extend(notes);
                    }
                }
                let mut records = Records::with_capacity(line.len() + 1, line, layout.delimiter);
                let Ok(Some(record)) = records.next() else { return Ok(()) };
                record.line = self.line;
                record.unclosed = record.unclosed.map(|_| self.line);
                record.escaped = record.escaped.map(|_| self.line);
                let line = layout.line(record, place)?;
                let told = (&mut self.notes, &mut self.repeated);
                if !is_row(line, record.line, (layout, other), place, told)? {
                    return Ok(());
                }
                let rows = rows.get_or_insert_with(|| empty(place, &layout.names));
                let mut sink = Marked { marks, sink: rows };
                layout.push(record, place, &mut sink, &mut self.plain)
            }
            Some(Layout::Zeek(head)) if text.starts_with('#') => {
                head.directive(text, self.line, place)
            }
            Some(Layout::Zeek(head)) => {
                let Some(names) = head.names() else {
                    return Err(place.at(self.line, "a row stands before #fields", zeek::HEAD));
                };
                let rows = rows.get_or_insert_with(|| empty(place, names));
                head.push(text, self.line, place, &mut Marked { marks, sink: rows })
            }
            Some(Layout::Json(json)) => {
                if json.take(text, self.line, place)? {
                    let rows = rows.get_or_insert_with(|| json.empty(place));
                    json.give(&mut Marked { marks, sink: rows }, self.line);
                }
                Ok(())
            }
            None => Ok(()),
        }
    }

    /// Finds the layout of all lines by the first lines.
    fn begin(&mut self, text: &[u8]) -> Result<Layout, RowError> {
        if let Some(refusal) = foreign::refusal(text, &self.place) {
            return Err(refusal);
        }
        let by_content = FileFormat::of_content(text).unwrap_or(FileFormat::Csv);
        match self.options.format.unwrap_or(by_content) {
            FileFormat::JsonLines => {
                return Ok(Layout::Json(JsonLines::new(&self.options, &self.needed)));
            }
            FileFormat::Zeek => return Ok(Layout::Zeek(ZeekHead::new())),
            FileFormat::Csv => {}
            other => {
                let what = format!("{} has no lines to follow", other.format().name);
                return Err(self
                    .place
                    .error(what, "follow a CSV or JSON lines file, or a Zeek log"));
            }
        }
        let sample = Sample { text, whole: true };
        let (layout, notes) = CsvLayout::find(&sample, &self.options, &self.place)?;
        let before = layout.before();
        let lines = text.split(|&byte| byte == b'\n');
        let filled = lines.filter(|line| !line.iter().all(u8::is_ascii_whitespace)).count();
        let head = (filled <= before).then(|| text.to_vec());
        if head.is_none() {
            self.notes.extend(notes);
        }
        Ok(Layout::Csv { layout, before, head, other: None })
    }
}

/// Whether the line is a row. A header says where the values of the rows below it are.
fn is_row(
    kind: Line,
    line: u64,
    (layout, other): (&mut CsvLayout, &mut Option<u64>),
    place: &Place,
    (notes, repeated): (&mut Vec<String>, &mut Repeated),
) -> Result<bool, RowError> {
    match kind {
        Line::Row => match other {
            None => return Ok(true),
            Some(header) => {
                let what =
                    format!("the row stands below line {header}, a header with other columns");
                return Err(place.at(line, what, OTHER));
            }
        },
        Line::Header => {
            // A file that begins again has its header again.
            if line > 1 {
                repeated.add(line);
            }
        }
        Line::Moved(order) => {
            notes.push(moved(line, order.as_ref().is_some_and(Order::has_more)));
            layout.reorder(order);
        }
        Line::Other => {
            *other = Some(line);
            return Err(place.at(line, "the line is a header with other columns", OTHER));
        }
    }
    *other = None;
    Ok(false)
}

const OTHER: &str = "rows are read again once a header with all columns comes";

/// The note about a header with the columns in another order.
fn moved(line: u64, more: bool) -> String {
    let more = if more { "; columns that were not there before are left out" } else { "" };
    format!(
        "line {line} is a header with the columns in another order; the rows below it are read by it{more}"
    )
}

fn empty(place: &Place, names: &Arc<[String]>) -> Rows {
    Rows::empty(place.clone(), Arc::clone(names))
}
