//! The density of a mixture of normal distributions.

use std::f64::consts::PI;

use oddbench_core::DetectorError;
use pulp::{Simd, WithSimd};

use super::CovarianceType;
use crate::{nn::simd::dispatch, save::Saved};

/// A mixture of `k` normal distributions in `d` columns.
#[derive(Debug, Clone, PartialEq)]
pub struct Mixture {
    covariance: CovarianceType,
    /// The share of each component; they add up to 1.
    weights: Vec<f64>,
    /// The means, one after the other: `k · d` values.
    means: Vec<f64>,
    /// Factors that give a centred row unit variance in every direction. `full`: per
    /// component the inverse of the upper Cholesky factor of its covariance, `d · d` values, row-major
    /// and 0 below the diagonal. `diag`: per component `d` reciprocals of standard deviations.
    whitening: Vec<f64>,
    /// Per component the logarithm of weighted density at its mean.
    log_peaks: Vec<f64>,
}

/// Room for what is computed of one row.
pub(super) struct Workspace {
    /// The row minus each mean: `k · d` values.
    pub centred: Vec<f64>,
    whitened: Vec<f64>,
    /// Per component its logarithm of the weighted density, then its responsibility.
    pub responsibilities: Vec<f64>,
}

impl Workspace {
    pub fn new(k: usize, d: usize) -> Self {
        Self { centred: vec![0.0; k * d], whitened: vec![0.0; d], responsibilities: vec![0.0; k] }
    }

    /// Sets the row minus each of the means.
    #[inline(always)]
    pub fn centre(&mut self, row: &[f32], means: &[f64]) {
        let d = row.len();
        for (centred, mean) in self.centred.chunks_exact_mut(d).zip(means.chunks_exact(d)) {
            for ((c, &value), m) in centred.iter_mut().zip(row).zip(mean) {
                *c = f64::from(value) - m;
            }
        }
    }
}

impl Mixture {
    /// `weights`, `means` and `whitening` as the fields hold them.
    pub fn new(
        covariance: CovarianceType,
        weights: Vec<f64>,
        means: Vec<f64>,
        whitening: Vec<f64>,
    ) -> Self {
        let (k, d) = (weights.len(), means.len() / weights.len());
        let log_peak = |component: usize| {
            let whitening = &whitening[component * whitening.len() / k..];
            let step = if covariance == CovarianceType::Full { d + 1 } else { 1 };
            let log_scale: f64 = (0..d).map(|j| whitening[j * step].ln()).sum();
            weights[component].ln() + log_scale - 0.5 * d as f64 * (2.0 * PI).ln()
        };
        let log_peaks = (0..k).map(log_peak).collect();
        Self { covariance, weights, means, whitening, log_peaks }
    }

    /// The means, one after the other.
    pub fn means(&self) -> &[f64] {
        &self.means
    }

    /// Minus the logarithm of the density of each row.
    pub fn score(&self, rows: &[f32], scores: &mut [f64]) {
        dispatch(Scoring { mixture: self, rows, scores });
    }

    /// The logarithm of the density of the row that was centred, and the responsibilities of the
    /// components. The greatest exponent is taken out of the sum, so that no row is so far away that all
    /// densities become 0.
    #[inline(always)]
    pub(super) fn log_density(&self, work: &mut Workspace) -> f64 {
        let (k, d) = (self.weights.len(), work.whitened.len());
        let whitening = self.whitening.chunks_exact(self.whitening.len() / k);
        let components = self.log_peaks.iter().zip(work.centred.chunks_exact(d)).zip(whitening);
        for (log, ((peak, centred), whitening)) in work.responsibilities.iter_mut().zip(components)
        {
            let squared = match self.covariance {
                CovarianceType::Full => whiten(centred, whitening, &mut work.whitened),
                CovarianceType::Diag => {
                    let whitened = work.whitened.iter_mut().zip(centred).zip(whitening);
                    whitened.for_each(|((w, c), scale)| *w = c * scale);
                    sum_of_squares(&work.whitened)
                }
            };
            *log = peak - 0.5 * squared;
        }
        let greatest = work.responsibilities.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let sum: f64 = work.responsibilities.iter().map(|log| (log - greatest).exp()).sum();
        let log_density = greatest + sum.ln();
        work.responsibilities.iter_mut().for_each(|r| *r = (*r - log_density).exp());
        log_density
    }

    /// Adds the mixture to a saved model.
    pub fn save(&self, saved: Saved) -> Saved {
        let k = self.weights.len();
        let d = self.means.len() / k;
        saved
            .with("weights", &[k], self.weights.clone())
            .with("means", &[k, d], self.means.clone())
            .with("whitening", &whitening_shape(self.covariance, k, d), self.whitening.clone())
    }

    /// What [`Self::save`] added.
    pub fn load(
        k: usize,
        covariance: CovarianceType,
        saved: &Saved,
    ) -> Result<Self, DetectorError> {
        let d = saved.n_features;
        let weights = saved.tensor_f64("weights", &[k])?.to_vec();
        let means = saved.tensor_f64("means", &[k, d])?.to_vec();
        let shape = whitening_shape(covariance, k, d);
        let whitening = saved.tensor_f64("whitening", &shape)?.to_vec();
        Ok(Self::new(covariance, weights, means, whitening))
    }
}

fn whitening_shape(covariance: CovarianceType, k: usize, d: usize) -> Vec<usize> {
    match covariance {
        CovarianceType::Full => vec![k, d, d],
        CovarianceType::Diag => vec![k, d],
    }
}

/// Multiplies a centred row with an upper triangular matrix; the sum of squares of the product.
#[inline(always)]
fn whiten(centred: &[f64], whitening: &[f64], whitened: &mut [f64]) -> f64 {
    let d = centred.len();
    whitened.fill(0.0);
    for (j, (c, line)) in centred.iter().zip(whitening.chunks_exact(d)).enumerate() {
        whitened[j..].iter_mut().zip(&line[j..]).for_each(|(w, factor)| *w += c * factor);
    }
    sum_of_squares(whitened)
}

/// In eight sums side by side, so that they become vectors.
#[inline(always)]
fn sum_of_squares(values: &[f64]) -> f64 {
    let mut sums = [0.0; 8];
    let (chunks, rest) = values.as_chunks::<8>();
    for chunk in chunks {
        sums.iter_mut().zip(chunk).for_each(|(sum, value)| *sum += value * value);
    }
    sums.iter_mut().zip(rest).for_each(|(sum, value)| *sum += value * value);
    sums.iter().sum()
}

/// Rows that are scored below one choice of the instruction set.
struct Scoring<'a> {
    mixture: &'a Mixture,
    rows: &'a [f32],
    scores: &'a mut [f64],
}

impl WithSimd for Scoring<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        let k = self.mixture.weights.len();
        let d = self.mixture.means.len() / k;
        let mut work = Workspace::new(k, d);
        for (row, score) in self.rows.chunks_exact(d).zip(self.scores) {
            work.centre(row, &self.mixture.means);
            *score = -self.mixture.log_density(&mut work);
        }
    }
}
