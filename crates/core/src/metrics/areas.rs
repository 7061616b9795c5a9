//! The areas under the two curves: what rows are worth in their order, whatever the threshold.

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
}

impl Areas {
    /// Both areas, from one sorting of the rows. Panics if the lengths differ.
    pub fn of(labels: &[bool], scores: &[f64]) -> Self {
        let steps = tallies(labels, scores);
        let all = steps.last().copied().unwrap_or_default();
        Self::of_steps(&steps, &ClassWeights::new(all, None))
    }

    /// The same with weighted classes, which change average precision alone.
    pub(super) fn of_steps(steps: &[Tally], weights: &ClassWeights) -> Self {
        Self { roc_auc: roc_auc_of(steps), average_precision: average_precision_of(steps, weights) }
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
