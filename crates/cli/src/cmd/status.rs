//! `oddbench status`: how far an experiment is, whoever runs it.

use std::path::{Path, PathBuf};

use oddbench_core::record::TrialInfo;
use oddbench_engine::{
    ExperimentFile, Spec, Status as State, Store, SuiteStore, plan, spec, status,
};
use serde_json::json;

use crate::args::Overrides;
use crate::error::{CliError, Status};
use crate::terminal::Terminal;

/// `oddbench status`
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  oddbench status my.toml
  oddbench status results/my-experiment
  watch -n 30 oddbench status my.toml")]
pub struct StatusArgs {
    /// The experiment file, or the folder of its results
    #[arg(value_name = "FILE|DIR")]
    pub experiment: PathBuf,
    #[command(flatten)]
    pub overrides: Overrides,
    /// What the results are called [default: the file's name, and the changes behind it]
    #[arg(long, value_name = "NAME")]
    pub name: Option<String>,
    /// Where records and scores are kept
    #[arg(long, value_name = "DIR", default_value = "results")]
    pub results: PathBuf,
}

/// A data set's name and state.
struct Line {
    name: String,
    state: State,
}

/// Counts the trials and says why tasks wait.
pub fn run(terminal: &Terminal, args: &StatusArgs) -> Result<Status, CliError> {
    let lines = match args.experiment.is_dir() {
        true => of_folder(&args.experiment)?,
        false => of_file(args)?,
    };
    for Line { name, state } in &lines {
        terminal.result(&text(name, state));
    }
    let one = |Line { name, state }: &Line| json!({ "experiment": name, "status": state });
    terminal.json(|| json!({ "experiments": lines.iter().map(one).collect::<Vec<_>>() }));
    Ok(Status::Done)
}

fn of_file(args: &StatusArgs) -> Result<Vec<Line>, CliError> {
    let file = spec::load_file(&args.experiment, &args.overrides.named(args.name.as_deref()))?;
    let one = |spec: &Spec| {
        let trials = plan::resolve(spec)?.trials.into_iter().map(|trial| trial.info);
        let name = &spec.experiment.name;
        line(name, &args.results.join(name), &trials.collect::<Vec<_>>())
    };
    match &file {
        ExperimentFile::One(spec) => Ok(vec![one(spec)?]),
        ExperimentFile::Suite(suite) => suite.sets.iter().map(|set| one(&set.spec)).collect(),
    }
}

fn of_folder(dir: &Path) -> Result<Vec<Line>, CliError> {
    let one = |dir: &Path| {
        let manifest = Store::at(dir).manifest()?;
        line(&manifest.experiment.name, dir, &manifest.trials)
    };
    match SuiteStore::is_at(dir) {
        false => Ok(vec![one(dir)?]),
        true => {
            let suite = SuiteStore::at(dir).manifest()?;
            suite.sets.iter().map(|set| one(&dir.join(&set.name))).collect()
        }
    }
}

fn line(name: &str, dir: &Path, trials: &[TrialInfo]) -> Result<Line, CliError> {
    Ok(Line { name: name.to_owned(), state: status(&Store::at(dir), trials)? })
}

/// `my-experiment: 40 trials: 12 done, 2 running, 26 waiting`, and a line for each reason.
fn text(name: &str, state: &State) -> String {
    let counts = [
        (state.done, "done"),
        (state.running, "running"),
        (state.waiting, "waiting"),
        (state.failed, "failed"),
        (state.missing, "missing"),
        (state.ensembles_left, "to be made of the others at the end"),
    ];
    let counts = counts.iter().filter(|(count, word)| *count > 0 || *word == "done");
    let counts: Vec<String> = counts.map(|(count, word)| format!("{count} {word}")).collect();
    let mut text = format!("{name}: {} trials: {}", state.trials, counts.join(", "));
    for waits in &state.waits {
        text.push_str(&format!("\n  tasks that wait: {}: {}", waits.tasks, waits.words));
    }
    if let Some(trouble) = &state.cluster_trouble {
        text.push_str(&format!("\n  what Slurm has of it is not known: {trouble}"));
    }
    if state.missing > 0 && state.running + state.waiting == 0 {
        text.push_str("\n  no process runs the missing trials; start them with `oddbench run`");
    }
    text
}
