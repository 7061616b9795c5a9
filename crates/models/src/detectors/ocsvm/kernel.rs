//! Kernel functions of one row against several at once.

use oddbench_core::Matrix;
use pulp::{Simd, WithSimd};

use super::exp::exp;
use crate::row_groups::{Group, LANES, dot_products, fill_group, squared_distances};

/// Which function of two rows.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(in crate::detectors) enum Shape {
    Rbf,
    Linear,
    Poly { degree: u32, coef0: f64 },
    Sigmoid { coef0: f64 },
}

/// A kernel function with its coefficient.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(in crate::detectors) struct Kernel {
    pub shape: Shape,
    pub gamma: f64,
}

impl Kernel {
    /// The kernel of `row` with each row of the group.
    #[inline(always)]
    pub fn values(&self, row: &[f64], group: &Group) -> [f64; LANES] {
        let mut values = match self.shape {
            Shape::Rbf => squared_distances(row, group),
            Shape::Linear | Shape::Poly { .. } | Shape::Sigmoid { .. } => dot_products(row, group),
        };
        match self.shape {
            Shape::Rbf => {
                values.iter_mut().for_each(|v| *v *= -self.gamma);
                exp(&mut values);
            }
            Shape::Linear => {}
            Shape::Poly { degree, coef0 } => {
                values.iter_mut().for_each(|v| *v = (self.gamma * *v + coef0).powi(degree as i32));
            }
            Shape::Sigmoid { coef0 } => {
                values.iter_mut().for_each(|v| *v = (self.gamma * *v + coef0).tanh());
            }
        }
        values
    }
}

/// For each of `rows`, the weighted sum of its kernels with the support vectors, added in their
/// order, goes to `sums`.
pub(in crate::detectors) struct WeightedSums<'a> {
    pub kernel: Kernel,
    pub rows: &'a [f32],
    pub support: &'a Matrix,
    pub weights: &'a [f64],
    pub sums: &'a mut [f64],
}

impl WithSimd for WeightedSums<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        let d = self.support.cols();
        let support: Vec<f64> = self.support.as_slice().iter().map(|&v| f64::from(v)).collect();
        let mut group = vec![[0.0; LANES]; d];
        for (rows, sums) in self.rows.chunks(LANES * d).zip(self.sums.chunks_mut(LANES)) {
            fill_group(rows.chunks_exact(d), &mut group);
            let mut sum = [0.0; LANES];
            for (vector, weight) in support.chunks_exact(d).zip(self.weights) {
                let values = self.kernel.values(vector, &group);
                for (s, value) in sum.iter_mut().zip(values) {
                    *s += weight * value;
                }
            }
            sums.copy_from_slice(&sum[..sums.len()]);
        }
    }
}
