//! The adversaries' gradients by burn's autodiff, on any burn device.

use burn::tensor::{Device, Tensor, TensorData, activation};
use oddbench_core::DetectorError;

use super::adversary::{Batch, Engine, Masks, Pairs};
use super::shape::Shape;
use crate::nn::burn_mlp::{BurnMlp, values};
use crate::nn::mlp::Mlp;
use crate::nn::simd::Plane;

/// The engine of every backend but the CPU. The parameters come from the host in each move and the
/// gradients go back: Adam's counter is shared by the networks, which burn's optimiser can't do.
pub(crate) struct Autodiff {
    shape: Shape,
    device: Device,
}

/// The three networks on the device.
struct Networks {
    encoder: BurnMlp,
    generator: BurnMlp,
    features: BurnMlp,
    verdict: BurnMlp,
}

impl Autodiff {
    /// `device` must be an autodiff device.
    pub(crate) fn new(shape: &Shape, device: Device) -> Self {
        Self { shape: shape.clone(), device }
    }

    fn networks(&self, parameters: &[f32]) -> Networks {
        let Shape { encoder, generator, features, verdict, .. } = &self.shape;
        let network = |mlp: &Mlp| BurnMlp::new(mlp, parameters, &self.device);
        Networks {
            encoder: network(encoder),
            generator: network(generator),
            features: network(&Mlp { layers: vec![*features] }),
            verdict: network(&Mlp { layers: vec![*verdict] }),
        }
    }

    /// The first `n` columns of a plane as rows.
    fn rows(&self, plane: &Plane, n: usize) -> Tensor<2> {
        let shape = [plane.features(), plane.stride()];
        let data = TensorData::new(plane.as_slice().to_vec(), shape);
        Tensor::<2>::from_data(data, &self.device).narrow(1, 0, n).swap_dims(0, 1)
    }

    /// The mean cross-entropy of the discriminator's logits of pairs against `target`.
    fn judge(
        &self,
        networks: &Networks,
        code: Tensor<2>,
        row: Tensor<2>,
        masks: &Masks,
        target: f32,
    ) -> Tensor<1> {
        let [n, _] = row.dims();
        let pair = Tensor::cat(vec![code, row], 1) * self.rows(&masks.pair, n);
        let features = networks.features.forward(pair) * self.rows(&masks.features, n);
        let logit = networks.verdict.forward(features);
        // softplus(s) - target * s
        (activation::softplus(logit.clone(), 1.0) - logit * target).mean()
    }
}

impl Engine for Autodiff {
    fn discriminator(
        &mut self,
        parameters: &[f32],
        batch: &Batch,
        pairs: Pairs,
        gradient: &mut [f32],
    ) -> Result<f32, DetectorError> {
        let networks = self.networks(parameters);
        let loss = match pairs {
            Pairs::Real => {
                let x = self.rows(&batch.x, batch.n);
                let code = networks.encoder.forward(x.clone()).detach();
                self.judge(&networks, code, x, &batch.real, 1.0)
            }
            Pairs::Made => {
                let z = self.rows(&batch.z, batch.n);
                let row = networks.generator.forward(z.clone()).detach();
                self.judge(&networks, z, row, &batch.made, 0.0)
            }
        };
        let gradients = loss.backward();
        let mut flat = Vec::new();
        networks.features.gradient_into(&gradients, &mut flat)?;
        networks.verdict.gradient_into(&gradients, &mut flat)?;
        gradient[self.shape.boundary()..].copy_from_slice(&flat);
        Ok(values(loss)?[0])
    }

    fn encoder_generator(
        &mut self,
        parameters: &[f32],
        batch: &Batch,
        cycle_weight: f32,
        gradient: &mut [f32],
    ) -> Result<f32, DetectorError> {
        let networks = self.networks(parameters);
        let (x, z) = (self.rows(&batch.x, batch.n), self.rows(&batch.z, batch.n));
        let made = networks.generator.forward(z.clone());
        let code = networks.encoder.forward(x.clone());
        let mut loss = self.judge(&networks, z, made, &batch.made, 1.0)
            + self.judge(&networks, code.clone(), x.clone(), &batch.real, 0.0);
        if cycle_weight > 0.0 {
            loss = loss + (networks.generator.forward(code) - x).square().mean() * cycle_weight;
        }
        let gradients = loss.backward();
        let mut flat = Vec::new();
        networks.encoder.gradient_into(&gradients, &mut flat)?;
        networks.generator.gradient_into(&gradients, &mut flat)?;
        gradient[..self.shape.boundary()].copy_from_slice(&flat);
        Ok(values(loss)?[0])
    }
}
