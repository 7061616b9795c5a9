//! `oddbench plan`: the trials that an experiment expands to.

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use oddbench_core::counts::counted;
use oddbench_core::quote;
use oddbench_core::record::{DataInfo, Outcome, TrialInfo};
use oddbench_engine::plan::Trial;
use oddbench_engine::{ExperimentFile, Plan, Spec, Store, Suite, plan, spec, store};
use serde_json::{Value, json};

use crate::args::ResultsOfFile;
use crate::error::{CliError, Status};
use crate::table;
use crate::terminal::Terminal;

/// `oddbench plan`
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  oddbench plan experiments/kdd99-published.toml --seeds 1,2,3
  oddbench plan my.toml --missing                       what a run would do
  oddbench plan my.toml --missing --ids | parallel oddbench trial my.toml")]
pub struct PlanArgs {
    /// The experiment file
    #[arg(value_name = "FILE")]
    pub file: PathBuf,
    #[command(flatten)]
    pub of_file: ResultsOfFile,
    /// Only trials that have no completed record
    #[arg(long)]
    pub missing: bool,
    /// Print ids for `oddbench trial`, each once, one a line; ensembles are left out, since `run` computes them
    #[arg(long)]
    pub ids: bool,
}

/// Lists the trials in the file's order, and which have a result.
pub fn run(terminal: &Terminal, args: &PlanArgs) -> Result<Status, CliError> {
    let file = spec::load_file(&args.file, &args.of_file.overrides())?;
    file.hints().iter().for_each(|hint| terminal.note(hint));
    let missing = match file {
        ExperimentFile::One(spec) => one(terminal, args, &spec)?,
        ExperimentFile::Suite(suite) => several(terminal, args, &suite)?,
    };
    if let Some(words) = missing.words().filter(|_| !args.ids) {
        terminal.next(&command(args), &words);
    }
    Ok(Status::Done)
}

/// The command that runs the trials, with the options that the plan was given.
fn command(args: &PlanArgs) -> String {
    let ResultsOfFile { changes, name, results } = &args.of_file;
    let words = oddbench_engine::Overrides { name: name.clone(), ..changes.into() }.describe();
    let option = |words: &String| match words.split_once(' ') {
        Some((option, value)) => format!(" {option} {}", quote::shell(value)),
        None => format!(" {words}"),
    };
    let options: String = words.iter().map(option).collect();
    let results = match results == Path::new("results") {
        true => String::new(),
        false => format!(" --results {}", quote::shell(&results.display().to_string())),
    };
    let file = args.file.display().to_string();
    format!("oddbench run {}{options}{results}", quote::shell(&file))
}

/// What a run would do.
#[derive(Default)]
struct Missing {
    /// Trials to fit. Several lines may be of one trial.
    fits: usize,
    /// Ensembles to compute.
    ensembles: usize,
}

impl Missing {
    fn of<'a>(lines: impl Iterator<Item = &'a Line>) -> Self {
        let (mut seen, mut missing) = (HashSet::new(), Self::default());
        for line in lines.filter(|line| line.is_missing()) {
            let counts = seen.insert(line.trial.info.id.as_str());
            match line.trial.is_ensemble() {
                true => missing.ensembles += usize::from(counts),
                false => missing.fits += usize::from(counts),
            }
        }
        missing
    }

    /// `None` if nothing is left to do.
    fn words(&self) -> Option<String> {
        let fit = format!("fit {}", counted(self.fits, "trial"));
        let compute = format!("compute {}", counted(self.ensembles, "ensemble"));
        match (self.fits, self.ensembles) {
            (0, 0) => None,
            (_, 0) => Some(fit),
            (0, _) => Some(compute),
            _ => Some(format!("{fit}, {compute}")),
        }
    }
}

/// Both return what a run would do.
fn one(terminal: &Terminal, args: &PlanArgs, spec: &Spec) -> Result<Missing, CliError> {
    let plan = plan::resolve(spec)?;
    plan.data.left_out.iter().for_each(|line| terminal.note(line));
    let lines = lines(&plan, args)?;
    let missing = Missing::of(lines.iter());
    if args.ids {
        ids(terminal, &lines);
        return Ok(missing);
    }
    terminal.result(&format!(
        "{}\n{} on {}, split {}",
        view(terminal, &[(None, &lines)]),
        counted(lines.len(), "trial"),
        plan.data.dataset,
        plan.data.split
    ));
    terminal.json(|| json!({ "experiment": spec.experiment.name, "data": plan.data, "trials": trials_json(&lines) }));
    Ok(missing)
}

