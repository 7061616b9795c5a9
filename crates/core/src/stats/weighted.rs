//! Areas under the curves of rows that count as often as a resample drew them. Rows are sorted once; a
//! resample then costs one walk over them.

use super::head::Partial;
use super::resample::{LANES, Lanes};
use crate::metrics::Areas;

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
        let ends = (0..order.len()).filter(last_of_group).map(|i| i as u32 + 1).collect();
        let rows = order.iter().map(|&row| (row as u32) << 1 | u32::from(labels[row])).collect();
        Self { rows, ends }
    }

    /// Every area, of several resamples at once. `inliers` is how many each of them has.
    pub(super) fn areas(&self, weights: &[Lanes], inliers: [u64; LANES]) -> [Areas; LANES] {
        let mut sums = Sums::new(inliers);
        let mut start = 0;
        for &end in &self.ends {
            let group = &self.rows[start..end as usize];
            start = end as usize;
            let (mut inliers, mut outliers) = ([0u32; LANES], [0u32; LANES]);
            for &row in group {
                let counts = &weights[(row >> 1) as usize];
                let outlier = 0u32.wrapping_sub(row & 1);
                for lane in 0..LANES {
                    let weight = u32::from(counts[lane]);
                    outliers[lane] += weight & outlier;
                    inliers[lane] += weight & !outlier;
                }
            }
            sums.step(inliers, outliers);
        }
        std::array::from_fn(|lane| sums.areas(lane))
    }
}

/// Rows counted so far, in each resample.
struct Sums {
    outliers: [u32; LANES],
    inliers: [u32; LANES],
    /// Twice the area under the ROC curve, in pairs of rows.
    pairs: [u64; LANES],
    /// Average precision times the number of outliers.
    precision: [f64; LANES],
    /// The areas up to a false positive rate.
    partial: Partial,
}

impl Sums {
    fn new(inliers: [u64; LANES]) -> Self {
        Self {
            outliers: [0; LANES],
            inliers: [0; LANES],
            pairs: [0; LANES],
            precision: [0.0; LANES],
            partial: Partial::new(inliers),
        }
    }

    /// Counts a group of equal scores.
    fn step(&mut self, inliers: [u32; LANES], outliers: [u32; LANES]) {
        self.partial.step(inliers, outliers);
        for lane in 0..LANES {
            let before = self.outliers[lane];
            self.inliers[lane] += inliers[lane];
            self.outliers[lane] += outliers[lane];
            let above = u64::from(before) + u64::from(self.outliers[lane]);
            self.pairs[lane] += u64::from(inliers[lane]) * above;
        }
        if outliers == [0; LANES] {
            return;
        }
        for (lane, outliers) in outliers.into_iter().enumerate() {
            let called = (self.outliers[lane] + self.inliers[lane]).max(1);
            let found = f64::from(outliers) * f64::from(self.outliers[lane]);
            self.precision[lane] += found / f64::from(called);
        }
    }

    fn areas(&self, lane: usize) -> Areas {
        let [outliers, inliers] = [self.outliers[lane], self.inliers[lane]].map(f64::from);
        Areas {
            roc_auc: (outliers > 0.0 && inliers > 0.0)
                .then(|| self.pairs[lane] as f64 / (2.0 * outliers * inliers)),
            average_precision: (outliers > 0.0).then(|| self.precision[lane] / outliers),
            partial_roc_auc: self.partial.area(lane, u64::from(self.outliers[lane])),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        /// A weight is as good as that many copies of the row.
        #[test]
        fn weights_are_copies(
            rows in prop::collection::vec((any::<bool>(), 0u8..12, 0u8..4), 0..60),
        ) {
            let labels: Vec<bool> = rows.iter().map(|r| r.0).collect();
            let scores: Vec<f64> = rows.iter().map(|r| f64::from(r.1)).collect();
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
            let same = |ours: &Areas, labels: &[bool], scores: &[f64]| {
                let whole = Areas::of(labels, scores);
                close(ours.roc_auc, whole.roc_auc)
                    && close(ours.average_precision, whole.average_precision)
                    && close(ours.partial_roc_auc, whole.partial_roc_auc)
            };
            let ranking = Ranking::new(&labels, &scores);
            // In the last resample; the others have every row once.
            let weights: Vec<Lanes> = rows.iter().map(|r| [1, 1, 1, 1, 1, 1, 1, r.2]).collect();
            let count = |lane: usize| {
                let inliers = weights.iter().zip(&labels).filter(|(_, label)| !**label);
                inliers.map(|(weight, _)| u64::from(weight[lane])).sum()
            };
            let inliers: [u64; LANES] = std::array::from_fn(count);
            let measured = ranking.areas(&weights, inliers);
            prop_assert!(same(&measured[LANES - 1], &many_labels, &many_scores));
            prop_assert!(same(&measured[0], &labels, &scores));
        }
    }
}
