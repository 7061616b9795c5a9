//! `autoencoder`: dense layers that squeeze a row through a few numbers and rebuild it; what they
//! can't rebuild is anomalous.
//!
//! On the CPU it trains by the fused step of [`fused`]; other backends run the burn module of
//! [`network`], which computes the same.

mod fused;
mod network;
#[cfg(test)]
mod tests;

use std::path::Path;

use oddbench_core::{
    Detector, DetectorError, FittedDetector, Matrix, Train, Watch, detector::check_input,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::device::{Backend, Device};
use crate::kinds::Kind;
use crate::nn::adam::AdamSettings;
use crate::nn::batches::Batches;
use crate::nn::burn_training::{BurnLearner, BurnSettings};
use crate::nn::dense::{Activation, ActivationName};
use crate::nn::init::Init;
use crate::nn::loss::{finite, squared_distance, squared_shares};
use crate::nn::mlp::{Mlp, apply};
use crate::nn::preset::{self, Preset, Presets};
use crate::nn::training::{Learner, Schedule, note_range, train};
use crate::params::{ParamError, Params};
use crate::rng::stream;
use crate::save::Saved;

use fused::Fused;
use network::Network;

pub(crate) const KIND: Kind = Kind {
    name: "autoencoder",
    summary: "mean squared error of rebuilding a row from a narrow dense bottleneck",
    source: "Hinton and Salakhutdinov (2006), Science 313; the published settings are those of the 2020 study",
    supervised: false,
    uses_device: true,
    positional: false,
    resolve: preset::resolve_preset::<AutoencoderParams>,
    build: |value, device| {
        let params = preset::parse_preset(value)?;
        Ok(Box::new(Autoencoder { params, device: device.clone() }))
    },
    load: |saved| Ok(Box::new(FittedAutoencoder::load(saved)?)),
    schema: crate::params::schema::<AutoencoderParams>,
    quick: || json!({ "epochs": 5, "batch_size": 32 }),
};

/// The parameters of `autoencoder`. `preset` decides what the others are if left out.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct AutoencoderParams {
    /// `published`: the 2020 study, where about one seed in eight collapses (rectifiers die at its
    /// learning rate). `sound`: leaky rectifiers, which can't die, the initial weights made for
    /// them, and a tenth of the learning rate. On KDD Cup 99 the lowest ROC-AUC of twenty seeds on
    /// validation rows is 0.948; at the full rate it is 0.40. `large-batch`: `sound` in batches of 4096,
    /// thirty times the step; its mean validation ROC-AUC of five seeds is 0.958, that of `sound` 0.962.
    pub preset: Preset,
    /// Widths of the encoder's hidden layers, each 1 to 4096; the decoder mirrors them.
    pub hidden: Vec<usize>,
    /// Width of the bottleneck, 1 to 4096; it is linear.
    pub latent: usize,
    /// Activation of the hidden layers.
    pub activation: ActivationName,
    /// Activation of the output: `sigmoid` for columns scaled to [0, 1], `linear` for others.
    pub output: ActivationName,
    /// How the weights are drawn.
    pub init: Init,
    /// Adam's step size, above 0 and at most 1.
    pub learning_rate: f64,
    /// Adam's decay of the first moment, in [0, 1).
    pub beta_1: f64,
    /// Adam's decay of the second moment, in [0, 1).
    pub beta_2: f64,
    /// Adam's epsilon, above 0 and at most 1.
    pub epsilon: f64,
    /// Rows per optimiser step, 1 to 65536.
    pub batch_size: usize,
    /// Passes over the training rows, 0 to 100000; 0 leaves the weights as they were drawn.
    pub epochs: u32,
    /// Stop after this many epochs without a lower validation loss; left out, all epochs are run.
    pub patience: Option<u32>,
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
            learning_rate: 0.01,
            beta_1: 0.9,
            beta_2: 0.999,
            epsilon: 1e-7,
            batch_size: 128,
            epochs: 14,
            patience: None,
        };
        match preset {
            Preset::Published => published,
            // Chosen among nine on validation rows: experiments/sound-presets.toml.
            Preset::Sound => Self {
                activation: ActivationName::LeakyRelu,
                init: Init::HeUniform,
                learning_rate: 0.001,
                ..published
            },
            // Chosen on validation rows: experiments/large-batches.toml.
            Preset::LargeBatch => Self {
                preset,
                batch_size: 4096,
                learning_rate: 0.03,
                ..Self::preset(Preset::Sound)
            },
        }
    }
}

impl Default for AutoencoderParams {
    fn default() -> Self {
        Self::preset(Preset::default())
    }
}

impl Params for AutoencoderParams {
    fn check(&self) -> Result<(), ParamError> {
        preset::check_widths("hidden", &self.hidden)?;
        preset::check_width("latent", self.latent)?;
        preset::check_adam(&self.adam())?;
        preset::check_schedule(self.batch_size, self.epochs, self.patience)
    }
}

