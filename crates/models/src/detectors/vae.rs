//! `vae`: a variational autoencoder, whose bottleneck is a distribution instead of a point.
//!
//! The loss of a row is `|x - y|² + kl_weight * KL`, where `y` is the reconstruction of one draw
//! from the posterior and KL the divergence of the posterior from a standard normal: the negative
//! evidence lower bound of a Gaussian decoder with variance `kl_weight / 2`, times `kl_weight`. With
//! the study's weight of 1 that is a noise of 0.7 on columns in [0, 1], so the code costs more than
//! it can bring and the posterior collapses: every row gets nearly the same reconstruction.
//!
//! On the CPU it trains by the fused step of [`fused`]; other backends run the burn module of
//! [`network`], which computes the same from the same draws.

mod fused;
#[cfg(feature = "kernels")]
mod kernels;
#[cfg(any(test, feature = "burn"))]
mod network;
mod params;
mod score;
mod shape;
#[cfg(test)]
mod tests;

use oddbench_core::{DetectorError, Matrix, Watch};
use rand_xoshiro::Xoshiro256PlusPlus;
use serde_json::json;

#[cfg(any(test, feature = "burn"))]
use crate::device::TensorDevice;
use crate::kind::Kind;
#[cfg(any(test, feature = "burn"))]
use crate::nn::burn_training::BurnLearner;
use crate::nn::dense::Activation;
#[cfg(feature = "kernels")]
use crate::nn::kernel_learner::Kernels;
#[cfg(feature = "kernels")]
use crate::nn::kernel_scorer::ScoreByKernels;
use crate::nn::network::{NeuralNetwork, Trained};
use crate::nn::params::Training;
use crate::nn::training::{Learner, Setup};
use crate::peer_names::{PeerName, TRAINING, instead, same};

use fused::Fused;
#[cfg(any(test, feature = "burn"))]
use network::Network;
pub use params::{VaeParams, VaeScore};
use shape::Shape;

/// PyOD's names.
const PEERS: &[PeerName] = &[
    same("encoder_neuron_list", "hidden"),
    same("encoder_neurons", "hidden"),
    same("latent_dim", "latent"),
    same("hidden_activation_name", "activation"),
    same("hidden_activation", "activation"),
    same("output_activation_name", "output"),
    same("output_activation", "output"),
    instead("decoder_neuron_list", "the decoder mirrors the encoder, which `hidden` describes"),
    instead("decoder_neurons", "the decoder mirrors the encoder, which `hidden` describes"),
    instead("beta", WEIGHT),
    instead("gamma", WEIGHT),
    instead("capacity", "`kl_weight` and `kl_warmup` decide how much the divergence counts"),
    instead("logvar_clip", "the variance of the code is not clipped"),
    instead(
        "dropout_rate",
        "nothing is dropped; the noise of the code keeps the network from copying rows",
    ),
];

const WEIGHT: &str = "`kl_weight` is the factor of the divergence in another unit: beside the squared error \
                      summed over the columns, not averaged over them";

impl NeuralNetwork for VaeParams {
    type Shape = Shape;

    const KIND: Kind = Kind {
        peers: &[TRAINING, PEERS],
        quick: || json!({ "epochs": 3, "batch_size": 32 }),
        ..Kind::of::<Self>(
            "vae",
            "error of rebuilding a row from a sampled code, or the evidence lower bound",
            "Kingma and Welling (2014), Auto-encoding variational Bayes; the published settings are those of the 2020 study",
        )
    };

    const SCORES_DRAW: bool = true;

    fn training(&self) -> &Training {
        &self.training
    }

    fn output(&self) -> Activation {
        self.output.into()
    }

    fn shape(&self, n_features: usize) -> Shape {
        let (hidden, output) = (self.activation.into(), self.output.into());
        Shape {
            kl_weight: self.kl_weight as f32,
            kl_warmup: self.kl_warmup,
            ..Shape::new(n_features, &self.hidden, self.latent, hidden, output)
        }
    }

    fn n_weights(shape: &Shape) -> usize {
        shape.n_params()
    }

    fn init(&self, shape: &Shape, rng: &mut Xoshiro256PlusPlus) -> Vec<f32> {
        shape.init(self.init, rng)
    }

    fn fused<'a>(&self, shape: &Shape, weights: &[f32], setup: Setup<'a>) -> Box<dyn Learner + 'a> {
        Box::new(Fused::new(shape.clone(), weights, setup))
    }

    #[cfg(any(test, feature = "burn"))]
    fn on_burn<'a>(
        &self,
        shape: &Shape,
        weights: &[f32],
        setup: Setup<'a>,
        device: &TensorDevice,
    ) -> Box<dyn Learner + 'a> {
        let device = device.clone().autodiff();
        Box::new(BurnLearner::new(Network::new(shape, weights, &device), setup, device))
    }

    #[cfg(feature = "kernels")]
    fn kernels(&self, shape: &Shape, setup: &Setup<'_>) -> Kernels {
        kernels::kernels(shape, setup)
    }

    #[cfg(feature = "kernels")]
    fn score_by_kernels(&self, shape: &Shape) -> ScoreByKernels {
        kernels::score(self, shape)
    }

    #[cfg(feature = "kernels")]
    fn score_draws(&self, trained: &Trained<Shape>, x: &Matrix) -> Vec<f32> {
        trained.draws(x, self.samples)
    }

    fn alike(&self) -> Self {
        self.alike()
    }

    fn words_per_row(&self, _: usize) -> usize {
        self.latent
    }

    fn note_after(
        &self,
        trained: &Trained<Shape>,
        x: &Matrix,
        watch: &mut dyn Watch,
    ) -> Result<(), DetectorError> {
        note_collapse(&trained.divergences(x)?, self.collapse_bound, watch);
        Ok(())
    }

    /// The reconstruction of the posterior's mean, whatever the score draws.
    fn reconstruct(&self, trained: &Trained<Shape>, x: &Matrix) -> Result<Matrix, DetectorError> {
        trained.mean_reconstruction(x)
    }

    fn score(&self, trained: &Trained<Shape>, x: &Matrix) -> Result<Vec<f64>, DetectorError> {
        match self.score {
            VaeScore::Reconstruction => trained.sampled_error(x, self.samples),
            VaeScore::MeanReconstruction => trained.mean_error(x),
            VaeScore::Elbo => trained.bound(x, self.samples),
        }
    }

    /// Squared error of each feature over the number of features, of the draws or of the mean, as
    /// the score takes it. With `elbo` a row's shares sum to its reconstruction part over the number
    /// of features: the divergence belongs to no feature.
    fn explain(&self, trained: &Trained<Shape>, x: &Matrix) -> Result<Matrix, DetectorError> {
        let samples = match self.score {
            VaeScore::MeanReconstruction => 0,
            VaeScore::Reconstruction | VaeScore::Elbo => self.samples,
        };
        trained.shares(x, samples)
    }
}

/// Tells `watch` if no latent dimension carries information: the mean KL terms, in nats, are all
/// below `bound`.
fn note_collapse(divergences: &[f64], bound: f64, watch: &mut dyn Watch) {
    let largest = divergences.iter().copied().fold(0.0, f64::max);
    if largest < bound {
        watch.note(&format!(
            "the posterior has collapsed: the KL term of each of the {} latent dimensions is below \
             {bound} nats on the training rows (the largest is {largest:.2e}), so every row gets \
             nearly the same reconstruction; a smaller kl_weight (preset = \"sound\") prevents it",
            divergences.len(),
        ));
    }
}
