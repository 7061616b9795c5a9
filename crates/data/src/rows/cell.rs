//! One value on its way from a source to whatever takes it.

use std::borrow::Cow;

use crate::values::number;

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
    /// That there is none.
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

impl<'a> Cell<'a> {
    /// No value.
    pub(crate) const MISSING: Self = Self::Text("", CellKind::Missing);

    /// The value as a number, NaN where there is none; `None` if it is something else.
    pub(crate) fn number(self) -> Option<f64> {
        match self {
            Self::Number(value) => Some(value),
            Self::Integer(value) => Some(value as f64),
            Self::Text("true", CellKind::Boolean) => Some(1.0),
            Self::Text(_, CellKind::Boolean) => Some(0.0),
            // What the reader of CSV gives has no blanks around it.
            Self::Text(text, CellKind::Untyped) => number(text),
            Self::Text(text, _) => number(text.trim()),
        }
    }

    /// The value as a category, empty where there is none. Numbers that a source types are written
    /// alike, whatever the source: 1.0 is `1`.
    pub(crate) fn category(self) -> Cow<'a, str> {
        match self {
            Self::Number(value) if value.is_nan() => Cow::Borrowed(""),
            Self::Number(value) => Cow::Owned(value.to_string()),
            Self::Integer(value) => Cow::Owned((value as f64).to_string()),
            Self::Text(text, CellKind::Number | CellKind::Integer) => {
                let text = text.trim();
                let value = text.parse::<f64>();
                value.map_or(Cow::Borrowed(text), |value| Cow::Owned(value.to_string()))
            }
            Self::Text(text, _) => Cow::Borrowed(text.trim()),
        }
    }
}

/// What takes the rows of a source, value by value.
pub(crate) trait Sink {
    /// Whether it looks at the values of that column; others may be left out.
    fn wants(&self, column: usize) -> bool;

    /// The next value of a column.
    fn cell(&mut self, column: usize, cell: Cell<'_>);

    /// A row is whole; it began in that line.
    fn end_row(&mut self, line: u64);
}
