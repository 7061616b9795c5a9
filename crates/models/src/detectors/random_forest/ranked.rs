//! The training rows as trees want them: each distinct row once, each column as ranks.

use oddbench_core::Matrix;
use rand::{Rng, RngExt};
use rayon::prelude::*;

use crate::distinct::Distinct;

/// How many inliers (lower half) and outliers (upper half) there are: one addition counts both.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Counts(pub u64);

impl Counts {
    pub fn of_row(outlier: bool) -> Self {
        Self(if outlier { 1 << 32 } else { 1 })
    }

    pub fn inliers(self) -> u64 {
        self.0 & u64::from(u32::MAX)
    }

    pub fn outliers(self) -> u64 {
        self.0 >> 32
    }

    pub fn rows(self) -> u64 {
        self.inliers() + self.outliers()
    }

    /// Whether there are rows of one class only.
    pub fn pure(self) -> bool {
        self.inliers() == 0 || self.outliers() == 0
    }
}

/// The training rows.
pub(super) struct Ranked {
    /// Per column, the ranks of the distinct rows' values.
    pub ranks: Vec<Vec<u32>>,
    /// Per column, the values in ascending order: what a rank stands for.
    pub values: Vec<Vec<f32>>,
    /// For each training row, which distinct row it is, and its label in the lowest bit.
    of: Vec<u32>,
    distinct: usize,
}

impl Ranked {
    pub fn new(x: &Matrix, labels: &[bool]) -> Self {
        let distinct = Distinct::new(x);
        let columns = (0..x.cols()).into_par_iter().map(|j| ranked(&distinct.rows, j));
        let (ranks, values) = columns.unzip();
        let label = |(&row, &outlier): (&u32, &bool)| row << 1 | u32::from(outlier);
        let of = distinct.of.iter().zip(labels).map(label).collect();
        Self { ranks, values, of, distinct: distinct.rows.rows() }
    }

    /// So many training rows, drawn with replacement, as counts of the distinct ones.
    pub fn drawn(&self, rows: usize, rng: &mut impl Rng) -> Vec<Counts> {
        let mut counts = vec![Counts::default(); self.distinct];
        let n = self.of.len() as u32;
        for _ in 0..rows {
            self.count(&mut counts, self.of[rng.random_range(0..n) as usize]);
        }
        counts
    }

    /// Every training row once, as counts of the distinct ones.
    pub fn all(&self) -> Vec<Counts> {
        let mut counts = vec![Counts::default(); self.distinct];
        self.of.iter().for_each(|&of| self.count(&mut counts, of));
        counts
    }

    #[inline]
    fn count(&self, counts: &mut [Counts], of: u32) {
        counts[(of >> 1) as usize].0 += Counts::of_row(of & 1 == 1).0;
    }
}

/// The ranks of the values of a column, and the values that the ranks stand for.
fn ranked(x: &Matrix, column: usize) -> (Vec<u32>, Vec<f32>) {
    let mut values: Vec<f32> = x.column(column).collect();
    values.sort_unstable_by(f32::total_cmp);
    values.dedup();
    let rank = |value: f32| values.partition_point(|&v| v < value) as u32;
    (x.column(column).map(rank).collect(), values)
}
