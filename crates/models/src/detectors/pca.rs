//! `pca`: how far a row lies from the plane of the first principal components, or, as in the 2020
//! study, from the component vectors themselves.

use oddbench_core::{DetectorError, Matrix};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    covariance::{covariance, mean, principal_axes},
    kind::Kind,
    model::{Fit, Model},
    parallel::{map_rows, score_rows},
    params::{ParamError, Params, require},
    save::Saved,
    training_shape::TrainingShape,
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

/// The plane of the first components.
pub struct Plane {
    mean: Vec<f64>,
    /// One unit vector per component.
    components: Vec<Vec<f64>>,
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

impl Plane {
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

impl Model for PcaParams {
    type Learned = Plane;

    const KIND: Kind = Kind::of::<Self>(
        "pca",
        "principal components: reconstruction error, or the study's distance to the components",
        "Pearson 1901; component-distance: the 2020 study",
    );

    fn fit(&self, Fit { x, .. }: Fit<'_>) -> Result<Plane, DetectorError> {
        let mean = mean(x);
        let mut components = principal_axes(covariance(x, &mean)).vectors;
        components.truncate(self.n_components);
        for component in &mut components {
            let negative = match self.sign {
                Sign::Projection => largest_projection(x, &mean, component) < 0.0,
                Sign::Loading => largest(component.iter().copied()) < 0.0,
            };
            if negative {
                component.iter_mut().for_each(|v| *v = -*v);
            }
        }
        Ok(Plane { mean, components })
    }

    fn suits(&self, shape: &TrainingShape) -> Result<(), ParamError> {
        let (k, d) = (self.n_components, shape.columns);
        let message = || format!("{k} components are more than the rows have columns, {d}");
        if k > d { Err(ParamError::at("n_components", message())) } else { Ok(()) }
    }

    fn score(&self, plane: &Plane, x: &Matrix) -> Result<Vec<f64>, DetectorError> {
        let d = x.cols() as f64;
        Ok(match self.score {
            PcaScore::Reconstruction => {
                score_rows(x, |row| plane.residual(row).iter().map(|r| r * r).sum::<f64>() / d)
            }
            PcaScore::ComponentDistance => score_rows(x, |row| plane.component_distance(row)),
        })
    }

    /// The squared residual of each feature over the number of features: the parts of which the
    /// reconstruction score is the sum. The other score has no such parts.
    fn explain(&self, plane: &Plane, x: &Matrix) -> Result<Option<Matrix>, DetectorError> {
        if self.score != PcaScore::Reconstruction {
            return Ok(None);
        }
        let d = x.cols();
        let share = |row: &[f32], out: &mut [f32]| {
            for (share, residual) in out.iter_mut().zip(plane.residual(row)) {
                *share = (residual * residual / d as f64) as f32;
            }
        };
        Ok(Some(map_rows(x, d, share)))
    }

    /// The projection onto the components, whichever score is taken.
    fn reconstruct(&self, plane: &Plane, x: &Matrix) -> Result<Option<Matrix>, DetectorError> {
        let project = |row: &[f32], out: &mut [f32]| {
            for ((out, value), residual) in out.iter_mut().zip(row).zip(plane.residual(row)) {
                *out = (f64::from(*value) - residual) as f32;
            }
        };
        Ok(Some(map_rows(x, x.cols(), project)))
    }

    fn save(Plane { mean, components }: &Plane, saved: Saved) -> Saved {
        let (k, d) = (components.len(), mean.len());
        saved.with("mean", &[d], mean.clone()).with("components", &[k, d], components.concat())
    }

    fn load(&self, saved: &Saved) -> Result<Plane, DetectorError> {
        let d = saved.n_features;
        let mean = saved.tensor_f64("mean", &[d])?.to_vec();
        let components = saved.tensor_f64("components", &[self.n_components, d])?;
        let components = components.chunks_exact(d.max(1)).map(<[f64]>::to_vec).collect();
        Ok(Plane { mean, components })
    }
}