impl AutoencoderParams {
    fn adam(&self) -> AdamSettings {
        AdamSettings {
            learning_rate: self.learning_rate,
            beta_1: self.beta_1,
            beta_2: self.beta_2,
            epsilon: self.epsilon,
        }
    }

    /// The layers for rows of that many columns.
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
}

struct Autoencoder {
    params: AutoencoderParams,
    device: Device,
}

impl Autoencoder {
    fn train(
        &self,
        learner: &mut dyn Learner,
        rows: usize,
        seed: u64,
        watch: &mut dyn Watch,
    ) -> Result<Vec<f32>, DetectorError> {
        let schedule = Schedule { epochs: self.params.epochs, patience: self.params.patience };
        let mut batches = Batches::new(rows, stream(seed, "autoencoder/batches"));
        train(learner, schedule, &mut batches, watch)?;
        learner.parameters()
    }
}

impl Detector for Autoencoder {
    fn fit(
        &self,
        data: Train<'_>,
        seed: u64,
        watch: &mut dyn Watch,
    ) -> Result<Box<dyn FittedDetector>, DetectorError> {
        check_input(data.x, None)?;
        if let Some(validation) = data.validation {
            check_input(validation, Some(data.x.cols()))?;
        }
        note_range(data.x, self.params.output.into(), watch);
        let params = &self.params;
        let shape = params.shape(data.x.cols());
        let mut weights = vec![0.0; shape.end()];
        shape.init(params.init, &mut stream(seed, "autoencoder/weights"), &mut weights);
        let (rows, adam, batch_size) = (data.x.rows(), params.adam(), params.batch_size);
        if self.device.backend() == Backend::Cpu {
            let shape = shape.clone();
            let mut learner =
                Fused::new(shape, &weights, adam, batch_size, data.x, data.validation);
            weights = self.train(&mut learner, rows, seed, watch)?;
        } else {
            let device = self.device.burn().clone().autodiff();
            let settings = BurnSettings {
                train: data.x,
                validation: data.validation,
                batch_size,
                adam,
                noise: stream(seed, "autoencoder/noise"),
                validation_noise: stream(seed, "autoencoder/validation-noise"),
            };
            let network = Network::new(&shape, &weights, &device);
            let mut learner = BurnLearner::new(network, settings, device);
            weights = self.train(&mut learner, rows, seed, watch)?;
        }
        Ok(Box::new(FittedAutoencoder {
            params: params.clone(),
            n_features: data.x.cols(),
            shape,
            weights,
            device: Some(self.device.clone()),
        }))
    }

    fn deterministic(&self) -> bool {
        false
    }
}

/// Trained layers. A loaded one scores on the CPU, whatever it was trained on.
struct FittedAutoencoder {
    params: AutoencoderParams,
    n_features: usize,
    shape: Mlp,
    weights: Vec<f32>,
    device: Option<Device>,
}

impl FittedAutoencoder {
    fn load(saved: &Saved) -> Result<Self, DetectorError> {
        let params: AutoencoderParams = saved.params()?;
        let shape = params.shape(saved.n_features);
        let weights = saved.tensor_f32("weights", &[shape.end()])?.to_vec();
        Ok(Self { params, n_features: saved.n_features, shape, weights, device: None })
    }

    fn rebuild(&self, x: &Matrix) -> Result<Matrix, DetectorError> {
        check_input(x, Some(self.n_features))?;
        match &self.device {
            Some(device) if device.backend() != Backend::Cpu => {
                let device = device.burn();
                Network::new(&self.shape, &self.weights, device).reconstruct(x, device)
            }
            _ => Ok(apply(&self.shape, &self.weights, x)),
        }
    }
}

impl FittedDetector for FittedAutoencoder {
    fn score(&self, x: &Matrix) -> Result<Vec<f64>, DetectorError> {
        let reconstruction = self.rebuild(x)?;
        let pairs = x.iter_rows().zip(reconstruction.iter_rows());
        let n_features = self.n_features as f64;
        finite(pairs.map(|(x, y)| squared_distance(x, y) / n_features).collect())
    }

    /// Squared error of each feature over the number of features: a row sums to its score.
    fn explain(&self, x: &Matrix) -> Result<Option<Matrix>, DetectorError> {
        let reconstruction = self.rebuild(x)?;
        Ok(Some(squared_shares(x, &reconstruction)))
    }

    fn reconstruct(&self, x: &Matrix) -> Result<Option<Matrix>, DetectorError> {
        self.rebuild(x).map(Some)
    }

    fn save(&self, dir: &Path) -> Result<(), DetectorError> {
        Saved::new(KIND.name, &self.params, self.n_features)
            .with("weights", &[self.weights.len()], self.weights.clone())
            .write(dir)
    }

    fn n_features(&self) -> usize {
        self.n_features
    }
}
