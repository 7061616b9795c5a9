//! From trials to rows: one row for each model, backend and set of parameters, with the spread over
//! its seeds and folds. A failed or missing trial is counted, never averaged.

use std::collections::BTreeMap;

use oddbench_core::evaluate::Evaluation;
use oddbench_core::metrics::{Group, Metric};
use oddbench_core::record::Outcome;
use oddbench_core::results::{ExperimentResults, TrialResult};
use oddbench_core::threshold::{ThresholdSettings, Undefined};
use serde::{Serialize, Serializer};
use serde_json::Value;

use crate::operating::{self, OperatingSummary};
use crate::peeking::{self, OracleF1, Peeking};
pub use crate::spread::Spread;
use crate::tried;

/// What a table has a column for: a metric, or the threshold that some metrics depend on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Column {
    /// A metric.
    Metric(Metric),
    /// The threshold itself.
    Threshold,
}

impl Column {
    /// Those of the comparison: the metrics of a study, and the threshold.
    pub fn study() -> impl Iterator<Item = Self> {
        Self::all().filter(|column| column.group() == Group::Study)
    }

    /// Who asks for it.
    pub fn group(self) -> Group {
        self.metric().map_or(Group::Study, Metric::group)
    }

    /// All of them, in the order of files.
    pub fn all() -> impl Iterator<Item = Self> {
        Metric::ALL.into_iter().map(Self::Metric).chain([Self::Threshold])
    }

    /// The metric, if it is one.
    pub fn metric(self) -> Option<Metric> {
        match self {
            Self::Metric(metric) => Some(metric),
            Self::Threshold => None,
        }
    }

    /// The name in `summary.csv` and `table.csv`.
    pub fn name(self) -> &'static str {
        self.metric().map_or("threshold", Metric::name)
    }

    /// The head of its column.
    pub fn title(self) -> &'static str {
        self.metric().map_or("Threshold", Metric::title)
    }

    /// Whether it changes with the threshold, so that an oracle's mark belongs to it.
    pub fn needs_threshold(self) -> bool {
        self.metric().is_none_or(Metric::needs_threshold)
    }

    /// Its value in an evaluation, if it is defined.
    pub fn of(self, evaluation: &Evaluation) -> Option<f64> {
        self.metric().map_or(evaluation.threshold, |metric| evaluation.metrics[metric])
    }
}

impl From<Metric> for Column {
    fn from(metric: Metric) -> Self {
        Self::Metric(metric)
    }
}

impl Serialize for Column {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}

/// A row's figures under one threshold rule.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct RuleSummary {
    /// The rule.
    pub settings: ThresholdSettings,
    /// Whether it looked at the test rows.
    pub oracle: bool,
    /// The spread of each metric on the test rows; one that is undefined in every trial is absent.
    pub metrics: BTreeMap<Column, Spread>,
    /// What a look at the test rows is worth, or would be.
    pub peeking: Peeking,
    /// Why the rule gives no threshold, if that is so in some trial.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub undefined: Option<Undefined>,
    /// The same models at the same thresholds on the transfer rows, if there are such rows.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub transfer: Option<Transfer>,
}

/// What is left of a row's figures on the transfer rows.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Transfer {
    /// The spread of each metric on the transfer rows.
    pub metrics: BTreeMap<Column, Spread>,
    /// The spread of each trial's figure on the test rows less its figure on the transfer rows.
    pub fall: BTreeMap<Column, Spread>,
}

/// How the trials of a row went.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct Counts {
    /// Trials with scores.
    pub completed: usize,
    /// Trials that failed.
    pub failed: usize,
    /// Trials that have not been run.
    pub missing: usize,
}

impl Counts {
    /// All trials.
    pub fn total(self) -> usize {
        self.completed + self.failed + self.missing
    }
}

impl std::fmt::Display for Counts {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if self.completed == self.total() {
            return write!(f, "completed");
        }
        let parts =
            [(self.completed, "completed"), (self.failed, "failed"), (self.missing, "not run")];
        let total = self.total();
        let shown = parts.iter().filter(|(count, _)| *count > 0).map(|&(count, what)| {
            if count == total && total == 1 { what.to_owned() } else { format!("{count} {what}") }
        });
        f.write_str(&shown.collect::<Vec<_>>().join(", "))
    }
}

/// One row of a comparison.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct SummaryRow {
    /// Its name in tables: the model's name, and what distinguishes it from another line of the same model.
    pub name: String,
    /// The model's name in the experiment file.
    pub model: String,
    /// The detector's kind.
    pub kind: String,
    /// The backend.
    pub backend: String,
    /// The device that ran it, if any trial was run.
    pub device: Option<String>,
    /// Whether the detector saw labels.
    pub supervised: bool,
    /// The mark in its name if the model, or a member of the ensemble, was fitted elsewhere.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub elsewhere: Option<&'static str>,
    /// The parameters, defaults filled in.
    pub params: Value,
    /// How its trials went.
    pub status: Counts,
    /// How all trials of its sweep went, while none of the configurations is chosen: the row has the first trial
    /// alone, as if nothing had been run.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub undecided: Option<Counts>,
    /// One per threshold rule of the manifest.
    pub rules: Vec<RuleSummary>,
    /// What an operator decides by, at each false positive rate of the experiment.
    pub operating: Vec<OperatingSummary>,
    /// Wall seconds of a fit.
    pub fit_seconds: Option<Spread>,
    /// Wall seconds of scoring the test rows.
    pub score_seconds: Option<Spread>,
    /// Peak resident memory in MiB.
    pub peak_rss_mb: Option<Spread>,
    /// Positions of its trials in the results.
    pub trials: Vec<usize>,
    /// The completed trial in the middle by ROC-AUC: the one that figures show.
    pub median_trial: Option<usize>,
}

