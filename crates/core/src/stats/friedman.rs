//! Whether models differ over several data sets, splits or seeds, by the ranks that they take.

use serde::{Deserialize, Serialize};

use super::distributions::{chi_squared_survival, studentized_range_quantile};

/// The Friedman test and Nemenyi's critical difference.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Friedman {
    /// One per model; 1 is the best, ties share their mean rank.
    pub mean_ranks: Vec<f64>,
    /// Friedman's chi-squared, corrected for ties.
    pub statistic: f64,
    /// Its p-value, from the chi-squared distribution with models - 1 degrees of freedom: the
    /// probability of ranks that differ so much if no model is better.
    pub p_value: f64,
    /// Two models differ at the level asked for if their mean ranks are at least this far apart.
    pub critical_difference: f64,
}

/// Ranks the models within each block (a data set, a split) and tests whether the mean ranks differ.
/// `blocks` has one list per block with one value per model, the higher the better; `alpha`, in (0, 1),
/// is the level of the critical difference (usually 0.05). After Demšar (2006), "Statistical
/// Comparisons of Classifiers over Multiple Data Sets", section 3.2.2.
///
/// `None` for fewer than two models or blocks, NaN, blocks of different lengths, or if every block is
/// one tie.
pub fn friedman(blocks: &[Vec<f64>], alpha: f64) -> Option<Friedman> {
    let models = blocks.first()?.len();
    let ragged = blocks.iter().any(|block| block.len() != models);
    let unordered = blocks.iter().flatten().any(|value| value.is_nan());
    if models < 2 || blocks.len() < 2 || ragged || unordered {
        return None;
    }
    let (k, n) = (models as f64, blocks.len() as f64);
    let mut sums = vec![0.0; models];
    let mut ties = 0.0;
    for block in blocks {
        let (ranks, tied) = ranks(block);
        sums.iter_mut().zip(ranks).for_each(|(sum, rank)| *sum += rank);
        ties += tied;
    }
    let correction = 1.0 - ties / (n * k * (k * k - 1.0));
    if correction <= 0.0 {
        return None;
    }
    let squares: f64 = sums.iter().map(|sum| sum * sum).sum();
    let uncorrected = 12.0 / (n * k * (k + 1.0)) * squares - 3.0 * n * (k + 1.0);
    let statistic = (uncorrected / correction).max(0.0);
    let critical = studentized_range_quantile(1.0 - alpha, models) / std::f64::consts::SQRT_2;
    Some(Friedman {
        mean_ranks: sums.into_iter().map(|sum| sum / n).collect(),
        statistic,
        p_value: chi_squared_survival(statistic, models - 1),
        critical_difference: critical * (k * (k + 1.0) / (6.0 * n)).sqrt(),
    })
}

/// Ranks from the highest value (1) down, ties at their mean, and the sum of t³ - t over groups of t
/// equal values.
fn ranks(values: &[f64]) -> (Vec<f64>, f64) {
    let mut order: Vec<usize> = (0..values.len()).collect();
    order.sort_by(|&a, &b| values[b].total_cmp(&values[a]));
    let mut ranks = vec![0.0; values.len()];
    let (mut before, mut ties) = (0.0, 0.0);
    for group in order.chunk_by(|&a, &b| values[a] == values[b]) {
        let t = group.len() as f64;
        for &model in group {
            ranks[model] = before + (t + 1.0) / 2.0;
        }
        before += t;
        ties += t * t * t - t;
    }
    (ranks, ties)
}
