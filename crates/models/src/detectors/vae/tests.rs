//! Shapes by hand, the fused step against burn's autodiff and Adam, draws, and collapse.

use burn::optim::GradientsParams;
use burn::tensor::Device as BurnDevice;
use oddbench_core::{Detector, Epoch, FittedDetector, Silent, Train};
use rand_distr::{Distribution, StandardNormal};

use super::fused::GradientOp;
use super::*;
use crate::detectors::network_golden::{self, network_golden};
use crate::detectors::network_rows::rows;
use crate::model::{Fit, Model, on_cpu};
use crate::nn::burn_mlp::{upload, values};
use crate::nn::burn_training::{BurnNetwork, adam};
use crate::nn::dense::ActivationName;
use crate::nn::params::{Preset, Presets};
use crate::nn::simd::dispatch;
use crate::params::{parse, resolve};
use crate::rng::stream;

fn initial(params: &VaeParams, n_features: usize) -> (Shape, Vec<f32>) {
    let shape = params.shape(n_features);
    let mut weights = shape.init(params.init, &mut stream(3, "test/weights"));
    // Biases away from zero, so that every gradient is exercised.
    for (i, weight) in weights.iter_mut().enumerate() {
        *weight += 0.05 * (i as f32).sin();
    }
    (shape, weights)
}

fn fused<'a>(
    params: &VaeParams,
    shape: &Shape,
    weights: &[f32],
    train: &'a Matrix,
    validation: Option<&'a Matrix>,
    batch_size: usize,
) -> Fused<'a> {
    Fused::new(shape.clone(), weights, setup(params, train, validation, batch_size))
}

fn setup<'a>(
    params: &VaeParams,
    train: &'a Matrix,
    validation: Option<&'a Matrix>,
    batch_size: usize,
) -> Setup<'a> {
    Setup {
        train,
        validation,
        batch_size,
        adam: params.training.adam(),
        noise: stream(7, "noise"),
        validation_noise: stream(8, "v"),
    }
}

fn with(params: serde_json::Value) -> VaeParams {
    parse(&params).unwrap()
}

fn largest_difference(a: &[f32], b: &[f32]) -> f32 {
    assert_eq!(a.len(), b.len());
    a.iter().zip(b).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max)
}

const NOISE_OF_THE_GOLDEN: [f32; 8] =
    [0.2522665, 1.0099735, 0.055093933, 0.11044316, -0.36435074, -0.37891784, 1.416953, 0.20599507];

fn variants() -> [VaeParams; 3] {
    [
        VaeParams::preset(Preset::Published),
        VaeParams { latent: 3, ..VaeParams::preset(Preset::Sound) },
        VaeParams {
            activation: ActivationName::Elu,
            output: ActivationName::Linear,
            kl_weight: 0.3,
            ..VaeParams::preset(Preset::Published)
        },
    ]
}

#[test]
fn the_published_network_has_the_parameters_counted_by_hand() {
    // 18-15-7, two heads of 2, 2-7-15-18: weights 270 + 105 + 28 + 14 + 105 + 270, biases
    // 15 + 7 + 4 + 7 + 15 + 18.
    let shape = VaeParams::preset(Preset::Published).shape(18);
    assert_eq!(shape.n_params(), 792 + 66);
    let widths = |mlp: &crate::nn::mlp::Mlp| -> Vec<(usize, usize)> {
        mlp.layers.iter().map(|l| (l.n_in, l.n_out)).collect()
    };
    assert_eq!(widths(&shape.encoder), [(18, 15), (15, 7), (7, 4)]);
    assert_eq!(widths(&shape.decoder), [(2, 7), (7, 15), (15, 18)]);
}

#[test]
fn a_training_step_is_pytorchs() {
    // The noise that the script was given.
    let mut noise = stream(7, "noise");
    let drawn: [f32; 8] = std::array::from_fn(|_| StandardNormal.sample(&mut noise));
    assert_eq!(drawn, NOISE_OF_THE_GOLDEN);
    let params = VaeParams::preset(Preset::Published);
    let (x, shape) = (network_golden::rows(4, 18), params.shape(18));
    let weights = network_golden::weights(shape.n_params(), 0.5);
    let order = [0, 1, 2, 3];
    // The gradient draws its noise too, so it has its own learner.
    let (_, gradient) = dispatch(GradientOp {
        fused: &mut fused(&params, &shape, &weights, &x, None, 4),
        rows: &order,
    });
    let mut fused = fused(&params, &shape, &weights, &x, None, 4);
    let loss = fused.epoch(&order).unwrap();
    network_golden().vae.check(loss, &gradient, &fused.parameters().unwrap());
}

