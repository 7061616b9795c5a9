//! `oddbench report`: the report of an experiment, from its records.

use oddbench_engine::Store;
use serde_json::json;

use crate::args::ReportArgs;
use crate::cmd::run::write_report;
use crate::error::{CliError, Status};
use crate::summary;
use crate::terminal::Terminal;

/// Reads the records and writes the report again; nothing is fitted.
pub fn run(terminal: &Terminal, args: &ReportArgs) -> Result<Status, CliError> {
    let dir = args.places.results.join(&args.name);
    let results = Store::load(&dir)?;
    let page = write_report(&results, &args.places.reports)?;
    terminal.result(&summary::table(terminal, &results));
    summary::places(terminal, &dir, Some(&page));
    terminal.json(&json!({ "report": page, "summary": oddbench_report::summarize(&results) }));
    Ok(Status::Done)
}
