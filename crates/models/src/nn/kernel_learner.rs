//! Training by the fused kernels of `oddbench-kernels` on a graphics card: what the networks share around
//! the description of each.
//!
//! Initial weights, the order of rows, noise and masks are drawn on the host, by the code that draws them
//! for the CPU's steps, so that both train on the same numbers.

use oddbench_core::{DetectorError, Engine, OnDevice};
use oddbench_kernels as kernels;
use oddbench_kernels::{Factors, Gpu, Measure, Plan, Start};

use super::adam::AdamSettings;
use super::dense::{Activation, Dense};
use super::joint::{Ask, Common, Entry, Epoch, Joint, Key, Member, Rows};
use super::mlp::Mlp;
use super::training::{Learner, Setup, check_finite};
use crate::company::Seat;
use crate::company::meeting::Work as _;

/// Draws what an epoch needs for the rows of its order, in the kernel's layout.
pub(crate) type Draw = Box<dyn FnMut(&[u32]) -> Vec<u32>>;

/// The factor of the loss's second part after that many epochs.
pub(crate) type LossWeight = Box<dyn Fn(u32) -> f32>;

/// How the kernel's losses of the steps become an epoch's loss, and errors of rows a validation loss.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mean {
    /// A step's loss is a sum over rows and values.
    PerValue,
    /// A step's loss is a sum over rows.
    PerRow,
    /// A step's loss is the mean of its batch; errors of rows are sums over values.
    PerBatch,
    /// The steps' losses only say who is ahead; the curve is the reconstruction's mean absolute error after
    /// the epoch.
    Reconstruction,
}

/// A network as the kernels take it.
pub(crate) struct Kernels {
    /// Its description.
    pub network: kernels::Network,
    /// Further numbers.
    pub factors: Factors,
    /// What an epoch's loss is.
    pub mean: Mean,
    /// Batches of an epoch; `None` is a pass over all rows.
    pub batches_per_epoch: Option<u32>,
    /// What is drawn for training.
    pub draw: Draw,
    /// The draws of the validation loss, row by row, if it draws.
    pub validation_draws: Vec<f32>,
    /// The factor of the loss's second part.
    pub loss_weight: LossWeight,
    /// That of the validation loss.
    pub full_loss_weight: f32,
}

impl Kernels {
    /// A network that draws nothing and whose loss has one part.
    pub(crate) fn new(network: kernels::Network, mean: Mean) -> Self {
        Self {
            network,
            factors: Factors::default(),
            mean,
            batches_per_epoch: None,
            draw: Box::new(|_| Vec::new()),
            validation_draws: Vec::new(),
            loss_weight: Box::new(|_| 0.0),
            full_loss_weight: 0.0,
        }
    }

    /// How many rows of an epoch's order its batches reach.
    fn reached(&self, rows: usize, batch_size: usize) -> usize {
        let batches = self.batches_per_epoch;
        batches.map_or(rows, |n| (n as usize).saturating_mul(batch_size).min(rows))
    }
}

/// A network in training by kernels, alone or together with others.
pub(crate) struct KernelLearner {
    kernels: Kernels,
    member: Member,
    batch_size: usize,
    n_features: usize,
    has_validation: bool,
    epochs_done: u32,
}

impl KernelLearner {
    /// Before the first epoch. It waits for the networks that are expected to train with it.
    /// [`kernels::Error::Unsuitable`] says that another engine must train.
    pub(crate) fn new(
        mut kernels: Kernels,
        weights: &[f32],
        setup: &Setup<'_>,
        (gpu, seat): (&Gpu, &Seat),
    ) -> Result<Self, kernels::Error> {
        let Setup { train, validation, .. } = *setup;
        let batch_size = setup.batch_size.min(train.rows());
        let key = Key {
            network: kernels.network.clone(),
            batch: batch_size,
            places: kernels.reached(train.rows(), batch_size),
            curve: (kernels.mean == Mean::Reconstruction).then_some(Measure::Absolute),
            rows: [Some(train), validation].map(Rows::of),
        };
        let plan = Plan::new(&key.network, batch_size, gpu.limits(), gpu.variant())?;
        let entry = Entry {
            start: Start {
                parameters: weights.to_vec(),
                adam: adam(&setup.adam),
                factors: kernels.factors,
            },
            validation_draws: std::mem::take(&mut kernels.validation_draws),
            loss_weight: kernels.full_loss_weight,
        };
        let common = Common { gpu, plan, key: key.clone(), train, validation };
        let joined = seat.join((key, entry), |entries| common.begin(entries));
        let member = joined.unwrap_or_else(|| Err(Joint::broken()))?;
        let (n_features, has_validation) = (train.cols(), validation.is_some());
        Ok(Self { kernels, member, batch_size, n_features, has_validation, epochs_done: 0 })
    }

