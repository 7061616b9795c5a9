//! CSV as RFC 4180 has it, with any one-byte delimiter. Read by the `csv` crate, not by polars: every
//! fault names its line.

use std::io::Read;
use std::path::Path;

use csv::StringRecord;

use super::fault::{About, TableFault, unreadable};
use super::grow::{Chosen, Growing, NotANumber, choose};
use super::{Parsed, TableOptions};
use crate::csv_records::{Records, records};
use crate::delimited;
use crate::values::number;
use oddbench_core::FeatureKind;

/// Rows that decide whether a column holds numbers.
const SAMPLE: usize = 1_000;

const RAGGED: &str = "every line needs the same number of values; put quotes around a value that holds the delimiter";

/// How the lines are laid out.
pub(super) struct Layout<'a> {
    pub(super) delimiter: u8,
    /// Column names, if the first line does not hold them.
    pub(super) names: Option<&'a [String]>,
}

/// Reads the wanted columns, or all but the ignored ones.
pub(super) fn read(
    options: &TableOptions,
    path: &Path,
    layout: &Layout<'_>,
    wanted: Option<&[(String, FeatureKind)]>,
    about: About,
) -> Result<Parsed, TableFault> {
    // A missing file in words; the other reader's error is of another type.
    std::fs::File::open(path).map_err(|error| unreadable(about, path, &error))?;
    let content = delimited::open(path)
        .map_err(|error| TableFault::new(about, path, error.to_string(), "give a readable file"))?;
    let records =
        records(content, layout.delimiter).map_err(|error| unreadable(about, path, &error))?;
    let mut lines = Lines { records, path, about, width: 0 };
    let names = match layout.names {
        Some(names) => names.to_vec(),
        None => lines.header()?,
    };
    lines.width = names.len();
    let chosen = choose(options, path, &names, wanted, about)?;
    let limit = options.limit.unwrap_or(usize::MAX);
    let mut sample = Vec::new();
    while sample.len() < SAMPLE.min(limit) {
        let Some(row) = lines.next()? else { break };
        sample.push(row);
    }
    let kinds = kinds(&chosen, &sample, path, about)?;
    let mut growing = Growing::new(kinds.into_iter());
    let mut rows = 0;
    for row in sample {
        push(&mut growing, &chosen, &row, &lines)?;
        rows += 1;
    }
    while rows < limit {
        let Some(row) = lines.next()? else { break };
        push(&mut growing, &chosen, &row, &lines)?;
        rows += 1;
    }
    growing.finish(path, &options.label)
}

/// The kinds that are stated, or what the first rows say.
fn kinds(
    chosen: &Chosen,
    sample: &[StringRecord],
    path: &Path,
    about: About,
) -> Result<Vec<(String, FeatureKind)>, TableFault> {
    let mut kinds = Vec::with_capacity(chosen.features.len());
    for (at, name, stated) in &chosen.features {
        let values = || sample.iter().filter(|row| !matches!(&row[*at], "" | "NA"));
        let first_text = values().find(|row| number(&row[*at]).is_none());
        let first_number = values().find(|row| number(&row[*at]).is_some());
        let kind = match (stated, first_text, first_number) {
            (Some(kind), _, _) => *kind,
            (None, None, _) => FeatureKind::Numeric,
            (None, Some(_), None) => FeatureKind::Categorical,
            (None, Some(text), Some(number)) => {
                let what = format!(
                    "the column \"{name}\" holds the text {:?} here and the number {} in line {}",
                    shorten(&text[*at]),
                    &number[*at],
                    line(number)
                );
                return Err(TableFault::line(about, path, line(text), &what, &as_category(name)));
            }
        };
        kinds.push((name.clone(), kind));
    }
    Ok(kinds)
}

fn as_category(name: &str) -> String {
    format!("mend the data, or take it for categories: categorical = [\"{name}\"]")
}

fn push<R: Read>(
    growing: &mut Growing,
    chosen: &Chosen,
    row: &StringRecord,
    lines: &Lines<'_, R>,
) -> Result<(), TableFault> {
    for (column, (at, name, _)) in chosen.features.iter().enumerate() {
        growing.text(column, &row[*at]).map_err(|NotANumber| {
            let what = format!(
                "the column \"{name}\" holds numbers, and here the text {:?}",
                shorten(&row[*at])
            );
            lines.fault(line(row), &what, &as_category(name))
        })?;
    }
    let label = &row[chosen.label];
    if label.is_empty() {
        return Err(lines.fault(line(row), "the label is missing", "every row needs one"));
    }
    growing.class(label);
    Ok(())
}

/// The rows of a file, each of the same width.
struct Lines<'a, R> {
    records: Records<R>,
    path: &'a Path,
    about: About,
    width: usize,
}

impl<R: Read> Lines<'_, R> {
    fn fault(&self, line: u64, what: &str, help: &str) -> TableFault {
        TableFault::line(self.about, self.path, line, what, help)
    }

    fn any(&mut self) -> Result<Option<StringRecord>, TableFault> {
        let next = self.records.next().map_err(|error| {
            let what = format!("it cannot be read: {error}");
            let help = "is this a CSV file, or a damaged archive?";
            TableFault::new(self.about, self.path, what, help)
        })?;
        let Some((record, at)) = next else { return Ok(None) };
        let mut record = record.clone();
        let mut position = csv::Position::new();
        position.set_line(at);
        record.set_position(Some(position));
        StringRecord::from_byte_record(record)
            .map(Some)
            .map_err(|_| self.fault(at, "the text is not UTF-8", "save the file as UTF-8"))
    }

    fn header(&mut self) -> Result<Vec<String>, TableFault> {
        match self.any()? {
            Some(header) => Ok(header.iter().map(str::to_owned).collect()),
            None => {
                let help = "the first line holds the column names, unless header = false";
                Err(TableFault::new(self.about, self.path, "the file is empty", help))
            }
        }
    }

    fn next(&mut self) -> Result<Option<StringRecord>, TableFault> {
        let Some(row) = self.any()? else { return Ok(None) };
        match row.len() == self.width {
            true => Ok(Some(row)),
            false => {
                let what = format!("{} values instead of {}", row.len(), self.width);
                Err(self.fault(line(&row), &what, RAGGED))
            }
        }
    }
}

fn line(row: &StringRecord) -> u64 {
    row.position().map_or(0, csv::Position::line)
}

/// The start of a text that may be anything.
fn shorten(text: &str) -> String {
    match text.char_indices().nth(40) {
        Some((at, _)) => format!("{}...", &text[..at]),
        None => text.into(),
    }
}
