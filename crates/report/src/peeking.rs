//! What a threshold is worth that was chosen on the test rows: the F1 that an oracle reaches beside the
//! one that a rule does, and what a rule that peeked would have reached without.

use oddbench_core::evaluate::decide;
use oddbench_core::metrics::Metric;
use oddbench_core::results::{ExperimentResults, TrialResult};
use oddbench_core::scores::Scores;
use oddbench_core::threshold::{ThresholdSettings, TuneOn};
use rayon::prelude::*;
use serde::Serialize;

use crate::spread::Spread;

/// F1 figures of one trial that no rule of the manifest may be judged by.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct OracleF1 {
    /// The best F1 of any threshold on the test rows.
    best: Option<f64>,
    /// For each rule that is an oracle: its F1 if it is tuned on validation rows instead.
    without: Vec<Option<f64>>,
}

/// F1 with and without a look at the test rows, over the trials of a row, under one rule.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize)]
pub struct Peeking {
    /// The best F1 that any threshold could give on the test rows: an oracle's.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub oracle_f1: Option<Spread>,
    /// Of a rule that has not seen the test rows, the cost of that: the oracle's F1 less its own. Of a
    /// rule that has, what it gained by it: its F1 less that of the same rule on validation rows.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub difference: Option<Spread>,
}

/// One for each trial of the results.
pub fn of_trials(results: &ExperimentResults) -> Vec<OracleF1> {
    let rules = &results.manifest.experiment.thresholds;
    results
        .trials
        .par_iter()
        .map(|trial| trial.scores.as_ref().map(|scores| of(scores, rules)).unwrap_or_default())
        .collect()
}

fn of(scores: &Scores, rules: &[ThresholdSettings]) -> OracleF1 {
    let without = |rule: &ThresholdSettings| {
        let settings = ThresholdSettings { tune_on: TuneOn::Validation, ..*rule };
        let f1 = || Metric::F1.of_counts(&decide(scores, &settings, None).ok()??.1);
        rule.is_oracle().then(f1).flatten()
    };
    OracleF1 {
        best: Metric::F1.best(&scores.test.labels, &scores.test.scores),
        without: rules.iter().map(without).collect(),
    }
}

/// The spread over the trials of a row under the rule at that position.
pub fn summarize(trials: &[(&TrialResult, &OracleF1)], rule: usize, oracle: bool) -> Peeking {
    let difference = |(trial, own): &(&TrialResult, &OracleF1)| {
        let f1 = trial.evaluations.get(rule)?.metrics[Metric::F1]?;
        match oracle {
            true => Some(f1 - own.without.get(rule).copied().flatten()?),
            false => Some(own.best? - f1),
        }
    };
    Peeking {
        oracle_f1: Spread::of(trials.iter().filter_map(|(_, own)| own.best)),
        difference: Spread::of(trials.iter().filter_map(difference)),
    }
}
