//! The receiver operating characteristic and the area under it.

use super::confusion::as_f64;
use super::tally::{Tally, tallies};

/// A receiver operating characteristic: one point per distinct score, from (0, 0) to (1, 1).
#[derive(Debug, Clone, PartialEq)]
pub struct RocCurve {
    /// False positive rates, ascending.
    pub fpr: Vec<f64>,
    /// True positive rates, ascending.
    pub tpr: Vec<f64>,
    /// Scores: rows with `score >= threshold` are positive at that point; the first is infinite.
    pub thresholds: Vec<f64>,
}

/// Both class sizes, `None` if one class is absent.
fn sizes(steps: &[Tally]) -> Option<(u64, u64)> {
    let last = steps.last()?;
    (last.outliers > 0 && last.inliers > 0).then_some((last.outliers, last.inliers))
}

/// Area under the ROC curve by the trapezoidal rule, ties counted half (the Mann-Whitney statistic);
/// `None` if one class is absent.
pub fn roc_auc(labels: &[bool], scores: &[f64]) -> Option<f64> {
    let steps = tallies(labels, scores);
    let (outliers, inliers) = sizes(&steps)?;
    // Twice the area in whole rows: exact, so that the result has one rounding.
    let mut area: u128 = 0;
    let (mut above, mut false_alarms) = (0, 0);
    for step in &steps {
        let width = u128::from(step.inliers - false_alarms);
        area += width * u128::from(above + step.outliers);
        (above, false_alarms) = (step.outliers, step.inliers);
    }
    #[expect(clippy::cast_precision_loss, reason = "below 2^53 for up to 10^8 rows")]
    Some(area as f64 / (2.0 * as_f64(outliers) * as_f64(inliers)))
}

/// The ROC curve; `None` if one class is absent.
pub fn roc_curve(labels: &[bool], scores: &[f64]) -> Option<RocCurve> {
    let steps = tallies(labels, scores);
    let (outliers, inliers) = sizes(&steps)?;
    let mut curve = RocCurve { fpr: vec![0.0], tpr: vec![0.0], thresholds: vec![f64::INFINITY] };
    for step in &steps {
        curve.fpr.push(as_f64(step.inliers) / as_f64(inliers));
        curve.tpr.push(as_f64(step.outliers) / as_f64(outliers));
        curve.thresholds.push(step.score);
    }
    Some(curve)
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
