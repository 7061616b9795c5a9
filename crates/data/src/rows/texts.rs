//! One column of texts in one piece of memory, with what the source said of their types.

use std::fmt::Write as _;

use super::cell::{Cell, CellKind};
use super::missing::MissingMarks;

/// Texts end to end.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Texts {
    text: String,
    ends: Vec<usize>,
    /// One per text, or none as long as all are untyped.
    kinds: Vec<CellKind>,
}

impl Texts {
    pub(super) fn push(&mut self, cell: Cell<'_>) {
        let kind = match cell {
            Cell::Text(text, kind) => {
                self.text.push_str(text);
                kind
            }
            // Writing to a String cannot fail.
            Cell::Number(value) if value.is_nan() => CellKind::Missing,
            Cell::Number(value) => {
                let _ = write!(self.text, "{value:?}");
                CellKind::Number
            }
            Cell::Integer(value) => {
                let _ = write!(self.text, "{value}");
                CellKind::Integer
            }
        };
        if kind != CellKind::Untyped || !self.kinds.is_empty() {
            self.kinds.resize(self.ends.len(), CellKind::Untyped);
            self.kinds.push(kind);
        }
        self.ends.push(self.text.len());
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

    pub(super) fn cell(&self, row: usize) -> Cell<'_> {
        Cell::Text(self.get(row), self.kind(row))
    }

    /// Takes texts that stand for a missing value as such; each keeps its text.
    pub(super) fn mark_missing(&mut self, marks: &MissingMarks) {
        for row in 0..self.kinds.len() {
            if self.kinds[row] == CellKind::Text && marks.contains(self.get(row).trim()) {
                self.kinds[row] = CellKind::Missing;
            }
        }
    }

    pub(super) fn select(&self, rows: &[usize]) -> Self {
        let mut selected = Self::default();
        rows.iter().for_each(|&row| selected.push(self.cell(row)));
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
