//! One column of texts in one piece of memory, with what the source said of their types.

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

/// Texts end to end.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Texts {
    text: String,
    ends: Vec<usize>,
    /// One per text, or none as long as all are untyped.
    kinds: Vec<CellKind>,
}

impl Texts {
    pub(super) fn push(&mut self, text: &str) {
        self.text.push_str(text);
        self.ends.push(self.text.len());
        if !self.kinds.is_empty() {
            self.kinds.push(CellKind::Untyped);
        }
    }

    pub(super) fn push_typed(&mut self, text: &str, kind: CellKind) {
        self.kinds.resize(self.ends.len(), CellKind::Untyped);
        self.text.push_str(text);
        self.ends.push(self.text.len());
        self.kinds.push(kind);
    }

    pub(super) fn len(&self) -> usize {
        self.ends.len()
    }

    pub(super) fn bytes(&self) -> usize {
        self.text.len()
    }

    pub(super) fn get(&self, row: usize) -> &str {
        let start = if row == 0 { 0 } else { self.ends[row - 1] };
        &self.text[start..self.ends[row]]
    }

    pub(super) fn kind(&self, row: usize) -> CellKind {
        self.kinds.get(row).copied().unwrap_or(CellKind::Untyped)
    }

    /// The value as a number, NaN where there is none; `None` if it is something else.
    pub(super) fn number(&self, row: usize) -> Option<f64> {
        let text = self.get(row).trim();
        match (self.kind(row), text) {
            (CellKind::Boolean, "true") => Some(1.0),
            (CellKind::Boolean, _) => Some(0.0),
            _ => number(text),
        }
    }

    /// The value as a category, empty where there is none. Numbers that a source types are written as
    /// training on a typed source writes them: 1.0 is `1`.
    pub(super) fn category(&self, row: usize) -> Cow<'_, str> {
        let text = self.get(row).trim();
        match (self.kind(row), text.parse::<f64>()) {
            (CellKind::Number | CellKind::Integer, Ok(value)) => Cow::Owned(value.to_string()),
            _ => Cow::Borrowed(text),
        }
    }

    pub(super) fn select(&self, rows: &[usize]) -> Self {
        let mut selected = Self::default();
        for &row in rows {
            match self.kinds.is_empty() {
                true => selected.push(self.get(row)),
                false => selected.push_typed(self.get(row), self.kind(row)),
            }
        }
        selected
    }

    pub(super) fn append(&mut self, other: Self) {
        if !self.kinds.is_empty() || !other.kinds.is_empty() {
            self.kinds.resize(self.ends.len(), CellKind::Untyped);
            self.kinds.extend((0..other.len()).map(|row| other.kind(row)));
        }
        let before = self.text.len();
        self.text.push_str(&other.text);
        self.ends.extend(other.ends.iter().map(|end| end + before));
    }
}
