//! Defects that lie in how scores are judged: labels, a threshold chosen on the test rows, and its
//! rounding. The same scores are judged with them and without.

use std::sync::Arc;

use oddbench_core::evaluate::decide;
use oddbench_core::metrics::{Metric, roc_auc};
use oddbench_core::results::{ExperimentResults, TrialResult};
use oddbench_core::scores::{ScoredPart, Scores};
use oddbench_core::threshold::{ThresholdSettings, TuneOn};
use rayon::prelude::*;

use super::effects::{Defect, Effect, paired};
use crate::aggregate::SummaryRow;
use crate::sections::attacks::counted::is_normal;

/// Attack names that the study's list lacks count as normal traffic.
pub fn labels(results: &ExperimentResults, models: &[&SummaryRow]) -> Defect {
    let rule = results.manifest.experiment.thresholds.first().copied();
    let known = results.trials.iter().find_map(|trial| trial.scores.as_ref());
    let known = known.is_some_and(|scores| scores.test.classes.names.iter().any(|c| is_normal(c)));
    let of_model = |row: &&SummaryRow| -> Vec<Effect> {
        let area = |trial: &TrialResult| {
            let test = &trial.scores.as_ref()?.test;
            let corrected = roc_auc(&corrected(test), &test.scores)?;
            Some((trial.evaluations.first()?.metrics[Metric::RocAuc]?, corrected))
        };
        let f1 = |trial: &TrialResult| {
            let rule = rule?;
            let scores = relabelled(trial.scores.as_ref()?, rule.tune_on);
            let without = Metric::F1.of_counts(&decide(&scores, &rule, None).ok()??.1)?;
            Some((trial.evaluations.first()?.metrics[Metric::F1]?, without))
        };
        let how = "the same scores, every row that is not normal an attack";
        [paired(results, row, "ROC-AUC", how, area), paired(results, row, "F1", how, f1)]
            .into_iter()
            .flatten()
            .collect()
    };
    Defect {
        title: "1. Labels: attacks that the list of training attacks lacks count as normal",
        effects: if known { models.par_iter().flat_map(of_model).collect() } else { vec![] },
        missing: (!known).then_some("the rows have no class named normal"),
    }
}

fn corrected(part: &ScoredPart) -> Arc<[bool]> {
    let attack: Vec<bool> = part.classes.names.iter().map(|name| !is_normal(name)).collect();
    part.classes.codes.iter().map(|&code| attack[usize::from(code)]).collect()
}

/// The scores with corrected labels in the test part and in the part that is tuned on.
fn relabelled(scores: &Scores, tune_on: TuneOn) -> Scores {
    let part = |part: &ScoredPart| ScoredPart { labels: corrected(part), ..part.clone() };
    let validation = match tune_on {
        TuneOn::Validation => part(&scores.validation),
        TuneOn::Test => ScoredPart::default(),
    };
    Scores { validation, test: part(&scores.test), transfer: None }
}

/// The threshold is the one that fits the test rows best.
pub fn threshold_on_test(results: &ExperimentResults, models: &[&SummaryRow]) -> Defect {
    let title = "2. The threshold is chosen on the test rows";
    let rule = results.manifest.experiment.thresholds.first().filter(|rule| rule.is_oracle());
    let Some(&rule) = rule else {
        let missing = Some("the first threshold rule has not seen the test rows");
        return Defect { title, effects: vec![], missing };
    };
    let f1_by = |trial: &TrialResult, prevalence: Option<f64>| {
        let weighed = rule.rule.adjusted(|own, decimals| (prevalence.or(own), decimals));
        let how = weighed.unwrap_or(rule.rule);
        let honest = ThresholdSettings { rule: how, tune_on: TuneOn::Validation };
        let counts = decide(trial.scores.as_ref()?, &honest, None).ok()??.1;
        Some((trial.evaluations.first()?.metrics[Metric::F1]?, Metric::F1.of_counts(&counts)?))
    };
    let weighs = rule.rule.adjusted(|prevalence, decimals| (prevalence, decimals)).is_some();
    let of_model = |row: &&SummaryRow| -> Vec<Effect> {
        let raw = |trial: &TrialResult| f1_by(trial, None);
        let weighed = |trial: &TrialResult| {
            let test = &trial.scores.as_ref()?.test.labels;
            let outliers = test.iter().filter(|label| **label).count();
            f1_by(trial, Some(outliers as f64 / test.len() as f64))
        };
        let how = "the same rule on the validation rows as they are";
        let balanced =
            "the same on validation rows, weighted to the share of outliers of the test rows";
        let effects = [
            paired(results, row, "F1", how, raw),
            weighs.then(|| paired(results, row, "F1", balanced, weighed)).flatten(),
        ];
        effects.into_iter().flatten().collect()
    };
    let effects: Vec<Effect> = models.par_iter().flat_map(of_model).collect();
    let missing = effects.is_empty().then_some("there are no validation rows with both labels");
    Defect { title, effects, missing }
}

/// The settings without the rounding to 3 decimals, if they round so.
fn not_rounded(settings: &ThresholdSettings) -> Option<ThresholdSettings> {
    let rounds = settings.rule.adjusted(|prevalence, _| (prevalence, Some(3)))? == settings.rule;
    let rule = settings.rule.adjusted(|prevalence, _| (prevalence, None))?;
    rounds.then_some(ThresholdSettings { rule, ..*settings })
}

/// Candidate thresholds are rounded, which may move them past many equal scores.
pub fn rounding(results: &ExperimentResults, models: &[&SummaryRow]) -> Defect {
    let title = "3. The threshold is rounded to 3 decimals";
    let exact = results.manifest.experiment.thresholds.first().and_then(not_rounded);
    let Some(exact) = exact else {
        let missing = Some("the first threshold rule does not round to 3 decimals");
        return Defect { title, effects: vec![], missing };
    };
    let f1 = |trial: &TrialResult| {
        let counts = decide(trial.scores.as_ref()?, &exact, None).ok()??.1;
        Some((trial.evaluations.first()?.metrics[Metric::F1]?, Metric::F1.of_counts(&counts)?))
    };
    let effect = |row: &&SummaryRow| paired(results, row, "F1", "the same rule, not rounded", f1);
    Defect { title, effects: models.par_iter().filter_map(effect).collect(), missing: None }
}
