//! Precision over recall, and average precision.

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

/// Average precision, Σ (Rₙ − Rₙ₋₁) Pₙ over distinct scores: the step-wise area under precision over
/// recall, without interpolation; `None` without outliers.
pub fn average_precision(labels: &[bool], scores: &[f64]) -> Option<f64> {
    let curve = pr_curve(labels, scores)?;
    let mut area = 0.0;
    let mut before = 0.0;
    for (precision, recall) in curve.precision.iter().zip(&curve.recall) {
        area += (recall - before) * precision;
        before = *recall;
    }
    Some(area)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn constant_scores_have_the_share_of_outliers_as_precision() {
        assert_eq!(average_precision(&[true, false, false, false], &[2.0; 4]), Some(0.25));
        assert_eq!(average_precision(&[false, false], &[1.0, 2.0]), None);
    }
}
