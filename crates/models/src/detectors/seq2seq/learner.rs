//! Training on the CPU: mini-batches in chunks of columns, Adam, and scoring.
//!
//! A batch is split into chunks of [`CHUNK`] columns whatever the number of threads. Each chunk's
//! gradient is summed on its own, on any thread, and the chunks' gradients are added in their
//! order: the bits never depend on who computed what.
//!
//! What the fused passes gained, with the study's network and 97,278 rows on an AMD EPYC (AVX2): one
//! thread takes 0.53 s an epoch, and the burn module on burn-flex 21 to 25 times as long, measured in
//! turn on one machine (the bench `networks`). Half of what is left is the arithmetic of the
//! matrix products, a third the activations.

use oddbench_core::{DetectorError, Matrix};
use rand_xoshiro::Xoshiro256PlusPlus;
use rayon::prelude::*;

use super::dropout::{Dropout, next_seed};
use super::fused::{Feed, PredictPass, Scratch, TrainPass, Weights};
use super::network::Network;
use crate::nn::adam::{Adam, AdamSettings};
use crate::nn::batches::{gather, gather_range};
use crate::nn::loss::squared_distance;
use crate::nn::simd::{Aligned, Plane, Simd, WithSimd, dispatch};
use crate::nn::training::Learner;

/// Columns of a chunk of a batch: few enough that the study's batch of 256 keeps two threads busy.
pub const CHUNK: usize = 128;

/// How a network is trained.
#[derive(Debug, Clone, PartialEq)]
pub struct Settings {
    /// The optimiser.
    pub adam: AdamSettings,
    /// Rows of an optimiser step.
    pub batch_size: usize,
    /// Share of the LSTMs' inputs that are dropped, in [0, 1).
    pub dropout: f64,
    /// The largest Euclidean norm of a gradient; a longer one is shortened to it.
    pub gradient_clip: Option<f64>,
}

/// A network in training on the CPU.
pub struct FusedLearner<'a> {
    network: Network,
    settings: Settings,
    x: &'a Matrix,
    validation: Option<&'a Matrix>,
    params: Aligned,
    weights: Weights,
    adam: Adam,
    dropout: Option<Dropout>,
    dropout_seeds: Xoshiro256PlusPlus,
    chunks: Vec<Chunk>,
}

/// The buffers and results of one chunk of a batch.
struct Chunk {
    x: Plane,
    masks: Plane,
    scratch: Scratch,
    gradient: Aligned,
    loss: f32,
}

impl<'a> FusedLearner<'a> {
    /// Starts from the flat parameters `params`; dropout masks are drawn from `dropout_seeds`.
    pub fn new(
        network: Network,
        settings: Settings,
        x: &'a Matrix,
        validation: Option<&'a Matrix>,
        params: &[f32],
        dropout_seeds: Xoshiro256PlusPlus,
    ) -> Self {
        let chunk = || Chunk {
            x: Plane::zeros(network.steps, CHUNK),
            masks: Plane::zeros(3 * network.steps, CHUNK),
            scratch: Scratch::new(&network),
            gradient: Aligned::zeros(network.n_params()),
            loss: 0.0,
        };
        let batch_size = settings.batch_size.min(x.rows());
        Self {
            chunks: (0..batch_size.div_ceil(CHUNK)).map(|_| chunk()).collect(),
            params: Aligned::copy_of(params),
            weights: Weights::new(&network, params),
            adam: Adam::new(settings.adam, network.n_params()),
            dropout: Dropout::new(settings.dropout),
            network,
            settings,
            x,
            validation,
            dropout_seeds,
        }
    }

    /// One optimiser step on the given rows; returns their mean loss before it.
    fn step(&mut self, rows: &[u32]) -> f32 {
        self.loss_and_gradient(rows);
        let (first, others) = match self.chunks.split_first_mut() {
            Some(split) => split,
            None => return 0.0,
        };
        let others = &others[..rows.len().div_ceil(CHUNK) - 1];
        dispatch(Update {
            first: &mut first.gradient,
            others,
            clip: self.settings.gradient_clip,
            adam: &mut self.adam,
            params: &mut self.params,
        });
        self.weights.fill(&self.network, &self.params);
        first.loss + others.iter().map(|chunk| chunk.loss).sum::<f32>()
    }

