//! JSON: one object a line, or one array of objects, however it is laid out. A row is an object, and the columns
//! are the keys of all objects, nested ones with dots between (`flow.bytes_toserver`).
//!
//! Programs leave out keys without a value, so no line has all columns: a file is
//! read twice, first for its keys. A stream is kept in a temporary file for that.

mod by_columns;
mod events;
mod flat;
mod live;
mod records;
mod union;

use std::sync::Arc;

use serde_json::Value;

use super::formats::{Format, FormatReader};
use super::input::Input;
use super::{
    Cell, CellKind, FileFormat, Place, ReadOptions, RowError, Rows, Sink, SourceFormat, Unit,
    shorten,
};
use crate::csv_records::without_byte_order_marks;
use records::Records;

use events::{Choice, KEY as EVENT_TYPE};
use flat::{Fault, Object};
pub(super) use live::JsonLines;
use union::Union;

pub(super) const REMEDY: &str = "give one JSON object a line, or one array of objects";

/// Rows of a JSON text.
pub(super) struct Reader {
    place: Place,
    records: Records,
    union: Union,
    choice: Choice,
    row: Row,
    skip_bad: bool,
    faults: Vec<RowError>,
}

impl FormatReader for Reader {
    const FORMAT: Format = Format {
        name: "jsonl",
        summary: "JSON: an object a line, or an array of objects",
        endings: &["jsonl", "ndjson", "json"],
        recognises,
        keys: &["encoding", "event_type"],
        unit: Unit::Line,
        by_lines: true,
        writable: true,
    };

    fn open(input: Input, place: &Place, options: &ReadOptions) -> Result<Self, RowError> {
        let (first, second) = input.twice(&place.name, options.limits.bytes)?;
        let choice = Choice::of(options);
        let union = union::scan(Records::new(first, place)?, &choice, place, options)?;
        Ok(Self {
            place: place.clone(),
            records: Records::new(second, place)?,
            row: Row::new(union.names.len()),
            union,
            choice,
            skip_bad: options.skip_bad,
            faults: Vec::new(),
        })
    }

    fn names(&self) -> &Arc<[String]> {
        &self.union.names
    }

    fn fill(&mut self, sink: &mut impl Sink, most: usize) -> Result<usize, RowError> {
        let mut rows = 0;
        while rows < most {
            let given = match self.records.next()? {
                None => break,
                Some(Err(fault)) => Err(fault),
                Some(Ok(record)) => Object::parse(record.text)
                    .and_then(|object| {
                        if !self.choice.takes(&object) {
                            return Ok(false);
                        }
                        self.row.fill(&self.union, &object)?;
                        Ok(true)
                    })
                    .map(|taken| (taken, record.line))
                    .map_err(|fault| fault.at(&self.place, record.line)),
            };
            match given {
                Ok((false, _)) => {}
                Ok((true, line)) => {
                    self.row.give(sink);
                    sink.end_row(line);
                    rows += 1;
                }
                Err(fault) if self.skip_bad => self.faults.push(fault),
                Err(fault) => return Err(fault),
            }
        }
        Ok(rows)
    }

    fn take_faults(&mut self) -> Vec<RowError> {
        std::mem::take(&mut self.faults)
    }

    fn source_format(&self) -> SourceFormat {
        SourceFormat::Other(FileFormat::JsonLines)
    }
}

/// An object, or an array of objects. (A bracket or a brace alone may begin a line of CSV.)
fn recognises(start: &[u8]) -> bool {
    let text = without_byte_order_marks(start).trim_ascii_start();
    let behind = |first: &[u8]| Some(text.strip_prefix(first)?.trim_ascii_start().first());
    match (behind(b"["), behind(b"{")) {
        (Some(next), _) => matches!(next, Some(b'{' | b'[' | b']')),
        (_, Some(next)) => matches!(next, Some(b'"' | b'}') | None),
        (None, None) => false,
    }
}

/// The values of one object, by column.
pub(super) struct Row {
    texts: String,
    /// Where the value of each column is in `texts`, and what it is; of the row that is counted here.
    cells: Vec<(usize, usize, CellKind, u64)>,
    rows: u64,
}

impl Row {
    pub(super) fn new(width: usize) -> Self {
        Self { texts: String::new(), cells: vec![(0, 0, CellKind::Missing, 0); width], rows: 0 }
    }

    /// Takes the values of an object; keys that are no columns are left out.
    pub(super) fn fill(&mut self, union: &Union, object: &Object<'_>) -> Result<(), Fault> {
        self.rows += 1;
        self.texts.clear();
        let mut next = 0;
        object.each(&mut |key, value, kind| {
            let Some(column) = union.position(key, next) else { return Ok(()) };
            next = column + 1;
            let cell = &mut self.cells[column];
            if cell.3 == self.rows {
                return Err(Fault::twice(key));
            }
            let start = self.texts.len();
            self.texts.push_str(value);
            *cell = (start, self.texts.len(), kind, self.rows);
            Ok(())
        })
    }

    /// Gives the values to a sink, without the end of the row.
    pub(super) fn give(&self, sink: &mut impl Sink) {
        for (column, &(start, end, kind, row)) in self.cells.iter().enumerate() {
            if sink.wants(column) {
                // Where the key is absent, the place is one of an earlier row's texts.
                let cell = match row == self.rows {
                    true => Cell::Text(&self.texts[start..end], kind),
                    false => Cell::MISSING,
                };
                sink.cell(column, cell);
            }
        }
    }
}

/// Rows from JSON objects that a program has.
pub(super) fn from_values(values: &[Value]) -> Result<Rows, RowError> {
    let place = Place::new("rows", Unit::Row);
    let mut texts = Vec::with_capacity(values.len());
    for (at, value) in values.iter().enumerate() {
        if !value.is_object() {
            let what = format!("{} is no JSON object", shorten(&value.to_string()));
            return Err(place.at(at as u64 + 1, what, REMEDY));
        }
        texts.push(value.to_string());
    }
    let choice = Choice::default();
    let mut scan = union::Scan::new(&choice, &place);
    for (text, line) in texts.iter().zip(1..) {
        let added = Object::parse(text).and_then(|object| scan.add(&object));
        added.map_err(|fault| fault.at(&place, line))?;
    }
    if values.is_empty() {
        return Err(place.error("there are no rows", "give at least one"));
    }
    let union = scan.finish(&ReadOptions::default())?;
    let mut rows = Rows::empty(place.clone(), Arc::clone(&union.names)).sparse();
    let mut row = Row::new(union.names.len());
    for (text, line) in texts.iter().zip(1..) {
        let filled = Object::parse(text).and_then(|object| row.fill(&union, &object));
        filled.map_err(|fault| fault.at(&place, line))?;
        row.give(&mut rows);
        rows.end_row(line);
    }
    Ok(rows)
}

#[cfg(test)]
mod tests;
