//! `pca`: how far a row lies from the plane of the first principal components, or, as in the 2020
//! study and in PyOD, from the component vectors themselves.
//!
//! The components are the eigenvectors of the covariance, which nalgebra decomposes. linfa-reduction's
//! PCA finds the same ones if it is asked for all of them (a test holds both against each other), but
//! it copies the rows in double precision and takes longer; docs/ARCHITECTURE.md has the figures.

use oddbench_core::counts::counted;
use oddbench_core::{DetectorError, Matrix, Watch};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use crate::{
    covariance::{covariance, mean, principal_axes, scaled, scales},
    kind::Kind,
    model::{Fit, Model},
    number_or_word::{NumberOrWord, number_or_word},
    parallel::{map_rows, score_rows},
    params::{ParamError, Params, require},
    peer_names::instead,
    save::Saved,
    training_shape::TrainingShape,
};

/// How a row is scored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum PcaScore {
    /// Mean over the features of the squared difference between the row and its projection onto
    /// the components.
    Reconstruction,
    /// Sum of the Euclidean distances from the row to the component vectors, as the 2020 study
    /// computes it. It depends on the arbitrary signs of the components.
    ComponentDistance,
    /// The same of standardised rows, each distance over the component's share of the variance, as
    /// PyOD's `PCA` computes it. It depends on the arbitrary signs of the components, too.
    /// Components of no variance are left out, where PyOD divides by 0 or by rounding.
    WeightedComponentDistance,
}

/// Which of the two signs a component takes; only the distances to components depend on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Sign {
    /// The training row with the largest projection in magnitude projects positively (scikit-learn
    /// before 1.5, and the 2020 study).
    Projection,
    /// The entry of the largest magnitude is positive (scikit-learn since 1.5).
    Loading,
}

/// A number of components.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Components {
    /// All that there are.
    All,
    /// So many of them.
    Count(f64),
}

number_or_word!(Components, [All = "all"], Count, "\"all\" or a whole number, 1 or more", {
    fn number_schema() -> Value {
        json!({ "type": "integer", "minimum": 1 })
    }
});

impl Components {
    /// How many of `all` they are.
    fn of(self, all: usize) -> usize {
        self.number().map_or(all, |count| (count as usize).min(all))
    }

    fn check(self, key: &str) -> Result<(), ParamError> {
        let count = self.number().unwrap_or(1.0);
        require(key, count >= 1.0 && count.fract() == 0.0, Self::ALLOWED, count)
    }
}

/// Parameters of `pca`.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct PcaParams {
    /// Number of components, those of the largest variance: "all" or a number, at most the number of
    /// features. The default is 2, and "all" for weighted-component-distance, as in PyOD.
    pub n_components: Components,
    /// The score sums distances to this many of these components, those of the smallest variance: "all"
    /// or a number.
    pub n_selected_components: Components,
    /// How a row is scored.
    pub score: PcaScore,
    /// Which of the two signs a component takes.
    pub sign: Sign,
}

impl Default for PcaParams {
    fn default() -> Self {
        Self {
            n_components: Components::Count(2.0),
            n_selected_components: Components::All,
            score: PcaScore::Reconstruction,
            sign: Sign::Projection,
        }
    }
}

impl Params for PcaParams {
    fn defaults(given: &Map<String, Value>) -> Self {
        let weighted = given.get("score") == Some(&json!("weighted-component-distance"));
        let n_components = if weighted { Components::All } else { Components::Count(2.0) };
        Self { n_components, ..Self::default() }
    }

    fn check(&self) -> Result<(), ParamError> {
        self.n_components.check("n_components")?;
        let (key, selected) = ("n_selected_components", self.n_selected_components);
        selected.check(key)?;
        match (selected.number(), self.n_components.number()) {
            (Some(_), _) if self.score == PcaScore::Reconstruction => Err(ParamError::at(
                key,
                "must be \"all\" where score = \"reconstruction\", which has no distances to components",
            )),
            (Some(selected), Some(all)) if selected > all => Err(ParamError::at(
                key,
                format!("must be at most n_components = {all}, got {selected}"),
            )),
            _ => Ok(()),
        }
    }
}

