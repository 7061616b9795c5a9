//! The fused passes against burn's autodiff and Adam, the decoder against burn's, and what training
//! achieves and promises.

use burn::tensor::Device as BurnDevice;
use oddbench_core::DetectorError;
use oddbench_core::{Detector, Epoch, FittedDetector, Silent, Train, Watch};

use super::*;
use crate::company::Seat;
use crate::detectors::network_golden::{self, network_golden};
use crate::detectors::network_rows::rows;
use crate::model::on_cpu;
use crate::nn::adam::AdamSettings;
use crate::nn::batches::Batches;
use crate::nn::loss::squared_distance;
use crate::nn::training::{Schedule, train};
use crate::params::{parse, resolve};
use crate::rng::stream;

const PUBLISHED: Wiring = Wiring { roll: true, reverse: false, teacher_forcing: true };
const REVERSED: Wiring = Wiring { roll: false, reverse: true, teacher_forcing: true };
const OWN: Wiring = Wiring { roll: false, reverse: false, teacher_forcing: false };

/// Weights of the usual size, with no bias zero, so that every gradient is exercised.
fn weights_of(network: &Network) -> Vec<f32> {
    let mut weights = network.init(&mut stream(3, "test/weights"));
    for (i, weight) in weights.iter_mut().enumerate() {
        *weight += 0.1 * (i as f32).sin();
    }
    weights
}

fn settings(batch_size: usize, dropout: f64) -> Settings {
    Settings { adam: AdamSettings::keras(0.01), batch_size, dropout, gradient_clip: None }
}

/// Both engines, before the first step.
fn engines<'a>(
    network: Network,
    settings: &Settings,
    x: &'a Matrix,
) -> (FusedLearner<'a>, BurnLearner<Seq2Seq>) {
    let weights = weights_of(&network);
    let masks = || stream(7, "test/dropout");
    let device = BurnDevice::flex().autodiff();
    let setup = Setup {
        train: x,
        validation: Some(x),
        batch_size: settings.batch_size,
        adam: settings.adam,
        noise: masks(),
        validation_noise: masks(),
    };
    let burn = Seq2Seq::new(network, &weights, &device)
        .trained_with(settings.dropout, settings.gradient_clip);
    (
        FusedLearner::new(network, settings.clone(), x, Some(x), &weights, masks()),
        BurnLearner::new(burn, setup, device),
    )
}

fn largest_difference(a: &[f32], b: &[f32]) -> f32 {
    assert_eq!(a.len(), b.len());
    a.iter().zip(b).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max)
}

#[test]
fn a_training_step_is_pytorchs() {
    let network = Network::new(18, 10, PUBLISHED, Output::Sigmoid);
    let x = network_golden::rows(6, 18);
    let weights = network_golden::weights(network.n_params(), 0.4);
    let masks = stream(7, "test/dropout");
    let mut fused = FusedLearner::new(network, settings(6, 0.0), &x, None, &weights, masks);
    let order: Vec<u32> = (0..6).collect();
    let (_, gradient) = fused.gradient(&order);
    let loss = fused.epoch(&order).unwrap();
    network_golden().seq2seq.check(loss, &gradient, &fused.parameters().unwrap());
}

#[test]
fn loss_and_every_gradient_equal_burns_autodiff() {
    // Whole chunks, parts of vectors, a single row; odd sizes; every wiring; with and without dropout.
    let cases = [
        (18, 10, 256, 0.2, Output::Sigmoid),
        (18, 10, 37, 0.0, Output::Linear),
        (5, 3, 131, 0.5, Output::Sigmoid),
        (1, 1, 1, 0.0, Output::Sigmoid),
        (2, 7, 33, 0.1, Output::Linear),
    ];
    for (steps, units, n, dropout, output) in cases {
        for wiring in [PUBLISHED, REVERSED, OWN, Wiring { roll: true, ..OWN }] {
            let network = Network::new(steps, units, wiring, output);
            let x = rows(300, steps, 5);
            let (mut fused, mut burn) = engines(network, &settings(n, dropout), &x);
            let order: Vec<u32> = (0..n as u32).map(|i| (i * 7) % 300).collect();
            let (loss, gradient) = fused.gradient(&order);
            let (expected_loss, expected) = burn.gradient(&order);
            assert!((loss - expected_loss).abs() < 1e-6, "{network:?}: {loss} {expected_loss}");
            let difference = largest_difference(&gradient, &expected);
            let largest = expected.iter().fold(0.0f32, |m, g| m.max(g.abs()));
            assert!(largest > 1e-4, "{network:?}: there is nothing to compare");
            assert!(difference < 1e-5 * largest.max(0.1), "{network:?}: {difference} of {largest}");
        }
    }
}

