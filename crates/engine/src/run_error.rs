//! Why a run ended before its trials could.

use oddbench_data::DataError;
use thiserror::Error;

use crate::executor::ExecuteError;
use crate::labelled::PrepareError;
use crate::plan::PlanError;
use crate::store::StoreError;

/// Why a run ended before its trials could.
#[derive(Debug, Error)]
pub enum RunError {
    /// The experiment cannot be planned. Exit code 2 or 4.
    #[error(transparent)]
    Plan(#[from] PlanError),
    /// The data set could not be had. Exit code 3.
    #[error(transparent)]
    Data(DataError),
    /// The rows do not fit the experiment. Exit code 2.
    #[error("the rows cannot be prepared: {0}")]
    Rows(String),
    /// The results folder. Exit code 1.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The trials could not be started. Exit code 1.
    #[error(transparent)]
    Execute(#[from] ExecuteError),
}

impl From<PrepareError> for RunError {
    fn from(error: PrepareError) -> Self {
        match error {
            PrepareError::Data(error) => Self::Data(error),
            other => Self::Rows(other.to_string()),
        }
    }
}
