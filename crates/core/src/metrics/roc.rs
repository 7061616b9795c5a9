//! The receiver operating characteristic.

use super::confusion::as_f64;
use super::tally::tallies;

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

/// The ROC curve; `None` if one class is absent.
pub fn roc_curve(labels: &[bool], scores: &[f64]) -> Option<RocCurve> {
    let steps = tallies(labels, scores);
    let all = steps.last().filter(|all| all.outliers > 0 && all.inliers > 0)?;
    let mut curve = RocCurve { fpr: vec![0.0], tpr: vec![0.0], thresholds: vec![f64::INFINITY] };
    for step in &steps {
        curve.fpr.push(as_f64(step.inliers) / as_f64(all.inliers));
        curve.tpr.push(as_f64(step.outliers) / as_f64(all.outliers));
        curve.thresholds.push(step.score);
    }
    Some(curve)
}