#[test]
fn steps_equal_burns_adam_with_and_without_clipping() {
    for gradient_clip in [None, Some(0.01)] {
        for wiring in [PUBLISHED, OWN] {
            let network = Network::new(18, 10, wiring, Output::Sigmoid);
            let x = rows(600, 18, 6);
            let settings = Settings { gradient_clip, ..settings(256, 0.2) };
            let (mut fused, mut burn) = engines(network, &settings, &x);
            let order: Vec<u32> = (0..600).collect();
            let (ours, theirs) = (fused.epoch(&order).unwrap(), burn.epoch(&order).unwrap());
            assert!((ours - theirs).abs() < 1e-6, "{ours} {theirs}");
            let (ours, theirs) = (fused.parameters().unwrap(), burn.parameters().unwrap());
            let difference = largest_difference(&ours, &theirs);
            assert!(difference < 1e-4, "{wiring:?} {gradient_clip:?}: {difference}");
            let moved = largest_difference(&ours, &weights_of(&network));
            assert!(moved > 0.01, "nothing was learned");
            let losses = [fused.validation_loss(), burn.validation_loss()];
            let [ours, theirs] = losses.map(|loss| loss.unwrap().unwrap());
            assert!((ours - theirs).abs() < 1e-5, "{ours} {theirs}");
        }
    }
}

#[test]
fn the_decoder_writes_what_burns_writes() {
    for wiring in [PUBLISHED, REVERSED, OWN] {
        let network = Network::new(18, 10, wiring, Output::Sigmoid);
        let weights = weights_of(&network);
        let x = rows(301, 18, 8);
        let packed = Weights::new(&network, &weights);
        for feed in [Feed::Own, Feed::Teacher] {
            let ours = write(&network, &packed, &x, feed);
            let device = BurnDevice::flex();
            let theirs = Seq2Seq::new(network, &weights, &device).write(&x, &device, feed).unwrap();
            assert!(largest_difference(ours.as_slice(), theirs.as_slice()) < 1e-6);
        }
    }
}

/// The study puts the row's first value before what is decoded: its error is 0.
#[test]
fn the_published_score_leaves_out_the_first_feature() {
    let params = with(json!({ "preset": "published", "epochs": 1, "units": 3 }));
    let x = rows(100, 6, 1);
    let shares = fitted(params, &x, 1).explain(&x).unwrap().unwrap();
    assert!(shares.column(0).all(|share| share == 0.0));
    assert!((1..6).all(|j| shares.column(j).all(|share| share > 0.0)));
}

fn with(params: Value) -> Seq2SeqParams {
    parse(&params).unwrap()
}

fn fitted(params: Seq2SeqParams, x: &Matrix, seed: u64) -> Box<dyn FittedDetector> {
    let train = Train { x, labels: None, validation: None };
    on_cpu(params).fit(train, seed, &mut Silent).unwrap()
}

#[test]
fn learns_the_rows_and_scores_rows_put_together_from_several_higher() {
    for preset in ["published", "sound"] {
        let params = with(json!({
            "preset": preset, "epochs": 40, "batch_size": 32, "learning_rate": 0.01, "dropout": 0.0,
        }));
        let fitted = fitted(params, &rows(1000, 8, 1), 1);
        let familiar = rows(300, 8, 2);
        // Every value is a usual one of its column, but not beside the others.
        let mut foreign = Matrix::zeros(300, 8);
        for (at, value) in foreign.as_mut_slice().iter_mut().enumerate() {
            let (i, j) = (at / 8, at % 8);
            *value = familiar.row((i + 37 * j) % 300)[j];
        }
        let mean = |scores: &[f64]| scores.iter().sum::<f64>() / scores.len() as f64;
        let scores = fitted.score(&foreign).unwrap();
        assert!(mean(&scores) > 50.0 * mean(&fitted.score(&familiar).unwrap()), "{preset:?}");
        let shares = fitted.explain(&foreign).unwrap().unwrap();
        for (share, score) in shares.iter_rows().zip(&scores) {
            let sum: f64 = share.iter().map(|v| f64::from(*v)).sum();
            assert!((sum - score).abs() < 1e-6 * score);
        }
    }
}

#[test]
fn bits_do_not_depend_on_the_number_of_threads_or_of_concurrent_fits() {
    let params = with(json!({ "preset": "published", "epochs": 2 }));
    let x = rows(700, 18, 4);
    let scores_in = |threads| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| fitted(params.clone(), &x, 5).score(&x).unwrap())
    };
    let alone = scores_in(1);
    assert_eq!(alone, scores_in(3));
    std::thread::scope(|scope| {
        let fits: Vec<_> = (0..3)
            .map(|_| scope.spawn(|| fitted(params.clone(), &x, 5).score(&x).unwrap()))
            .collect();
        for fit in fits {
            assert_eq!(alone, fit.join().unwrap());
        }
    });
    assert_ne!(alone, fitted(params.clone(), &x, 6).score(&x).unwrap());
}

