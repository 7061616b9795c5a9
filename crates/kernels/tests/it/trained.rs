//! Scores of trained networks, held against plain double precision.

use std::ops::Range;

use oddbench_kernels::{Activation, Measure, Scorer, Scoring, Verdict};

use super::reference::forward;
use super::*;

/// The measure of rows by a network, without or with the draws `[row][sample][latent]`.
fn errors(
    network: &Network,
    measure: Measure,
    (parameters, weights): (&[f32], [f32; 2]),
    x: &[f32],
    (samples, draws): (usize, &[f32]),
) -> Option<Vec<f32>> {
    let scoring = Scoring::new(gpu()?, network, measure).unwrap();
    let trained = scoring.of_trained(parameters, weights, samples).unwrap();
    let per_row = samples * network.draws_per_row();
    Some(scores(&trained, network, x, |rows| {
        draws[rows.start * per_row..rows.end * per_row].to_vec()
    }))
}

/// The measure of row-major rows, some of which are sent at a time.
fn scores(
    trained: &oddbench_kernels::Trained,
    network: &Network,
    x: &[f32],
    draw: impl FnMut(Range<usize>) -> Vec<f32>,
) -> Vec<f32> {
    let columns = network.n_features();
    let send = |rows: Range<usize>| {
        let gpu = gpu().ok_or(Error::NoAdapter(String::new()))?;
        Rows::send(gpu, &x[rows.start * columns..rows.end * columns], columns)
    };
    trained.errors(x.len() / columns, send, draw).unwrap()
}

fn doubles(values: &[f32]) -> Vec<f64> {
    values.iter().copied().map(f64::from).collect()
}

fn squared(y: &[f64], x: &[f64]) -> f64 {
    y.iter().zip(x).map(|(y, x)| (y - x).powi(2)).sum()
}

fn absolute(y: &[f64], x: &[f64]) -> f64 {
    y.iter().zip(x).map(|(y, x)| (y - x).abs()).sum()
}

#[test]
fn a_trained_network_scores_as_in_training() {
    let Some(gpu) = gpu() else { return };
    let network = autoencoder(&[6, 4, 2, 4, 6], 2, Activation::Tanh);
    let x = draw(300 * 6, 0.1, 0.9, 8);
    let model = Model::new(&network, 300, 1, 0);
    let plan = Plan::new(&network, 300, gpu.limits(), gpu.variant()).unwrap();
    let trainer = Trainer::new(
        gpu,
        &network,
        plan,
        &sent(gpu, &network, &x),
        std::slice::from_ref(&model.start),
    )
    .unwrap();
    let mut scorer =
        Scorer::new(gpu, &network, Measure::Squared, &sent(gpu, &network, &x), &[]).unwrap();
    let expected = scorer.errors(&trainer, &[0.0]).unwrap().remove(0);
    let start = (&model.start.parameters[..], [1.0, 0.0]);
    let ours = errors(&network, Measure::Squared, start, &x, (1, &[])).unwrap();
    assert_eq!(ours, expected);
    // A row's error does not depend on the rows beside it.
    let some = errors(&network, Measure::Squared, start, &x[200 * 6..207 * 6], (1, &[])).unwrap();
    assert_eq!(some, expected[200..207]);
    assert!(errors(&network, Measure::Squared, start, &[], (1, &[])).unwrap().is_empty());
}

#[test]
fn several_draws_of_a_row_are_added_up() {
    let network = vae(6, &[5], 2, Activation::LeakyRelu(0.2));
    let Network::Vae(net) = &network else { unreachable!() };
    let (rows, samples) = (140, 3);
    let x = draw(rows * 6, 0.1, 0.9, 5);
    let draws = draw(rows * samples * 2, -1.7, 1.7, 6);
    let parameters = draw(network.n_params(), -0.6, 0.6, 7);
    let doubled = doubles(&parameters);
    let expected: Vec<(f64, f64)> = x
        .chunks(6)
        .zip(draws.chunks(samples * 2))
        .map(|(row, draws)| {
            let row = doubles(row);
            let heads = forward(&net.encoder, &doubled, &row).output;
            let of_draw = |draw: &[f32]| {
                let z: Vec<f64> = (0..2)
                    .map(|l| heads[l] + (0.5 * heads[2 + l]).exp() * f64::from(draw[l]))
                    .collect();
                squared(&forward(&net.decoder, &doubled, &z).output, &row)
            };
            let term = |l: usize| heads[l].powi(2) + heads[2 + l].exp() - 1.0 - heads[2 + l];
            (draws.chunks(2).map(of_draw).sum(), 0.5 * (term(0) + term(1)))
        })
        .collect();
    let given = (samples, &draws[..]);
    let of = |measure, weights| errors(&network, measure, (&parameters, weights), &x, given);
    let Some(sampled) = of(Measure::Sampled, [1.0, 0.0]) else { return };
    let sums: Vec<f64> = expected.iter().map(|(sum, _)| *sum).collect();
    assert!(largest_difference(&sampled, &sums) < 1e-5);
    let bound: Vec<f64> = expected.iter().map(|(sum, rest)| sum / 3.0 + 0.7 * rest).collect();
    let ours = of(Measure::Bound, [1.0 / 3.0, 0.7]).unwrap();
    assert!(largest_difference(&ours, &bound) < 1e-5);
}

