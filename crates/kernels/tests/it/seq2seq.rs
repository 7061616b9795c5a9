//! The sequence network's kernel. The reference's gradient is numeric where that is accurate enough to
//! convince: central differences of the loss in double precision share no line with the way back.

use oddbench_kernels::{Activation, Measure, Scorer, Seq2Seq};

use super::reference::{Reference, apply};
use super::*;

/// Runs an LSTM of `units` over the inputs, from a state and cells; each step's inputs come from `input`.
fn run(
    params: &[f64],
    units: usize,
    steps: usize,
    (mut h, mut c): (Vec<f64>, Vec<f64>),
    mut input: impl FnMut(usize, &[f64]) -> f64,
) -> (Vec<f64>, Vec<f64>) {
    let columns = 4 * units;
    for t in 0..steps {
        let x = input(t, &h);
        let gate = |g: usize, j: usize| {
            let column = g * units + j;
            let states = (0..units).map(|k| h[k] * params[(k + 1) * columns + column]);
            params[(units + 1) * columns + column] + x * params[column] + states.sum::<f64>()
        };
        let sigmoid = |v| apply(Activation::Sigmoid, v);
        let next: Vec<(f64, f64)> = (0..units)
            .map(|j| {
                let kept = sigmoid(gate(1, j)) * c[j];
                let cell = kept + sigmoid(gate(0, j)) * gate(2, j).tanh();
                (sigmoid(gate(3, j)) * cell.tanh(), cell)
            })
            .collect();
        (h, c) = next.into_iter().unzip();
    }
    (h, c)
}

/// Squared errors of what the decoder predicts, by the value of the row.
fn errors(
    net: &Seq2Seq,
    params: &[f64],
    x: &[f64],
    teacher: bool,
    mask: impl Fn(usize, usize) -> f64,
) -> Vec<f64> {
    let (steps, units) = (net.steps, net.units);
    let of_encoder = (units + 2) * 4 * units;
    let (forward, rest) = params.split_at(of_encoder);
    let (backward, rest) = rest.split_at(of_encoder);
    let (decoder, head) = rest.split_at((2 * units + 2) * 8 * units);
    let zeros = || (vec![0.0; units], vec![0.0; units]);
    let (mut h, mut c) = run(forward, units, steps, zeros(), |t, _| x[t] * mask(0, t));
    let back = run(backward, units, steps, zeros(), |t, _| x[steps - 1 - t] * mask(1, t));
    h.extend(back.0);
    c.extend(back.1);
    let target = |t: usize| match (net.roll, net.reverse) {
        (true, _) => (t + 1) % steps,
        (false, true) => steps - 1 - t,
        (false, false) => t,
    };
    let write = |h: &[f64]| {
        let sum = head[2 * units] + h.iter().zip(head).map(|(h, w)| h * w).sum::<f64>();
        apply(net.output, sum)
    };
    let mut written = vec![0.0; steps];
    let (h, _) = run(decoder, 2 * units, steps, (h, c), |t, h| {
        if t == 0 {
            return if net.roll { x[0] } else { 0.0 } * mask(2, 0);
        }
        written[target(t - 1)] = write(h);
        mask(2, t) * if teacher { x[target(t - 1)] } else { written[target(t - 1)] }
    });
    written[target(steps - 1)] = write(&h);
    written.iter().zip(x).map(|(y, x)| (y - x).powi(2)).collect()
}

pub fn network(steps: usize, units: usize, roll: bool, teacher_forcing: bool) -> Seq2Seq {
    Seq2Seq {
        steps,
        units,
        roll,
        reverse: !roll,
        teacher_forcing,
        output: if roll { Activation::Sigmoid } else { Activation::Linear },
        dropout: true,
        clip: true,
    }
}

pub fn model(net: &Seq2Seq, rows: usize, seed: u64) -> Model {
    let network = Network::Seq2Seq(net.clone());
    let mut model = Model::new(&network, rows, 1, seed);
    model.start.factors = Factors { kept: 1.25, gradient_clip: 0.2, ..Factors::default() };
    model.draws[0] = draw(model.draws[0].len(), 0.0, 1.0, seed + 1)
        .iter()
        .map(|word| (word * 4_294_967_040.0) as u32 | 0x0f0f_0f0f)
        .collect();
    model
}

