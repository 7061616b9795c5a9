//! `oddbench check --contract`: what a command of the user's keeps of what every detector must.

use std::path::Path;

use oddbench_engine::external::contract;
use oddbench_engine::{ExperimentFile, spec};
use serde_json::{Value, json};

use crate::error::CliError;
use crate::terminal::Terminal;

/// Checks every command of a file: the verdicts, and whether all is kept.
pub(super) fn check(terminal: &Terminal, file: &Path) -> Result<(Value, bool), CliError> {
    let spec = match spec::load_file(file, &spec::Overrides::default())? {
        ExperimentFile::One(spec) => *spec,
        // The models are the same on every data set.
        ExperimentFile::Suite(suite) => match suite.sets.into_iter().next() {
            Some(set) => set.spec,
            None => return Ok((json!([]), true)),
        },
    };
    let subjects = contract(&spec);
    if subjects.is_empty() {
        terminal.result("  no model of kind \"external\": there is no contract to check");
    }
    let (mut models, mut kept) = (Vec::new(), true);
    for subject in subjects {
        terminal.result(&format!("  {}:", subject.name));
        let verdicts = subject.check(|verdict| {
            let line = match &verdict.broken {
                None => format!("    kept    {}", verdict.clause),
                Some(how) => format!("    BROKEN  {}: {how}", verdict.clause),
            };
            terminal.result(&line);
        });
        kept &= verdicts.iter().all(|verdict| verdict.broken.is_none());
        let clauses: Vec<Value> = verdicts
            .iter()
            .map(|verdict| {
                json!({
                    "clause": verdict.clause,
                    "kept": verdict.broken.is_none(),
                    "how": verdict.broken,
                })
            })
            .collect();
        models.push(json!({ "model": subject.name, "clauses": clauses }));
    }
    Ok((Value::Array(models), kept))
}
