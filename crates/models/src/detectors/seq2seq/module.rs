//! The network as a burn module, on any burn device: what other backends than the CPU train and
//! score with, and what the fused passes are compared with.

use burn::module::{Module, Param};
use burn::tensor::activation::{sigmoid, tanh};
use burn::tensor::{Device, Gradients, Int, Tensor, TensorData};
use oddbench_core::{DetectorError, Matrix};
use rand_xoshiro::Xoshiro256PlusPlus;

use super::dropout::{Dropout, next_seed};
use super::fused::Feed;
use super::learner::CHUNK;
use super::network::{Network, Output};
use crate::nn::burn_mlp::{in_large_batches, values};
use crate::nn::burn_training::BurnNetwork;
use crate::nn::lstm::{GATES, Lstm};
use crate::nn::simd::Plane;

/// The parameters are one flat tensor, laid out as in [`Network`], of which every layer reads its
/// part: both engines share one format, and one optimiser state and one norm cover everything.
#[derive(Module, Debug)]
pub struct Seq2Seq {
    params: Param<Tensor<1>>,
    #[module(skip)]
    network: Network,
    #[module(skip)]
    dropout: Option<Dropout>,
    #[module(skip)]
    gradient_clip: Option<f64>,
}

/// State and cell of a layer, `[rows, units]` each.
type State = (Tensor<2>, Tensor<2>);

/// An LSTM's parameters: kernel, recurrent kernel, bias.
type Kernels = (Tensor<2>, Tensor<2>, Tensor<2>);

impl Seq2Seq {
    /// The network with the flat parameters `params`.
    pub fn new(network: Network, params: &[f32], device: &Device) -> Self {
        Self { params: flat(params, device), network, dropout: None, gradient_clip: None }
    }

    /// With what differs in training.
    pub fn trained_with(self, dropout: f64, gradient_clip: Option<f64>) -> Self {
        Self { dropout: Dropout::new(dropout), gradient_clip, ..self }
    }

    /// The decoder's outputs, `[rows, steps]`. `masks`, if any, has a column per LSTM and step.
    pub fn forward(&self, x: &Tensor<2>, masks: Option<&Tensor<2>>, feed: Feed) -> Tensor<2> {
        let network = &self.network;
        let (steps, [rows, _]) = (network.steps, x.dims());
        let column = |t: usize| x.clone().narrow(1, t, 1);
        let dropped = |lstm: usize, t: usize, input: Tensor<2>| match masks {
            Some(masks) => input * masks.clone().narrow(1, lstm * steps + t, 1),
            None => input,
        };
        let zeros = |units| Tensor::<2>::zeros([rows, units], &x.device());
        let encode = |lstm: &Lstm, number: usize| {
            let kernels = self.kernels(lstm);
            (0..steps).fold((zeros(lstm.units), zeros(lstm.units)), |state, t| {
                let value = column(if number == 0 { t } else { steps - 1 - t });
                step(&kernels, dropped(number, t, value), state)
            })
        };
        let (forward, backward) = (encode(&network.forward, 0), encode(&network.backward, 1));
        let mut state = (
            Tensor::cat(vec![forward.0, backward.0], 1),
            Tensor::cat(vec![forward.1, backward.1], 1),
        );
        let kernels = self.kernels(&network.decoder);
        let head = self.part(network.head(), [network.decoder.units, 1]);
        let bias = self.part(network.n_params() - 1, [1, 1]);
        let mut fed = if network.wiring.roll { column(0) } else { zeros(1) };
        let mut outputs = Vec::with_capacity(steps);
        for t in 0..steps {
            state = step(&kernels, dropped(2, t, fed), state);
            let sums = state.0.clone().matmul(head.clone()) + bias.clone();
            let output = match network.output {
                Output::Sigmoid => sigmoid(sums),
                Output::Linear => sums,
            };
            fed = match feed {
                Feed::Teacher => column(network.target(t)),
                Feed::Own => output.clone(),
            };
            outputs.push(output);
        }
        Tensor::cat(outputs, 1)
    }

    /// The mean squared error, `[1]`, with the feed of training.
    fn error(&self, x: &Tensor<2>, masks: Option<&Tensor<2>>) -> Tensor<1> {
        let feed = if self.network.wiring.teacher_forcing { Feed::Teacher } else { Feed::Own };
        (self.forward(x, masks, feed) - self.targets(x)).square().mean()
    }

