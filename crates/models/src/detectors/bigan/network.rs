//! The adversaries on any burn device, trained by autodiff: the engine of every backend but the CPU.
//!
//! Parameters, moments and rows stay on the device, and nothing is read back within an epoch. What goes
//! over in a step is the row numbers of its batch and the codes and dropout masks, which are drawn on
//! the host as the fused engine draws them, so that both train on the same numbers.

use burn::tensor::{Device, Gradients, Tensor, TensorData, activation};
use oddbench_core::{DetectorError, Matrix};
use rand_xoshiro::Xoshiro256PlusPlus;

use super::adversary::{Batch, Masks, Moves, Pairs};
use super::shape::Shape;
use crate::nn::adam::AdamSettings;
use crate::nn::burn_mlp::{forward_flat, upload, values};
use crate::nn::burn_training::gather;
use crate::nn::mlp::Mlp;
use crate::nn::simd::Plane;
use crate::nn::training::{Learner, check_finite};

/// The three networks in training on a burn device.
pub(crate) struct Resident {
    networks: Networks,
    moves: Moves,
    /// Steps of the Adam whose counter all networks share, as in the study.
    steps: i32,
    train: Tensor<2>,
    validation: Option<Tensor<2>>,
    batch: Batch,
    noise: Xoshiro256PlusPlus,
    epochs_done: u32,
}

impl Resident {
    /// Before the first epoch. `device` must not be an autodiff device.
    pub(crate) fn new(
        shape: Shape,
        parameters: &[f32],
        moves: Moves,
        device: Device,
        (train, validation): (&Matrix, Option<&Matrix>),
        noise: Xoshiro256PlusPlus,
    ) -> Self {
        let moves = Moves { batch_size: moves.batch_size.min(train.rows()), ..moves };
        Self {
            batch: Batch::new(&shape, moves.batch_size),
            train: upload(train, &device),
            validation: validation.map(|x| upload(x, &device)),
            networks: Networks::new(shape, parameters, device),
            moves,
            steps: 0,
            noise,
            epochs_done: 0,
        }
    }

    /// All moves on one batch, in the order of [`super::adversary`]; the sum of their losses, `[1]`.
    fn step(&mut self, rows: &[u32]) -> Tensor<1> {
        let Self { networks, batch, noise, moves, steps, .. } = self;
        let n = rows.len();
        let x = gather(&self.train, rows, &networks.device);
        batch.n = n;
        batch.draw_codes(noise);
        let mut total = Tensor::<1>::zeros([1], &networks.device);
        for pairs in [Pairs::Real, Pairs::Made] {
            let masks = match pairs {
                Pairs::Real => &mut batch.real,
                Pairs::Made => &mut batch.made,
            };
            masks.draw(noise, moves.dropout, n);
            let loss = networks.discriminator_loss(&x, batch, pairs);
            total = total + loss.clone().inner();
            let adam = AdamSettings { learning_rate: moves.discriminator_rate, ..moves.adam };
            *steps += 1;
            networks.judging.step(&loss.backward(), &adam, *steps);
        }
        for update in 0..moves.generator_updates {
            if update > 0 {
                batch.draw_codes(noise);
            }
            batch.real.draw(noise, moves.dropout, n);
            batch.made.draw(noise, moves.dropout, n);
            let loss = networks.encoder_generator_loss(&x, batch, moves.cycle_weight);
            total = total + loss.clone().inner();
            *steps += 1;
            networks.moving.step(&loss.backward(), &moves.adam, *steps);
        }
        total
    }
}

impl Learner for Resident {
    /// The mean absolute error of G(E(x)) after the epoch, as on the CPU.
    fn epoch(&mut self, order: &[u32]) -> Result<f64, DetectorError> {
        self.epochs_done += 1;
        let seen = self.moves.rows_of_an_epoch(order);
        let mut total = Tensor::<1>::zeros([1], &self.networks.device);
        for rows in seen.chunks(self.moves.batch_size) {
            total = total + self.step(rows);
        }
        let error = match seen.len() == order.len() {
            true => self.networks.reconstruction_error(&self.train),
            false => self.networks.reconstruction_error(&gather(
                &self.train,
                seen,
                &self.networks.device,
            )),
        };
        let read = values(Tensor::cat(vec![total, error], 0))?;
        check_finite(self.epochs_done, "adversarial", f64::from(read[0]))?;
        Ok(f64::from(read[1]))
    }

    fn validation_loss(&mut self) -> Result<Option<f64>, DetectorError> {
        let Some(x) = &self.validation else { return Ok(None) };
        Ok(Some(f64::from(values(self.networks.reconstruction_error(x))?[0])))
    }

    fn parameters(&self) -> Result<Vec<f32>, DetectorError> {
        let mut parameters = values(self.networks.moving.leaf.clone().inner())?;
        parameters.extend(values(self.networks.judging.leaf.clone().inner())?);
        Ok(parameters)
    }

    fn set_parameters(&mut self, parameters: &[f32]) -> Result<(), DetectorError> {
        let (moving, judging) = parameters.split_at(self.networks.shape.boundary());
        let device = &self.networks.device;
        self.networks.moving.leaf = leaf(moving, device);
        self.networks.judging.leaf = leaf(judging, device);
        Ok(())
    }
}

/// The networks on the device: encoder and generator, which move together, and the discriminator.
pub(crate) struct Networks {
    shape: Shape,
    moving: Part,
    judging: Part,
    device: Device,
}

impl Networks {
    /// With the flat vector `parameters`. `device` must not be an autodiff device.
    pub(crate) fn new(shape: Shape, parameters: &[f32], device: Device) -> Self {
        let (moving, judging) = parameters.split_at(shape.boundary());
        let (moving, judging) = (Part::new(moving, &device), Part::new(judging, &device));
        Self { shape, moving, judging, device }
    }

