//! The columns `row_id` and `score` of a file of scores, whatever format the rows are in.

use std::path::Path;

use oddbench_core::list::first_of;
use oddbench_core::split::row_id::RowId;
use oddbench_core::{Column, FeatureKind};
use oddbench_data::digest;
use oddbench_data::export::ROW_ID;
use oddbench_data::rows::{ReadOptions, RowError, RowReader, Rows, Unit};

use super::Wrong;

/// The column of the scores.
const SCORE: &str = "score";

/// Rows that are read at a time.
const BLOCK: usize = 16_384;

/// Names of columns that a message shows.
const MOST_NAMES: usize = 12;

/// A row of the file.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct GivenRow {
    pub(super) id: RowId,
    /// Finite.
    pub(super) score: f64,
    /// The line, from 1; in a parquet file the row.
    pub(super) line: u64,
}

/// A file of scores.
#[derive(Debug)]
pub(super) struct GivenFile {
    /// What messages call it.
    pub(super) name: String,
    /// What [`GivenRow::line`] counts.
    pub(super) unit: Unit,
    pub(super) rows: Vec<GivenRow>,
    /// The notes about how it was read.
    pub(super) notes: Vec<String>,
}

impl GivenFile {
    /// Reads a file; other columns are not looked at.
    pub(super) fn read(path: &Path) -> Result<Self, Wrong> {
        let name = path.display().to_string();
        // To wait for somebody to write to a pipe may never end.
        digest::must_be_file(path).map_err(|error| Wrong {
            message: format!("{name} cannot be read: {error}"),
            help: "write the scores to a file".into(),
        })?;
        let mut reader = RowReader::open(path, &ReadOptions::default()).map_err(wrong)?;
        let names = reader.names().clone();
        let place = |wanted: &str| {
            names.iter().position(|name| name == wanted).ok_or_else(|| Wrong {
                message: format!(
                    "{name} has no column {wanted}; its columns are {}",
                    first_of(&names, MOST_NAMES)
                ),
                help: format!("the first line names the columns {ROW_ID} and {SCORE}"),
            })
        };
        let (ids, scores) = (place(ROW_ID)?, place(SCORE)?);
        let (unit, rows, notes) = (reader.unit(), Vec::new(), Vec::new());
        let mut file = Self { name, unit, rows, notes };
        while let Some(block) = reader.next(BLOCK).map_err(wrong)? {
            file.add(&block, ids, scores)?;
        }
        let notes = reader.take_notes().into_iter();
        file.notes.extend(notes.map(|note| format!("{}: {note}", file.name)));
        Ok(file)
    }

    fn add(&mut self, block: &Rows, ids: usize, scores: usize) -> Result<(), Wrong> {
        let column = [(SCORE.to_owned(), FeatureKind::Numeric)];
        // A text is one of the values that are not finite.
        let (table, _) = block.table_and_faults(&column).map_err(wrong)?;
        let Some((_, Column::Numeric(values))) = table.columns.first() else { return Ok(()) };
        for (row, &score) in values.iter().enumerate() {
            let text = block.text(row, ids);
            let id = text.parse().map_err(|_| {
                let what = format!("{text:?} is no id of an exported row");
                let remedy = "copy the column row_id of to_score.csv as it is; ids look like 5c1f0e9a3b7d2c44-test-1234";
                wrong(block.fault(row, Some(ROW_ID), what, remedy))
            })?;
            if !score.is_finite() {
                let what = match block.text(row, scores).trim() {
                    "" => "there is no score".to_owned(),
                    text => format!("the score is {text:?}, which is no finite number"),
                };
                return Err(wrong(block.fault(row, Some(SCORE), what, NUMBER)));
            }
            if !is_number(block.text(row, scores)) {
                let what = format!("the score is {:?}, which is a text", block.text(row, scores));
                return Err(wrong(block.fault(row, Some(SCORE), what, NUMBER)));
            }
            self.rows.push(GivenRow { id, score, line: block.line(row) });
        }
        Ok(())
    }
}

const NUMBER: &str = "give every row a finite number; the higher, the more anomalous";

/// Whether a value is written as a decimal number. In other tables `yes` and `0x10` are numbers, too; in a file of
/// scores they are slips.
fn is_number(text: &str) -> bool {
    let digits = text.trim().trim_start_matches(['+', '-', '\u{2212}']);
    digits.starts_with(|c: char| c.is_ascii_digit() || ".,".contains(c))
        && digits.chars().all(|c| !c.is_alphabetic() || "eE".contains(c))
}

/// What is wrong apart from what to do.
fn wrong(error: RowError) -> Wrong {
    let line = error.line.map(|line| format!(", {} {line}", error.unit)).unwrap_or_default();
    // Other verbs have options that say how a table is read.
    let help = match error.remedy.contains("--") {
        true => "write the file as CSV in UTF-8: a first line row_id,score, commas between the values, and decimal points".into(),
        false => error.remedy,
    };
    Wrong { message: format!("{}{line}: {}", error.name, error.what), help }
}
