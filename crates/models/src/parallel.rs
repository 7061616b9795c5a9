//! Work over rows on all cores, with results that do not depend on how many cores there are.
//!
//! Rows are cut into blocks of a fixed size, never into one part per thread, so that whatever is
//! summed within a block is summed in the same order everywhere. `RAYON_NUM_THREADS` is obeyed.

use oddbench_core::Matrix;
use rayon::prelude::*;

use crate::distinct::Distinct;

/// Rows in a block: enough to outweigh a hand-over between threads, few enough that a block of KDD
/// rows stays in the first-level cache.
const BLOCK: usize = 256;

/// One score per row.
pub(crate) fn score_rows(x: &Matrix, score: impl Fn(&[f32]) -> f64 + Sync) -> Vec<f64> {
    score_blocks(x, |rows, scores| {
        for (row, out) in rows.chunks_exact(x.cols()).zip(scores) {
            *out = score(row);
        }
    })
}

/// One score per row, a block at a time: `score` gets the block's values, row-major, and the place
/// for its scores. It must treat each row on its own.
pub(crate) fn score_blocks(x: &Matrix, score: impl Fn(&[f32], &mut [f64]) + Sync) -> Vec<f64> {
    let mut scores = vec![0.0; x.rows()];
    scores
        .par_chunks_mut(BLOCK)
        .zip(x.as_slice().par_chunks(BLOCK * x.cols()))
        .for_each(|(out, rows)| score(rows, out));
    scores
}

/// As [`score_blocks`], with each distinct row scored once: for scores that cost more than hashing
/// the row.
pub(crate) fn score_distinct_blocks(
    x: &Matrix,
    score: impl Fn(&[f32], &mut [f64]) + Sync,
) -> Vec<f64> {
    let distinct = Distinct::new(x);
    distinct.spread(&score_blocks(&distinct.rows, score))
}

/// Writes one row of `out` per row of `x`.
pub(crate) fn map_rows(x: &Matrix, cols: usize, map: impl Fn(&[f32], &mut [f32]) + Sync) -> Matrix {
    let mut out = Matrix::zeros(x.rows(), cols);
    out.as_mut_slice()
        .par_chunks_mut(cols)
        .zip(x.as_slice().par_chunks(x.cols()))
        .for_each(|(out, row)| map(row, out));
    out
}

/// The sum of one vector per block of rows, blocks added in their order.
pub(crate) fn sum_blocks(
    x: &Matrix,
    len: usize,
    add: impl Fn(&[f32], &mut [f64]) + Sync,
) -> Vec<f64> {
    /// Larger than for scores: each block has its own sum.
    const SUM_BLOCK: usize = 4096;
    let partial: Vec<Vec<f64>> = x
        .as_slice()
        .par_chunks(SUM_BLOCK * x.cols())
        .map(|rows| {
            let mut sum = vec![0.0; len];
            add(rows, &mut sum);
            sum
        })
        .collect();
    let mut total = vec![0.0; len];
    for part in partial {
        total.iter_mut().zip(part).for_each(|(t, p)| *t += p);
    }
    total
}
