//! Shapes by hand, every gradient against burn's autodiff, a whole batch of moves on both engines,
//! and what training achieves.

use burn::tensor::{Device as BurnDevice, Tensor};
use oddbench_core::metrics::roc_auc;
use oddbench_core::{Detector, Epoch, FittedDetector, Silent, Train};

use super::adversary::{Batch, Engine, Move, Pairs};
use super::network::Networks;
use super::params::{BiganDistance, BiganTerm};
use super::*;
use crate::detectors::network_golden::{self, network_golden};
use crate::detectors::network_rows::rows;
use crate::model::on_cpu;
use crate::nn::adam::Adam;
use crate::nn::batches::gather;
use crate::nn::burn_mlp::{upload, values};
use crate::nn::dense::ActivationName;
use crate::nn::params::{Preset, Presets};
use crate::nn::simd::{Plane, dispatch};
use crate::params::{parse, resolve};
use crate::rng::stream;

fn small() -> BiganParams {
    BiganParams {
        encoder_hidden: 12,
        generator_hidden: 9,
        discriminator_hidden: 10,
        latent: 3,
        ..BiganParams::preset(Preset::Published)
    }
}

fn initial(params: &BiganParams, n_features: usize) -> (Shape, Vec<f32>) {
    let shape = params.shape(n_features);
    let mut weights = shape.init(params.init, &mut stream(3, "test/weights"));
    // Biases away from zero, so that every gradient is exercised.
    for (i, weight) in weights.iter_mut().enumerate() {
        *weight += 0.05 * (i as f32).sin();
    }
    (shape, weights)
}

fn batch(shape: &Shape, x: &Matrix, n: usize, dropout: f32) -> Batch {
    let mut noise = stream(5, "test/noise");
    let mut batch = Batch::new(shape, n);
    batch.n = n;
    gather(x, &(0..n as u32).collect::<Vec<_>>(), &mut batch.x);
    batch.draw_codes(&mut noise);
    batch.real.draw(&mut noise, dropout, n);
    batch.made.draw(&mut noise, dropout, n);
    batch
}

fn largest_difference(a: &[f32], b: &[f32]) -> f32 {
    assert_eq!(a.len(), b.len());
    a.iter().zip(b).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max)
}

#[test]
fn the_published_networks_have_the_parameters_counted_by_hand() {
    let shape = BiganParams::preset(Preset::Published).shape(18);
    // Encoder 18-128-2, generator 2-128-18, discriminator 20-128-1, each with biases.
    assert_eq!(shape.encoder.end(), 18 * 128 + 128 + 128 * 2 + 2);
    assert_eq!(shape.boundary() - shape.encoder.end(), 2 * 128 + 128 + 128 * 18 + 18);
    assert_eq!(shape.n_params() - shape.boundary(), 20 * 128 + 128 + 128 + 1);
}

#[test]
fn the_three_moves_of_a_batch_are_pytorchs() {
    let (n, params) = (8, BiganParams::preset(Preset::Published));
    let shape = params.shape(18);
    let mut parameters = network_golden::weights(shape.n_params(), 0.2);
    let batch = golden_batch(&shape, n);
    let mut fused = Fused::new(&shape, n);
    let mut gradient = vec![0.0; parameters.len()];
    let mut adam = Adam::new(params.moves().adam, parameters.len());
    let boundary = shape.boundary();
    let golden = network_golden().bigan;
    for (at, expected) in golden.losses.into_iter().enumerate() {
        let loss = match at {
            0 => fused.discriminator(&parameters, &batch, Pairs::Real, &mut gradient),
            1 => fused.discriminator(&parameters, &batch, Pairs::Made, &mut gradient),
            _ => fused.encoder_generator(&parameters, &batch, 0.0, &mut gradient),
        };
        let loss = f64::from(loss.unwrap());
        assert!((loss - expected).abs() < 1e-5, "move {at}: {loss}, {expected}");
        let part = if at < 2 { boundary..parameters.len() } else { 0..boundary };
        dispatch(Move {
            adam: &mut adam,
            at: part.start,
            params: &mut parameters[part.clone()],
            gradient: &gradient[part],
        });
    }
    golden.check(&parameters);
}

