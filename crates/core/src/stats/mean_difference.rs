//! How far the mean of several trials lies from that of several others: over test rows that all of them
//! share, or over the trials themselves.

use serde::{Deserialize, Serialize};

use super::distributions::student_quantile;
use super::interval::{Interval, percentiles};
use super::resampled::Measured;
use crate::metrics::PerMetric;

/// The mean of the second trials less that of the first, and where it may lie.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MeanDifference {
    /// Second less first.
    pub difference: f64,
    /// Where it may lie.
    pub interval: Interval,
}

/// Paired percentile bootstrap over test rows: every trial was measured on the same
/// [`super::Resamples`]. Trials and thresholds are held fixed: the interval says what other rows would
/// change, not what other seeds would. `None` where the metric is undefined in a trial.
pub fn mean_differences(
    first: &[Measured],
    second: &[Measured],
) -> PerMetric<Option<MeanDifference>> {
    PerMetric::from_fn(|metric| {
        let difference = mean(second.iter().map(|m| m.observed[metric]))?
            - mean(first.iter().map(|m| m.observed[metric]))?;
        let settings = first.first()?.settings;
        let resamples = first.iter().chain(second).map(|m| m.drawn.len()).min()?;
        let drawn = (0..resamples).map(|at| {
            let mean = |trials: &[Measured]| mean(trials.iter().map(|m| m.drawn[at][metric]));
            Some(mean(second)? - mean(first)?)
        });
        Some(MeanDifference { difference, interval: percentiles(drawn, settings)? })
    })
}

fn mean(values: impl ExactSizeIterator<Item = Option<f64>>) -> Option<f64> {
    let n = values.len();
    let sum = values.sum::<Option<f64>>()?;
    (n > 0).then(|| sum / n as f64)
}

/// Over pairs of trials (equal seeds): Student's interval of the mean of their differences. `None` for
/// fewer than two pairs.
pub fn paired_mean_difference(pairs: &[(f64, f64)], level: f64) -> Option<MeanDifference> {
    let differences: Vec<f64> = pairs.iter().map(|(first, second)| second - first).collect();
    let (mean, variance) = moments(&differences)?;
    let error = (variance / differences.len() as f64).sqrt();
    Some(around(mean, error, differences.len() - 1, level))
}

/// Over trials that are no pairs: Welch's interval, with Satterthwaite's degrees of freedom rounded
/// down. `None` for fewer than two trials on a side.
pub fn unpaired_mean_difference(
    first: &[f64],
    second: &[f64],
    level: f64,
) -> Option<MeanDifference> {
    let ((m1, v1), (m2, v2)) = (moments(first)?, moments(second)?);
    let (n1, n2) = (first.len() as f64, second.len() as f64);
    let (e1, e2) = (v1 / n1, v2 / n2);
    let squares = e1.powi(2) / (n1 - 1.0) + e2.powi(2) / (n2 - 1.0);
    let df = if squares > 0.0 { ((e1 + e2).powi(2) / squares).floor() as usize } else { 1 };
    Some(around(m2 - m1, (e1 + e2).sqrt(), df.max(1), level))
}

fn around(difference: f64, error: f64, df: usize, level: f64) -> MeanDifference {
    let reach = match error > 0.0 {
        true => error * student_quantile(0.5 + level / 2.0, df),
        false => 0.0,
    };
    let interval = Interval { low: difference - reach, high: difference + reach };
    MeanDifference { difference, interval }
}

/// Mean and sample variance; `None` for fewer than two values.
fn moments(values: &[f64]) -> Option<(f64, f64)> {
    let n = values.len() as f64;
    let mean = values.iter().sum::<f64>() / n;
    let squares: f64 = values.iter().map(|v| (v - mean).powi(2)).sum();
    (values.len() > 1).then(|| (mean, squares / (n - 1.0)))
}

#[cfg(test)]
mod tests {
    use super::super::{Bootstrap, Resamples};
    use super::*;
    use crate::metrics::{Cuts, Metric};

