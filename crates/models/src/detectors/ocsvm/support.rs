//! The support vectors that a fit leaves, of the one-class machine and of the classifier.

use oddbench_core::{DetectorError, Matrix};

use super::kernel::{Kernel, WeightedSums};
use crate::{nn::simd::dispatch, parallel::score_distinct_blocks, save::Saved};

/// Rows with their weights in the decision function `sum of weight · kernel(vector, row)` and its
/// offset.
pub(crate) struct SupportVectors {
    kernel: Kernel,
    vectors: Matrix,
    /// One per vector.
    weights: Vec<f64>,
    rho: f64,
}

impl SupportVectors {
    /// The rows whose weight is not 0; `None` if the kernel overflowed. One weight per row.
    pub(crate) fn of(x: &Matrix, kernel: Kernel, weights: &[f64], rho: f64) -> Option<Self> {
        if !rho.is_finite() || weights.iter().any(|weight| !weight.is_finite()) {
            return None;
        }
        let support: Vec<usize> = (0..weights.len()).filter(|&i| weights[i] != 0.0).collect();
        let weights = support.iter().map(|&i| weights[i]).collect();
        Some(Self { kernel, vectors: x.select(&support), weights, rho })
    }

    /// The score of each row from its weighted sum and the offset; or the first row on which the
    /// kernel overflows.
    pub(crate) fn scores(
        &self,
        x: &Matrix,
        score: impl Fn(f64, f64) -> f64 + Sync,
    ) -> Result<Vec<f64>, usize> {
        let scores = score_distinct_blocks(x, |rows, scores| {
            dispatch(WeightedSums {
                kernel: self.kernel,
                rows,
                support: &self.vectors,
                weights: &self.weights,
                sums: scores,
            });
            scores.iter_mut().for_each(|sum| *sum = score(*sum, self.rho));
        });
        match scores.iter().position(|score| !score.is_finite()) {
            None => Ok(scores),
            Some(row) => Err(row),
        }
    }

    /// Adds them to a saved model.
    pub(crate) fn save(&self, saved: Saved) -> Saved {
        let (n, d) = (self.vectors.rows(), self.vectors.cols());
        saved
            .with("support", &[n, d], self.vectors.as_slice().to_vec())
            .with("weights", &[n], self.weights.clone())
            .with("gamma", &[], vec![self.kernel.gamma])
            .with("rho", &[], vec![self.rho])
    }

    /// Those of a saved model; `kernel` makes the kernel of its width.
    pub(crate) fn load(
        saved: &Saved,
        kernel: impl Fn(f64) -> Kernel,
    ) -> Result<Self, DetectorError> {
        let d = saved.n_features;
        let n = saved.shape("weights")?.iter().product();
        let weights = saved.tensor_f64("weights", &[n])?.to_vec();
        let vectors = saved.tensor_f32("support", &[n, d])?.to_vec();
        let vectors = Matrix::new(n, d, vectors).map_err(|e| saved.broken(e))?;
        let kernel = kernel(saved.tensor_f64("gamma", &[])?[0]);
        let rho = saved.tensor_f64("rho", &[])?[0];
        Ok(Self { kernel, vectors, weights, rho })
    }
}
