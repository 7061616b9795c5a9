//! What can be wrong with rows.

use std::{fmt, io};

use thiserror::Error;

use oddbench_core::counts::{counted, thousands};

use super::content;

/// What is counted in a source.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unit {
    /// Lines of a text.
    Line,
    /// Rows of a table.
    Row,
}

impl fmt::Display for Unit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Line => "line",
            Self::Row => "row",
        })
    }
}

/// Why rows could not be read or used.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{name}{}: {what}; {remedy}", line.map(|line| format!(", {unit} {line}")).unwrap_or_default())]
pub struct RowError {
    /// The file, or what stands for it.
    pub name: String,
    /// Where, from 1.
    pub line: Option<u64>,
    /// What `line` counts.
    pub unit: Unit,
    /// The column at fault.
    pub column: Option<String>,
    /// What is wrong.
    pub what: String,
    /// What to do.
    pub remedy: String,
    /// Whether there is more than a limit allows.
    pub limit: bool,
    /// Whether it is the output that could not be written, and the rows are not at fault.
    pub unwritten: bool,
}

impl RowError {
    pub(crate) fn new(name: &str, what: impl Into<String>, remedy: &str) -> Self {
        Self {
            name: name.to_owned(),
            line: None,
            unit: Unit::Line,
            column: None,
            what: what.into(),
            remedy: remedy.to_owned(),
            limit: false,
            unwritten: false,
        }
    }

    /// The file has `found` of something, and the limit is `most`.
    pub(super) fn too_many(name: &str, found: usize, noun: &str, most: usize) -> Self {
        let what = format!("it has {}, and the limit is {}", counted(found, noun), thousands(most));
        Self::over(name, what)
    }

    /// There are more bytes than the limit allows.
    pub(super) fn too_many_bytes(name: &str) -> Self {
        Self::over(name, "there are more bytes than the limit allows")
    }

    pub(super) fn over(name: &str, what: impl Into<String>) -> Self {
        let remedy = "give fewer, or raise the limit";
        Self { limit: true, ..Self::new(name, what, remedy) }
    }
}

const TOO_LONG: &str = "is it a text, and does it have line ends?";

/// The error for a stream that could not be read.
pub(super) fn unreadable(name: &str, error: &io::Error) -> RowError {
    match content::is_too_large(error) {
        true => RowError::over(name, error.to_string()),
        // The text is whole, and says itself what to do.
        false if error.kind() == io::ErrorKind::Unsupported => {
            let what = error.to_string();
            let (what, remedy) = what.split_once("; ").unwrap_or((&what, TOO_LONG));
            RowError::new(name, what, remedy)
        }
        false => {
            let what = format!("it cannot be read: {error}");
            RowError::new(name, what, "is it complete, and not a damaged archive?")
        }
    }
}
