//! What a model is worth on test rows whose features no training row has: a model that only knows its
//! training rows by heart is worth nothing there.

use oddbench_core::metrics::{Confusion, roc_auc};
use oddbench_core::record::{ExperimentResults, TrialResult};
use oddbench_core::stats::Interval;
use rayon::prelude::*;

use crate::aggregate::{Spread, SummaryRow};
use crate::runs::has_folds;
use crate::tables::Resampled;

/// One row of the comparison on test rows that no training row equals.
#[derive(Debug, Clone, PartialEq)]
pub struct OnUnknown {
    /// ROC-AUC, over the trials.
    pub roc_auc: Option<Spread>,
    /// F1 at the first rule's threshold, over the trials.
    pub f1: Option<Spread>,
    /// Its ROC-AUC on all test rows less that on the unknown ones, over the trials.
    pub fall: Option<Spread>,
    /// A 95 % interval of the fall of its median seed, if the test rows were resampled.
    pub interval: Option<Interval>,
    /// Whether its median seed is better than chance on all test rows, and not on the unknown ones.
    pub by_heart: bool,
}

/// Every row on the unknown test rows.
#[derive(Debug, Clone, PartialEq)]
pub struct KnownRows {
    /// Test rows whose features are a training row's.
    pub known: usize,
    /// Test rows.
    pub total: usize,
    /// Outliers among the unknown ones.
    pub unknown_outliers: usize,
    /// ROC-AUC on all test rows of calling known rows inliers and the others outliers: what nothing but
    /// a memory of the training rows achieves.
    pub memory: Option<f64>,
    /// One per row of the comparison.
    pub rows: Vec<OnUnknown>,
}

impl KnownRows {
    /// `None` without an audit that says which rows are known, and where folds test other rows than
    /// the audit's.
    pub fn new(
        results: &ExperimentResults,
        rows: &[SummaryRow],
        resampled: Option<&Resampled<'_>>,
    ) -> Option<Self> {
        let part = results.audit.as_ref()?.parts.iter().find(|part| part.part == "test")?;
        let test = &results.trials.iter().find_map(|trial| trial.scores.as_ref())?.test;
        let known = part.known_rows.as_ref()?;
        if has_folds(results) || part.rows != test.labels.len() {
            return None;
        }
        let mut kept = vec![true; part.rows];
        for &row in known {
            *kept.get_mut(row as usize)? = false;
        }
        let unknown =
            |values: &[bool]| values.iter().zip(&kept).filter(|(v, k)| **v && **k).count();
        let memory: Vec<f64> = kept.iter().map(|&kept| f64::from(u8::from(kept))).collect();
        let trials: Vec<Option<Tried>> =
            results.trials.par_iter().map(|trial| tried(trial, &kept)).collect();
        let falls = resampled.map(|resampled| resampled.falls(&kept)).unwrap_or_default();
        let of_row = |row: &SummaryRow| {
            let all = || row.trials.iter().filter_map(|&at| trials[at]);
            let measured = falls.iter().find(|(name, ..)| *name == row.name);
            let interval = measured.and_then(|(_, all, some)| Some(all.fall_to(some)?.1));
            let beats_chance = |area: Option<Interval>| area.is_some_and(|area| area.low > 0.5);
            let by_heart = measured.is_some_and(|(_, all, some)| {
                let (all, some) = (all.intervals().roc_auc, some.intervals().roc_auc);
                some.is_some()
                    && interval.is_some_and(|fall| fall.low > 0.0)
                    && beats_chance(all)
                    && !beats_chance(some)
            });
            OnUnknown {
                roc_auc: Spread::of(all().filter_map(|tried| tried.roc_auc)),
                f1: Spread::of(all().filter_map(|tried| tried.f1)),
                fall: Spread::of(all().filter_map(|tried| tried.fall)),
                interval,
                by_heart,
            }
        };
        Some(Self {
            known: known.len(),
            total: part.rows,
            unknown_outliers: unknown(&test.labels),
            memory: roc_auc(&test.labels, &memory),
            rows: rows.iter().map(of_row).collect(),
        })
    }

    /// Names of the rows that know training rows by heart and nothing else.
    pub fn by_heart<'r>(&self, rows: &'r [SummaryRow]) -> Vec<&'r str> {
        let flagged = rows.iter().zip(&self.rows).filter(|(_, found)| found.by_heart);
        flagged.map(|(row, _)| row.name.as_str()).collect()
    }
}

/// One trial on the unknown rows.
#[derive(Debug, Clone, Copy)]
struct Tried {
    roc_auc: Option<f64>,
    f1: Option<f64>,
    fall: Option<f64>,
}

fn tried(trial: &TrialResult, kept: &[bool]) -> Option<Tried> {
    let test = &trial.scores.as_ref()?.test;
    let evaluation = trial.evaluations.first()?;
    let keep = || kept.iter().enumerate().filter(|(_, kept)| **kept).map(|(row, _)| row);
    let labels: Vec<bool> = keep().map(|row| test.labels[row]).collect();
    let scores: Vec<f64> = keep().map(|row| test.scores[row]).collect();
    let area = roc_auc(&labels, &scores);
    Some(Tried {
        roc_auc: area,
        f1: evaluation.threshold.and_then(|t| Confusion::at(&labels, &scores, t).f_beta(1.0)),
        fall: area.and_then(|area| Some(evaluation.roc_auc? - area)),
    })
}
