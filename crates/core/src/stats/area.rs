//! An interval for a ROC-AUC, from the numbers of rows alone.

use super::distributions::normal_quantile;
use super::interval::Interval;

/// Halvings of a bracket: what is left of [0, 1] is less than a rounding error.
const HALVINGS: usize = 60;

/// The interval of a ROC-AUC (Newcombe 2006, "Confidence intervals for an effect size measure based on the
/// Mann-Whitney statistic", part 2, method 5): every true value from which the estimate is no further than
/// the normal quantile allows, with Hanley and McNeil's standard error (1982) at that true value.
///
/// DeLong's interval and a bootstrap have no width where all pairs of rows are in order, which is just
/// where few rows must not look certain. This one has, and needs no second look at the rows. Ties make it a
/// little too wide. `level` is between 0 and 1. `None` without rows of one class.
pub fn roc_auc_interval(area: f64, outliers: u64, inliers: u64, level: f64) -> Option<Interval> {
    if outliers == 0 || inliers == 0 {
        return None;
    }
    let z = normal_quantile(0.5 + level / 2.0);
    let (m, n) = (outliers as f64, inliers as f64);
    let others = f64::midpoint(m, n) - 1.0;
    let standard_error = |truth: f64| {
        let pairs = 1.0 + others * ((1.0 - truth) / (2.0 - truth) + truth / (1.0 + truth));
        (truth * (1.0 - truth) * pairs / (m * n)).sqrt()
    };
    let end = |limit: f64| {
        let (mut outside, mut inside) = (limit, area);
        for _ in 0..HALVINGS {
            let middle = f64::midpoint(outside, inside);
            if (area - middle).abs() > z * standard_error(middle) {
                outside = middle;
            } else {
                inside = middle;
            }
        }
        inside
    };
    Some(Interval { low: end(0.0), high: end(1.0) })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::SplitMix64;
    use crate::metrics::roc_auc;

    #[test]
    fn an_area_of_one_is_not_certain() {
        let of = |area, n| roc_auc_interval(area, n, n, 0.95).unwrap();
        let (few, many) = (of(1.0, 5), of(1.0, 2_000));
        assert!(few.low < 0.8 && few.high == 1.0, "{few:?}");
        assert!(many.low > 0.998 && many.high == 1.0, "{many:?}");
        // The other direction is the mirror image.
        let (up, down) = (of(0.8, 40), of(0.2, 40));
        assert!((up.low - (1.0 - down.high)).abs() < 1e-12, "{up:?} {down:?}");
        assert!((up.high - (1.0 - down.low)).abs() < 1e-12, "{up:?} {down:?}");
        assert_eq!(roc_auc_interval(0.8, 0, 40, 0.95), None);
    }

    /// A nearly normal number: the sum of twelve uniform ones.
    fn normal(random: &mut SplitMix64) -> f64 {
        (0..12).map(|_| random.draw() as f64 / u64::MAX as f64).sum::<f64>() - 6.0
    }

    /// The true area of two normal classes whose means are `shift` apart is Φ(shift / √2).
    #[test]
    fn the_truth_is_covered_in_about_95_of_100_repetitions() {
        let mut random = SplitMix64(15);
        let truths = [(0.0, 0.5), (1.0, 0.760_249_938_906_524), (2.0, 0.921_350_396_474_857)];
        for (shift, truth) in truths {
            let (outliers, inliers) = (60, 240);
            let labels: Vec<bool> = (0..outliers + inliers).map(|row| row < outliers).collect();
            let covered = (0..2_000).filter(|_| {
                let of_row = |&l: &bool| normal(&mut random) + if l { shift } else { 0.0 };
                let scores: Vec<f64> = labels.iter().map(of_row).collect();
                let area = roc_auc(&labels, &scores).unwrap();
                let interval = roc_auc_interval(area, outliers, inliers, 0.95).unwrap();
                interval.low <= truth && truth <= interval.high
            });
            let share = covered.count() as f64 / 2_000.0;
            assert!((0.93..=0.97).contains(&share), "shift {shift}: {share}");
        }
    }
}
