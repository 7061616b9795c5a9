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
mod network;
mod params;
mod score;
mod shape;
#[cfg(test)]
mod tests;

use std::path::Path;

use oddbench_core::{
    Detector, DetectorError, FittedDetector, Matrix, Train, Watch, detector::check_input,
};
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::device::{Backend, Device};
use crate::kinds::Kind;
use crate::nn::batches::Batches;
use crate::nn::burn_training::{BurnLearner, BurnSettings};
use crate::nn::preset;
use crate::nn::training::{Learner, Schedule, note_range, train};
use crate::rng::stream;
use crate::save::Saved;

use fused::{Data, Fused};
use network::Network;
pub use params::{VaeParams, VaeScore};
use score::Scorer;
use shape::Shape;

pub(crate) const KIND: Kind = Kind {
    name: "vae",
    summary: "error of rebuilding a row from a sampled code, or the evidence lower bound",
    source: "Kingma and Welling (2014), Auto-encoding variational Bayes; the published settings are those of the 2020 study",
    supervised: false,
    uses_device: true,
    positional: false,
    resolve: preset::resolve_preset::<VaeParams>,
    build: |value, device| {
        let params = preset::parse_preset(value)?;
        Ok(Box::new(Vae { params, device: device.clone() }))
    },
    load: |saved| Ok(Box::new(FittedVae::load(saved)?)),
    schema: crate::params::schema::<VaeParams>,
    quick: || json!({ "epochs": 3, "batch_size": 32 }),
};

struct Vae {
    params: VaeParams,
    device: Device,
}

impl Vae {
    fn train(
        &self,
        shape: &Shape,
        data: &Train<'_>,
        seed: u64,
        watch: &mut dyn Watch,
    ) -> Result<Vec<f32>, DetectorError> {
        let params = &self.params;
        let weights = shape.init(params.init, &mut stream(seed, "vae/weights"));
        let noise = stream(seed, "vae/noise");
        let validation_noise = stream(seed, "vae/validation-noise");
        let (validation, batch_size) = (data.validation, params.batch_size);
        let adam = params.adam();
        let schedule = Schedule { epochs: params.epochs, patience: params.patience };
        let mut batches = Batches::new(data.x.rows(), stream(seed, "vae/batches"));
        if self.device.backend() == Backend::Cpu {
            let data = Data { train: data.x, validation, batch_size, validation_noise };
            let mut learner = Fused::new(shape.clone(), &weights, adam, data, noise);
            train(&mut learner, schedule, &mut batches, watch)?;
            learner.parameters()
        } else {
            let device = self.device.burn().clone().autodiff();
            let settings = BurnSettings {
                train: data.x,
                validation,
                batch_size,
                adam,
                noise,
                validation_noise,
            };
            let network = Network::new(shape, &weights, &device);
            let mut learner = BurnLearner::new(network, settings, device);
            train(&mut learner, schedule, &mut batches, watch)?;
            learner.parameters()
        }
    }
}

impl Detector for Vae {
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
        let shape = self.params.shape(data.x.cols());
        let weights = self.train(&shape, &data, seed, watch)?;
        let scorer = Scorer { shape, weights, noise_seed: seed, device: Some(self.device.clone()) };
        note_collapse(&scorer.divergences(data.x)?, self.params.collapse_bound, watch);
        Ok(Box::new(FittedVae { params: self.params.clone(), n_features: data.x.cols(), scorer }))
    }

    fn deterministic(&self) -> bool {
        false
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

/// Trained layers. A loaded one scores on the CPU, whatever it was trained on.
struct FittedVae {
    params: VaeParams,
    n_features: usize,
    scorer: Scorer,
}

/// What is saved beside the weights.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct State {
    noise_seed: u64,
}

impl FittedVae {
    fn load(saved: &Saved) -> Result<Self, DetectorError> {
        let params: VaeParams = saved.params()?;
        let shape = params.shape(saved.n_features);
        let weights = saved.tensor_f32("weights", &[shape.n_params()])?.to_vec();
        let State { noise_seed } = saved.state()?;
        let scorer = Scorer { shape, weights, noise_seed, device: None };
        Ok(Self { params, n_features: saved.n_features, scorer })
    }
}

impl FittedDetector for FittedVae {
    fn score(&self, x: &Matrix) -> Result<Vec<f64>, DetectorError> {
        check_input(x, Some(self.n_features))?;
        let samples = self.params.samples;
        match self.params.score {
            VaeScore::Reconstruction => self.scorer.sampled_error(x, samples),
            VaeScore::MeanReconstruction => self.scorer.mean_error(x),
            VaeScore::Elbo => self.scorer.bound(x, samples),
        }
    }

    /// Squared error of each feature over the number of features, of the draws or of the mean, as
    /// the score takes it. With `elbo` a row's shares sum to its reconstruction part over the number
    /// of features: the divergence belongs to no feature.
    fn explain(&self, x: &Matrix) -> Result<Option<Matrix>, DetectorError> {
        check_input(x, Some(self.n_features))?;
        let samples = match self.params.score {
            VaeScore::MeanReconstruction => 0,
            VaeScore::Reconstruction | VaeScore::Elbo => self.params.samples,
        };
        Ok(Some(self.scorer.shares(x, samples)?))
    }

    /// The reconstruction of the posterior's mean, whatever the score draws.
    fn reconstruct(&self, x: &Matrix) -> Result<Option<Matrix>, DetectorError> {
        check_input(x, Some(self.n_features))?;
        self.scorer.mean_reconstruction(x).map(Some)
    }

    fn save(&self, dir: &Path) -> Result<(), DetectorError> {
        let weights = self.scorer.weights.clone();
        Saved::new(KIND.name, &self.params, self.n_features)
            .with_state(&State { noise_seed: self.scorer.noise_seed })
            .with("weights", &[weights.len()], weights)
            .write(dir)
    }

    fn n_features(&self) -> usize {
        self.n_features
    }
}
