//! What a trained variational autoencoder says of rows: posteriors, reconstructions, divergences.

use oddbench_core::{DetectorError, Matrix};
use rand_distr::{Distribution, StandardNormal};
use rand_xoshiro::Xoshiro256PlusPlus;
use rand_xoshiro::rand_core::SeedableRng;

use super::shape::Shape;
use crate::nn::loss::{finite, squared_distance, squared_shares};
use crate::nn::network::Trained;
use crate::rng::fnv1a;

impl Trained<Shape> {
    /// Mean squared error over the features, averaged over that many draws.
    pub(super) fn sampled_error(
        &self,
        x: &Matrix,
        samples: u32,
    ) -> Result<Vec<f64>, DetectorError> {
        let n_features = x.cols() as f64;
        let sums = self.sampled_distance(x, &self.encode(x)?, samples)?;
        finite(sums.into_iter().map(|sum| sum / n_features).collect())
    }

    /// Mean squared error over the features of the mean's reconstruction.
    pub(super) fn mean_error(&self, x: &Matrix) -> Result<Vec<f64>, DetectorError> {
        let y = self.mean_reconstruction(x)?;
        let n_features = x.cols() as f64;
        let pairs = x.iter_rows().zip(y.iter_rows());
        finite(pairs.map(|(x, y)| squared_distance(x, y) / n_features).collect())
    }

    /// What the decoder makes of the mean of each row's posterior.
    pub(super) fn mean_reconstruction(&self, x: &Matrix) -> Result<Matrix, DetectorError> {
        self.decode(&self.means(&self.encode(x)?))
    }

    /// The loss of each row with that many draws.
    pub(super) fn bound(&self, x: &Matrix, samples: u32) -> Result<Vec<f64>, DetectorError> {
        let heads = self.encode(x)?;
        let mut losses = self.sampled_distance(x, &heads, samples)?;
        for (loss, heads) in losses.iter_mut().zip(heads.iter_rows()) {
            *loss += f64::from(self.shape.kl_weight) * terms(heads).sum::<f64>();
        }
        finite(losses)
    }

    /// Each feature's squared error over the number of features, averaged over that many draws, or
    /// of the mean's reconstruction if `samples` is 0.
    pub(super) fn shares(&self, x: &Matrix, samples: u32) -> Result<Matrix, DetectorError> {
        let heads = self.encode(x)?;
        if samples == 0 {
            return Ok(squared_shares(x, &self.decode(&self.means(&heads))?));
        }
        let mut total = Matrix::zeros(x.rows(), x.cols());
        self.for_each_draw(x, &heads, samples, |y| {
            let shares = squared_shares(x, y);
            for (slot, share) in total.as_mut_slice().iter_mut().zip(shares.as_slice()) {
                *slot += share / samples as f32;
            }
        })?;
        Ok(total)
    }

    /// The mean KL term of each latent dimension over the rows, in nats.
    pub(super) fn divergences(&self, x: &Matrix) -> Result<Vec<f64>, DetectorError> {
        let heads = self.encode(x)?;
        let mut means = vec![0.0; self.shape.latent];
        for row in heads.iter_rows() {
            for (mean, term) in means.iter_mut().zip(terms(row)) {
                *mean += term / x.rows() as f64;
            }
        }
        Ok(means)
    }

    /// The squared distance of each row to its reconstruction, averaged over draws.
    fn sampled_distance(
        &self,
        x: &Matrix,
        heads: &Matrix,
        samples: u32,
    ) -> Result<Vec<f64>, DetectorError> {
        let mut totals = vec![0.0; x.rows()];
        self.for_each_draw(x, heads, samples, |y| {
            for (total, (x, y)) in totals.iter_mut().zip(x.iter_rows().zip(y.iter_rows())) {
                *total += squared_distance(x, y) / f64::from(samples);
            }
        })?;
        Ok(totals)
    }

    /// Hands the reconstructions of draw after draw to `take`. Each row has its own stream,
    /// made from its values, so that its draws don't depend on its place among the others.
    fn for_each_draw(
        &self,
        x: &Matrix,
        heads: &Matrix,
        samples: u32,
        mut take: impl FnMut(&Matrix),
    ) -> Result<(), DetectorError> {
        let latent = self.shape.latent;
        let mut streams: Vec<_> = x.iter_rows().map(|row| self.noise_of(row)).collect();
        let mut z = Matrix::zeros(x.rows(), latent);
        for _ in 0..samples {
            let rows = z.as_mut_slice().chunks_exact_mut(latent).zip(heads.iter_rows());
            for ((z, heads), noise) in rows.zip(&mut streams) {
                for (l, slot) in z.iter_mut().enumerate() {
                    let draw: f32 = StandardNormal.sample(noise);
                    *slot = heads[l] + (0.5 * heads[latent + l]).exp() * draw;
                }
            }
            take(&self.decode(&z)?);
        }
        Ok(())
    }

    /// The draws of [`Self::for_each_draw`] for the kernels: of each row sample by sample.
    #[cfg(feature = "kernels")]
    pub(super) fn draws(&self, x: &Matrix, samples: u32) -> Vec<f32> {
        let of_row = samples as usize * self.shape.latent;
        let mut draws: Vec<f32> = Vec::with_capacity(x.rows() * of_row);
        for row in x.iter_rows() {
            let mut noise = self.noise_of(row);
            draws.extend((0..of_row).map(|_| -> f32 { StandardNormal.sample(&mut noise) }));
        }
        draws
    }

    fn noise_of(&self, row: &[f32]) -> Xoshiro256PlusPlus {
        // Adding 0 turns -0 into 0, which equals it.
        let hash = fnv1a(row.iter().flat_map(|value| (value + 0.0).to_bits().to_le_bytes()));
        Xoshiro256PlusPlus::seed_from_u64(hash ^ self.seed.wrapping_mul(0x9e37_79b9_7f4a_7c15))
    }

    fn means(&self, heads: &Matrix) -> Matrix {
        let latent = self.shape.latent;
        let mut means = Matrix::zeros(heads.rows(), latent);
        for (mean, heads) in means.as_mut_slice().chunks_exact_mut(latent).zip(heads.iter_rows()) {
            mean.copy_from_slice(&heads[..latent]);
        }
        means
    }

    /// Means, then logarithms of variances, of every row's posterior.
    fn encode(&self, x: &Matrix) -> Result<Matrix, DetectorError> {
        self.run(&self.shape.encoder, x)
    }

    fn decode(&self, z: &Matrix) -> Result<Matrix, DetectorError> {
        self.run(&self.shape.decoder, z)
    }
}

/// The KL term of each latent dimension of one row, from its heads, in nats.
fn terms(heads: &[f32]) -> impl Iterator<Item = f64> + '_ {
    let (means, log_variances) = heads.split_at(heads.len() / 2);
    means.iter().zip(log_variances).map(|(&mean, &log_variance)| {
        let (mean, log_variance) = (f64::from(mean), f64::from(log_variance));
        0.5 * (mean * mean + log_variance.exp() - 1.0 - log_variance)
    })
}
