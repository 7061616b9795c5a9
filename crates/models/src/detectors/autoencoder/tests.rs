//! Shapes by hand, the fused step against burn's autodiff and Adam, and what training achieves.

use burn::tensor::Device as BurnDevice;
use oddbench_core::{Detector, Epoch, Silent, Train, Watch};

use super::fused::{GradientOp, squared_errors};
use super::*;
use crate::company::Seat;
use crate::detectors::network_golden::{self, network_golden};
use crate::detectors::network_rows::rows;
use crate::model::on_cpu;
use crate::nn::batches::Batches;
use crate::nn::burn_mlp::{upload, values};
use crate::nn::burn_training::{BurnNetwork, adam};
use crate::nn::simd::dispatch;
use crate::nn::training::train;
use crate::params::{parse, resolve};
use crate::rng::stream;
use burn::optim::GradientsParams;

fn initial(params: &AutoencoderParams, n_features: usize) -> (Mlp, Vec<f32>) {
    let shape = params.shape(n_features);
    let mut weights = params.init(&shape, &mut stream(3, "test/weights"));
    // Biases away from zero, so that every gradient is exercised.
    for (i, weight) in weights.iter_mut().enumerate() {
        *weight += 0.05 * (i as f32).sin();
    }
    (shape, weights)
}

fn every_activation() -> impl Iterator<Item = AutoencoderParams> {
    use ActivationName::{Elu, LeakyRelu, Linear, Relu, Sigmoid, Tanh};
    [Relu, LeakyRelu, Elu, Tanh, Sigmoid, Linear].into_iter().map(|activation| AutoencoderParams {
        activation,
        output: if activation == Tanh { Linear } else { Sigmoid },
        ..AutoencoderParams::preset(Preset::Published)
    })
}

fn setup<'a>(
    params: &AutoencoderParams,
    x: &'a Matrix,
    validation: Option<&'a Matrix>,
    batch_size: usize,
) -> Setup<'a> {
    Setup {
        train: x,
        validation,
        batch_size,
        adam: params.training.adam(),
        noise: stream(0, ""),
        validation_noise: stream(0, ""),
    }
}

/// What a detector does with a learner.
fn trained(
    params: &AutoencoderParams,
    mut learner: impl Learner,
    rows: usize,
    seed: u64,
    watch: &mut dyn Watch,
) -> Vec<f32> {
    let mut batches = Batches::new(rows, stream(seed, "autoencoder/batches"));
    train(&mut learner, params.training.schedule(), &mut batches, (&Seat::alone(), watch)).unwrap();
    learner.parameters().unwrap()
}

fn largest_difference(a: &[f32], b: &[f32]) -> f32 {
    assert_eq!(a.len(), b.len());
    a.iter().zip(b).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max)
}

#[test]
fn the_published_network_has_the_parameters_counted_by_hand() {
    // 18-15-7-2-7-15-18: weights 270 + 105 + 14 + 14 + 105 + 270, biases 15 + 7 + 2 + 7 + 15 + 18.
    let shape = AutoencoderParams::preset(Preset::Published).shape(18);
    assert_eq!(shape.end(), 778 + 64);
    let widths: Vec<_> = shape.layers.iter().map(|l| (l.n_in, l.n_out)).collect();
    assert_eq!(widths, [(18, 15), (15, 7), (7, 2), (2, 7), (7, 15), (15, 18)]);
    assert_eq!(shape.layers[2].activation, Activation::Linear);
    assert_eq!(shape.layers[5].activation, Activation::Sigmoid);
}

#[test]
fn a_training_step_is_pytorchs() {
    let params = AutoencoderParams::preset(Preset::Published);
    let (x, shape) = (network_golden::rows(8, 18), params.shape(18));
    let weights = network_golden::weights(shape.end(), 0.5);
    let mut fused = Fused::new(shape, &weights, setup(&params, &x, None, 8));
    let order: Vec<u32> = (0..8).collect();
    let (_, gradient) = dispatch(GradientOp { fused: &mut fused, rows: &order });
    let loss = fused.epoch(&order).unwrap();
    network_golden().autoencoder.check(loss, &gradient, &fused.parameters().unwrap());
}

