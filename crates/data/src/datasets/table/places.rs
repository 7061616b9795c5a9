//! The lines of a user's file in which rows stand: messages name them, and a table does not keep them.

use std::path::Path;

use oddbench_core::split::TableName;

use super::kinds::TableOptions;
use crate::rows::{Cell, RowReader, Sink, Unit};

/// The place of each row, from one more reading of the files; `None` if they cannot be read any more.
pub(super) fn of(options: &TableOptions, rows: &[(TableName, usize)]) -> Option<Vec<String>> {
    let of_table = |wanted| rows.iter().filter(move |(table, _)| *table == wanted);
    let last = |wanted| of_table(wanted).map(|(_, row)| *row).max();
    let lines = |path: Option<&Path>, wanted| match (path, last(wanted)) {
        (Some(path), Some(last)) => Lines::until(path, options, last),
        _ => Some(Lines::default()),
    };
    let train = lines(Some(&options.path), TableName::Train)?;
    let test = lines(options.test_path.as_deref(), TableName::Test)?;
    let place = |(table, row): &(TableName, usize)| match table {
        TableName::Train => train.place(*row),
        TableName::Test => {
            let file = options.test_path.as_deref()?.file_name()?.display().to_string();
            Some(format!("{} of {file}", test.place(*row)?))
        }
    };
    rows.iter().map(place).collect()
}

/// The lines in which the first rows of a file begin.
#[derive(Default)]
struct Lines {
    unit: Option<Unit>,
    at: Vec<u64>,
}

impl Lines {
    /// Reads up to that row.
    fn until(path: &Path, options: &TableOptions, last: usize) -> Option<Self> {
        let mut reader = RowReader::open(path, &options.read).ok()?;
        let mut lines = Self { unit: Some(reader.unit()), at: Vec::new() };
        reader.fill(&mut lines, last + 1).ok()?;
        Some(lines)
    }

    fn place(&self, row: usize) -> Option<String> {
        Some(format!("{} {}", self.unit?, self.at.get(row)?))
    }
}

impl Sink for Lines {
    fn wants(&self, _: usize) -> bool {
        false
    }

    fn cell(&mut self, _: usize, _: Cell<'_>) {}

    fn end_row(&mut self, line: u64) {
        self.at.push(line);
    }
}
