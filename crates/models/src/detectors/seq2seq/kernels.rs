//! The sequence network as the fused kernels take it.

use oddbench_kernels as kernels;
use oddbench_kernels::Factors;

use super::dropout::{Dropout, next_seed};
use super::learner::{CHUNK, Settings};
use super::network::{Network, Output};
use crate::nn::dense::Activation;
use crate::nn::kernel_learner::{Kernels, Mean, activation, put_masks};
use crate::nn::simd::Plane;
use crate::nn::training::Setup;

/// Description and draws: the masks of each chunk of a batch from a seed of its own, as the CPU's step
/// draws them.
pub(crate) fn kernels(network: &Network, settings: &Settings, setup: &Setup<'_>) -> Kernels {
    let dropout = Dropout::new(settings.dropout);
    let output = match network.output {
        Output::Sigmoid => Activation::Sigmoid,
        Output::Linear => Activation::Linear,
    };
    let net = kernels::Seq2Seq {
        steps: network.steps,
        units: network.forward.units,
        roll: network.wiring.roll,
        reverse: network.wiring.reverse,
        teacher_forcing: network.wiring.teacher_forcing,
        output: activation(output),
        dropout: dropout.is_some(),
        clip: settings.gradient_clip.is_some(),
    };
    let described = kernels::Network::Seq2Seq(net);
    let per_row = described.draws_per_row();
    let batch_size = settings.batch_size.min(setup.train.rows());
    let mut seeds = setup.noise.clone();
    let mut masks = Plane::zeros(3 * network.steps, CHUNK);
    Kernels {
        factors: Factors {
            kept: (1.0 / (1.0 - settings.dropout)) as f32,
            gradient_clip: settings.gradient_clip.unwrap_or(f64::INFINITY) as f32,
            ..Factors::default()
        },
        draw: Box::new(move |order| {
            let Some(dropout) = &dropout else { return Vec::new() };
            let mut words = vec![0; order.len() * per_row];
            let batches = words.chunks_mut(batch_size * per_row);
            for chunk in batches.flat_map(|batch| batch.chunks_mut(CHUNK * per_row)) {
                dropout.fill(next_seed(&mut seeds), &mut masks);
                put_masks(chunk, per_row, 0, &[&masks]);
            }
            words
        }),
        ..Kernels::new(described, Mean::PerBatch)
    }
}