impl SummaryRow {
    /// The spread of a metric under the rule at that position.
    pub fn metric(&self, rule: usize, metric: impl Into<Column>) -> Option<Spread> {
        self.rules.get(rule)?.metrics.get(&metric.into()).copied()
    }

    /// The same on the transfer rows.
    pub fn transfer(&self, rule: usize) -> Option<&Transfer> {
        self.rules.get(rule)?.transfer.as_ref()
    }

    /// How its trials went: of a sweep that has no winner, those of all configurations.
    pub fn progress(&self) -> Counts {
        self.undecided.unwrap_or(self.status)
    }

    /// The same in words: `completed`, `2 completed, 1 failed`, `6 of 20 trials done`.
    pub fn progress_in_words(&self) -> String {
        self.undecided.map_or_else(|| self.status.to_string(), tried::words)
    }

    /// The name, with `(s)` behind it if the model is supervised: for where there are no groups.
    pub fn marked_name(&self) -> String {
        if self.supervised { format!("{} (s)", self.name) } else { self.name.clone() }
    }
}

/// The rows of an experiment: unsupervised ones first, each group in the manifest's order.
pub fn summarize(results: &ExperimentResults) -> Vec<SummaryRow> {
    let groups = groups(results);
    let names = names(results, &groups);
    let oracle_f1 = peeking::of_trials(results);
    let rows =
        groups.into_iter().zip(names).map(|(group, name)| row(results, &oracle_f1, group, name));
    let mut rows: Vec<SummaryRow> = rows.collect();
    rows.sort_by_key(|row| row.supervised);
    rows
}

/// Positions of the trials of each row, in the manifest's order.
pub(crate) fn groups(results: &ExperimentResults) -> Vec<Vec<usize>> {
    let mut groups: Vec<Vec<usize>> = Vec::new();
    for (position, result) in results.trials.iter().enumerate() {
        let same = |group: &&mut Vec<usize>| is_same_row(&results.trials[group[0]], result);
        match groups.iter_mut().find(same) {
            Some(group) => group.push(position),
            None => groups.push(vec![position]),
        }
    }
    groups
}

fn is_same_row(a: &TrialResult, b: &TrialResult) -> bool {
    let (a, b) = (&a.trial, &b.trial);
    a.name == b.name && a.backend == b.backend && a.kind == b.kind && a.params == b.params
}

fn row(
    results: &ExperimentResults,
    oracle_f1: &[OracleF1],
    trials: Vec<usize>,
    name: String,
) -> SummaryRow {
    let members = || trials.iter().map(|&position| &results.trials[position]);
    let first = &results.trials[trials[0]].trial;
    let rules = results.manifest.experiment.thresholds.iter().enumerate();
    let rules =
        rules.map(|(at, settings)| rule_summary(results, oracle_f1, &trials, at, *settings));
    let measured = |value: fn(&Outcome) -> Option<f64>| {
        Spread::of(members().filter_map(|t| value(&t.record.as_ref()?.outcome)))
    };
    SummaryRow {
        name,
        model: first.name.clone(),
        kind: first.kind.clone(),
        backend: first.backend.clone(),
        device: members().find_map(|t| Some(t.record.as_ref()?.device.clone())),
        supervised: first.supervised,
        elsewhere: results.manifest.experiment.elsewhere(&first.name),
        params: first.params.clone(),
        status: counts(members()),
        undecided: tried::sweep_of(results, first)
            .filter(|sweep| sweep.winner.is_none())
            .map(tried::of_sweep),
        rules: rules.collect(),
        operating: operating::summarize(
            &members().collect::<Vec<_>>(),
            &results.manifest.experiment.operator,
        ),
        fit_seconds: measured(fit_seconds),
        score_seconds: measured(score_seconds),
        peak_rss_mb: measured(peak_rss_mb),
        median_trial: median_trial(results, &trials),
        trials,
    }
}

