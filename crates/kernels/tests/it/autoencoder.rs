//! The autoencoder's kernel.

use oddbench_kernels::{Activation, Measure, Plan, Scorer, Trainer};

use super::*;

#[test]
fn it_follows_the_reference_with_every_activation() {
    use Activation::{Elu, LeakyRelu, Linear, Sigmoid, Tanh};
    // ReLU's derivative jumps at 0, where single and double precision may take different sides; the
    // golden step has it.
    for hidden in [LeakyRelu(0.2), Elu, Tanh, Sigmoid, Linear] {
        follows_the_reference(&autoencoder(&[6, 5, 2, 5, 6], 2, hidden), 32, 100, 2);
    }
}

#[test]
fn it_follows_the_reference_in_batches_of_any_size() {
    let network = autoencoder(&[5, 3, 2, 3, 5], 2, Activation::Tanh);
    // A single row, less than a workgroup, several chunks of rows with a rest.
    for (batch, rows) in [(1, 3), (7, 20), (300, 650)] {
        follows_the_reference(&network, batch, rows, 2);
    }
}

#[test]
fn eight_models_at_once_are_eight_alone() {
    company_does_not_matter(&autoencoder(&[6, 5, 2, 5, 6], 2, Activation::LeakyRelu(0.2)), 32, 70);
}

#[test]
fn the_scorer_says_what_the_reference_says() {
    let Some(gpu) = gpu() else { return };
    let network = autoencoder(&[6, 4, 2, 4, 6], 2, Activation::Tanh);
    let x = draw(300 * 6, 0.1, 0.9, 8);
    let models: Vec<Model> = (0..2).map(|seed| Model::new(&network, 300, 1, seed)).collect();
    let starts: Vec<Start> = models.iter().map(|model| model.start.clone()).collect();
    let plan = Plan::new(&network, 300, gpu.limits(), gpu.variant()).unwrap();
    let trainer = Trainer::new(gpu, &network, plan, &x, &starts).unwrap();
    let scorer = Scorer::new(gpu, &network, Measure::Squared, &x, &[]).unwrap();
    let errors = scorer.errors(&trainer, 0.0).unwrap();
    for (model, errors) in models.iter().zip(errors) {
        // A batch of one row has that row's squared error as its loss.
        let all: Vec<u32> = (0..300).collect();
        let mut start = model.start.clone();
        start.adam.learning_rate = 1e-30;
        let mut reference = reference::Reference::new(&network, &start);
        let expected = reference.epoch(&x, (&all, &[]), 1, 0.0);
        assert!(largest_difference(&errors, &expected) < 1e-5);
    }
}
