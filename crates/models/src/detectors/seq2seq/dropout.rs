//! Dropout masks for the inputs of the three LSTMs.
//!
//! Keras' LSTM with `dropout=` and its default activations multiplies the whole input sequence by
//! one mask before its fused implementation begins: every sequence and time step has a draw of its
//! own, which the four gates share (tf_keras 2.21, `LSTM.call`; only the cell-by-cell fallback
//! draws once per sequence and per gate). The three LSTMs draw independently. What is kept is
//! divided by the probability of keeping it.

use rand::{Rng, RngExt, SeedableRng};
use rand_xoshiro::Xoshiro256PlusPlus;

use crate::nn::simd::Plane;

/// Draws masks of 0 and 1 / (1 - rate).
#[derive(Debug, Clone)]
pub struct Dropout {
    /// A draw of 16 bits below this is dropped.
    below: u16,
    kept: f32,
}

impl Dropout {
    /// For a rate in [0, 1), which is rounded to a multiple of 2⁻¹⁶; `None` if it is then 0.
    pub fn new(rate: f64) -> Option<Self> {
        let below = (rate * 65536.0).round().min(65535.0) as u16;
        (below > 0).then(|| Self { below, kept: (1.0 / (1.0 - rate)) as f32 })
    }

    /// Fills all columns of all features of `masks` from the stream that `seed` begins.
    #[inline(always)]
    pub fn fill(&self, seed: u64, masks: &mut Plane) {
        let mut rng = Xoshiro256PlusPlus::seed_from_u64(seed);
        for eight in masks.as_mut_slice().as_chunks_mut::<8>().0 {
            let [a, b] = [rng.next_u64(), rng.next_u64()];
            for (i, slot) in eight.iter_mut().enumerate() {
                let draw = if i < 4 { a >> (16 * i) } else { b >> (16 * (i - 4)) } as u16;
                *slot = if draw < self.below { 0.0 } else { self.kept };
            }
        }
    }
}

/// The seed of the next chunk's masks.
pub fn next_seed(rng: &mut impl Rng) -> u64 {
    rng.random()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn drops_that_share_and_keeps_the_mean() {
        let dropout = Dropout::new(0.2).unwrap();
        let mut masks = Plane::zeros(54, 128);
        let (mut dropped, mut sum) = (0, 0.0);
        for seed in 0..50 {
            dropout.fill(seed, &mut masks);
            dropped += masks.as_slice().iter().filter(|m| **m == 0.0).count();
            sum += masks.as_slice().iter().map(|m| f64::from(*m)).sum::<f64>();
        }
        let n = (50 * 54 * 128) as f64;
        // Four standard deviations of a binomial share.
        assert!((dropped as f64 / n - 0.2).abs() < 4.0 * (0.16 / n).sqrt());
        assert!((sum / n - 1.0).abs() < 4.0 * (0.25 / n).sqrt());
        assert!(Dropout::new(0.0).is_none());
    }
}
