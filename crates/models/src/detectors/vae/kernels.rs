//! The variational autoencoder as the fused kernels take it.

use oddbench_kernels::{Measure, Network, Vae};
use rand_distr::{Distribution, StandardNormal};

use super::params::{VaeParams, VaeScore};
use super::shape::Shape;
use crate::nn::kernel_learner::{Kernels, Mean, layers};
use crate::nn::kernel_scorer::ScoreByKernels;
use crate::nn::training::Setup;

/// Description and draws: standard normal ones, row by row, as the CPU's step draws them.
pub(crate) fn kernels(shape: &Shape, setup: &Setup<'_>) -> Kernels {
    let latent = shape.latent;
    let net = Vae { encoder: layers(&shape.encoder), decoder: layers(&shape.decoder), latent };
    let (mut noise, mut validation_noise) = (setup.noise.clone(), setup.validation_noise.clone());
    let validation_rows = setup.validation.map_or(0, |x| x.rows());
    let weights = shape.clone();
    Kernels {
        draw: Box::new(move |order| {
            let draw = |_| f32::to_bits(StandardNormal.sample(&mut noise));
            (0..order.len() * latent).map(draw).collect()
        }),
        validation_draws: (0..validation_rows * latent)
            .map(|_| StandardNormal.sample(&mut validation_noise))
            .collect(),
        loss_weight: Box::new(move |epochs_done| weights.kl_weight_in(epochs_done)),
        full_loss_weight: shape.kl_weight,
        ..Kernels::new(Network::Vae(net), Mean::PerRow)
    }
}

/// The score as the kernels compute it.
pub(crate) fn score(params: &VaeParams, shape: &Shape) -> ScoreByKernels {
    let (samples, n) = (params.samples, f64::from(params.samples));
    match params.score {
        VaeScore::MeanReconstruction => ScoreByKernels::MEAN_SQUARED,
        VaeScore::Reconstruction => ScoreByKernels {
            samples,
            divisor: n,
            per_column: true,
            ..ScoreByKernels::sum(Measure::Sampled)
        },
        VaeScore::Elbo => ScoreByKernels {
            samples,
            weights: [(1.0 / n) as f32, shape.kl_weight],
            ..ScoreByKernels::sum(Measure::Bound)
        },
    }
}