    /// The masks of a batch, `[rows, 3 * steps]`: those that the fused step would draw.
    fn masks(
        &self,
        rows: usize,
        seeds: &mut Xoshiro256PlusPlus,
        device: &Device,
    ) -> Option<Tensor<2>> {
        let dropout = self.dropout.as_ref()?;
        let width = 3 * self.network.steps;
        let mut plane = Plane::zeros(width, CHUNK);
        let mut masks = vec![0.0; rows * width];
        for chunk in masks.chunks_mut(CHUNK * width) {
            dropout.fill(next_seed(seeds), &mut plane);
            for (column, row) in chunk.chunks_exact_mut(width).enumerate() {
                for (feature, slot) in row.iter_mut().enumerate() {
                    *slot = plane.feature(feature)[column];
                }
            }
        }
        Some(Tensor::from_data(TensorData::new(masks, [rows, width]), device))
    }

    /// The values that each decoder step should write, `[rows, steps]`.
    fn targets(&self, x: &Tensor<2>) -> Tensor<2> {
        let order: Vec<i32> =
            (0..self.network.steps).map(|t| self.network.target(t) as i32).collect();
        let order = Tensor::<1, Int>::from_data(TensorData::new(order, [x.dims()[1]]), &x.device());
        x.clone().select(1, order)
    }

    fn kernels(&self, lstm: &Lstm) -> Kernels {
        let columns = GATES * lstm.units;
        let recurrent = lstm.at + lstm.n_in * columns;
        let bias = recurrent + lstm.units * columns;
        (
            self.part(lstm.at, [lstm.n_in, columns]),
            self.part(recurrent, [lstm.units, columns]),
            self.part(bias, [1, columns]),
        )
    }

    fn part(&self, at: usize, shape: [usize; 2]) -> Tensor<2> {
        self.params.val().narrow(0, at, shape[0] * shape[1]).reshape(shape)
    }

    /// What [`super::learner::write`] returns, by this engine.
    pub fn write(&self, x: &Matrix, device: &Device, feed: Feed) -> Result<Matrix, DetectorError> {
        let steps = self.network.steps;
        let outputs = in_large_batches(x, device, |x| self.forward(&x, None, feed))?;
        let mut written = Matrix::zeros(x.rows(), steps);
        let rows = written.as_mut_slice().chunks_exact_mut(steps).zip(outputs.iter_rows());
        for (written, outputs) in rows {
            for (t, output) in outputs.iter().enumerate() {
                written[self.network.target(t)] = *output;
            }
        }
        Ok(written)
    }
}

/// One LSTM step.
fn step(kernels: &Kernels, x: Tensor<2>, (h, c): State) -> State {
    let (kernel, recurrent, bias) = kernels;
    let sums = x.matmul(kernel.clone()) + h.matmul(recurrent.clone()) + bias.clone();
    let units = c.dims()[1];
    let gate = |g: usize| sums.clone().narrow(1, g * units, units);
    let c = sigmoid(gate(1)) * c + sigmoid(gate(0)) * tanh(gate(2));
    (sigmoid(gate(3)) * tanh(c.clone()), c)
}

fn flat(params: &[f32], device: &Device) -> Param<Tensor<1>> {
    let params = TensorData::new(params.to_vec(), [params.len()]);
    Param::from_tensor(Tensor::from_data(params, device))
}

impl BurnNetwork for Seq2Seq {
    fn loss(&self, x: Tensor<2>, noise: &mut Xoshiro256PlusPlus) -> Tensor<1> {
        let masks = self.masks(x.dims()[0], noise, &x.device());
        self.error(&x, masks.as_ref())
    }

    fn validation_loss(&self, x: Tensor<2>, _: &mut Xoshiro256PlusPlus) -> Tensor<1> {
        self.error(&x, None)
    }

    fn limit(&self, gradients: &mut Gradients) {
        let params = self.params.val();
        let (Some(limit), Some(gradient)) = (self.gradient_clip, params.grad(gradients)) else {
            return;
        };
        let norm = gradient.clone().square().sum().sqrt();
        let shorten = (norm.recip() * limit).clamp_max(1.0);
        params.grad_replace(gradients, gradient * shorten);
    }

    fn parameters(&self) -> Result<Vec<f32>, DetectorError> {
        values(self.params.val())
    }

    fn with_parameters(&self, parameters: &[f32], device: &Device) -> Self {
        Self { params: flat(parameters, device), ..self.clone() }
    }

    #[cfg(test)]
    fn gradient(&self, gradients: &Gradients) -> Result<Vec<f32>, DetectorError> {
        let missing = || DetectorError::Backend("burn returned no gradient".into());
        values(self.params.val().grad(gradients).ok_or_else(missing)?)
    }
}