fn rule_summary(
    results: &ExperimentResults,
    oracle_f1: &[OracleF1],
    trials: &[usize],
    rule: usize,
    settings: ThresholdSettings,
) -> RuleSummary {
    let members = || trials.iter().map(|&position| &results.trials[position]);
    let test = |column: Column, trial: &TrialResult| column.of(trial.evaluations.get(rule)?);
    let transfer = |column: Column, trial: &TrialResult| column.of(trial.transfer.get(rule)?);
    let fall =
        |column: Column, trial: &TrialResult| Some(test(column, trial)? - transfer(column, trial)?);
    let spreads = |value: &dyn Fn(Column, &TrialResult) -> Option<f64>| {
        let of = |column| Some((column, Spread::of(members().filter_map(|t| value(column, t)))?));
        Column::all().filter_map(of).collect::<BTreeMap<_, _>>()
    };
    let looked: Vec<_> = trials.iter().map(|&at| (&results.trials[at], &oracle_f1[at])).collect();
    let transferred = members().any(|trial| !trial.transfer.is_empty());
    RuleSummary {
        settings,
        oracle: settings.is_oracle(),
        metrics: spreads(&test),
        peeking: peeking::summarize(&looked, rule, settings.is_oracle()),
        undefined: members().find_map(|trial| trial.evaluations.get(rule)?.undefined),
        transfer: transferred
            .then(|| Transfer { metrics: spreads(&transfer), fall: spreads(&fall) }),
    }
}

/// Of a trial that completed.
pub fn fit_seconds(outcome: &Outcome) -> Option<f64> {
    let Outcome::Completed { fit_seconds, .. } = outcome else { return None };
    *fit_seconds
}

/// Of a trial that completed.
pub fn score_seconds(outcome: &Outcome) -> Option<f64> {
    let Outcome::Completed { score_seconds, .. } = outcome else { return None };
    *score_seconds
}

/// Of a trial that completed.
pub fn peak_rss_mb(outcome: &Outcome) -> Option<f64> {
    let Outcome::Completed { peak_rss_mb, .. } = outcome else { return None };
    *peak_rss_mb
}

fn counts<'a>(trials: impl Iterator<Item = &'a TrialResult>) -> Counts {
    let mut counts = Counts::default();
    for trial in trials {
        match trial.record.as_ref().map(|record| &record.outcome) {
            Some(Outcome::Completed { .. }) => counts.completed += 1,
            Some(Outcome::Failed { .. }) => counts.failed += 1,
            None => counts.missing += 1,
        }
    }
    counts
}

/// The trial in the middle by ROC-AUC, among those with scores.
pub(crate) fn median_trial(results: &ExperimentResults, trials: &[usize]) -> Option<usize> {
    let scored = trials.iter().copied().filter(|&at| results.trials[at].scores.is_some());
    let auc = |at: usize| results.trials[at].evaluations.first()?.metrics[Metric::RocAuc];
    in_the_middle(scored.map(|at| (at, auc(at))))
}

/// The trial that stands for its model where one trial must be shown, because curves and models cannot be averaged: the
/// one in the middle by ROC-AUC, of an even number the lower one. If no ROC-AUC is defined: the first trial.
pub fn in_the_middle<T>(trials: impl IntoIterator<Item = (T, Option<f64>)>) -> Option<T> {
    let (mut known, unknown): (Vec<_>, Vec<_>) =
        trials.into_iter().partition(|(_, area)| area.is_some());
    // Trials with equal areas keep their order.
    known.sort_by(|a, b| a.1.unwrap_or_default().total_cmp(&b.1.unwrap_or_default()));
    let middle = known.len().saturating_sub(1) / 2;
    known.into_iter().nth(middle).or_else(|| unknown.into_iter().next()).map(|(trial, _)| trial)
}

/// A row's name is its model's, with a mark if it was fitted elsewhere; rows of one model also show the backend
/// or the parameters in which they differ.
fn names(results: &ExperimentResults, groups: &[Vec<usize>]) -> Vec<String> {
    let info = |group: &Vec<usize>| &results.trials[group[0]].trial;
    let name = |group: &Vec<usize>| {
        let own = info(group);
        let twins: Vec<_> =
            groups.iter().map(info).filter(|other| other.name == own.name).collect();
        let mut marks = Vec::new();
        let elsewhere = results.manifest.experiment.elsewhere(&own.name);
        marks.extend(elsewhere.map(str::to_owned));
        if let Some(sweep) = &own.sweep {
            let chosen = tried::sweep_of(results, own).is_some_and(|of| of.winner.is_some());
            let which = if chosen { format!(": {}", sweep.words()) } else { String::new() };
            marks.push(format!("best of {}{which}", sweep.configurations));
        }
        if twins.iter().any(|twin| twin.kind != own.kind) {
            marks.push(own.kind.clone());
        }
        if twins.iter().any(|twin| twin.backend != own.backend) {
            marks.push(own.backend.clone());
        }
        for (key, value) in own.params.as_object().into_iter().flatten() {
            if twins.iter().any(|twin| twin.kind == own.kind && twin.params.get(key) != Some(value))
            {
                marks.push(format!("{key} = {value}"));
            }
        }
        match marks.is_empty() {
            true => own.name.clone(),
            false => format!("{} ({})", own.name, marks.join(", ")),
        }
    };
    groups.iter().map(name).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_say_only_what_is_there() {
        let counts = |completed, failed, missing| Counts { completed, failed, missing }.to_string();
        assert_eq!(counts(3, 0, 0), "completed");
        assert_eq!(counts(0, 1, 0), "failed");
        assert_eq!(counts(2, 1, 0), "2 completed, 1 failed");
        assert_eq!(counts(0, 0, 2), "2 not run");
    }
}
