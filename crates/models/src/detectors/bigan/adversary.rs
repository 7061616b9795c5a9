//! The adversarial training: who moves when, on whatever engine computes the gradients.
//!
//! A batch is three moves of one Adam, whose step counter they share, as in the study: the
//! discriminator on real pairs (E(x), x), the discriminator on made pairs (z, G(z)), then encoder
//! and generator together, against both verdicts.

use oddbench_core::{DetectorError, Matrix};
use rand::RngExt;
use rand_distr::{Distribution, StandardNormal};
use rand_xoshiro::Xoshiro256PlusPlus;

use super::shape::Shape;
use crate::nn::adam::{Adam, AdamSettings};
use crate::nn::batches::gather;
use crate::nn::loss::absolute_distance;
use crate::nn::mlp::apply;
use crate::nn::simd::{Aligned, Plane, Simd, WithSimd, dispatch};
use crate::nn::training::{Learner, check_finite};

/// What a gradient is computed from: a batch of rows, as many codes, and the dropout of one look of
/// the discriminator at each kind of pair.
pub(crate) struct Batch {
    /// Rows in the batch.
    pub(crate) n: usize,
    /// Rows, `[n_features]`.
    pub(crate) x: Plane,
    /// Codes from the standard normal, `[latent]`.
    pub(crate) z: Plane,
    /// Dropout for the pairs (E(x), x).
    pub(crate) real: Masks,
    /// Dropout for the pairs (z, G(z)).
    pub(crate) made: Masks,
}

/// Factors of inverted dropout: 0, or 1 / (1 - rate).
pub(crate) struct Masks {
    /// For the pair, `[latent + n_features]`.
    pub(crate) pair: Plane,
    /// For the discriminator's features.
    pub(crate) features: Plane,
}

/// Which pairs the discriminator learns to tell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Pairs {
    /// (E(x), x), to be called real.
    Real,
    /// (z, G(z)), to be called made.
    Made,
}

/// Computes losses and gradients. A gradient overwrites the part of the flat vector that belongs to
/// the networks that move.
pub(crate) trait Engine {
    /// The discriminator's mean cross-entropy on pairs of that kind.
    fn discriminator(
        &mut self,
        parameters: &[f32],
        batch: &Batch,
        pairs: Pairs,
        gradient: &mut [f32],
    ) -> Result<f32, DetectorError>;

    /// The mean cross-entropies of real pairs against "made" and made pairs against "real", plus
    /// `cycle_weight` times the mean squared error of G(E(x)) over rows and features.
    fn encoder_generator(
        &mut self,
        parameters: &[f32],
        batch: &Batch,
        cycle_weight: f32,
        gradient: &mut [f32],
    ) -> Result<f32, DetectorError>;
}

/// How the adversaries move.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Moves {
    /// Rows per batch.
    pub(crate) batch_size: usize,
    /// Batches per epoch; `None` is a pass over all rows.
    pub(crate) batches_per_epoch: Option<u32>,
    /// Moves of encoder and generator per batch.
    pub(crate) generator_updates: u32,
    /// Step size of the discriminator; `adam` has the step size of the others.
    pub(crate) discriminator_rate: f64,
    /// Weight of the reconstruction in the encoder's and generator's loss.
    pub(crate) cycle_weight: f32,
    /// Share of inputs and features that the discriminator does not see.
    pub(crate) dropout: f32,
    /// The optimiser.
    pub(crate) adam: AdamSettings,
}

impl Moves {
    /// The part of an epoch's order that its batches reach.
    pub(crate) fn rows_of_an_epoch<'o>(&self, order: &'o [u32]) -> &'o [u32] {
        let reached = self
            .batches_per_epoch
            .map_or(order.len(), |n| (n as usize).saturating_mul(self.batch_size));
        &order[..reached.min(order.len())]
    }
}

/// The three networks in training.
pub(crate) struct Adversaries<'a, E> {
    shape: Shape,
    parameters: Aligned,
    gradient: Aligned,
    adam: Adam,
    moves: Moves,
    engine: E,
    batch: Batch,
    noise: Xoshiro256PlusPlus,
    train: &'a Matrix,
    validation: Option<&'a Matrix>,
    epochs_done: u32,
}

impl<'a, E: Engine> Adversaries<'a, E> {
    /// Before the first epoch.
    pub(crate) fn new(
        shape: Shape,
        parameters: &[f32],
        moves: Moves,
        engine: E,
        train: &'a Matrix,
        validation: Option<&'a Matrix>,
        noise: Xoshiro256PlusPlus,
    ) -> Self {
        let moves = Moves { batch_size: moves.batch_size.min(train.rows()), ..moves };
        Self {
            batch: Batch::new(&shape, moves.batch_size),
            adam: Adam::new(moves.adam, parameters.len()),
            parameters: Aligned::copy_of(parameters),
            gradient: Aligned::zeros(parameters.len()),
            shape,
            moves,
            engine,
            noise,
            train,
            validation,
            epochs_done: 0,
        }
    }

