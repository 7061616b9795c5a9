//! From an experiment file to records: the experiment file itself ([`spec`]), the plan of its trials
//! ([`mod@plan`]), the rows that they share ([`prepared`]) and what these
//! allow ([`mod@audit`]), one trial ([`trial`]), trials made from others ([`mod@ensemble`]), the processes that
//! run them ([`executor`]) and the results folder ([`store`]). [`run()`] is the whole flow,
//! [`run_suite`] is the flow over several data sets, and [`run_trials()`] is what other engines start.

pub mod audit;
mod canonical;
mod change_floor;
mod deadline;
pub mod ensemble;
pub mod executor;
pub mod exported;
pub mod external;
mod given;
mod labelled;
mod machine;
mod mapped;
mod name_owner;
mod oddest;
mod pace;
pub mod plan;
mod preparation;
pub mod prepared;
pub mod prepared_file;
pub mod progress;
mod recorder;
pub mod reproduce;
mod row_check;
mod rows_claim;
pub mod run;
mod run_error;
pub mod run_trials;
pub mod scoring;
pub mod spec;
mod status;
pub mod store;
mod suite;
mod timing;
pub mod trial;
pub mod trial_rows;
mod troubles;
mod work;

pub use audit::audit;
pub use executor::{Executor, InProcess, Local, Slurm, TOGETHER, trial_main};
pub use machine::built_from;
pub use name_owner::Taken;
pub use plan::{Plan, PlanError};
pub use progress::{Event, Listener, RunSummary, TrialEvent};
pub use row_check::{Lacking, RowCheck, check_rows};
pub use run::{Run, RunError, RunOptions, run};
pub use run_trials::{TrialsOptions, run_prepared_trials, run_trials};
pub use spec::{ExperimentFile, Overrides, Spec, SpecError, Suite};
pub use status::{Status, Waits, status};
pub use store::{Store, StoreError, SuiteStore};
pub use suite::{SetRun, SuiteRun, run_suite};

/// The version of oddbench, as records name it.
pub const VERSION: &str = env!("CARGO_PKG_VERSION");
