//! What trained adversaries say of rows.

use oddbench_core::{DetectorError, Matrix};

use super::params::{BiganDistance, BiganParams, BiganTerm};
use super::shape::Shape;
use crate::nn::loss::{absolute_distance, finite, squared_distance};
use crate::nn::mlp::Mlp;
use crate::nn::network::Trained;

impl Trained<Shape> {
    /// (1 - weight) * distance + weight * term, row by row.
    pub(super) fn score(
        &self,
        x: &Matrix,
        params: &BiganParams,
    ) -> Result<Vec<f64>, DetectorError> {
        let codes = self.run(&self.shape.encoder, x)?;
        let y = self.run(&self.shape.generator, &codes)?;
        let distance = match params.distance {
            BiganDistance::Absolute => absolute_distance,
            BiganDistance::Squared => squared_distance,
        };
        let pairs = x.iter_rows().zip(y.iter_rows());
        let mut scores: Vec<f64> =
            pairs.map(|(x, y)| (1.0 - params.weight) * distance(x, y)).collect();
        if params.weight > 0.0 {
            let terms = match params.term {
                BiganTerm::FeatureMatching => self.feature_distance(&codes, x, &y)?,
                BiganTerm::CrossEntropy => self.cross_entropy(&codes, x)?,
            };
            for (score, term) in scores.iter_mut().zip(terms) {
                *score += params.weight * term;
            }
        }
        finite(scores)
    }

    /// What the generator makes of each row's code.
    pub(super) fn reconstruction(&self, x: &Matrix) -> Result<Matrix, DetectorError> {
        self.run(&self.shape.generator, &self.run(&self.shape.encoder, x)?)
    }

    /// Each feature's part of the first term, times its share.
    pub(super) fn shares(&self, x: &Matrix, params: &BiganParams) -> Result<Matrix, DetectorError> {
        let mut y = self.reconstruction(x)?;
        let share = (1.0 - params.weight) as f32;
        for (y, x) in y.as_mut_slice().iter_mut().zip(x.as_slice()) {
            let error = (*x - *y).abs();
            *y = share
                * match params.distance {
                    BiganDistance::Absolute => error,
                    BiganDistance::Squared => error * error,
                };
        }
        Ok(y)
    }

    /// The L1 distance between the discriminator's features of each row and of its reconstruction.
    fn feature_distance(
        &self,
        codes: &Matrix,
        x: &Matrix,
        y: &Matrix,
    ) -> Result<Vec<f64>, DetectorError> {
        let features = Mlp { layers: vec![self.shape.features] };
        let of_row = self.run(&features, &side_by_side(codes, x))?;
        let of_reconstruction = self.run(&features, &side_by_side(codes, y))?;
        let pairs = of_row.iter_rows().zip(of_reconstruction.iter_rows());
        Ok(pairs.map(|(a, b)| absolute_distance(a, b)).collect())
    }

    /// -ln of the probability that the discriminator gives (E(x), x) of being real.
    fn cross_entropy(&self, codes: &Matrix, x: &Matrix) -> Result<Vec<f64>, DetectorError> {
        let logits = self.run(&self.shape.discriminator(), &side_by_side(codes, x))?;
        let softplus = |v: f64| v.max(0.0) + (-v.abs()).exp().ln_1p();
        Ok(logits.as_slice().iter().map(|&s| softplus(-f64::from(s))).collect())
    }
}

/// The columns of `a`, then the columns of `b`.
fn side_by_side(a: &Matrix, b: &Matrix) -> Matrix {
    let mut both = Matrix::zeros(a.rows(), a.cols() + b.cols());
    let rows = both.as_mut_slice().chunks_exact_mut(a.cols() + b.cols());
    for ((slot, a), b) in rows.zip(a.iter_rows()).zip(b.iter_rows()) {
        let (left, right) = slot.split_at_mut(a.len());
        left.copy_from_slice(a);
        right.copy_from_slice(b);
    }
    both
}
