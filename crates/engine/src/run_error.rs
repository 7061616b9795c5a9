//! Why a run ended before its trials could.

use oddbench_data::DataError;
use thiserror::Error;

use crate::executor::ExecuteError;
use crate::name_owner::Taken;
use crate::plan::PlanError;
use crate::spec::SpecError;
use crate::store::StoreError;

/// Why a run ended before its trials could.
#[derive(Debug, Error)]
pub enum RunError {
    /// The experiment cannot be planned. Exit code 2 or 4.
    #[error(transparent)]
    Plan(#[from] PlanError),
    /// The data set is not available. Exit code 3.
    #[error(transparent)]
    Data(DataError),
    /// The rows do not fit the experiment. Exit code 2.
    #[error(transparent)]
    Rows(Box<SpecError>),
    /// The name belongs to another experiment. Exit code 2.
    #[error(transparent)]
    Taken(Box<Taken>),
    /// There is no trial of that id. Exit code 2.
    #[error("the experiment has no trial {id:?}")]
    UnknownTrial {
        /// What was asked for.
        id: String,
    },
    /// A trial is made of others. Exit code 2.
    #[error(
        "trial {id} is of the ensemble \"{name}\": it is computed from other trials and cannot be run by itself"
    )]
    EnsembleTrial {
        /// What was asked for.
        id: String,
        /// The ensemble.
        name: String,
    },
    /// It was stopped while it waited for another process. Exit code 130.
    #[error("interrupted while another process prepared the rows; run the same command again")]
    Interrupted,
    /// The results folder. Exit code 1.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The trials could not be started. Exit code 1.
    #[error(transparent)]
    Execute(#[from] ExecuteError),
}
