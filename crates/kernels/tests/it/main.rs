//! Kernels on whatever adapter there is, held against plain double precision and PyTorch.
//!
//! Without an adapter each test says `NOT RUN: no Vulkan/Metal/DX12 adapter` and passes.

#![expect(clippy::unwrap_used, reason = "clippy's allowance for tests ends at their own functions")]

mod autoencoder;
mod bigan;
mod chain;
mod company;
mod device;
mod golden;
mod reference;
mod seq2seq;
mod shared;
mod trained;
mod vae;

use std::borrow::Borrow;
use std::io::Write as _;
use std::sync::OnceLock;

use oddbench_kernels::{
    Activation, Adam, Autoencoder, EpochInput, Error, Factors, Gpu, Network, Plan, Rows, Start,
    Trainer, Vae, Variant, stack,
};
use rand::{RngExt, SeedableRng};
use rand_xoshiro::Xoshiro256PlusPlus;

/// The adapter, opened once; `None`, and a line that says so, where there is none.
fn gpu() -> Option<&'static Gpu> {
    static GPU: OnceLock<Option<Gpu>> = OnceLock::new();
    let gpu = GPU.get_or_init(|| match Gpu::open() {
        Ok(gpu) => Some(gpu),
        Err(Error::NoAdapter(_)) => None,
        Err(error) => panic!("{error}"),
    });
    if gpu.is_none() {
        // Not `eprintln`, which the test harness would swallow.
        let _ = writeln!(std::io::stderr(), "NOT RUN: no Vulkan/Metal/DX12 adapter");
    }
    gpu.as_ref()
}

/// The variants that the adapter can run.
fn variants(gpu: &Gpu) -> Vec<Variant> {
    match gpu.variant() {
        Variant::Subgroup => vec![Variant::Subgroup, Variant::Portable],
        Variant::Portable => vec![Variant::Portable],
    }
}

const ADAM: Adam = Adam { learning_rate: 0.01, beta_1: 0.9, beta_2: 0.999, epsilon: 1e-7 };

fn rng(seed: u64) -> Xoshiro256PlusPlus {
    Xoshiro256PlusPlus::seed_from_u64(seed)
}

/// Evenly from an interval.
fn draw(count: usize, low: f32, high: f32, seed: u64) -> Vec<f32> {
    let mut rng = rng(seed);
    (0..count).map(|_| low + (high - low) * rng.random::<f32>()).collect()
}

/// A shuffled order of rows.
fn order(rows: usize, seed: u64) -> Vec<u32> {
    let mut rng = rng(seed);
    let mut order: Vec<u32> = (0..rows as u32).collect();
    for i in (1..order.len()).rev() {
        order.swap(i, rng.random_range(0..=i as u32) as usize);
    }
    order
}

fn autoencoder(widths: &[usize], latent_at: usize, hidden: Activation) -> Network {
    let mut layers = stack(0, &widths[..=latent_at], hidden, Activation::Linear);
    let at = layers.last().unwrap().end();
    layers.extend(stack(at, &widths[latent_at..], hidden, Activation::Sigmoid));
    Network::Autoencoder(Autoencoder { layers })
}

fn vae(features: usize, hidden: &[usize], latent: usize, activation: Activation) -> Network {
    let mut down = vec![features];
    down.extend(hidden);
    let mut up = vec![latent];
    up.extend(down.iter().rev());
    down.push(2 * latent);
    let encoder = stack(0, &down, activation, Activation::Linear);
    let decoder = stack(encoder.last().unwrap().end(), &up, activation, Activation::Sigmoid);
    Network::Vae(Vae { encoder, decoder, latent })
}

/// What one model is trained on, and how.
struct Model {
    start: Start,
    /// An order for each epoch.
    orders: Vec<Vec<u32>>,
    /// Words for each epoch.
    draws: Vec<Vec<u32>>,
}

impl Model {
    fn new(network: &Network, rows: usize, epochs: usize, seed: u64) -> Self {
        let parameters = draw(network.n_params(), -0.6, 0.6, seed);
        let orders = (0..epochs as u64).map(|e| order(rows, seed + 100 * e)).collect();
        let words = rows * network.draws_per_row();
        let bits =
            |e: u64| draw(words, -1.7, 1.7, seed + 7 * e).iter().map(|d| d.to_bits()).collect();
        let draws = (0..epochs as u64).map(bits).collect();
        Self { start: Start { parameters, adam: ADAM, factors: Factors::default() }, orders, draws }
    }
}

/// Losses `[model][epoch][step]` and parameters `[model]`.
struct Trained {
    losses: Vec<Vec<Vec<f32>>>,
    parameters: Vec<Vec<f32>>,
}

