//! The rows with the highest scores, which decide the partial area, as few groups: an area does not change
//! where neighbours of one side change places.

use super::resample::LANES;
use crate::metrics::{Areas, PartialArea};

/// The group of each row, from the highest scores on: rows of equal scores, or neighbours of one side. All
/// rows that no resample can reach are the last group.
pub(super) fn groups(labels: &[bool], scores: &[f64]) -> Vec<u32> {
    let mut order: Vec<usize> = (0..scores.len()).collect();
    order.sort_unstable_by(|&a, &b| scores[b].total_cmp(&scores[a]));
    let inliers = labels.iter().filter(|&&outlier| !outlier).count() as f64;
    // The number that a resample has of these inliers has a standard deviation of at most its root.
    let expected = inliers * Areas::MAX_FPR;
    let reach = (expected + 10.0 * expected.sqrt() + 10.0) as usize;
    let mut group_of = vec![0; scores.len()];
    let (mut group, mut last, mut above, mut start) = (0, None, 0, 0);
    while start < order.len() && above <= reach {
        let score = scores[order[start]];
        let tied = order[start..].iter().take_while(|&&row| scores[row] == score).count();
        let rows = &order[start..start + tied];
        let outliers = rows.iter().filter(|&&row| labels[row]).count();
        let label = [(0, false), (tied, true)].into_iter().find(|(all, _)| *all == outliers);
        let label = label.map(|(_, label)| label);
        if start > 0 && (label.is_none() || label != last) {
            group += 1;
        }
        last = label;
        rows.iter().for_each(|&row| group_of[row] = group);
        above += tied - outliers;
        start += tied;
    }
    order[start..].iter().for_each(|&row| group_of[row] = group + 1);
    group_of
}

/// Partial areas of several resamples, summed group by group.
pub(super) struct Partial {
    /// Inliers and outliers above the next group.
    above: [[u32; LANES]; 2],
    areas: [PartialArea; LANES],
    /// Whether one of them is not at its end.
    open: bool,
}

impl Partial {
    /// The empty sums for resamples with so many inliers, before the first group.
    pub(super) fn new(inliers: [u64; LANES]) -> Self {
        Self { above: [[0; LANES]; 2], areas: inliers.map(PartialArea::of), open: true }
    }

    /// Adds the next group.
    pub(super) fn step(&mut self, inliers: [u32; LANES], outliers: [u32; LANES]) {
        if !self.open {
            return;
        }
        self.open = false;
        for lane in 0..LANES {
            let above = [self.above[0][lane], self.above[1][lane]];
            let with = [above[0] + inliers[lane], above[1] + outliers[lane]];
            self.open |= self.areas[lane].step(above.map(f64::from), with.map(f64::from));
            (self.above[0][lane], self.above[1][lane]) = (with[0], with[1]);
        }
    }

    /// The standardised area of a resample with so many outliers.
    pub(super) fn area(&self, lane: usize, outliers: u64) -> Option<f64> {
        self.areas[lane].standardised(outliers)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn neighbours_of_one_label_are_a_group() {
        // From the highest: two outliers, an inlier, a tie of both, an inlier, two outliers.
        let scores = [9.0, 8.0, 7.0, 6.0, 6.0, 5.0, 4.0, 3.0];
        let labels = [true, true, false, false, true, false, true, true];
        assert_eq!(groups(&labels, &scores), [0, 0, 1, 2, 2, 3, 4, 4]);
        assert!(groups(&[], &[]).is_empty());
        // A resample of 10,000 inliers cannot have fewer than 100 among the first 211.
        let scores: Vec<f64> = (0..20_000).map(|row| -f64::from(row)).collect();
        let labels: Vec<bool> = (0..20_000).map(|row| row % 2 == 1).collect();
        let found = groups(&labels, &scores);
        assert!(found[..420].iter().enumerate().all(|(row, group)| *group == row as u32));
        assert!(found[500..].iter().all(|group| *group == found[500]));
    }
}
