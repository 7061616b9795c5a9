//! `oddbench run`: from an experiment file to a report.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use oddbench_engine::{
    ExperimentFile, Local, Run, RunOptions, RunSummary, Spec, Suite, SuiteRun, run_suite, spec,
};
use serde_json::json;

use crate::args::{Global, Overrides, Places};
use crate::downloads;
use crate::error::{CliError, Status};
use crate::progress::RunProgress;
use crate::signals::stop_on_signals;
use crate::summary::{self, SuiteShow};
use crate::terminal::Terminal;

/// `oddbench run`
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  oddbench run experiments/kdd99-published.toml --seeds 2018
  oddbench run my.toml --set 'run.seeds=[1,2]' --jobs 1
  oddbench run my.toml --json | jq .summary

A run can be stopped at any time; running it again does only what is missing. With --set, --seeds or
--backends the results have a name of their own, NAME+run.seeds=1,2, beside those of the file.")]
pub struct RunArgs {
    /// The experiment file
    #[arg(value_name = "FILE")]
    pub file: PathBuf,
    #[command(flatten)]
    pub overrides: Overrides,
    #[command(flatten)]
    pub places: Places,
    /// What the results and the report are called [default: the file's name, and the changes behind it]
    #[arg(long, value_name = "NAME")]
    pub name: Option<String>,
    /// Take the name even if results of another file or of other options have it; their figures are kept
    #[arg(long)]
    pub replace: bool,
    /// Run every trial again, even if it has a result
    #[arg(long)]
    pub fresh: bool,
    /// Trials at the same time [default: the number of cores]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..))]
    pub jobs: Option<u16>,
    /// What all trials together may be expected to hold in memory, such as "12 GB" [default: what is free]
    #[arg(long, value_name = "SIZE", value_parser = size)]
    pub max_memory: Option<u64>,
    /// Leave the report as it is
    #[arg(long)]
    pub no_report: bool,
}

/// Runs what is not done, then writes the report and prints the table.
pub fn run(global: &Global, terminal: &Terminal, args: &RunArgs) -> Result<Status, CliError> {
    let file = spec::load_file(&args.file, &args.overrides.named(args.name.as_deref()))?;
    file.hints().iter().for_each(|hint| terminal.note(hint));
    match &file {
        ExperimentFile::One(spec) => spec.told().iter().for_each(|line| terminal.note(line)),
        ExperimentFile::Suite(suite) => {
            for set in &suite.sets {
                let told = set.spec.told();
                told.iter().for_each(|line| terminal.note(&format!("{}: {line}", set.name)));
            }
        }
    }
    let cache = downloads::cache(global, terminal)?;
    let cancel = Arc::new(AtomicBool::new(false));
    stop_on_signals(&cancel)?;
    let options = RunOptions {
        results: args.places.results.clone(),
        cache: &cache,
        fresh: args.fresh,
        replace: args.replace,
        jobs: args.jobs.map(usize::from),
        max_memory_mb: args.max_memory,
        executor: &Local::new(),
        cancel: &cancel,
    };
    match file {
        ExperimentFile::One(spec) => one(terminal, args, &options, &spec),
        ExperimentFile::Suite(suite) => several(terminal, args, &options, &suite),
    }
}

fn interrupted(terminal: &Terminal, run: &RunSummary) -> Status {
    let why = match run.timed_out {
        true => "the run took longer than `run_timeout` of [limits]",
        false => "interrupted",
    };
    terminal.note(&format!("{why}; run the same command again to go on where it stopped"));
    terminal.json(|| json!({ "run": run }));
    if run.timed_out { Status::TimedOut } else { Status::Interrupted }
}

fn size(text: &str) -> Result<u64, String> {
    let help = "it is no size of a MiB or more; write it like this: \"4 GB\" or \"800 MiB\"";
    spec::mebibytes(text).ok_or_else(|| help.to_owned())
}

fn one(
    terminal: &Terminal,
    args: &RunArgs,
    options: &RunOptions<'_>,
    spec: &Spec,
) -> Result<Status, CliError> {
    let progress = RunProgress::new(terminal);
    let Run { summary: run, results } = oddbench_engine::run(spec, options, &progress)?;
    if run.interrupted {
        return Ok(interrupted(terminal, &run));
    }
    let reports = (!args.no_report).then_some(args.places.reports.as_path());
    let shown = summary::show(terminal, &results, &run.dir, reports)?;
    terminal.json(|| json!({ "run": run, "report": shown.report, "summary": shown.rows }));
    Ok(if run.failed > 0 { Status::TrialFailed } else { Status::Done })
}

/// The same over several data sets. One that could not be had is told once more at the end, and decides
/// the exit code.
fn several(
    terminal: &Terminal,
    args: &RunArgs,
    options: &RunOptions<'_>,
    suite: &Suite,
) -> Result<Status, CliError> {
    let progress = RunProgress::new(terminal);
    let SuiteRun { summary: run, manifest, sets } = run_suite(suite, options, &progress)?;
    if run.interrupted {
        return Ok(interrupted(terminal, &run));
    }
    let reports = (!args.no_report).then_some(args.places.reports.as_path());
    let mut show = SuiteShow::new(terminal, &manifest, reports);
    let mut code = None;
    for set in sets {
        show.add(&set.name, &set.run.results)?;
        code = code.or(set.trouble.map(|trouble| CliError::from(trouble).code()));
    }
    let shown = show.finish(&run.dir)?;
    terminal.json(|| json!({ "run": run, "report": shown.report, "sets": shown.sets }));
    Ok(match code {
        Some(code) => Status::SetFailed(code),
        None if run.failed > 0 => Status::TrialFailed,
        None => Status::Done,
    })
}
