//! Whether one model is better than another, and how sure that is.

use serde::{Deserialize, Serialize};

use super::interval::Interval;
use super::median::median;
use super::repeats::{Chance, Draws, Repeat, Variance, covariance, medians_of, on_rows, units};
use super::resample::Bootstrap;

/// How much better one model is than another.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Difference {
    /// The median over the trials of the first, minus the median over the trials of the second.
    pub difference: f64,
    /// Where it may lie.
    pub interval: Interval,
    /// Two-sided p-value for no difference: below 1 - level exactly if the interval does not contain 0.
    pub p_value: f64,
    /// How many units (seeds, or folds) of each are drawn. One: what another seed would change is not in the interval.
    pub units: [usize; 2],
    /// Whether the test rows are drawn too.
    pub rows: bool,
}

impl Difference {
    /// Whether there may be no difference: the interval holds 0.
    pub fn is_tie(&self) -> bool {
        self.interval.low <= 0.0 && self.interval.high >= 0.0
    }
}

/// Whether trials of two models belong together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pairing {
    /// Trials of one unit share what chance decides: units are drawn once for both models. Models of other units than
    /// each other's are drawn by themselves.
    ByUnit,
    /// They share at most the test rows: each trial is a unit of its model alone.
    None,
}

/// Compares the medians of two models. There are two sources of chance, and each gives a variance of the difference:
///
/// - Other rows: 1,000 resamples draw outliers and inliers separately, and the same rows for both models. Only the part
///   that all seeds share counts. It is the covariance between the effects of the rows on two halves of the seeds. Their
///   effect on single seeds is in the spread of the seeds.
/// - Other seeds of each model: as many resamples.
///
/// The standard error is the root of the sum. The interval is Student's, and the number of seeds decides its degrees of
/// freedom (`Chance`). Percentiles of resamples of two or three seeds would be far too narrow.
///
/// If all seeds of a model have the same figures, it adds no variance of seeds. If a model has one seed, only rows can be
/// drawn. `None` if a model has no trial, if it is undefined on the resamples, or if nothing can be drawn.
pub fn compare(
    first: &[Repeat],
    second: &[Repeat],
    pairing: Pairing,
    settings: Bootstrap,
) -> Option<Difference> {
    let value = |repeats: &[Repeat]| median(repeats.iter().map(|repeat| repeat.value));
    let difference = value(first)? - value(second)?;
    let own = [units(first), units(second)];
    let shared = pairing == Pairing::ByUnit && own[0] == own[1];
    let seeds = [settings.seed, settings.seed.wrapping_add(u64::from(!shared))];
    let draws = [0, 1].map(|side| Draws::new(&own[side], settings.resamples, seeds[side]));
    let medians = [medians_of(first, &draws[0]), medians_of(second, &draws[1])];
    let halves = on_rows(first, &own[0]).zip(on_rows(second, &own[1]));
    if halves.is_none() && own.iter().all(|units| units.len() < 2) {
        return None;
    }
    let of_rows = match &halves {
        None => Variance(0.0),
        Some((first, second)) => {
            let [one, other] = [0, 1].map(|half| apart(&first[half], &second[half]));
            covariance(&one, &other)?
        }
    };
    let parts: Vec<(usize, Variance)> = match shared {
        true => {
            let both = medians[0].iter().zip(&medians[1]).map(|(a, b)| a - b);
            vec![(own[0].len(), Variance::of(&both.collect::<Vec<_>>()))]
        }
        false => [0, 1].map(|at| (own[at].len(), Variance::of(&medians[at]))).into(),
    };
    let chance = Chance::new(of_rows, &parts);
    let reach = chance.reach(settings.level);
    Some(Difference {
        difference,
        interval: Interval { low: difference - reach, high: difference + reach },
        p_value: chance.p_value(difference),
        units: own.map(|units| units.len()),
        rows: halves.is_some(),
    })
}

/// The differences of two series, where both are defined.
fn apart(first: &[Option<f64>], second: &[Option<f64>]) -> Vec<Option<f64>> {
    first.iter().zip(second).map(|(a, b)| Some((*a)? - (*b)?)).collect()
}

/// Holm's step-down correction (1979): p-values, in the order given, that may each be compared with
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
