//! Metrics as pure functions on slices; `None` where a metric is undefined.

use serde::{Deserialize, Serialize};

/// Counts of decisions; the positive class is the outlier.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Confusion {
    /// Outliers that were called so.
    pub tp: u64,
    /// Inliers that were called outliers.
    pub fp: u64,
    /// Inliers that were called so.
    pub tn: u64,
    /// Outliers that were called inliers.
    pub fn_: u64,
}

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

/// Area under the ROC curve, ties counted half; `None` if one class is absent.
pub fn roc_auc(labels: &[bool], scores: &[f64]) -> Option<f64> {
    let _ = (labels, scores);
    todo!()
}

/// The ROC curve; `None` if one class is absent.
pub fn roc_curve(labels: &[bool], scores: &[f64]) -> Option<RocCurve> {
    let _ = (labels, scores);
    todo!()
}

/// Average precision (the step-wise area under precision over recall); `None` without positives.
pub fn average_precision(labels: &[bool], scores: &[f64]) -> Option<f64> {
    let _ = (labels, scores);
    todo!()
}
