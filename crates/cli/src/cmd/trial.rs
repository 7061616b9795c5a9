//! `oddbench trial`: some trials of an experiment, for an engine that starts commands. Its hidden forms run trials of
//! a prepared experiment, for executors of oddbench.

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use oddbench_core::record::Outcome;
use oddbench_engine::run_trials::{End, TrialEnd};
use oddbench_engine::{
    Local, RunError, TrialsOptions, run_prepared_trials, run_trials, spec, trial_main,
};
use serde_json::{Value, json};

use crate::args::{Global, ResultsOfFile, Together};
use crate::cmd::run::tell_failed;
use crate::downloads;
use crate::error::{CliError, Status};
use crate::progress::RunProgress;
use crate::signals::stop_on_signals;
use crate::terminal::Terminal;

/// `oddbench trial`
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  oddbench trial my.toml 9f86d081884c7d65
  oddbench plan my.toml --missing --ids | parallel -j 50% oddbench trial my.toml
  oddbench run my.toml                     then: ensembles, tables and the report

The command may be given as often as one likes, on every machine that sees the results folder. A trial that is done is
not run again. One that another process runs is left to it, with exit code 75: try again later, or give --wait. An
exit code of 1 says that a trial failed.")]
pub struct TrialArgs {
    /// The experiment file
    #[arg(value_name = "FILE")]
    pub file: PathBuf,
    /// The trials, as `oddbench plan FILE --ids` lists them
    #[arg(value_name = "ID", required_unless_present = "experiment_dir")]
    pub ids: Vec<String>,
    #[command(flatten)]
    pub of_file: ResultsOfFile,
    /// Wait for a trial that another process runs, and run it if that process is gone
    #[arg(long)]
    pub wait: bool,
    #[command(flatten)]
    pub together: Together,
    /// A prepared experiment, `results/<experiment>`, in place of the file
    #[arg(long, value_name = "DIR", hide = true)]
    pub experiment_dir: Option<PathBuf>,
    /// Be the process of these trials, all at once: events to stdout, and an end with stdin
    #[arg(long, hide = true, requires = "experiment_dir")]
    pub child: bool,
    /// With --child: replace the records that are there
    #[arg(long, hide = true, requires = "child")]
    pub fresh: bool,
}

/// Runs the trials and says what became of each.
pub fn run(global: &Global, terminal: &Terminal, args: &TrialArgs) -> Result<Status, CliError> {
    let cache = downloads::cache(global, terminal)?;
    let cancel = Arc::new(AtomicBool::new(false));
    stop_on_signals(&cancel)?;
    let options = TrialsOptions {
        results: args.of_file.results.clone(),
        cache: &cache,
        wait: args.wait,
        together: args.together.most(),
        executor: &Local::new(),
        cancel: &cancel,
    };
    let progress = RunProgress::new(terminal);
    let ends = match &args.experiment_dir {
        // With --experiment-dir there is no file. The first id is then in the place of the file.
        Some(dir) => run_prepared_trials(dir, &prepared_ids(args), &options, &progress)?,
        None => {
            let file = spec::load_file(&args.file, &args.of_file.overrides())?;
            file.hints().iter().for_each(|hint| terminal.note(hint));
            let ran = run_trials(&file, &args.ids, &options, &progress);
            ran.map_err(|error| explained(error, &args.file))?
        }
    };
    ends.iter().for_each(|end| terminal.result(&words(end)));
    let failed = ends.iter().filter(|end| matches!(end.end, End::Ran(Outcome::Failed { .. })));
    tell_failed(terminal, failed.count());
    terminal.json(|| json!({ "trials": ends.iter().map(to_json).collect::<Vec<_>>() }));
    let failed_counts = args.experiment_dir.is_none();
    Ok(status(&ends, cancel.load(Ordering::Relaxed), failed_counts))
}

/// Is the process of one trial, or of several that train together.
pub fn child(dir: &Path, args: &TrialArgs) -> ExitCode {
    trial_main(dir, &prepared_ids(args), args.fresh)
}

fn prepared_ids(args: &TrialArgs) -> Vec<String> {
    let first = args.file.to_string_lossy().into_owned();
    [first].into_iter().chain(args.ids.iter().cloned()).collect()
}

/// An error with the command that helps.
fn explained(error: RunError, file: &Path) -> CliError {
    let file = file.display();
    let help = match &error {
        RunError::UnknownTrial { .. } => {
            format!("list its trials, with the same options: oddbench plan {file} --ids")
        }
        RunError::EnsembleTrial { .. } => {
            format!("run its members; it is then computed by: oddbench run {file}")
        }
        _ => return error.into(),
    };
    CliError::User { message: error.to_string(), help: Some(help) }
}

fn status(ends: &[TrialEnd], interrupted: bool, failed_counts: bool) -> Status {
    let any = |wanted: fn(&End) -> bool| ends.iter().any(|end| wanted(&end.end));
    if interrupted && any(|end| matches!(end, End::Stopped)) {
        Status::Interrupted
    } else if any(|end| matches!(end, End::Elsewhere(_) | End::Stopped)) {
        Status::Elsewhere
    } else if failed_counts && any(|end| matches!(end, End::Ran(Outcome::Failed { .. }))) {
        Status::TrialFailed
    } else {
        Status::Done
    }
}

fn words(end: &TrialEnd) -> String {
    let TrialEnd { trial, set, dir, end } = end;
    let set = set.as_ref().map(|set| format!("{set}: ")).unwrap_or_default();
    let dir = dir.display();
    let what = match end {
        End::DoneBefore => format!("done before, in {dir}"),
        End::Ran(Outcome::Completed { .. }) => format!("completed, in {dir}"),
        End::Ran(Outcome::Failed { message, .. }) => format!("FAILED: {message}"),
        End::Elsewhere(holder) => format!("{holder} runs it: try again later, or give --wait"),
        End::Stopped => "no result: try again later".to_owned(),
    };
    format!("{set}{} (trial {}): {what}", trial.name, trial.id)
}

fn to_json(end: &TrialEnd) -> Value {
    let TrialEnd { trial, set, dir, end } = end;
    let (state, holder) = match end {
        End::DoneBefore => ("done before", None),
        End::Ran(Outcome::Completed { .. }) => ("completed", None),
        End::Ran(Outcome::Failed { .. }) => ("failed", None),
        End::Elsewhere(holder) => {
            ("elsewhere", Some(json!({ "host": holder.host, "pid": holder.pid })))
        }
        End::Stopped => ("no result", None),
    };
    json!({ "trial": trial, "set": set, "dir": dir, "state": state, "holder": holder })
}
