//! Where the rows of `score` and `fit` come from, and how they are read.

use std::path::Path;

use oddbench_data::rows::{FileFormat, ReadOptions, ReadRequest, RowReader};

use crate::args::InputLayout;
use crate::error::CliError;

/// Whether the input is `-`.
pub fn is_stdin(input: &Path) -> bool {
    input == Path::new("-")
}

/// How the options say that the input is read.
pub fn options(layout: &InputLayout, skip_bad: bool) -> Result<ReadOptions, CliError> {
    let format = layout.input_format;
    if layout.delimiter.is_some() && format.is_some_and(|format| format != FileFormat::Csv) {
        return Err(CliError::user("--delimiter is for csv alone"));
    }
    let header = match (layout.no_header, layout.header) {
        (true, _) => Some(false),
        (false, true) => Some(true),
        (false, false) => None,
    };
    let request = ReadRequest {
        // Only CSV has delimiters: one that is stated states the format too.
        format: format.or(layout.delimiter.as_ref().map(|_| FileFormat::Csv)),
        delimiter: layout.delimiter.clone(),
        header,
        names: layout.names.clone(),
        encoding: layout.encoding.clone(),
        decimal: layout.decimal,
        thousands: layout.thousands,
        na: layout.na.clone(),
        default_na: layout.no_default_na.then_some(false),
    };
    let options = request.options().map_err(|fault| CliError::User {
        message: format!("--{}: {}", fault.key, fault.what),
        help: Some(fault.help.into()),
    })?;
    Ok(ReadOptions { skip_bad, ..options })
}

/// Opens a file, or stdin.
pub fn open(input: &Path, layout: &InputLayout, skip_bad: bool) -> Result<RowReader, CliError> {
    let options = options(layout, skip_bad)?;
    Ok(match is_stdin(input) {
        true => RowReader::new(Box::new(std::io::stdin()), "stdin", &options)?,
        false => RowReader::open(input, &options)?,
    })
}
