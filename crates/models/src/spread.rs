//! A mean and the spread around it: the Mahalanobis distance and the features' shares of it.

use crate::covariance::Axes;

/// A point and directions, each measured by the standard deviation of the training rows along it.
pub(crate) struct Spread {
    pub mean: Vec<f64>,
    /// One vector per direction, divided by the standard deviation along it: the inner products with
    /// a centred training row are uncorrelated and have unit variance.
    pub whitening: Vec<Vec<f64>>,
}

/// Each direction over the standard deviation along it.
pub(crate) fn whitening(axes: Axes) -> Vec<Vec<f64>> {
    let axes = axes.vectors.into_iter().zip(axes.variances);
    axes.map(|(axis, variance)| axis.into_iter().map(|v| v / variance.sqrt()).collect()).collect()
}

impl Spread {
    fn centred(&self, row: &[f32]) -> Vec<f64> {
        row.iter().zip(&self.mean).map(|(&v, m)| f64::from(v) - m).collect()
    }

    /// The coordinates of a centred row along the directions, in standard deviations.
    fn coordinates<'a>(&'a self, centred: &'a [f64]) -> impl Iterator<Item = f64> + 'a {
        self.whitening
            .iter()
            .map(move |axis| axis.iter().zip(centred).map(|(a, c)| a * c).sum::<f64>())
    }

    /// The sum of the squared coordinates of a row: with all directions the squared Mahalanobis
    /// distance.
    pub fn squared_distance(&self, row: &[f32]) -> f64 {
        self.coordinates(&self.centred(row)).map(|c| c * c).sum()
    }

    /// Each feature's part of the squared distance: `(x - m)_i (S^-1 (x - m))_i` for the feature `i`
    /// and the covariance `S` of the directions. A part may be negative: a value that makes a
    /// correlated one less surprising.
    pub fn shares(&self, row: &[f32]) -> Vec<f64> {
        let centred = self.centred(row);
        let mut shares = vec![0.0; centred.len()];
        for (axis, coordinate) in self.whitening.iter().zip(self.coordinates(&centred)) {
            for ((share, a), c) in shares.iter_mut().zip(axis).zip(&centred) {
                *share += c * a * coordinate;
            }
        }
        shares
    }
}
