//! How a user says how a file is read: the keys of `[dataset]`, the flags of the command and the query of
//! the server mean the same, and are checked here in one place.

use serde::{Deserialize, Serialize};

use super::{Encoding, FileFormat, Header, MissingMarks, NumberMarks, ReadOptions};

/// What a user says of a file; `None` and empty: nothing.
///
/// A fitted model keeps it. The layout is not kept, because other rows may come in another layout.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ReadRequest {
    /// The layout.
    #[serde(skip)]
    pub format: Option<FileFormat>,
    /// What stands between values: one character, or `tab`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub delimiter: Option<String>,
    /// Whether the first line holds the names.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub header: Option<bool>,
    /// The names where it does not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub names: Option<Vec<String>>,
    /// The name of the encoding.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub encoding: Option<String>,
    /// The mark in front of decimals.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub decimal: Option<char>,
    /// The mark between groups of thousands.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub thousands: Option<char>,
    /// The type of events that makes the rows, where there are several.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub event_type: Option<String>,
    /// Texts that stand for a missing value.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub na: Vec<String>,
    /// Whether pandas' list of such texts holds too.
    #[serde(skip_serializing_if = "Option::is_none")]
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
    /// Whether nothing is said but perhaps the layout.
    pub fn says_nothing(&self) -> bool {
        *self == Self { format: self.format, ..Self::default() }
    }

    /// What this request takes from an earlier one: each kind of key that it does not state itself. The keys
    /// of the header are one kind, and the keys of missing values are another.
    pub fn taken_from(&self, earlier: &Self) -> Self {
        let csv = self.format.is_none_or(|format| format == FileFormat::Csv);
        let header = self.header.is_none() && self.names.is_none();
        let missing = self.na.is_empty() && self.default_na.is_none();
        let other = |mark: Option<char>, stated: Option<char>| mark.filter(|_| mark != stated);
        Self {
            format: None,
            delimiter: earlier.delimiter.clone().filter(|_| csv && self.delimiter.is_none()),
            header: earlier.header.filter(|_| header),
            names: earlier.names.clone().filter(|_| header),
            encoding: earlier.encoding.clone().filter(|_| self.encoding.is_none()),
            decimal: other(earlier.decimal, self.thousands).filter(|_| self.decimal.is_none()),
            thousands: other(earlier.thousands, self.decimal).filter(|_| self.thousands.is_none()),
            event_type: earlier.event_type.clone().filter(|_| self.event_type.is_none()),
            na: if missing { earlier.na.clone() } else { Vec::new() },
            default_na: earlier.default_na.filter(|_| missing),
        }
    }

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

#[cfg(test)]
mod tests {
    use super::*;

    fn german() -> ReadRequest {
        ReadRequest {
            header: Some(false),
            names: Some(vec!["bytes".into(), "state".into()]),
            decimal: Some(','),
            thousands: Some('.'),
            na: vec!["-".into(), "-999".into()],
            default_na: Some(false),
            ..ReadRequest::default()
        }
    }

    #[test]
    fn what_is_not_stated_is_taken_and_what_is_stated_wins() {
        assert_eq!(ReadRequest::default().taken_from(&german()), german());
        let stated = ReadRequest { na: vec!["?".into()], header: Some(true), ..Default::default() };
        let taken = stated.taken_from(&german());
        let marks =
            ReadRequest { decimal: Some(','), thousands: Some('.'), ..ReadRequest::default() };
        assert_eq!(taken, marks);
        // A mark that would mean two things is not taken.
        let points = ReadRequest { decimal: Some('.'), ..ReadRequest::default() };
        let taken = points.taken_from(&german());
        assert_eq!((taken.decimal, taken.thousands), (None, None));
    }

    #[test]
    fn what_is_kept_is_what_was_stated() {
        let format = Some(FileFormat::Csv);
        let json = serde_json::to_value(ReadRequest { format, ..german() }).unwrap();
        let expected = serde_json::json!({
            "header": false, "names": ["bytes", "state"], "decimal": ",", "thousands": ".",
            "na": ["-", "-999"], "default_na": false,
        });
        assert_eq!(json, expected);
        assert_eq!(serde_json::from_value::<ReadRequest>(json).unwrap(), german());
        assert!(ReadRequest { format, ..ReadRequest::default() }.says_nothing());
        assert!(!german().says_nothing());
    }

    #[test]
    fn a_delimiter_is_taken_for_csv_alone() {
        let earlier = ReadRequest { delimiter: Some("|".into()), ..ReadRequest::default() };
        let json = ReadRequest { format: Some(FileFormat::JsonLines), ..ReadRequest::default() };
        assert_eq!(json.taken_from(&earlier).delimiter, None);
        let csv = ReadRequest { format: Some(FileFormat::Csv), ..ReadRequest::default() };
        assert_eq!(csv.taken_from(&earlier).delimiter.as_deref(), Some("|"));
    }
}
