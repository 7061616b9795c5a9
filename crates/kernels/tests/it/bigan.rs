//! The BiGAN's kernel: three networks, moves of one Adam.

use oddbench_kernels::{Activation, Bigan, Measure, Scorer};

use super::reference::{Pass, Reference, backward, forward};
use super::*;

/// The layers of the published network with other widths.
pub fn network(
    features: usize,
    latent: usize,
    [e, g, d]: [usize; 3],
    generator_updates: usize,
    cycle: bool,
) -> Bigan {
    let leaky = Activation::LeakyRelu;
    let encoder = stack(0, &[features, e, latent], leaky(0.2), Activation::Linear);
    let at = encoder[1].end();
    let generator = stack(at, &[latent, g, features], Activation::Relu, Activation::Sigmoid);
    let at = generator[1].end();
    let discriminator = stack(at, &[latent + features, d, 1], leaky(0.1), Activation::Linear);
    let [encoder, generator, discriminator] =
        [encoder, generator, discriminator].map(|layers| [layers[0], layers[1]]);
    Bigan { encoder, generator, discriminator, latent, generator_updates, cycle }
}

/// Bits as words, the first bit lowest.
pub fn words(bits: impl Iterator<Item = bool>) -> Vec<u32> {
    let bits: Vec<bool> = bits.collect();
    let word = |bits: &[bool]| {
        bits.iter().enumerate().fold(0, |word, (i, bit)| word | (u32::from(*bit) << i))
    };
    bits.chunks(32).map(word).collect()
}

/// A look of the discriminator: what it remembers for the way back.
struct Look {
    masks: Vec<f64>,
    features: Pass,
    verdict: Pass,
    loss: f64,
    delta: f64,
}

struct Adversaries<'a> {
    net: &'a Bigan,
    factors: Factors,
    params: Vec<f64>,
}

impl Adversaries<'_> {
    fn code(&self, draws: &[u32], update: usize) -> Vec<f64> {
        let latent = self.net.latent;
        let bits = &draws[update * latent..][..latent];
        bits.iter().map(|draw| f64::from(f32::from_bits(*draw))).collect()
    }

    fn look(&self, draws: &[u32], number: usize, pair: &[f64], target: f64, n: f64) -> Look {
        let net = self.net;
        let at = net.latent * net.generator_updates + number * net.mask_words();
        let hidden = net.discriminator[0].n_out;
        let masks: Vec<f64> = (0..net.pair() + hidden)
            .map(|k| f64::from(draws[at + k / 32] >> (k % 32) & 1) * f64::from(self.factors.kept))
            .collect();
        let (of_pair, of_features) = masks.split_at(net.pair());
        let pair: Vec<f64> = pair.iter().zip(of_pair).map(|(v, m)| v * m).collect();
        let features = forward(&net.discriminator[..1], &self.params, &pair);
        let seen: Vec<f64> = features.output.iter().zip(of_features).map(|(v, m)| v * m).collect();
        let verdict = forward(&net.discriminator[1..], &self.params, &seen);
        let s = verdict.output[0];
        let loss = (s.max(0.0) - s * target + (-s.abs()).exp().ln_1p()) / n;
        let delta = (1.0 / (1.0 + (-s).exp()) - target) / n;
        Look { masks, features, verdict, loss, delta }
    }

    /// Adds the discriminator's gradient; returns the derivatives by the pair.
    fn look_back(&self, look: &Look, gradient: &mut [f64]) -> Vec<f64> {
        let layers = &self.net.discriminator;
        let (of_pair, of_features) = look.masks.split_at(self.net.pair());
        let mut seen =
            backward(&layers[1..], &self.params, &look.verdict, vec![look.delta], gradient);
        seen.iter_mut().zip(of_features).for_each(|(d, m)| *d *= m);
        let mut pair = backward(&layers[..1], &self.params, &look.features, seen, gradient);
        pair.iter_mut().zip(of_pair).for_each(|(d, m)| *d *= m);
        pair
    }

    /// Adds one row's part of the gradient of a move; returns its part of the loss.
    fn add_row(&self, which: usize, x: &[f64], draws: &[u32], n: f64, gradient: &mut [f64]) -> f64 {
        let (net, params) = (self.net, &self.params);
        let update = which.saturating_sub(2);
        let z = self.code(draws, update);
        let made = forward(&net.generator, params, &z);
        let code = forward(&net.encoder, params, x);
        let real_pair = [&code.output[..], x].concat();
        let made_pair = [&z[..], &made.output].concat();
        if which < 2 {
            let (pair, target) = if which == 0 { (real_pair, 1.0) } else { (made_pair, 0.0) };
            let look = self.look(draws, which, &pair, target, n);
            self.look_back(&look, gradient);
            return look.loss;
        }
        let fake = self.look(draws, 3 + 2 * update, &made_pair, 1.0, n);
        let real = self.look(draws, 2 + 2 * update, &real_pair, 0.0, n);
        // The discriminator rests: its part of the gradient is not used.
        let delta = self.look_back(&fake, gradient)[net.latent..].to_vec();
        backward(&net.generator, params, &made, delta, gradient);
        let mut code_delta = self.look_back(&real, gradient)[..net.latent].to_vec();
        let mut loss = fake.loss + real.loss;
        if net.cycle {
            let again = forward(&net.generator, params, &code.output);
            let scale = f64::from(self.factors.cycle_weight) / (n * x.len() as f64);
            let errors: Vec<f64> = again.output.iter().zip(x).map(|(y, x)| y - x).collect();
            loss += scale * errors.iter().map(|e| e * e).sum::<f64>();
            let deltas = errors.iter().map(|e| 2.0 * scale * e).collect();
            let further = backward(&net.generator, params, &again, deltas, gradient);
            code_delta.iter_mut().zip(further).for_each(|(d, more)| *d += more);
        }
        backward(&net.encoder, params, &code, code_delta, gradient);
        loss
    }
}

