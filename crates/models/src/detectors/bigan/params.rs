//! The parameters of `bigan`, with their ranges and presets.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::adversary::Moves;
use crate::nn::dense::ActivationName;
use crate::nn::init::Init;
use crate::nn::params::{
    Preset, Presets, Training, check_dropout, check_rate, check_width, preset_of,
};
use crate::params::{MOST_STEPS, ParamError, Params, require, require_count};

/// How far a row is from its reconstruction G(E(x)).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum BiganDistance {
    /// The sum over the features of the absolute errors, as published.
    Absolute,
    /// The sum over the features of the squared errors, which `cycle_weight` makes small on the
    /// training rows.
    Squared,
}

/// The second term of the score.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum BiganTerm {
    /// The L1 distance between the discriminator's features of (E(x), x) and of (E(x), G(E(x))).
    FeatureMatching,
    /// The cross-entropy of the discriminator's verdict on (E(x), x) against "real".
    CrossEntropy,
}

/// The parameters of `bigan`. `preset` decides what the others are if left out.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct BiganParams {
    /// The default is `sound`. `published`: the 2020 study, which trained on 15 single batches.
    /// `sound`: whole epochs with a smaller step, and a part of the loss that ties G(E(x)) to x.
    /// `large-batch`: `sound` in batches of 4096 with four times the step; mean validation ROC-AUC
    /// of three seeds 0.959, of `sound` 0.957.
    pub preset: Preset,
    /// Length of a code, 1 to 4096.
    #[schemars(range(min = 1, max = 4096))]
    pub latent: usize,
    /// Width of the encoder's hidden layer (LeakyReLU 0.2), 1 to 4096.
    #[schemars(range(min = 1, max = 4096))]
    pub encoder_hidden: usize,
    /// Width of the generator's hidden layer (ReLU), 1 to 4096.
    #[schemars(range(min = 1, max = 4096))]
    pub generator_hidden: usize,
    /// Width of the discriminator's hidden layer (LeakyReLU 0.1), 1 to 4096.
    #[schemars(range(min = 1, max = 4096))]
    pub discriminator_hidden: usize,
    /// Activation of the generator's output: `sigmoid` for columns scaled to [0, 1], `linear` for
    /// others.
    pub output: ActivationName,
    /// How the weights are drawn.
    pub init: Init,
    /// Dropout on the discriminator's inputs and features, at least 0 and below 1.
    #[schemars(range(min = 0.0), extend("exclusiveMaximum" = 1))]
    pub dropout: f64,
    /// How it is trained. The learning rate is that of encoder and generator, the validation loss is
    /// the reconstruction error.
    #[serde(flatten)]
    pub training: Training,
    /// Adam's step size for the discriminator, above 0 and at most 1; `learning_rate` is that of
    /// encoder and generator.
    #[schemars(range(max = 1.0), extend("exclusiveMinimum" = 0))]
    pub discriminator_learning_rate: f64,
    /// Steps of encoder and generator per batch, 1 to 100; the discriminator takes two, one on real
    /// and one on made pairs.
    #[schemars(range(min = 1, max = 100))]
    pub generator_updates: u32,
    /// Weight of the mean squared error of G(E(x)) in the loss of encoder and generator, 0 to 1000.
    /// 0 is the published method; above, the conditional entropy term of Li et al. (2017), ALICE.
    #[schemars(range(min = 0.0, max = 1000.0))]
    pub cycle_weight: f64,
    /// Batches per epoch, 1 to 1,000,000; left out, an epoch is a pass over all training rows.
    #[schemars(range(min = 1, max = MOST_STEPS))]
    pub batches_per_epoch: Option<u32>,
    /// The first term of the score.
    pub distance: BiganDistance,
    /// Share of the second term: the score is (1 - weight) * distance + weight * term; 0 to 1.
    #[schemars(range(min = 0.0, max = 1.0))]
    pub weight: f64,
    /// The second term.
    pub term: BiganTerm,
}

