//! How an upload is read: any format that the reader of files takes, within the limits.

use std::io::Cursor;
use std::sync::Arc;

use oddbench_data::rows::{
    FileFormat, Limits as RowLimits, ReadOptions, ReadRequest, RequestFault, RowReader, Rows,
    SourceFormat,
};
use schemars::JsonSchema;
use serde::Deserialize;

use crate::error::{Answer, ApiError};
use crate::limits::Limits;
use crate::page_words::in_page_words;

/// Rows that are parsed at a time.
const BLOCK: usize = 16_384;

/// A table, and how it was read.
pub struct Parsed {
    /// Its rows.
    pub rows: Rows,
    /// What it turned out to be.
    pub format: SourceFormat,
    /// What was recognised, renamed or passed over.
    pub notes: Vec<String>,
}

/// Parses a file within the limits.
pub fn read(name: &str, bytes: Vec<u8>, reading: &ReadOptions, limits: &Limits) -> Answer<Parsed> {
    let options = |rows: usize| ReadOptions {
        limits: RowLimits {
            bytes: limits.upload_bytes as u64,
            rows,
            columns: limits.upload_columns,
        },
        ..reading.clone()
    };
    if bytes.starts_with(b"PAR1") {
        return Err(no_parquet());
    }
    let bytes: Arc<[u8]> = bytes.into();
    let open = |rows: usize| {
        RowReader::new(Box::new(Cursor::new(Arc::clone(&bytes))), name, &options(rows))
    };
    let first = open(limits.upload_rows)?;
    let (columns, format) = (first.names().len().max(1), first.format());
    drop(first);
    if format == SourceFormat::Other(FileFormat::Parquet) {
        return Err(no_parquet());
    }
    let most = limits.upload_rows.min(limits.upload_cells / columns);
    let mut reader = open(most)?;
    let mut rows: Option<Rows> = None;
    loop {
        let block = match reader.next(BLOCK) {
            Ok(Some(block)) => block,
            Ok(None) => break,
            Err(error) if error.limit && error.what.ends_with(" rows") => {
                return Err(too_many(most, columns, limits));
            }
            Err(error) => return Err(error.into()),
        };
        match &mut rows {
            Some(rows) => rows.append(block)?,
            None => rows = Some(block),
        }
    }
    let none = || ApiError::unusable("there are no rows", "upload a file that has some");
    let notes = reader.take_notes().iter().map(|note| in_page_words(note)).collect();
    Ok(Parsed { rows: rows.ok_or_else(none)?, format, notes })
}

/// The reader limits the rows and columns of a parquet file before it decodes a value, but not the bytes of what is decoded: a
/// small file may unpack to gigabytes, and one long text of its dictionary may stand in every row.
fn no_parquet() -> ApiError {
    ApiError::unusable(
        "this is a parquet file, which is not taken here",
        "save the table as CSV or JSON lines, gzipped if it is large; the commands fit and score of oddbench read parquet",
    )
}

fn too_many(most: usize, columns: usize, limits: &Limits) -> ApiError {
    let error = match most < limits.upload_rows {
        true => format!(
            "there are more than {most} rows, the most of {columns} columns: an upload has at most {} values in all",
            limits.upload_cells
        ),
        false => format!("there are more than {most} rows, the most of an upload"),
    };
    ApiError::too_large(error, "upload a part of the rows, or leave columns out of the file")
}

/// What a source turned out to be, in a few words.
pub fn format_words(format: SourceFormat) -> &'static str {
    match format {
        SourceFormat::Csv { delimiter: b'\t' } => "values between tabs",
        SourceFormat::Csv { .. } => "CSV",
        SourceFormat::Kdd99 => "KDD Cup 99's form without a header",
        SourceFormat::Other(FileFormat::Csv) => "CSV",
        SourceFormat::Other(FileFormat::Zeek) => "a Zeek log",
        SourceFormat::Other(FileFormat::JsonLines) => "JSON",
        SourceFormat::Other(FileFormat::Parquet) => "parquet",
        SourceFormat::Other(FileFormat::Npz) => "numpy arrays",
        SourceFormat::Other(FileFormat::Arff) => "ARFF",
    }
}

/// What an upload is.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct UploadQuery {
    /// What to call it.
    pub name: Option<String>,
    /// An id of GET /api/samples, with an empty body.
    pub sample: Option<String>,
    /// The character between values, or `tab`; found from the first lines if left out.
    delimiter: Option<String>,
    /// Whether the first line holds the names of the columns; found if left out.
    header: Option<bool>,
    /// With `header=false`: the names, with commas between them.
    names: Option<String>,
    /// The text's encoding, e.g. `windows-1252`; UTF-8, or UTF-16 where its first bytes say so, if left out.
    encoding: Option<String>,
    /// The mark in front of decimals, `,` or `.`; found from the first rows if left out.
    decimal: Option<char>,
    /// The mark between groups of thousands; found from the first rows if left out.
    thousands: Option<char>,
    /// Texts that stand for a missing value beside pandas' list, with commas between them.
    na: Option<String>,
    /// Whether pandas' list holds.
    default_na: Option<bool>,
    /// Of a log of events of several types (Suricata's EVE) the type that makes the rows; `*` takes all.
    event_type: Option<String>,
}

impl UploadQuery {
    /// How the upload is read.
    pub fn reading(&self) -> Answer<ReadOptions> {
        let list = |text: &String| text.split(',').map(str::to_owned).collect::<Vec<_>>();
        let request = ReadRequest {
            format: None,
            delimiter: self.delimiter.clone(),
            header: self.header,
            names: self.names.as_ref().map(list),
            encoding: self.encoding.clone(),
            decimal: self.decimal,
            thousands: self.thousands,
            event_type: self.event_type.clone(),
            na: self.na.as_ref().map(list).unwrap_or_default(),
            default_na: self.default_na,
        };
        let refused = |fault: RequestFault| {
            ApiError::bad(format!("{}: {}", fault.key, fault.what), fault.help)
        };
        request.options().map_err(refused)
    }
}