/// The batch that `make_network_golden.py` computes in the same way.
fn golden_batch(shape: &Shape, n: usize) -> Batch {
    let mut batch = Batch::new(shape, n);
    batch.n = n;
    gather(&network_golden::rows(n, 18), &(0..n as u32).collect::<Vec<_>>(), &mut batch.x);
    let fill = |plane: &mut Plane, value: &dyn Fn(usize) -> f32| {
        let width = plane.features();
        for f in 0..width {
            for (i, slot) in plane.feature_mut(f)[..n].iter_mut().enumerate() {
                *slot = value(i * width + f);
            }
        }
    };
    fill(&mut batch.z, &|k| (1.3 * k as f64).cos() as f32);
    let mask = |at: usize| move |k: usize| if (k + at).is_multiple_of(5) { 0.0 } else { 1.25 };
    fill(&mut batch.real.pair, &mask(0));
    fill(&mut batch.real.features, &mask(1));
    fill(&mut batch.made.pair, &mask(2));
    fill(&mut batch.made.features, &mask(3));
    batch
}

#[test]
fn every_gradient_equals_burns_autodiff() {
    let device = BurnDevice::flex();
    let x = rows(60, 7, 1);
    for (n, cycle_weight) in [(60, 0.0), (33, 4.0)] {
        let (shape, weights) = initial(&small(), 7);
        let batch = batch(&shape, &x, n, 0.2);
        let mut fused = Fused::new(&shape, n);
        let networks = Networks::new(shape.clone(), &weights, device.clone());
        let batch_x = upload(&x.select(&(0..n).collect::<Vec<_>>()), &device);
        let mut ours = vec![0.0; weights.len()];
        for pairs in [Pairs::Real, Pairs::Made] {
            let a = fused.discriminator(&weights, &batch, pairs, &mut ours).unwrap();
            let (b, theirs) =
                autodiff(&networks, networks.discriminator_loss(&batch_x, &batch, pairs));
            assert!((a - b).abs() < 1e-5, "{pairs:?}: {a} {b}");
            assert!(ours.iter().any(|g| g.abs() > 1e-3));
            let part = shape.boundary()..;
            assert!(largest_difference(&ours[part.clone()], &theirs[part]) < 1e-6, "{pairs:?}");
            // The other networks are not asked for a gradient.
            assert!(theirs[..shape.boundary()].iter().all(|g| *g == 0.0));
        }
        let a = fused.encoder_generator(&weights, &batch, cycle_weight, &mut ours).unwrap();
        let loss = networks.encoder_generator_loss(&batch_x, &batch, cycle_weight);
        let (b, theirs) = autodiff(&networks, loss);
        assert!((a - b).abs() < 1e-5, "{a} {b}");
        let part = ..shape.boundary();
        assert!(ours[part].iter().any(|g| g.abs() > 1e-3));
        assert!(largest_difference(&ours[part], &theirs[part]) < 1e-6);
    }
}

/// A loss and the gradient of all parameters.
fn autodiff(networks: &Networks, loss: Tensor<1>) -> (f32, Vec<f32>) {
    let gradient = networks.gradient(&loss.backward()).unwrap();
    (values(loss.inner()).unwrap()[0], gradient)
}

#[test]
fn both_engines_move_alike() {
    let params = BiganParams {
        generator_updates: 2,
        discriminator_learning_rate: 0.002,
        cycle_weight: 1.0,
        training: Training { batch_size: 32, ..small().training },
        ..small()
    };
    let x = rows(70, 7, 1);
    let (shape, weights) = initial(&params, 7);
    let order: Vec<u32> = (0..70).rev().collect();
    let mut ours = Adversaries::new(
        shape.clone(),
        &weights,
        params.moves(),
        Fused::new(&shape, 32),
        &x,
        None,
        stream(1, "noise"),
    );
    let mut theirs = Resident::new(
        shape.clone(),
        &weights,
        params.moves(),
        BurnDevice::flex(),
        (&x, None),
        stream(1, "noise"),
    );
    for _ in 0..2 {
        let (a, b) = (ours.epoch(&order).unwrap(), theirs.epoch(&order).unwrap());
        assert!((a - b).abs() < 1e-4, "{a} {b}");
    }
    let difference = largest_difference(&ours.parameters().unwrap(), &theirs.parameters().unwrap());
    assert!(difference < 2e-3, "{difference}");
}

#[test]
fn dropout_keeps_its_share_and_the_mean() {
    let shape = small().shape(7);
    let mut batch = Batch::new(&shape, 1000);
    batch.n = 1000;
    batch.real.draw(&mut stream(2, "test"), 0.2, 1000);
    let values: Vec<f32> =
        (0..10).flat_map(|f| batch.real.pair.feature(f)[..1000].to_vec()).collect();
    assert!(values.iter().all(|v| *v == 0.0 || (*v - 1.25).abs() < 1e-6));
    let dropped = values.iter().filter(|v| **v == 0.0).count() as f64 / values.len() as f64;
    assert!((dropped - 0.2).abs() < 0.015, "{dropped}");
    assert_eq!(batch.real.pair.feature(0)[1000..], [0.0; 24]);
}

