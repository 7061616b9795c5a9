//! `oddbench trial`: one trial of a prepared experiment, for the executor.

use std::path::PathBuf;
use std::process::ExitCode;

/// `oddbench trial`
#[derive(Debug, clap::Args)]
pub struct TrialArgs {
    /// `results/<experiment>`
    #[arg(long, value_name = "DIR")]
    pub experiment_dir: PathBuf,
    /// The trial's id
    #[arg(value_name = "ID")]
    pub id: String,
}

/// Runs the trial; events go to stdout as JSON lines, the record into the results folder.
pub fn run(args: &TrialArgs) -> ExitCode {
    oddbench_engine::trial_main(&args.experiment_dir, &args.id)
}
