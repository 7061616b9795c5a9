//! Scores with the contributions of their features.

use std::ops::Range;
use std::sync::Arc;

use oddbench_core::preprocess::UnseenCell;
use oddbench_core::{Column, Matrix, Table};
use oddbench_data::rows::{Decisions, PercentSigns};
use serde::Serialize;

use super::InputColumn;

/// A column with values that training never saw: other categories, or a change where training had one
/// value. Such a row gets the highest score that a known value would give it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Unseen {
    /// The column.
    pub column: String,
    /// Rows that have such a value.
    pub rows: usize,
    /// One of the values.
    pub example: String,
}

/// A column in which values were filled in, for the model cannot compute without them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Filled {
    /// The column.
    pub column: String,
    /// Rows without a value.
    pub missing: usize,
    /// Rows with an infinite value, which was taken for missing.
    pub infinite: usize,
}

/// The scores of some rows, in their order.
#[derive(Debug, Clone, PartialEq)]
pub struct Scored {
    /// One finite score a row; the higher, the more anomalous.
    pub scores: Vec<f64>,
    /// What each input column contributes to each row's score, `n x inputs`, in the order of
    /// [`super::ModelInfo::columns`]; one-hot columns are summed. `None` if the model does not explain.
    pub contributions: Option<Matrix>,
    /// Columns with values that training never saw; empty for a [`Self::slice`].
    pub unseen: Vec<Unseen>,
    /// The cells that hold them, by row; `input` is a position in [`super::ModelInfo::columns`].
    pub unseen_cells: Vec<UnseenCell>,
    /// Columns in which values were filled in; empty for a [`Self::slice`].
    pub filled: Vec<Filled>,
    /// Columns of numbers with percent signs, here or in training; empty unless rows were scored as their source wrote
    /// them.
    pub percent_signs: Vec<PercentSigns>,
}

impl Scored {
    /// The columns that raise a row's score most, at most `n`, with their shares: the contribution over
    /// the sum of the magnitudes of all. Contributions of 0 and below are none. Panics out of range.
    pub fn top(&self, row: usize, n: usize) -> Vec<(usize, f64)> {
        let Some(contributions) = &self.contributions else { return Vec::new() };
        let parts = contributions.row(row);
        let total: f64 = parts.iter().map(|part| f64::from(part.abs())).sum();
        let mut best: Vec<(usize, f32)> = Vec::with_capacity(n + 1);
        for (at, &part) in parts.iter().enumerate() {
            // Equal contributions keep the order of the columns.
            let place = best.iter().position(|(_, other)| part > *other).unwrap_or(best.len());
            if part > 0.0 && place < n {
                best.insert(place, (at, part));
                best.truncate(n);
            }
        }
        best.into_iter().map(|(at, part)| (at, f64::from(part) / total)).collect()
    }

    /// The scores of some of the rows, which follow each other. Panics out of range.
    pub fn slice(&self, rows: Range<usize>) -> Self {
        let positions: Vec<usize> = rows.clone().collect();
        let inside = |cell: &&UnseenCell| rows.contains(&(cell.row as usize));
        // A row of this part is at or after its start, so that the difference fits.
        let moved = |cell: &UnseenCell| UnseenCell { row: cell.row - rows.start as u32, ..*cell };
        Self {
            scores: self.scores[rows.clone()].to_vec(),
            contributions: self.contributions.as_ref().map(|all| all.select(&positions)),
            unseen: Vec::new(),
            filled: Vec::new(),
            percent_signs: Vec::new(),
            unseen_cells: self.unseen_cells.iter().filter(inside).map(moved).collect(),
        }
    }

    /// What is written with the rows: a score above the threshold is anomalous.
    pub fn decisions(&self, features: &Arc<[String]>, threshold: f64) -> Decisions {
        let top = |row| {
            let mut ranks = [None; 3];
            let best = self.top(row, ranks.len());
            ranks.iter_mut().zip(best).for_each(|(rank, entry)| *rank = Some(entry));
            ranks
        };
        let mut unseen = vec![Vec::new(); self.scores.len()];
        for cell in &self.unseen_cells {
            unseen[cell.row as usize].push(cell.input as usize);
        }
        Decisions {
            unseen,
            scores: self.scores.clone(),
            anomalies: self.scores.iter().map(|&score| score > threshold).collect(),
            features: Arc::clone(features),
            top: (0..self.scores.len()).map(top).collect(),
        }
    }
}

/// The columns of those cells, with a value of each.
pub(super) fn unseen(columns: &[InputColumn], table: &Table, cells: &[UnseenCell]) -> Vec<Unseen> {
    let mut found: Vec<Option<Unseen>> = vec![None; columns.len()];
    for cell in cells {
        let Some(input) = columns.get(cell.input as usize) else { continue };
        let example = || match table.column(&input.name) {
            Some(Column::Numeric(values)) => values[cell.row as usize].to_string(),
            Some(Column::Categorical { codes, levels }) => {
                levels.get(codes[cell.row as usize] as usize).cloned().unwrap_or_default()
            }
            None => String::new(),
        };
        let column = || Unseen { column: input.name.clone(), rows: 0, example: example() };
        found[cell.input as usize].get_or_insert_with(column).rows += 1;
    }
    found.into_iter().flatten().collect()
}

/// The columns in which a table that a model could score has gaps: they were filled.
pub(super) fn filled(columns: &[InputColumn], table: &Table) -> Vec<Filled> {
    let count = |input: &InputColumn| {
        let (missing, infinite) = match table.column(&input.name)? {
            Column::Numeric(values) => (
                values.iter().filter(|value| value.is_nan()).count(),
                values.iter().filter(|value| value.is_infinite()).count(),
            ),
            Column::Categorical { codes, .. } => {
                (codes.iter().filter(|code| **code == Column::MISSING).count(), 0)
            }
        };
        let column = || Filled { column: input.name.clone(), missing, infinite };
        (missing + infinite > 0).then(column)
    };
    columns.iter().filter_map(count).collect()
}

#[cfg(test)]
mod tests {
    use oddbench_core::FeatureKind;

    use super::*;

    #[test]
    fn gaps_are_counted_by_column() {
        let numbers = vec![1.0, f64::NAN, f64::INFINITY, f64::NEG_INFINITY, f64::NAN, 0.0];
        let missing = Column::MISSING;
        let codes = vec![0, missing, missing, missing, 1, 0];
        let levels = vec!["tcp".to_owned(), "udp".to_owned()];
        let table = Table {
            columns: vec![
                ("rate".to_owned(), Column::Numeric(numbers)),
                ("whole".to_owned(), Column::Numeric(vec![1.0; 6])),
                ("unread".to_owned(), Column::Numeric(vec![f64::NAN; 6])),
                ("proto".to_owned(), Column::Categorical { codes, levels }),
            ],
            classes: None,
            beside: Vec::new(),
        };
        let input = |name: &str, kind| InputColumn { name: name.into(), kind, levels: vec![] };
        let inputs = [
            input("proto", FeatureKind::Categorical),
            input("rate", FeatureKind::Numeric),
            input("whole", FeatureKind::Numeric),
        ];
        let gaps =
            |column: &str, missing, infinite| Filled { column: column.into(), missing, infinite };
        assert_eq!(filled(&inputs, &table), [gaps("proto", 3, 0), gaps("rate", 2, 2)]);
    }
}
