//! Losses over a batch, with their derivatives.

use oddbench_core::{DetectorError, Matrix};
use pulp::Simd;

use super::simd::{Plane, vectors_of};

/// The sum of squared differences between `y` and `target` over all features of `n` rows; `delta`
/// becomes `scale * (y - target)`, and zero in the padding columns.
///
/// For the mean squared error of `n` rows by `d` features, divide the sum by `n * d` and take
/// `scale = 2 / (n * d)`.
#[inline(always)]
pub fn squared_error<S: Simd>(
    simd: S,
    y: &Plane,
    target: &Plane,
    delta: &mut Plane,
    scale: f32,
    n: usize,
) -> f32 {
    let vecs = vectors_of::<S>(n);
    for f in 0..y.features() {
        let pairs = y.vectors::<S>(f, vecs).iter().zip(target.vectors::<S>(f, vecs));
        for (slot, (y, t)) in delta.vectors_mut::<S>(f, vecs).iter_mut().zip(pairs) {
            *slot = simd.sub_f32s(*y, *t);
        }
    }
    delta.clear_padding(n);
    let scale = simd.splat_f32s(scale);
    let mut sum = simd.splat_f32s(0.0);
    for f in 0..y.features() {
        for slot in delta.vectors_mut::<S>(f, vecs) {
            sum = simd.mul_add_e_f32s(*slot, *slot, sum);
            *slot = simd.mul_f32s(scale, *slot);
        }
    }
    simd.reduce_sum_f32s(sum)
}

/// The sum of squared differences of two rows, in double precision, where no finite rows overflow.
pub fn squared_distance(x: &[f32], y: &[f32]) -> f64 {
    x.iter().zip(y).map(|(x, y)| (f64::from(*x) - f64::from(*y)).powi(2)).sum()
}

/// The sum of absolute differences of two rows, in double precision.
pub fn absolute_distance(x: &[f32], y: &[f32]) -> f64 {
    x.iter().zip(y).map(|(x, y)| (f64::from(*x) - f64::from(*y)).abs()).sum()
}

/// Each feature's squared error over the number of features: a row sums to its mean squared error.
pub fn squared_shares(x: &Matrix, y: &Matrix) -> Matrix {
    let n_features = x.cols() as f64;
    let mut shares = Matrix::zeros(x.rows(), x.cols());
    let pairs = x.as_slice().iter().zip(y.as_slice());
    for (share, (x, y)) in shares.as_mut_slice().iter_mut().zip(pairs) {
        *share = ((f64::from(*x) - f64::from(*y)).powi(2) / n_features) as f32;
    }
    shares
}

/// The scores, if all are finite; rows far beyond the training values can overflow a network.
pub fn finite(scores: Vec<f64>) -> Result<Vec<f64>, DetectorError> {
    match scores.iter().position(|score| !score.is_finite()) {
        None => Ok(scores),
        Some(row) => Err(DetectorError::BadInput(format!(
            "row {row}: the network's output is not finite, so its values must lie far beyond those \
             of training; scale the columns as in training, or leave the row out"
        ))),
    }
}
