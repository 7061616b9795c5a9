//! Means, covariances and their eigenvectors, in double precision.

use nalgebra::{DMatrix, SymmetricEigen};
use oddbench_core::Matrix;

use crate::parallel::sum_blocks;

/// Directions in the space of the features, with the variance along each.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Axes {
    /// Variance (divisor `n`) along each axis, the largest first; never negative.
    pub variances: Vec<f64>,
    /// One unit vector per axis, in the order of the variances. Their signs are arbitrary.
    pub vectors: Vec<Vec<f64>>,
}

impl Axes {
    /// Along how many axes, from the first, the rows vary; what is left of the variance of the others
    /// is rounding.
    pub fn varying(&self) -> usize {
        let negligible = self.variances[0] * self.variances.len() as f64 * f64::EPSILON;
        self.variances.iter().take_while(|&&v| v > negligible).count()
    }

    /// Keeps the first axes.
    pub fn truncate(&mut self, kept: usize) {
        self.variances.truncate(kept);
        self.vectors.truncate(kept);
    }
}

/// The mean of each column.
pub(crate) fn mean(x: &Matrix) -> Vec<f64> {
    let mut sum = sum_blocks(x, x.cols(), |rows, sum| {
        for row in rows.chunks_exact(x.cols()) {
            sum.iter_mut().zip(row).for_each(|(s, &v)| *s += f64::from(v));
        }
    });
    sum.iter_mut().for_each(|s| *s /= x.rows() as f64);
    sum
}

/// For each column the sum of the squared differences from its mean.
pub(crate) fn squared_deviations(x: &Matrix, mean: &[f64]) -> Vec<f64> {
    sum_blocks(x, x.cols(), |rows, sum| {
        for row in rows.chunks_exact(x.cols()) {
            for ((s, &value), m) in sum.iter_mut().zip(row).zip(mean) {
                *s += (f64::from(value) - m).powi(2);
            }
        }
    })
}

/// The `d x d` covariance with divisor `n`, row-major and exactly symmetric.
pub(crate) fn covariance(x: &Matrix, mean: &[f64]) -> DMatrix<f64> {
    let d = x.cols();
    let upper = sum_blocks(x, d * d, |rows, sum| {
        let mut centred = vec![0.0; d];
        for row in rows.chunks_exact(d) {
            for ((c, &v), m) in centred.iter_mut().zip(row).zip(mean) {
                *c = f64::from(v) - m;
            }
            for (i, line) in sum.chunks_exact_mut(d).enumerate() {
                let ci = centred[i];
                line[i..].iter_mut().zip(&centred[i..]).for_each(|(s, c)| *s += ci * c);
            }
        }
    });
    let n = x.rows() as f64;
    DMatrix::from_fn(d, d, |i, j| upper[i.min(j) * d + i.max(j)] / n)
}

/// The standard deviation of each column of `rows` rows; 1 where it is constant but for rounding, as
/// scikit-learn's `StandardScaler` has it.
pub(crate) fn scales(covariance: &DMatrix<f64>, mean: &[f64], rows: usize) -> Vec<f64> {
    let n = rows as f64;
    let scale = |(j, mean): (usize, &f64)| {
        let variance = covariance[(j, j)];
        let rounding = n * f64::EPSILON * variance + (n * mean * f64::EPSILON).powi(2);
        if variance <= rounding { 1.0 } else { variance.sqrt() }
    };
    mean.iter().enumerate().map(scale).collect()
}

/// The covariance of the columns over their scales. With standard deviations as scales it is the correlation.
pub(crate) fn scaled(covariance: &DMatrix<f64>, scales: &[f64]) -> DMatrix<f64> {
    DMatrix::from_fn(scales.len(), scales.len(), |i, j| {
        covariance[(i, j)] / (scales[i] * scales[j])
    })
}

/// The eigenvectors of a covariance.
pub(crate) fn principal_axes(covariance: DMatrix<f64>) -> Axes {
    let eigen = SymmetricEigen::new(covariance);
    let mut order: Vec<usize> = (0..eigen.eigenvalues.len()).collect();
    order.sort_by(|&a, &b| eigen.eigenvalues[b].total_cmp(&eigen.eigenvalues[a]));
    Axes {
        variances: order.iter().map(|&i| eigen.eigenvalues[i].max(0.0)).collect(),
        vectors: order
            .iter()
            .map(|&i| eigen.eigenvectors.column(i).iter().copied().collect())
            .collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_covariance_of_a_hand_made_table() {
        let x = Matrix::new(4, 2, vec![0., 0., 2., 1., 4., 2., 6., 3.]).unwrap();
        let mean = mean(&x);
        assert_eq!(mean, [3.0, 1.5]);
        let c = covariance(&x, &mean);
        assert_eq!((c[(0, 0)], c[(0, 1)], c[(1, 0)], c[(1, 1)]), (5.0, 2.5, 2.5, 1.25));
    }

    #[test]
    fn a_constant_column_has_scale_one_and_correlates_with_nothing() {
        let x = Matrix::new(3, 3, vec![0., 0.1, 2., 1., 0.1, 0., 2., 0.1, -2.]).unwrap();
        let mean = mean(&x);
        let covariance = covariance(&x, &mean);
        let scales = scales(&covariance, &mean, 3);
        assert_eq!(scales[1], 1.0);
        let correlation = scaled(&covariance, &scales);
        assert!((correlation[(0, 2)] + 1.0).abs() < 1e-12);
        assert!((correlation[(2, 2)] - 1.0).abs() < 1e-12);
        assert!(correlation[(1, 1)].abs() < 1e-12);
        assert_eq!(principal_axes(correlation).varying(), 1);
    }

    #[test]
    fn the_first_axis_lies_along_the_rows() {
        let x = Matrix::new(3, 2, vec![0., 0., 1., 2., 2., 4.]).unwrap();
        let axes = principal_axes(covariance(&x, &mean(&x)));
        let first = &axes.vectors[0];
        assert!((first[1] / first[0] - 2.0).abs() < 1e-12);
        assert!((axes.variances[0] - 10.0 / 3.0).abs() < 1e-12);
        assert!(axes.variances[1] < 1e-12);
    }
}