    const FIRST: [f64; 5] = [0.91, 0.93, 0.90, 0.95, 0.92];
    const SECOND: [f64; 5] = [0.94, 0.93, 0.93, 0.97, 0.95];

    fn close(found: f64, expected: f64) {
        assert!((found - expected).abs() < 1e-9, "{found} is not {expected}");
    }

    /// SciPy 1.17.1: ttest_rel(SECOND, FIRST).confidence_interval(0.95)
    #[test]
    fn the_paired_interval_is_scipys() {
        let pairs: Vec<(f64, f64)> = FIRST.into_iter().zip(SECOND).collect();
        let found = paired_mean_difference(&pairs, 0.95).unwrap();
        close(found.difference, 0.022);
        close(found.interval.low, PAIRED[0]);
        close(found.interval.high, PAIRED[1]);
    }

    /// Welch's statistic with 7 degrees of freedom, which is SciPy 1.17.1's 7.85 rounded down.
    #[test]
    fn the_unpaired_interval_is_welchs_with_whole_degrees_of_freedom() {
        let found = unpaired_mean_difference(&FIRST, &SECOND, 0.95).unwrap();
        close(found.difference, 0.022);
        close(found.interval.low, WELCH[0]);
        close(found.interval.high, WELCH[1]);
    }

    const PAIRED: [f64; 2] = [0.005_810_682_152_912_968, 0.038_189_317_847_086_984];
    const WELCH: [f64; 2] = [-0.004_960_864_612_595_164, 0.048_960_864_612_595_426];

    #[test]
    fn one_trial_a_side_has_no_interval_and_equal_trials_have_none_wide() {
        assert_eq!(paired_mean_difference(&[(0.5, 0.6)], 0.95), None);
        assert_eq!(unpaired_mean_difference(&[0.5], &[0.6, 0.7], 0.95), None);
        let same = paired_mean_difference(&[(0.5, 0.5), (0.6, 0.6)], 0.95).unwrap();
        assert_eq!((same.difference, same.interval.low, same.interval.high), (0.0, 0.0, 0.0));
    }

    #[test]
    fn the_same_scores_differ_by_nothing_in_every_resample() {
        let labels: Vec<bool> = (0..60).map(|row| row % 3 == 0).collect();
        let scores: Vec<f64> = (0..60).map(|row| f64::from(row * 37 % 60)).collect();
        let resamples = Resamples::draw(&labels, Bootstrap::default());
        let measure = || vec![resamples.measure(&scores, &Cuts::at(Some(30.0)))];
        let found = mean_differences(&measure(), &measure());
        for metric in [Metric::F1, Metric::RocAuc, Metric::AveragePrecision] {
            let metric = found[metric].unwrap();
            assert_eq!(
                (metric.difference, metric.interval.low, metric.interval.high),
                (0.0, 0.0, 0.0)
            );
        }
    }

    /// One trial against one: what [`super::super::differences`] finds, with the sign turned.
    #[test]
    fn of_single_trials_it_is_the_paired_difference() {
        let labels: Vec<bool> = (0..80).map(|row| row % 4 == 0).collect();
        let a: Vec<f64> = (0..80).map(|row| f64::from(row * 29 % 80)).collect();
        let b: Vec<f64> =
            (0..80).map(|row| f64::from((row * 29 % 80) + 30 * i32::from(row % 4 == 0))).collect();
        let resamples = Resamples::draw(&labels, Bootstrap::default());
        let measure = |scores: &[f64]| vec![resamples.measure(scores, &Cuts::default())];
        let found = mean_differences(&measure(&a), &measure(&b));
        let both = [&b, &a].map(|scores| resamples.measure(scores, &Cuts::default()));
        let pairs = super::super::differences(&both, Metric::RocAuc).unwrap();
        let area = found[Metric::RocAuc].unwrap();
        close(area.difference, pairs[0].difference);
        close(area.interval.low, pairs[0].interval.low);
        close(area.interval.high, pairs[0].interval.high);
        assert!(area.interval.low > 0.0, "b ranks better");
        assert_eq!(found[Metric::F1], None, "without a threshold");
    }
}
