//! `oddbench check --contract`: what a command of the user's keeps of what every detector must.

use std::path::Path;

use oddbench_engine::external::{contract, in_lines};
use oddbench_engine::{ExperimentFile, spec};
use oddbench_models::contract::{Found, Step, Verdict};
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
        terminal.note(&format!(
            "    every start of the command may take {} s, that is its timeout or a minute",
            subject.timeout_seconds()
        ));
        let verdicts = subject.check(|step| match step {
            Step::Trying(clause) => terminal.note(&format!("    trying  {clause}")),
            Step::Done(verdict) => shown(verdict).iter().for_each(|line| terminal.result(line)),
        });
        let untried = verdicts.iter().filter(|v| v.outcome == Found::NotTried).count();
        if untried > 0 {
            terminal.result(&format!(
                "    not tried: the other {untried} clauses, which need what the first one does"
            ));
        }
        kept &= verdicts.iter().all(|verdict| verdict.broken().is_none());
        let clauses: Vec<Value> = verdicts.iter().map(json).collect();
        models.push(json!({ "model": subject.name, "clauses": clauses }));
    }
    Ok((Value::Array(models), kept))
}

/// A verdict in lines; none for a clause that was not tried.
fn shown(verdict: &Verdict) -> Vec<String> {
    let clause = verdict.clause;
    let (first, how) = match &verdict.outcome {
        Found::Kept => (format!("    kept    {clause}"), None),
        Found::Broken(how) => (format!("    BROKEN  {clause}:"), Some(how)),
        Found::Doubtful(how) => (format!("    doubt   {clause}:"), Some(how)),
        Found::NotTried => return Vec::new(),
    };
    let how = how.into_iter().flat_map(|how| in_lines(how));
    std::iter::once(first).chain(how.map(|line| format!("            {line}"))).collect()
}

/// The same for a program. `kept` is null if it was not found out.
fn json(verdict: &Verdict) -> Value {
    let (outcome, kept, how) = match &verdict.outcome {
        Found::Kept => ("kept", Some(true), None),
        Found::Broken(how) => ("broken", Some(false), Some(how)),
        Found::Doubtful(how) => ("doubtful", None, Some(how)),
        Found::NotTried => ("not tried", None, None),
    };
    json!({ "clause": verdict.clause, "outcome": outcome, "kept": kept, "how": how })
}