#[test]
fn loss_and_every_gradient_equal_burns_autodiff() {
    let device = BurnDevice::flex().autodiff();
    // Batches that fill their vectors, that don't, and a single row.
    for (params, n) in every_activation().flat_map(|p| [(p.clone(), 64), (p.clone(), 37), (p, 1)]) {
        let x = rows(80, 18, 5);
        let (shape, weights) = initial(&params, 18);
        let order: Vec<u32> = (0..n as u32).map(|i| (i * 7) % 80).collect();
        let mut fused = Fused::new(shape.clone(), &weights, setup(&params, &x, None, n));
        let (sum, gradient) = dispatch(GradientOp { fused: &mut fused, rows: &order });

        let network = Network::new(&shape, &weights, &device);
        let batch = x.select(&order.iter().map(|&i| i as usize).collect::<Vec<_>>());
        let loss = network.loss(upload(&batch, &device), &mut stream(0, ""));
        let expected = network.gradient(&loss.backward()).unwrap();
        let loss = values(loss).unwrap()[0];
        assert!((sum / (n * 18) as f32 - loss).abs() < 1e-6, "{params:?}");
        assert!(largest_difference(&gradient, &expected) < 1e-6, "{params:?}, {n} rows");
    }
}

#[test]
fn ten_steps_equal_burns_adam() {
    let device = BurnDevice::flex().autodiff();
    for params in every_activation() {
        let x = rows(70, 18, 6);
        let (shape, weights) = initial(&params, 18);
        let order: Vec<u32> = (0..70).collect();
        let batch_size = 14;
        let mut fused = Fused::new(shape.clone(), &weights, setup(&params, &x, None, batch_size));
        let mut network = Network::new(&shape, &weights, &device);
        let mut optimizer = adam(&params.training.adam());
        let (mut ours, mut theirs) = (0.0, 0.0);
        for _ in 0..2 {
            ours = fused.epoch(&order).unwrap();
            let mut total = 0.0;
            for first in (0..70).step_by(batch_size) {
                let batch = x.select(&(first..first + batch_size).collect::<Vec<_>>());
                let loss = network.loss(upload(&batch, &device), &mut stream(0, ""));
                total += f64::from(values(loss.clone().detach()).unwrap()[0]);
                let gradients = GradientsParams::from_grads(loss.backward(), &network);
                network = optimizer.step(params.training.learning_rate, network, gradients);
            }
            theirs = total / 5.0;
        }
        assert!((ours - theirs).abs() < 1e-5, "{params:?}");
        let difference =
            largest_difference(&fused.parameters().unwrap(), &network.parameters().unwrap());
        assert!(difference < 1e-4, "{params:?}: {difference}");
    }
}

#[test]
fn both_engines_train_to_the_same_curve() {
    struct Curve(Vec<Epoch>);
    impl Watch for Curve {
        fn epoch(&mut self, epoch: Epoch) {
            self.0.push(epoch);
        }
        fn note(&mut self, _: &str) {}
    }
    let params: AutoencoderParams =
        parse(&json!({ "preset": "sound", "epochs": 3, "batch_size": 32 })).unwrap();
    let (x, v) = (rows(200, 6, 1), rows(50, 6, 2));
    let (shape, weights) = initial(&params, 6);
    let (mut ours, mut theirs) = (Curve(Vec::new()), Curve(Vec::new()));
    let setup = || setup(&params, &x, Some(&v), 32);
    trained(&params, Fused::new(shape.clone(), &weights, setup()), 200, 9, &mut ours);
    let device = BurnDevice::flex().autodiff();
    let burn = BurnLearner::new(Network::new(&shape, &weights, &device), setup(), device);
    trained(&params, burn, 200, 9, &mut theirs);
    assert_eq!(ours.0.len(), 3);
    for (a, b) in ours.0.iter().zip(&theirs.0) {
        assert!((a.loss - b.loss).abs() < 1e-5);
        assert!((a.validation_loss.unwrap() - b.validation_loss.unwrap()).abs() < 1e-5);
    }
}

