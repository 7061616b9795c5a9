//! Areas under the curves of rows that count as often as a resample drew them. Rows are sorted once; a
//! resample then costs one walk over them.

use super::resample::{LANES, Lanes};
use crate::metrics::{Areas, PartialArea};

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
        self.walk(weights, |inliers, outliers| {
            sums.head(inliers, outliers);
            sums.step(inliers, outliers);
            true
        });
        std::array::from_fn(|lane| sums.areas(lane))
    }

    /// The partial area alone: only as many rows are looked at as it reaches over. The others are `None`.
    pub(super) fn head(
        &self,
        weights: &[Lanes],
        inliers: [u64; LANES],
        outliers: [u64; LANES],
    ) -> [Areas; LANES] {
        let mut sums = Sums::new(inliers);
        self.walk(weights, |inliers, outliers| {
            sums.head(inliers, outliers);
            sums.count(inliers, outliers);
            sums.open
        });
        std::array::from_fn(|lane| Areas {
            roc_auc: None,
            average_precision: None,
            partial_roc_auc: sums.partial[lane].standardised(outliers[lane]),
        })
    }

    /// Gives `step` the inliers and the outliers of each group of equal scores, from the highest score to the
    /// lowest, until it says that it needs no more.
    fn walk(&self, weights: &[Lanes], mut step: impl FnMut([u32; LANES], [u32; LANES]) -> bool) {
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
            if !step(inliers, outliers) {
                return;
            }
        }
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
    partial: [PartialArea; LANES],
    /// Whether one of them is not at its end.
    open: bool,
}

impl Sums {
    fn new(inliers: [u64; LANES]) -> Self {
        Self {
            outliers: [0; LANES],
            inliers: [0; LANES],
            pairs: [0; LANES],
            precision: [0.0; LANES],
            partial: inliers.map(PartialArea::of),
            open: true,
        }
    }

    /// Adds a group of equal scores to the partial areas, before it is counted.
    fn head(&mut self, inliers: [u32; LANES], outliers: [u32; LANES]) {
        if !self.open {
            return;
        }
        self.open = false;
        for lane in 0..LANES {
            let above = [self.inliers[lane], self.outliers[lane]];
            let with = [above[0] + inliers[lane], above[1] + outliers[lane]];
            self.open |= self.partial[lane].step(above.map(f64::from), with.map(f64::from));
        }
    }

    fn count(&mut self, inliers: [u32; LANES], outliers: [u32; LANES]) {
        for lane in 0..LANES {
            self.inliers[lane] += inliers[lane];
            self.outliers[lane] += outliers[lane];
        }
    }

    /// Counts a group of equal scores, and adds it to the areas over all rows.
    fn step(&mut self, inliers: [u32; LANES], outliers: [u32; LANES]) {
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
            partial_roc_auc: self.partial[lane].standardised(u64::from(self.outliers[lane])),
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
            let of = |label: bool| -> [u64; LANES] {
                let rows = weights.iter().zip(&labels).filter(|(_, l)| **l == label);
                rows.fold([0; LANES], |sums, (w, _)| std::array::from_fn(|lane| sums[lane] + u64::from(w[lane])))
            };
            let measured = ranking.areas(&weights, of(false));
            prop_assert!(same(&measured[LANES - 1], &many_labels, &many_scores));
            prop_assert!(same(&measured[0], &labels, &scores));
            let head = ranking.head(&weights, of(false), of(true));
            for (head, all) in head.iter().zip(&measured) {
                prop_assert_eq!(head.partial_roc_auc, all.partial_roc_auc);
            }
        }
    }
}
