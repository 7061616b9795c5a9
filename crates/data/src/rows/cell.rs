//! One value on its way from a source to a sink.

use std::borrow::Cow;

use crate::values::{self, Answer};

/// What a source says that a value is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CellKind {
    /// Nothing: a value of a CSV file.
    Untyped,
    /// A text.
    Text,
    /// A whole number.
    Integer,
    /// A number.
    Number,
    /// True or false.
    Boolean,
    /// That there is none. Its text, if it has one, is the mark that says so, e.g. `N/A`.
    Missing,
}

/// A value as its source holds it.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Cell<'a> {
    /// In the digits and letters of the source.
    Text(&'a str, CellKind),
    /// A number that has no text.
    Number(f64),
    /// A whole number that has no text.
    Integer(i128),
}

/// What a value can be read as, if the type of its column is not stated.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Reading {
    /// There is none.
    Missing,
    /// A number, which may be infinite.
    Number(f64),
    /// `true` or `false`: a number in a column of numbers, a category in a column of texts.
    Boolean(bool),
    /// `0x50`: a number in a column of numbers, a category in a column of texts.
    Hexadecimal(f64),
    /// `54.4%`: a number in a column of numbers, a category in a column of texts.
    Percentage(f64),
    /// None of these.
    Text,
}

impl<'a> Cell<'a> {
    /// No value.
    pub(crate) const MISSING: Self = Self::Text("", CellKind::Missing);

    /// The value as a number, NaN where there is none; `None` if it is something else. For columns that are
    /// known to hold numbers: `yes` and `no` are 1 and 0 as `true` and `false` are.
    pub(crate) fn number(self) -> Option<f64> {
        match self {
            Self::Number(value) => Some(value),
            Self::Integer(value) => Some(value as f64),
            Self::Text(_, CellKind::Missing) => Some(f64::NAN),
            // The CSV reader gives texts without blanks around them.
            Self::Text(text, CellKind::Untyped) => number(text),
            Self::Text(text, _) => number(text.trim()),
        }
    }

    /// What the value is, by itself.
    pub(crate) fn reading(self) -> Reading {
        let text = match self {
            Self::Number(value) if value.is_nan() => return Reading::Missing,
            Self::Number(value) => return Reading::Number(value),
            Self::Integer(value) => return Reading::Number(value as f64),
            Self::Text(_, CellKind::Missing) => return Reading::Missing,
            Self::Text(text, _) => text.trim(),
        };
        if text.is_empty() {
            return Reading::Missing;
        }
        match text.parse::<f64>() {
            Ok(value) if value.is_nan() => Reading::Missing,
            Ok(value) => Reading::Number(value),
            Err(_) => other_number(text).unwrap_or(Reading::Text),
        }
    }

    /// The value as a category, empty where there is none. The same value is the same category in
    /// whatever format it stands; see [`values::category`].
    pub(crate) fn category(self) -> Cow<'a, str> {
        match self {
            Self::Number(value) if value.is_nan() => Cow::Borrowed(""),
            Self::Number(value) => Cow::Owned(values::category_of_number(value)),
            Self::Integer(value) => Cow::Owned(value.to_string()),
            Self::Text(_, CellKind::Missing) => Cow::Borrowed(""),
            Self::Text(text, _) => values::category(text),
        }
    }
}

/// A number that Rust does not read as one.
fn other_number(text: &str) -> Option<Reading> {
    let boolean = || values::boolean(text).map(Reading::Boolean);
    let hexadecimal = || values::hexadecimal(text).map(Reading::Hexadecimal);
    let percentage = || values::percentage(text).map(Reading::Percentage);
    boolean().or_else(hexadecimal).or_else(percentage)
}

fn number(text: &str) -> Option<f64> {
    values::number(text).or_else(|| Answer::of(text).map(|answer| f64::from(answer.value)))
}

/// Takes the rows of a source, value by value.
pub(crate) trait Sink {
    /// Whether it looks at the values of that column; others may be left out.
    fn wants(&self, column: usize) -> bool;

    /// The next value of a column.
    fn cell(&mut self, column: usize, cell: Cell<'_>);

    /// A row is whole; it began in that line.
    fn end_row(&mut self, line: u64);
}
