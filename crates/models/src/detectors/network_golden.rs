//! What PyTorch makes of one training step of each network: `tests/golden/networks.json`, made by
//! `tests/golden/make_network_golden.py`, and the weights and rows that the script computes in the same way.

use oddbench_core::Matrix;
use serde::Deserialize;

/// Adam divides a gradient by its size: below this one, single precision decides on the sign.
const SMALL: f64 = 1e-6;

#[derive(Deserialize)]
pub(crate) struct NetworkGolden {
    pub(crate) autoencoder: Step,
    pub(crate) vae: Step,
    pub(crate) bigan: Moves,
    pub(crate) seq2seq: Step,
}

/// One step from the initial weights.
#[derive(Deserialize)]
pub(crate) struct Step {
    loss: f64,
    gradient: Vec<f64>,
    parameters: Vec<f64>,
}

/// The three moves of a batch of the BiGAN.
#[derive(Deserialize)]
pub(crate) struct Moves {
    pub(crate) losses: [f64; 3],
    every: usize,
    parameters: Vec<f64>,
    smallest_gradient: Vec<f64>,
}

pub(crate) fn network_golden() -> NetworkGolden {
    let text = include_str!("../../tests/golden/networks.json");
    serde_json::from_str(text).unwrap()
}

/// Initial weights of that scale.
pub(crate) fn weights(count: usize, scale: f64) -> Vec<f32> {
    (0..count).map(|k| (scale * (1.7 * k as f64 + 0.3).sin()) as f32).collect()
}

/// Rows in [0.1, 0.9].
pub(crate) fn rows(n: usize, cols: usize) -> Matrix {
    let value = |k: usize| (0.5 + 0.4 * (0.9 * k as f64).sin()) as f32;
    Matrix::new(n, cols, (0..n * cols).map(value).collect()).unwrap()
}

impl Step {
    /// Single precision against PyTorch's double.
    pub(crate) fn check(&self, loss: f64, gradient: &[f32], parameters: &[f32]) {
        assert!((loss - self.loss).abs() < 1e-6 * self.loss.max(1.0), "{loss}, {}", self.loss);
        assert_eq!(gradient.len(), self.gradient.len());
        let largest = self.gradient.iter().fold(0.0f64, |m, g| m.max(g.abs()));
        assert!(largest > 1e-3, "there is nothing to compare");
        for (at, (ours, theirs)) in gradient.iter().zip(&self.gradient).enumerate() {
            let difference = (f64::from(*ours) - theirs).abs();
            assert!(difference < 1e-6 * largest.max(0.1), "gradient {at}: {ours}, {theirs}");
        }
        check_parameters(parameters, &self.parameters, &self.gradient);
    }
}

impl Moves {
    pub(crate) fn check(&self, parameters: &[f32]) {
        let some: Vec<f32> = parameters.iter().copied().step_by(self.every).collect();
        check_parameters(&some, &self.parameters, &self.smallest_gradient);
    }
}

fn check_parameters(ours: &[f32], theirs: &[f64], gradient: &[f64]) {
    assert_eq!(ours.len(), theirs.len());
    let mut compared = 0;
    for (at, ((ours, theirs), gradient)) in ours.iter().zip(theirs).zip(gradient).enumerate() {
        if *gradient == 0.0 || gradient.abs() > SMALL {
            compared += 1;
            let difference = (f64::from(*ours) - theirs).abs();
            assert!(difference < 2e-5, "parameter {at}: {ours}, {theirs}, gradient {gradient}");
        }
    }
    assert!(compared * 10 > ours.len() * 9, "only {compared} of {} are compared", ours.len());
}
