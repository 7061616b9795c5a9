//! `oddbench check`: experiment files resolved to the last parameter, without running anything.

use std::path::PathBuf;

use oddbench_engine::{plan, spec};
use serde_json::json;

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
        let spec = spec::load(file, &spec::Overrides::default())?;
        let plan = plan::resolve(&spec)?;
        terminal.result(&format!("{}: ok, {} trials", file.display(), plan.trials.len()));
        plan.data.left_out.iter().for_each(|line| terminal.result(&format!("  {line}")));
        checked.push(json!({ "file": file, "experiment": spec.experiment.name, "trials": plan.trials.len(), "left_out": plan.data.left_out }));
    }
    terminal.json(|| json!({ "checked": checked }));
    Ok(Status::Done)
}