/// The plane of the first components.
pub struct Plane {
    mean: Vec<f64>,
    /// One unit vector per component.
    components: Vec<Vec<f64>>,
    /// For the weighted distance, whose components are computed from standardised rows.
    weighing: Option<Weighing>,
}

/// Values that the weighted distance needs beside mean and components.
struct Weighing {
    /// By what a centred value is divided, for each feature.
    scales: Vec<f64>,
    /// Each component's share of the variance.
    shares: Vec<f64>,
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
        let row: Vec<f64> = row.iter().map(|&v| f64::from(v)).collect();
        self.components.iter().map(|component| distance(&row, component)).sum()
    }

    fn weighted_distance(&self, weighing: &Weighing, row: &[f32]) -> f64 {
        let scaled = row.iter().zip(&self.mean).zip(&weighing.scales);
        let row: Vec<f64> = scaled.map(|((&v, m), scale)| (f64::from(v) - m) / scale).collect();
        let components = self.components.iter().zip(&weighing.shares);
        components.map(|(component, share)| distance(&row, component) / share).sum()
    }
}

/// The Euclidean distance.
fn distance(row: &[f64], component: &[f64]) -> f64 {
    let squares = row.iter().zip(component).map(|(v, c)| (v - c).powi(2));
    squares.sum::<f64>().sqrt()
}

impl PcaParams {
    /// Turns each component to the sign that is asked for; centred values are divided by `scales` before
    /// they are projected.
    fn turn(&self, components: &mut [Vec<f64>], x: &Matrix, mean: &[f64], scales: Option<&[f64]>) {
        for component in components {
            let largest = match (self.sign, scales) {
                (Sign::Loading, _) => largest(component.iter().copied()),
                (Sign::Projection, None) => largest_projection(x, mean, component),
                (Sign::Projection, Some(scales)) => {
                    let scaled: Vec<f64> =
                        component.iter().zip(scales).map(|(c, scale)| c / scale).collect();
                    largest_projection(x, mean, &scaled)
                }
            };
            if largest < 0.0 {
                component.iter_mut().for_each(|v| *v = -*v);
            }
        }
    }

    /// The last of the components that are kept: those that the distances are summed over.
    fn select<T>(&self, mut kept: Vec<T>) -> Vec<T> {
        kept.split_off(kept.len() - self.n_selected_components.of(kept.len()))
    }

    fn fit_weighted(&self, x: &Matrix, watch: &mut dyn Watch) -> Result<Plane, DetectorError> {
        let mean = mean(x);
        let covariance = covariance(x, &mean);
        let scales = scales(&covariance, &mean, x.rows());
        let mut axes = principal_axes(scaled(&covariance, &scales));
        let (varying, d) = (axes.varying(), x.cols());
        if varying == 0 {
            return Err(DetectorError::BadInput("all training rows are equal".into()));
        }
        if varying < self.n_components.of(d) {
            watch.note(&format!(
                "the training rows do not vary along {} of {d} components; these are left out",
                d - varying
            ));
        }
        let total: f64 = axes.variances.iter().sum();
        axes.truncate(varying.min(self.n_components.of(d)));
        let shares = self.select(axes.variances.iter().map(|variance| variance / total).collect());
        let mut components = self.select(axes.vectors);
        self.turn(&mut components, x, &mean, Some(&scales));
        Ok(Plane { mean, components, weighing: Some(Weighing { scales, shares }) })
    }
}

const EXACT: &str = "the components are computed exactly, by the eigenvectors of the covariance";

impl Model for PcaParams {
    type Learned = Plane;

    const KIND: Kind = Kind {
        peers: &[&[
            instead(
                "whiten",
                "score = \"weighted-component-distance\" divides by the components' variances",
            ),
            instead(
                "weighted",
                "score = \"weighted-component-distance\" is PyOD's weighted distance",
            ),
            instead("svd_solver", EXACT),
            instead("tol", EXACT),
            instead("iterated_power", EXACT),
            instead("n_oversamples", EXACT),
            instead("power_iteration_normalizer", EXACT),
        ]],
        ..Kind::of::<Self>(
            "pca",
            "principal components: reconstruction error, or the study's or PyOD's distance to the components",
            "Pearson 1901; component-distance: the 2020 study; weighted-component-distance: PyOD",
        )
    };