#[test]
fn loss_and_every_gradient_equal_burns_autodiff() {
    let device = BurnDevice::flex().autodiff();
    let x = rows(80, 18, 5);
    for (params, n) in variants().into_iter().flat_map(|p| [(p.clone(), 64), (p, 37)]) {
        let (shape, weights) = initial(&params, 18);
        let order: Vec<u32> = (0..n as u32).map(|i| (i * 7) % 80).collect();
        let mut fused = fused(&params, &shape, &weights, &x, None, n);
        let (sum, gradient) = dispatch(GradientOp { fused: &mut fused, rows: &order });

        let network = Network::new(&shape, &weights, &device);
        let batch = x.select(&order.iter().map(|&i| i as usize).collect::<Vec<_>>());
        let loss = network.loss(upload(&batch, &device), &mut stream(7, "noise"));
        let expected = network.gradient(&loss.backward()).unwrap();
        let loss = values(loss).unwrap()[0];
        assert!((sum / n as f32 - loss).abs() < 1e-5 * loss.abs(), "{params:?}");
        let scale = expected.iter().fold(1f32, |m, g| m.max(g.abs()));
        assert!(largest_difference(&gradient, &expected) < 1e-5 * scale, "{params:?}, {n} rows");
    }
}

#[test]
fn two_epochs_equal_burns_adam_warmup_and_validation_included() {
    let device = BurnDevice::flex().autodiff();
    let (x, v) = (rows(70, 18, 6), rows(40, 18, 9));
    for params in variants() {
        let params = VaeParams { kl_warmup: 3, ..params };
        let (shape, weights) = initial(&params, 18);
        let order: Vec<u32> = (0..70).collect();
        let mut ours = fused(&params, &shape, &weights, &x, Some(&v), 14);
        let network = Network::new(&shape, &weights, &device);
        let mut theirs =
            BurnLearner::new(network, setup(&params, &x, Some(&v), 14), device.clone());
        for _ in 0..2 {
            let (a, b) = (ours.epoch(&order).unwrap(), theirs.epoch(&order).unwrap());
            assert!((a - b).abs() < 1e-4, "{params:?}: {a} {b}");
        }
        let a = ours.validation_loss().unwrap().unwrap();
        let b = theirs.validation_loss().unwrap().unwrap();
        assert!((a - b).abs() < 1e-4, "{params:?}: {a} {b}");
        let difference =
            largest_difference(&ours.parameters().unwrap(), &theirs.parameters().unwrap());
        assert!(difference < 1e-3, "{params:?}: {difference}");
    }
}

#[test]
fn one_step_equals_burns_adam_to_the_last_digits() {
    let device = BurnDevice::flex().autodiff();
    let x = rows(64, 18, 6);
    for params in variants() {
        let (shape, weights) = initial(&params, 18);
        let order: Vec<u32> = (0..64).collect();
        let mut ours = fused(&params, &shape, &weights, &x, None, 64);
        ours.epoch(&order).unwrap();
        let network = Network::new(&shape, &weights, &device);
        let loss = network.loss(upload(&x, &device), &mut stream(7, "noise"));
        let gradients = GradientsParams::from_grads(loss.backward(), &network);
        let network =
            adam(&params.training.adam()).step(params.training.learning_rate, network, gradients);
        let expected = network.parameters().unwrap();
        assert!(largest_difference(&ours.parameters().unwrap(), &expected) < 1e-5, "{params:?}");
    }
}

struct Notes(Vec<String>, Vec<Epoch>);

impl Watch for Notes {
    fn epoch(&mut self, epoch: Epoch) {
        self.1.push(epoch);
    }
    fn note(&mut self, note: &str) {
        self.0.push(note.into());
    }
}

