//! Initial weights.

use rand::{Rng, RngExt};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How the weights of a dense layer are drawn; biases begin at zero.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Init {
    /// Uniform in ± sqrt(6 / (fan_in + fan_out)): Keras' default. Source: Glorot and Bengio (2010).
    GlorotUniform,
    /// Uniform in ± sqrt(6 / fan_in), for rectifiers. Source: He et al. (2015).
    HeUniform,
}

impl Init {
    /// Fills `weights` with draws for a layer of that many inputs and outputs.
    pub fn fill(self, rng: &mut impl Rng, fan_in: usize, fan_out: usize, weights: &mut [f32]) {
        let fan = match self {
            Self::GlorotUniform => fan_in + fan_out,
            Self::HeUniform => fan_in,
        };
        let limit = (6.0 / fan as f64).sqrt() as f32;
        for weight in weights {
            *weight = limit * (2.0 * rng.random::<f32>() - 1.0);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::SeedableRng;
    use rand_xoshiro::Xoshiro256PlusPlus;

    #[test]
    fn draws_fill_the_stated_interval_evenly() {
        let mut rng = Xoshiro256PlusPlus::seed_from_u64(1);
        for (init, limit) in [(Init::GlorotUniform, 0.5), (Init::HeUniform, 0.612_372_4)] {
            let mut weights = vec![0.0; 10_000];
            init.fill(&mut rng, 16, 8, &mut weights);
            let largest = weights.iter().fold(0f32, |m, w| m.max(w.abs()));
            assert!(largest <= limit && largest > 0.99 * limit);
            let mean = weights.iter().sum::<f32>() / 10_000.0;
            let variance = weights.iter().map(|w| w * w).sum::<f32>() / 10_000.0;
            assert!(mean.abs() < 0.02 * limit);
            assert!((variance / (limit * limit / 3.0) - 1.0).abs() < 0.05);
        }
    }
}
