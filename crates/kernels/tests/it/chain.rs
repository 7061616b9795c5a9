//! Epochs in a chain: as one by one, with sums of errors after each.

use oddbench_kernels::{Activation, ErrorSum, Measure, Scorer};

use super::*;

/// Rows on the device. The orders name only the first ones.
const ROWS: usize = 300;

/// Validation rows.
const VALIDATION: usize = 150;

fn begun(gpu: &Gpu, network: &Network, batch: usize, x: &[f32], models: &[Model]) -> Trainer {
    let plan = Plan::new(network, batch, gpu.limits(), gpu.variant()).unwrap();
    let starts: Vec<Start> = models.iter().map(|model| model.start.clone()).collect();
    Trainer::new(gpu, network, plan, &sent(gpu, network, x), &starts).unwrap()
}

fn inputs(models: &[Model], epoch: usize) -> Vec<EpochInput<'_>> {
    models
        .iter()
        .map(|model: &Model| EpochInput {
            order: &model.orders[epoch],
            draws: &model.draws[epoch],
            loss_weight: loss_weight(epoch),
        })
        .collect()
}

/// Checks that each sum is the sum of the errors of these rows.
fn adds_up<'r>(sums: &[f64], errors: &[Vec<f32>], rows: impl Fn(usize) -> &'r [u32]) {
    for (model, (sum, errors)) in sums.iter().zip(errors).enumerate() {
        let expected: f64 = rows(model).iter().map(|row| f64::from(errors[*row as usize])).sum();
        assert!((sum - expected).abs() < 1e-6 * expected, "model {model}: {sum}, {expected}");
    }
    assert_ne!(sums[0], sums[1]);
}

/// Trains three epochs in a chain, and three epochs one by one. Checks that both end with the same bits. Checks that each
/// epoch's sums are the sums of the errors that the rows had after this epoch.
fn as_one_by_one(network: &Network, batch: usize, models: &[Model]) {
    let Some(gpu) = gpu() else { return };
    let x = draw(ROWS * network.n_features(), 0.1, 0.9, 6);
    let words = VALIDATION * network.draws_per_row();
    let draws: Vec<Vec<f32>> =
        (0..models.len() as u64).map(|seed| draw(words, -1.0, 1.0, 70 + seed)).collect();
    let draws: Vec<&[f32]> = draws.iter().map(Vec::as_slice).collect();
    let weights: Vec<f32> = (0..models.len()).map(|model| 0.25 * model as f32).collect();
    let scorers = |trainer: &Trainer| {
        let validation = &x[..VALIDATION * network.n_features()];
        [
            Scorer::of_training_rows(trainer, Measure::Absolute).unwrap(),
            Scorer::new(gpu, network, Measure::Loss, &sent(gpu, network, validation), &draws)
                .unwrap(),
        ]
    };
    let begin = || begun(gpu, network, batch, &x, models);

    let (mut chained, mut single) = (begin(), begin());
    let mut after = scorers(&chained);
    let mut after: Vec<ErrorSum<'_>> =
        after.iter_mut().map(|scorer| ErrorSum { scorer, loss_weights: &weights }).collect();
    let epochs: Vec<Vec<EpochInput<'_>>> = (0..3).map(|epoch| inputs(models, epoch)).collect();
    let passed = chained.epochs(&epochs, &mut after).unwrap();
    assert_eq!(passed.len(), 3);

    let [mut train, mut validation] = scorers(&single);
    let all: Vec<u32> = (0..VALIDATION as u32).collect();
    for (epoch, passed) in passed.iter().enumerate() {
        assert_eq!(passed.losses, single.epoch(&epochs[epoch]).unwrap(), "epoch {epoch}");
        let errors = train.errors(&single, &weights).unwrap();
        adds_up(&passed.sums[0], &errors, |model| &models[model].orders[epoch]);
        let errors = validation.errors(&single, &weights).unwrap();
        adds_up(&passed.sums[1], &errors, |_| &all);
    }
    assert_eq!(chained.parameters().unwrap(), single.parameters().unwrap());
}

fn three(network: &Network) -> Vec<Model> {
    (0..3).map(|seed| Model::new(network, 280, 3, 300 + seed)).collect()
}

#[test]
fn dense_layers() {
    let network = autoencoder(&[4, 3, 2, 4], 2, Activation::Tanh);
    as_one_by_one(&network, 64, &three(&network));
}

#[test]
fn draws_and_weights_of_the_loss() {
    let network = vae(6, &[5], 2, Activation::LeakyRelu(0.2));
    as_one_by_one(&network, 64, &three(&network));
}

#[test]
fn adversaries() {
    let net = bigan::network(5, 2, [6, 7, 40], 1, true);
    let models: Vec<Model> = (0..3).map(|seed| bigan::model(&net, 280, 3, 50 + seed)).collect();
    as_one_by_one(&Network::Bigan(net), 100, &models);
}

#[test]
fn sequences() {
    let network = Network::Seq2Seq(seq2seq::network(5, 2, true, true));
    as_one_by_one(&network, 140, &three(&network));
}

#[test]
fn a_chain_is_as_long_as_a_dispatch_may_be() {
    let Some(gpu) = gpu() else { return };
    let network = autoencoder(&[4, 3, 2, 4], 2, Activation::Tanh);
    let models = three(&network);
    let x = draw(ROWS * 4, 0.1, 0.9, 6);
    let mut trainer = begun(gpu, &network, 140, &x, &models);
    // Eight steps, of which an epoch has two.
    assert_eq!(trainer.epochs_at_once(280), 4);
    assert_eq!(trainer.epochs_at_once(10_000), 1, "never less than an epoch");
    trainer.epoch(&inputs(&models, 0)).unwrap();
    assert!(trainer.epochs_at_once(280) >= 1);
    assert!(trainer.epochs(&[], &mut []).unwrap().is_empty());
}
