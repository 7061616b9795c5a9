//! The areas under the two curves: how well scores order the rows, without any threshold.

use super::confusion::{ClassWeights, as_f64};
use super::tally::{Tally, tallies};

/// The areas of labelled rows; `None` where one is undefined.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Areas {
    /// Area under the ROC curve by the trapezoidal rule, ties counted half (the Mann-Whitney statistic);
    /// `None` if one class is absent.
    pub roc_auc: Option<f64>,
    /// Average precision, Σ (Rₙ − Rₙ₋₁) Pₙ over distinct scores: the step-wise area under precision over
    /// recall, without interpolation; `None` without outliers.
    pub average_precision: Option<f64>,
    /// Area under the ROC curve up to a false positive rate of [`Areas::MAX_FPR`], by the trapezoidal rule,
    /// standardised after McClish (1989): 1 if all outliers are above all inliers, 1/2 for chance; `None` if
    /// one class is absent.
    pub partial_roc_auc: Option<f64>,
}

impl Areas {
    /// The false positive rate at which the partial area ends.
    pub const MAX_FPR: f64 = 1e-2;

    /// Every area, from one sorting of the rows. Panics if the lengths differ.
    pub fn of(labels: &[bool], scores: &[f64]) -> Self {
        let steps = tallies(labels, scores);
        let all = steps.last().copied().unwrap_or_default();
        Self::of_steps(&steps, &ClassWeights::new(all, None))
    }

    /// The same with weighted classes, which change average precision alone.
    pub(super) fn of_steps(steps: &[Tally], weights: &ClassWeights) -> Self {
        Self {
            roc_auc: roc_auc_of(steps),
            average_precision: average_precision_of(steps, weights),
            partial_roc_auc: partial_roc_auc_of(steps),
        }
    }
}

/// [`Areas::roc_auc`] alone.
pub fn roc_auc(labels: &[bool], scores: &[f64]) -> Option<f64> {
    roc_auc_of(&tallies(labels, scores))
}

/// [`Areas::average_precision`] alone.
pub fn average_precision(labels: &[bool], scores: &[f64]) -> Option<f64> {
    Areas::of(labels, scores).average_precision
}

fn roc_auc_of(steps: &[Tally]) -> Option<f64> {
    let all = steps.last().filter(|all| all.outliers > 0 && all.inliers > 0)?;
    // Twice the area in whole rows: exact, so that the result has one rounding.
    let mut area: u128 = 0;
    let (mut above, mut false_alarms) = (0, 0);
    for step in steps {
        let width = u128::from(step.inliers - false_alarms);
        area += width * u128::from(above + step.outliers);
        (above, false_alarms) = (step.outliers, step.inliers);
    }
    Some(area as f64 / (2.0 * as_f64(all.outliers) * as_f64(all.inliers)))
}

fn partial_roc_auc_of(steps: &[Tally]) -> Option<f64> {
    let all = steps.last()?;
    let mut partial = PartialArea::of(all.inliers);
    let mut before = [0.0; 2];
    for step in steps {
        let now = [as_f64(step.inliers), as_f64(step.outliers)];
        if !partial.step(before, now) {
            break;
        }
        before = now;
    }
    partial.standardised(all.outliers)
}

/// The area under the ROC curve up to [`Areas::MAX_FPR`], in pairs of an outlier and an inlier, summed from
/// the highest score down.
#[derive(Clone, Copy, Default)]
pub(crate) struct PartialArea {
    inliers: f64,
    /// How many inliers the area reaches over: not always a whole number.
    reach: f64,
    area: f64,
}

impl PartialArea {
    /// The empty sum for rows with so many inliers, before the first score.
    pub(crate) fn of(inliers: u64) -> Self {
        let inliers = as_f64(inliers);
        Self { inliers, reach: inliers * Areas::MAX_FPR, area: 0.0 }
    }

    /// Adds the rows of one score: inliers and outliers above it, and with them. Whether more rows can add
    /// something.
    pub(crate) fn step(&mut self, above: [f64; 2], with: [f64; 2]) -> bool {
        let (tied, room) = (with[0] - above[0], self.reach - above[0]);
        if room <= 0.0 {
            return false;
        }
        if tied > 0.0 {
            // Within ties the curve is a straight line, and the area may end inside of it.
            let width = tied.min(room);
            let found = above[1] + (with[1] - above[1]) * (width / tied) / 2.0;
            self.area += width * found;
        }
        with[0] < self.reach
    }

