//! Scores with what they are made of.

use std::collections::HashSet;
use std::sync::Arc;

use oddbench_core::{Column, Matrix, Table};
use oddbench_data::rows::Decisions;
use serde::Serialize;

use super::InputColumn;

/// Categories that training never saw. The model takes such a value for none of those that it knows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Unseen {
    /// The column.
    pub column: String,
    /// Rows that have such a value.
    pub rows: usize,
    /// One of the values.
    pub example: String,
}

/// The scores of some rows, in their order.
#[derive(Debug, Clone, PartialEq)]
pub struct Scored {
    /// One finite score a row; the higher, the more anomalous.
    pub scores: Vec<f64>,
    /// What each input column contributes to each row's score, `n x inputs`, in the order of
    /// [`super::ModelInfo::columns`]; one-hot columns are summed. `None` if the model does not explain.
    pub contributions: Option<Matrix>,
    /// Columns with categories that training never saw.
    pub unseen: Vec<Unseen>,
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

    /// What is written beside the rows: a score above the threshold is anomalous.
    pub fn decisions(&self, features: &Arc<[String]>, threshold: f64) -> Decisions {
        let top = |row| {
            let mut ranks = [None; 3];
            let best = self.top(row, ranks.len());
            ranks.iter_mut().zip(best).for_each(|(rank, entry)| *rank = Some(entry));
            ranks
        };
        Decisions {
            scores: self.scores.clone(),
            anomalies: self.scores.iter().map(|&score| score > threshold).collect(),
            features: Arc::clone(features),
            top: (0..self.scores.len()).map(top).collect(),
        }
    }
}

/// The categories of the table that are not among the known ones.
pub(super) fn unseen(columns: &[InputColumn], table: &Table) -> Vec<Unseen> {
    let mut found = Vec::new();
    for input in columns {
        let Some(Column::Categorical { codes, levels }) = table.column(&input.name) else {
            continue;
        };
        let strange: HashSet<u32> = (0_u32..)
            .zip(levels)
            .filter(|(_, level)| input.levels.binary_search(level).is_err())
            .map(|(code, _)| code)
            .collect();
        let mut rows = codes.iter().filter(|code| strange.contains(code));
        if let Some(&first) = rows.next() {
            let example = levels[first as usize].clone();
            found.push(Unseen { column: input.name.clone(), rows: 1 + rows.count(), example });
        }
    }
    found
}
