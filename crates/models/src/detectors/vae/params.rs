//! The parameters of `vae`, with their ranges and presets.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::nn::dense::ActivationName;
use crate::nn::init::Init;
use crate::nn::params::{Preset, Presets, Training, check_width, check_widths, preset_of};
use crate::params::{ParamError, Params, require};

/// What the score of a row is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum VaeScore {
    /// The mean squared error over the features, averaged over `samples` reconstructions of draws
    /// from the posterior.
    Reconstruction,
    /// The mean squared error of the reconstruction of the posterior's mean.
    MeanReconstruction,
    /// The loss: squared error, averaged over `samples` draws, plus `kl_weight` times KL.
    Elbo,
}

/// The parameters of `vae`. `preset` decides what the others are if left out.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct VaeParams {
    /// The default is `sound`. `published`: the 2020 study, whose posterior collapses. `sound`: a
    /// tenth of the divergence's weight and of the learning rate, leaky rectifiers, and the
    /// reconstruction of the mean as the score. None of twenty seeds on KDD Cup 99 collapsed.
    /// `large-batch`: `sound` in batches of 4096 with thirty times the step; mean validation
    /// ROC-AUC of five seeds 0.959, of `sound` 0.960.
    pub preset: Preset,
    /// Widths of the encoder's hidden layers, each 1 to 4096; the decoder mirrors them.
    #[schemars(length(max = 16), inner(range(min = 1, max = 4096)))]
    pub hidden: Vec<usize>,
    /// Latent dimensions, 1 to 4096.
    #[schemars(range(min = 1, max = 4096))]
    pub latent: usize,
    /// Activation of the hidden layers.
    pub activation: ActivationName,
    /// Activation of the output: `sigmoid` for columns scaled to [0, 1], `linear` for others.
    pub output: ActivationName,
    /// How the weights are drawn.
    pub init: Init,
    /// Factor of the divergence against the squared error, at least 0 and at most 1000: twice the
    /// variance that the decoder is given per feature.
    #[schemars(range(min = 0.0, max = 1000.0))]
    pub kl_weight: f64,
    /// Epochs over which the factor grows linearly to its full value; 0 is from the start.
    #[schemars(range(min = 0, max = 100000))]
    pub kl_warmup: u32,
    /// What the score of a row is.
    pub score: VaeScore,
    /// Draws from the posterior per scored row, 1 to 10000; they depend on the row's values and the
    /// seed alone.
    #[schemars(range(min = 1, max = 10000))]
    pub samples: u32,
    /// A note says that the posterior has collapsed if the mean KL term of every latent dimension
    /// is below this, in nats; at least 0.
    #[schemars(range(min = 0.0))]
    pub collapse_bound: f64,
    /// How it is trained.
    #[serde(flatten)]
    pub training: Training,
}

impl Presets for VaeParams {
    fn preset(preset: Preset) -> Self {
        let published = Self {
            preset,
            hidden: vec![15, 7],
            latent: 2,
            activation: ActivationName::Relu,
            output: ActivationName::Sigmoid,
            init: Init::GlorotUniform,
            kl_weight: 1.0,
            kl_warmup: 0,
            score: VaeScore::Reconstruction,
            samples: 1,
            collapse_bound: 0.01,
            training: Training::published(128, 8),
        };
        match preset {
            Preset::Published => published,
            // Chosen among eighteen on validation rows: experiments/sound-presets.toml.
            Preset::Sound => Self {
                activation: ActivationName::LeakyRelu,
                training: Training { learning_rate: 0.001, epochs: 14, ..published.training },
                kl_weight: 0.1,
                score: VaeScore::MeanReconstruction,
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

impl VaeParams {
    /// What may differ in networks that train together is as in the default preset.
    pub(super) fn alike(&self) -> Self {
        let Self { hidden, latent, activation, output, training, .. } = self.clone();
        let training = training.alike();
        Self { hidden, latent, activation, output, training, ..Self::default() }
    }
}

impl Default for VaeParams {
    fn default() -> Self {
        Self::preset(Preset::default())
    }
}

impl Params for VaeParams {
    fn defaults(given: &Map<String, Value>) -> Self {
        preset_of(given)
    }

    fn check(&self) -> Result<(), ParamError> {
        check_widths("hidden", &self.hidden)?;
        check_width("latent", self.latent)?;
        let weight = self.kl_weight;
        require("kl_weight", (0.0..=1000.0).contains(&weight), "from 0 to 1000", weight)?;
        require("kl_warmup", self.kl_warmup <= 100_000, "at most 100000", self.kl_warmup)?;
        let samples = self.samples;
        require("samples", (1..=10_000).contains(&samples), "from 1 to 10000", samples)?;
        let bound = self.collapse_bound;
        require("collapse_bound", bound >= 0.0 && bound.is_finite(), "0 or more", bound)?;
        self.training.check()
    }
}
