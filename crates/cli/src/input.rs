//! Where the rows of `score` and `fit` come from.

use std::path::Path;

use oddbench_data::rows::{FileFormat, ReadOptions, RowReader};

use crate::args::InputLayout;
use crate::error::CliError;

/// Whether the input is `-`.
pub fn is_stdin(input: &Path) -> bool {
    input == Path::new("-")
}

/// How the options say that the input is read.
pub fn options(layout: &InputLayout, skip_bad: bool) -> Result<ReadOptions, CliError> {
    let format = layout.input_format;
    let delimiter = match layout.delimiter {
        None => None,
        Some(_) if format.is_some_and(|format| format != FileFormat::Csv) => {
            return Err(CliError::user("--delimiter is for csv alone"));
        }
        Some(delimiter) => match u8::try_from(delimiter) {
            Ok(byte) if byte.is_ascii() && !matches!(byte, b'"' | b'\n' | b'\r') => Some(byte),
            _ => return Err(CliError::user(format!("{delimiter:?} cannot stand between values"))),
        },
    };
    // Only CSV has delimiters: one that is stated states the format too.
    let format = format.or(delimiter.map(|_| FileFormat::Csv));
    Ok(ReadOptions { format, delimiter, skip_bad, ..ReadOptions::default() })
}

/// Opens a file, or stdin.
pub fn open(input: &Path, layout: &InputLayout, skip_bad: bool) -> Result<RowReader, CliError> {
    let options = options(layout, skip_bad)?;
    Ok(match is_stdin(input) {
        true => RowReader::new(Box::new(std::io::stdin()), "stdin", &options)?,
        false => RowReader::open(input, &options)?,
    })
}
