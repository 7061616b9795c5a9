//! JSON lines: one object a line, its keys the columns.

use std::fmt;
use std::io::{BufRead, BufReader, Read};
use std::sync::Arc;

use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::Value;

use super::content::Content;
use super::error::unreadable;
use super::formats::{Format, FormatReader};
use super::input::Input;
use super::names::check_names;
use super::{
    Cell, CellKind, FileFormat, Place, ReadOptions, RowError, Rows, Sink, SourceFormat, Unit,
    shorten,
};

/// The longest line; a file without line ends is no JSON lines file.
const LONGEST: u64 = 16 << 20;

const FLAT: &str = "give one JSON object a line, of numbers, texts, true, false and null";

/// Rows of a JSON lines stream.
pub(super) struct Reader {
    place: Place,
    content: BufReader<Content>,
    names: Arc<[String]>,
    first: Option<Object>,
    line: u64,
    skip_bad: bool,
    faults: Vec<RowError>,
}

impl FormatReader for Reader {
    const FORMAT: Format = Format {
        name: "jsonl",
        summary: "one JSON object a line",
        endings: &["jsonl", "ndjson"],
        recognises: |start| start.trim_ascii_start().starts_with(b"{"),
        keys: &["encoding"],
        unit: Unit::Line,
        by_lines: true,
        writable: true,
    };

    fn open(input: Input, place: &Place, options: &ReadOptions) -> Result<Self, RowError> {
        let mut rows = Self {
            place: place.clone(),
            content: BufReader::with_capacity(1 << 16, input.into_content()),
            names: Vec::new().into(),
            first: None,
            line: 0,
            skip_bad: options.skip_bad,
            faults: Vec::new(),
        };
        let Some(text) = rows.text()? else {
            return Err(place.error("the file is empty", FLAT));
        };
        let first = object(place, rows.line, &text)?;
        rows.names = names_of(place, rows.line, &mut None, &first)?;
        if rows.names.len() > options.limits.columns {
            let what =
                format!("{} columns are more than {}", rows.names.len(), options.limits.columns);
            return Err(RowError::over(&place.name, what));
        }
        rows.first = Some(first);
        Ok(rows)
    }

    fn names(&self) -> &Arc<[String]> {
        &self.names
    }

    fn take_faults(&mut self) -> Vec<RowError> {
        std::mem::take(&mut self.faults)
    }

    fn fill(&mut self, sink: &mut impl Sink, most: usize) -> Result<usize, RowError> {
        let mut rows = 0;
        if let Some(first) = self.first.take() {
            push(&self.place, &self.names, sink, first, self.line)?;
            rows += 1;
        }
        while rows < most {
            let Some(text) = self.text()? else { break };
            let pushed = object(&self.place, self.line, &text)
                .and_then(|object| push(&self.place, &self.names, sink, object, self.line));
            match pushed {
                Ok(()) => rows += 1,
                Err(fault) if self.skip_bad => self.faults.push(fault),
                Err(fault) => return Err(fault),
            }
        }
        Ok(rows)
    }

    fn source_format(&self) -> SourceFormat {
        SourceFormat::Other(FileFormat::JsonLines)
    }
}

impl Reader {
    /// The next line that is not blank.
    fn text(&mut self) -> Result<Option<String>, RowError> {
        loop {
            let mut bytes = Vec::new();
            let line = self.content.by_ref().take(LONGEST).read_until(b'\n', &mut bytes);
            if line.map_err(|error| unreadable(&self.place.name, &error))? == 0 {
                return Ok(None);
            }
            self.line += 1;
            if bytes.len() as u64 == LONGEST {
                let what = format!("the line is longer than {LONGEST} bytes");
                return Err(self.place.at(self.line, what, FLAT));
            }
            let text = String::from_utf8(bytes).map_err(|_| {
                self.place.at(self.line, "the text is not UTF-8", "save the file as UTF-8")
            })?;
            if !text.trim().is_empty() {
                return Ok(Some(text));
            }
        }
    }
}

/// An object with its keys in the order of the text.
pub(super) struct Object(Vec<(String, Value)>);

