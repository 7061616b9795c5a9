//! The loop over epochs that every network shares: shuffling, learning curves, cancellation,
//! divergence and early stopping.

use oddbench_core::{DetectorError, Epoch, Matrix, Watch};
use rand::Rng;
use rand_xoshiro::Xoshiro256PlusPlus;

use super::adam::AdamSettings;
use super::batches::Batches;
use super::dense::Activation;
use super::early_stopping::{Decision, EarlyStopping};
use crate::company::Seat;

/// A network in training, on whatever engine. It holds its training and validation rows.
pub trait Learner {
    /// Trains on all rows in the given order, one optimiser step per mini-batch; returns the mean
    /// loss per row, each batch's being taken before its step.
    fn epoch(&mut self, order: &[u32]) -> Result<f64, DetectorError>;

    /// The mean loss per validation row with the weights after the last epoch, if there are such rows.
    fn validation_loss(&mut self) -> Result<Option<f64>, DetectorError>;

    /// Trains one epoch or more, but at most `most`, and says what each leaves. An engine that is slow to
    /// answer trains several without a look at the network between them. `seconds` is a running clock.
    fn epochs(
        &mut self,
        _most: u32,
        orders: &mut dyn Orders,
        seconds: &dyn Fn() -> f64,
    ) -> Result<Vec<EpochOutcome>, DetectorError> {
        let started = seconds();
        let loss = self.epoch(orders.next_order())?;
        let seconds = seconds() - started;
        Ok(vec![EpochOutcome { loss, validation_loss: self.validation_loss()?, seconds }])
    }

    /// A copy of all parameters, flat, in an order that is the same on every engine.
    fn parameters(&self) -> Result<Vec<f32>, DetectorError>;

    /// Sets all parameters; the slice has the length of [`Self::parameters`].
    fn set_parameters(&mut self, parameters: &[f32]) -> Result<(), DetectorError>;
}

/// What an epoch leaves.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct EpochOutcome {
    /// The mean loss per row.
    pub loss: f64,
    /// The mean loss per validation row, if there are such rows.
    pub validation_loss: Option<f64>,
    /// How long the steps took. The validation losses of epochs that were trained without a look at the network
    /// between them are among these seconds.
    pub seconds: f64,
}

/// Where the orders of the training rows come from.
pub trait Orders {
    /// The order of the next epoch.
    fn next_order(&mut self) -> &[u32];
}

impl<R: Rng> Orders for Batches<R> {
    fn next_order(&mut self) -> &[u32] {
        self.shuffle()
    }
}

/// What a network is trained on and how.
#[derive(Clone)]
pub struct Setup<'a> {
    /// Training rows.
    pub train: &'a Matrix,
    /// Validation rows.
    pub validation: Option<&'a Matrix>,
    /// Rows per step.
    pub batch_size: usize,
    /// The optimiser.
    pub adam: AdamSettings,
    /// Where the noise of training comes from.
    pub noise: Xoshiro256PlusPlus,
    /// Where the noise of the validation loss comes from: the same in every epoch.
    pub validation_noise: Xoshiro256PlusPlus,
}

/// How long to train.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Schedule {
    /// Passes over the training rows at most; 0 leaves the network untrained.
    pub epochs: u32,
    /// Stop after this many epochs without a lower validation loss, and keep the best weights.
    pub patience: Option<u32>,
}

/// The message about early stopping where the split has no validation inliers.
pub const NO_VALIDATION: &str = "needs validation rows that are inliers, and the split has none; \
                                 remove patience or choose a split with a validation part";

/// Trains for the scheduled epochs and tells `watch` of each. Their seconds are those of the seat.
///
/// Fails with [`DetectorError::Diverged`] when a loss is NaN or infinite, with
/// [`DetectorError::Cancelled`] when `watch` asks for it, and with [`DetectorError::BadInput`] when
/// patience is asked for without validation rows to judge by.
pub fn train<R: Rng>(
    learner: &mut dyn Learner,
    schedule: Schedule,
    batches: &mut Batches<R>,
    (seat, watch): (&Seat, &mut dyn Watch),
) -> Result<(), DetectorError> {
    if schedule.epochs == 0 {
        watch.note("untrained: epochs = 0, so the weights are as they were drawn");
    }
    let mut stopping = schedule.patience.map(EarlyStopping::new);
    let mut best = Vec::new();
    let mut epoch = 0;
    while epoch < schedule.epochs {
        if watch.cancelled() {
            return Err(DetectorError::Cancelled);
        }
        // Early stopping keeps the weights of any epoch.
        let most = if stopping.is_some() { 1 } else { schedule.epochs - epoch };
        for passed in learner.epochs(most, batches, &|| seat.seconds())? {
            epoch += 1;
            tell((epoch, schedule.epochs), passed, watch)?;
            let Some(stopping) = &mut stopping else { continue };
            let judged = passed
                .validation_loss
                .ok_or_else(|| DetectorError::BadInput(format!("patience {NO_VALIDATION}")))?;
            match stopping.after(judged) {
                Decision::Best => best = learner.parameters()?,
                Decision::Wait => {}
                Decision::Stop => {
                    watch.note(&format!(
                        "stopped early after epoch {epoch} of {}: the validation loss had not \
                         improved for {} epochs; the best weights were kept",
                        schedule.epochs,
                        schedule.patience.unwrap_or_default(),
                    ));
                    return learner.set_parameters(&best);
                }
            }
        }
    }
    if best.is_empty() { Ok(()) } else { learner.set_parameters(&best) }
}

/// Tells `watch` what an epoch has left; fails if a loss is not finite.
fn tell(
    (epoch, epochs): (u32, u32),
    passed: EpochOutcome,
    watch: &mut dyn Watch,
) -> Result<(), DetectorError> {
    let EpochOutcome { loss, validation_loss, seconds } = passed;
    check_finite(epoch, "training", loss)?;
    if let Some(loss) = validation_loss {
        check_finite(epoch, "validation", loss)?;
    }
    watch.epoch_seconds(seconds);
    watch.epoch(Epoch { epoch, epochs, loss, validation_loss });
    Ok(())
}

/// An error that says what to change, if a loss is NaN or infinite.
pub fn check_finite(epoch: u32, which: &str, loss: f64) -> Result<(), DetectorError> {
    if loss.is_finite() {
        return Ok(());
    }
    Err(DetectorError::Diverged(format!(
        "the {which} loss became {loss} in epoch {epoch}: lower learning_rate (a tenth of it is a \
         good next try), or scale the columns (preprocess.scale = \"min-max\" or \"standard\")"
    )))
}

/// Tells `watch` if a sigmoid output can't reach the training values.
pub fn note_range(x: &Matrix, output: Activation, watch: &mut dyn Watch) {
    let bounds = |(low, high): (f32, f32), v: &f32| (low.min(*v), high.max(*v));
    let (low, high) = x.as_slice().iter().fold((f32::INFINITY, f32::NEG_INFINITY), bounds);
    if output == Activation::Sigmoid && (low < 0.0 || high > 1.0) {
        watch.note(&format!(
            "the output is a sigmoid, which stays in [0, 1], but training values reach from {low} \
             to {high}: scale them (preprocess.scale = \"min-max\") or set output = \"linear\""
        ));
    }
}
