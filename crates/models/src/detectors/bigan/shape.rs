//! The three networks of the bidirectional generative adversarial network over one flat parameter
//! vector: encoder, generator, discriminator.

use rand::Rng;

use crate::nn::dense::{Activation, Dense};
use crate::nn::init::Init;
use crate::nn::mlp::Mlp;

/// Encoder and generator face each other; the discriminator sees pairs of a code and a row.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Shape {
    /// From a row to its code.
    pub(crate) encoder: Mlp,
    /// From a code to a row.
    pub(crate) generator: Mlp,
    /// From a pair, code first, to features.
    pub(crate) features: Dense,
    /// From the features to the logit of "a real row with its code".
    pub(crate) verdict: Dense,
    /// Length of a code.
    pub(crate) latent: usize,
    /// Length of a row.
    pub(crate) n_features: usize,
}

impl Shape {
    /// The study's layers with the given hidden widths: LeakyReLU 0.2 in the encoder, ReLU in the
    /// generator, LeakyReLU 0.1 in the discriminator.
    pub(crate) fn new(
        n_features: usize,
        latent: usize,
        [encoder, generator, discriminator]: [usize; 3],
        output: Activation,
    ) -> Self {
        let leaky = Activation::LeakyRelu;
        let encoder = Mlp::new(0, &[n_features, encoder, latent], leaky(0.2), Activation::Linear);
        let down = [latent, generator, n_features];
        let generator = Mlp::new(encoder.end(), &down, Activation::Relu, output);
        let features = Dense {
            n_in: latent + n_features,
            n_out: discriminator,
            activation: leaky(0.1),
            at: generator.end(),
        };
        let verdict = Dense {
            n_in: discriminator,
            n_out: 1,
            activation: Activation::Linear,
            at: features.end(),
        };
        Self { encoder, generator, features, verdict, latent, n_features }
    }

    /// Where the encoder's and generator's parameters end and the discriminator's begin.
    pub(crate) fn boundary(&self) -> usize {
        self.features.at
    }

    /// Length of the flat parameter vector.
    pub(crate) fn n_params(&self) -> usize {
        self.verdict.end()
    }

    /// Draws all weights and zeroes the biases.
    pub(crate) fn init(&self, init: Init, rng: &mut impl Rng) -> Vec<f32> {
        let mut parameters = vec![0.0; self.n_params()];
        self.encoder.init(init, rng, &mut parameters);
        self.generator.init(init, rng, &mut parameters);
        self.features.init(init, rng, &mut parameters);
        self.verdict.init(init, rng, &mut parameters);
        parameters
    }

    /// The discriminator without its dropout.
    pub(crate) fn discriminator(&self) -> Mlp {
        Mlp { layers: vec![self.features, self.verdict] }
    }
}
