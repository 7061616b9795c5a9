//! The counts at every threshold.

use super::confusion::Confusion;
use super::tally::tallies;

/// Every distinct score as a threshold, ascending, with the counts at it. The last threshold, the
/// highest score, calls nothing an outlier; "everything is one" is not among them, as it is no
/// candidate of the threshold rules either. Panics if the lengths differ.
pub fn sweep(labels: &[bool], scores: &[f64]) -> Vec<(f64, Confusion)> {
    let steps = tallies(labels, scores);
    let Some(all) = steps.last().copied() else { return Vec::new() };
    let (mut tp, mut fp) = (0, 0);
    let mut found: Vec<(f64, Confusion)> = Vec::with_capacity(steps.len());
    for step in &steps {
        // The rows above a score are the rows with at least the next higher score.
        let counts = Confusion { tp, fp, tn: all.inliers - fp, fn_: all.outliers - tp };
        found.push((step.score, counts));
        (tp, fp) = (step.outliers, step.inliers);
    }
    found.reverse();
    found
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn without_rows_there_is_no_threshold() {
        assert!(sweep(&[], &[]).is_empty());
    }

    proptest! {
        #[test]
        fn the_counts_are_those_of_each_threshold(
            rows in prop::collection::vec((any::<bool>(), 0u8..12), 1..60),
        ) {
            let labels: Vec<bool> = rows.iter().map(|r| r.0).collect();
            let scores: Vec<f64> = rows.iter().map(|r| f64::from(r.1)).collect();
            let swept = sweep(&labels, &scores);
            prop_assert!(swept.windows(2).all(|pair| pair[0].0 < pair[1].0));
            for (threshold, counts) in swept {
                prop_assert_eq!(counts, Confusion::at(&labels, &scores, threshold));
            }
        }
    }
}