/// All moves of an epoch; the losses of its steps.
fn epoch(
    net: &Bigan,
    reference: &mut Reference,
    x: &[f32],
    model: &Model,
    batch: usize,
) -> Vec<f64> {
    let network = Network::Bigan(net.clone());
    let (d, per_row) = (network.n_features(), network.draws_per_row());
    let (order, draws) = (&model.orders[0], &model.draws[0]);
    let mut losses = Vec::new();
    for (b, rows) in order.chunks(batch).enumerate() {
        let mut total = 0.0;
        for which in 0..2 + net.generator_updates {
            let params = reference.parameters.clone();
            let adversaries = Adversaries { net, factors: model.start.factors, params };
            let mut gradient = vec![0.0; network.n_params()];
            for (place, row) in rows.iter().enumerate() {
                let row: Vec<f64> =
                    x[*row as usize * d..][..d].iter().copied().map(f64::from).collect();
                let draws = &draws[(b * batch + place) * per_row..][..per_row];
                let n = rows.len() as f64;
                total += adversaries.add_row(which, &row, draws, n, &mut gradient);
            }
            let (part, rate) = match which < 2 {
                true => (net.boundary()..gradient.len(), model.start.factors.discriminator_rate),
                false => (0..net.boundary(), model.start.adam.learning_rate),
            };
            reference.move_part(&gradient, part, rate);
        }
        losses.push(total);
    }
    losses
}

pub fn model(net: &Bigan, rows: usize, epochs: usize, seed: u64) -> Model {
    let network = Network::Bigan(net.clone());
    let mut model = Model::new(&network, rows, epochs, seed);
    model.start.factors =
        Factors { discriminator_rate: 0.002, kept: 1.25, cycle_weight: 3.0, ..Factors::default() };
    // Draws of codes, then masks that keep four of five.
    let mut rng = rng(seed + 1);
    for draws in &mut model.draws {
        for row in draws.chunks_mut(network.draws_per_row()) {
            for word in &mut row[net.latent * net.generator_updates..] {
                *word = words((0..32).map(|_| rng.random::<f32>() < 0.8))[0];
            }
        }
    }
    model
}

#[test]
fn it_follows_the_reference() {
    let Some(gpu) = gpu() else { return };
    // With and without the reconstruction, one move and two, one chunk of rows and several. The second case
    // runs in the adapter's faster variant alone: a software renderer needs minutes to compile the other.
    let both = variants(gpu);
    for (cycle, updates, batch, rows, variants) in
        [(true, 1, 16, 40, &both[..]), (false, 2, 300, 350, &both[..1])]
    {
        let net = network(5, 2, [6, 7, 40], updates, cycle);
        let x = draw(rows * 5, 0.1, 0.9, 5);
        let model = model(&net, rows, 1, 3);
        let named = Network::Bigan(net.clone());
        let mut reference = Reference::new(&named, &model.start);
        let expected = epoch(&net, &mut reference, &x, &model, batch);
        for &variant in variants {
            let trained = train(gpu, (&named, batch), variant, &x, std::slice::from_ref(&model));
            assert!(largest_difference(&trained.losses[0][0], &expected) < 2e-5, "{variant:?}");
            let difference = largest_difference(&trained.parameters[0], &reference.parameters);
            assert!(difference < 2e-4, "{variant:?}, {cycle}, {updates}, {batch}: {difference}");
        }
    }
}

#[test]
fn eight_models_at_once_are_eight_alone() {
    let Some(gpu) = gpu() else { return };
    let net = network(5, 2, [6, 7, 40], 1, true);
    let x = draw(40 * 5, 0.1, 0.9, 5);
    let models: Vec<Model> = (0..8).map(|seed| model(&net, 40, 2, 50 + seed)).collect();
    let named = Network::Bigan(net);
    for variant in variants(gpu) {
        let together = train(gpu, (&named, 16), variant, &x, &models);
        assert_ne!(together.parameters[0], together.parameters[1]);
        for (at, model) in models.iter().enumerate() {
            let alone = train(gpu, (&named, 16), variant, &x, std::slice::from_ref(model));
            assert_eq!(together.parameters[at], alone.parameters[0], "{variant:?}, model {at}");
        }
    }
}

#[test]
fn the_scorer_says_the_absolute_error_of_the_reconstruction() {
    let Some(gpu) = gpu() else { return };
    let net = network(5, 2, [6, 7, 8], 1, false);
    let named = Network::Bigan(net.clone());
    let x = draw(140 * 5, 0.1, 0.9, 5);
    let model = model(&net, 140, 1, 9);
    let plan = Plan::new(&named, 140, gpu.limits(), gpu.variant()).unwrap();
    let trainer =
        Trainer::new(gpu, &named, plan, &sent(gpu, &named, &x), std::slice::from_ref(&model.start))
            .unwrap();
    let mut scorer =
        Scorer::new(gpu, &named, Measure::Absolute, &sent(gpu, &named, &x), &[]).unwrap();
    let params: Vec<f64> = model.start.parameters.iter().copied().map(f64::from).collect();
    let expected: Vec<f64> = x
        .chunks(5)
        .map(|row| {
            let row: Vec<f64> = row.iter().copied().map(f64::from).collect();
            let code = forward(&net.encoder, &params, &row).output;
            let again = forward(&net.generator, &params, &code).output;
            again.iter().zip(&row).map(|(y, x)| (y - x).abs()).sum()
        })
        .collect();
    assert!(largest_difference(&scorer.errors(&trainer, &[0.0]).unwrap()[0], &expected) < 1e-5);
}
