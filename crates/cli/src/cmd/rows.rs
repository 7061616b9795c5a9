//! What `score` and `fit` share: where rows come from, and how their faults are shown.

use std::path::Path;

use oddbench_data::rows::{FileFormat, Limits, ReadOptions, RowError, RowReader};
use oddbench_engine::scoring::ScoringError;

use crate::args::{InputLayout, RowsFormat};
use crate::error::CliError;

impl From<RowError> for CliError {
    fn from(error: RowError) -> Self {
        let place = error.line.map(|line| format!(", {} {line}", error.unit)).unwrap_or_default();
        Self::User {
            message: format!("{}{place}: {}", error.name, error.what),
            help: Some(error.remedy),
        }
    }
}

impl From<ScoringError> for CliError {
    fn from(error: ScoringError) -> Self {
        match error {
            ScoringError::Rows(error) => error.into(),
            ScoringError::NoModel { path, message, remedy } => {
                Self::User { message: format!("{}: {message}", path.display()), help: Some(remedy) }
            }
            ScoringError::Store(error) => error.into(),
            ScoringError::Device(error) => Self::Device(error),
            error if error.is_users_fault() => Self::user(error.to_string()),
            error => Self::System { message: error.to_string() },
        }
    }
}

impl From<RowsFormat> for FileFormat {
    fn from(format: RowsFormat) -> Self {
        match format {
            RowsFormat::Csv => Self::Csv { delimiter: None },
            RowsFormat::Jsonl => Self::JsonLines,
            RowsFormat::Parquet => Self::Parquet,
        }
    }
}

/// Whether the input is `-`.
pub fn is_stdin(input: &Path) -> bool {
    input == Path::new("-")
}

/// The format that the options state, if they do.
pub fn stated_format(layout: &InputLayout) -> Result<Option<FileFormat>, CliError> {
    let Some(delimiter) = layout.delimiter else {
        return Ok(layout.input_format.map(FileFormat::from));
    };
    if layout.input_format.is_some_and(|format| format != RowsFormat::Csv) {
        return Err(CliError::user("--delimiter is for csv alone"));
    }
    match u8::try_from(delimiter) {
        Ok(byte) if byte.is_ascii() && !matches!(byte, b'"' | b'\n' | b'\r') => {
            Ok(Some(FileFormat::Csv { delimiter: Some(byte) }))
        }
        _ => Err(CliError::user(format!("{delimiter:?} cannot stand between values"))),
    }
}

/// Opens a file, or stdin.
pub fn open(input: &Path, layout: &InputLayout, skip_bad: bool) -> Result<RowReader, CliError> {
    let options = ReadOptions { format: stated_format(layout)?, limits: Limits::NONE, skip_bad };
    Ok(match is_stdin(input) {
        true => RowReader::new(Box::new(std::io::stdin()), "stdin", &options)?,
        false => RowReader::open(input, &options)?,
    })
}