#[test]
fn learns_the_rows_and_scores_foreign_ones_higher() {
    let params = json!({ "preset": "sound", "epochs": 60 });
    let detector = on_cpu::<AutoencoderParams>(parse(&params).unwrap());
    let x = rows(2000, 8, 1);
    let train = Train { x: &x, labels: None, validation: None };
    let fitted = detector.fit(train, 1, &mut Silent).unwrap();
    let mean = |scores: Vec<f64>| scores.iter().sum::<f64>() / scores.len() as f64;
    let familiar = mean(fitted.score(&rows(300, 8, 2)).unwrap());
    // The same values with the columns reversed: off the curve.
    let mut foreign = rows(300, 8, 2);
    for row in foreign.as_mut_slice().chunks_exact_mut(8) {
        row.reverse();
    }
    let shares = fitted.explain(&foreign).unwrap().unwrap();
    let scores = fitted.score(&foreign).unwrap();
    for (share, score) in shares.iter_rows().zip(&scores) {
        assert!((share.iter().map(|v| f64::from(*v)).sum::<f64>() - score).abs() < 1e-6 * score);
    }
    assert!(mean(scores) > 5.0 * familiar);
}

#[test]
fn a_diverging_fit_says_what_to_change() {
    let params = json!({
        "activation": "linear", "output": "linear", "learning_rate": 1.0, "epochs": 50,
    });
    let detector = on_cpu::<AutoencoderParams>(parse(&params).unwrap());
    let mut x = rows(64, 4, 1);
    x.as_mut_slice().iter_mut().for_each(|v| *v *= 1e19);
    let train = Train { x: &x, labels: None, validation: None };
    let Err(error) = detector.fit(train, 1, &mut Silent) else { panic!("it must diverge") };
    assert!(matches!(error, DetectorError::Diverged(_)));
    assert!(error.to_string().contains("lower learning_rate"), "{error}");
}

#[test]
fn patience_keeps_the_best_weights() {
    struct Losses(Vec<f64>, Vec<String>);
    impl Watch for Losses {
        fn epoch(&mut self, epoch: Epoch) {
            self.0.push(epoch.validation_loss.unwrap());
        }
        fn note(&mut self, note: &str) {
            self.1.push(note.into());
        }
    }
    let params = json!({ "patience": 2, "epochs": 500, "learning_rate": 0.05 });
    let params: AutoencoderParams = parse(&params).unwrap();
    let (x, v) = (rows(256, 6, 1), rows(64, 6, 2));
    let (shape, weights) = initial(&params, 6);
    let fused = Fused::new(shape.clone(), &weights, setup(&params, &x, Some(&v), 128));
    let mut watch = Losses(Vec::new(), Vec::new());
    let kept = trained(&params, fused, 256, 4, &mut watch);
    assert!(watch.0.len() < 500 && watch.1[0].starts_with("stopped early"));
    let best = watch.0.iter().copied().fold(f64::INFINITY, f64::min);
    let total: f64 = squared_errors(&shape, &kept, &v).iter().sum();
    assert!((total / (64.0 * 6.0) - best).abs() < 1e-12);
}

#[test]
fn presets_fill_what_is_left_out() {
    let resolve = |value| resolve::<AutoencoderParams>(&value);
    let sound = resolve(json!({ "preset": "sound", "epochs": 3 })).unwrap();
    assert_eq!(sound["learning_rate"], json!(0.001));
    assert_eq!(sound["epochs"], json!(3));
    assert_eq!(resolve(sound.clone()).unwrap(), sound);
    assert_eq!(resolve(json!({ "epochs": 3 })).unwrap(), sound);
    assert_eq!(resolve(json!({ "preset": "published" })).unwrap()["learning_rate"], json!(0.01));
    let refused = [
        (json!({ "preset": "sond" }), "preset"),
        (json!({ "latent": 0 }), "latent"),
        (json!({ "hidden": [15, 0] }), "hidden"),
        (json!({ "learning_rate": 0.0 }), "learning_rate"),
        (json!({ "learning_rate": f64::NAN }), "learning_rate"),
        (json!({ "batch_size": 0 }), "batch_size"),
        (json!({ "epochs": 100_001 }), "epochs"),
        (json!({ "patience": 0 }), "patience"),
        (json!({ "epsilon": 0 }), "epsilon"),
        (json!({ "beta_2": 1 }), "beta_2"),
        (json!({ "batchsize": 1 }), "batchsize"),
    ];
    for (value, key) in refused {
        assert_eq!(resolve(value).unwrap_err().key.as_deref(), Some(key));
    }
}
