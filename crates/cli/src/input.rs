//! Where the rows of `score` and `fit` come from, and how they are read.

use std::path::Path;

use oddbench_data::rows::{
    Encoding, FileFormat, Header, MissingMarks, NumberMarks, ReadOptions, RowReader,
};

use crate::args::InputLayout;
use crate::error::CliError;

/// Whether the input is `-`.
pub fn is_stdin(input: &Path) -> bool {
    input == Path::new("-")
}

/// How the input is read, as far as the options say so.
pub fn options(layout: &InputLayout, skip_bad: bool) -> Result<ReadOptions, CliError> {
    let refused = |what: String| CliError::user(what);
    let encoding = match &layout.encoding {
        None => None,
        Some(name) => Some(Encoding::named(name).ok_or_else(|| CliError::User {
            message: format!("--encoding {name}: there is no such encoding"),
            help: Some("use windows-1252, latin1, utf-16le, shift_jis or another name of the web's encodings".into()),
        })?),
    };
    let header = match (&layout.names, layout.no_header, layout.header) {
        (Some(names), ..) => Header::Names(trimmed(names).into()),
        (None, true, _) => Header::Absent,
        (None, false, true) => Header::FirstLine,
        (None, false, false) => Header::Found,
    };
    let delimiter = delimiter(layout)?;
    Ok(ReadOptions {
        // Only CSV has delimiters: one that is stated states the format too.
        format: layout.input_format.or(delimiter.map(|_| FileFormat::Csv)),
        delimiter,
        header,
        encoding,
        missing: MissingMarks::new(!layout.no_default_na, &layout.na),
        numbers: NumberMarks::new(layout.decimal, layout.thousands).map_err(refused)?,
        skip_bad,
        ..ReadOptions::default()
    })
}

/// Names without blanks around them, which the reader takes away too.
fn trimmed(names: &[String]) -> Vec<String> {
    names.iter().map(|name| name.trim().to_owned()).collect()
}

/// The byte that the options state between values.
fn delimiter(layout: &InputLayout) -> Result<Option<u8>, CliError> {
    let Some(stated) = &layout.delimiter else { return Ok(None) };
    if layout.input_format.is_some_and(|format| format != FileFormat::Csv) {
        return Err(CliError::user("--delimiter is for csv alone"));
    }
    let stated = match stated.as_str() {
        "tab" | "\\t" => "\t",
        other => other,
    };
    match stated.as_bytes() {
        &[byte] if byte.is_ascii() && !matches!(byte, b'"' | b'\n' | b'\r') => Ok(Some(byte)),
        _ => Err(CliError::user(format!(
            "{stated:?} cannot stand between values; use one plain character, or tab"
        ))),
    }
}

/// Opens a file, or stdin.
pub fn open(input: &Path, layout: &InputLayout, skip_bad: bool) -> Result<RowReader, CliError> {
    let options = options(layout, skip_bad)?;
    Ok(match is_stdin(input) {
        true => RowReader::new(Box::new(std::io::stdin()), "stdin", &options)?,
        false => RowReader::open(input, &options)?,
    })
}
