//! Rows counted from the highest score down, one step per distinct score: the walk that curves, areas
//! and threshold sweeps share.

/// Rows with a score of at least `score`, by label.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(crate) struct Tally {
    pub(crate) score: f64,
    pub(crate) outliers: u64,
    pub(crate) inliers: u64,
}

/// One tally per distinct score, from the highest to the lowest, in O(n log n). Panics if the lengths
/// differ.
pub(crate) fn tallies(labels: &[bool], scores: &[f64]) -> Vec<Tally> {
    assert_eq!(labels.len(), scores.len(), "one label per score");
    let mut rows: Vec<(f64, bool)> = scores.iter().copied().zip(labels.iter().copied()).collect();
    rows.sort_unstable_by(|a, b| b.0.total_cmp(&a.0));
    let mut steps: Vec<Tally> = Vec::new();
    let (mut outliers, mut inliers) = (0, 0);
    for (score, label) in rows {
        match label {
            true => outliers += 1,
            false => inliers += 1,
        }
        match steps.last_mut() {
            // 0.0 and -0.0 are one score.
            Some(step) if step.score == score => {
                (step.outliers, step.inliers) = (outliers, inliers);
            }
            _ => steps.push(Tally { score, outliers, inliers }),
        }
    }
    steps
}
