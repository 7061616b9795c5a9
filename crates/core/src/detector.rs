//! The contract between the harness and its models: an unfitted [`Detector`] with checked
//! parameters, and the [`FittedDetector`] that it becomes.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::counts::counted;
use crate::matrix::Matrix;

/// Why a detector could not be fitted, could not score, or could not be saved or loaded.
#[derive(Debug, Error)]
pub enum DetectorError {
    /// The matrix cannot be used: empty, NaN, a wrong column count, one class only.
    #[error("{0}")]
    BadInput(String),
    /// Training went wrong in a way that other parameters can mend; the message says which.
    #[error("{0}")]
    Diverged(String),
    /// The device failed.
    #[error("device {device}: {message}")]
    Device {
        /// The device as the experiment names it.
        device: String,
        /// What it said.
        message: String,
    },
    /// A library failed, with its message.
    #[error("{0}")]
    Backend(String),
    /// [`Watch::cancelled`] asked the fit to stop.
    #[error("cancelled")]
    Cancelled,
    /// A saved model could not be written or read.
    #[error("{path}: {message}")]
    Store {
        /// The file or folder.
        path: PathBuf,
        /// What is wrong with it.
        message: String,
    },
}

/// What a detector is fitted on.
#[derive(Clone, Copy)]
pub struct Train<'a> {
    /// Training rows, `n x d`, already preprocessed.
    pub x: &'a Matrix,
    /// `true` for an outlier, one per row; only supervised detectors may look at it.
    pub labels: Option<&'a [bool]>,
    /// Inliers that are not trained on: validation loss, early stopping.
    pub validation: Option<&'a Matrix>,
}

/// One pass over the training rows, as a learning curve shows it.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Epoch {
    /// From 1.
    pub epoch: u32,
    /// How many epochs the fit will take at most.
    pub epochs: u32,
    /// Mean training loss of the epoch.
    pub loss: f64,
    /// Mean loss on the validation inliers after the epoch, if it was computed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub validation_loss: Option<f64>,
}

/// Follows a fit: progress bars and learning curves listen here.
pub trait Watch {
    /// Called after each epoch.
    fn epoch(&mut self, epoch: Epoch);
    /// Called before [`Watch::epoch`] with the wall seconds of the epoch's training. Its validation loss is not part of
    /// them, unless a graphics card computes it between the epochs.
    fn epoch_seconds(&mut self, _seconds: f64) {}
    /// Called before the first epoch of a network that a device trains, and not the processor.
    fn on_device(&mut self, _training: OnDevice) {}
    /// Called with something that a reader of the results must know, such as a collapsed posterior.
    fn note(&mut self, note: &str);
    /// A fit asks this at least once an epoch and returns [`DetectorError::Cancelled`] if it is true.
    fn cancelled(&self) -> bool {
        false
    }
}

/// Who computes the training steps of a network on a device.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Engine {
    /// Kernels that run many steps in one dispatch.
    Fused,
    /// burn, operation by operation.
    Burn,
}

/// How a device trains a network.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct OnDevice {
    /// Who computes the steps.
    pub engine: Engine,
    /// How many networks train in the same dispatches, this one included.
    pub models_at_once: usize,
    /// How long the driver took to compile the kernels, if that is known; of several networks at once, this one's
    /// share.
    pub compile_seconds: Option<f64>,
}

/// A [`Watch`] that listens to nothing and never cancels.
pub struct Silent;

impl Watch for Silent {
    fn epoch(&mut self, _: Epoch) {}
    fn note(&mut self, _: &str) {}
}

/// Training rows that need not all be in memory as a matrix.
pub trait TrainingRows {
    /// How many there are.
    fn count(&self) -> usize;

    /// The given rows, in that order.
    fn some(&self, rows: &[usize]) -> Result<Matrix, DetectorError>;

    /// All of them.
    fn all(&self) -> Result<&Matrix, DetectorError>;
}

/// An unfitted model whose parameters have been checked.
pub trait Detector: Send + Sync {
    /// Learns from the training rows. Everything random is drawn from `seed`.
    fn fit(
        &self,
        train: Train<'_>,
        seed: u64,
        watch: &mut dyn Watch,
    ) -> Result<Box<dyn FittedDetector>, DetectorError>;

    /// As [`Self::fit`], without labels and validation rows. A detector that learns from a sample asks
    /// for the sampled rows alone, and learns the same bits.
    fn fit_rows(
        &self,
        rows: &dyn TrainingRows,
        seed: u64,
        watch: &mut dyn Watch,
    ) -> Result<Box<dyn FittedDetector>, DetectorError> {
        self.fit(Train { x: rows.all()?, labels: None, validation: None }, seed, watch)
    }

    /// Whether the seed makes no difference; such a detector runs once, whatever the seeds.
    fn deterministic(&self) -> bool;
}

/// A fitted model: a function from a row to a score. Threads may share one.
pub trait FittedDetector: Send + Sync {
    /// One finite score per row; the higher, the more anomalous.
    fn score(&self, x: &Matrix) -> Result<Vec<f64>, DetectorError>;

    /// As [`Self::score`], for rows that the model was fitted on: a threshold that is chosen from training
    /// rows needs the scores that new rows of their kind would have. A model that keeps its training rows
    /// scores each without itself. `x` may be a part of the training rows.
    fn score_training(&self, x: &Matrix) -> Result<Vec<f64>, DetectorError> {
        self.score(x)
    }

    /// The model's own decision boundary, if it has one: it calls a row an outlier if the row's score
    /// is greater. It comes from the training rows alone and is the same after saving and loading.
    fn native_threshold(&self) -> Option<f64> {
        None
    }

    /// Each feature's share of each row's score, `n x d`, if the model has such a notion.
    fn explain(&self, _x: &Matrix) -> Result<Option<Matrix>, DetectorError> {
        Ok(None)
    }

    /// Each row as the model rebuilds it, `n x d`, in the units of `x`; `None` if it rebuilds nothing.
    /// A score that is a reconstruction error compares a row with this.
    fn reconstruct(&self, _x: &Matrix) -> Result<Option<Matrix>, DetectorError> {
        Ok(None)
    }

    /// Writes the model into a folder that exists and is empty.
    fn save(&self, dir: &Path) -> Result<(), DetectorError>;

    /// The number of columns that it was fitted on and scores.
    fn n_features(&self) -> usize;
}

/// The checks that every detector makes on every matrix that it is given: rows, the column count
/// if one is expected, and finite values.
pub fn check_input(x: &Matrix, n_features: Option<usize>) -> Result<(), DetectorError> {
    if x.is_empty() {
        return Err(DetectorError::BadInput("there are no rows".into()));
    }
    if x.cols() == 0 {
        return Err(DetectorError::BadInput("there are no columns".into()));
    }
    if let Some(expected) = n_features
        && x.cols() != expected
    {
        return Err(DetectorError::BadInput(format!(
            "the model was fitted on {}, the rows have {}",
            counted(expected, "column"),
            x.cols()
        )));
    }
    if let Some((row, col, value)) = x.first_non_finite() {
        return Err(DetectorError::BadInput(format!(
            "row {row}, column {col} is {value}: every value must be finite"
        )));
    }
    Ok(())
}
