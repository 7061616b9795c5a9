//! `oddbench trial`: one trial of a prepared experiment, for the executor.

use std::process::ExitCode;

use crate::args::TrialArgs;

/// Runs the trial; events go to stdout as JSON lines, the record into the results folder.
pub fn run(args: &TrialArgs) -> ExitCode {
    oddbench_engine::trial_main(&args.experiment_dir, &args.id)
}
