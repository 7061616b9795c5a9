//! Whether two backends give the same scores to the same rows.

use oddbench_core::metrics::Metric;
use oddbench_core::record::Outcome;
use oddbench_core::results::{ExperimentResults, TrialResult};

use crate::aggregate::SummaryRow;

/// A model on two backends, trial by trial; every figure is the worst of them.
#[derive(Debug, Clone, PartialEq)]
pub struct Agreement {
    /// The model's name in the experiment file.
    pub model: String,
    /// The backend that is compared with the baseline.
    pub backend: String,
    /// Trials of the same seed and fold that completed on both.
    pub trials: usize,
    /// The largest difference of a test row's scores.
    pub largest: f64,
    /// That difference over the baseline's range of scores; `None` if that is nothing.
    pub relative: Option<f64>,
    /// The smallest rank correlation (Spearman's, ties sharing their rank); `None` where all scores of a
    /// trial are equal.
    pub rank_correlation: Option<f64>,
    /// The largest difference of the last epoch's training loss, over the baseline's.
    pub loss: Option<f64>,
    /// The largest difference of ROC-AUC.
    pub roc_auc: Option<f64>,
    /// The largest difference of F1 under the first rule.
    pub f1: Option<f64>,
}

impl Agreement {
    /// `None` if no trial completed on both.
    pub fn between(
        results: &ExperimentResults,
        base: &SummaryRow,
        other: &SummaryRow,
    ) -> Option<Self> {
        let trial = |at: &usize| &results.trials[*at];
        let twin = |own: &TrialResult| {
            let same =
                |t: &&TrialResult| t.trial.seed == own.trial.seed && t.trial.fold == own.trial.fold;
            base.trials.iter().map(trial).find(same)
        };
        let pairs: Vec<(&TrialResult, &TrialResult)> = other
            .trials
            .iter()
            .map(trial)
            .filter_map(|own| Some((twin(own)?, own)))
            .filter(|(a, b)| comparable(a, b))
            .collect();
        let worst = |value: &dyn Fn(&TrialResult, &TrialResult) -> Option<f64>| {
            pairs.iter().filter_map(|(a, b)| value(a, b)).reduce(f64::max)
        };
        let difference = |metric: Metric| {
            worst(&|a, b| {
                let of = |t: &TrialResult| t.evaluations.first()?.metrics[metric];
                Some((of(a)? - of(b)?).abs())
            })
        };
        let correlations: Option<Vec<f64>> =
            pairs.iter().map(|(a, b)| rank_correlation(scores(a)?, scores(b)?)).collect();
        Some(Self {
            model: other.model.clone(),
            backend: other.backend.clone(),
            trials: pairs.len(),
            largest: worst(&|a, b| largest_difference(scores(a)?, scores(b)?))?,
            relative: worst(&|a, b| {
                let range = range(scores(a)?)?;
                Some(largest_difference(scores(a)?, scores(b)?)? / range)
            }),
            rank_correlation: correlations.and_then(|all| all.into_iter().reduce(f64::min)),
            loss: worst(&|a, b| {
                let (a, b) = (last_loss(a)?, last_loss(b)?);
                Some((a - b).abs() / a.abs())
            }),
            roc_auc: difference(Metric::RocAuc),
            f1: difference(Metric::F1),
        })
    }
}

/// Both have scores of the same rows.
fn comparable(a: &TrialResult, b: &TrialResult) -> bool {
    match (&a.scores, &b.scores) {
        (Some(a), Some(b)) => !a.test.rows.is_empty() && a.test.rows == b.test.rows,
        _ => false,
    }
}

fn scores(trial: &TrialResult) -> Option<&[f64]> {
    Some(&trial.scores.as_ref()?.test.scores)
}

fn largest_difference(a: &[f64], b: &[f64]) -> Option<f64> {
    a.iter().zip(b).map(|(a, b)| (a - b).abs()).reduce(f64::max)
}

fn range(scores: &[f64]) -> Option<f64> {
    let least = scores.iter().copied().reduce(f64::min)?;
    let greatest = scores.iter().copied().reduce(f64::max)?;
    Some(greatest - least).filter(|range| *range > 0.0)
}

fn last_loss(trial: &TrialResult) -> Option<f64> {
    match &trial.record.as_ref()?.outcome {
        Outcome::Completed { epochs, .. } => Some(epochs.last()?.loss).filter(|loss| *loss != 0.0),
        Outcome::Failed { .. } => None,
    }
}

/// Pearson's correlation of the ranks; equal values share the mean of theirs. `None` if one side has
/// no two different values.
fn rank_correlation(a: &[f64], b: &[f64]) -> Option<f64> {
    let (a, b) = (ranks(a), ranks(b));
    let mean = (a.len() as f64 + 1.0) / 2.0;
    let sum = |x: &[f64], y: &[f64]| -> f64 {
        x.iter().zip(y).map(|(x, y)| (x - mean) * (y - mean)).sum()
    };
    let (spread_a, spread_b) = (sum(&a, &a), sum(&b, &b));
    (spread_a > 0.0 && spread_b > 0.0).then(|| sum(&a, &b) / (spread_a * spread_b).sqrt())
}

/// Ranks from 1.
fn ranks(values: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..values.len()).collect();
    order.sort_by(|&i, &j| values[i].total_cmp(&values[j]));
    let mut ranks = vec![0.0; values.len()];
    let mut first = 0;
    for group in order.chunk_by(|&i, &j| values[i] == values[j]) {
        let shared = first as f64 + (group.len() as f64 + 1.0) / 2.0;
        group.iter().for_each(|&at| ranks[at] = shared);
        first += group.len();
    }
    ranks
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rank_correlations_are_scipys() {
        // scipy.stats.spearmanr
        let a = [1.0, 2.0, 2.0, 4.0, 9.0];
        let b = [0.1, 0.5, 0.3, 0.3, 2.0];
        assert!((rank_correlation(&a, &b).unwrap() - 0.763_157_894_736_842).abs() < 1e-12);
        assert!((rank_correlation(&a, &a).unwrap() - 1.0).abs() < 1e-12);
        let reversed = [9.0, 4.0, 2.0, 2.0, 1.0].map(|v: f64| -v);
        assert!(rank_correlation(&a, &reversed).is_some());
        assert_eq!(rank_correlation(&a, &[3.0; 5]), None);
    }

    #[test]
    fn equal_values_share_a_rank() {
        assert_eq!(ranks(&[3.0, 1.0, 3.0, 2.0]), [3.5, 1.0, 3.5, 2.0]);
    }
}