fn several(terminal: &Terminal, args: &PlanArgs, suite: &Suite) -> Result<Missing, CliError> {
    let mut sets = Vec::new();
    for set in &suite.sets {
        let plan = plan::resolve(&set.spec)?;
        let left_out = plan.data.left_out.iter();
        left_out.for_each(|line| terminal.note(&format!("{}: {line}", set.name)));
        let lines = lines(&plan, args)?;
        sets.push((set.name.as_str(), plan.data, lines));
    }
    let missing = Missing::of(sets.iter().flat_map(|(_, _, lines)| lines));
    if args.ids {
        let all: Vec<Line> = sets.into_iter().flat_map(|(_, _, lines)| lines).collect();
        ids(terminal, &all);
        return Ok(missing);
    }
    let named: Vec<_> = sets.iter().map(|(name, _, lines)| (Some(*name), &lines[..])).collect();
    let trials: usize = sets.iter().map(|(_, _, lines)| lines.len()).sum();
    let view = view(terminal, &named);
    let (trials, on) = (counted(trials, "trial"), counted(sets.len(), "data set"));
    terminal.result(&format!("{view}\n{trials} on {on}"));
    let set = |(name, data, lines): &(&str, DataInfo, Vec<Line>)| json!({ "set": name, "data": data, "trials": trials_json(lines) });
    terminal.json(
        || json!({ "experiment": suite.name, "sets": sets.iter().map(set).collect::<Vec<_>>() }),
    );
    Ok(missing)
}

/// Prints the ids of trials that can be run by themselves, each once.
fn ids(terminal: &Terminal, lines: &[Line]) {
    let mut seen = HashSet::new();
    let trials = lines.iter().map(|line| &line.trial).filter(|trial| !trial.is_ensemble());
    let ids: Vec<&str> =
        trials.map(|trial| trial.info.id.as_str()).filter(|id| seen.insert(*id)).collect();
    terminal.json(|| json!(ids));
    if !terminal.json && !ids.is_empty() {
        terminal.raw(&ids.join("\n"));
    }
}

/// A trial with what is stored of it.
struct Line {
    trial: Trial,
    state: &'static str,
}

impl Line {
    /// Whether a run fits it or computes it.
    fn is_missing(&self) -> bool {
        self.state.ends_with(TO_RUN)
    }
}

const TO_RUN: &str = "to run";

fn lines(plan: &Plan, args: &PlanArgs) -> Result<Vec<Line>, CliError> {
    let results = &args.of_file.results;
    let store = Store::at(&results.join(&plan.spec.experiment.name));
    let kin = store::kin(results, &plan.spec);
    let line = |trial: &Trial| {
        let id = &trial.info.id;
        let state = match store.record(id)?.map(|record| record.outcome) {
            Some(Outcome::Completed { .. }) => "done",
            _ if kin.iter().any(|other| other.has_completed(id)) => "done, under another name",
            None => TO_RUN,
            Some(Outcome::Failed { .. }) => "failed before, to run",
        };
        Ok(Line { trial: trial.clone(), state })
    };
    let mut lines = plan.trials.iter().map(line).collect::<Result<Vec<_>, CliError>>()?;
    lines.retain(|line| !args.missing || line.is_missing());
    Ok(lines)
}

fn trials_json(lines: &[Line]) -> Vec<Value> {
    let one = |Line { trial, state }: &Line| json!({ "trial": trial.info, "device": trial.device, "state": state });
    lines.iter().map(one).collect()
}

/// The trials as a table, of several data sets with the set in front.
fn view(terminal: &Terminal, sets: &[(Option<&str>, &[Line])]) -> comfy_table::Table {
    let all = || sets.iter().flat_map(|(_, lines)| lines.iter());
    let named = sets.iter().any(|(name, _)| name.is_some());
    let folds = all().any(|line| line.trial.info.fold.is_some());
    let mut head = vec!["name", "kind", "seed"];
    head.extend(folds.then_some("fold"));
    head.extend(["device", "state", "trial"]);
    let offset = usize::from(named);
    if named {
        head.insert(0, "set");
    }
    let numeric: &[usize] = if folds { &[2 + offset, 3 + offset] } else { &[2 + offset] };
    let mut view = table::table(terminal, &head, numeric);
    let number = |value: Option<u64>| value.map_or_else(|| "–".into(), |n| n.to_string());
    for (set, lines) in sets {
        for Line { trial, state } in *lines {
            let info = &trial.info;
            let mut cells: Vec<String> = set.iter().map(|set| (*set).to_owned()).collect();
            cells.extend([name(info), info.kind.clone(), number(info.seed)]);
            cells.extend(folds.then(|| info.fold_in_short().unwrap_or_else(|| "–".into())));
            cells.extend([trial.device.clone(), (*state).to_owned(), info.id.clone()]);
            view.add_row(cells);
        }
    }
    view
}

/// A trial's name in tables. A sweep's trials share a name, so their configuration follows it.
fn name(info: &TrialInfo) -> String {
    match &info.sweep {
        Some(point) => format!("{} ({})", info.name, point.words()),
        None => info.name.clone(),
    }
}
