//! The same training in plain double precision: row by row, value by value, no vectors, no batches of
//! arithmetic. It shares nothing with the kernels but the description of the network.

use oddbench_kernels::{Activation, Dense, Network, Start, Vae};

/// A network in training.
pub struct Reference {
    network: Network,
    start: Start,
    pub parameters: Vec<f64>,
    moment_1: Vec<f64>,
    moment_2: Vec<f64>,
    steps: i32,
}

pub fn apply(activation: Activation, x: f64) -> f64 {
    match activation {
        Activation::Linear => x,
        Activation::Relu => x.max(0.0),
        Activation::LeakyRelu(slope) => {
            if x > 0.0 {
                x
            } else {
                f64::from(slope) * x
            }
        }
        Activation::Elu => {
            if x > 0.0 {
                x
            } else {
                x.exp() - 1.0
            }
        }
        Activation::Tanh => x.tanh(),
        Activation::Sigmoid => 1.0 / (1.0 + (-x).exp()),
    }
}

/// The derivative at the sum `x`.
fn slope(activation: Activation, x: f64) -> f64 {
    match activation {
        Activation::Linear => 1.0,
        Activation::Relu => {
            if x > 0.0 {
                1.0
            } else {
                0.0
            }
        }
        Activation::LeakyRelu(slope) => {
            if x > 0.0 {
                1.0
            } else {
                f64::from(slope)
            }
        }
        Activation::Elu => {
            if x > 0.0 {
                1.0
            } else {
                x.exp()
            }
        }
        Activation::Tanh => 1.0 - x.tanh().powi(2),
        Activation::Sigmoid => apply(activation, x) * (1.0 - apply(activation, x)),
    }
}

/// Each layer's inputs and sums, and the last outputs.
pub struct Pass {
    inputs: Vec<Vec<f64>>,
    sums: Vec<Vec<f64>>,
    pub output: Vec<f64>,
}

pub fn forward(layers: &[Dense], params: &[f64], x: &[f64]) -> Pass {
    let mut pass = Pass { inputs: Vec::new(), sums: Vec::new(), output: x.to_vec() };
    for layer in layers {
        let bias = layer.at + layer.n_in * layer.n_out;
        let sum = |j: usize| {
            let terms = pass.output.iter().enumerate();
            params[bias + j]
                + terms.map(|(k, x)| x * params[layer.at + k * layer.n_out + j]).sum::<f64>()
        };
        let sums: Vec<f64> = (0..layer.n_out).map(sum).collect();
        let output = sums.iter().map(|x| apply(layer.activation, *x)).collect();
        pass.inputs.push(std::mem::replace(&mut pass.output, output));
        pass.sums.push(sums);
    }
    pass
}

/// Adds the gradient of the layers' parameters; returns the derivatives by their inputs.
pub fn backward(
    layers: &[Dense],
    params: &[f64],
    pass: &Pass,
    mut deltas: Vec<f64>,
    gradient: &mut [f64],
) -> Vec<f64> {
    for (l, layer) in layers.iter().enumerate().rev() {
        for (delta, sum) in deltas.iter_mut().zip(&pass.sums[l]) {
            *delta *= slope(layer.activation, *sum);
        }
        let bias = layer.at + layer.n_in * layer.n_out;
        let mut before = vec![0.0; layer.n_in];
        for (j, delta) in deltas.iter().enumerate() {
            gradient[bias + j] += delta;
            for (k, x) in pass.inputs[l].iter().enumerate() {
                let weight = layer.at + k * layer.n_out + j;
                gradient[weight] += x * delta;
                before[k] += params[weight] * delta;
            }
        }
        deltas = before;
    }
    deltas
}

fn squared_error(y: &[f64], x: &[f64]) -> f64 {
    y.iter().zip(x).map(|(y, x)| (y - x).powi(2)).sum()
}

impl Reference {
    pub fn new(network: &Network, start: &Start) -> Self {
        let parameters: Vec<f64> = start.parameters.iter().copied().map(f64::from).collect();
        let zeros = vec![0.0; parameters.len()];
        let (moment_1, moment_2) = (zeros.clone(), zeros);
        let (network, start) = (network.clone(), start.clone());
        Self { network, start, parameters, moment_1, moment_2, steps: 0 }
    }

