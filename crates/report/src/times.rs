//! What must be known of times before they are compared: how many trials ran at the same time, and which models trained
//! together. The records say so; the manifest has the options of the last command, which may have had nothing to do.

use oddbench_core::results::{ExperimentResults, TrialResult};

use crate::aggregate::SummaryRow;
use crate::format;

/// Names that a sentence lists; tables have them all.
const MOST_NAMES: usize = 6;

/// The least and the greatest number of trials that ran at the same time at most, over the commands that ran trials.
pub fn jobs(results: &ExperimentResults) -> (usize, usize) {
    // Ensembles and files of scores take no time from anybody: the last command makes them, whatever ran the models.
    let combined = |name: &str| {
        results.manifest.experiment.ensembles.iter().any(|ensemble| ensemble.name == name)
    };
    let fitted = results
        .trials
        .iter()
        .filter(|trial| trial.trial.given.is_none() && !combined(&trial.trial.name));
    let shown = fitted.filter_map(|trial| Some(trial.record.as_ref()?.environment.jobs));
    let swept = results.sweeps.iter().flat_map(|sweep| &sweep.jobs).copied();
    let asked = results.manifest.environment.jobs;
    let range = |(least, most): (usize, usize), jobs: usize| (least.min(jobs), most.max(jobs));
    let all = shown.chain(swept).map(|jobs| (jobs, jobs));
    all.reduce(|sum, (jobs, _)| range(sum, jobs)).unwrap_or((asked, asked))
}

/// `at most 2 trials at a time`, or the range if commands differed.
pub fn jobs_in_words(results: &ExperimentResults) -> String {
    match jobs(results) {
        (least, most) if least < most => format!("at most {least} to {most} trials at a time"),
        (_, most) => format!("at most {} at a time", format::counted(most, "trial")),
    }
}

/// That trials took time from each other; `None` if each ran alone.
pub fn crowded(results: &ExperimentResults) -> Option<String> {
    let (_, most) = jobs(results);
    let alone = match at_once(results.trials.iter()) {
        Some(_) => "--jobs 1 --together 1",
        None => "--jobs 1",
    };
    (most > 1).then(|| {
        format!(
            "Up to {most} trials ran at the same time and took time from each other: run with {alone} to compare times."
        )
    })
}

/// That the times of some of these rows are shares; `None` if each of their models trained alone.
pub fn shared<'r>(
    results: &ExperimentResults,
    rows: impl IntoIterator<Item = &'r SummaryRow>,
) -> Option<String> {
    let of_row = |row: &SummaryRow| at_once(row.trials.iter().map(|&at| &results.trials[at]));
    let found: Vec<(&str, usize)> =
        rows.into_iter().filter_map(|row| Some((row.name.as_str(), of_row(row)?))).collect();
    let most = found.iter().map(|(_, models)| *models).max()?;
    let mut names: Vec<&str> = found.iter().map(|(name, _)| *name).collect();
    let more = names.len().saturating_sub(MOST_NAMES);
    names.truncate(MOST_NAMES);
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    Some(format!(
        "Models trained together, up to {most} at once ({}{more}): their seconds of a fit are shares of the time. --together 1 measures each alone.",
        names.join(", ")
    ))
}

/// How many models trained in the same dispatches at most; `None` if each trained alone.
fn at_once<'r>(trials: impl Iterator<Item = &'r TrialResult>) -> Option<usize> {
    let models = |trial: &TrialResult| trial.record.as_ref()?.timing.as_ref()?.models_at_once;
    trials.filter_map(models).max().filter(|models| *models > 1)
}
