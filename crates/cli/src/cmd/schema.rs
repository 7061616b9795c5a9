//! `oddbench schema`: the JSON Schema of experiment files.

use oddbench_engine::spec;

use crate::error::{CliError, Status};
use crate::terminal::Terminal;

/// Prints the schema to stdout.
pub fn run(terminal: &Terminal) -> Result<Status, CliError> {
    terminal.raw(&format!("{:#}", spec::json_schema()));
    Ok(Status::Done)
}
