//! What a caller may say about a source, and what the source turned out to be.

use std::sync::Arc;

use super::{Encoding, FileFormat, MissingMarks, NumberMarks, Place, RowError};

/// The most that a source may hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Bytes, after decompression.
    pub bytes: u64,
    /// Rows.
    pub rows: usize,
    /// Columns.
    pub columns: usize,
}

impl Limits {
    /// As much as there is.
    pub const NONE: Self = Self { bytes: u64::MAX, rows: usize::MAX, columns: usize::MAX };

    /// An error if a source has more rows or columns than are allowed. A stream does not know its rows beforehand.
    pub(super) fn check(
        &self,
        place: &Place,
        rows: Option<usize>,
        columns: usize,
    ) -> Result<(), RowError> {
        let found = [("row", rows.unwrap_or(0), self.rows), ("column", columns, self.columns)];
        match found.into_iter().find(|(_, found, most)| found > most) {
            Some((noun, found, most)) => Err(RowError::too_many(&place.name, found, noun, most)),
            None => Ok(()),
        }
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self::NONE
    }
}

/// Where the names of the columns of a CSV text are.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Header {
    /// In the first line, unless that is a row of KDD's files, which have none. A line that looks like a
    /// row is refused.
    #[default]
    Found,
    /// In the first line, whatever it holds.
    FirstLine,
    /// Nowhere: the columns are called `column_1`, `column_2` and so on, and the first line is a row.
    Absent,
    /// Nowhere: these are the names, and the first line is a row.
    Names(Arc<[String]>),
}

/// How to read.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct ReadOptions {
    /// The layout; `None`: as the first bytes say.
    pub format: Option<FileFormat>,
    /// The byte between the values of a CSV text; `None`: whichever of `,` `;` tab `|` cuts the first lines
    /// into equally many.
    pub delimiter: Option<u8>,
    /// The type of events that makes the table, where a JSON text has several (Suricata's EVE); `*` takes all.
    pub event_type: Option<String>,
    /// Where the column names of a CSV text are.
    pub header: Header,
    /// The encoding of a text; `None`: UTF-8, or UTF-16 where the first bytes say so.
    pub encoding: Option<Encoding>,
    /// The texts that stand for a missing value.
    pub missing: MissingMarks,
    /// How numbers are written in a CSV text.
    pub numbers: NumberMarks,
    /// The most that is read.
    pub limits: Limits,
    /// Leave out lines that are no rows (their faults are kept) in place of stopping at the first.
    pub skip_bad: bool,
}

/// What a source turned out to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SourceFormat {
    /// CSV whose first line names the columns.
    Csv {
        /// The byte between values.
        delimiter: u8,
    },
    /// KDD Cup 99 or NSL-KDD as published: no header, 41 to 43 values a line.
    Kdd99,
    /// Another format, which needs no more words.
    Other(FileFormat),
}
