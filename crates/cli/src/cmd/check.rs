//! `oddbench check`: experiment files resolved to the last parameter, without running anything.

use oddbench_engine::{plan, spec};
use serde_json::json;

use crate::args::CheckArgs;
use crate::error::{CliError, Status};
use crate::terminal::Terminal;

/// Checks each file in turn; the first mistake ends it.
pub fn run(terminal: &Terminal, args: &CheckArgs) -> Result<Status, CliError> {
    let mut checked = Vec::new();
    for file in &args.files {
        let spec = spec::load(file, &spec::Overrides::default())?;
        let plan = plan::resolve(&spec)?;
        terminal.result(&format!("{}: ok, {} trials", file.display(), plan.trials.len()));
        checked.push(json!({ "file": file, "experiment": spec.name, "trials": plan.trials.len() }));
    }
    terminal.json(|| json!({ "checked": checked }));
    Ok(Status::Done)
}
