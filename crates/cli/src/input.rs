//! Where the rows of `score` and `fit` come from.

use std::path::Path;

use oddbench_data::rows::{FileFormat, ReadOptions, RowReader};

use crate::args::{InputLayout, RowsFormat};
use crate::error::CliError;

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
    let options =
        ReadOptions { format: stated_format(layout)?, skip_bad, ..ReadOptions::default() };
    Ok(match is_stdin(input) {
        true => RowReader::new(Box::new(std::io::stdin()), "stdin", &options)?,
        false => RowReader::open(input, &options)?,
    })
}
