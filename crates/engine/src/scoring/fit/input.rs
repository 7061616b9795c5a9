//! Where training rows come from. A file is read as often as is needed and is never in memory as texts.

use std::fs::File;
use std::io::BufReader;
use std::path::Path;

use oddbench_core::{FeatureKind, Table};
use oddbench_data::columns::{Choices, Judgement, judge_rows, judge_source};
use oddbench_data::rows::{ReadOptions, RowError, RowReader, Rows};

/// Rows to fit on.
#[derive(Clone, Copy)]
pub enum TrainingInput<'a> {
    /// Rows that are in memory.
    Rows(&'a Rows),
    /// A file, which must not change during the fit.
    File {
        /// Where it is.
        path: &'a Path,
        /// What messages call it; its path if left out.
        name: Option<&'a str>,
        /// How it is read.
        options: &'a ReadOptions,
    },
}

impl<'a> From<&'a Rows> for TrainingInput<'a> {
    fn from(rows: &'a Rows) -> Self {
        Self::Rows(rows)
    }
}

impl TrainingInput<'_> {
    /// What its columns are taken for.
    pub(super) fn judge(self, choices: &Choices) -> Result<Judgement, RowError> {
        match self {
            Self::Rows(rows) => judge_rows(rows, choices),
            Self::File { path, name, options } => judge_source(open(path, name, options)?, choices),
        }
    }

    /// The named columns of all rows, of which there are that many.
    pub(super) fn table(
        self,
        columns: &[(String, FeatureKind)],
        rows: usize,
    ) -> Result<Table, RowError> {
        match self {
            Self::Rows(all) => all.table(columns),
            Self::File { path, name, options } => {
                open(path, name, options)?.next_table(columns, rows.saturating_add(1))
            }
        }
    }

    /// Hands over the named columns, of a file block by block, each of that many rows at most.
    pub(super) fn blocks<E: From<RowError>>(
        self,
        columns: &[(String, FeatureKind)],
        most: usize,
        mut take: impl FnMut(Table) -> Result<(), E>,
    ) -> Result<(), E> {
        let (path, name, options) = match self {
            Self::Rows(rows) => return take(rows.table(columns)?),
            Self::File { path, name, options } => (path, name, options),
        };
        let mut reader = open(path, name, options)?;
        loop {
            let table = reader.next_table(columns, most)?;
            if table.rows() == 0 {
                return Ok(());
            }
            take(table)?;
        }
    }
}

fn open(path: &Path, name: Option<&str>, options: &ReadOptions) -> Result<RowReader, RowError> {
    let Some(name) = name else { return RowReader::open(path, options) };
    match File::open(path) {
        Ok(file) => {
            RowReader::new(Box::new(BufReader::with_capacity(1 << 16, file)), name, options)
        }
        // The error of the reader names the file.
        Err(_) => RowReader::open(path, options),
    }
}
