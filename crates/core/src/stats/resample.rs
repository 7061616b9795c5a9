//! Resampled rows, stratified by side, inliers and outliers, as a count per row.

use serde::{Deserialize, Serialize};

use crate::SplitMix64;

/// How often rows are resampled, from which seed, and how wide the intervals are.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Bootstrap {
    /// Number of resamples, at least 1; 1,000 is usual for 95 % intervals.
    pub resamples: usize,
    /// The share of an interval, 0 < level < 1.
    pub level: f64,
    /// Seed of the draws.
    pub seed: u64,
}

impl Default for Bootstrap {
    /// 1,000 resamples, 95 %, seed 0.
    fn default() -> Self {
        Self { resamples: 1_000, level: 0.95, seed: 0 }
    }
}

impl Bootstrap {
    /// The lower and upper tail that an interval leaves out.
    pub(super) fn tails(&self) -> [f64; 2] {
        let tail = (1.0 - self.level) / 2.0;
        [tail, 1.0 - tail]
    }
}

/// Resamples that are measured at once: one walk over the rows serves them all.
pub(super) const LANES: usize = 8;

/// How often a row is in each of them.
pub(super) type Lanes = [u8; LANES];

/// `count` numbers below `n`, each drawn from all of them (with replacement); none if `n` is 0.
pub fn draws(n: usize, count: usize, seed: u64) -> Vec<usize> {
    let mut random = SplitMix64(seed);
    let count = if n == 0 { 0 } else { count };
    (0..count).map(|_| random.below(n)).collect()
}

/// Draws as many rows of each side as there are, with replacement.
pub(super) struct Resampler {
    random: SplitMix64,
    strata: [Vec<u32>; 2],
    weights: Vec<u8>,
}

impl Resampler {
    /// Panics for more than 2^32 rows.
    pub(super) fn new(labels: &[bool], seed: u64) -> Self {
        assert!(u32::try_from(labels.len()).is_ok(), "at most 2^32 rows can be resampled");
        let (outliers, inliers) = (0..labels.len() as u32).partition(|&row| labels[row as usize]);
        Self {
            random: SplitMix64(seed),
            strata: [inliers, outliers],
            weights: vec![0; labels.len()],
        }
    }

    /// How often each row is in the next resample. A row is expected once, so that a count over 255 does
    /// not happen (its probability is below 10^-500); it would be taken for 255.
    pub(super) fn draw(&mut self) -> &[u8] {
        self.weights.fill(0);
        for rows in &self.strata {
            for _ in 0..rows.len() {
                let count = &mut self.weights[rows[self.random.below(rows.len())] as usize];
                *count = count.saturating_add(1);
            }
        }
        &self.weights
    }
}

/// Resamples of labelled rows, several at a time, so that any number of rows and models can be measured
/// without keeping a count per row and resample.
pub struct Blocks {
    resampler: Resampler,
    left: usize,
    block: Vec<Lanes>,
}

/// Several resamples: how often each row is in each of them.
#[derive(Clone, Copy)]
pub struct Block<'a> {
    pub(super) weights: &'a [Lanes],
    /// How many of them count: the last block is filled up.
    pub(super) used: usize,
}

impl Blocks {
    /// None is drawn yet. Panics for more than 2^32 rows.
    pub fn new(labels: &[bool], settings: Bootstrap) -> Self {
        let block = vec![[0; LANES]; labels.len()];
        Self { resampler: Resampler::new(labels, settings.seed), left: settings.resamples, block }
    }

    /// The next ones; `None` after the last.
    pub fn draw(&mut self) -> Option<Block<'_>> {
        let used = self.left.min(LANES);
        self.left -= used;
        for lane in 0..used {
            for (row, &count) in self.block.iter_mut().zip(self.resampler.draw()) {
                row[lane] = count;
            }
        }
        (used > 0).then_some(Block { weights: &self.block, used })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_resample_keeps_the_size_of_each_class_and_the_seed_decides() {
        let labels = [true, false, false, true, false, false, false];
        let mut resampler = Resampler::new(&labels, 3);
        let mut drawn = vec![];
        for _ in 0..50 {
            let weights = resampler.draw().to_vec();
            assert_eq!(weights[0] + weights[3], 2);
            assert_eq!(weights.iter().sum::<u8>(), 7);
            drawn.push(weights);
        }
        assert!(drawn.windows(2).any(|pair| pair[0] != pair[1]));
        let mut again = Resampler::new(&labels, 3);
        assert!(drawn.iter().all(|weights| again.draw() == weights));
        assert_ne!(Resampler::new(&labels, 4).draw(), drawn[0]);
    }
}
