//! `oddbench run`: from an experiment file to a report.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use clap::ValueEnum;
use oddbench_engine::executor::Stop;
use oddbench_engine::{
    Executor, ExperimentFile, Local, Run, RunOptions, RunSummary, Slurm, Spec, Suite, SuiteRun,
    run_suite, spec,
};
use serde_json::json;

use crate::args::{Global, Overrides, Places, Together, whole};
use crate::downloads;
use crate::error::{CliError, Status};
use crate::events::EventsFile;
use crate::progress::RunProgress;
use crate::signals::{leave_on_signals, stop_at_the_end_of_stdin, stop_on_signals};
use crate::summary::{self, SuiteShow};
use crate::terminal::Terminal;

/// `oddbench run`
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  oddbench run experiments/kdd99-published.toml --seeds 2018
  oddbench run my.toml --set 'run.seeds=[1,2]' --jobs 1
  oddbench run my.toml --json | jq .summary
  oddbench run my.toml --executor slurm --slurm partition=long --slurm time=4h

A run can be stopped at any time; running it again does only what is missing. With --set, --seeds or
--backends the results have a name of their own, NAME+run.seeds=1,2, beside those of the file. With
--executor slurm the first Ctrl-C stops watching, and the second one cancels the jobs.")]
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
    #[arg(long, value_name = "N", value_parser = whole(1, u16::MAX))]
    pub jobs: Option<u16>,
    /// What all trials together may be expected to hold in memory, such as "12 GB" [default: what is free]
    #[arg(long, value_name = "SIZE", value_parser = size)]
    pub max_memory: Option<u64>,
    #[command(flatten)]
    pub together: Together,
    /// Leave the report as it is
    #[arg(long)]
    pub no_report: bool,
    /// Also write what happens (trials, epochs, losses) into FILE, one JSON object per line
    #[arg(long, value_name = "FILE")]
    pub events: Option<PathBuf>,
    /// End in good order, as after Ctrl-C, when stdin ends: for a program that starts the run
    #[arg(long, hide = true)]
    pub until_stdin_ends: bool,
    /// Where trials run
    #[arg(long, value_enum, default_value_t = Where::Local)]
    pub executor: Where,
    /// A key of [executor.slurm], e.g. time=2h; may be repeated
    #[arg(long, value_name = "KEY=VALUE")]
    pub slurm: Vec<String>,
    /// With --executor slurm: submit and return; the same command later collects what is done
    #[arg(long)]
    pub detach: bool,
}

/// Who runs trials.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Where {
    /// Processes of this machine
    Local,
    /// Tasks of a Slurm cluster, over a results folder that its nodes see (docs/CLUSTER.md)
    Slurm,
}

impl RunArgs {
    fn overrides(&self) -> oddbench_engine::Overrides {
        let named = self.overrides.named(self.name.as_deref());
        oddbench_engine::Overrides { slurm: self.slurm.clone(), ..named }
    }

    fn progress(&self, terminal: &Terminal) -> Result<RunProgress, CliError> {
        let events = self.events.as_deref().map(EventsFile::create).transpose()?;
        let progress = RunProgress::new(terminal).writing(events);
        Ok(if self.executor == Where::Slurm { progress.on_cluster() } else { progress })
    }

    /// Options that only the other executor has.
    fn refuse_idle_options(&self) -> Result<(), CliError> {
        let idle = match self.executor {
            Where::Local if self.detach => Some(("--detach", "it belongs to --executor slurm")),
            Where::Local if !self.slurm.is_empty() => {
                Some(("--slurm", "it belongs to --executor slurm"))
            }
            Where::Slurm if self.fresh => {
                Some(("--fresh", "a cluster runs what is missing; give the run a new --name"))
            }
            Where::Slurm if self.max_memory.is_some() => {
                Some(("--max-memory", "it is of this machine; --slurm memory=SIZE is of a task"))
            }
            Where::Slurm if self.jobs.is_some() => {
                Some(("--jobs", "Slurm decides it; --slurm array_limit=N is the most at a time"))
            }
            _ => None,
        };
        match idle {
            None => Ok(()),
            Some((option, help)) => Err(CliError::User {
                message: format!("{option} has no meaning here"),
                help: Some(help.to_owned()),
            }),
        }
    }
}

