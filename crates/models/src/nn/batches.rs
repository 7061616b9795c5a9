//! Mini-batches: a shuffled order of the training rows, and their gathering into feature-major
//! planes.

use oddbench_core::Matrix;
use rand::{Rng, RngExt};

use super::simd::{Plane, padded};

/// The training rows in an order that each epoch draws again.
#[derive(Debug, Clone)]
pub struct Batches<R> {
    order: Vec<u32>,
    rng: R,
}

impl<R: Rng> Batches<R> {
    /// `rows` row numbers, in their own order until the first shuffle.
    pub fn new(rows: usize, rng: R) -> Self {
        Self { order: (0..rows as u32).collect(), rng }
    }

    /// Shuffles by Fisher-Yates and returns the order; its chunks are the mini-batches.
    pub fn shuffle(&mut self) -> &[u32] {
        for i in (1..self.order.len()).rev() {
            let j = self.rng.random_range(0..=i as u32);
            self.order.swap(i, j as usize);
        }
        &self.order
    }
}

/// Copies the given rows of `x` into the columns of `plane`, in that order; padding becomes zero.
///
/// `plane` has one feature per column of `x` and room for the rows.
#[inline(always)]
pub fn gather(x: &Matrix, rows: &[u32], plane: &mut Plane) {
    transpose(rows.iter().map(|&row| x.row(row as usize)), rows.len(), plane);
}

/// Copies rows `first..first + n` of `x` into the columns of `plane`; padding becomes zero.
#[inline(always)]
pub fn gather_range(x: &Matrix, first: usize, n: usize, plane: &mut Plane) {
    transpose((first..first + n).map(|row| x.row(row)), n, plane);
}

#[inline(always)]
fn transpose<'a>(rows: impl Iterator<Item = &'a [f32]>, n: usize, plane: &mut Plane) {
    let stride = plane.stride();
    assert!(padded(n) <= stride, "the plane is narrower than the batch");
    let data = plane.as_mut_slice();
    for (column, row) in rows.enumerate() {
        for (slot, value) in data[column..].iter_mut().step_by(stride).zip(row) {
            *slot = *value;
        }
    }
    plane.clear_padding(n);
}

/// Copies the columns of `plane` into row-major `rows`, as many as there are.
#[inline(always)]
pub fn scatter(plane: &Plane, rows: &mut [f32]) {
    let features = plane.features();
    for f in 0..features {
        for (slot, value) in rows[f..].iter_mut().step_by(features).zip(plane.feature(f)) {
            *slot = *value;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::SeedableRng;
    use rand_xoshiro::Xoshiro256PlusPlus;

    #[test]
    fn every_epoch_is_another_permutation_and_a_seed_repeats_it() {
        let batches = || Batches::new(100, Xoshiro256PlusPlus::seed_from_u64(7));
        let mut a = batches();
        let first = a.shuffle().to_vec();
        let second = a.shuffle().to_vec();
        assert_ne!(first, second);
        assert_eq!(first, batches().shuffle());
        for mut order in [first, second] {
            order.sort_unstable();
            assert_eq!(order, (0..100).collect::<Vec<_>>());
        }
    }

    #[test]
    fn gathered_rows_are_columns_and_padding_is_zero() {
        let x = Matrix::new(3, 2, vec![1., 2., 3., 4., 5., 6.]).unwrap();
        let mut plane = Plane::zeros(2, 3);
        plane.as_mut_slice().fill(9.0);
        gather(&x, &[2, 0], &mut plane);
        assert_eq!(plane.feature(0)[..3], [5., 1., 0.]);
        assert_eq!(plane.feature(1)[..3], [6., 2., 0.]);
        gather_range(&x, 1, 2, &mut plane);
        assert_eq!(plane.feature(0)[..3], [3., 5., 0.]);
    }
}
