//! A stack of dense layers on any burn device: the same shape, parameters and arithmetic as
//! [`super::mlp`], as a burn module ([`BurnMlp`]) or over one flat tensor ([`forward_flat`]).

use burn::module::{Module, Param};
use burn::tensor::{Device, Tensor, TensorData, activation};
use oddbench_core::{DetectorError, Matrix};

use super::dense::{Activation, Dense};
use super::mlp::Mlp;

/// Dense layers, each feeding the next.
#[derive(Module, Debug)]
pub struct BurnMlp {
    layers: Vec<BurnDense>,
}

#[derive(Module, Debug)]
struct BurnDense {
    weight: Param<Tensor<2>>,
    bias: Param<Tensor<1>>,
    #[module(skip)]
    activation: Activation,
}

impl BurnMlp {
    /// The stack `mlp` with its part of the flat vector `params`.
    pub fn new(mlp: &Mlp, params: &[f32], device: &Device) -> Self {
        let layer = |dense: &Dense| {
            let (weight, bias) = dense.split(params);
            let weight = TensorData::new(weight.to_vec(), [dense.n_in, dense.n_out]);
            let bias = TensorData::new(bias.to_vec(), [dense.n_out]);
            BurnDense {
                weight: Param::from_tensor(Tensor::from_data(weight, device)),
                bias: Param::from_tensor(Tensor::from_data(bias, device)),
                activation: dense.activation,
            }
        };
        Self { layers: mlp.layers.iter().map(layer).collect() }
    }

    /// From `[rows, n_in]` to `[rows, n_out]`.
    pub fn forward(&self, x: Tensor<2>) -> Tensor<2> {
        self.layers.iter().fold(x, |x, layer| {
            activate(layer.activation, x.matmul(layer.weight.val()) + layer.bias.val().unsqueeze())
        })
    }

    /// Runs every row of `x` through; one row of outputs per row.
    pub fn apply(&self, x: &Matrix, device: &Device) -> Result<Matrix, DetectorError> {
        in_large_batches(x, device, |x| self.forward(x))
    }

    /// Appends its parameters, in the order of the flat vector.
    pub fn read_into(&self, flat: &mut Vec<f32>) -> Result<(), DetectorError> {
        for layer in &self.layers {
            flat.extend(values(layer.weight.val())?);
            flat.extend(values(layer.bias.val())?);
        }
        Ok(())
    }

    /// Appends the gradient of its parameters, in the order of the flat vector; zeros where a
    /// parameter took no part.
    #[cfg(test)]
    pub fn gradient_into(
        &self,
        gradients: &burn::tensor::Gradients,
        flat: &mut Vec<f32>,
    ) -> Result<(), DetectorError> {
        for layer in &self.layers {
            let weight = layer.weight.val();
            let zeros = vec![0.0; weight.shape().num_elements()];
            flat.extend(weight.grad(gradients).map_or(Ok(zeros), values)?);
            let bias = layer.bias.val();
            let zeros = vec![0.0; bias.shape().num_elements()];
            flat.extend(bias.grad(gradients).map_or(Ok(zeros), values)?);
        }
        Ok(())
    }
}

fn activate(activation: Activation, sums: Tensor<2>) -> Tensor<2> {
    match activation {
        Activation::Linear => sums,
        Activation::Relu => activation::relu(sums),
        Activation::LeakyRelu(slope) => activation::leaky_relu(sums, f64::from(slope)),
        Activation::Elu => activation::elu(sums, 1.0),
        Activation::Tanh => activation::tanh(sums),
        Activation::Sigmoid => activation::sigmoid(sums),
    }
}

/// Runs `x` through layers whose parameters lie in one tensor; its first value is the one at `from` in
/// the flat vector.
pub fn forward_flat(mlp: &Mlp, params: &Tensor<1>, from: usize, x: Tensor<2>) -> Tensor<2> {
    let part = |at: usize, rows: usize, cols: usize| {
        params.clone().narrow(0, at - from, rows * cols).reshape([rows, cols])
    };
    mlp.layers.iter().fold(x, |x, layer| {
        let weight = part(layer.at, layer.n_in, layer.n_out);
        let bias = part(layer.at + layer.n_in * layer.n_out, 1, layer.n_out);
        activate(layer.activation, x.matmul(weight) + bias)
    })
}

/// Rows that go through a network at once in scoring: enough to keep a graphics card busy, few enough
/// that the activations of a wide layer fit into a small one's memory.
const SCORE_BATCH: usize = 65_536;

/// Runs all rows of `x` through in large batches and returns what comes out, a row per row. Every batch
/// is on its way before the first result is waited for.
pub fn in_large_batches(
    x: &Matrix,
    device: &Device,
    forward: impl Fn(Tensor<2>) -> Tensor<2>,
) -> Result<Matrix, DetectorError> {
    let cols = x.cols();
    let batches: Vec<Tensor<2>> = x
        .as_slice()
        .chunks(SCORE_BATCH * cols)
        .map(|rows| {
            let shape = [rows.len() / cols, cols];
            forward(Tensor::from_data(TensorData::new(rows.to_vec(), shape), device))
        })
        .collect();
    let width = batches.first().map_or(0, |y| y.dims()[1]);
    let mut outputs = Vec::with_capacity(x.rows() * width);
    for batch in batches {
        outputs.extend(values(batch)?);
    }
    Matrix::new(x.rows(), width, outputs).map_err(|e| DetectorError::Backend(e.to_string()))
}

/// All values of a tensor, row-major, on the host.
pub fn values<const D: usize>(tensor: Tensor<D>) -> Result<Vec<f32>, DetectorError> {
    let data = tensor.try_into_data().map_err(|e| DetectorError::Backend(e.to_string()))?;
    data.try_into_vec::<f32>().map_err(|e| DetectorError::Backend(format!("{e:?}")))
}

/// A matrix as a tensor on that device.
pub fn upload(x: &Matrix, device: &Device) -> Tensor<2> {
    Tensor::from_data(TensorData::new(x.as_slice().to_vec(), [x.rows(), x.cols()]), device)
}
