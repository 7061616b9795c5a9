//! `operator.csv`: one line per trial, false positive rate and part that is judged: what an operator decides by.

use oddbench_core::operating::{Estimate, OperatingPoint};
use oddbench_core::record::Manifest;
use oddbench_core::results::TrialResult;

use super::summary::{Part, cell, push_line, split};

/// The columns before the figures.
const LEADING: &str = "experiment,name,kind,seed,backend,dataset,split,fpr,threshold,tp,fp,tn,fn";

/// Figures with their intervals, before the figures of each prevalence.
const FIGURES: [&str; 4] =
    ["recall", "fpr_reached", "false_alarms_per_million", "false_alarms_per_day"];

/// The file, from trials each of which is shown with its figures or without; those without have no line.
pub(super) fn text<'a>(
    manifest: &Manifest,
    trials: impl Iterator<Item = (&'a TrialResult, bool)>,
) -> String {
    let mut text = String::new();
    push_line(&mut text, columns(&manifest.experiment.operator.prevalence).into_iter());
    for (result, _) in trials.filter(|(_, shown)| *shown) {
        for (part, points) in
            [(Part::Test, &result.operating), (Part::Transfer, &result.transfer_operating)]
        {
            for point in points {
                push_line(&mut text, cells(manifest, result, part, point).into_iter());
            }
        }
    }
    text
}

/// In this order. Each figure has its interval behind it, and precision its prevalence in the name.
fn columns(prevalences: &[f64]) -> Vec<String> {
    let precisions = prevalences.iter().map(|share| format!("precision_at_{share}"));
    let figures = FIGURES.map(str::to_owned).into_iter().chain(precisions);
    let with_ends = |name: String| [name.clone(), format!("{name}_low"), format!("{name}_high")];
    let leading = LEADING.split(',').map(str::to_owned);
    let trailing = ["unresolvable", "trial"].map(str::to_owned);
    leading.chain(figures.flat_map(with_ends)).chain(trailing).collect()
}

fn cells(
    manifest: &Manifest,
    result: &TrialResult,
    part: Part,
    point: &OperatingPoint,
) -> Vec<String> {
    let (trial, data) = (&result.trial, &manifest.data);
    let counts = point.confusion;
    let mut cells = vec![
        manifest.experiment.name.clone(),
        trial.name.clone(),
        trial.kind.clone(),
        cell(trial.seed),
        trial.backend.clone(),
        data.dataset.clone(),
        split(&data.split, trial.fold_in_short(), part),
        point.fpr.to_string(),
        cell(point.threshold),
        cell(counts.map(|counts| counts.tp)),
        cell(counts.map(|counts| counts.fp)),
        cell(counts.map(|counts| counts.tn)),
        cell(counts.map(|counts| counts.fn_)),
    ];
    let figures = [
        point.recall,
        point.fpr_reached,
        point.false_alarms_per_million,
        point.false_alarms_per_day,
    ];
    // A rate that is not resolved has no precision at all.
    let precision = |at: usize| point.precision.get(at).and_then(|at| at.precision);
    let precisions = (0..manifest.experiment.operator.prevalence.len()).map(precision);
    cells.extend(figures.into_iter().chain(precisions).flat_map(with_ends));
    cells.push(cell(point.unresolvable));
    cells.push(trial.id.clone());
    cells
}

fn with_ends(estimate: Option<Estimate>) -> [String; 3] {
    [
        cell(estimate.map(|estimate| estimate.value)),
        cell(estimate.map(|estimate| estimate.interval.low)),
        cell(estimate.map(|estimate| estimate.interval.high)),
    ]
}
