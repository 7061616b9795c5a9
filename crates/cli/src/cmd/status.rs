//! `oddbench status`: how far an experiment is, on all machines together.

use std::path::{Path, PathBuf};

use oddbench_core::counts::counted;
use oddbench_core::record::TrialInfo;
use oddbench_engine::{
    ExperimentFile, Spec, Status as State, Store, SuiteStore, plan, spec, status,
};
use serde_json::json;

use crate::args::ResultsOfFile;
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
    pub of_file: ResultsOfFile,
}

/// The name of a data set's experiment, its results and its trials.
type Experiment = (String, Store, Vec<TrialInfo>);

/// Counts the trials and says why tasks wait.
pub fn run(terminal: &Terminal, args: &StatusArgs) -> Result<Status, CliError> {
    let experiments = match args.experiment.is_dir() {
        true => of_folder(&args.experiment)?,
        false => of_file(args)?,
    };
    let split = |(name, store, trials): Experiment| (name, (store, trials));
    let (names, folders): (Vec<String>, Vec<_>) = experiments.into_iter().map(split).unzip();
    let states = status(&folders)?;
    let named = || names.iter().zip(&states);
    named().for_each(|(name, state)| terminal.result(&text(name, state)));
    let one = |(name, state): (&String, &State)| json!({ "experiment": name, "status": state });
    terminal.json(|| json!({ "experiments": named().map(one).collect::<Vec<_>>() }));
    Ok(Status::Done)
}

fn of_file(args: &StatusArgs) -> Result<Vec<Experiment>, CliError> {
    let file = spec::load_file(&args.experiment, &args.of_file.overrides())?;
    let one = |spec: &Spec| {
        let trials = plan::resolve(spec)?.trials.into_iter().map(|trial| trial.info);
        let name = spec.experiment.name.clone();
        let store = Store::at(&args.of_file.results.join(&name));
        Ok((name, store, trials.collect()))
    };
    match &file {
        ExperimentFile::One(spec) => Ok(vec![one(spec)?]),
        ExperimentFile::Suite(suite) => suite.sets.iter().map(|set| one(&set.spec)).collect(),
    }
}

fn of_folder(dir: &Path) -> Result<Vec<Experiment>, CliError> {
    let one = |dir: &Path| {
        let store = Store::at(dir);
        let manifest = store.manifest()?;
        Ok((manifest.experiment.name, store, manifest.trials))
    };
    match SuiteStore::is_at(dir) {
        false => Ok(vec![one(dir)?]),
        true => {
            let suite = SuiteStore::at(dir).manifest()?;
            suite.sets.iter().map(|set| one(&dir.join(&set.name))).collect()
        }
    }
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
    let mut text = format!("{name}: {}: {}", counted(state.trials, "trial"), counts.join(", "));
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
