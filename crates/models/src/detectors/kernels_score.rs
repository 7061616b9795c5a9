//! Scores of networks that the fused kernels have trained: by the kernels, and of the same model saved and loaded,
//! which scores on the CPU. Threads that score at the same time get the same bits as one alone.
//!
//! It needs `--features oddbench-models/kernels`, and an adapter: a software renderer is enough.

#![expect(
    clippy::unwrap_used,
    reason = "clippy's allowance for tests does not see the feature beside `test`"
)]

use std::io::Write as _;
use std::thread;

use oddbench_core::{Engine, FittedDetector, OnDevice, Train, Watch};
use serde_json::{Value, json};

use super::network_rows::rows;
use super::{find, load};
use crate::device::{Backend, Device};

/// Who trains, and what a reader is told.
#[derive(Default)]
struct Ear {
    training: Option<OnDevice>,
    notes: Vec<String>,
}

impl Watch for Ear {
    fn epoch(&mut self, _: oddbench_core::Epoch) {}
    fn on_device(&mut self, training: OnDevice) {
        self.training = Some(training);
    }
    fn note(&mut self, note: &str) {
        self.notes.push(note.to_owned());
    }
}

fn device() -> Option<Device> {
    let device = Backend::Wgpu.open().ok();
    if device.is_none() {
        // Not `eprintln`, which the test harness would swallow.
        let _ = writeln!(std::io::stderr(), "NOT RUN: no Vulkan/Metal/DX12 adapter");
    }
    device
}

fn fit(device: &Device, kind: &str, params: &Value) -> Box<dyn FittedDetector> {
    let (x, validation) = (rows(150, 6, 1), rows(40, 6, 2));
    let mut ear = Ear::default();
    let detector = find(kind).unwrap().build(params, device).unwrap();
    let train = Train { x: &x, labels: None, validation: Some(&validation) };
    let fitted = detector.fit(train, 7, &mut ear).unwrap();
    assert_eq!(ear.training.unwrap().engine, Engine::Fused);
    assert!(!ear.notes.iter().any(|note| note.contains("scored by")), "{:?}", ear.notes);
    fitted
}

/// The kernels' scores agree with those of the CPU.
fn scores_as_the_cpu(kind: &str, of: &[Value]) {
    let Some(device) = device() else { return };
    let test = rows(300, 6, 3);
    for params in of {
        let fitted = fit(&device, kind, params);
        let ours = fitted.score(&test).unwrap();
        let folder = tempfile::tempdir().unwrap();
        fitted.save(folder.path()).unwrap();
        let theirs = load(folder.path()).unwrap().score(&test).unwrap();
        assert_ne!(ours, theirs, "both by the CPU? {params}");
        for (row, (ours, theirs)) in ours.iter().zip(&theirs).enumerate() {
            let difference = (ours - theirs).abs();
            assert!(difference < 1e-4 * theirs.abs(), "{params}, row {row}: {ours}, {theirs}");
        }
        // Eight threads, each with some of the rows.
        let (fitted, test) = (fitted.as_ref(), &test);
        let part = |at: usize| fitted.score(&test.slice(30 * at..30 * at + 60)).unwrap();
        let parts: Vec<Vec<f64>> = thread::scope(|scope| {
            let threads: Vec<_> = (0..8).map(|at| scope.spawn(move || part(at))).collect();
            threads.into_iter().map(|thread| thread.join().unwrap()).collect()
        });
        for (at, part) in parts.iter().enumerate() {
            assert_eq!(*part, ours[30 * at..30 * at + 60], "{params}, thread {at}");
        }
    }
}

#[test]
fn the_autoencoder_scores_as_on_the_cpu() {
    scores_as_the_cpu("autoencoder", &[json!({ "hidden": [5], "batch_size": 32, "epochs": 2 })]);
}

#[test]
fn the_vae_scores_as_on_the_cpu() {
    let with = |score: &str, samples: u32| {
        json!({
            "hidden": [5], "batch_size": 32, "epochs": 2, "score": score, "samples": samples,
        })
    };
    scores_as_the_cpu(
        "vae",
        &[
            with("mean-reconstruction", 1),
            with("reconstruction", 1),
            with("reconstruction", 3),
            with("elbo", 2),
        ],
    );
}

#[test]
fn the_bigan_scores_as_on_the_cpu() {
    let with = |distance: &str, weight: f64, term: &str| {
        json!({
            "encoder_hidden": 6, "generator_hidden": 7, "discriminator_hidden": 40, "batch_size": 32,
            "epochs": 2, "distance": distance, "weight": weight, "term": term,
        })
    };
    scores_as_the_cpu(
        "bigan",
        &[
            with("absolute", 0.0, "feature-matching"),
            with("squared", 0.0, "feature-matching"),
            with("squared", 0.3, "feature-matching"),
            with("absolute", 0.1, "cross-entropy"),
            with("absolute", 1.0, "cross-entropy"),
        ],
    );
}

#[test]
fn the_sequence_network_scores_as_on_the_cpu() {
    let with =
        |preset: &str| json!({ "preset": preset, "units": 2, "batch_size": 140, "epochs": 2 });
    scores_as_the_cpu("seq2seq", &[with("sound"), with("published")]);
}
