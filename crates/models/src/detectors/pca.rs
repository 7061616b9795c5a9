//! `pca`: how far a row lies from the plane of the first principal components, or, as in the 2020
//! study, from the component vectors themselves.

use std::path::Path;

use oddbench_core::{
    Detector, DetectorError, FittedDetector, Matrix, Train, Watch, detector::check_input,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::{
    covariance::{covariance, mean, principal_axes},
    kinds::Kind,
    parallel::{map_rows, score_rows},
    params::{self, ParamError, Params, require},
    save::Saved,
};

pub(crate) const KIND: Kind = Kind {
    name: "pca",
    summary: "principal components: reconstruction error, or the study's distance to the components",
    source: "Pearson 1901; component-distance: the 2020 study (DESIGN section 8)",
    supervised: false,
    uses_device: false,
    positional: false,
    resolve: params::resolve::<PcaParams>,
    build: |value, _| Ok(Box::new(Pca { params: params::parse(value)? })),
    load,
    schema: params::schema::<PcaParams>,
    quick: || json!({}),
};

/// What is measured of a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum PcaScore {
    /// Mean over the features of the squared difference between the row and its projection onto
    /// the components.
    Reconstruction,
    /// Sum of the Euclidean distances from the row to the component vectors, as the 2020 study
    /// computes it. It depends on the arbitrary signs of the components.
    ComponentDistance,
}

/// Which of the two signs a component takes; only `component-distance` depends on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Sign {
    /// The training row with the largest projection in magnitude projects positively (scikit-learn
    /// before 1.5, and the 2020 study).
    Projection,
    /// The entry of the largest magnitude is positive (scikit-learn since 1.5).
    Loading,
}

/// Parameters of `pca`.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct PcaParams {
    /// Number of components, at most the number of features.
    #[schemars(range(min = 1))]
    pub n_components: usize,
    /// What is measured of a row.
    pub score: PcaScore,
    /// Which of the two signs a component takes.
    pub sign: Sign,
}

impl Default for PcaParams {
    fn default() -> Self {
        Self { n_components: 2, score: PcaScore::Reconstruction, sign: Sign::Projection }
    }
}

impl Params for PcaParams {
    fn check(&self) -> Result<(), ParamError> {
        require("n_components", self.n_components >= 1, "1 or more", self.n_components)
    }
}

struct Pca {
    params: PcaParams,
}

struct FittedPca {
    params: PcaParams,
    mean: Vec<f64>,
    /// One unit vector per component.
    components: Vec<Vec<f64>>,
}

impl Detector for Pca {
    fn fit(
        &self,
        train: Train<'_>,
        _seed: u64,
        _watch: &mut dyn Watch,
    ) -> Result<Box<dyn FittedDetector>, DetectorError> {
        check_input(train.x, None)?;
        let (k, d) = (self.params.n_components, train.x.cols());
        if k > d {
            return Err(DetectorError::BadInput(format!(
                "n_components = {k}, but the rows have {d} columns"
            )));
        }
        let mean = mean(train.x);
        let mut components = principal_axes(covariance(train.x, &mean)).vectors;
        components.truncate(k);
        for component in &mut components {
            let negative = match self.params.sign {
                Sign::Projection => largest_projection(train.x, &mean, component) < 0.0,
                Sign::Loading => largest(component.iter().copied()) < 0.0,
            };
            if negative {
                component.iter_mut().for_each(|v| *v = -*v);
            }
        }
        Ok(Box::new(FittedPca { params: self.params.clone(), mean, components }))
    }

    fn deterministic(&self) -> bool {
        true
    }
}

/// The projection of the largest magnitude of any row on the component; the first of equals.
fn largest_projection(x: &Matrix, mean: &[f64], component: &[f64]) -> f64 {
    let project = |row: &[f32]| {
        row.iter().zip(mean).zip(component).map(|((&v, m), c)| (f64::from(v) - m) * c).sum()
    };
    largest(score_rows(x, project).into_iter())
}

/// The value of the largest magnitude; the first of equals.
fn largest(values: impl Iterator<Item = f64>) -> f64 {
    values.fold(0.0, |best: f64, value| if value.abs() > best.abs() { value } else { best })
}

impl FittedPca {
    /// The row minus the mean and minus its projection onto the components.
    fn residual(&self, row: &[f32]) -> Vec<f64> {
        let centred: Vec<f64> =
            row.iter().zip(&self.mean).map(|(&v, m)| f64::from(v) - m).collect();
        let mut residual = centred.clone();
        for component in &self.components {
            let length: f64 = centred.iter().zip(component).map(|(v, c)| v * c).sum();
            residual.iter_mut().zip(component).for_each(|(r, c)| *r -= length * c);
        }
        residual
    }

    fn component_distance(&self, row: &[f32]) -> f64 {
        let distance = |component: &Vec<f64>| {
            let squares = row.iter().zip(component).map(|(&v, c)| (f64::from(v) - c).powi(2));
            squares.sum::<f64>().sqrt()
        };
        self.components.iter().map(distance).sum()
    }
}

impl FittedDetector for FittedPca {
    fn score(&self, x: &Matrix) -> Result<Vec<f64>, DetectorError> {
        check_input(x, Some(self.n_features()))?;
        let d = x.cols() as f64;
        Ok(match self.params.score {
            PcaScore::Reconstruction => {
                score_rows(x, |row| self.residual(row).iter().map(|r| r * r).sum::<f64>() / d)
            }
            PcaScore::ComponentDistance => score_rows(x, |row| self.component_distance(row)),
        })
    }

    /// The squared residual of each feature over the number of features: the parts of which the
    /// reconstruction score is the sum. The other score has no such parts.
    fn explain(&self, x: &Matrix) -> Result<Option<Matrix>, DetectorError> {
        check_input(x, Some(self.n_features()))?;
        if self.params.score != PcaScore::Reconstruction {
            return Ok(None);
        }
        let d = x.cols();
        let share = |row: &[f32], out: &mut [f32]| {
            for (share, residual) in out.iter_mut().zip(self.residual(row)) {
                *share = (residual * residual / d as f64) as f32;
            }
        };
        Ok(Some(map_rows(x, d, share)))
    }

    /// The projection onto the components, whichever score is taken.
    fn reconstruct(&self, x: &Matrix) -> Result<Option<Matrix>, DetectorError> {
        check_input(x, Some(self.n_features()))?;
        let project = |row: &[f32], out: &mut [f32]| {
            for ((out, value), residual) in out.iter_mut().zip(row).zip(self.residual(row)) {
                *out = (f64::from(*value) - residual) as f32;
            }
        };
        Ok(Some(map_rows(x, x.cols(), project)))
    }

    fn save(&self, dir: &Path) -> Result<(), DetectorError> {
        let (k, d) = (self.components.len(), self.mean.len());
        Saved::new(KIND.name, &self.params, d)
            .with("mean", &[d], self.mean.clone())
            .with("components", &[k, d], self.components.concat())
            .write(dir)
    }

    fn n_features(&self) -> usize {
        self.mean.len()
    }
}

fn load(saved: &Saved) -> Result<Box<dyn FittedDetector>, DetectorError> {
    let params: PcaParams = saved.params()?;
    let d = saved.n_features;
    let mean = saved.tensor_f64("mean", &[d])?.to_vec();
    let components = saved.tensor_f64("components", &[params.n_components, d])?;
    let components = components.chunks_exact(d.max(1)).map(<[f64]>::to_vec).collect();
    Ok(Box::new(FittedPca { params, mean, components }))
}
