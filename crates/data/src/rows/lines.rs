//! Rows from lines that arrive one by one.

use std::sync::Arc;

use csv::StringRecord;

use super::csv::{CsvLayout, RAGGED, delimiter_of, not_utf8, push};
use super::{FileFormat, Header, Place, ReadOptions, RowError, Rows, Unit, json_lines};
use crate::csv_records::{Record, Records};

/// Rows from lines that arrive one by one: for what is appended to a file. A quoted value must end in
/// its line.
pub struct LineParser {
    place: Place,
    layout: Option<Layout>,
    options: ReadOptions,
    line: u64,
}

enum Layout {
    Csv(CsvLayout, StringRecord),
    Json(Option<Arc<[String]>>),
}

impl LineParser {
    /// Lines that are read like that; where nothing is stated, as the first one says.
    pub fn new(name: &str, options: &ReadOptions) -> Self {
        let place = Place::new(name, Unit::Line);
        Self { place, layout: None, options: options.clone(), line: 0 }
    }

    /// The columns, once the first line has come.
    pub fn names(&self) -> Option<&Arc<[String]>> {
        match &self.layout {
            Some(Layout::Csv(layout, _)) => Some(&layout.names),
            Some(Layout::Json(names)) => names.as_ref(),
            None => None,
        }
    }

    /// The file begins anew: lines are counted from 1, and a repeated header is no row.
    pub fn restart(&mut self) {
        self.line = 0;
    }

    /// The rows of some whole lines, and the faults of those lines that are none. An error only if the
    /// first line of all does not say what the columns are.
    pub fn rows(&mut self, text: &[u8]) -> Result<(Option<Rows>, Vec<RowError>), RowError> {
        let (mut rows, mut faults) = (None, Vec::new());
        for line in text.split_inclusive(|&byte| byte == b'\n') {
            self.line += 1;
            let line = line.strip_suffix(b"\n").unwrap_or(line);
            let line = line.strip_suffix(b"\r").unwrap_or(line);
            let line = match self.line {
                1 => line.strip_prefix("\u{feff}".as_bytes()).unwrap_or(line),
                _ => line,
            };
            if line.iter().all(u8::is_ascii_whitespace) {
                continue;
            }
            let begun = self.layout.is_some();
            match self.one(line, &mut rows) {
                Ok(()) => {}
                Err(fault) if begun => faults.push(fault),
                Err(fault) => return Err(fault),
            }
        }
        Ok((rows, faults))
    }

    fn one(&mut self, line: &[u8], rows: &mut Option<Rows>) -> Result<(), RowError> {
        let text = std::str::from_utf8(line).map_err(|_| not_utf8(&self.place, self.line))?;
        if self.layout.is_none() {
            self.layout = Some(self.begin(text)?);
            if matches!(&self.layout, Some(Layout::Csv(layout, _)) if !layout.kdd) {
                return Ok(());
            }
        }
        let empty =
            |place: &Place, names: &Arc<[String]>| Rows::empty(place.clone(), Arc::clone(names));
        match &mut self.layout {
            Some(Layout::Csv(layout, header)) => {
                let record = fields(text, layout.delimiter);
                if self.line == 1 && record == *header && !layout.kdd {
                    return Ok(());
                }
                if record.len() != layout.names.len() {
                    let what = format!("{} values instead of {}", record.len(), layout.names.len());
                    return Err(self.place.at(self.line, what, RAGGED));
                }
                let rows = rows.get_or_insert_with(|| empty(&self.place, &layout.names));
                push(rows, record.iter(), self.line);
                Ok(())
            }
            Some(Layout::Json(names)) => {
                let object = json_lines::object(&self.place, self.line, text)?;
                let names = json_lines::names_of(&self.place, self.line, names, &object)?;
                let rows = rows.get_or_insert_with(|| empty(&self.place, &names));
                json_lines::push(&self.place, &names, rows, object, self.line)
            }
            None => Ok(()),
        }
    }

    fn begin(&self, text: &str) -> Result<Layout, RowError> {
        let by_content = FileFormat::of_content(text.as_bytes()).unwrap_or(FileFormat::Csv);
        let json = match self.options.format.unwrap_or(by_content) {
            FileFormat::JsonLines => true,
            FileFormat::Csv => false,
            other => {
                let what = format!("{} has no lines to follow", other.format().name);
                return Err(self.place.error(what, "follow a CSV or JSON lines file"));
            }
        };
        if json {
            return Ok(Layout::Json(None));
        }
        let sniffed = || delimiter_of(text.as_bytes());
        let delimiter = self.options.delimiter.unwrap_or_else(sniffed);
        let header = fields(text, delimiter);
        Ok(Layout::Csv(CsvLayout::of(&header, delimiter, &Header::Found, &self.place)?, header))
    }
}

/// The values of one line.
fn fields(line: &str, delimiter: u8) -> StringRecord {
    // The text is there and is UTF-8, so that nothing can fail.
    let mut records = Records::new(line.as_bytes(), delimiter);
    let record = records.next().ok().flatten();
    record.and_then(Record::texts).map(Iterator::collect).unwrap_or_default()
}
