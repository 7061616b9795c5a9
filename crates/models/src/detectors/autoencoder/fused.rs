//! The autoencoder's training step on the CPU, written out: gather, forward, loss, backward, Adam.
//!
//! Why it exists: one epoch of the published network (97,278 rows of 18, batches of 128) is 0.2
//! billion multiplications, but 760 steps of some 60 tensor operations each, and in a general
//! framework the latter decide. The median of seven epochs is 0.026 s, and 0.29 s for a plain loop over
//! burn-flex, both on one core of a shared machine, interleaved. The bench `networks` measures it.
//! The tests hold its loss, its gradients
//! and its steps against burn's autodiff and Adam.

use oddbench_core::{DetectorError, Matrix};

use crate::nn::adam::Adam;
use crate::nn::batches::gather;
use crate::nn::loss::{squared_distance, squared_error};
use crate::nn::mlp::{Mlp, Tape, apply};
use crate::nn::simd::{Aligned, Plane, Simd, WithSimd, dispatch};
use crate::nn::training::{Learner, Setup};

/// An autoencoder in training.
pub(crate) struct Fused<'a> {
    shape: Mlp,
    parameters: Aligned,
    adam: Adam,
    train: &'a Matrix,
    validation: Option<&'a Matrix>,
    batch_size: usize,
    buffers: Buffers,
}

struct Buffers {
    x: Plane,
    tape: Tape,
    gradient: Aligned,
}

impl<'a> Fused<'a> {
    /// Before the first epoch, with the given initial parameters.
    pub(crate) fn new(shape: Mlp, parameters: &[f32], setup: Setup<'a>) -> Self {
        let Setup { train, validation, adam, .. } = setup;
        let batch_size = setup.batch_size.min(train.rows());
        let buffers = Buffers {
            x: Plane::zeros(shape.n_in(), batch_size),
            tape: Tape::new(&shape, batch_size),
            gradient: Aligned::zeros(parameters.len()),
        };
        let adam = Adam::new(adam, parameters.len());
        let parameters = Aligned::copy_of(parameters);
        Self { shape, parameters, adam, train, validation, batch_size, buffers }
    }

    /// The sum of squared errors over the given rows; [`Buffers::gradient`] becomes the gradient of
    /// their mean squared error.
    #[inline(always)]
    fn gradient<S: Simd>(&mut self, simd: S, rows: &[u32]) -> f32 {
        let Buffers { x, tape, gradient } = &mut self.buffers;
        let n = rows.len();
        gather(self.train, rows, x);
        self.shape.forward(simd, &self.parameters, x, tape, n);
        let scale = 2.0 / (n * self.shape.n_out()) as f32;
        let (y, delta) = tape.output_mut();
        let sum = squared_error(simd, y, x, delta, scale, n);
        self.shape.backward(simd, &self.parameters, x, tape, None, gradient, n);
        sum
    }
}

impl Learner for Fused<'_> {
    fn epoch(&mut self, order: &[u32]) -> Result<f64, DetectorError> {
        let values = (order.len() * self.shape.n_out()) as f64;
        Ok(dispatch(EpochOp { fused: self, order }) / values)
    }

    fn validation_loss(&mut self) -> Result<Option<f64>, DetectorError> {
        let Some(x) = self.validation else { return Ok(None) };
        let total: f64 = squared_errors(&self.shape, &self.parameters, x).iter().sum();
        Ok(Some(total / (x.rows() * x.cols()) as f64))
    }

    fn parameters(&self) -> Result<Vec<f32>, DetectorError> {
        Ok(self.parameters.to_vec())
    }

    fn set_parameters(&mut self, parameters: &[f32]) -> Result<(), DetectorError> {
        self.parameters.copy_from_slice(parameters);
        Ok(())
    }
}

struct EpochOp<'e, 'a> {
    fused: &'e mut Fused<'a>,
    order: &'e [u32],
}

impl WithSimd for EpochOp<'_, '_> {
    /// The sum of squared errors, each batch's before its step.
    type Output = f64;

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) -> f64 {
        let mut total = 0.0;
        for rows in self.order.chunks(self.fused.batch_size) {
            total += f64::from(self.fused.gradient(simd, rows));
            let Fused { adam, parameters, buffers, .. } = self.fused;
            adam.step(simd, parameters, &buffers.gradient);
        }
        total
    }
}

/// The loss and gradient of one batch without a step, for the tests.
#[cfg(test)]
pub(crate) struct GradientOp<'e, 'a> {
    pub(crate) fused: &'e mut Fused<'a>,
    pub(crate) rows: &'e [u32],
}

#[cfg(test)]
impl WithSimd for GradientOp<'_, '_> {
    type Output = (f32, Vec<f32>);

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) -> Self::Output {
        let sum = self.fused.gradient(simd, self.rows);
        (sum, self.fused.buffers.gradient.to_vec())
    }
}

/// The sum of squared reconstruction errors of each row.
pub(crate) fn squared_errors(shape: &Mlp, parameters: &[f32], x: &Matrix) -> Vec<f64> {
    let reconstruction = apply(shape, parameters, x);
    let pairs = x.iter_rows().zip(reconstruction.iter_rows());
    pairs.map(|(x, y)| squared_distance(x, y)).collect()
}