    /// One epoch; the loss sums of the batches.
    pub fn epoch(
        &mut self,
        x: &[f32],
        (order, draws): (&[u32], &[u32]),
        batch: usize,
        loss_weight: f64,
    ) -> Vec<f64> {
        let (d, words) = (self.network.n_features(), self.network.draws_per_row());
        let mut losses = Vec::new();
        for (b, rows) in order.chunks(batch).enumerate() {
            let mut gradient = vec![0.0; self.parameters.len()];
            let mut total = 0.0;
            for (place, row) in rows.iter().enumerate() {
                let row: Vec<f64> =
                    x[*row as usize * d..][..d].iter().copied().map(f64::from).collect();
                let place = b * batch + place;
                let draws = &draws[place * words..][..words];
                total += self.add_row(&row, draws, loss_weight, rows.len(), &mut gradient);
            }
            self.step(&gradient);
            losses.push(total);
        }
        losses
    }

    /// Adds a row's part of the batch's gradient; returns its loss.
    fn add_row(
        &self,
        x: &[f64],
        draws: &[u32],
        loss_weight: f64,
        n: usize,
        gradient: &mut [f64],
    ) -> f64 {
        let (params, n) = (&self.parameters, n as f64);
        match &self.network {
            Network::Autoencoder(net) => {
                let pass = forward(&net.layers, params, x);
                let scale = 2.0 / (n * x.len() as f64);
                let deltas = pass.output.iter().zip(x).map(|(y, x)| scale * (y - x)).collect();
                backward(&net.layers, params, &pass, deltas, gradient);
                squared_error(&pass.output, x)
            }
            Network::Vae(net) => self.add_vae_row(net, x, draws, loss_weight, n, gradient),
            Network::Bigan(_) | Network::Seq2Seq(_) => {
                unreachable!("they have references of their own")
            }
        }
    }

    fn add_vae_row(
        &self,
        net: &Vae,
        x: &[f64],
        draws: &[u32],
        kl_weight: f64,
        n: f64,
        gradient: &mut [f64],
    ) -> f64 {
        let params = &self.parameters;
        let encoder = forward(&net.encoder, params, x);
        let (mean, log_variance) = encoder.output.split_at(net.latent);
        let deviation: Vec<f64> = log_variance.iter().map(|v| (0.5 * v).exp()).collect();
        let noise: Vec<f64> =
            deviation.iter().zip(draws).map(|(s, e)| s * f64::from(f32::from_bits(*e))).collect();
        let z: Vec<f64> = mean.iter().zip(&noise).map(|(m, e)| m + e).collect();
        let decoder = forward(&net.decoder, params, &z);
        let deltas = decoder.output.iter().zip(x).map(|(y, x)| 2.0 / n * (y - x)).collect();
        let dz = backward(&net.decoder, params, &decoder, deltas, gradient);
        let of_mean = (0..net.latent).map(|l| dz[l] + kl_weight / n * mean[l]);
        let of_log_variance = (0..net.latent)
            .map(|l| 0.5 * (dz[l] * noise[l] + kl_weight / n * (deviation[l].powi(2) - 1.0)));
        let deltas = of_mean.chain(of_log_variance).collect();
        backward(&net.encoder, params, &encoder, deltas, gradient);
        let divergence: f64 = (0..net.latent)
            .map(|l| 0.5 * (mean[l].powi(2) + log_variance[l].exp() - 1.0 - log_variance[l]))
            .sum();
        squared_error(&decoder.output, x) + kl_weight * divergence
    }

    fn step(&mut self, gradient: &[f64]) {
        let rate = self.start.adam.learning_rate;
        self.move_part(gradient, 0..gradient.len(), rate);
    }

    /// Algorithm 1 of Kingma and Ba, for a part of the parameters.
    pub fn move_part(&mut self, gradient: &[f64], part: std::ops::Range<usize>, rate: f64) {
        self.steps += 1;
        let adam = self.start.adam;
        for i in part {
            let g = gradient[i];
            let (m, v) = (&mut self.moment_1[i], &mut self.moment_2[i]);
            *m = adam.beta_1 * *m + (1.0 - adam.beta_1) * g;
            *v = adam.beta_2 * *v + (1.0 - adam.beta_2) * g * g;
            let m_hat = *m / (1.0 - adam.beta_1.powi(self.steps));
            let v_hat = *v / (1.0 - adam.beta_2.powi(self.steps));
            self.parameters[i] -= rate * m_hat / (v_hat.sqrt() + adam.epsilon);
        }
    }
}