    fn fit(&self, Fit { x, watch, .. }: Fit<'_>) -> Result<Plane, DetectorError> {
        if self.score == PcaScore::WeightedComponentDistance {
            return self.fit_weighted(x, watch);
        }
        let mean = mean(x);
        let mut components = principal_axes(covariance(x, &mean)).vectors;
        components.truncate(self.n_components.of(x.cols()));
        let mut components = self.select(components);
        self.turn(&mut components, x, &mean, None);
        Ok(Plane { mean, components, weighing: None })
    }

    fn suits(&self, shape: &TrainingShape) -> Result<(), ParamError> {
        let (k, d) = (self.n_components.number().unwrap_or(1.0), shape.columns);
        if k > d as f64 {
            return Err(ParamError::at(
                "n_components",
                format!(
                    "{k} components are more than a row has columns, which is {d}: at most {d}"
                ),
            ));
        }
        if self.score == PcaScore::Reconstruction && self.n_components.of(d) == d {
            let remedy = match d {
                1 => "choose a model that reads one column, such as hbos".to_owned(),
                _ => format!("give at most {}, or another score", d - 1),
            };
            return Err(ParamError::at(
                "n_components",
                format!(
                    "{d} components rebuild every row of {} without an error, and the scores are rounding: {remedy}",
                    counted(d, "column")
                ),
            ));
        }
        Ok(())
    }

    fn score(&self, plane: &Plane, x: &Matrix) -> Result<Vec<f64>, DetectorError> {
        let d = x.cols() as f64;
        Ok(match (self.score, &plane.weighing) {
            (PcaScore::Reconstruction, _) => {
                score_rows(x, |row| plane.residual(row).iter().map(|r| r * r).sum::<f64>() / d)
            }
            (_, Some(weighing)) => score_rows(x, |row| plane.weighted_distance(weighing, row)),
            (_, None) => score_rows(x, |row| plane.component_distance(row)),
        })
    }

    /// The squared residual of each feature over the number of features: the parts of which the
    /// reconstruction score is the sum. The other scores have no such parts.
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

    /// The projection onto the components, also for component-distance. The weighted distance has none:
    /// its components were computed from standardised rows.
    fn reconstruct(&self, plane: &Plane, x: &Matrix) -> Result<Option<Matrix>, DetectorError> {
        if plane.weighing.is_some() {
            return Ok(None);
        }
        let project = |row: &[f32], out: &mut [f32]| {
            for ((out, value), residual) in out.iter_mut().zip(row).zip(plane.residual(row)) {
                *out = (f64::from(*value) - residual) as f32;
            }
        };
        Ok(Some(map_rows(x, x.cols(), project)))
    }

    fn save(Plane { mean, components, weighing }: &Plane, saved: Saved) -> Saved {
        let (k, d) = (components.len(), mean.len());
        let saved = saved.with("mean", &[d], mean.clone());
        let saved = saved.with("components", &[k, d], components.concat());
        match weighing {
            None => saved,
            Some(Weighing { scales, shares }) => {
                saved.with("scales", &[d], scales.clone()).with("shares", &[k], shares.clone())
            }
        }
    }

    fn load(&self, saved: &Saved) -> Result<Plane, DetectorError> {
        let d = saved.n_features;
        let mean = saved.tensor_f64("mean", &[d])?.to_vec();
        let weighted = self.score == PcaScore::WeightedComponentDistance;
        let k = match weighted {
            true => saved.shape("shares")?.iter().product(),
            false => self.n_selected_components.of(self.n_components.of(d)),
        };
        let components = saved.tensor_f64("components", &[k, d])?;
        let components = components.chunks_exact(d.max(1)).map(<[f64]>::to_vec).collect();
        let numbers = |name, length| saved.tensor_f64(name, &[length]).map(<[f64]>::to_vec);
        let weighing = match weighted {
            true => Some(Weighing { scales: numbers("scales", d)?, shares: numbers("shares", k)? }),
            false => None,
        };
        Ok(Plane { mean, components, weighing })
    }
}
