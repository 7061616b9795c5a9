//! How all trials of the plan went. Of a sweep the results hold the winner's trials alone: whoever counts those says of a
//! run with failures that all is well, and contradicts what the terminal and `status` say.

use oddbench_core::record::{Outcome, TrialInfo};
use oddbench_core::results::{ExperimentResults, TrialResult};
use oddbench_core::sweeps::{self, Failure, Sweep};

use crate::aggregate::Counts;
use crate::format;
use crate::runs::run_name;

/// Every trial of the plan, those of losing configurations too.
pub fn counts(results: &ExperimentResults) -> Counts {
    let alone = results.trials.iter().filter(|trial| sweep_of(results, &trial.trial).is_none());
    let swept = results.sweeps.iter().map(of_sweep);
    alone.map(of_trial).chain(swept).fold(Counts::default(), |sum, next| Counts {
        completed: sum.completed + next.completed,
        failed: sum.failed + next.failed,
        missing: sum.missing + next.missing,
    })
}

/// All configurations of a sweep.
pub fn of_sweep(sweep: &Sweep) -> Counts {
    Counts { completed: sweep.completed(), failed: sweep.failed(), missing: sweep.missing() }
}

fn of_trial(trial: &TrialResult) -> Counts {
    let (completed, failed, missing) = match trial.record.as_ref().map(|record| &record.outcome) {
        Some(Outcome::Completed { .. }) => (1, 0, 0),
        Some(Outcome::Failed { .. }) => (0, 1, 0),
        None => (0, 0, 1),
    };
    Counts { completed, failed, missing }
}

/// The sweep that a trial is of, if its configurations are known.
pub fn sweep_of<'r>(results: &'r ExperimentResults, trial: &TrialInfo) -> Option<&'r Sweep> {
    sweeps::of_trial(&results.sweeps, trial)
}

/// `6 of 20 trials done, 2 failed`, `4 failed`: of a sweep that has no winner.
pub fn words(counts: Counts) -> String {
    let Counts { completed, failed, missing } = counts;
    if completed + missing == 0 || completed + failed == 0 || missing == 0 {
        return counts.to_string();
    }
    let done = format!("{completed} of {} done", format::counted(counts.total(), "trial"));
    if failed > 0 { format!("{done}, {failed} failed") } else { done }
}

/// Why a sweep has no winner; `None` if it has one.
pub fn undecided(sweep: &Sweep) -> Option<String> {
    let counts = of_sweep(sweep);
    if sweep.winner.is_some() {
        return None;
    }
    if counts.missing > 0 {
        return Some(format!("Nothing is chosen yet: {}.", words(counts)));
    }
    let first = sweep.failures.first().map(|failure| format!(" The first: {}", sentence(failure)));
    let first = first.unwrap_or_default();
    let trials = format::counted(counts.total(), "trial");
    Some(match counts.failed {
        0 => "Nothing is chosen: no configuration has scores in all its trials.".to_owned(),
        failed if failed == counts.total() => {
            format!("Nothing is chosen: {failed} of {trials} failed.{first}")
        }
        failed => format!(
            "Nothing is chosen: no configuration has scores in all its trials; {failed} of {trials} failed.{first}"
        ),
    })
}

/// `AE (epochs = 100000)`: the model and the configuration of a trial that failed.
pub fn configured(failure: &Failure) -> String {
    let values = failure.trial.sweep.as_ref().map(|point| format!(" ({})", point.words()));
    format!("{}{}", failure.trial.name, values.unwrap_or_default())
}

/// `AE (epochs = 100000), seed 1: it took longer than its limit.`
fn sentence(failure: &Failure) -> String {
    let run = run_name(&failure.trial);
    let run = if run.is_empty() { run } else { format!(", {run}") };
    let message = failure.message.trim_end();
    let stop = if message.ends_with(['.', '!', '?']) { "" } else { "." };
    format!("{}{run}: {message}{stop}", configured(failure))
}