    /// All moves on one batch; the sum of their losses.
    fn step(&mut self, rows: &[u32]) -> Result<f32, DetectorError> {
        let Self { parameters, gradient, engine, batch, noise, moves, .. } = self;
        let boundary = self.shape.boundary();
        gather(self.train, rows, &mut batch.x);
        batch.n = rows.len();
        batch.draw_codes(noise);
        let mut total = 0.0;
        for pairs in [Pairs::Real, Pairs::Made] {
            match pairs {
                Pairs::Real => batch.real.draw(noise, moves.dropout, rows.len()),
                Pairs::Made => batch.made.draw(noise, moves.dropout, rows.len()),
            }
            total += engine.discriminator(parameters, batch, pairs, gradient)?;
            self.adam.set_learning_rate(moves.discriminator_rate);
            let (params, gradient) = (&mut parameters[boundary..], &gradient[boundary..]);
            dispatch(Move { adam: &mut self.adam, at: boundary, params, gradient });
        }
        for update in 0..moves.generator_updates {
            if update > 0 {
                batch.draw_codes(noise);
            }
            batch.real.draw(noise, moves.dropout, rows.len());
            batch.made.draw(noise, moves.dropout, rows.len());
            total += engine.encoder_generator(parameters, batch, moves.cycle_weight, gradient)?;
            self.adam.set_learning_rate(moves.adam.learning_rate);
            let (params, gradient) = (&mut parameters[..boundary], &gradient[..boundary]);
            dispatch(Move { adam: &mut self.adam, at: 0, params, gradient });
        }
        Ok(total)
    }

    /// Mean absolute error of G(E(x)) over rows and features.
    fn reconstruction_error(&self, x: &Matrix) -> f64 {
        let codes = apply(&self.shape.encoder, &self.parameters, x);
        let y = apply(&self.shape.generator, &self.parameters, &codes);
        let total: f64 =
            x.iter_rows().zip(y.iter_rows()).map(|(x, y)| absolute_distance(x, y)).sum();
        total / (x.rows() * x.cols()) as f64
    }
}

impl<E: Engine> Learner for Adversaries<'_, E> {
    /// The adversarial losses only say who is ahead, so the curve shows the reconstruction error, on
    /// which the scores rest: its mean over the epoch's rows, after the epoch.
    fn epoch(&mut self, order: &[u32]) -> Result<f64, DetectorError> {
        self.epochs_done += 1;
        let seen = self.moves.rows_of_an_epoch(order);
        for rows in seen.chunks(self.moves.batch_size) {
            let loss = self.step(rows)?;
            check_finite(self.epochs_done, "adversarial", f64::from(loss))?;
        }
        if seen.len() == order.len() {
            return Ok(self.reconstruction_error(self.train));
        }
        let rows: Vec<usize> = seen.iter().map(|&row| row as usize).collect();
        Ok(self.reconstruction_error(&self.train.select(&rows)))
    }

    fn validation_loss(&mut self) -> Result<Option<f64>, DetectorError> {
        Ok(self.validation.map(|x| self.reconstruction_error(x)))
    }

    fn parameters(&self) -> Result<Vec<f32>, DetectorError> {
        Ok(self.parameters.to_vec())
    }

    fn set_parameters(&mut self, parameters: &[f32]) -> Result<(), DetectorError> {
        self.parameters.copy_from_slice(parameters);
        Ok(())
    }
}

impl Batch {
    /// Room for that many rows.
    pub(crate) fn new(shape: &Shape, batch: usize) -> Self {
        let masks = || Masks {
            pair: Plane::zeros(shape.latent + shape.n_features, batch),
            features: Plane::zeros(shape.features.n_out, batch),
        };
        Self {
            n: 0,
            x: Plane::zeros(shape.n_features, batch),
            z: Plane::zeros(shape.latent, batch),
            real: masks(),
            made: masks(),
        }
    }

    pub(crate) fn draw_codes(&mut self, noise: &mut Xoshiro256PlusPlus) {
        for f in 0..self.z.features() {
            for slot in &mut self.z.feature_mut(f)[..self.n] {
                *slot = StandardNormal.sample(noise);
            }
        }
        self.z.clear_padding(self.n);
    }
}

impl Masks {
    /// Draws new masks for `n` columns.
    pub(crate) fn draw(&mut self, noise: &mut Xoshiro256PlusPlus, rate: f32, n: usize) {
        for mask in [&mut self.pair, &mut self.features] {
            for f in 0..mask.features() {
                draw_mask(&mut mask.feature_mut(f)[..n], noise, rate);
            }
            mask.clear_padding(n);
        }
    }
}

/// Drops each value with probability `rate`, to within 1e-5: one 64-bit draw decides on four.
fn draw_mask(mask: &mut [f32], noise: &mut Xoshiro256PlusPlus, rate: f32) {
    let limit = (rate * 65_536.0).round() as u32;
    let kept = 1.0 / (1.0 - rate);
    for four in mask.chunks_mut(4) {
        let draw: u64 = noise.random();
        for (i, slot) in four.iter_mut().enumerate() {
            let part = (draw >> (16 * i)) as u32 & 0xffff;
            *slot = f32::from(part >= limit) * kept;
        }
    }
}

/// One step of Adam for the parameters from `at` on.
pub(crate) struct Move<'m> {
    pub(crate) adam: &'m mut Adam,
    pub(crate) at: usize,
    pub(crate) params: &'m mut [f32],
    pub(crate) gradient: &'m [f32],
}

impl WithSimd for Move<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        self.adam.step_from(simd, self.at, self.params, self.gradient);
    }
}
