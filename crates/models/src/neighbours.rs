//! Exact nearest neighbours among the training rows: a k-d tree over the distinct ones.
//!
//! J. L. Bentley: *Multidimensional Binary Search Trees Used for Associative Searching*, CACM 1975,
//! with the bounding box of each node. A row that occurs `m` times counts as `m` neighbours. Of
//! equally distant rows the one that occurs first in the training rows comes first, so that neither
//! the shape of the tree nor the number of threads can show in a result.
//!
//! Written here. kiddo and linfa-nn have k-d trees (their documentation was read, neither was timed):
//! kiddo fixes the number of columns when it is compiled, and neither counts a repeated row as several
//! nor says which of equally distant rows comes first.

mod nearest;
mod tree;

use oddbench_core::{DetectorError, Matrix};
use pulp::{Simd, WithSimd};
use rayon::prelude::*;

pub(crate) use self::nearest::{Itself, Nearest, Neighbour};
use self::tree::Tree;
use crate::{distinct::Distinct, nn::simd::dispatch, save::Saved};

/// Queries that one thread answers at a time.
const BLOCK: usize = 64;

/// The training rows, ready to be searched.
pub(crate) struct Index {
    /// Each training row once, in the order in which they first occur.
    pub rows: Matrix,
    /// How often each of them occurs.
    pub counts: Vec<u32>,
    tree: Tree,
}

impl Index {
    pub fn new(x: &Matrix) -> Self {
        let distinct = Distinct::new(x);
        Self::of(distinct.rows, distinct.counts)
    }

    /// Each row once, and how often it occurs.
    pub fn of(rows: Matrix, counts: Vec<u32>) -> Self {
        let tree = Tree::new(&rows);
        Self { rows, counts, tree }
    }

    /// Number of training rows, repetitions included.
    pub fn len(&self) -> usize {
        self.counts.iter().map(|&count| count as usize).sum()
    }

    /// The results of `summarise` for the `k` nearest training rows of each query. There must be `k` of
    /// them, and one more if the query itself is left out.
    pub fn search<T: Send>(
        &self,
        queries: &Matrix,
        k: usize,
        itself: Itself,
        summarise: impl Fn(&Nearest) -> T + Sync,
    ) -> Vec<T> {
        let d = queries.cols();
        let blocks = queries.as_slice().par_chunks(BLOCK * d);
        let answers = blocks
            .map(|rows| dispatch(Queries { index: self, rows, itself, k, summarise: &summarise }));
        answers.collect::<Vec<_>>().into_iter().flatten().collect()
    }

    /// The results of `summarise` for the `k` nearest others of each distinct training row. There must be
    /// `k + 1` training rows.
    pub fn search_others<T: Send>(
        &self,
        k: usize,
        summarise: impl Fn(&Nearest) -> T + Sync,
    ) -> Vec<T> {
        self.search(&self.rows, k, Itself::LeftOut, summarise)
    }

    /// Adds the rows to a saved model; loading grows the tree again.
    pub fn save(&self, saved: Saved) -> Saved {
        let (n, d) = (self.rows.rows(), self.rows.cols());
        saved.with("rows", &[n, d], self.rows.as_slice().to_vec()).with(
            "counts",
            &[n],
            self.counts.clone(),
        )
    }

    /// The rows of a saved model.
    pub fn load(saved: &Saved) -> Result<Self, DetectorError> {
        let n = saved.shape("counts")?.iter().product();
        let counts = saved.tensor_u32("counts", &[n])?.to_vec();
        let rows = saved.tensor_f32("rows", &[n, saved.n_features])?.to_vec();
        if counts.contains(&0) || rows.iter().any(|v| !v.is_finite()) {
            return Err(saved.broken("a row occurs zero times or is not finite"));
        }
        let rows = Matrix::new(n, saved.n_features, rows).map_err(|e| saved.broken(e))?;
        Ok(Self::of(rows, counts))
    }
}

/// A block of queries, answered below one choice of instruction set.
struct Queries<'a, F> {
    index: &'a Index,
    /// Row-major.
    rows: &'a [f32],
    itself: Itself,
    k: usize,
    summarise: &'a F,
}

impl<T, F: Fn(&Nearest) -> T> WithSimd for Queries<'_, F> {
    type Output = Vec<T>;

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) -> Vec<T> {
        let d = self.index.rows.cols();
        let mut nearest = Nearest::new(self.k, self.itself);
        let mut query = vec![0.0; d];
        let mut answers = Vec::with_capacity(self.rows.len() / d);
        let mut pending = Vec::new();
        for row in self.rows.chunks_exact(d) {
            self.index.tree.prepare(row, &mut query);
            nearest.clear();
            self.index.tree.search(&query, &self.index.counts, &mut pending, &mut nearest);
            answers.push((self.summarise)(&nearest));
        }
        answers
    }
}

#[cfg(test)]
mod tests;
