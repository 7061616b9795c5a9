//! `oddbench plan`: the trials that an experiment expands to.

use std::path::PathBuf;

use oddbench_core::record::Outcome;
use oddbench_engine::{Store, plan, spec};
use serde_json::json;

use crate::args::Overrides;
use crate::error::{CliError, Status};
use crate::table;
use crate::terminal::Terminal;

/// `oddbench plan`
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  oddbench plan experiments/kdd99-published.toml --seeds 1,2,3")]
pub struct PlanArgs {
    /// The experiment file
    #[arg(value_name = "FILE")]
    pub file: PathBuf,
    #[command(flatten)]
    pub overrides: Overrides,
    /// Where records and scores are kept
    #[arg(long, value_name = "DIR", default_value = "results")]
    pub results: PathBuf,
}

/// Lists the trials in the file's order, and which have a result.
pub fn run(terminal: &Terminal, args: &PlanArgs) -> Result<Status, CliError> {
    let spec = spec::load(&args.file, &(&args.overrides).into())?;
    let plan = plan::resolve(&spec)?;
    plan.data.left_out.iter().for_each(|line| terminal.note(line));
    let store = Store::at(&args.results.join(&spec.experiment.name));
    let folds = plan.trials.iter().any(|trial| trial.info.fold.is_some());
    let mut head = vec!["name", "kind", "seed", "device", "state", "trial"];
    if folds {
        head.insert(3, "fold");
    }
    let mut view = table::table(terminal, &head, if folds { &[2, 3] } else { &[2] });
    let mut trials = Vec::new();
    for trial in &plan.trials {
        let state = match store.record(&trial.info.id)?.map(|record| record.outcome) {
            None => "to run",
            Some(Outcome::Completed { .. }) => "done",
            Some(Outcome::Failed { .. }) => "failed before, to run",
        };
        let number = |value: Option<u64>| value.map_or_else(|| "–".into(), |n| n.to_string());
        let mut cells = vec![
            trial.info.name.clone(),
            trial.info.kind.clone(),
            number(trial.info.seed),
            trial.device.clone(),
            state.to_owned(),
            trial.info.id.clone(),
        ];
        if folds {
            cells.insert(3, number(trial.info.fold.map(u64::from)));
        }
        view.add_row(cells);
        trials.push(json!({ "trial": trial.info, "device": trial.device, "state": state }));
    }
    terminal.result(&format!(
        "{view}\n{} trials on {}, split {}",
        plan.trials.len(),
        plan.data.dataset,
        plan.data.split
    ));
    terminal.json(
        || json!({ "experiment": spec.experiment.name, "data": plan.data, "trials": trials }),
    );
    Ok(Status::Done)
}
