//! Precision over recall.

use super::confusion::as_f64;
use super::tally::tallies;

/// Precision and recall at every distinct score, from the highest score to the lowest.
#[derive(Debug, Clone, PartialEq)]
pub struct PrCurve {
    /// Precision of the rows with `score >= threshold`.
    pub precision: Vec<f64>,
    /// Recall of them, ascending.
    pub recall: Vec<f64>,
    /// Distinct scores, descending.
    pub thresholds: Vec<f64>,
}

/// The precision-recall curve; `None` without outliers.
pub fn pr_curve(labels: &[bool], scores: &[f64]) -> Option<PrCurve> {
    let steps = tallies(labels, scores);
    let outliers = steps.last().map(|step| step.outliers).filter(|&count| count > 0)?;
    let mut curve = PrCurve { precision: vec![], recall: vec![], thresholds: vec![] };
    for step in &steps {
        curve.precision.push(as_f64(step.outliers) / as_f64(step.outliers + step.inliers));
        curve.recall.push(as_f64(step.outliers) / as_f64(outliers));
        curve.thresholds.push(step.score);
    }
    Some(curve)
}