#[test]
fn the_discriminator_judges_rows() {
    let net = bigan::network(5, 2, [6, 7, 40], 1, true);
    let network = Network::Bigan(net.clone());
    let x = draw(140 * 5, 0.1, 0.9, 5);
    let parameters = draw(network.n_params(), -0.6, 0.6, 7);
    let doubled = doubles(&parameters);
    for (absolutely, verdict) in [(true, Verdict::Features), (false, Verdict::CrossEntropy)] {
        let measure = Measure::Judged { absolute: absolutely, verdict };
        let expected: Vec<f64> = x
            .chunks(5)
            .map(|row| {
                let row = doubles(row);
                let code = forward(&net.encoder, &doubled, &row).output;
                let again = forward(&net.generator, &doubled, &code).output;
                let distance = if absolutely { absolute } else { squared };
                let pair = |row: &[f64]| [&code[..], row].concat();
                let features = |row| forward(&net.discriminator[..1], &doubled, &pair(row)).output;
                let rest = match verdict {
                    Verdict::Features => absolute(&features(&row), &features(&again)),
                    Verdict::CrossEntropy => {
                        let s = forward(&net.discriminator, &doubled, &pair(&row)).output[0];
                        (-s).exp().ln_1p()
                    }
                };
                0.25 * distance(&again, &row) + 0.75 * rest
            })
            .collect();
        let ours = errors(&network, measure, (&parameters, [0.25, 0.75]), &x, (1, &[]));
        let Some(ours) = ours else { return };
        assert!(largest_difference(&ours, &expected) < 1e-5, "{verdict:?}");
    }
}

#[test]
fn a_verdict_that_is_nearly_certain_keeps_its_digits() {
    let net = bigan::network(1, 1, [1, 1, 1], 1, false);
    let network = Network::Bigan(net.clone());
    let mut parameters = vec![0.0; network.n_params()];
    let measure = Measure::Judged { absolute: false, verdict: Verdict::CrossEntropy };
    for logit in [-30.0, -3.0, 0.0, 4.0, 9.0, 17.0_f32] {
        // The bias of the verdict.
        parameters[net.discriminator[1].end() - 1] = logit;
        let Some(ours) = errors(&network, measure, (&parameters, [0.0, 1.0]), &[0.5], (1, &[]))
        else {
            return;
        };
        let expected = (-f64::from(logit)).exp().ln_1p();
        assert!((f64::from(ours[0]) - expected).abs() < 1e-5 * expected, "{logit}: {}", ours[0]);
    }
}

#[test]
fn threads_that_share_the_device_get_what_is_their_own() {
    let Some(gpu) = gpu() else { return };
    let network = autoencoder(&[6, 4, 2, 4, 6], 2, Activation::Tanh);
    let x = draw(300 * 6, 0.1, 0.9, 8);
    let trained: Vec<_> = (0..8)
        .map(|seed| {
            let scoring = Scoring::new(gpu, &network, Measure::Squared).unwrap();
            let parameters = draw(network.n_params(), -0.6, 0.6, seed);
            scoring.of_trained(&parameters, [1.0, 0.0], 1).unwrap()
        })
        .collect();
    let score = |trained: &oddbench_kernels::Trained| scores(trained, &network, &x, |_| Vec::new());
    let alone: Vec<Vec<f32>> = trained.iter().map(score).collect();
    let together: Vec<Vec<f32>> = std::thread::scope(|scope| {
        let threads: Vec<_> =
            trained.iter().map(|trained| scope.spawn(move || score(trained))).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    assert_eq!(together, alone);
    assert_ne!(alone[0], alone[1]);
}

#[test]
fn a_measure_of_another_network_is_refused() {
    let Some(gpu) = gpu() else { return };
    let network = autoencoder(&[6, 4, 2, 4, 6], 2, Activation::Tanh);
    let judged = Measure::Judged { absolute: true, verdict: Verdict::Features };
    for measure in [Measure::Sampled, Measure::Bound, judged] {
        assert!(matches!(Scoring::new(gpu, &network, measure), Err(Error::BadInput(_))));
    }
}
