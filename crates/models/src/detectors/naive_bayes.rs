//! `naive-bayes`: how much likelier a row's values are among outliers than among inliers, if each feature
//! is normally distributed in each class and the features do not depend on each other.
//!
//! R. Duda, P. Hart: *Pattern Classification and Scene Analysis*, 1973, with scikit-learn's smoothing: a
//! share of the largest variance of any column is added to every variance.
//!
//! Written here. smartcore's `GaussianNB` (0.7.0) adds nothing: a column that is constant in one class has
//! the variance 0 there, the likelihood of that class becomes NaN, and the class is never chosen. Most
//! columns of network connections are constant in one class or nearly so. It also gives classes, not
//! odds (docs/upstream/smartcore.md).

use oddbench_core::{DetectorError, Matrix};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    kind::Kind,
    model::{Fit, Model},
    parallel::{map_rows, score_rows},
    params::{ParamError, Params, require},
    peer_names::instead,
    resample::{self, Resample, Rows},
    save::Saved,
    training_shape::TrainingShape,
};

/// Parameters of `naive-bayes`.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct NaiveBayesParams {
    /// This share of the largest variance of any column is added to every variance, above 0 and at most
    /// 1: the higher, the less a column counts that hardly varies in a class.
    #[schemars(range(max = 1.0), extend("exclusiveMinimum" = 0))]
    pub var_smoothing: f64,
    /// How training rows whose classes differ in size are made even: "none", "smote" (synthetic rows),
    /// "over" (repeated rows), "under" (fewer rows). No other row is touched.
    pub resample: Resample,
    /// smote only: a synthetic row lies between a row and one of so many of the nearest of its class.
    #[schemars(range(min = 1))]
    pub smote_neighbours: usize,
}

impl Default for NaiveBayesParams {
    fn default() -> Self {
        Self { var_smoothing: 1e-9, resample: Resample::None, smote_neighbours: 5 }
    }
}

impl Params for NaiveBayesParams {
    fn check(&self) -> Result<(), ParamError> {
        let share = self.var_smoothing;
        require("var_smoothing", share > 0.0 && share <= 1.0, "above 0 and at most 1", share)?;
        resample::check(self.smote_neighbours)
    }
}

/// The normal distribution of each feature in one class.
pub struct Normals {
    means: Vec<f64>,
    /// Above 0.
    variances: Vec<f64>,
    /// Their logarithms.
    logs: Vec<f64>,
}

/// What a fit leaves behind.
pub struct Classes {
    /// The log-odds of an outlier before anything is known about a row: the log-odds in the training rows.
    prior: f64,
    inliers: Normals,
    outliers: Normals,
}

impl Normals {
    fn new(means: Vec<f64>, variances: Vec<f64>) -> Self {
        let logs = variances.iter().map(|variance| variance.ln()).collect();
        Self { means, variances, logs }
    }

    /// The log-density of a feature at a value, without the constant that all share.
    fn log_density(&self, feature: usize, value: f32) -> f64 {
        let distance = f64::from(value) - self.means[feature];
        -0.5 * (distance * distance / self.variances[feature] + self.logs[feature])
    }
}

/// Means and variances (over the number of rows) of the columns of these rows; there must be one.
fn moments(x: &Matrix, rows: &[usize]) -> (Vec<f64>, Vec<f64>) {
    let n = rows.len() as f64;
    let mut means = vec![0.0; x.cols()];
    for &row in rows {
        means.iter_mut().zip(x.row(row)).for_each(|(mean, v)| *mean += f64::from(*v));
    }
    means.iter_mut().for_each(|mean| *mean /= n);
    let mut variances = vec![0.0; x.cols()];
    for &row in rows {
        for ((variance, value), mean) in variances.iter_mut().zip(x.row(row)).zip(&means) {
            *variance += (f64::from(*value) - mean).powi(2);
        }
    }
    variances.iter_mut().for_each(|variance| *variance /= n);
    (means, variances)
}

impl Classes {
    /// The evidence of one value for an outlier: its log-density among outliers minus its log-density among inliers.
    fn evidence(&self, feature: usize, value: f32) -> f64 {
        self.outliers.log_density(feature, value) - self.inliers.log_density(feature, value)
    }
}

impl Model for NaiveBayesParams {
    type Learned = Classes;

