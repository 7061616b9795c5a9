//! Counts of right and wrong decisions at one threshold, plain and weighted.

use serde::{Deserialize, Serialize};

use super::tally::Tally;

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

    /// The same with a weight of 1 for each row.
    pub fn weighted(&self) -> WeightedConfusion {
        WeightedConfusion {
            tp: as_f64(self.tp),
            fp: as_f64(self.fp),
            outliers: as_f64(self.tp + self.fn_),
            inliers: as_f64(self.fp + self.tn),
        }
    }
}

/// Decisions as sums of row weights: what the metrics of a threshold are made from.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct WeightedConfusion {
    /// Outliers that were called so.
    pub tp: f64,
    /// Inliers that were called outliers.
    pub fp: f64,
    /// All outliers.
    pub outliers: f64,
    /// All inliers.
    pub inliers: f64,
}

/// The weight of one row of each class, and of all rows of each class.
pub(crate) struct ClassWeights {
    outlier: f64,
    inlier: f64,
    outliers: f64,
    inliers: f64,
}

impl ClassWeights {
    /// Weighs the classes as if a share of `prevalence` of all rows were outliers; `None`: no weights.
    pub(crate) fn new(all: Tally, prevalence: Option<f64>) -> Self {
        let (outliers, inliers) = (as_f64(all.outliers), as_f64(all.inliers));
        match prevalence {
            None => Self { outlier: 1.0, inlier: 1.0, outliers, inliers },
            Some(share) => Self {
                outlier: share / outliers,
                inlier: (1.0 - share) / inliers,
                outliers: share,
                inliers: 1.0 - share,
            },
        }
    }

    /// The decisions if so many rows of each class are called outliers.
    pub(crate) fn called(&self, outliers: u64, inliers: u64) -> WeightedConfusion {
        WeightedConfusion {
            tp: as_f64(outliers) * self.outlier,
            fp: as_f64(inliers) * self.inlier,
            outliers: self.outliers,
            inliers: self.inliers,
        }
    }
}

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
}
