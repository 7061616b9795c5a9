//! The adversaries as the fused kernels take them.

use oddbench_kernels::{Bigan, Factors, Measure, Network, Verdict};
use rand_xoshiro::Xoshiro256PlusPlus;

use super::adversary::{Batch, Masks, Moves};
use super::params::{BiganDistance, BiganParams, BiganTerm};
use super::shape::Shape;
use crate::nn::kernel_learner::{Kernels, Mean, dense, put_masks};
use crate::nn::kernel_scorer::ScoreByKernels;
use crate::nn::mlp::Mlp;
use crate::nn::simd::Plane;
use crate::nn::training::Setup;

/// Description and draws.
pub(crate) fn kernels(shape: &Shape, moves: Moves, setup: &Setup<'_>) -> Kernels {
    let pair = |mlp: &Mlp| [dense(&mlp.layers[0]), dense(&mlp.layers[1])];
    let net = Bigan {
        encoder: pair(&shape.encoder),
        generator: pair(&shape.generator),
        discriminator: [dense(&shape.features), dense(&shape.verdict)],
        latent: shape.latent,
        generator_updates: moves.generator_updates as usize,
        cycle: moves.cycle_weight > 0.0,
    };
    let batch_size = moves.batch_size.min(setup.train.rows());
    let mut draws = Draws {
        batch: Batch::new(shape, batch_size),
        rate: moves.dropout,
        noise: setup.noise.clone(),
        net: net.clone(),
    };
    Kernels {
        factors: Factors {
            discriminator_rate: moves.discriminator_rate,
            kept: 1.0 / (1.0 - moves.dropout),
            cycle_weight: moves.cycle_weight,
            ..Factors::default()
        },
        batches_per_epoch: moves.batches_per_epoch,
        draw: Box::new(move |order| {
            order.chunks(batch_size).flat_map(|rows| draws.of_batch(rows.len())).collect()
        }),
        ..Kernels::new(Network::Bigan(net), Mean::Reconstruction)
    }
}

/// The score as the kernels compute it: without a share of the discriminator, the distance alone.
pub(crate) fn score(params: &BiganParams) -> ScoreByKernels {
    let absolute = params.distance == BiganDistance::Absolute;
    let verdict = match params.term {
        BiganTerm::FeatureMatching => Verdict::Features,
        BiganTerm::CrossEntropy => Verdict::CrossEntropy,
    };
    let measure = match (params.weight > 0.0, absolute) {
        (true, _) => Measure::Judged { absolute, verdict },
        (false, true) => Measure::Absolute,
        (false, false) => Measure::Squared,
    };
    let weights = [(1.0 - params.weight) as f32, params.weight as f32];
    ScoreByKernels { weights, ..ScoreByKernels::sum(measure) }
}

/// Draws the codes and masks of a batch in the order of [`super::adversary`], and turns them into the words
/// of each row.
struct Draws {
    batch: Batch,
    rate: f32,
    noise: Xoshiro256PlusPlus,
    net: Bigan,
}

impl Draws {
    fn of_batch(&mut self, n: usize) -> Vec<u32> {
        let Self { batch, rate, noise, net } = self;
        let per_row = Network::Bigan(net.clone()).draws_per_row();
        let mut words = vec![0; n * per_row];
        let looks = |number: usize| net.latent * net.generator_updates + number * net.mask_words();
        batch.n = n;
        batch.draw_codes(noise);
        for number in 0..2 {
            let masks = if number == 0 { &mut batch.real } else { &mut batch.made };
            masks.draw(noise, *rate, n);
            put_masks(&mut words, per_row, looks(number), &planes(masks));
        }
        for update in 0..net.generator_updates {
            if update > 0 {
                batch.draw_codes(noise);
            }
            put_codes(&mut words, per_row, update * net.latent, &batch.z);
            batch.real.draw(noise, *rate, n);
            put_masks(&mut words, per_row, looks(2 + 2 * update), &planes(&batch.real));
            batch.made.draw(noise, *rate, n);
            put_masks(&mut words, per_row, looks(3 + 2 * update), &planes(&batch.made));
        }
        words
    }
}

fn put_codes(words: &mut [u32], per_row: usize, at: usize, codes: &Plane) {
    for (row, words) in words.chunks_mut(per_row).enumerate() {
        for (l, word) in words[at..at + codes.features()].iter_mut().enumerate() {
            *word = codes.feature(l)[row].to_bits();
        }
    }
}

/// The features of masks in the order of their bits.
fn planes(masks: &Masks) -> [&Plane; 2] {
    [&masks.pair, &masks.features]
}
