//! The columns `row_id` and `score` of a file of scores, whatever format the rows are in.

use std::path::Path;

use oddbench_core::list::first_of;
use oddbench_core::split::row_id::RowId;
use oddbench_core::{Column, FeatureKind};
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
    /// What is to be told of how it was read.
    pub(super) notes: Vec<String>,
}

impl GivenFile {
    /// Reads a file; other columns are not looked at.
    pub(super) fn read(path: &Path) -> Result<Self, Wrong> {
        let name = path.display().to_string();
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
                let remedy = "give every row a finite number; the higher, the more anomalous";
                return Err(wrong(block.fault(row, Some(SCORE), what, remedy)));
            }
            self.rows.push(GivenRow { id, score, line: block.line(row) });
        }
        Ok(())
    }
}

/// What is wrong apart from what to do.
fn wrong(error: RowError) -> Wrong {
    let line = error.line.map(|line| format!(", {} {line}", error.unit)).unwrap_or_default();
    Wrong { message: format!("{}{line}: {}", error.name, error.what), help: error.remedy }
}
