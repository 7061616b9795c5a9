//! `bigan`: a bidirectional generative adversarial network. A generator makes rows from codes, an
//! encoder makes codes from rows, and a discriminator learns to tell their pairs apart; a row that
//! G(E(x)) does not bring back is anomalous.
//!
//! [`adversary`] is the training on the CPU, with the gradients of [`fused`]; [`network`] is the same on
//! other backends, by burn's autodiff.

mod adversary;
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
use serde_json::json;

use crate::device::{Backend, Device};
use crate::kinds::Kind;
use crate::nn::batches::Batches;
use crate::nn::preset::{self, Preset};
use crate::nn::training::{Learner, Schedule, note_range, train};
use crate::rng::stream;
use crate::save::Saved;

use adversary::Adversaries;
use fused::Fused;
use network::Resident;
pub use params::{BiganDistance, BiganParams, BiganTerm};
use score::Scorer;
use shape::Shape;

pub(crate) const KIND: Kind = Kind {
    name: "bigan",
    summary: "error of rebuilding a row by an adversarially trained encoder and generator",
    source: "Donahue et al. (2017), Adversarial feature learning; Zenati et al. (2018), Efficient GAN-based anomaly detection; the published settings are those of the 2020 study",
    supervised: false,
    uses_device: true,
    positional: false,
    resolve: preset::resolve_preset::<BiganParams>,
    build: |value, device| {
        let params = preset::parse_preset(value)?;
        Ok(Box::new(Bigan { params, device: device.clone() }))
    },
    load: |saved| Ok(Box::new(FittedBigan::load(saved)?)),
    schema: crate::params::schema::<BiganParams>,
    quick: || json!({ "epochs": 5, "batch_size": 32 }),
};

struct Bigan {
    params: BiganParams,
    device: Device,
}

impl Bigan {
    fn train(
        &self,
        shape: &Shape,
        data: &Train<'_>,
        seed: u64,
        watch: &mut dyn Watch,
    ) -> Result<Vec<f32>, DetectorError> {
        let params = &self.params;
        let weights = shape.init(params.init, &mut stream(seed, "bigan/weights"));
        let noise = stream(seed, "bigan/noise");
        let (shape, moves) = (shape.clone(), params.moves());
        let schedule = Schedule { epochs: params.epochs, patience: params.patience };
        let mut batches = Batches::new(data.x.rows(), stream(seed, "bigan/batches"));
        let mut learner: Box<dyn Learner + '_> = if self.device.backend() == Backend::Cpu {
            let engine = Fused::new(&shape, params.batch_size.min(data.x.rows()));
            let (x, validation) = (data.x, data.validation);
            Box::new(Adversaries::new(shape, &weights, moves, engine, x, validation, noise))
        } else {
            let device = self.device.burn().clone();
            let rows = (data.x, data.validation);
            Box::new(Resident::new(shape, &weights, moves, device, rows, noise))
        };
        train(learner.as_mut(), schedule, &mut batches, watch)?;
        learner.parameters()
    }
}

impl Detector for Bigan {
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
        if self.params.preset == Preset::Published && self.params.weight == 0.0 {
            watch.note(
                "the study added 0.1 times the mean cross-entropy of each scoring call, and made \
                 one call for the inliers and one for the outliers, so its scores knew the label; \
                 that constant is left out here (0.889 to 0.890 ROC-AUC without it in its own code)",
            );
        }
        let shape = self.params.shape(data.x.cols());
        let weights = self.train(&shape, &data, seed, watch)?;
        let scorer = Scorer { shape, weights, device: Some(self.device.clone()) };
        Ok(Box::new(FittedBigan { params: self.params.clone(), n_features: data.x.cols(), scorer }))
    }

    fn deterministic(&self) -> bool {
        false
    }
}

/// Trained layers. A loaded one scores on the CPU, whatever it was trained on.
struct FittedBigan {
    params: BiganParams,
    n_features: usize,
    scorer: Scorer,
}

impl FittedBigan {
    fn load(saved: &Saved) -> Result<Self, DetectorError> {
        let params: BiganParams = saved.params()?;
        let shape = params.shape(saved.n_features);
        let weights = saved.tensor_f32("weights", &[shape.n_params()])?.to_vec();
        let scorer = Scorer { shape, weights, device: None };
        Ok(Self { params, n_features: saved.n_features, scorer })
    }
}

impl FittedDetector for FittedBigan {
    fn score(&self, x: &Matrix) -> Result<Vec<f64>, DetectorError> {
        check_input(x, Some(self.n_features))?;
        self.scorer.score(x, &self.params)
    }

    /// (1 - weight) times the absolute or squared error of each feature: the part of the score that
    /// belongs to features.
    fn explain(&self, x: &Matrix) -> Result<Option<Matrix>, DetectorError> {
        check_input(x, Some(self.n_features))?;
        Ok(Some(self.scorer.shares(x, &self.params)?))
    }

    fn reconstruct(&self, x: &Matrix) -> Result<Option<Matrix>, DetectorError> {
        check_input(x, Some(self.n_features))?;
        self.scorer.reconstruction(x).map(Some)
    }

    fn save(&self, dir: &Path) -> Result<(), DetectorError> {
        let weights = self.scorer.weights.clone();
        Saved::new(KIND.name, &self.params, self.n_features)
            .with("weights", &[weights.len()], weights)
            .write(dir)
    }

    fn n_features(&self) -> usize {
        self.n_features
    }
}
