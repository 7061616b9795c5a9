//! `oddbench run`: from an experiment file to a report.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use oddbench_engine::{Local, Run, RunOptions, spec};
use serde_json::json;

use crate::args::{Global, RunArgs};
use crate::downloads;
use crate::error::{CliError, Status};
use crate::progress::RunProgress;
use crate::signals::stop_on_signals;
use crate::summary;
use crate::terminal::Terminal;

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
    let progress = RunProgress::new(terminal);
    let Run { summary: run, results } = oddbench_engine::run(&spec, &options, &progress)?;
    if run.interrupted {
        terminal.note("interrupted; run the same command again to go on where it stopped");
        terminal.json(|| json!({ "run": run }));
        return Ok(Status::Interrupted);
    }
    let reports = (!args.no_report).then_some(args.places.reports.as_path());
    let shown = summary::show(terminal, &results, &run.dir, reports)?;
    terminal.json(|| json!({ "run": run, "report": shown.report, "summary": shown.rows }));
    Ok(if run.failed > 0 { Status::TrialFailed } else { Status::Done })
}
