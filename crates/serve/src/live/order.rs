//! The order in which the rows of an experiment pass. A data set often has its inliers first and its outliers last;
//! passed in that order, precision and recall say nothing until the end.

use oddbench_core::SplitMix64;

/// The seed of the order: everybody sees the same one.
pub const SEED: u64 = 1;

/// The positions `0..rows` in mixed order (Fisher and Yates).
pub fn mixed(rows: usize) -> Vec<usize> {
    let mut random = SplitMix64(SEED);
    let mut order: Vec<usize> = (0..rows).collect();
    for last in (1..rows).rev() {
        order.swap(last, random.below(last + 1));
    }
    order
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_passes_once_and_both_ends_are_mixed() {
        let order = mixed(1_000);
        let mut sorted = order.clone();
        sorted.sort_unstable();
        assert_eq!(sorted, (0..1_000).collect::<Vec<_>>());
        let late = order[..100].iter().filter(|at| **at >= 800).count();
        assert!((8..=35).contains(&late), "{late} of the first 100 are of the last fifth");
        assert_eq!(order, mixed(1_000));
        assert_eq!(mixed(0), [0_usize; 0]);
    }
}