    /// How many networks train together, and how long the driver took to compile the kernel: this one's share, and 0
    /// if an earlier trial of the process had it made.
    pub(crate) fn training(&self) -> OnDevice {
        OnDevice {
            engine: Engine::Fused,
            models_at_once: self.member.models(),
            compile_seconds: Some(self.member.compile_seconds()),
        }
    }

    /// Its description.
    pub(crate) fn network(&self) -> &kernels::Network {
        &self.kernels.network
    }

    /// The mean of the epoch's loss per row, from the losses of its steps.
    fn mean_loss(&self, order: &[u32], steps: &[f32]) -> Result<f64, DetectorError> {
        let (rows, values) = (order.len() as f64, self.n_features as f64);
        let total = || steps.iter().map(|loss| f64::from(*loss)).sum::<f64>();
        match self.kernels.mean {
            Mean::PerValue => Ok(total() / (rows * values)),
            Mean::PerRow => Ok(total() / rows),
            Mean::PerBatch => {
                let sizes = order.chunks(self.batch_size).map(<[u32]>::len);
                let sums = steps.iter().zip(sizes).map(|(loss, n)| f64::from(*loss) * n as f64);
                Ok(sums.sum::<f64>() / rows)
            }
            Mean::Reconstruction => {
                for loss in steps {
                    check_finite(self.epochs_done, "adversarial", f64::from(*loss))?;
                }
                let errors = self.member.ask(Ask::TrainErrors).map_err(failed)?;
                let seen = order.iter().map(|row| f64::from(errors[*row as usize]));
                Ok(seen.sum::<f64>() / (rows * values))
            }
        }
    }
}

impl Learner for KernelLearner {
    fn epoch(&mut self, order: &[u32]) -> Result<f64, DetectorError> {
        let order = &order[..self.kernels.reached(order.len(), self.batch_size)];
        let draws = (self.kernels.draw)(order);
        let loss_weight = (self.kernels.loss_weight)(self.epochs_done);
        self.epochs_done += 1;
        let epoch = Epoch { order: order.to_vec(), draws, loss_weight };
        let steps = self.member.ask(Ask::Epoch(epoch)).map_err(failed)?;
        self.mean_loss(order, &steps)
    }

    fn validation_loss(&mut self) -> Result<Option<f64>, DetectorError> {
        if !self.has_validation {
            return Ok(None);
        }
        let errors = self.member.ask(Ask::ValidationErrors).map_err(failed)?;
        let values = match self.kernels.mean {
            Mean::PerRow => errors.len(),
            _ => errors.len() * self.n_features,
        };
        Ok(Some(errors.iter().map(|error| f64::from(*error)).sum::<f64>() / values as f64))
    }

    fn parameters(&self) -> Result<Vec<f32>, DetectorError> {
        self.member.parameters().map_err(failed)
    }

    fn set_parameters(&mut self, parameters: &[f32]) -> Result<(), DetectorError> {
        self.member.set_parameters(parameters).map_err(failed)
    }
}

/// A failed trial with a remedy.
pub(crate) fn failed(error: kernels::Error) -> DetectorError {
    let remedy = match error {
        kernels::Error::OutOfMemory(_) => {
            "; free memory of the graphics card, use fewer rows, or train fewer models at once (--together)"
        }
        kernels::Error::Lost(_) => "; look into the driver's log, and run the trial again",
        kernels::Error::Refused(_) => "; update the driver, or use backends = [\"cpu\"]",
        _ => "",
    };
    DetectorError::Device { device: "wgpu".into(), message: format!("{error}{remedy}") }
}

fn adam(settings: &AdamSettings) -> kernels::Adam {
    let AdamSettings { learning_rate, beta_1, beta_2, epsilon } = *settings;
    kernels::Adam { learning_rate, beta_1, beta_2, epsilon }
}

/// An activation as the kernels name it.
pub(crate) fn activation(activation: Activation) -> kernels::Activation {
    match activation {
        Activation::Linear => kernels::Activation::Linear,
        Activation::Relu => kernels::Activation::Relu,
        Activation::LeakyRelu(slope) => kernels::Activation::LeakyRelu(slope),
        Activation::Elu => kernels::Activation::Elu,
        Activation::Tanh => kernels::Activation::Tanh,
        Activation::Sigmoid => kernels::Activation::Sigmoid,
    }
}

/// A layer as the kernels take it.
pub(crate) fn dense(layer: &Dense) -> kernels::Dense {
    let Dense { n_in, n_out, at, .. } = *layer;
    kernels::Dense { n_in, n_out, at, activation: activation(layer.activation) }
}

/// Stacked layers as the kernels take them.
pub(crate) fn layers(mlp: &Mlp) -> Vec<kernels::Dense> {
    mlp.layers.iter().map(dense).collect()
}

/// Sets the bits from number `at` on for what a mask of one row keeps.
pub(crate) fn set_bits(words: &mut [u32], at: usize, kept: impl Iterator<Item = bool>) {
    for (bit, kept) in (at..).zip(kept) {
        words[bit / 32] |= u32::from(kept) << (bit % 32);
    }
}
