//! Training by the fused kernels of `oddbench-kernels` on a graphics card: what the networks share around
//! the description of each.
//!
//! Initial weights, the order of rows, noise and masks are drawn on the host, by the code that draws them
//! for the CPU's steps, so that both train on the same numbers.

use std::collections::VecDeque;

use oddbench_core::{DetectorError, Engine, Matrix, OnDevice};
use oddbench_kernels as kernels;
use oddbench_kernels::{Factors, Gpu, Measure, Plan, Start};

use super::adam::AdamSettings;
use super::dense::{Activation, Dense};
use super::joint::{Answer, Common, Entry, Epoch, EpochLosses, Joint, Key, Member};
use super::mlp::Mlp;
use super::simd::Plane;
use super::training::{EpochOutcome, Learner, Orders, Setup, check_finite};
use crate::company::Seat;
use crate::company::meeting::Work as _;
use crate::company::sent_rows::Place;

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
    validation_rows: usize,
    /// Rows of an epoch.
    places: usize,
    /// Epochs that are drawn, and not trained yet.
    drawn: VecDeque<Epoch>,
    epochs_drawn: u32,
    epochs_passed: u32,
    /// How many epochs to ask for.
    at_once: usize,
    /// The mean loss per validation row after the last epoch.
    validation_loss: Option<f64>,
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
        let places = kernels.reached(train.rows(), batch_size);
        let key = Key {
            network: kernels.network.clone(),
            batch: batch_size,
            places,
            curve: (kernels.mean == Mean::Reconstruction).then_some(Measure::Absolute),
            rows: [Some(train), validation].map(Place::of),
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
        let common = Common { gpu, seat, plan, key: key.clone(), train, validation };
        let joined = seat.join((key, entry), |entries| common.begin(entries));
        let member = joined.unwrap_or_else(|| Err(Joint::broken()))?;
        Ok(Self {
            kernels,
            member,
            batch_size,
            n_features: train.cols(),
            places,
            validation_rows: validation.map_or(0, Matrix::rows),
            drawn: VecDeque::new(),
            epochs_drawn: 0,
            epochs_passed: 0,
            at_once: 1,
            validation_loss: None,
        })
    }

    /// How many networks train together, and how long the driver took to compile the kernel. The seconds are this trial's
    /// share. They are 0 if an earlier trial compiled the kernel.
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

    /// Draws epochs until so many are drawn and not trained yet.
    fn draw_up_to(&mut self, count: usize, orders: &mut dyn Orders) {
        while self.drawn.len() < count {
            self.draw(orders);
        }
    }

    /// Draws the order and the noise of the next epoch.
    fn draw(&mut self, orders: &mut dyn Orders) {
        let order = orders.next_order()[..self.places].to_vec();
        let draws = (self.kernels.draw)(&order);
        let loss_weight = (self.kernels.loss_weight)(self.epochs_drawn);
        self.epochs_drawn += 1;
        self.drawn.push_back(Epoch { order, draws, loss_weight });
    }

    /// The mean of an epoch's loss per row.
    fn mean_loss(&self, losses: &EpochLosses) -> Result<f64, DetectorError> {
        let (rows, values) = (self.places as f64, self.n_features as f64);
        let total = || losses.steps.iter().map(|loss| f64::from(*loss)).sum::<f64>();
        match self.kernels.mean {
            Mean::PerValue => Ok(total() / (rows * values)),
            Mean::PerRow => Ok(total() / rows),
            Mean::PerBatch => {
                let size = |step: usize| self.batch_size.min(self.places - step * self.batch_size);
                let steps = losses.steps.iter().enumerate();
                let sums = steps.map(|(step, loss)| f64::from(*loss) * size(step) as f64);
                Ok(sums.sum::<f64>() / rows)
            }
            Mean::Reconstruction => {
                for loss in &losses.steps {
                    check_finite(self.epochs_passed, "adversarial", f64::from(*loss))?;
                }
                Ok(losses.train.unwrap_or(f64::NAN) / (rows * values))
            }
        }
    }

    /// The mean loss per validation row, from the sum of their errors.
    fn mean_validation_loss(&self, losses: &EpochLosses) -> Option<f64> {
        let values = match self.kernels.mean {
            Mean::PerRow => self.validation_rows,
            _ => self.validation_rows * self.n_features,
        };
        losses.validation.map(|sum| sum / values as f64)
    }
}

/// One order.
struct One<'o>(&'o [u32]);

impl Orders for One<'_> {
    fn next_order(&mut self) -> &[u32] {
        self.0
    }
}

impl Learner for KernelLearner {
    fn epoch(&mut self, order: &[u32]) -> Result<f64, DetectorError> {
        let passed = self.epochs(1, &mut One(order), &|| 0.0)?;
        Ok(passed.first().map_or(f64::NAN, |passed| passed.loss))
    }

    fn validation_loss(&mut self) -> Result<Option<f64>, DetectorError> {
        Ok(self.validation_loss)
    }

    /// As many as train together without the host, by the time that the device takes.
    fn epochs(
        &mut self,
        most: u32,
        orders: &mut dyn Orders,
        seconds: &dyn Fn() -> f64,
    ) -> Result<Vec<EpochOutcome>, DetectorError> {
        let started = seconds();
        let most = most as usize;
        let count = self.at_once.min(most);
        self.draw_up_to(count, orders);
        self.member.ask(self.drawn.drain(..count).collect()).map_err(failed)?;
        // While the device trains all that have asked.
        self.draw_up_to(self.at_once.min(most - count), orders);
        let Answer { passed, rest, next } = self.member.take().map_err(failed)?;
        rest.into_iter().rev().for_each(|epoch| self.drawn.push_front(epoch));
        self.at_once = next;
        let seconds = (seconds() - started) / passed.len() as f64;
        let mut told = Vec::with_capacity(passed.len());
        for losses in &passed {
            self.epochs_passed += 1;
            self.validation_loss = self.mean_validation_loss(losses);
            let loss = self.mean_loss(losses)?;
            told.push(EpochOutcome { loss, validation_loss: self.validation_loss, seconds });
        }
        Ok(told)
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

/// Writes masks into the words of rows, each of which has `per_row` words: a bit for each feature of the planes, from word
/// `at` on. It is set where the mask keeps the value.
///
/// Masks are planes of features, and the words are those of rows. One feature of all rows after the other is three times as
/// fast as one row after the other.
pub(crate) fn put_masks(words: &mut [u32], per_row: usize, at: usize, masks: &[&Plane]) {
    let mut column = vec![0; words.len() / per_row];
    let features = masks.iter().flat_map(|mask| (0..mask.features()).map(|f| mask.feature(f)));
    let mut features = features.peekable();
    for word in at.. {
        if features.peek().is_none() {
            return;
        }
        column.fill(0);
        for (bit, mask) in features.by_ref().take(32).enumerate() {
            for (slot, kept) in column.iter_mut().zip(mask) {
                *slot |= u32::from(*kept != 0.0) << bit;
            }
        }
        for (words, column) in words.chunks_mut(per_row).zip(&column) {
            words[word] = *column;
        }
    }
}
