//! The network's shape, its flat parameters, and which value each decoder step is fed and predicts.

use rand::Rng;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::nn::init::Init;
use crate::nn::lstm::Lstm;

/// How the decoder goes through a row of d values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Wiring {
    /// Step t predicts value t + 1 (the last one wraps around to value 0) and begins from value 0;
    /// if not, it predicts the row itself and begins from a zero.
    pub roll: bool,
    /// Without the roll: predict the row from its last value to its first.
    pub reverse: bool,
    /// In training, each step is fed the true value that the step before should have predicted; if
    /// not, what it did predict, as in scoring.
    pub teacher_forcing: bool,
}

/// What the output layer does to its sums.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Output {
    /// 1 / (1 + exp(-x)): for columns scaled to [0, 1].
    Sigmoid,
    /// Nothing: for other columns.
    Linear,
}

/// A bidirectional LSTM that reads a row, one value a step; an LSTM of twice the units that begins
/// with the final states and cells of both directions and writes the row; a dense layer from its
/// state to a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Network {
    /// Values of a row, and so time steps.
    pub steps: usize,
    /// Feeding and target of the decoder.
    pub wiring: Wiring,
    /// Activation of the output layer.
    pub output: Output,
    /// Reads from the first value to the last.
    pub forward: Lstm,
    /// Reads from the last value to the first.
    pub backward: Lstm,
    /// Writes the row.
    pub decoder: Lstm,
}

impl Network {
    /// For rows of `steps` values and `units` per encoder direction.
    pub fn new(steps: usize, units: usize, wiring: Wiring, output: Output) -> Self {
        let forward = Lstm { n_in: 1, units, at: 0 };
        let backward = Lstm { n_in: 1, units, at: forward.end() };
        let decoder = Lstm { n_in: 1, units: 2 * units, at: backward.end() };
        Self { steps, wiring, output, forward, backward, decoder }
    }

    /// Position of the output layer's weights, one per decoder unit; then comes its bias.
    pub fn head(&self) -> usize {
        self.decoder.end()
    }

    /// All parameters: the three LSTMs, the output layer's weights, its bias.
    pub fn n_params(&self) -> usize {
        self.head() + self.decoder.units + 1
    }

    /// Initial parameters, as Keras draws them.
    pub fn init(&self, rng: &mut impl Rng) -> Vec<f32> {
        let mut params = vec![0.0; self.n_params()];
        for lstm in [self.forward, self.backward, self.decoder] {
            lstm.init(rng, &mut params);
        }
        let head = self.head();
        let weights = &mut params[head..head + self.decoder.units];
        Init::GlorotUniform.fill(rng, self.decoder.units, 1, weights);
        params
    }

    /// Which value of the row step `t` of the decoder predicts.
    #[inline(always)]
    pub fn target(&self, t: usize) -> usize {
        match self.wiring {
            Wiring { roll: true, .. } => (t + 1) % self.steps,
            Wiring { reverse: true, .. } => self.steps - 1 - t,
            Wiring { .. } => t,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rng::stream;

    const PUBLISHED: Wiring = Wiring { roll: true, reverse: false, teacher_forcing: true };

    /// Keras prints 960, 1760 and 21 for the layers of the study's model: 2,741 in all.
    #[test]
    fn has_as_many_parameters_as_keras_counts() {
        let network = Network::new(18, 10, PUBLISHED, Output::Sigmoid);
        assert_eq!(network.forward.n_params() + network.backward.n_params(), 960);
        assert_eq!(network.decoder.n_params(), 1760);
        assert_eq!(network.n_params(), 2741);
    }

    #[test]
    fn begins_as_keras_begins() {
        let network = Network::new(18, 10, PUBLISHED, Output::Sigmoid);
        let params = network.init(&mut stream(1, "test"));
        let decoder = &params[network.decoder.at..network.decoder.end()];
        let (kernel, rest) = decoder.split_at(80);
        let (recurrent, bias) = rest.split_at(20 * 80);
        let limit = (6.0f32 / 81.0).sqrt();
        assert!(kernel.iter().all(|w| w.abs() <= limit));
        assert!(kernel.iter().any(|w| w.abs() > 0.8 * limit));
        for (i, a) in recurrent.chunks_exact(80).enumerate() {
            for (j, b) in recurrent.chunks_exact(80).enumerate() {
                let dot: f32 = a.iter().zip(b).map(|(a, b)| a * b).sum();
                assert!((dot - f32::from(i == j)).abs() < 1e-5, "rows {i} and {j}");
            }
        }
        assert!(bias.iter().enumerate().all(|(k, b)| *b == f32::from((20..40).contains(&k))));
        assert_eq!(params[2740], 0.0);
    }

    #[test]
    fn targets_are_the_rolled_row_the_row_or_the_row_reversed() {
        let targets = |wiring| -> Vec<usize> {
            let network = Network::new(4, 1, wiring, Output::Sigmoid);
            (0..4).map(|t| network.target(t)).collect()
        };
        assert_eq!(targets(PUBLISHED), [1, 2, 3, 0]);
        assert_eq!(targets(Wiring { roll: false, ..PUBLISHED }), [0, 1, 2, 3]);
        assert_eq!(targets(Wiring { roll: false, reverse: true, ..PUBLISHED }), [3, 2, 1, 0]);
    }
}
