//! `autoencoder`: dense layers that squeeze a row through a few numbers and rebuild it; what they
//! can't rebuild is anomalous.
//!
//! On the CPU it trains by the fused step of [`fused`]; other backends run the burn module of
//! [`network`], which computes the same.

mod fused;
#[cfg(any(test, feature = "burn"))]
mod network;
#[cfg(test)]
mod tests;

use oddbench_core::{DetectorError, Matrix};
use rand_xoshiro::Xoshiro256PlusPlus;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

#[cfg(any(test, feature = "burn"))]
use crate::device::TensorDevice;
use crate::kind::Kind;
#[cfg(any(test, feature = "burn"))]
use crate::nn::burn_training::BurnLearner;
use crate::nn::dense::{Activation, ActivationName};
use crate::nn::init::Init;
#[cfg(feature = "kernels")]
use crate::nn::kernel_learner::{Kernels, Mean, layers};
use crate::nn::mlp::Mlp;
use crate::nn::network::{NeuralNetwork, Trained};
use crate::nn::params::{Preset, Presets, Training, check_width, check_widths, preset_of};
use crate::nn::training::{Learner, Setup};
use crate::params::{ParamError, Params};
use crate::peer_names::{PeerName, TRAINING, instead, same};

use fused::Fused;
#[cfg(any(test, feature = "burn"))]
use network::Network;

/// The parameters of `autoencoder`. `preset` decides what the others are if left out.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct AutoencoderParams {
    /// The default is `sound`. `published`: the 2020 study, where about one seed in eight collapses
    /// (rectifiers die at its learning rate). `sound`: leaky rectifiers, which can't die, the
    /// initial weights made for them, and a tenth of the learning rate. On KDD Cup 99 the lowest
    /// ROC-AUC of twenty seeds on validation rows is 0.948; at the full rate it is 0.40.
    /// `large-batch`: `sound` in batches of 4096, thirty times the step; its mean validation
    /// ROC-AUC of five seeds is 0.958, that of `sound` 0.962.
    pub preset: Preset,
    /// Widths of the encoder's hidden layers, each 1 to 4096; the decoder mirrors them.
    #[schemars(length(max = 16), inner(range(min = 1, max = 4096)))]
    pub hidden: Vec<usize>,
    /// Width of the bottleneck, 1 to 4096; it is linear.
    #[schemars(range(min = 1, max = 4096))]
    pub latent: usize,
    /// Activation of the hidden layers.
    pub activation: ActivationName,
    /// Activation of the output: `sigmoid` for columns scaled to [0, 1], `linear` for others.
    pub output: ActivationName,
    /// How the weights are drawn.
    pub init: Init,
    /// How it is trained.
    #[serde(flatten)]
    pub training: Training,
}

impl Presets for AutoencoderParams {
    fn preset(preset: Preset) -> Self {
        let published = Self {
            preset,
            hidden: vec![15, 7],
            latent: 2,
            activation: ActivationName::Relu,
            output: ActivationName::Sigmoid,
            init: Init::GlorotUniform,
            training: Training::published(128, 14),
        };
        match preset {
            Preset::Published => published,
            // Chosen among nine on validation rows: experiments/sound-presets.toml.
            Preset::Sound => Self {
                activation: ActivationName::LeakyRelu,
                init: Init::HeUniform,
                training: Training { learning_rate: 0.001, ..published.training },
                ..published
            },
            // Chosen on validation rows: experiments/large-batches.toml.
            Preset::LargeBatch => {
                let sound = Self::preset(Preset::Sound);
                let training = Training { batch_size: 4096, learning_rate: 0.03, ..sound.training };
                Self { preset, training, ..sound }
            }
        }
    }
}

impl Default for AutoencoderParams {
    fn default() -> Self {
        Self::preset(Preset::default())
    }
}

impl Params for AutoencoderParams {
    fn defaults(given: &Map<String, Value>) -> Self {
        preset_of(given)
    }

    fn check(&self) -> Result<(), ParamError> {
        check_widths("hidden", &self.hidden)?;
        check_width("latent", self.latent)?;
        self.training.check()
    }
}

/// PyOD's names.
const PEERS: &[PeerName] = &[
    same("hidden_activation_name", "activation"),
    same("hidden_activation", "activation"),
    same("output_activation", "output"),
    same("latent_dim", "latent"),
    instead("hidden_neuron_list", WIDTHS),
    instead("hidden_neurons", WIDTHS),
    instead(
        "dropout_rate",
        "nothing is dropped; `latent` and `patience` keep the network from copying rows",
    ),
];

const WIDTHS: &str = "the innermost width is a parameter of its own, and the decoder mirrors the encoder; \
                      write hidden = [64] and latent = 32 for hidden_neuron_list = [64, 32]";

impl NeuralNetwork for AutoencoderParams {
    type Shape = Mlp;

    const KIND: Kind = Kind {
        peers: &[TRAINING, PEERS],
        fits_uploads: true,
        quick: || json!({ "epochs": 5, "batch_size": 32 }),
        ..Kind::of::<Self>(
            "autoencoder",
            "mean squared error of rebuilding a row from a narrow dense bottleneck",
            "Hinton and Salakhutdinov (2006), Science 313; the published settings are those of the 2020 study",
        )
    };

    fn training(&self) -> &Training {
        &self.training
    }

    fn output(&self) -> Activation {
        self.output.into()
    }

    fn shape(&self, n_features: usize) -> Mlp {
        let hidden = self.activation.into();
        let down: Vec<usize> = [n_features]
            .into_iter()
            .chain(self.hidden.iter().copied())
            .chain([self.latent])
            .collect();
        let up: Vec<usize> = down.iter().rev().copied().collect();
        Mlp::new(0, &down, hidden, Activation::Linear).then(&up, hidden, self.output.into())
    }

    fn n_weights(shape: &Mlp) -> usize {
        shape.end()
    }

    fn init(&self, shape: &Mlp, rng: &mut Xoshiro256PlusPlus) -> Vec<f32> {
        let mut weights = vec![0.0; shape.end()];
        shape.init(self.init, rng, &mut weights);
        weights
    }

    fn fused<'a>(&self, shape: &Mlp, weights: &[f32], setup: Setup<'a>) -> Box<dyn Learner + 'a> {
        Box::new(Fused::new(shape.clone(), weights, setup))
    }

    #[cfg(any(test, feature = "burn"))]
    fn on_burn<'a>(
        &self,
        shape: &Mlp,
        weights: &[f32],
        setup: Setup<'a>,
        device: &TensorDevice,
    ) -> Box<dyn Learner + 'a> {
        let device = device.clone().autodiff();
        Box::new(BurnLearner::new(Network::new(shape, weights, &device), setup, device))
    }

    #[cfg(feature = "kernels")]
    fn kernels(&self, shape: &Mlp, _: &Setup<'_>) -> Kernels {
        let net = oddbench_kernels::Autoencoder { layers: layers(shape) };
        Kernels::new(oddbench_kernels::Network::Autoencoder(net), Mean::PerValue)
    }

    fn alike(&self) -> Self {
        let training = self.training.alike();
        Self { preset: Preset::default(), init: Init::GlorotUniform, training, ..self.clone() }
    }

    fn reconstruct(&self, trained: &Trained<Mlp>, x: &Matrix) -> Result<Matrix, DetectorError> {
        trained.run(&trained.shape, x)
    }
}
