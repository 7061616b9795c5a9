//! `oddbench plan`: the trials that an experiment expands to.

use oddbench_core::record::Outcome;
use oddbench_engine::{Store, plan, spec};
use serde_json::json;

use crate::args::PlanArgs;
use crate::error::{CliError, Status};
use crate::table;
use crate::terminal::Terminal;

/// Lists the trials in the file's order, and which have a result.
pub fn run(terminal: &Terminal, args: &PlanArgs) -> Result<Status, CliError> {
    let spec = spec::load(&args.file, &(&args.overrides).into())?;
    let plan = plan::resolve(&spec)?;
    let store = Store::at(&args.results.join(&spec.name));
    let mut view =
        table::table(terminal, &["label", "kind", "seed", "device", "state", "trial"], &[2]);
    let mut trials = Vec::new();
    for trial in &plan.trials {
        let state = match store.record(&trial.info.id)?.map(|record| record.outcome) {
            None => "to run",
            Some(Outcome::Completed { .. }) => "done",
            Some(Outcome::Failed { .. }) => "failed before, to run",
        };
        let seed = trial.info.seed.map_or_else(|| "–".into(), |seed| seed.to_string());
        view.add_row([
            &trial.info.label,
            &trial.info.kind,
            &seed,
            &trial.device,
            state,
            &trial.info.id,
        ]);
        trials.push(json!({ "trial": trial.info, "device": trial.device, "state": state }));
    }
    terminal.result(&format!(
        "{view}\n{} trials on {}, split {}",
        plan.trials.len(),
        plan.data.dataset,
        plan.data.split
    ));
    terminal.json(&json!({ "experiment": spec.name, "data": plan.data, "trials": trials }));
    Ok(Status::Done)
}
