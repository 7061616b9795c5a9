//! One step of the published networks against PyTorch: `crates/models/tests/golden/networks.json`. The
//! script beside that file says how weights, rows and noise are made.

use serde::Deserialize;

use super::*;

#[derive(Deserialize)]
struct Golden {
    autoencoder: Step,
    vae: Step,
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

/// One step on `n` rows; `per_loss` is what the sum of the loss is divided by.
fn check(network: &Network, n: usize, draws: Vec<f32>, per_loss: f64, step: &Step) {
    let Some(gpu) = gpu() else { return };
    let (parameters, factors) = (weights(network.n_params(), 0.5), Factors::default());
    let start = Start { parameters, adam: ADAM, factors };
    for variant in variants(gpu) {
        let plan = Plan::new(network, n, gpu.limits(), variant).unwrap();
        let x = rows(n, network.n_features());
        let mut trainer =
            Trainer::new(gpu, network, plan, &x, std::slice::from_ref(&start)).unwrap();
        let order: Vec<u32> = (0..n as u32).collect();
        let draws: Vec<u32> = draws.iter().map(|draw| draw.to_bits()).collect();
        let input = EpochInput { order: &order, draws: &draws, loss_weight: 1.0 };
        let loss = f64::from(trainer.epoch(&[input]).unwrap()[0][0]) / per_loss;
        assert!((loss - step.loss).abs() < 2e-6 * step.loss.max(1.0), "{loss}, {}", step.loss);
        let parameters = trainer.parameters().unwrap().remove(0);
        let mut compared = 0;
        for (at, ours) in parameters.iter().enumerate() {
            let gradient = step.gradient[at];
            // Adam divides a gradient by its size: below this one, rounding decides on the sign.
            if gradient == 0.0 || gradient.abs() > 1e-6 {
                compared += 1;
                let difference = (f64::from(*ours) - step.parameters[at]).abs();
                assert!(difference < 3e-5, "{variant:?}, parameter {at}: {difference}");
            }
        }
        assert!(compared * 10 > parameters.len() * 9, "only {compared} are compared");
    }
}

#[test]
fn a_step_of_the_published_autoencoder_is_pytorchs() {
    let network = autoencoder(&[18, 15, 7, 2, 7, 15, 18], 3, Activation::Relu);
    assert_eq!(network.n_params(), 842);
    check(&network, 8, Vec::new(), 8.0 * 18.0, &golden().autoencoder);
}

#[test]
fn a_step_of_the_published_vae_is_pytorchs() {
    let network = vae(18, &[15, 7], 2, Activation::Relu);
    let noise = [
        0.252_266_5, 1.009_973_5, 0.055_093_933, 0.110_443_16, -0.364_350_74, -0.378_917_84, 1.416_953,
        0.205_995_07,
    ];
    check(&network, 4, noise.to_vec(), 4.0, &golden().vae);
}
