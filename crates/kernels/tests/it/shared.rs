//! Batches so large that several workgroups share them: as one workgroup trains, and whatever trains beside them.

use oddbench_kernels::Activation;

use super::*;

/// Nine workgroups have a chunk of rows each. In the last batch of an epoch some have none.
const BATCH: usize = 2_100;
const ROWS: usize = 2_900;

fn dense() -> Network {
    autoencoder(&[4, 3, 2, 4], 2, Activation::Tanh)
}

#[test]
fn the_batch_is_shared() {
    let Some(gpu) = gpu() else { return };
    for variant in variants(gpu) {
        let plan = Plan::new(&dense(), BATCH, gpu.limits(), variant).unwrap();
        assert_eq!((plan.is_shared(), plan.groups), (true, BATCH.div_ceil(plan.rows)));
    }
}

#[test]
fn dense_layers_follow_the_reference() {
    follows_the_reference(&dense(), BATCH, ROWS, 2);
}

#[test]
fn draws_and_weights_of_the_loss_follow_the_reference() {
    follows_the_reference(&vae(4, &[3], 1, Activation::LeakyRelu(0.2)), BATCH, ROWS, 2);
}

/// Whether the workgroups that share a batch train as one workgroup does.
fn as_one_workgroup(network: &Network, model: &Model) {
    let Some(gpu) = gpu() else { return };
    let x = draw(ROWS * network.n_features(), 0.1, 0.9, 5);
    let shared = Plan::new(network, BATCH, gpu.limits(), gpu.variant()).unwrap();
    assert!(shared.is_shared());
    let mut single = shared.clone();
    single.groups = 1;
    let [(losses, parameters), (expected, expected_parameters)] = [shared, single].map(|plan| {
        let starts = std::slice::from_ref(&model.start);
        let mut trainer =
            Trainer::new(gpu, network, plan, &sent(gpu, network, &x), starts).unwrap();
        let losses = train_epoch(&mut trainer, std::slice::from_ref(model), 0).remove(0);
        (losses, trainer.parameters().unwrap().remove(0))
    });
    for (loss, expected) in losses.iter().zip(&expected) {
        assert!((loss - expected).abs() < 1e-5 * expected, "{losses:?}, {expected:?}");
    }
    let pairs = parameters.iter().zip(&expected_parameters);
    let difference = pairs.map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
    assert!(difference < 2e-4, "parameters differ by {difference}");
    assert_ne!(parameters, model.start.parameters);
}

#[test]
fn adversaries_with_several_moves_train_as_in_one_workgroup() {
    let net = bigan::network(3, 1, [3, 3, 4], 1, true);
    as_one_workgroup(&Network::Bigan(net.clone()), &bigan::model(&net, ROWS, 1, 3));
}

#[test]
fn sequences_with_shortened_gradients_train_as_in_one_workgroup() {
    let net = seq2seq::network(3, 1, false, false);
    as_one_workgroup(&Network::Seq2Seq(net.clone()), &seq2seq::model(&net, ROWS, 3));
}

#[test]
fn eight_models_at_once_are_eight_alone() {
    company_does_not_matter(&dense(), BATCH, ROWS);
}
