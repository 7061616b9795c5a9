//! Kernel functions of one row against several at once.

use oddbench_core::Matrix;

use super::exp::exp;

/// Rows that are computed side by side: two AVX2 vectors of doubles.
pub(super) const LANES: usize = 8;

/// Which function of two rows.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Shape {
    Rbf,
    Linear,
    Poly { degree: u32, coef0: f64 },
    Sigmoid { coef0: f64 },
}

/// A kernel function with its coefficient.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Kernel {
    pub shape: Shape,
    pub gamma: f64,
}

/// Of up to [`LANES`] rows, feature `f`: the values side by side at index `f`.
pub(super) type Group = [[f32; LANES]];

impl Kernel {
    /// The kernel of `row` with each row of the group.
    #[inline(always)]
    pub fn values(&self, row: &[f64], group: &Group) -> [f64; LANES] {
        match self.shape {
            Shape::Rbf => exp(squared_distances(row, group).map(|d| -self.gamma * d)),
            Shape::Linear => dot_products(row, group),
            Shape::Poly { degree, coef0 } => {
                dot_products(row, group).map(|dot| (self.gamma * dot + coef0).powi(degree as i32))
            }
            Shape::Sigmoid { coef0 } => {
                dot_products(row, group).map(|dot| (self.gamma * dot + coef0).tanh())
            }
        }
    }

    /// For each of the rows, the weighted sum of its kernels with the support vectors, added in
    /// their order.
    pub fn weighted_sums(&self, rows: &[f32], support: &Matrix, weights: &[f64], sums: &mut [f64]) {
        pulp::Arch::new().dispatch(
            #[inline(always)]
            || self.weighted_sums_inlined(rows, support, weights, sums),
        );
    }

    #[inline(always)]
    fn weighted_sums_inlined(
        &self,
        rows: &[f32],
        support: &Matrix,
        weights: &[f64],
        sums: &mut [f64],
    ) {
        let d = support.cols();
        let support: Vec<f64> = support.as_slice().iter().map(|&v| f64::from(v)).collect();
        let mut group = vec![[0.0; LANES]; d];
        for (rows, sums) in rows.chunks(LANES * d).zip(sums.chunks_mut(LANES)) {
            fill_group(rows, &mut group);
            let mut sum = [0.0; LANES];
            for (vector, weight) in support.chunks_exact(d).zip(weights) {
                let values = self.values(vector, &group);
                for (s, value) in sum.iter_mut().zip(values) {
                    *s += weight * value;
                }
            }
            sums.copy_from_slice(&sum[..sums.len()]);
        }
    }
}

/// Lays up to [`LANES`] rows side by side. Lanes without a row keep what they had.
pub(super) fn fill_group(rows: &[f32], group: &mut Group) {
    for (lane, row) in rows.chunks_exact(group.len()).enumerate() {
        for (values, &value) in group.iter_mut().zip(row) {
            values[lane] = value;
        }
    }
}

#[inline(always)]
fn squared_distances(row: &[f64], group: &Group) -> [f64; LANES] {
    let mut sums = [0.0; LANES];
    for (&value, others) in row.iter().zip(group) {
        for (sum, &other) in sums.iter_mut().zip(others) {
            let difference = value - f64::from(other);
            *sum += difference * difference;
        }
    }
    sums
}

#[inline(always)]
fn dot_products(row: &[f64], group: &Group) -> [f64; LANES] {
    let mut sums = [0.0; LANES];
    for (&value, others) in row.iter().zip(group) {
        for (sum, &other) in sums.iter_mut().zip(others) {
            *sum += value * f64::from(other);
        }
    }
    sums
}
