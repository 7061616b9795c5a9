//! Each network by the fused kernels and by the CPU's steps, from the same weights, orders, noise and masks.
//!
//! It needs `--features oddbench-models/kernels`, and an adapter: a software renderer is enough.

#![expect(
    clippy::unwrap_used,
    reason = "clippy's allowance for tests does not see the feature beside `test`"
)]

use std::io::Write as _;

use oddbench_kernels::{Error, Gpu};
use serde_json::{Value, json};

use super::autoencoder::AutoencoderParams;
use super::bigan::BiganParams;
use super::network_rows::rows;
use super::seq2seq::Seq2SeqParams;
use super::vae::VaeParams;
use crate::nn::batches::Batches;
use crate::nn::network::{NeuralNetwork, cpu_and_kernels};
use crate::rng::stream;

/// Three epochs, the last batch of which is not full: losses, validation losses and parameters agree.
fn agrees<N: NeuralNetwork>(params: &Value) {
    let gpu = match Gpu::open() {
        Ok(gpu) => gpu,
        Err(Error::NoAdapter(_)) => {
            // Not `eprintln`, which the test harness would swallow.
            let _ = writeln!(std::io::stderr(), "NOT RUN: no Vulkan/Metal/DX12 adapter");
            return;
        }
        Err(error) => panic!("{error}"),
    };
    let (x, validation) = (rows(150, 6, 1), rows(40, 6, 2));
    let [mut cpu, mut kernels] = cpu_and_kernels::<N>(params, (&x, &validation), &gpu);
    let mut batches = Batches::new(150, stream(9, "test/batches"));
    for epoch in 0..3 {
        let order = batches.shuffle().to_vec();
        let [ours, theirs] = [&mut kernels, &mut cpu].map(|learner| {
            let loss = learner.epoch(&order).unwrap();
            (loss, learner.validation_loss().unwrap().unwrap())
        });
        assert!((ours.0 - theirs.0).abs() < 1e-4 * theirs.0, "{epoch}: {ours:?}, {theirs:?}");
        assert!((ours.1 - theirs.1).abs() < 1e-4 * theirs.1, "{epoch}: {ours:?}, {theirs:?}");
    }
    let (ours, theirs) = (kernels.parameters().unwrap(), cpu.parameters().unwrap());
    let pairs = ours.iter().zip(&theirs);
    let difference = pairs.map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
    assert!(difference < 1e-3, "parameters differ by {difference}");
    assert_ne!(theirs, vec![0.0; theirs.len()]);
    // Early stopping goes back to earlier weights.
    let halves: Vec<f32> = theirs.iter().map(|weight| 0.5 * weight).collect();
    for learner in [&mut kernels, &mut cpu] {
        learner.set_parameters(&halves).unwrap();
    }
    assert_eq!(kernels.parameters().unwrap(), halves);
    let order = batches.shuffle().to_vec();
    let [ours, theirs] = [&mut kernels, &mut cpu].map(|learner| learner.epoch(&order).unwrap());
    assert!((ours - theirs).abs() < 1e-4 * theirs);
}

#[test]
fn the_autoencoder_trains_as_on_the_cpu() {
    agrees::<AutoencoderParams>(&json!({ "hidden": [5], "batch_size": 32 }));
}

#[test]
fn the_vae_trains_as_on_the_cpu() {
    agrees::<VaeParams>(&json!({ "hidden": [5], "batch_size": 32, "kl_warmup": 2 }));
}

#[test]
fn the_bigan_trains_as_on_the_cpu() {
    let hidden = json!({
        "encoder_hidden": 6, "generator_hidden": 7, "discriminator_hidden": 40, "batch_size": 32,
    });
    agrees::<BiganParams>(&hidden);
}

#[test]
fn the_sequence_network_trains_as_on_the_cpu() {
    agrees::<Seq2SeqParams>(&json!({ "units": 2, "batch_size": 140 }));
}
