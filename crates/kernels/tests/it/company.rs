//! Models that stop before the others, and scores of many models at once.

use oddbench_kernels::{Activation, Measure, Scorer};

use super::*;

/// Whether those that stay go on with the same bits as each of them alone, and a validation loss follows
/// its own model.
fn those_that_stay_go_on(network: &Network, batch: usize, models: &[Model]) {
    let Some(gpu) = gpu() else { return };
    let rows = models[0].orders[0].len();
    let x = draw(rows * network.n_features(), 0.1, 0.9, 6);
    let begin = |models: &[&Model]| {
        let plan = Plan::new(network, batch, gpu.limits(), gpu.variant()).unwrap();
        assert!(Trainer::most_models(gpu, network, &plan) >= models.len());
        let starts: Vec<Start> = models.iter().map(|model| model.start.clone()).collect();
        Trainer::new(gpu, network, plan, &sent(gpu, network, &x), &starts).unwrap()
    };
    let draws: Vec<Vec<f32>> = (0..models.len() as u64)
        .map(|seed| draw(40 * network.draws_per_row(), -1.0, 1.0, 70 + seed))
        .collect();
    let scorer = |draws: &[&[f32]]| {
        let validation = &x[..40 * network.n_features()];
        Scorer::new(gpu, network, Measure::Loss, &sent(gpu, network, validation), draws).unwrap()
    };
    let weight = |model: usize| 0.25 * model as f32;

    let all: Vec<&Model> = models.iter().collect();
    let mut together = begin(&all);
    let mut scored = scorer(&draws.iter().map(Vec::as_slice).collect::<Vec<_>>());
    train_epoch(&mut together, &all, 0);
    // The first, the last and one in the middle stop; then one more.
    let mut kept: Vec<usize> = (0..models.len()).collect();
    for stays in [&[1, 2, 4][..], &[0, 2][..]] {
        together.keep(stays).unwrap();
        scored.keep(stays).unwrap();
        kept = stays.iter().map(|at| kept[*at]).collect();
    }
    assert_eq!(kept, [1, 4]);
    let left: Vec<&Model> = kept.iter().map(|at| &models[*at]).collect();
    let losses = train_epoch(&mut together, &left, 1);
    let weights: Vec<f32> = kept.iter().map(|at| weight(*at)).collect();
    let errors = scored.errors(&together, &weights).unwrap();
    let parameters = together.parameters().unwrap();

    for (place, &at) in kept.iter().enumerate() {
        let mut alone = begin(&all[at..=at]);
        train_epoch(&mut alone, &all[at..=at], 0);
        assert_eq!(losses[place], train_epoch(&mut alone, &all[at..=at], 1)[0]);
        assert_eq!(parameters[place], alone.parameters().unwrap()[0]);
        let own = scorer(&[&draws[at]]).errors(&alone, &[weight(at)]).unwrap();
        assert_eq!(errors[place], own[0]);
        // Early stopping goes back to earlier weights, of one model alone.
        together.set_parameters(place, &models[at].start.parameters).unwrap();
    }
    let back: Vec<Vec<f32>> = left.iter().map(|model| model.start.parameters.clone()).collect();
    assert_eq!(together.parameters().unwrap(), back);
}

fn six(network: &Network, rows: usize) -> Vec<Model> {
    (0..6).map(|seed| Model::new(network, rows, 2, 300 + seed)).collect()
}

#[test]
fn those_that_stay_go_on_as_if_alone() {
    let dense = autoencoder(&[4, 3, 2, 4], 2, Activation::Tanh);
    those_that_stay_go_on(&dense, 20, &six(&dense, 70));
    let drawn = vae(6, &[5], 2, Activation::LeakyRelu(0.2));
    those_that_stay_go_on(&drawn, 32, &six(&drawn, 70));
    let net = bigan::network(5, 2, [6, 7, 40], 1, true);
    let models: Vec<Model> = (0..6).map(|seed| bigan::model(&net, 40, 2, 50 + seed)).collect();
    those_that_stay_go_on(&Network::Bigan(net), 16, &models);
    let net = Network::Seq2Seq(seq2seq::network(5, 2, true, true));
    those_that_stay_go_on(&net, 16, &six(&net, 40));
}

#[test]
fn nobody_and_strangers_are_not_kept() {
    let Some(gpu) = gpu() else { return };
    let network = autoencoder(&[4, 3, 2, 4], 2, Activation::Tanh);
    let plan = Plan::new(&network, 20, gpu.limits(), gpu.variant()).unwrap();
    let starts: Vec<Start> = six(&network, 20).into_iter().map(|model| model.start).collect();
    let mut trainer =
        Trainer::new(gpu, &network, plan, &sent(gpu, &network, &draw(80, 0.1, 0.9, 6)), &starts)
            .unwrap();
    for models in [&[][..], &[0, 6][..], &[3, 1][..], &[2, 2][..]] {
        assert!(matches!(trainer.keep(models), Err(Error::BadInput(_))), "{models:?}");
    }
    assert_eq!(trainer.models(), 6);
    assert!(trainer.set_parameters(6, &starts[0].parameters).is_err());
}

#[test]
fn the_training_rows_are_scored_where_they_are() {
    let Some(gpu) = gpu() else { return };
    let net = bigan::network(5, 2, [6, 7, 8], 1, false);
    let network = Network::Bigan(net.clone());
    let x = draw(140 * 5, 0.1, 0.9, 5);
    let models = [bigan::model(&net, 140, 1, 9), bigan::model(&net, 140, 1, 10)];
    let starts: Vec<Start> = models.iter().map(|model| model.start.clone()).collect();
    let plan = Plan::new(&network, 140, gpu.limits(), gpu.variant()).unwrap();
    let trainer = Trainer::new(gpu, &network, plan, &sent(gpu, &network, &x), &starts).unwrap();
    let there = Scorer::of_training_rows(&trainer, Measure::Absolute).unwrap();
    let sent =
        Scorer::new(gpu, &network, Measure::Absolute, &sent(gpu, &network, &x), &[]).unwrap();
    let [there, sent] = [there, sent].map(|mut scorer| scorer.errors(&trainer, &[0.0; 2]).unwrap());
    assert_eq!(there, sent);
    assert_ne!(there[0], there[1]);
}
