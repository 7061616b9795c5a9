//! One step of the published networks against PyTorch: `crates/models/tests/golden/networks.json`. The
//! script beside that file says how weights, rows and noise are made.
//!
//! Only the adapter's faster variant runs here: a software renderer needs minutes to compile the portable
//! one of these sizes. The other tests hold both variants against the same reference.

use serde::Deserialize;

use super::*;

#[derive(Deserialize)]
struct Golden {
    autoencoder: Step,
    vae: Step,
    bigan: Moves,
    seq2seq: Step,
}

/// The three moves of a batch.
#[derive(Deserialize)]
struct Moves {
    losses: [f64; 3],
    every: usize,
    parameters: Vec<f64>,
    smallest_gradient: Vec<f64>,
}

#[derive(Deserialize)]
struct Step {
    loss: f64,
    gradient: Vec<f64>,
    parameters: Vec<f64>,
}

fn golden() -> Golden {
    serde_json::from_str(include_str!("../../../models/tests/golden/networks.json")).unwrap()
}

fn weights(count: usize, scale: f64) -> Vec<f32> {
    (0..count).map(|k| (scale * (1.7 * k as f64 + 0.3).sin()) as f32).collect()
}

fn rows(n: usize, cols: usize) -> Vec<f32> {
    (0..n * cols).map(|k| (0.5 + 0.4 * (0.9 * k as f64).sin()) as f32).collect()
}

/// One step on `n` rows; the loss and the parameters.
fn step(
    gpu: &Gpu,
    network: &Network,
    n: usize,
    scale: f64,
    draws: &[u32],
    factors: Factors,
) -> (f64, Vec<f32>) {
    let start = Start { parameters: weights(network.n_params(), scale), adam: ADAM, factors };
    let plan = Plan::new(network, n, gpu.limits(), gpu.variant()).unwrap();
    let x = rows(n, network.n_features());
    let mut trainer = Trainer::new(gpu, network, plan, &sent(gpu, network, &x), &[start]).unwrap();
    let order: Vec<u32> = (0..n as u32).collect();
    let input = EpochInput { order: &order, draws, loss_weight: 1.0 };
    let loss = f64::from(trainer.epoch(&[input]).unwrap()[0][0]);
    (loss, trainer.parameters().unwrap().remove(0))
}

/// Adam divides a gradient by its size: below 1e-6, rounding decides on the sign.
fn check_parameters(ours: &[f32], theirs: &[f64], gradient: &[f64]) {
    assert_eq!(ours.len(), theirs.len());
    let mut compared = 0;
    for (at, ((ours, theirs), gradient)) in ours.iter().zip(theirs).zip(gradient).enumerate() {
        if *gradient == 0.0 || gradient.abs() > 1e-6 {
            compared += 1;
            let difference = (f64::from(*ours) - theirs).abs();
            assert!(difference < 3e-5, "parameter {at}: {difference}, gradient {gradient}");
        }
    }
    assert!(compared * 10 > ours.len() * 9, "only {compared} are compared");
}

/// `per_loss` is what the sum of the loss is divided by.
fn check(network: &Network, n: usize, draws: &[f32], per_loss: f64, golden: &Step) {
    let Some(gpu) = gpu() else { return };
    let draws: Vec<u32> = draws.iter().map(|draw| draw.to_bits()).collect();
    let (loss, parameters) = step(gpu, network, n, 0.5, &draws, Factors::default());
    let loss = loss / per_loss;
    assert!((loss - golden.loss).abs() < 2e-6 * golden.loss.max(1.0), "{loss}, {}", golden.loss);
    check_parameters(&parameters, &golden.parameters, &golden.gradient);
}

#[test]
fn a_step_of_the_published_autoencoder_is_pytorchs() {
    let network = autoencoder(&[18, 15, 7, 2, 7, 15, 18], 3, Activation::Relu);
    assert_eq!(network.n_params(), 842);
    check(&network, 8, &[], 8.0 * 18.0, &golden().autoencoder);
}

#[test]
fn a_step_of_the_published_vae_is_pytorchs() {
    let network = vae(18, &[15, 7], 2, Activation::Relu);
    let noise = [
        0.252_266_5,
        1.009_973_5,
        0.055_093_933,
        0.110_443_16,
        -0.364_350_74,
        -0.378_917_84,
        1.416_953,
        0.205_995_07,
    ];
    check(&network, 4, &noise, 4.0, &golden().vae);
}

#[test]
fn the_moves_of_the_published_bigan_are_pytorchs() {
    let Some(gpu) = gpu() else { return };
    let net = bigan::network(18, 2, [128; 3], 1, false);
    let network = Network::Bigan(net.clone());
    assert_eq!(network.n_params(), 8213);
    // The script has one pair of masks for both looks: one in five is dropped.
    let kept =
        |count: usize, row: usize, at: usize, k: usize| !(row * count + k + at).is_multiple_of(5);
    let mut draws = Vec::new();
    for row in 0..8 {
        draws.extend((0..2).map(|l| ((1.3 * (row * 2 + l) as f64).cos() as f32).to_bits()));
        for (pair_at, features_at) in [(0, 1), (2, 3), (0, 1), (2, 3)] {
            let pair = (0..20).map(|k| kept(20, row, pair_at, k));
            let features = (0..128).map(|k| kept(128, row, features_at, k));
            draws.extend(bigan::words(pair.chain(features)));
        }
    }
    let factors = Factors { discriminator_rate: 0.01, kept: 1.25, ..Factors::default() };
    let (loss, parameters) = step(gpu, &network, 8, 0.2, &draws, factors);
    let golden = golden().bigan;
    let expected: f64 = golden.losses.iter().sum();
    assert!((loss - expected).abs() < 3e-5, "{loss}, {expected}");
    let some: Vec<f32> = parameters.iter().copied().step_by(golden.every).collect();
    check_parameters(&some, &golden.parameters, &golden.smallest_gradient);
}

#[test]
fn a_step_of_the_published_seq2seq_is_pytorchs() {
    let Some(gpu) = gpu() else { return };
    let network = Network::Seq2Seq(oddbench_kernels::Seq2Seq {
        steps: 18,
        units: 10,
        roll: true,
        reverse: false,
        teacher_forcing: true,
        output: Activation::Sigmoid,
        dropout: false,
        clip: false,
    });
    assert_eq!(network.n_params(), 2741);
    let golden = golden().seq2seq;
    let (loss, parameters) = step(gpu, &network, 6, 0.4, &[], Factors::default());
    assert!((loss - golden.loss).abs() < 2e-6, "{loss}, {}", golden.loss);
    check_parameters(&parameters, &golden.parameters, &golden.gradient);
}
