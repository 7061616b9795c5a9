//! Trials as repeats of a model, with both sources of chance: what other seeds (or folds) and other test rows could
//! have given.

use oddbench_core::metrics::Metric;
use oddbench_core::results::TrialResult;
use oddbench_core::stats::{Bootstrap, DrawnAreas, Repeat, RowDraws};
use rayon::prelude::*;

/// The areas of each trial on resamples of its test rows; `None` without scores. Trials on the same rows share the
/// resamples, other rows have resamples of their own.
pub fn areas<'t>(trials: &[&'t TrialResult]) -> Vec<Option<DrawnAreas>> {
    let mut parts: Vec<(&TrialResult, RowDraws)> = Vec::new();
    let of_trial = |trial: &&'t TrialResult| {
        let test = &trial.scores.as_ref()?.test;
        let same = |(known, _): &(&TrialResult, RowDraws)| {
            known.scores.as_ref().is_some_and(|scores| {
                scores.test.rows == test.rows && scores.test.labels == test.labels
            })
        };
        Some(parts.iter().position(same).unwrap_or_else(|| {
            let settings = Bootstrap { seed: parts.len() as u64, ..Bootstrap::default() };
            parts.push((*trial, RowDraws::new(&test.labels, settings)));
            parts.len() - 1
        }))
    };
    let part_of: Vec<Option<usize>> = trials.iter().map(of_trial).collect();
    let drawn = |(trial, part): (&&TrialResult, &Option<usize>)| {
        let (_, draws) = &parts[(*part)?];
        Some(draws.areas(&trial.scores.as_ref()?.test.scores))
    };
    trials.par_iter().zip(&part_of).map(drawn).collect()
}

/// What trials of a row are drawn by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unit {
    /// Each trial by itself.
    Trial,
    /// The trials of one seed together.
    Seed,
    /// The trials of one fold together, with the rows that they are tested on.
    Fold,
}

/// The trials of a row under the first threshold rule, with their areas as [`areas`] drew them. Trials without a value
/// of the metric are left out.
pub fn repeats<'t>(
    trials: impl Iterator<Item = (&'t TrialResult, Option<&'t DrawnAreas>)>,
    metric: Metric,
    unit: Unit,
) -> Vec<Repeat> {
    let repeat = |(at, (trial, areas)): (usize, (&TrialResult, Option<&DrawnAreas>))| {
        let value = trial.evaluations.first()?.metrics[metric]?;
        let area = match metric {
            Metric::RocAuc => areas.and_then(|areas| areas.roc_auc.as_ref()),
            Metric::AveragePrecision => areas.and_then(|areas| areas.average_precision.as_ref()),
            _ => None,
        };
        // A fold's figure has the chance of its rows in it.
        let area = area.filter(|_| unit != Unit::Fold);
        let drawn = area.map(|area| area.drawn.iter().copied().map(Some).collect());
        let unit = match unit {
            Unit::Trial => at as u64,
            Unit::Seed => trial.trial.seed.unwrap_or_default(),
            Unit::Fold => trial.trial.fold.unwrap_or_default().into(),
        };
        Some(Repeat { unit, value, drawn: drawn.unwrap_or_default() })
    };
    trials.enumerate().filter_map(repeat).collect()
}
