//! The effect of a defect: one figure with it and without it.

use oddbench_core::metrics::Metric;
use oddbench_core::results::{ExperimentResults, TrialResult};

use crate::aggregate::{Spread, SummaryRow};

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
    /// With less without: over the trials where they are paired, of the medians where they are not.
    pub difference: Spread,
    /// How it was done away with, or what to mind.
    pub how: String,
}

/// A defect and what it does here.
#[derive(Debug, Clone, PartialEq)]
pub struct Defect {
    /// What it is.
    pub title: &'static str,
    /// Its effects; empty if the run does not show them.
    pub effects: Vec<Effect>,
    /// What of it is not in this run.
    pub missing: Option<&'static str>,
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
        difference: Spread::of([spreads.0.median - spreads.1.median])?,
        how: how.to_owned(),
    })
}