/// One epoch with gradients by central differences; the losses.
fn epoch(
    net: &Seq2Seq,
    reference: &mut Reference,
    x: &[f32],
    model: &Model,
    batch: usize,
) -> Vec<f64> {
    let steps = net.steps;
    let words = Network::Seq2Seq(net.clone()).draws_per_row();
    let mut losses = Vec::new();
    for (b, rows) in model.orders[0].chunks(batch).enumerate() {
        let loss = |params: &[f64]| -> f64 {
            let of_row = |(place, row): (usize, &u32)| -> f64 {
                let x: Vec<f64> =
                    x[*row as usize * steps..][..steps].iter().copied().map(f64::from).collect();
                let bits = &model.draws[0][(b * batch + place) * words..][..words];
                let mask = |lstm: usize, t: usize| {
                    let bit = lstm * steps + t;
                    f64::from(bits[bit / 32] >> (bit % 32) & 1)
                        * f64::from(model.start.factors.kept)
                };
                errors(net, params, &x, net.teacher_forcing, mask).iter().sum()
            };
            rows.iter().enumerate().map(of_row).sum::<f64>() / (rows.len() * steps) as f64
        };
        let mut params = reference.parameters.clone();
        let mut gradient: Vec<f64> = (0..params.len())
            .map(|i| {
                let at = params[i];
                let mut there = |step: f64| {
                    params[i] = at + step;
                    let loss = loss(&params);
                    params[i] = at;
                    loss
                };
                (there(1e-5) - there(-1e-5)) / 2e-5
            })
            .collect();
        losses.push(loss(&params));
        let norm = gradient.iter().map(|g| g * g).sum::<f64>().sqrt();
        let most = f64::from(model.start.factors.gradient_clip);
        if norm > most {
            gradient.iter_mut().for_each(|g| *g *= most / norm);
        }
        reference.move_part(&gradient, 0..params.len(), model.start.adam.learning_rate);
    }
    losses
}

#[test]
fn it_follows_the_reference_in_every_wiring() {
    let Some(gpu) = gpu() else { return };
    for (roll, teacher) in [(true, true), (false, false)] {
        let net = network(5, 2, roll, teacher);
        let x = draw(20 * 5, 0.1, 0.9, 5);
        let model = model(&net, 20, 3);
        let named = Network::Seq2Seq(net.clone());
        let mut reference = Reference::new(&named, &model.start);
        let expected = epoch(&net, &mut reference, &x, &model, 8);
        for variant in variants(gpu) {
            let trained = train(gpu, (&named, 8), variant, &x, std::slice::from_ref(&model));
            assert!(largest_difference(&trained.losses[0][0], &expected) < 2e-6, "{variant:?}");
            let difference = largest_difference(&trained.parameters[0], &reference.parameters);
            assert!(difference < 2e-4, "{variant:?}, roll {roll}: {difference}");
        }
    }
}

#[test]
fn eight_models_at_once_are_eight_alone() {
    let Some(gpu) = gpu() else { return };
    let net = network(5, 2, true, true);
    let x = draw(20 * 5, 0.1, 0.9, 5);
    let models: Vec<Model> = (0..8).map(|seed| model(&net, 20, 50 + seed)).collect();
    let named = Network::Seq2Seq(net);
    for variant in variants(gpu) {
        let together = train(gpu, (&named, 8), variant, &x, &models);
        assert_ne!(together.parameters[0], together.parameters[1]);
        for (at, model) in models.iter().enumerate() {
            let alone = train(gpu, (&named, 8), variant, &x, std::slice::from_ref(model));
            assert_eq!(together.parameters[at], alone.parameters[0], "{variant:?}, model {at}");
        }
    }
}

#[test]
fn the_scorer_feeds_the_decoder_its_own_outputs_and_the_loss_as_in_training() {
    let Some(gpu) = gpu() else { return };
    let net = network(5, 2, true, true);
    let named = Network::Seq2Seq(net.clone());
    let x = draw(140 * 5, 0.1, 0.9, 5);
    let model = model(&net, 140, 9);
    let plan = Plan::new(&named, 140, gpu.limits(), gpu.variant()).unwrap();
    let trainer =
        Trainer::new(gpu, &named, plan, &sent(gpu, &named, &x), std::slice::from_ref(&model.start))
            .unwrap();
    let params: Vec<f64> = model.start.parameters.iter().copied().map(f64::from).collect();
    for (measure, teacher, from) in [(Measure::Squared, false, 1), (Measure::Loss, true, 0)] {
        let mut scorer = Scorer::new(gpu, &named, measure, &sent(gpu, &named, &x), &[]).unwrap();
        let expected: Vec<f64> = x
            .chunks(5)
            .map(|row| {
                let row: Vec<f64> = row.iter().copied().map(f64::from).collect();
                errors(&net, &params, &row, teacher, |_, _| 1.0)[from..].iter().sum()
            })
            .collect();
        let ours = scorer.errors(&trainer, &[0.0]).unwrap();
        assert!(largest_difference(&ours[0], &expected) < 1e-5, "{measure:?}");
    }
}