fn fit(params: VaeParams, x: &Matrix, watch: &mut dyn Watch) -> Box<dyn FittedDetector> {
    on_cpu(params).fit(Train { x, labels: None, validation: None }, 1, watch).unwrap()
}

#[test]
fn a_collapsed_posterior_is_noted_and_a_living_one_is_not() {
    let x = rows(2000, 8, 1);
    let mut watch = Notes(Vec::new(), Vec::new());
    fit(with(json!({ "kl_weight": 100.0, "epochs": 20 })), &x, &mut watch);
    assert!(watch.0.iter().any(|n| n.contains("posterior has collapsed")), "{:?}", watch.0);
    let mut watch = Notes(Vec::new(), Vec::new());
    fit(with(json!({ "preset": "sound", "epochs": 20 })), &x, &mut watch);
    assert!(watch.0.is_empty(), "{:?}", watch.0);
}

#[test]
fn draws_belong_to_the_row_and_average_out() {
    let x = rows(500, 8, 1);
    let params = VaeParams { score: VaeScore::Reconstruction, ..VaeParams::preset(Preset::Sound) };
    let one = fit(params.clone(), &x, &mut Silent);
    let many = fit(VaeParams { samples: 400, ..params.clone() }, &x, &mut Silent);
    let twice = x.select(&[3, 4, 3]);
    let scores = one.score(&twice).unwrap();
    assert_eq!(scores[0].to_bits(), scores[2].to_bits());
    assert_eq!(scores[1].to_bits(), one.score(&x).unwrap()[4].to_bits());
    // The mean over rows of single draws and of many draws estimate the same expectation.
    let mean = |scores: &[f64]| scores.iter().sum::<f64>() / scores.len() as f64;
    let (a, b) = (one.score(&x).unwrap(), many.score(&x).unwrap());
    assert_ne!(a[0], b[0]);
    assert!((mean(&a) / mean(&b) - 1.0).abs() < 0.1);
}

#[test]
fn the_bound_is_the_error_plus_the_weighted_divergence() {
    let x = rows(50, 8, 1);
    let base = VaeParams { samples: 3, ..VaeParams::preset(Preset::Sound) };
    let weight = base.kl_weight;
    let error = fit(VaeParams { score: VaeScore::Reconstruction, ..base.clone() }, &x, &mut Silent);
    let bound = fit(VaeParams { score: VaeScore::Elbo, ..base.clone() }, &x, &mut Silent);
    let shape = base.shape(8);
    let device = crate::Backend::Cpu.open().unwrap();
    let watch = &mut Silent;
    let fit =
        Fit { x: &x, sample: None, labels: &[], validation: None, seed: 1, device: &device, watch };
    let weights = base.fit(fit).unwrap().weights;
    let heads = crate::nn::mlp::apply(&shape.encoder, &weights, &x);
    let (error, bound) = (error.score(&x).unwrap(), bound.score(&x).unwrap());
    for ((error, bound), heads) in error.iter().zip(&bound).zip(heads.iter_rows()) {
        let divergence: f64 = (0..base.latent)
            .map(|l| {
                let (m, v) = (f64::from(heads[l]), f64::from(heads[base.latent + l]));
                0.5 * (m * m + v.exp() - v - 1.0)
            })
            .sum();
        assert!((bound - (8.0 * error + weight * divergence)).abs() < 1e-6);
    }
}

#[test]
fn presets_fill_what_is_left_out_and_ranges_hold() {
    let resolve = |value| resolve::<VaeParams>(&value);
    let sound = resolve(json!({ "preset": "sound" })).unwrap();
    assert_eq!(resolve(sound.clone()).unwrap(), sound);
    assert_eq!(resolve(json!({})).unwrap(), sound);
    assert_eq!(resolve(json!({ "preset": "published" })).unwrap()["kl_weight"], json!(1.0));
    let refused = [
        (json!({ "latent": 0 }), "latent"),
        (json!({ "kl_weight": -1 }), "kl_weight"),
        (json!({ "samples": 0 }), "samples"),
        (json!({ "collapse_bound": -0.1 }), "collapse_bound"),
        (json!({ "score": "mse" }), "score"),
        (json!({ "patience": 0 }), "patience"),
    ];
    for (value, key) in refused {
        assert_eq!(resolve(value).unwrap_err().key.as_deref(), Some(key));
    }
}
