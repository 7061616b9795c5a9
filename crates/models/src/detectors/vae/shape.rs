//! What both engines of the variational autoencoder share: the layers and the weight of the
//! divergence.

use rand::Rng;

use crate::nn::dense::Activation;
use crate::nn::init::Init;
use crate::nn::mlp::Mlp;

/// Encoder and decoder over one flat parameter vector.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Shape {
    /// From a row to `2 * latent` numbers: the means, then the logarithms of the variances.
    pub(crate) encoder: Mlp,
    /// From `latent` numbers to a row.
    pub(crate) decoder: Mlp,
    /// Width of the bottleneck.
    pub(crate) latent: usize,
    /// Factor of the divergence in the loss.
    pub(crate) kl_weight: f32,
    /// Epochs over which the factor grows to its full value.
    pub(crate) kl_warmup: u32,
}

impl Shape {
    /// Layers `n_features`, `hidden`..., and back.
    pub(crate) fn new(
        n_features: usize,
        hidden: &[usize],
        latent: usize,
        activation: Activation,
        output: Activation,
    ) -> Self {
        let mut widths: Vec<usize> =
            [n_features].into_iter().chain(hidden.iter().copied()).collect();
        let up: Vec<usize> = [latent].into_iter().chain(widths.iter().rev().copied()).collect();
        widths.push(2 * latent);
        let encoder = Mlp::new(0, &widths, activation, Activation::Linear);
        let decoder = Mlp::new(encoder.end(), &up, activation, output);
        Self { encoder, decoder, latent, kl_weight: 1.0, kl_warmup: 0 }
    }

    /// Length of the flat parameter vector.
    pub(crate) fn n_params(&self) -> usize {
        self.decoder.end()
    }

    /// Draws all weights. The two heads count as layers of `latent` outputs each, as in Keras.
    pub(crate) fn init(&self, init: Init, rng: &mut impl Rng) -> Vec<f32> {
        let mut parameters = vec![0.0; self.n_params()];
        self.encoder.init(init, rng, &mut parameters);
        if let Some(heads) = self.encoder.layers.last() {
            let weights = &mut parameters[heads.at..heads.at + heads.n_in * heads.n_out];
            init.fill(rng, heads.n_in, self.latent, weights);
        }
        self.decoder.init(init, rng, &mut parameters);
        parameters
    }

    /// The factor of the divergence after that many epochs.
    pub(crate) fn kl_weight_in(&self, epochs_done: u32) -> f32 {
        if epochs_done < self.kl_warmup {
            self.kl_weight * (epochs_done + 1) as f32 / (self.kl_warmup + 1) as f32
        } else {
            self.kl_weight
        }
    }
}
