//! What is usual among the rows that a followed file had lately and that were called normal.

use std::collections::VecDeque;

use oddbench_data::rows::Rows;
use oddbench_engine::scoring::SavedModel;

use crate::features::{Usual, usual};
use crate::page::evenly;

/// Rows that are kept at most.
const KEPT: usize = 2_000;

/// Rows of one batch that are kept at most, so that the rows span more than a moment.
const OF_A_BATCH: usize = 100;

/// The latest rows that were called normal, in batches.
#[derive(Debug, Default)]
pub struct UsualRows {
    batches: VecDeque<Rows>,
    rows: usize,
}

impl UsualRows {
    /// Keeps some of a batch: those of `normal`, positions in `rows`.
    pub fn add(&mut self, rows: &Rows, normal: &[usize]) {
        let some: Vec<usize> =
            evenly(normal.len(), OF_A_BATCH).into_iter().map(|at| normal[at]).collect();
        if some.is_empty() {
            return;
        }
        self.rows += some.len();
        self.batches.push_back(rows.select(&some));
        while self.rows > KEPT
            && let Some(oldest) = self.batches.pop_front()
        {
            self.rows -= oldest.len();
        }
    }

    /// What is usual in each column that the model reads. Nothing is known where no row was called normal, or
    /// where the file has other columns now.
    pub fn usual(&self, model: &SavedModel) -> Vec<(String, Usual)> {
        let mut batches = self.batches.iter().cloned();
        let Some(mut rows) = batches.next() else { return Vec::new() };
        for batch in batches {
            if rows.append(batch).is_err() {
                return Vec::new();
            }
        }
        let all: Vec<usize> = (0..rows.len()).collect();
        rows.table(model.columns()).map(|table| usual(&table, &all)).unwrap_or_default()
    }
}