    /// McClish's standardised area (1989, equation 5): from the area of chance to the greatest one, mapped to
    /// 1/2 and 1. `None` if a class is absent.
    pub(crate) fn standardised(self, outliers: u64) -> Option<f64> {
        let pairs = self.inliers * as_f64(outliers);
        let [chance, most] = [Areas::MAX_FPR * Areas::MAX_FPR / 2.0, Areas::MAX_FPR];
        (pairs > 0.0).then(|| 0.5 * (1.0 + (self.area / pairs - chance) / (most - chance)))
    }
}

fn average_precision_of(steps: &[Tally], weights: &ClassWeights) -> Option<f64> {
    let all = steps.last().filter(|all| all.outliers > 0)?;
    let (mut area, mut before) = (0.0, 0.0);
    for step in steps {
        let recall = as_f64(step.outliers) / as_f64(all.outliers);
        let called = weights.called(step.outliers, step.inliers);
        area += (recall - before) * (called.tp / (called.tp + called.fp));
        before = recall;
    }
    Some(area)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn constant_scores_are_no_better_than_chance() {
        assert_eq!(roc_auc(&[true, false, false], &[1.0; 3]), Some(0.5));
        assert_eq!(roc_auc(&[true, true], &[1.0, 2.0]), None);
        assert_eq!(roc_auc(&[], &[]), None);
    }

    #[test]
    fn the_partial_area_ends_at_one_inlier_of_a_hundred() {
        // 100 inliers with the scores 0 to 99, one outlier above all, one between the first and the second
        // inlier, one below all: over the first inlier lies one outlier of three.
        let mut labels = vec![false; 100];
        labels.extend([true; 3]);
        let mut scores: Vec<f64> = (0..100).map(f64::from).collect();
        scores.extend([200.0, 98.5, -1.0]);
        let area: f64 = 0.01 / 3.0;
        let expected = 0.5 * (1.0 + (area - 0.000_05) / (0.01 - 0.000_05));
        let found = Areas::of(&labels, &scores).partial_roc_auc.unwrap();
        assert!((found - expected).abs() < 1e-12, "{found} {expected}");
        let of = |labels: &[bool], scores: &[f64]| Areas::of(labels, scores).partial_roc_auc;
        assert_eq!(of(&[true, false, false], &[1.0; 3]), Some(0.5), "chance");
        assert_eq!(of(&[true, false, false], &[9.0, 1.0, 0.0]), Some(1.0), "no inlier above");
        assert_eq!((of(&[true, true], &[1.0, 2.0]), of(&[], &[])), (None, None));
        assert_eq!(of(&[false], &[1.0]), None);
    }

    #[test]
    fn constant_scores_have_the_share_of_outliers_as_precision() {
        assert_eq!(average_precision(&[true, false, false, false], &[2.0; 4]), Some(0.25));
        assert_eq!(average_precision(&[false, false], &[1.0, 2.0]), None);
    }

    proptest! {
        #[test]
        fn the_area_is_the_share_of_pairs_in_order(
            rows in prop::collection::vec((any::<bool>(), 0u8..20), 2..60),
        ) {
            let labels: Vec<bool> = rows.iter().map(|r| r.0).collect();
            let scores: Vec<f64> = rows.iter().map(|r| f64::from(r.1)).collect();
            let (mut won, mut pairs) = (0.0, 0.0);
            for (i, &a) in labels.iter().enumerate() {
                for (j, &b) in labels.iter().enumerate() {
                    if a && !b {
                        pairs += 1.0;
                        won += if scores[i] > scores[j] { 1.0 } else if scores[i] == scores[j] { 0.5 } else { 0.0 };
                    }
                }
            }
            match roc_auc(&labels, &scores) {
                None => prop_assert!(pairs == 0.0),
                Some(auc) => prop_assert!((auc - won / pairs).abs() < 1e-12),
            }
        }

        #[test]
        fn a_monotone_map_of_the_scores_changes_nothing(
            rows in prop::collection::vec((any::<bool>(), -50.0f64..50.0), 2..60),
        ) {
            let labels: Vec<bool> = rows.iter().map(|r| r.0).collect();
            let scores: Vec<f64> = rows.iter().map(|r| r.1).collect();
            let mapped: Vec<f64> = scores.iter().map(|s| s * 4.0).collect();
            prop_assert_eq!(roc_auc(&labels, &scores), roc_auc(&labels, &mapped));
        }
    }
}
