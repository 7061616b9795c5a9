//! Defects of single models. A defect is shown by the figures of a model without it, or by the scores of a small part of
//! the test rows.

use oddbench_core::metrics::{Metric, roc_auc};
use oddbench_core::results::{ExperimentResults, TrialResult};
use oddbench_core::stats::draws;
use serde_json::Value;

use super::effects::{Defect, Effect, paired, unpaired};
use crate::aggregate::{Spread, SummaryRow};

/// How often the study's few rows are drawn again.
const DRAWINGS: u64 = 200;
/// Rows of each label that the study draws, and from how many of the first.
const INLIERS: usize = 400;
const OUTLIERS: usize = 80;
const FIRST: usize = 100;

fn param<'v>(row: &'v SummaryRow, key: &str) -> Option<&'v str> {
    row.params.get(key).and_then(Value::as_str)
}

/// PCA's score is the distance to the components themselves, whose sign is arbitrary.
pub fn sign(_: &ExperimentResults, rows: &[SummaryRow]) -> Defect {
    let by = |score: &str, sign: Option<&str>| {
        rows.iter().find(|row| {
            row.kind == "pca"
                && param(row, "score") == Some(score)
                && sign.is_none_or(|sign| param(row, "sign") == Some(sign))
        })
    };
    let published = by("component-distance", Some("projection"));
    let other = by("component-distance", Some("loading"));
    let sound = by("reconstruction", None);
    let pair =
        |without: Option<&SummaryRow>, how| unpaired((published?, without?), Metric::RocAuc, how);
    let effects: Vec<Effect> = [
        pair(other, "the other convention for the sign: the same model, as right as the first"),
        pair(sound, "the reconstruction error, which no sign can change"),
    ]
    .into_iter()
    .flatten()
    .collect();
    Defect {
        title: "4. PCA's score depends on the arbitrary signs of its components",
        missing: effects.is_empty().then_some("it takes a row of pca with score = \"component-distance\" and sign = \"projection\", and one with the sign \"loading\" or another score"),
        effects,
    }
}

/// BiGAN's epochs are single batches; a term of its score is a mean over the rows of one label.
pub fn batches(_: &ExperimentResults, rows: &[SummaryRow]) -> Defect {
    let of = |preset: &str| {
        rows.iter().find(|row| row.kind == "bigan" && param(row, "preset") == Some(preset))
    };
    let effects: Vec<Effect> = match (of("published"), of("sound")) {
        (Some(published), Some(sound)) => [Metric::RocAuc, Metric::F1]
            .into_iter()
            .filter_map(|metric| {
                unpaired(
                    (published, sound),
                    metric,
                    "whole epochs, and other settings of the sound preset",
                )
            })
            .collect(),
        _ => vec![],
    };
    let missing = match effects.is_empty() {
        true => "it takes a row of bigan with the published preset and one with the sound preset",
        false => {
            "the constant that the study adds to the scores of each label: no score here knows a label, so that it cannot be had from these scores"
        }
    };
    Defect {
        title: "5. BiGAN is trained on 15 single batches, and its scores hold a constant that depends on the label",
        effects,
        missing: Some(missing),
    }
}

/// seq2seq is judged by 400 + 80 draws from the first 100 rows of each label.
pub fn hundred_rows(results: &ExperimentResults, models: &[&SummaryRow]) -> Defect {
    let row = models.iter().find(|row| row.kind == "seq2seq");
    let how = format!(
        "all test rows. With: {INLIERS} inliers and {OUTLIERS} outliers drawn from the first {FIRST} of each, mean of {DRAWINGS} drawings"
    );
    let effect = row.and_then(|row| {
        paired(results, row, "ROC-AUC", &how, |trial| {
            let drawn = drawings(trial)?;
            Some((drawn.mean, trial.evaluations.first()?.metrics[Metric::RocAuc]?))
        })
    });
    let range = row.and_then(|row| drawings(&results.trials[row.median_trial?]));
    let effect = effect.map(|effect| match range {
        Some(drawn) => Effect {
            how: format!(
                "{how}; single drawings of the median seed from {:.3} to {:.3}",
                drawn.min, drawn.max
            ),
            ..effect
        },
        None => effect,
    });
    Defect {
        title: "6. seq2seq is judged by draws from 100 distinct rows of each label",
        missing: effect.is_none().then_some(
            "it takes a row labelled as the study's seq2seq, with 100 test rows of each label",
        ),
        effects: effect.into_iter().collect(),
    }
}

/// The ROC-AUC of each drawing.
fn drawings(trial: &TrialResult) -> Option<Spread> {
    let test = &trial.scores.as_ref()?.test;
    let first = |outlier: bool| -> Vec<f64> {
        let rows = test.labels.iter().zip(&test.scores).filter(|(label, _)| **label == outlier);
        rows.map(|(_, score)| *score).take(FIRST).collect()
    };
    let (inliers, outliers) = (first(false), first(true));
    if inliers.len() < FIRST || outliers.len() < FIRST {
        return None;
    }
    let labels: Vec<bool> = (0..INLIERS + OUTLIERS).map(|row| row >= INLIERS).collect();
    let area = |seed: u64| {
        let pick = |from: &[f64], count, seed| -> Vec<f64> {
            draws(from.len(), count, seed).into_iter().map(|at| from[at]).collect()
        };
        let scores =
            [pick(&inliers, INLIERS, 2 * seed), pick(&outliers, OUTLIERS, 2 * seed + 1)].concat();
        roc_auc(&labels, &scores)
    };
    Spread::of((0..DRAWINGS).filter_map(area))
}
