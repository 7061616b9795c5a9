//! Metrics of rows that count as often as a resample drew them. Rows are sorted once; a resample
//! then costs one walk over them.

use crate::metrics::{Areas, Confusion};

/// Rows from the highest score to the lowest.
pub(super) struct Ranking {
    /// Twice the row, plus one for an outlier: one load a row, and no branch on the label.
    rows: Vec<u32>,
    /// Where each group of equal scores ends in `rows`.
    ends: Vec<u32>,
}

impl Ranking {
    /// Panics if the lengths differ or there are more than 2^31 rows.
    pub(super) fn new(labels: &[bool], scores: &[f64]) -> Self {
        assert_eq!(labels.len(), scores.len(), "one label per score");
        assert!(labels.len() < 1 << 31, "at most 2^31 rows can be ranked");
        let mut order: Vec<usize> = (0..scores.len()).collect();
        order.sort_unstable_by(|&a, &b| scores[b].total_cmp(&scores[a]));
        let last_of_group =
            |&i: &usize| i + 1 == order.len() || scores[order[i]] != scores[order[i + 1]];
        #[expect(clippy::cast_possible_truncation, reason = "asserted above")]
        let ends = (0..order.len()).filter(last_of_group).map(|i| i as u32 + 1).collect();
        #[expect(clippy::cast_possible_truncation, reason = "asserted above")]
        let rows = order.iter().map(|&row| (row as u32) << 1 | u32::from(labels[row])).collect();
        Self { rows, ends }
    }

    /// How many rows have a score above the threshold: the first ones.
    pub(super) fn called(&self, scores: &[f64], threshold: f64) -> usize {
        self.rows.partition_point(|&row| scores[(row >> 1) as usize] > threshold)
    }

    /// Area under the ROC curve and average precision, `None` where a class is absent; and the counts
    /// if the first `called` rows are called outliers, which no group of equal scores is divided by.
    pub(super) fn measure(&self, weights: &[u16], called: usize) -> (Areas, Confusion) {
        let mut sums = Sums::default();
        let mut start = 0;
        let (mut tp, mut fp) = (0, 0);
        for &end in &self.ends {
            let group = &self.rows[start..end as usize];
            start = end as usize;
            let (mut all, mut outliers) = (0u32, 0u32);
            for &row in group {
                let weight = u32::from(weights[(row >> 1) as usize]);
                all += weight;
                outliers += weight * (row & 1);
            }
            sums.outliers += u64::from(outliers);
            sums.inliers += u64::from(all - outliers);
            sums.step();
            if start <= called {
                (tp, fp) = (sums.outliers, sums.inliers);
            }
        }
        let counts = Confusion { tp, fp, tn: sums.inliers - fp, fn_: sums.outliers - tp };
        (sums.areas(), counts)
    }
}

/// Rows counted so far and at the end of the last group of equal scores.
#[derive(Default)]
struct Sums {
    outliers: u64,
    inliers: u64,
    outliers_before: u64,
    inliers_before: u64,
    /// Twice the area under the ROC curve, in pairs of rows.
    pairs: u64,
    /// Average precision times the number of outliers.
    precision: f64,
}

impl Sums {
    /// Ends a group of equal scores.
    #[expect(clippy::cast_precision_loss, reason = "row counts are far below 2^53")]
    fn step(&mut self) {
        let width = self.inliers - self.inliers_before;
        self.pairs += width * (self.outliers_before + self.outliers);
        let found = self.outliers - self.outliers_before;
        if found > 0 {
            self.precision +=
                found as f64 * self.outliers as f64 / (self.outliers + self.inliers) as f64;
        }
        (self.outliers_before, self.inliers_before) = (self.outliers, self.inliers);
    }

    #[expect(clippy::cast_precision_loss, reason = "row counts are far below 2^53")]
    fn areas(&self) -> Areas {
        let (outliers, inliers) = (self.outliers as f64, self.inliers as f64);
        Areas {
            roc_auc: (outliers > 0.0 && inliers > 0.0)
                .then(|| self.pairs as f64 / (2.0 * outliers * inliers)),
            average_precision: (outliers > 0.0).then(|| self.precision / outliers),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::metrics::{average_precision, roc_auc};

    proptest! {
        /// A weight is as good as that many copies of the row.
        #[test]
        fn weights_are_copies(
            rows in prop::collection::vec((any::<bool>(), 0u8..12, 0u16..4), 0..60),
        ) {
            let labels: Vec<bool> = rows.iter().map(|r| r.0).collect();
            let scores: Vec<f64> = rows.iter().map(|r| f64::from(r.1)).collect();
            let weights: Vec<u16> = rows.iter().map(|r| r.2).collect();
            let (mut many_labels, mut many_scores) = (vec![], vec![]);
            for &(label, score, weight) in &rows {
                for _ in 0..weight {
                    many_labels.push(label);
                    many_scores.push(f64::from(score));
                }
            }
            let close = |a: Option<f64>, b: Option<f64>| match (a, b) {
                (Some(a), Some(b)) => (a - b).abs() < 1e-12,
                (a, b) => a == b,
            };
            let ranking = Ranking::new(&labels, &scores);
            let (ours, counts) = ranking.measure(&weights, ranking.called(&scores, 5.0));
            prop_assert!(close(ours.roc_auc, roc_auc(&many_labels, &many_scores)));
            prop_assert!(close(ours.average_precision, average_precision(&many_labels, &many_scores)));
            prop_assert_eq!(counts, Confusion::at(&many_labels, &many_scores, 5.0));
        }
    }
}
