//! How a user says that a file is read: the keys of `[dataset]`, the flags of the command and the query of
//! the server mean the same, so that they are checked in one place.

use super::{Encoding, FileFormat, Header, MissingMarks, NumberMarks, ReadOptions};

/// What a user says of a file; `None` and empty: nothing.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct ReadRequest {
    /// The layout.
    pub format: Option<FileFormat>,
    /// What stands between values: one character, or `tab`.
    pub delimiter: Option<String>,
    /// Whether the first line holds the names.
    pub header: Option<bool>,
    /// The names where it does not.
    pub names: Option<Vec<String>>,
    /// The name of the encoding.
    pub encoding: Option<String>,
    /// The mark in front of decimals.
    pub decimal: Option<char>,
    /// The mark between groups of thousands.
    pub thousands: Option<char>,
    /// Of events of several types the one that makes the rows.
    pub event_type: Option<String>,
    /// Texts that stand for a missing value.
    pub na: Vec<String>,
    /// Whether pandas' list of such texts holds too.
    pub default_na: Option<bool>,
}

/// What is wrong with a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RequestFault {
    /// The key at fault.
    pub key: &'static str,
    /// What is wrong.
    pub what: String,
    /// What to do.
    pub help: &'static str,
}

impl ReadRequest {
    /// The request as options; its first fault if it has one.
    pub fn options(&self) -> Result<ReadOptions, RequestFault> {
        Ok(ReadOptions {
            format: self.format,
            delimiter: self.delimiter()?,
            event_type: self.event_type.clone(),
            header: self.header()?,
            encoding: self.encoding()?,
            missing: MissingMarks::new(self.default_na.unwrap_or(true), &self.na),
            numbers: self.numbers()?,
            ..ReadOptions::default()
        })
    }

    fn delimiter(&self) -> Result<Option<u8>, RequestFault> {
        let stated = match self.delimiter.as_deref() {
            None => return Ok(None),
            Some("tab" | "\\t") => "\t",
            Some(other) => other,
        };
        match stated.as_bytes() {
            &[byte] if byte.is_ascii() && !matches!(byte, b'"' | b'\n' | b'\r') => Ok(Some(byte)),
            _ => Err(RequestFault {
                key: "delimiter",
                what: "it is not one plain character".into(),
                help: "use \",\", \";\", \"|\" or \"\\t\"",
            }),
        }
    }

    fn header(&self) -> Result<Header, RequestFault> {
        match (self.header, &self.names) {
            (None, None) => Ok(Header::Found),
            (Some(true), None) => Ok(Header::FirstLine),
            (Some(false), None) => Ok(Header::Absent),
            (Some(false), Some(names)) if !names.is_empty() => {
                Ok(Header::Names(names.iter().map(|name| name.trim().to_owned()).collect()))
            }
            (Some(false), Some(_)) => Err(RequestFault {
                key: "names",
                what: "the list is empty".into(),
                help: "name each column, the label included, or leave it out: then they are column_1, column_2 ...",
            }),
            (None | Some(true), Some(_)) => Err(RequestFault {
                key: "names",
                what: "the first line holds the names".into(),
                help: "say that there is no header, or leave the names out",
            }),
        }
    }

    fn encoding(&self) -> Result<Option<Encoding>, RequestFault> {
        let Some(name) = &self.encoding else { return Ok(None) };
        let unknown = || RequestFault {
            key: "encoding",
            what: format!("there is no encoding {name:?}"),
            help: "use windows-1252, latin1, utf-16le, shift_jis or another name of the web's encodings",
        };
        Encoding::named(name).map(Some).ok_or_else(unknown)
    }

    fn numbers(&self) -> Result<NumberMarks, RequestFault> {
        let key = if self.decimal.is_some() { "decimal" } else { "thousands" };
        let help = "a decimal comma and points between thousands are \",\" and \".\"";
        NumberMarks::new(self.decimal, self.thousands).map_err(|what| RequestFault {
            key,
            what,
            help,
        })
    }
}
