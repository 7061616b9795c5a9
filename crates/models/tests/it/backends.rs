//! The deep models on every backend that is compiled in, beside the CPU's own engine: same seed, so same
//! initial weights, batches and noise.
//!
//! The default build has nothing to compare with, so these are compiled with a backend's feature alone:
//! `scripts/lavapipe.sh` builds with `wgpu` and `ndarray` and runs them on a software Vulkan. Where the
//! device of a backend that was asked for is not there, they fail.

use oddbench_core::{Epoch, Matrix, Train, Watch};
use oddbench_models::{Backend, find, rng};
use rand::RngExt;
use serde_json::{Value, json};

/// How far a loss may be from the CPU's, relative to it: after these few dozen steps of single
/// precision, summed in another order.
const LOSSES: f64 = 1e-4;
/// The share of its first loss that a network must have unlearnt at the end, far beyond [`LOSSES`]: then
/// it is not the initial weights that agree.
const LEARNT: f64 = 0.02;
/// How far a score may be, relative to the largest one.
const SCORES: f64 = 1e-3;

struct Curve(Vec<Epoch>);

impl Watch for Curve {
    fn epoch(&mut self, epoch: Epoch) {
        self.0.push(epoch);
    }
    fn note(&mut self, _: &str) {}
}

/// Rows near a curve through 18 dimensions, in [0, 1].
fn rows(n: usize, purpose: &str) -> Matrix {
    let mut noise = rng::stream(4, purpose);
    let mut data = Vec::with_capacity(n * 18);
    for _ in 0..n {
        let t = noise.random::<f32>();
        data.extend((0..18).map(|f| {
            let off = 0.05 * noise.random::<f32>();
            0.45 + 0.4 * (3.0 * t + f as f32).sin() + off
        }));
    }
    Matrix::new(n, 18, data).unwrap()
}

/// Losses of each epoch, training and validation, and scores of rows that were not trained on.
fn fit(kind: &str, params: &Value, backend: Backend) -> (Vec<f64>, Vec<f64>) {
    let (train, validation, test) =
        (rows(600, "train"), rows(150, "validation"), rows(301, "test"));
    let device = backend.open().unwrap();
    let detector = find(kind).unwrap().build(params, &device).unwrap();
    let mut curve = Curve(Vec::new());
    let data = Train { x: &train, labels: None, validation: Some(&validation) };
    let fitted = detector.fit(data, 7, &mut curve).unwrap();
    let losses = curve.0.iter().flat_map(|e| [e.loss, e.validation_loss.unwrap()]).collect();
    (losses, fitted.score(&test).unwrap())
}

fn agrees_with_the_cpu(kind: &str, params: Value) {
    let others = Backend::ALL.into_iter().filter(|b| b.compiled_in() && *b != Backend::Cpu);
    let (losses, scores) = fit(kind, &params, Backend::Cpu);
    let largest = scores.iter().copied().fold(0.0, f64::max);
    for backend in others {
        let (theirs, their_scores) = fit(kind, &params, backend);
        let name = backend.name();
        assert_eq!(losses.len(), theirs.len());
        let (first, last) = (losses[0], losses[losses.len() - 1]);
        assert!(first - last > LEARNT * first, "{kind}: {losses:?}");
        for (at, (a, b)) in losses.iter().zip(&theirs).enumerate() {
            let off = (a - b).abs() / a.abs();
            assert!(off < LOSSES, "{kind} on {name}, loss {at}: {a} on cpu, {b}: {off:.1e}");
        }
        let off = scores.iter().zip(&their_scores).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max);
        let off = off / largest;
        assert!(off < SCORES, "{kind} on {name}: scores differ by {off:.1e} of the largest");
        let curve = losses.iter().zip(&theirs).map(|(a, b)| (a - b).abs() / a.abs());
        let curve = curve.fold(0.0, f64::max);
        eprintln!("{kind} on {name}: losses differ by {curve:.1e} at most, scores by {off:.1e}");
    }
}

#[test]
fn the_autoencoder_trains_and_scores_as_on_the_cpu() {
    let params = json!({ "preset": "sound", "epochs": 4, "batch_size": 64 });
    agrees_with_the_cpu("autoencoder", params);
}

#[test]
fn the_vae_trains_and_scores_as_on_the_cpu() {
    let params = json!({ "preset": "sound", "epochs": 4, "batch_size": 64, "kl_warmup": 2 });
    agrees_with_the_cpu("vae", params);
}

#[test]
fn the_bigan_trains_and_scores_as_on_the_cpu() {
    let params = json!({ "preset": "sound", "epochs": 3, "batch_size": 64, "weight": 0.1 });
    agrees_with_the_cpu("bigan", params);
}

#[test]
fn seq2seq_trains_and_scores_as_on_the_cpu() {
    let params =
        json!({ "preset": "sound", "epochs": 2, "batch_size": 32, "learning_rate": 0.003 });
    agrees_with_the_cpu("seq2seq", params);
}

/// A training that looks at the clock of the device after each step, or that depends on what else
/// runs, would not repeat itself.
#[test]
fn a_seed_repeats_a_training_on_every_backend() {
    let params = json!({ "preset": "sound", "epochs": 2, "batch_size": 64 });
    for backend in Backend::ALL.into_iter().filter(|backend| backend.compiled_in()) {
        assert_eq!(fit("autoencoder", &params, backend), fit("autoencoder", &params, backend));
    }
}
