//! Training by the fused kernels of `oddbench-kernels` on a graphics card: what the networks share around
//! the description of each.
//!
//! Initial weights, the order of rows, noise and masks are drawn on the host, by the code that draws them
//! for the CPU's steps, so that both train on the same numbers.

use oddbench_core::{DetectorError, Matrix};
use oddbench_kernels as kernels;
use oddbench_kernels::{EpochInput, Factors, Gpu, Measure, Plan, Scorer, Start, Trainer};

use super::adam::AdamSettings;
use super::dense::{Activation, Dense};
use super::mlp::Mlp;
use super::training::{Learner, Setup, check_finite};

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
}

/// A network in training by kernels.
pub(crate) struct KernelLearner {
    kernels: Kernels,
    trainer: Trainer,
    batch_size: usize,
    n_features: usize,
    /// The training rows' errors, where the curve is made of them.
    train: Option<Scorer>,
    validation: Option<Scorer>,
    epochs_done: u32,
}

impl KernelLearner {
    /// Before the first epoch. [`kernels::Error::Unsuitable`] says that another engine must train.
    pub(crate) fn new(
        kernels: Kernels,
        weights: &[f32],
        setup: &Setup<'_>,
        gpu: &Gpu,
    ) -> Result<Self, kernels::Error> {
        let network = &kernels.network;
        let batch_size = setup.batch_size.min(setup.train.rows());
        let plan = Plan::new(network, batch_size, gpu.limits(), gpu.variant())?;
        let start = Start {
            parameters: weights.to_vec(),
            adam: adam(&setup.adam),
            factors: kernels.factors,
        };
        let trainer = Trainer::new(gpu, network, plan, setup.train.as_slice(), &[start])?;
        let measure = match kernels.mean {
            Mean::Reconstruction => Measure::Absolute,
            _ => Measure::Loss,
        };
        let scorer =
            |x: &Matrix, draws: &[&[f32]]| Scorer::new(gpu, network, measure, x.as_slice(), draws);
        let train = match kernels.mean {
            Mean::Reconstruction => Some(scorer(setup.train, &[])?),
            _ => None,
        };
        let draws = &kernels.validation_draws[..];
        let validation = setup.validation.map(|x| scorer(x, &[draws])).transpose()?;
        let n_features = setup.train.cols();
        Ok(Self { trainer, batch_size, n_features, train, validation, epochs_done: 0, kernels })
    }

    /// How long the driver took to compile the kernel; 0 if an earlier trial of the process had it made.
    pub(crate) fn compile_seconds(&self) -> f64 {
        self.trainer.compile_seconds()
    }

    /// The part of an epoch's order that its batches reach.
    fn reached<'o>(&self, order: &'o [u32]) -> &'o [u32] {
        let rows = self
            .kernels
            .batches_per_epoch
            .map_or(order.len(), |n| (n as usize).saturating_mul(self.batch_size));
        &order[..rows.min(order.len())]
    }

    /// The mean of the epoch's loss per row, from the losses of its steps.
    fn mean_loss(&self, order: &[u32], steps: &[f32]) -> Result<f64, DetectorError> {
        let (rows, values) = (order.len() as f64, self.n_features as f64);
        let total = || steps.iter().map(|loss| f64::from(*loss)).sum::<f64>();
        match (self.kernels.mean, &self.train) {
            (Mean::PerValue, _) => Ok(total() / (rows * values)),
            (Mean::PerRow, _) => Ok(total() / rows),
            (Mean::Reconstruction, Some(train)) => {
                for loss in steps {
                    check_finite(self.epochs_done, "adversarial", f64::from(*loss))?;
                }
                let errors = self.errors(train)?;
                let seen = order.iter().map(|row| f64::from(errors[*row as usize]));
                Ok(seen.sum::<f64>() / (rows * values))
            }
            (Mean::PerBatch | Mean::Reconstruction, _) => {
                let sizes = order.chunks(self.batch_size).map(<[u32]>::len);
                let sums = steps.iter().zip(sizes).map(|(loss, n)| f64::from(*loss) * n as f64);
                Ok(sums.sum::<f64>() / rows)
            }
        }
    }

    fn errors(&self, scorer: &Scorer) -> Result<Vec<f32>, DetectorError> {
        let errors = scorer.errors(&self.trainer, self.kernels.full_loss_weight).map_err(failed)?;
        Ok(errors.into_iter().next().unwrap_or_default())
    }
}

impl Learner for KernelLearner {
    fn epoch(&mut self, order: &[u32]) -> Result<f64, DetectorError> {
        let order = self.reached(order);
        let draws = (self.kernels.draw)(order);
        let loss_weight = (self.kernels.loss_weight)(self.epochs_done);
        self.epochs_done += 1;
        let input = EpochInput { order, draws: &draws, loss_weight };
        let steps = self.trainer.epoch(&[input]).map_err(failed)?;
        self.mean_loss(order, steps.first().map_or(&[], Vec::as_slice))
    }

    fn validation_loss(&mut self) -> Result<Option<f64>, DetectorError> {
        let Some(scorer) = &self.validation else { return Ok(None) };
        let errors = self.errors(scorer)?;
        let values = match self.kernels.mean {
            Mean::PerRow => errors.len(),
            _ => errors.len() * self.n_features,
        };
        Ok(Some(errors.iter().map(|error| f64::from(*error)).sum::<f64>() / values as f64))
    }

    fn parameters(&self) -> Result<Vec<f32>, DetectorError> {
        let parameters = self.trainer.parameters().map_err(failed)?;
        Ok(parameters.into_iter().next().unwrap_or_default())
    }

    fn set_parameters(&mut self, parameters: &[f32]) -> Result<(), DetectorError> {
        self.trainer.set_parameters(&[parameters.to_vec()]).map_err(failed)
    }
}

/// A failed trial with a remedy.
pub(crate) fn failed(error: kernels::Error) -> DetectorError {
    let remedy = match error {
        kernels::Error::OutOfMemory(_) => "; free memory of the graphics card, or use fewer rows",
        kernels::Error::Lost(_) => "; look into the driver's log, and run the trial again",
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
