//! `oddbench check`: experiment files resolved to the last parameter, without running anything.

use std::path::{Path, PathBuf};

use oddbench_engine::{ExperimentFile, Suite, plan, spec};
use serde_json::{Value, json};

use crate::error::{CliError, Status};
use crate::terminal::Terminal;

/// `oddbench check`
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  oddbench check experiments/*.toml")]
pub struct CheckArgs {
    /// The experiment files
    #[arg(value_name = "FILE", required = true)]
    pub files: Vec<PathBuf>,
}

/// Checks each file in turn; the first mistake ends it.
pub fn run(terminal: &Terminal, args: &CheckArgs) -> Result<Status, CliError> {
    let mut checked = Vec::new();
    for file in &args.files {
        match spec::load_file(file, &spec::Overrides::default())? {
            ExperimentFile::One(spec) => {
                let plan = plan::resolve(&spec)?;
                terminal.result(&format!("{}: ok, {} trials", file.display(), plan.trials.len()));
                plan.data.left_out.iter().for_each(|line| terminal.result(&format!("  {line}")));
                checked.push(json!({ "file": file, "experiment": spec.experiment.name, "trials": plan.trials.len(), "left_out": plan.data.left_out }));
            }
            ExperimentFile::Suite(suite) => checked.push(several(terminal, file, &suite)?),
        }
    }
    terminal.json(|| json!({ "checked": checked }));
    Ok(Status::Done)
}

/// The same of a file of several data sets.
fn several(terminal: &Terminal, file: &Path, suite: &Suite) -> Result<Value, CliError> {
    let plans = suite.sets.iter().map(|set| plan::resolve(&set.spec));
    let plans = plans.collect::<Result<Vec<_>, _>>()?;
    let trials: usize = plans.iter().map(|plan| plan.trials.len()).sum();
    let (shown, number) = (file.display(), plans.len());
    terminal.result(&format!("{shown}: ok, {trials} trials on {number} data sets"));
    let mut sets = Vec::new();
    for (set, plan) in suite.sets.iter().zip(&plans) {
        let left_out = &plan.data.left_out;
        left_out.iter().for_each(|line| terminal.result(&format!("  {}: {line}", set.name)));
        sets.push(json!({ "set": set.name, "trials": plan.trials.len(), "left_out": left_out }));
    }
    Ok(json!({ "file": file, "experiment": suite.name, "trials": trials, "sets": sets }))
}
