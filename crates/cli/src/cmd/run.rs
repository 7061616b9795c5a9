//! `oddbench run`: from an experiment file to a report.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use oddbench_core::record::ExperimentResults;
use oddbench_engine::{Local, RunError, RunOptions, Store, StoreError, spec};
use oddbench_report::SummaryRow;
use serde_json::json;

use crate::args::{Global, Overrides, RunArgs};
use crate::downloads;
use crate::error::{CliError, Status};
use crate::progress::RunProgress;
use crate::summary;
use crate::terminal::Terminal;

impl From<&Overrides> for spec::Overrides {
    fn from(overrides: &Overrides) -> Self {
        Self {
            set: overrides.set.clone(),
            seeds: overrides.seeds.clone(),
            backends: overrides.backends.clone(),
        }
    }
}

impl From<StoreError> for CliError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Missing { .. } => Self::user(error.to_string()),
            other => Self::System { message: other.to_string() },
        }
    }
}

impl From<RunError> for CliError {
    fn from(error: RunError) -> Self {
        match error {
            RunError::Plan(error) => error.into(),
            RunError::Data(error) => Self::Data(error.to_string()),
            RunError::Rows(message) => Self::user(message),
            RunError::Store(error) => error.into(),
            RunError::Execute(error) => Self::System { message: error.to_string() },
        }
    }
}

/// Runs what is not done, then writes the report and prints the table.
pub fn run(global: &Global, terminal: &Terminal, args: &RunArgs) -> Result<Status, CliError> {
    let spec = spec::load(&args.file, &(&args.overrides).into())?;
    let cache = downloads::cache(global, terminal)?;
    let cancel = Arc::new(AtomicBool::new(false));
    stop_on_signals(&cancel)?;
    let options = RunOptions {
        results: args.places.results.clone(),
        cache: &cache,
        fresh: args.fresh,
        jobs: args.jobs.map(usize::from),
        executor: &Local::new(),
        cancel: &cancel,
    };
    let run = oddbench_engine::run(&spec, &options, &RunProgress::new(terminal))?;
    if run.interrupted {
        terminal.note("interrupted; run the same command again to go on where it stopped");
        terminal.json(&json!({ "run": run }));
        return Ok(Status::Interrupted);
    }
    let results = Store::load(&run.dir)?;
    let rows = oddbench_report::summarize(&results);
    let report = match args.no_report {
        true => None,
        false => Some(write_report(&results, &rows, &args.places.reports)?),
    };
    terminal.result(&summary::table(terminal, &results, &rows));
    summary::places(terminal, &run.dir, report.as_deref());
    terminal.json(&json!({
        "run": run,
        "report": report,
        "summary": rows,
    }));
    Ok(if run.failed > 0 { Status::TrialFailed } else { Status::Done })
}

/// Writes the report of an experiment into its folder; returns the page.
pub fn write_report(
    results: &ExperimentResults,
    rows: &[SummaryRow],
    reports: &Path,
) -> Result<PathBuf, CliError> {
    let dir = reports.join(&results.manifest.experiment);
    oddbench_report::write(results, rows, &dir)
        .map_err(|error| CliError::System { message: error.to_string() })?;
    Ok(dir.join("index.html"))
}

/// The first Ctrl-C (or SIGTERM) stops the run in good order, the second one at once.
pub fn stop_on_signals(cancel: &Arc<AtomicBool>) -> Result<(), CliError> {
    for signal in [signal_hook::consts::SIGINT, signal_hook::consts::SIGTERM] {
        signal_hook::flag::register_conditional_shutdown(signal, 130, Arc::clone(cancel))
            .and_then(|_| signal_hook::flag::register(signal, Arc::clone(cancel)))
            .map_err(|error| CliError::System { message: format!("signals: {error}") })?;
    }
    Ok(())
}
