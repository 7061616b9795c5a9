//! The six defects of the published 2020 study, each with its effect on the run at hand: from the same
//! scores judged otherwise, or from the row beside it that lacks the defect. What a run does not hold
//! is said to be missing; no figure is from elsewhere.

use oddbench_core::metrics::Metric;
use oddbench_core::results::{ExperimentResults, TrialResult};

use super::{judged, rows};
use crate::aggregate::{Spread, SummaryRow};

/// The anchors of the study whose defects these are.
const STUDY: &str = "deepad-2020";

/// One figure with a defect and without.
#[derive(Debug, Clone, PartialEq)]
pub struct Effect {
    /// The row of the comparison.
    pub model: String,
    /// What is compared: `F1`, `ROC-AUC`.
    pub metric: &'static str,
    /// With the defect, over the trials.
    pub with: Spread,
    /// Without it; of the same trials where it is the same scores judged otherwise.
    pub without: Spread,
    /// With less without: over the trials where they are paired, of the means where they are not.
    pub difference: Spread,
    /// How it was done away with, or what to mind.
    pub how: String,
}

/// A defect and what it does here.
#[derive(Debug, Clone, PartialEq)]
pub struct Defect {
    /// What it is.
    pub title: &'static str,
    /// Its effects; empty if the run has nothing to tell it by.
    pub effects: Vec<Effect>,
    /// What of it is not in this run.
    pub missing: Option<&'static str>,
}

/// The six defects; `None` if the experiment is not held against the study under its labels.
pub fn defects(results: &ExperimentResults, rows: &[SummaryRow]) -> Option<Vec<Defect>> {
    let study = results.manifest.anchors.iter().find(|anchors| anchors.name == STUDY)?;
    if results.manifest.data.labels != "published" {
        return None;
    }
    let names = study.anchors.iter().map(|anchor| &anchor.name);
    let of_name = |name: &String| rows.iter().find(|row| row.model == *name);
    let models: Vec<&SummaryRow> = names.filter_map(of_name).collect();
    Some(vec![
        judged::labels(results, &models),
        judged::threshold_on_test(results, &models),
        judged::rounding(results, &models),
        rows::sign(results, rows),
        rows::batches(results, rows),
        rows::hundred_rows(results, &models),
    ])
}

/// One figure of each trial of a row, twice.
pub fn paired(
    results: &ExperimentResults,
    row: &SummaryRow,
    metric: &'static str,
    how: &str,
    figures: impl Fn(&TrialResult) -> Option<(f64, f64)>,
) -> Option<Effect> {
    let pairs: Vec<(f64, f64)> =
        row.trials.iter().filter_map(|&at| figures(&results.trials[at])).collect();
    Some(Effect {
        model: row.name.clone(),
        metric,
        with: Spread::of(pairs.iter().map(|pair| pair.0))?,
        without: Spread::of(pairs.iter().map(|pair| pair.1))?,
        difference: Spread::of(pairs.iter().map(|pair| pair.0 - pair.1))?,
        how: how.to_owned(),
    })
}

/// One figure of two rows: with the defect and without.
pub fn unpaired(
    (with, without): (&SummaryRow, &SummaryRow),
    metric: Metric,
    how: &str,
) -> Option<Effect> {
    let spreads = (with.metric(0, metric)?, without.metric(0, metric)?);
    Some(Effect {
        model: with.name.clone(),
        metric: metric.title(),
        with: spreads.0,
        without: spreads.1,
        difference: Spread::of([spreads.0.mean - spreads.1.mean])?,
        how: how.to_owned(),
    })
}