    /// The loss of the given rows and its gradient, without a step.
    #[cfg(test)]
    pub fn gradient(&mut self, rows: &[u32]) -> (f32, Vec<f32>) {
        self.loss_and_gradient(rows);
        let chunks = &self.chunks[..rows.len().div_ceil(CHUNK)];
        let sum = |i: usize| chunks.iter().map(|chunk| chunk.gradient[i]).sum();
        let gradient = (0..self.network.n_params()).map(sum).collect();
        (chunks.iter().map(|chunk| chunk.loss).sum(), gradient)
    }

    /// Fills each chunk's loss and gradient.
    fn loss_and_gradient(&mut self, rows: &[u32]) {
        let scale = 1.0 / (rows.len() * self.network.steps) as f32;
        let seeds: Vec<u64> =
            rows.chunks(CHUNK).map(|_| next_seed(&mut self.dropout_seeds)).collect();
        let (network, weights, x) = (&self.network, &self.weights, self.x);
        let dropout = self.dropout.as_ref();
        let chunks = self.chunks.par_iter_mut().zip(rows.par_chunks(CHUNK)).zip(seeds);
        chunks.for_each(|((chunk, rows), seed)| {
            gather(x, rows, &mut chunk.x);
            if let Some(dropout) = dropout {
                dropout.fill(seed, &mut chunk.masks);
            }
            chunk.loss = dispatch(TrainPass {
                network,
                weights,
                x: &chunk.x,
                masks: dropout.map(|_| &chunk.masks),
                n: rows.len(),
                scale,
                scratch: &mut chunk.scratch,
                gradient: &mut chunk.gradient,
            });
        });
    }
}

impl Learner for FusedLearner<'_> {
    fn epoch(&mut self, order: &[u32]) -> Result<f64, DetectorError> {
        // On a thread of the pool, so that handing a chunk to another one costs no system call.
        let loss = rayon::scope(|_| {
            order
                .chunks(self.settings.batch_size)
                .map(|rows| f64::from(self.step(rows)) * rows.len() as f64)
                .sum::<f64>()
        });
        Ok(loss / order.len() as f64)
    }

    fn validation_loss(&mut self) -> Result<Option<f64>, DetectorError> {
        Ok(self.validation.map(|x| {
            let feed = if self.network.wiring.teacher_forcing { Feed::Teacher } else { Feed::Own };
            let written = write(&self.network, &self.weights, x, feed);
            squared_distance(x.as_slice(), written.as_slice()) / x.as_slice().len() as f64
        }))
    }

    fn parameters(&self) -> Result<Vec<f32>, DetectorError> {
        Ok(self.params.to_vec())
    }

    fn set_parameters(&mut self, parameters: &[f32]) -> Result<(), DetectorError> {
        self.params.copy_from_slice(parameters);
        self.weights.fill(&self.network, parameters);
        Ok(())
    }
}

/// Adds the chunks' gradients in their order, shortens the sum, and takes an Adam step.
struct Update<'a> {
    first: &'a mut [f32],
    others: &'a [Chunk],
    clip: Option<f64>,
    adam: &'a mut Adam,
    params: &'a mut [f32],
}

impl WithSimd for Update<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let gradient = self.first;
        for chunk in self.others {
            for (sum, g) in gradient.iter_mut().zip(chunk.gradient.iter()) {
                *sum += g;
            }
        }
        if let Some(limit) = self.clip {
            let norm = gradient.iter().map(|g| f64::from(*g).powi(2)).sum::<f64>().sqrt();
            if norm > limit {
                let shorten = (limit / norm) as f32;
                gradient.iter_mut().for_each(|g| *g *= shorten);
            }
        }
        self.adam.step(simd, self.params, gradient);
    }
}

/// What the decoder writes for each row of `x`, without dropout: `x`'s shape, each value where the
/// one lies that it predicts.
pub fn write(network: &Network, weights: &Weights, x: &Matrix, feed: Feed) -> Matrix {
    let d = network.steps;
    let mut written = Matrix::zeros(x.rows(), d);
    let fresh = || (Scratch::new(network), Plane::zeros(d, CHUNK), Plane::zeros(d, CHUNK));
    let chunks = written.as_mut_slice().par_chunks_mut(CHUNK * d).enumerate();
    chunks.for_each_init(fresh, |(scratch, inputs, outputs), (chunk, written)| {
        let n = written.len() / d;
        gather_range(x, chunk * CHUNK, n, inputs);
        dispatch(PredictPass { network, weights, x: inputs, n, feed, scratch, outputs });
        for t in 0..d {
            let slots = written[network.target(t)..].iter_mut().step_by(d);
            slots.zip(outputs.feature(t)).for_each(|(slot, output)| *slot = *output);
        }
    });
    written
}