    /// The discriminator's mean cross-entropy on pairs of that kind; the other networks are only run.
    pub(crate) fn discriminator_loss(
        &self,
        x: &Tensor<2>,
        batch: &Batch,
        pairs: Pairs,
    ) -> Tensor<1> {
        let moving = self.moving.leaf.clone().inner();
        match pairs {
            Pairs::Real => {
                let code = forward_flat(&self.shape.encoder, &moving, 0, x.clone());
                self.judge(code.autodiff(), x.clone().autodiff(), &batch.real, 1.0)
            }
            Pairs::Made => {
                let z = self.rows(&batch.z, batch.n);
                let row = forward_flat(&self.shape.generator, &moving, 0, z.clone());
                self.judge(z.autodiff(), row.autodiff(), &batch.made, 0.0)
            }
        }
    }

    /// The mean cross-entropies of real pairs against "made" and made pairs against "real", plus the
    /// weighted error of G(E(x)).
    pub(crate) fn encoder_generator_loss(
        &self,
        x: &Tensor<2>,
        batch: &Batch,
        cycle_weight: f32,
    ) -> Tensor<1> {
        let Shape { encoder, generator, .. } = &self.shape;
        let (moving, x) = (&self.moving.leaf, x.clone().autodiff());
        let z = self.rows(&batch.z, batch.n).autodiff();
        let made = forward_flat(generator, moving, 0, z.clone());
        let code = forward_flat(encoder, moving, 0, x.clone());
        let loss = self.judge(z, made, &batch.made, 1.0)
            + self.judge(code.clone(), x.clone(), &batch.real, 0.0);
        if cycle_weight == 0.0 {
            return loss;
        }
        let again = forward_flat(generator, moving, 0, code);
        loss + (again - x).square().mean() * cycle_weight
    }

    /// The mean cross-entropy of the discriminator's logits of pairs against `target`.
    fn judge(&self, code: Tensor<2>, row: Tensor<2>, masks: &Masks, target: f32) -> Tensor<1> {
        let Shape { features, verdict, .. } = &self.shape;
        let (judging, from, [n, _]) = (&self.judging.leaf, self.shape.boundary(), row.dims());
        let layer = |dense| Mlp { layers: vec![dense] };
        let pair = Tensor::cat(vec![code, row], 1) * self.rows(&masks.pair, n).autodiff();
        let seen = forward_flat(&layer(*features), judging, from, pair);
        let seen = seen * self.rows(&masks.features, n).autodiff();
        let logit = forward_flat(&layer(*verdict), judging, from, seen);
        // softplus(s) - target * s
        (activation::softplus(logit.clone(), 1.0) - logit * target).mean()
    }

    /// The first `n` columns of a plane as rows.
    fn rows(&self, plane: &Plane, n: usize) -> Tensor<2> {
        let shape = [plane.features(), plane.stride()];
        let data = TensorData::new(plane.as_slice().to_vec(), shape);
        Tensor::<2>::from_data(data, &self.device).narrow(1, 0, n).swap_dims(0, 1)
    }

    /// Mean absolute error of G(E(x)) over rows and features, `[1]`.
    fn reconstruction_error(&self, x: &Tensor<2>) -> Tensor<1> {
        let moving = self.moving.leaf.clone().inner();
        let code = forward_flat(&self.shape.encoder, &moving, 0, x.clone());
        let again = forward_flat(&self.shape.generator, &moving, 0, code);
        (x.clone() - again).abs().mean()
    }

    /// The gradients of both parts, flat; zeros where a part took none.
    #[cfg(test)]
    pub(crate) fn gradient(&self, gradients: &Gradients) -> Result<Vec<f32>, DetectorError> {
        let mut flat = Vec::new();
        for part in [&self.moving, &self.judging] {
            let zeros = vec![0.0; part.leaf.dims()[0]];
            flat.extend(part.leaf.grad(gradients).map_or(Ok(zeros), values)?);
        }
        Ok(flat)
    }
}

/// Parameters that move together, with the moments of their Adam.
struct Part {
    leaf: Tensor<1>,
    moment_1: Tensor<1>,
    moment_2: Tensor<1>,
}

impl Part {
    fn new(parameters: &[f32], device: &Device) -> Self {
        let zeros = || Tensor::<1>::zeros([parameters.len()], device);
        Self { leaf: leaf(parameters, device), moment_1: zeros(), moment_2: zeros() }
    }

    /// A step of [`crate::nn::adam`], the `steps`th; none if no gradient has come here.
    fn step(&mut self, gradients: &Gradients, adam: &AdamSettings, steps: i32) {
        let Some(gradient) = self.leaf.grad(gradients) else { return };
        let decayed = |moment: &Tensor<1>, beta: f64| moment.clone() * beta;
        let squared = gradient.clone().square() * (1.0 - adam.beta_2);
        self.moment_1 = decayed(&self.moment_1, adam.beta_1) + gradient * (1.0 - adam.beta_1);
        self.moment_2 = decayed(&self.moment_2, adam.beta_2) + squared;
        let rate = adam.learning_rate / (1.0 - adam.beta_1.powi(steps));
        let correction = 1.0 / (1.0 - adam.beta_2.powi(steps)).sqrt();
        let root = self.moment_2.clone().sqrt() * correction + adam.epsilon;
        let moved = self.leaf.clone().inner() - self.moment_1.clone() * rate / root;
        self.leaf = moved.autodiff().require_grad();
    }
}

fn leaf(parameters: &[f32], device: &Device) -> Tensor<1> {
    let data = TensorData::new(parameters.to_vec(), [parameters.len()]);
    Tensor::<1>::from_data(data, device).autodiff().require_grad()
}
