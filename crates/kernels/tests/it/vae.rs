//! The variational autoencoder's kernel.

use oddbench_kernels::{Activation, Measure, Plan, Scorer, Trainer};

use super::*;

#[test]
fn it_follows_the_reference() {
    follows_the_reference(&vae(6, &[5], 2, Activation::LeakyRelu(0.2)), 32, 100, 2);
}

#[test]
fn eight_models_at_once_are_eight_alone() {
    company_does_not_matter(&vae(6, &[5], 2, Activation::LeakyRelu(0.2)), 32, 70);
}

#[test]
fn the_validation_loss_is_that_of_the_given_draws() {
    let Some(gpu) = gpu() else { return };
    let network = vae(5, &[4], 2, Activation::Tanh);
    let x = draw(150 * 5, 0.1, 0.9, 8);
    let model = Model::new(&network, 150, 1, 4);
    let plan = Plan::new(&network, 150, gpu.limits(), gpu.variant()).unwrap();
    let starts = [model.start.clone()];
    let trainer = Trainer::new(gpu, &network, plan, &sent(gpu, &network, &x), &starts).unwrap();
    let draws: Vec<f32> = model.draws[0].iter().copied().map(f32::from_bits).collect();
    let mut scorer =
        Scorer::new(gpu, &network, Measure::Loss, &sent(gpu, &network, &x), &[&draws]).unwrap();
    let errors = scorer.errors(&trainer, &[0.7]).unwrap();
    let mut start = model.start.clone();
    start.adam.learning_rate = 1e-30;
    let all: Vec<u32> = (0..150).collect();
    let mut reference = reference::Reference::new(&network, &start);
    let expected = reference.epoch(&x, (&all, &model.draws[0]), 1, 0.7);
    assert!(largest_difference(&errors[0], &expected) < 1e-5);
}
