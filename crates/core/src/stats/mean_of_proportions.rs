//! An interval for the mean of two shares of different rows, from counts alone: balanced accuracy.

use super::interval::Interval;
use super::proportion::proportion;

/// The interval of the mean of two independent shares, each given as part and whole: Wilson's intervals of
/// both, their distances squared and added (Newcombe 1998, method 10, there of a difference). `level` is
/// between 0 and 1. `None` if a whole is 0.
pub fn mean_of_proportions(first: (u64, u64), second: (u64, u64), level: f64) -> Option<Interval> {
    let a = proportion(first.0, first.1, level)?;
    let b = proportion(second.0, second.1, level)?;
    let (p, q) = (first.0 as f64 / first.1 as f64, second.0 as f64 / second.1 as f64);
    let middle = f64::midpoint(p, q);
    Some(Interval {
        low: middle - (p - a.low).hypot(q - b.low) / 2.0,
        high: middle + (a.high - p).hypot(b.high - q) / 2.0,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::SplitMix64;

    #[test]
    fn the_truth_is_covered_in_about_95_of_100_repetitions() {
        let mut random = SplitMix64(16);
        let mut hits = |n: u64, rate: f64| {
            (0..n).filter(|_| (random.draw() as f64) < rate * u64::MAX as f64).count() as u64
        };
        for (recall, specificity) in [(0.9, 0.95), (0.6, 0.99), (0.5, 0.5)] {
            let truth = f64::midpoint(recall, specificity);
            let covered = (0..2_000).filter(|_| {
                let (found, passed) = ((hits(50, recall), 50), (hits(200, specificity), 200));
                let interval = mean_of_proportions(found, passed, 0.95).unwrap();
                interval.low <= truth && truth <= interval.high
            });
            let share = covered.count() as f64 / 2_000.0;
            assert!((0.93..=0.97).contains(&share), "{recall} and {specificity}: {share}");
        }
    }

    #[test]
    fn all_right_is_not_certain() {
        let all = mean_of_proportions((20, 20), (20, 20), 0.95).unwrap();
        assert!(all.low < 0.9 && all.high == 1.0, "{all:?}");
        assert_eq!(mean_of_proportions((0, 0), (3, 4), 0.95), None);
    }
}
