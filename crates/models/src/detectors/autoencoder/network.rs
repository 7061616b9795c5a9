//! The autoencoder as a burn module.

use burn::module::Module;
use burn::tensor::{Device, Tensor};
use oddbench_core::DetectorError;
use rand_xoshiro::Xoshiro256PlusPlus;

use crate::nn::burn_mlp::BurnMlp;
use crate::nn::burn_training::BurnNetwork;
use crate::nn::mlp::Mlp;

/// Encoder and decoder in one stack.
#[derive(Module, Debug)]
pub(crate) struct Network {
    stack: BurnMlp,
    #[module(skip)]
    shape: Mlp,
}

impl Network {
    /// The network `shape` with the flat vector `parameters`.
    pub(crate) fn new(shape: &Mlp, parameters: &[f32], device: &Device) -> Self {
        Self { stack: BurnMlp::new(shape, parameters, device), shape: shape.clone() }
    }
}

impl BurnNetwork for Network {
    fn loss(&self, x: Tensor<2>, _: &mut Xoshiro256PlusPlus) -> Tensor<1> {
        (self.stack.forward(x.clone()) - x).square().mean()
    }

    fn parameters(&self) -> Result<Vec<f32>, DetectorError> {
        let mut flat = Vec::with_capacity(self.shape.end());
        self.stack.read_into(&mut flat)?;
        Ok(flat)
    }

    fn with_parameters(&self, parameters: &[f32], device: &Device) -> Self {
        Self::new(&self.shape, parameters, device)
    }

    #[cfg(test)]
    fn gradient(&self, gradients: &burn::tensor::Gradients) -> Result<Vec<f32>, DetectorError> {
        let mut flat = Vec::with_capacity(self.shape.end());
        self.stack.gradient_into(gradients, &mut flat)?;
        Ok(flat)
    }
}