    const KIND: Kind = Kind {
        supervised: true,
        peers: &[&[instead("priors", SHIFTS), instead("class_weight", SHIFTS)]],
        ..Kind::of::<Self>(
            "naive-bayes",
            "Gaussian naive Bayes: log-odds of an outlier, one normal distribution per class and feature",
            "Duda, Hart: Pattern Classification and Scene Analysis, 1973",
        )
    };

    fn deterministic(&self) -> bool {
        self.resample == Resample::None
    }

    fn suits(&self, shape: &TrainingShape) -> Result<(), ParamError> {
        resample::suits(self.resample, self.smote_neighbours, shape)
    }

    fn fit(&self, fit: Fit<'_>) -> Result<Classes, DetectorError> {
        let Fit { x, labels, seed, watch, .. } = fit;
        let rows = Rows::new(x, labels);
        let rows = rows.resampled(self.resample, self.smote_neighbours, seed, watch)?;
        let all: Vec<usize> = (0..rows.labels.len()).collect();
        let (inliers, outliers) = (rows.of_class(false), rows.of_class(true));
        let widest = moments(&rows.x, &all).1.into_iter().fold(0.0, f64::max);
        // Where no column varies at all, any smoothing gives every row the same score.
        let smoothing = self.var_smoothing * if widest > 0.0 { widest } else { 1.0 };
        let normals = |of: &[usize]| {
            let (means, mut variances) = moments(&rows.x, of);
            variances.iter_mut().for_each(|variance| *variance += smoothing);
            Normals::new(means, variances)
        };
        Ok(Classes {
            prior: (outliers.len() as f64 / inliers.len() as f64).ln(),
            inliers: normals(&inliers),
            outliers: normals(&outliers),
        })
    }

    /// The log-odds of an outlier, if the features are as independent as assumed: rows of many features
    /// that depend on each other get odds that are far too sure of themselves, in the right order or not.
    fn score(&self, classes: &Classes, x: &Matrix) -> Result<Vec<f64>, DetectorError> {
        Ok(score_rows(x, |row| {
            let evidence = row.iter().enumerate().map(|(j, &value)| classes.evidence(j, value));
            classes.prior + evidence.sum::<f64>()
        }))
    }

    /// The evidence of each value for an outlier: with the odds of the training rows, they add up to the score.
    fn explain(&self, classes: &Classes, x: &Matrix) -> Result<Option<Matrix>, DetectorError> {
        Ok(Some(map_rows(x, x.cols(), |row, out| {
            for (j, (part, &value)) in out.iter_mut().zip(row).enumerate() {
                // A float of single precision holds less than the evidence of a column without variance.
                let evidence = classes.evidence(j, value);
                *part = evidence.clamp(f64::from(f32::MIN), f64::from(f32::MAX)) as f32;
            }
        })))
    }

    /// Even odds.
    fn native_threshold(&self, _: &Classes) -> Option<f64> {
        Some(0.0)
    }

    fn save(Classes { prior, inliers, outliers }: &Classes, saved: Saved) -> Saved {
        let d = inliers.means.len();
        let all =
            |of: fn(&Normals) -> &Vec<f64>| [of(inliers).clone(), of(outliers).clone()].concat();
        let saved = saved.with("prior", &[], vec![*prior]);
        let saved = saved.with("means", &[2, d], all(|normals| &normals.means));
        saved.with("variances", &[2, d], all(|normals| &normals.variances))
    }

    fn load(&self, saved: &Saved) -> Result<Classes, DetectorError> {
        let d = saved.n_features;
        let prior = saved.tensor_f64("prior", &[])?[0];
        let (means, other_means) = saved.tensor_f64("means", &[2, d])?.split_at(d);
        let (variances, other_variances) = saved.tensor_f64("variances", &[2, d])?.split_at(d);
        let normals =
            |means: &[f64], variances: &[f64]| Normals::new(means.to_vec(), variances.to_vec());
        if !variances.iter().chain(other_variances).all(|variance| *variance > 0.0) {
            return Err(saved.broken("a variance is not above 0"));
        }
        let inliers = normals(means, variances);
        Ok(Classes { prior, inliers, outliers: normals(other_means, other_variances) })
    }
}

const SHIFTS: &str = "it would add the same to every score; a [[threshold]] section draws the line";