impl<'de> Deserialize<'de> for Object {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Pairs;
        impl<'de> Visitor<'de> for Pairs {
            type Value = Object;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a JSON object")
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Object, A::Error> {
                let mut pairs = Vec::new();
                while let Some(pair) = map.next_entry()? {
                    pairs.push(pair);
                }
                Ok(Object(pairs))
            }
        }
        deserializer.deserialize_map(Pairs)
    }
}

/// The object that a line holds.
pub(super) fn object(place: &Place, line: u64, text: &str) -> Result<Object, RowError> {
    let text = text.trim_start_matches('\u{feff}');
    serde_json::from_str(text).map_err(|error| {
        // The position within the line; serde_json counts lines too, and here there is one.
        let words = error.to_string();
        let words = words.split(" at line ").next().unwrap_or_default();
        let what = format!("this is no JSON object ({words}, column {})", error.column());
        place.at(line, what, FLAT)
    })
}

/// The columns: those that are known, or the keys of the first object.
pub(super) fn names_of(
    place: &Place,
    line: u64,
    known: &mut Option<Arc<[String]>>,
    object: &Object,
) -> Result<Arc<[String]>, RowError> {
    if let Some(names) = known {
        return Ok(Arc::clone(names));
    }
    let names: Arc<[String]> = object.0.iter().map(|(key, _)| key.clone()).collect();
    if names.is_empty() {
        return Err(place.at(line, "the first object has no keys", FLAT));
    }
    check_names(&names, place)?;
    *known = Some(Arc::clone(&names));
    Ok(names)
}

/// Gives an object as a row to a sink, or nothing if it does not fit.
pub(super) fn push(
    place: &Place,
    names: &[String],
    sink: &mut impl Sink,
    object: Object,
    line: u64,
) -> Result<(), RowError> {
    let mut cells: Vec<(String, CellKind)> = vec![(String::new(), CellKind::Missing); names.len()];
    let mut taken = vec![false; names.len()];
    for (at, (key, value)) in object.0.into_iter().enumerate() {
        // Most objects have their keys in the same order.
        let same = names.get(at).is_some_and(|name| *name == key);
        let found = if same { Some(at) } else { names.iter().position(|name| *name == key) };
        let Some(column) = found else {
            let what = format!("the key {key:?} is not in the first row");
            let remedy = "give the first row every key, null where there is no value";
            return Err(place.at(line, what, remedy));
        };
        if std::mem::replace(&mut taken[column], true) {
            let what = format!("the key {key:?} is there twice");
            return Err(place.at(line, what, "give each key once"));
        }
        cells[column] = cell(value)
            .map_err(|found| place.at(line, format!("the value of {key:?} is {found}"), FLAT))?;
    }
    for (column, (text, kind)) in cells.iter().enumerate() {
        sink.cell(column, Cell::Text(text, *kind));
    }
    sink.end_row(line);
    Ok(())
}

/// A value as text and type; an error names what is no single value.
fn cell(value: Value) -> Result<(String, CellKind), &'static str> {
    match value {
        Value::Null => Ok((String::new(), CellKind::Missing)),
        Value::Bool(value) => Ok((value.to_string(), CellKind::Boolean)),
        Value::Number(number) if number.is_i64() || number.is_u64() => {
            Ok((number.to_string(), CellKind::Integer))
        }
        Value::Number(number) => Ok((number.to_string(), CellKind::Number)),
        Value::String(text) => Ok((text, CellKind::Text)),
        Value::Array(_) => Err("a list"),
        Value::Object(_) => Err("an object"),
    }
}

/// Rows from JSON objects that a program has.
pub(super) fn from_values(values: &[Value]) -> Result<Rows, RowError> {
    let place = Place::new("rows", Unit::Row);
    let (mut names, mut rows) = (None, None);
    for (at, value) in values.iter().enumerate() {
        let line = at as u64 + 1;
        let Value::Object(map) = value else {
            let what = format!("{} is no JSON object", shorten(&value.to_string()));
            return Err(place.at(line, what, FLAT));
        };
        let pairs = map.iter().map(|(key, value)| (key.clone(), value.clone())).collect();
        let object = Object(pairs);
        let names = names_of(&place, line, &mut names, &object)?;
        let rows = rows.get_or_insert_with(|| Rows::empty(place.clone(), Arc::clone(&names)));
        push(&place, &names, rows, object, line)?;
    }
    rows.ok_or_else(|| place.error("there are no rows", "give at least one"))
}