impl Presets for BiganParams {
    fn preset(preset: Preset) -> Self {
        let published = Self {
            preset,
            latent: 2,
            encoder_hidden: 128,
            generator_hidden: 128,
            discriminator_hidden: 128,
            output: ActivationName::Sigmoid,
            init: Init::GlorotUniform,
            dropout: 0.2,
            training: Training::published(256, 15),
            discriminator_learning_rate: 0.01,
            generator_updates: 1,
            cycle_weight: 0.0,
            batches_per_epoch: Some(1),
            distance: BiganDistance::Absolute,
            weight: 0.0,
            term: BiganTerm::FeatureMatching,
        };
        match preset {
            Preset::Published => published,
            // Chosen among sixteen on validation rows: experiments/sound-presets.toml.
            Preset::Sound => Self {
                training: Training { learning_rate: 0.001, epochs: 10, ..published.training },
                discriminator_learning_rate: 0.0002,
                cycle_weight: 100.0,
                batches_per_epoch: None,
                distance: BiganDistance::Squared,
                ..published
            },
            // Chosen on validation rows: experiments/large-batches.toml.
            Preset::LargeBatch => {
                let sound = Self::preset(Preset::Sound);
                let training =
                    Training { batch_size: 4096, learning_rate: 0.004, ..sound.training };
                Self { preset, training, discriminator_learning_rate: 0.0008, ..sound }
            }
        }
    }
}

impl Default for BiganParams {
    fn default() -> Self {
        Self::preset(Preset::default())
    }
}

impl Params for BiganParams {
    fn defaults(given: &Map<String, Value>) -> Self {
        preset_of(given)
    }

    fn check(&self) -> Result<(), ParamError> {
        check_width("latent", self.latent)?;
        check_width("encoder_hidden", self.encoder_hidden)?;
        check_width("generator_hidden", self.generator_hidden)?;
        check_width("discriminator_hidden", self.discriminator_hidden)?;
        check_dropout(self.dropout)?;
        self.training.check()?;
        check_rate("discriminator_learning_rate", self.discriminator_learning_rate)?;
        let updates = self.generator_updates;
        require("generator_updates", (1..=100).contains(&updates), "from 1 to 100", updates)?;
        let cycle = self.cycle_weight;
        require("cycle_weight", (0.0..=1000.0).contains(&cycle), "from 0 to 1000", cycle)?;
        if let Some(batches) = self.batches_per_epoch {
            require_count("batches_per_epoch", batches, MOST_STEPS)?;
        }
        require("weight", (0.0..=1.0).contains(&self.weight), "from 0 to 1", self.weight)
    }
}

impl BiganParams {
    /// What may differ in networks that train together is as in the default preset.
    pub(super) fn alike(&self) -> Self {
        let Self { latent, encoder_hidden, generator_hidden, discriminator_hidden, output, .. } =
            *self;
        Self {
            latent,
            encoder_hidden,
            generator_hidden,
            discriminator_hidden,
            output,
            training: self.training.alike(),
            generator_updates: self.generator_updates,
            cycle_weight: if self.cycle_weight > 0.0 { 1.0 } else { 0.0 },
            batches_per_epoch: self.batches_per_epoch,
            ..Self::default()
        }
    }

    /// Codes and masks of a row: see the kernels' description of the network.
    pub(super) fn words_per_row(&self, columns: usize) -> usize {
        let updates = self.generator_updates as usize;
        let mask = (self.latent + columns + self.discriminator_hidden).div_ceil(32);
        self.latent * updates + 2 * (1 + updates) * mask
    }

    pub(super) fn moves(&self) -> Moves {
        Moves {
            batch_size: self.training.batch_size,
            batches_per_epoch: self.batches_per_epoch,
            generator_updates: self.generator_updates,
            discriminator_rate: self.discriminator_learning_rate,
            cycle_weight: self.cycle_weight as f32,
            dropout: self.dropout as f32,
            adam: self.training.adam(),
        }
    }
}
