//! Whether one model ranks the same test rows better than another.

use serde::{Deserialize, Serialize};

use super::distributions::two_sided_normal;
use super::interval::Interval;
use super::resample::Bootstrap;
use super::resampled::Measured;
use crate::metrics::Metric;
use crate::threshold::quantiles;

/// The difference between two models on the same rows.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Difference {
    /// Position of one model in the list given.
    pub first: usize,
    /// Position of the other, after the first.
    pub second: usize,
    /// Metric of the first minus metric of the second.
    pub difference: f64,
    /// Percentile interval of the difference.
    pub interval: Interval,
    /// Two-sided p-value for no difference.
    pub p_value: f64,
    /// The p-value after Holm's correction for all pairs in the list.
    pub p_adjusted: f64,
}

/// Every pair of models that were measured on the same resamples.
///
/// The p-value is that of z = difference / standard deviation of the resampled differences under the
/// normal distribution (pROC's bootstrap test, Robin et al. 2011): unlike a share of resamples it can
/// be small enough for a correction over many pairs. Two models whose difference is the same in every
/// resample differ with p = 0, or 1 if that difference is zero.
///
/// `None` if the metric is undefined on the rows or on a resample (a class is absent), or without resamples.
pub fn differences(models: &[Measured], metric: Metric) -> Option<Vec<Difference>> {
    let observed: Vec<f64> =
        models.iter().map(|model| model.observed[metric]).collect::<Option<_>>()?;
    let drawn: Vec<Vec<f64>> = models
        .iter()
        .map(|model| model.drawn.iter().map(|values| values[metric]).collect())
        .collect::<Option<_>>()?;
    let settings = models.first().map(|model| model.settings).unwrap_or_default();
    let mut pairs = Vec::new();
    for first in 0..models.len() {
        for second in first + 1..models.len() {
            let both = drawn[first].iter().zip(&drawn[second]);
            let resampled: Vec<f64> = both.map(|(a, b)| a - b).collect();
            let difference = observed[first] - observed[second];
            pairs.push(pair((first, second), difference, &resampled, settings)?);
        }
    }
    let adjusted = holm(&pairs.iter().map(|pair| pair.p_value).collect::<Vec<_>>());
    for (pair, p) in pairs.iter_mut().zip(adjusted) {
        pair.p_adjusted = p;
    }
    Some(pairs)
}

fn pair(
    (first, second): (usize, usize),
    difference: f64,
    resampled: &[f64],
    settings: Bootstrap,
) -> Option<Difference> {
    let [low, high] = quantiles(resampled, settings.tails())?;
    let interval = Interval { low, high };
    let p_value = match (difference == 0.0, deviation(resampled)) {
        (true, _) => 1.0,
        (false, 0.0) => 0.0,
        (false, deviation) => two_sided_normal(difference / deviation),
    };
    Some(Difference { first, second, difference, interval, p_value, p_adjusted: p_value })
}

/// Standard deviation of a sample (n - 1); 0 for fewer than two values.
fn deviation(values: &[f64]) -> f64 {
    let n = values.len() as f64;
    let mean = values.iter().sum::<f64>() / n;
    let squares: f64 = values.iter().map(|v| (v - mean).powi(2)).sum();
    if n < 2.0 { 0.0 } else { (squares / (n - 1.0)).sqrt() }
}

/// Holm's step-down correction (1979): p-values, in the order given, that may each be held against
/// the error rate wanted for all of them together.
pub fn holm(p_values: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..p_values.len()).collect();
    order.sort_by(|&a, &b| p_values[a].total_cmp(&p_values[b]));
    let mut adjusted = vec![0.0; p_values.len()];
    let mut largest = 0.0f64;
    for (rank, index) in order.into_iter().enumerate() {
        largest = largest.max(p_values[index] * (p_values.len() - rank) as f64).min(1.0);
        adjusted[index] = largest;
    }
    adjusted
}