/// The weight of the loss's second part in the tests.
fn loss_weight(epoch: usize) -> f32 {
    0.3 + 0.2 * epoch as f32
}

/// Trains some models for the epoch of that number, and returns the losses of their steps.
fn train_epoch(
    trainer: &mut Trainer,
    models: &[impl Borrow<Model>],
    epoch: usize,
) -> Vec<Vec<f32>> {
    let inputs: Vec<EpochInput<'_>> = models
        .iter()
        .map(Borrow::borrow)
        .map(|model: &Model| EpochInput {
            order: &model.orders[epoch],
            draws: &model.draws[epoch],
            loss_weight: loss_weight(epoch),
        })
        .collect();
    trainer.epoch(&inputs).unwrap()
}

/// Row-major values on the device.
fn sent(gpu: &Gpu, network: &Network, x: &[f32]) -> Rows {
    Rows::send(gpu, x, network.n_features()).unwrap()
}

fn train(
    gpu: &Gpu,
    (network, batch): (&Network, usize),
    variant: Variant,
    x: &[f32],
    models: &[Model],
) -> Trained {
    let plan = Plan::new(network, batch, gpu.limits(), variant).unwrap();
    let starts: Vec<Start> = models.iter().map(|model| model.start.clone()).collect();
    let mut trainer = Trainer::new(gpu, network, plan, &sent(gpu, network, x), &starts).unwrap();
    let mut losses = vec![Vec::new(); models.len()];
    for epoch in 0..models[0].orders.len() {
        for (losses, of_epoch) in losses.iter_mut().zip(train_epoch(&mut trainer, models, epoch)) {
            losses.push(of_epoch);
        }
    }
    Trained { losses, parameters: trainer.parameters().unwrap() }
}

fn largest_difference(a: &[f32], b: &[f64]) -> f64 {
    assert_eq!(a.len(), b.len());
    a.iter().zip(b).map(|(a, b)| (f64::from(*a) - b).abs()).fold(0.0, f64::max)
}

/// Whether the kernel follows the plain double-precision training from the same weights in the same
/// order: every batch's loss to 1e-5 of its size, and all parameters to 2e-4 (Adam divides by the size
/// of a gradient, so a tiny one moves its parameter by the rounding's sign).
fn follows_the_reference(network: &Network, batch: usize, rows: usize, epochs: usize) {
    let Some(gpu) = gpu() else { return };
    let x = draw(rows * network.n_features(), 0.1, 0.9, 5);
    let model = Model::new(network, rows, epochs, 3);
    let mut reference = reference::Reference::new(network, &model.start);
    let expected: Vec<Vec<f64>> = (0..epochs)
        .map(|e| {
            let draws = (&model.orders[e][..], &model.draws[e][..]);
            reference.epoch(&x, draws, batch, f64::from(loss_weight(e)))
        })
        .collect();
    for variant in variants(gpu) {
        let trained = train(gpu, (network, batch), variant, &x, std::slice::from_ref(&model));
        for (losses, expected) in trained.losses[0].iter().zip(&expected) {
            assert_eq!(losses.len(), expected.len());
            for (step, (loss, expected)) in losses.iter().zip(expected).enumerate() {
                let difference = (f64::from(*loss) - expected).abs();
                assert!(difference < 1e-5 * expected, "{variant:?} {step}: {loss}, {expected}");
            }
        }
        let difference = largest_difference(&trained.parameters[0], &reference.parameters);
        assert!(difference < 2e-4, "{variant:?}: parameters differ by {difference}");
    }
}

/// Whether eight models trained at once end with the same bits as each of them alone.
fn company_does_not_matter(network: &Network, batch: usize, rows: usize) {
    let Some(gpu) = gpu() else { return };
    let x = draw(rows * network.n_features(), 0.1, 0.9, 6);
    let models: Vec<Model> = (0..8)
        .map(|seed| {
            let mut model = Model::new(network, rows, 2, 1000 + seed);
            model.start.adam.learning_rate *= 1.0 + seed as f64;
            model
        })
        .collect();
    for variant in variants(gpu) {
        let together = train(gpu, (network, batch), variant, &x, &models);
        assert_ne!(together.parameters[0], together.parameters[1]);
        for (at, model) in models.iter().enumerate() {
            let alone = train(gpu, (network, batch), variant, &x, std::slice::from_ref(model));
            assert_eq!(together.losses[at], alone.losses[0], "{variant:?}, model {at}");
            assert_eq!(together.parameters[at], alone.parameters[0], "{variant:?}, model {at}");
        }
    }
}
