//! `oddbench reproduce`: an experiment again, from its results alone, and whether the scores are the same.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use oddbench_engine::reproduce::{self, Original, Part, Reproduced};
use oddbench_engine::{
    ExperimentFile, Local, RunError, RunOptions, RunSummary, SuiteStore, TOGETHER, run_suite,
};
use serde_json::json;

use crate::args::{Global, whole};
use crate::downloads;
use crate::error::{CliError, Status};
use crate::progress::RunProgress;
use crate::reproduced;
use crate::signals::stop_on_signals;
use crate::terminal::Terminal;

/// `oddbench reproduce`
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  oddbench reproduce results/kdd99-published
  oddbench reproduce reports/published-study --trials 1     one seed of each model
  oddbench reproduce quickstart --only AE --only VAE --json

The command runs the experiment again from its manifest, not from its file. The results go into a folder of
their own, and the original stays as it is. Beside a whole results folder, one with manifest.json, summary.csv and score-digests.csv will do. Run it
again to go on where it was stopped. Every trial is bit-equal, within the tolerance, or different. The
command also says how program and machine differ. reproduction.csv in the new folder has a line for each trial.

Exit codes: 0 all are bit-equal or within the tolerance, 5 some are not, 1 some failed.")]
pub struct ReproduceArgs {
    /// The results: a folder, or an experiment's name in the results folder
    #[arg(value_name = "RESULTS")]
    pub original: PathBuf,
    /// The folder of the second run [default: the name with +reproduced, in the results folder]
    #[arg(long, value_name = "DIR")]
    pub into: Option<PathBuf>,
    /// Where records and scores are kept
    #[arg(long, value_name = "DIR", default_value = "results")]
    pub results: PathBuf,
    /// Only the model or ensemble of that name; may be repeated
    #[arg(long, value_name = "NAME")]
    pub only: Vec<String>,
    /// Of each model its first N seeds alone, and no ensemble
    #[arg(long, value_name = "N", value_parser = whole(1, u16::MAX))]
    pub trials: Option<u16>,
    /// How far a score may differ, relative to a typical score
    #[arg(long, value_name = "X", default_value_t = reproduce::TOLERANCE, value_parser = tolerance)]
    pub tolerance: f64,
    /// Where relative paths of the experiment start [default: the folder of the experiment file]
    #[arg(long, value_name = "DIR")]
    pub base: Option<PathBuf>,
    /// Trials at the same time [default: the number of cores]
    #[arg(long, value_name = "N", value_parser = whole(1, u16::MAX))]
    pub jobs: Option<u16>,
}

fn tolerance(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(number) if (0.0..=1.0).contains(&number) => Ok(number),
        _ => Err("use a number from 0 to 1".into()),
    }
}

/// Runs again what is not done yet, then compares.
pub fn run(global: &Global, terminal: &Terminal, args: &ReproduceArgs) -> Result<Status, CliError> {
    let dir = original(args)?;
    let original = Original::open(&dir)?;
    let into = args.into.clone().unwrap_or_else(|| args.results.join(original.name_again()));
    let (results, name) = parent_and_name(&into)?;
    refuse_the_original(&into, &dir)?;
    let part = Part { only: args.only.clone(), seeds: args.trials.map(usize::from) };
    let file = original.again(&name, &part, args.base.as_deref())?;
    let cache = downloads::cache(global, terminal)?;
    let cancel = Arc::new(AtomicBool::new(false));
    stop_on_signals(&cancel)?;
    let options = RunOptions {
        results,
        cache: &cache,
        fresh: false,
        replace: false,
        jobs: args.jobs.map(usize::from),
        max_memory_mb: None,
        together: TOGETHER,
        executor: &Local::new(),
        cancel: &cancel,
    };
    let (summary, trouble) = again(terminal, &file, &options)?;
    if summary.interrupted {
        terminal.note("interrupted; run the same command again to go on where it stopped");
        terminal.json(|| json!({ "run": summary }));
        return Ok(Status::Interrupted);
    }
    let found = reproduce::hold(&original, &into, args.tolerance)?;
    reproduced::show(terminal, &found);
    terminal.json(|| json!({ "run": summary, "reproduced": found }));
    Ok(status(&found, trouble))
}

fn status(found: &Reproduced, trouble: Option<u8>) -> Status {
    let count = &found.count;
    match trouble {
        _ if count.different + count.not_bit_equal > 0 => Status::NotReproduced,
        Some(code) => Status::SetFailed(code),
        None if count.without_scores > 0 => Status::TrialFailed,
        None => Status::Done,
    }
}

/// Runs the experiment. Returns the counts, and the exit code if a data set could not be loaded.
fn again(
    terminal: &Terminal,
    file: &ExperimentFile,
    options: &RunOptions<'_>,
) -> Result<(RunSummary, Option<u8>), CliError> {
    let progress = RunProgress::new(terminal);
    let ran = match file {
        ExperimentFile::One(spec) => {
            oddbench_engine::run(spec, options, &progress).map(|run| (run.summary, None))
        }
        ExperimentFile::Suite(suite) => run_suite(suite, options, &progress).map(|run| {
            let mut troubles = run.sets.into_iter().filter_map(|set| set.trouble);
            (run.summary, troubles.next().map(|trouble| CliError::from(trouble).code()))
        }),
    };
    ran.map_err(|error| match error {
        RunError::Taken(taken) => CliError::User {
            message: taken.to_string(),
            help: Some("name another folder, which need not exist: --into DIR".into()),
        },
        other => other.into(),
    })
}

/// The folder with the results.
fn original(args: &ReproduceArgs) -> Result<PathBuf, CliError> {
    let there = |dir: &Path| dir.join("manifest.json").is_file() || SuiteStore::is_at(dir);
    let tried = [args.original.clone(), args.results.join(&args.original)];
    tried.into_iter().find(|dir| there(dir)).ok_or_else(|| CliError::User {
        message: format!("there are no results {}", args.original.display()),
        help: Some(format!(
            "name a folder with a manifest.json, or an experiment in {}",
            args.results.display()
        )),
    })
}

fn parent_and_name(into: &Path) -> Result<(PathBuf, String), CliError> {
    let name = into.file_name().and_then(|name| name.to_str());
    let name = name.ok_or_else(|| {
        CliError::user(format!("--into {}: name a folder by its own name", into.display()))
    })?;
    let parent = into.parent().filter(|parent| !parent.as_os_str().is_empty());
    Ok((parent.unwrap_or(Path::new(".")).to_owned(), name.to_owned()))
}

fn refuse_the_original(into: &Path, original: &Path) -> Result<(), CliError> {
    let same = match (into.canonicalize(), original.canonicalize()) {
        (Ok(into), Ok(original)) => into.starts_with(original),
        _ => false,
    };
    match same {
        false => Ok(()),
        true => Err(CliError::User {
            message: format!("{} holds the results that are to be reproduced", into.display()),
            help: Some("name another folder, which need not exist: --into DIR".into()),
        }),
    }
}