/// Runs what is not done, then writes the report and prints the table.
pub fn run(global: &Global, terminal: &Terminal, args: &RunArgs) -> Result<Status, CliError> {
    args.refuse_idle_options()?;
    let file = spec::load_file(&args.file, &args.overrides())?;
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
    let executor = executor(args, &file, &cancel)?;
    if args.until_stdin_ends {
        stop_at_the_end_of_stdin(&cancel);
    }
    let options = RunOptions {
        results: args.places.results.clone(),
        cache: &cache,
        fresh: args.fresh,
        replace: args.replace,
        jobs: args.jobs.map(usize::from),
        max_memory_mb: args.max_memory,
        together: args.together.most(),
        executor: &*executor,
        cancel: &cancel,
    };
    match file {
        ExperimentFile::One(spec) => one(terminal, args, &options, &spec),
        ExperimentFile::Suite(suite) => several(terminal, args, &options, &suite),
    }
}

/// Who runs the trials, and how a signal stops that. An executor that is not there is an error before anything
/// is prepared.
fn executor(
    args: &RunArgs,
    file: &ExperimentFile,
    cancel: &Arc<AtomicBool>,
) -> Result<Box<dyn Executor>, CliError> {
    if args.executor == Where::Local {
        stop_on_signals(cancel)?;
        return Ok(Box::new(Local::new()));
    }
    let settings = match file {
        ExperimentFile::One(spec) => spec.slurm.clone(),
        // It is the file's, so that every data set has the same.
        ExperimentFile::Suite(suite) => {
            suite.sets.first().map(|set| set.spec.slurm.clone()).unwrap_or_default()
        }
    };
    let stop = Stop::default();
    let slurm = Slurm::find(settings, args.detach, stop.clone())?;
    leave_on_signals(cancel, &stop)?;
    Ok(Box::new(slurm))
}

/// A run that left trials undone: it was stopped, or they continue without it.
fn left_behind(
    terminal: &Terminal,
    args: &RunArgs,
    options: &RunOptions<'_>,
    run: &RunSummary,
) -> Status {
    terminal.json(|| json!({ "run": run }));
    match args.detach && !options.cancel.load(Ordering::Relaxed) {
        true => {
            terminal.note(&format!(
                "left to Slurm; `oddbench status {}` says how far it is, and the same command collects what is done",
                run.dir.display()
            ));
            Status::Done
        }
        false => {
            let why = match run.timed_out {
                true => "the run took longer than `run_timeout` of [limits]",
                false => "interrupted",
            };
            terminal.note(&format!("{why}; run the same command again to go on where it stopped"));
            if run.timed_out { Status::TimedOut } else { Status::Interrupted }
        }
    }
}

/// Says what may be done about trials that failed.
pub fn tell_failed(terminal: &Terminal, failed: usize) {
    let them = match failed {
        0 => return,
        1 => "1 trial failed; the same command runs it again".to_owned(),
        _ => format!("{failed} trials failed; the same command runs them again"),
    };
    terminal.note(&format!("{them} and keeps all others"));
}

/// The last lines: what failed, and what to do next.
fn end(terminal: &Terminal, args: &RunArgs, run: &RunSummary, report: Option<&Path>) {
    tell_failed(terminal, run.failed);
    summary::tell_next(terminal, &args.places.results, &run.dir, report);
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
    let progress = args.progress(terminal)?;
    let Run { summary: run, results } = oddbench_engine::run(spec, options, &progress)?;
    if run.interrupted {
        return Ok(left_behind(terminal, args, options, &run));
    }
    let reports = (!args.no_report).then_some(args.places.reports.as_path());
    let shown = summary::show(terminal, &results, &run.dir, reports)?;
    terminal.json(|| json!({ "run": run, "report": shown.report, "summary": shown.rows }));
    end(terminal, args, &run, shown.report.as_deref());
    Ok(if run.failed > 0 { Status::TrialFailed } else { Status::Done })
}

/// The same over several data sets. A data set that is not available is named again at the end, and decides
/// the exit code.
fn several(
    terminal: &Terminal,
    args: &RunArgs,
    options: &RunOptions<'_>,
    suite: &Suite,
) -> Result<Status, CliError> {
    let progress = args.progress(terminal)?;
    let SuiteRun { summary: run, manifest, sets } = run_suite(suite, options, &progress)?;
    if run.interrupted {
        return Ok(left_behind(terminal, args, options, &run));
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
    end(terminal, args, &run, shown.report.as_deref());
    Ok(match code {
        Some(code) => Status::SetFailed(code),
        None if run.failed > 0 => Status::TrialFailed,
        None => Status::Done,
    })
}