#[test]
fn patience_keeps_the_weights_of_the_lowest_validation_loss() {
    struct Losses(Vec<f64>, Vec<String>);
    impl Watch for Losses {
        fn epoch(&mut self, epoch: Epoch) {
            self.0.push(epoch.validation_loss.unwrap());
        }
        fn note(&mut self, note: &str) {
            self.1.push(note.into());
        }
    }
    let (x, v) = (rows(256, 6, 1), rows(64, 6, 2));
    let network = Network::new(6, 4, PUBLISHED, Output::Sigmoid);
    let settings = Settings { adam: AdamSettings::keras(0.1), ..settings(64, 0.3) };
    let weights = weights_of(&network);
    let mut learner =
        FusedLearner::new(network, settings, &x, Some(&v), &weights, stream(1, "test/dropout"));
    let mut watch = Losses(Vec::new(), Vec::new());
    let schedule = Schedule { epochs: 1000, patience: Some(3) };
    let mut batches = Batches::new(256, stream(1, "test/batches"));
    train(&mut learner, schedule, &mut batches, (&Seat::alone(), &mut watch)).unwrap();
    let kept = learner.parameters().unwrap();
    assert!(watch.0.len() < 1000 && watch.1[0].starts_with("stopped early"));
    let best = watch.0.iter().copied().fold(f64::INFINITY, f64::min);
    let written = write(&network, &Weights::new(&network, &kept), &v, Feed::Teacher);
    let loss = squared_distance(v.as_slice(), written.as_slice()) / (64.0 * 6.0);
    assert_eq!(loss, best);
}

#[test]
fn a_diverging_fit_says_what_to_change() {
    let params = with(json!({ "preset": "published", "output": "linear", "epochs": 50 }));
    let mut x = rows(64, 4, 1);
    x.as_mut_slice().iter_mut().for_each(|v| *v *= 1e30);
    let train = Train { x: &x, labels: None, validation: None };
    let Err(error) = on_cpu(params).fit(train, 1, &mut Silent) else { panic!("it must diverge") };
    assert!(matches!(error, DetectorError::Diverged(_)));
    assert!(error.to_string().contains("lower learning_rate"), "{error}");
}

#[test]
fn presets_fill_what_is_left_out_and_ranges_are_checked() {
    let resolve = |value| resolve::<Seq2SeqParams>(&value);
    let sound = resolve(json!({ "preset": "sound", "epochs": 3 })).unwrap();
    assert_eq!((&sound["roll"], &sound["epochs"]), (&json!(false), &json!(3)));
    assert_eq!(resolve(sound.clone()).unwrap(), sound);
    assert_eq!(resolve(json!({ "epochs": 3 })).unwrap(), sound);
    let published = resolve(json!({ "preset": "published" })).unwrap();
    assert_eq!((&published["roll"], &published["dropout"]), (&json!(true), &json!(0.2)));
    let refused = [
        (json!({ "preset": "sond" }), "preset"),
        (json!({ "units": 0 }), "units"),
        (json!({ "dropout": 1.0 }), "dropout"),
        (json!({ "dropout": f64::NAN }), "dropout"),
        (json!({ "preset": "published", "reverse": true }), "reverse"),
        (json!({ "teacher_forcing": 1 }), "teacher_forcing"),
        (json!({ "output": "tanh" }), "output"),
        (json!({ "gradient_clip": 0 }), "gradient_clip"),
        (json!({ "learning_rate": -0.1 }), "learning_rate"),
        (json!({ "batch_size": 0 }), "batch_size"),
        (json!({ "epochs": 100_001 }), "epochs"),
        (json!({ "patience": 0 }), "patience"),
        (json!({ "encoder_units": 10 }), "encoder_units"),
    ];
    for (value, key) in refused {
        assert_eq!(resolve(value).unwrap_err().key.as_deref(), Some(key));
    }
}

#[test]
fn a_saved_model_scores_the_same_bits() {
    let params = with(json!({ "epochs": 2, "units": 3 }));
    let x = rows(200, 7, 1);
    let fitted = fitted(params, &x, 1);
    let dir = tempfile::tempdir().unwrap();
    fitted.save(dir.path()).unwrap();
    let loaded = crate::load(dir.path()).unwrap();
    assert_eq!(fitted.score(&x).unwrap(), loaded.score(&x).unwrap());
    assert_eq!(loaded.n_features(), 7);
}
