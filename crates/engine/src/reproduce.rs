//! Runs an experiment again from its results alone, and compares the new results with them, trial by trial.
//!
//! [`Original`] reads the results and makes the experiment to run, [`hold`] compares the results of that run.
//! Nothing of the original is ever written. Beside a whole results folder, three of its small files are enough:
//! `manifest.json`, `summary.csv` and `score-digests.csv`.

mod compared;
mod elsewhere;
mod figures;
mod original;
mod same;
mod verdict;

use thiserror::Error;

use crate::plan::PlanError;
use crate::spec::SpecError;
use crate::store::StoreError;

pub use compared::{Compared, Count, Reproduced, hold};
pub use elsewhere::Elsewhere;
pub use original::{Original, Part};
pub use verdict::{MetricDifference, Verdict};

/// Stands behind the name of an experiment that was run again.
pub const REPRODUCED: &str = "+reproduced";

/// How far scores may differ and still count as the same, in units of a typical score: docs/METHODOLOGY.md has the
/// measurements behind it.
pub const TOLERANCE: f64 = 1e-3;

/// Metrics that differ by less are equal to three decimals.
pub const METRIC_TOLERANCE: f64 = 0.0005;

/// Why an experiment cannot be run again.
#[derive(Debug, Error)]
pub enum ReproduceError {
    /// The results cannot be read.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The experiment cannot be read any more.
    #[error(transparent)]
    Spec(Box<SpecError>),
    /// It cannot be planned here: a device is not there.
    #[error(transparent)]
    Plan(Box<PlanError>),
    /// It would be another experiment, or would be in the way of the original.
    #[error("{message}")]
    Refused {
        /// What is different.
        message: String,
        /// What to do.
        help: String,
    },
}

impl From<SpecError> for ReproduceError {
    fn from(error: SpecError) -> Self {
        Self::Spec(Box::new(error))
    }
}

impl From<PlanError> for ReproduceError {
    fn from(error: PlanError) -> Self {
        Self::Plan(Box::new(error))
    }
}

fn refused(message: impl Into<String>, help: impl Into<String>) -> ReproduceError {
    ReproduceError::Refused { message: message.into(), help: help.into() }
}
