//! The variational autoencoder as a burn module.

use burn::module::Module;
use burn::tensor::{Device, Tensor, TensorData};
use oddbench_core::DetectorError;
use rand_distr::{Distribution, StandardNormal};
use rand_xoshiro::Xoshiro256PlusPlus;

use super::shape::Shape;
use crate::nn::burn_mlp::BurnMlp;
use crate::nn::burn_training::BurnNetwork;

/// Encoder with its two heads side by side, and decoder.
#[derive(Module, Debug)]
pub(crate) struct Network {
    encoder: BurnMlp,
    decoder: BurnMlp,
    #[module(skip)]
    shape: Shape,
    #[module(skip)]
    kl_weight: f32,
}

impl Network {
    /// The network `shape` with the flat vector `parameters`.
    pub(crate) fn new(shape: &Shape, parameters: &[f32], device: &Device) -> Self {
        Self {
            encoder: BurnMlp::new(&shape.encoder, parameters, device),
            decoder: BurnMlp::new(&shape.decoder, parameters, device),
            kl_weight: shape.kl_weight_in(0),
            shape: shape.clone(),
        }
    }

    fn weighted_loss(
        &self,
        x: Tensor<2>,
        noise: &mut Xoshiro256PlusPlus,
        kl_weight: f32,
    ) -> Tensor<1> {
        let latent = self.shape.latent;
        let [rows, _] = x.dims();
        let heads = self.encoder.forward(x.clone());
        let mean = heads.clone().narrow(1, 0, latent);
        let log_variance = heads.narrow(1, latent, latent);
        let draws: Vec<f32> = (0..rows * latent).map(|_| StandardNormal.sample(noise)).collect();
        let draws = Tensor::<2>::from_data(TensorData::new(draws, [rows, latent]), &x.device());
        let z = mean.clone() + (log_variance.clone() * 0.5).exp() * draws;
        let error = (self.decoder.forward(z) - x).square().sum();
        let divergence = mean.square() + log_variance.clone().exp() - log_variance - 1.0;
        (error + divergence.sum() * (0.5 * kl_weight)) / rows as f32
    }
}

impl BurnNetwork for Network {
    fn loss(&self, x: Tensor<2>, noise: &mut Xoshiro256PlusPlus) -> Tensor<1> {
        self.weighted_loss(x, noise, self.kl_weight)
    }

    fn validation_loss(&self, x: Tensor<2>, noise: &mut Xoshiro256PlusPlus) -> Tensor<1> {
        self.weighted_loss(x, noise, self.shape.kl_weight)
    }

    fn begin_epoch(&mut self, epochs_done: u32) {
        self.kl_weight = self.shape.kl_weight_in(epochs_done);
    }

    fn parameters(&self) -> Result<Vec<f32>, DetectorError> {
        let mut flat = Vec::with_capacity(self.shape.n_params());
        self.encoder.read_into(&mut flat)?;
        self.decoder.read_into(&mut flat)?;
        Ok(flat)
    }

    fn with_parameters(&self, parameters: &[f32], device: &Device) -> Self {
        Self::new(&self.shape, parameters, device)
    }

    #[cfg(test)]
    fn gradient(&self, gradients: &burn::tensor::Gradients) -> Result<Vec<f32>, DetectorError> {
        let mut flat = Vec::with_capacity(self.shape.n_params());
        self.encoder.gradient_into(gradients, &mut flat)?;
        self.decoder.gradient_into(gradients, &mut flat)?;
        Ok(flat)
    }
}
