//! Counts of right and wrong decisions at one threshold, and the metrics made from them.

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

impl Confusion {
    /// Calls a row an outlier if its score is greater than the threshold. Panics if the lengths differ.
    pub fn at(labels: &[bool], scores: &[f64], threshold: f64) -> Self {
        assert_eq!(labels.len(), scores.len(), "one label per score");
        let mut counts = Self::default();
        for (&label, &score) in labels.iter().zip(scores) {
            match (label, score > threshold) {
                (true, true) => counts.tp += 1,
                (false, true) => counts.fp += 1,
                (false, false) => counts.tn += 1,
                (true, false) => counts.fn_ += 1,
            }
        }
        counts
    }

    /// All rows.
    pub fn total(&self) -> u64 {
        self.tp + self.fp + self.tn + self.fn_
    }

    /// (tp + tn) / all; `None` without rows.
    pub fn accuracy(&self) -> Option<f64> {
        ratio(self.tp + self.tn, self.total())
    }

    /// tp / (tp + fp); `None` if no row was called an outlier.
    pub fn precision(&self) -> Option<f64> {
        ratio(self.tp, self.tp + self.fp)
    }

    /// tp / (tp + fn); `None` if there is no outlier.
    pub fn recall(&self) -> Option<f64> {
        ratio(self.tp, self.tp + self.fn_)
    }

    /// (1 + β²) tp / ((1 + β²) tp + β² fn + fp): van Rijsbergen's F, recall weighted β times as much as
    /// precision. `None` if there is neither an outlier nor a row that was called one.
    pub fn f_beta(&self, beta: f64) -> Option<f64> {
        let squared = beta * beta;
        let hits = (1.0 + squared) * as_f64(self.tp);
        let misses = squared * as_f64(self.fn_) + as_f64(self.fp);
        (hits + misses > 0.0).then(|| hits / (hits + misses))
    }
}

fn ratio(part: u64, whole: u64) -> Option<f64> {
    (whole > 0).then(|| as_f64(part) / as_f64(whole))
}

#[expect(clippy::cast_precision_loss, reason = "row counts are far below 2^53")]
pub(crate) fn as_f64(count: u64) -> f64 {
    count as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_at_the_threshold_is_an_inlier() {
        let counts = Confusion::at(&[true, true, false, false], &[0.5, 0.6, 0.5, 0.7], 0.5);
        assert_eq!(counts, Confusion { tp: 1, fp: 1, tn: 1, fn_: 1 });
    }

    #[test]
    fn what_is_undefined_is_none() {
        let nothing_called = Confusion { tn: 3, ..Confusion::default() };
        assert_eq!(nothing_called.precision(), None);
        assert_eq!(nothing_called.recall(), None);
        assert_eq!(nothing_called.f_beta(1.0), None);
        assert_eq!(nothing_called.accuracy(), Some(1.0));
        assert_eq!(Confusion::default().accuracy(), None);
        let all_missed = Confusion { fn_: 2, tn: 1, ..Confusion::default() };
        assert_eq!(all_missed.f_beta(1.0), Some(0.0));
    }
}
