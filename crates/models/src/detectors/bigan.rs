//! `bigan`: a bidirectional generative adversarial network. A generator makes rows from codes, an
//! encoder makes codes from rows, and a discriminator learns to tell their pairs apart; a row that
//! G(E(x)) does not bring back is anomalous.
//!
//! [`adversary`] is the training on the CPU, with the gradients of [`fused`]; [`network`] is the same on
//! other backends, by burn's autodiff.

mod adversary;
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
use crate::nn::dense::Activation;
#[cfg(feature = "kernels")]
use crate::nn::kernel_learner::Kernels;
#[cfg(feature = "kernels")]
use crate::nn::kernel_scorer::ScoreByKernels;
use crate::nn::network::{NeuralNetwork, Trained};
use crate::nn::params::{Preset, Training};
use crate::nn::training::{Learner, Setup};
use crate::peer_names::{PeerName, TRAINING, instead, same};

use adversary::Adversaries;
use fused::Fused;
#[cfg(any(test, feature = "burn"))]
use network::Resident;
pub use params::BiganParams;
use shape::Shape;

/// Those of PyOD's ALAD, the nearest relative.
const PEERS: &[PeerName] = &[
    same("latent_dim", "latent"),
    same("output_activation", "output"),
    same("learning_rate_gen", "learning_rate"),
    same("learning_rate_disc", "discriminator_learning_rate"),
    instead("dropout_rate", "`dropout` is the share that the discriminator alone drops"),
    instead("enc_layers", "there is one hidden layer, `encoder_hidden` wide"),
    instead("dec_layers", "there is one hidden layer, `generator_hidden` wide"),
    instead("disc_xz_layers", "there is one hidden layer, `discriminator_hidden` wide"),
    instead("disc_xx_layers", ONE_DISCRIMINATOR),
    instead("disc_zz_layers", ONE_DISCRIMINATOR),
    instead("add_disc_zz_loss", ONE_DISCRIMINATOR),
    instead("activation_hidden_gen", "hidden layers have rectifiers"),
    instead("activation_hidden_disc", "hidden layers have rectifiers"),
    instead(
        "add_recon_loss",
        "`cycle_weight` above 0 adds the error of the reconstruction to the loss",
    ),
    instead(
        "lambda_recon_loss",
        "`cycle_weight` is the factor of the reconstruction's mean squared error",
    ),
    instead(
        "spectral_normalization",
        "weights are not normalised; `dropout` holds the discriminator back",
    ),
];

const ONE_DISCRIMINATOR: &str = "one discriminator judges pairs of row and code";

impl NeuralNetwork for BiganParams {
    type Shape = Shape;

    const KIND: Kind = Kind {
        peers: &[TRAINING, PEERS],
        quick: || json!({ "epochs": 5, "batch_size": 32 }),
        ..Kind::of::<Self>(
            "bigan",
            "error of rebuilding a row by an adversarially trained encoder and generator",
            "Donahue et al. (2017), Adversarial feature learning; Zenati et al. (2018), Efficient GAN-based anomaly detection; the published settings are those of the 2020 study",
        )
    };

    fn training(&self) -> &Training {
        &self.training
    }

    fn output(&self) -> Activation {
        self.output.into()
    }

    fn shape(&self, n_features: usize) -> Shape {
        let hidden = [self.encoder_hidden, self.generator_hidden, self.discriminator_hidden];
        Shape::new(n_features, self.latent, hidden, self.output.into())
    }

    fn n_weights(shape: &Shape) -> usize {
        shape.n_params()
    }

    fn init(&self, shape: &Shape, rng: &mut Xoshiro256PlusPlus) -> Vec<f32> {
        shape.init(self.init, rng)
    }

    fn fused<'a>(&self, shape: &Shape, weights: &[f32], setup: Setup<'a>) -> Box<dyn Learner + 'a> {
        let Setup { train, validation, batch_size, noise, .. } = setup;
        let engine = Fused::new(shape, batch_size.min(train.rows()));
        let (shape, moves) = (shape.clone(), self.moves());
        Box::new(Adversaries::new(shape, weights, moves, engine, train, validation, noise))
    }

    #[cfg(any(test, feature = "burn"))]
    fn on_burn<'a>(
        &self,
        shape: &Shape,
        weights: &[f32],
        setup: Setup<'a>,
        device: &TensorDevice,
    ) -> Box<dyn Learner + 'a> {
        let rows = (setup.train, setup.validation);
        let (shape, device) = (shape.clone(), device.clone());
        Box::new(Resident::new(shape, weights, self.moves(), device, rows, setup.noise))
    }

    #[cfg(feature = "kernels")]
    fn kernels(&self, shape: &Shape, setup: &Setup<'_>) -> Kernels {
        kernels::kernels(shape, self.moves(), setup)
    }

    #[cfg(feature = "kernels")]
    fn score_by_kernels(&self, _: &Shape) -> ScoreByKernels {
        kernels::score(self)
    }

    fn alike(&self) -> Self {
        self.alike()
    }

    fn words_per_row(&self, columns: usize) -> usize {
        self.words_per_row(columns)
    }

    fn note_before(&self, watch: &mut dyn Watch) {
        if self.preset == Preset::Published && self.weight == 0.0 {
            watch.note(
                "the study added 0.1 times the mean cross-entropy of each scoring call, and made \
                 one call for the inliers and one for the outliers, so its scores knew the label; \
                 that constant is left out here (0.889 to 0.890 ROC-AUC without it in its own code)",
            );
        }
    }

    fn reconstruct(&self, trained: &Trained<Shape>, x: &Matrix) -> Result<Matrix, DetectorError> {
        trained.reconstruction(x)
    }

    fn score(&self, trained: &Trained<Shape>, x: &Matrix) -> Result<Vec<f64>, DetectorError> {
        trained.score(x, self)
    }

    /// (1 - weight) times the absolute or squared error of each feature: the part of the score that
    /// belongs to features.
    fn explain(&self, trained: &Trained<Shape>, x: &Matrix) -> Result<Matrix, DetectorError> {
        trained.shares(x, self)
    }
}