fn fit(params: BiganParams, x: &Matrix, watch: &mut dyn Watch) -> Box<dyn FittedDetector> {
    on_cpu(params).fit(Train { x, labels: None, validation: None }, 1, watch).unwrap()
}

struct Seen(Vec<String>, Vec<Epoch>);

impl Watch for Seen {
    fn epoch(&mut self, epoch: Epoch) {
        self.1.push(epoch);
    }
    fn note(&mut self, note: &str) {
        self.0.push(note.into());
    }
}

#[test]
fn the_published_preset_says_what_it_leaves_out() {
    let x = rows(100, 5, 1);
    let mut seen = Seen(Vec::new(), Vec::new());
    let training = Training { batch_size: 16, ..small().training };
    fit(BiganParams { training, ..small() }, &x, &mut seen);
    assert_eq!(seen.1.len(), 15);
    assert!(seen.0.iter().any(|note| note.contains("constant is left out")), "{:?}", seen.0);
}

#[test]
fn the_sound_preset_learns_the_rows() {
    let x = rows(2000, 8, 1);
    let params = parse(&json!({ "preset": "sound", "epochs": 40, "batch_size": 64 })).unwrap();
    let mut seen = Seen(Vec::new(), Vec::new());
    let fitted = fit(params, &x, &mut seen);
    assert!(seen.0.is_empty());
    assert!(seen.1[39].loss < 0.3 * seen.1[0].loss, "{:?}", seen.1);
    let familiar = rows(300, 8, 2);
    // Every value is a usual one of its column, but not beside the others.
    let mut foreign = Matrix::zeros(300, 8);
    for (at, value) in foreign.as_mut_slice().iter_mut().enumerate() {
        let (i, j) = (at / 8, at % 8);
        *value = familiar.row((i + 37 * j) % 300)[j];
    }
    let scores = [fitted.score(&familiar).unwrap(), fitted.score(&foreign).unwrap()].concat();
    let labels: Vec<bool> = (0..600).map(|row| row >= 300).collect();
    let auc = roc_auc(&labels, &scores).unwrap();
    assert!(auc > 0.9, "{auc}");
}

#[test]
fn the_score_mixes_its_terms_by_the_weight() {
    let x = rows(60, 5, 1);
    let scores = |weight, term| {
        fit(BiganParams { weight, term, ..small() }, &x, &mut Silent).score(&x).unwrap()
    };
    for term in [BiganTerm::FeatureMatching, BiganTerm::CrossEntropy] {
        let (error, only, mixed) = (scores(0.0, term), scores(1.0, term), scores(0.25, term));
        for i in 0..60 {
            assert!(only[i] > 0.0);
            assert!((mixed[i] - (0.75 * error[i] + 0.25 * only[i])).abs() < 1e-9);
        }
    }
    for distance in [BiganDistance::Absolute, BiganDistance::Squared] {
        let fitted = fit(BiganParams { distance, ..small() }, &x, &mut Silent);
        let shares = fitted.explain(&x).unwrap().unwrap();
        for (share, score) in shares.iter_rows().zip(fitted.score(&x).unwrap()) {
            assert!((share.iter().map(|v| f64::from(*v)).sum::<f64>() - score).abs() < 1e-5);
        }
    }
}

#[test]
fn presets_fill_what_is_left_out_and_ranges_hold() {
    let resolve = |value| resolve::<BiganParams>(&value);
    let sound = resolve(json!({ "preset": "sound" })).unwrap();
    assert_eq!(resolve(sound.clone()).unwrap(), sound);
    assert_eq!(sound["batches_per_epoch"], json!(null));
    assert_eq!(resolve(json!({})).unwrap(), sound);
    let published = resolve(json!({ "preset": "published" })).unwrap();
    assert_eq!(published["batches_per_epoch"], json!(1));
    assert_eq!(BiganParams::preset(Preset::Published).output, ActivationName::Sigmoid);
    let refused = [
        (json!({ "latent": 0 }), "latent"),
        (json!({ "dropout": 1.0 }), "dropout"),
        (json!({ "weight": 1.5 }), "weight"),
        (json!({ "cycle_weight": -1 }), "cycle_weight"),
        (json!({ "generator_updates": 0 }), "generator_updates"),
        (json!({ "discriminator_learning_rate": 0 }), "discriminator_learning_rate"),
        (json!({ "batches_per_epoch": 0 }), "batches_per_epoch"),
        (json!({ "term": "entropy" }), "term"),
    ];
    for (value, key) in refused {
        assert_eq!(resolve(value).unwrap_err().key.as_deref(), Some(key));
    }
}
