//! `oddbench run`: from an experiment file to a report.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use oddbench_engine::{Local, Run, RunOptions, spec};
use serde_json::json;

use crate::args::{Global, Overrides, Places};
use crate::downloads;
use crate::error::{CliError, Status};
use crate::progress::RunProgress;
use crate::signals::stop_on_signals;
use crate::summary;
use crate::terminal::Terminal;

/// `oddbench run`
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  oddbench run experiments/kdd99-published.toml --seeds 2018
  oddbench run my.toml --set 'run.seeds=[1,2]' --jobs 1
  oddbench run my.toml --json | jq .summary

A run can be stopped at any time; running it again does only what is missing.")]
pub struct RunArgs {
    /// The experiment file
    #[arg(value_name = "FILE")]
    pub file: PathBuf,
    #[command(flatten)]
    pub overrides: Overrides,
    #[command(flatten)]
    pub places: Places,
    /// Run every trial again, even if it has a result
    #[arg(long)]
    pub fresh: bool,
    /// Trials at the same time [default: the number of cores]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..))]
    pub jobs: Option<u16>,
    /// Leave the report as it is
    #[arg(long)]
    pub no_report: bool,
}

/// Runs what is not done, then writes the report and prints the table.
pub fn run(global: &Global, terminal: &Terminal, args: &RunArgs) -> Result<Status, CliError> {
    let spec = spec::load(&args.file, &(&args.overrides).into())?;
    spec.told().iter().for_each(|line| terminal.note(line));
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
