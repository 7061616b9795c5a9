//! The autoencoder's kernel.

use oddbench_kernels::{Activation, Measure, Plan, Scorer, Trainer};

use super::*;

/// A network that has every activation but ReLU: its derivative jumps at 0, where single and double
/// precision may take different sides. The golden step has it.
fn every_activation() -> Network {
    use Activation::{Elu, LeakyRelu, Linear, Sigmoid, Tanh};
    let Network::Autoencoder(mut net) = autoencoder(&[6, 5, 4, 2, 5, 6], 3, Elu) else {
        unreachable!("an autoencoder was made")
    };
    for (layer, activation) in
        net.layers.iter_mut().zip([Elu, Tanh, Linear, LeakyRelu(0.2), Sigmoid])
    {
        layer.activation = activation;
    }
    Network::Autoencoder(net)
}

// The tests share networks and sizes of batches, because a software renderer takes seconds for each kernel.

#[test]
fn it_follows_the_reference_with_every_activation() {
    follows_the_reference(&every_activation(), 32, 100, 2);
}

#[test]
fn eight_models_at_once_are_eight_alone() {
    company_does_not_matter(&every_activation(), 32, 70);
}

#[test]
fn it_follows_the_reference_in_batches_of_any_size() {
    let network = autoencoder(&[4, 3, 2, 4], 2, Activation::Tanh);
    // A single row, less than a workgroup, several chunks of rows with a rest.
    for (batch, rows) in [(1, 3), (7, 20), (300, 650)] {
        follows_the_reference(&network, batch, rows, 2);
    }
}

#[test]
fn the_scorer_says_what_the_reference_says() {
    let Some(gpu) = gpu() else { return };
    let network = autoencoder(&[6, 4, 2, 4, 6], 2, Activation::Tanh);
    let x = draw(300 * 6, 0.1, 0.9, 8);
    let models: Vec<Model> = (0..2).map(|seed| Model::new(&network, 300, 1, seed)).collect();
    let starts: Vec<Start> = models.iter().map(|model| model.start.clone()).collect();
    let plan = Plan::new(&network, 300, gpu.limits(), gpu.variant()).unwrap();
    let trainer = Trainer::new(gpu, &network, plan, &sent(gpu, &network, &x), &starts).unwrap();
    let mut scorer =
        Scorer::new(gpu, &network, Measure::Squared, &sent(gpu, &network, &x), &[]).unwrap();
    let errors = scorer.errors(&trainer, &[0.0, 0.0]).unwrap();
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
