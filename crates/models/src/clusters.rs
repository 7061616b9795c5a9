//! K-means clusters: linfa's, for every detector that begins with them.
//!
//! J. MacQueen: *Some Methods for Classification and Analysis of Multivariate Observations*, 1967; the
//! starts follow D. Arthur, S. Vassilvitskii: *k-means++: The Advantages of Careful Seeding*,
//! SODA 2007. linfa takes the old centre for one more row of its cluster, so that no cluster becomes
//! empty while the centres move; where they come to rest is the same.
//!
//! linfa needs the rows in double precision: a fit holds a copy that is twice as large as the matrix.

use linfa::{DatasetBase, traits::Fit};
use linfa_clustering::KMeans;
use ndarray::{Array2, ArrayView2};
use oddbench_core::{DetectorError, Matrix, Watch};
use rand::Rng;
use rand_xoshiro_06::{Xoshiro256Plus, rand_core::SeedableRng};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    covariance::{mean, squared_deviations},
    params::{MOST_PARTS, MOST_STEPS, ParamError, require, require_count},
    rng::stream,
    save::Saved,
    training_shape::TrainingShape,
};

/// How clusters are found. A detector's parameters hold one, flattened into them.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Clustering {
    /// Number of clusters, 1 or more and at most the number of training rows.
    #[schemars(range(min = 1))]
    pub n_clusters: usize,
    /// Number of k-means++ starts, from 1 to 10,000. The clusters of the start with the least sum of squared
    /// distances are kept.
    #[schemars(range(min = 1, max = MOST_PARTS))]
    pub n_init: usize,
    /// Most steps of a start, from 1 to 1,000,000.
    #[schemars(range(min = 1, max = MOST_STEPS))]
    pub max_iter: u64,
    /// A start ends when a step moves the centres by less than this: the sum of their squared
    /// movements over the mean variance of the columns. Above 0; scikit-learn's `tol`.
    #[schemars(extend("exclusiveMinimum" = 0))]
    pub tolerance: f64,
}

impl Default for Clustering {
    fn default() -> Self {
        Self { n_clusters: 8, n_init: 10, max_iter: 300, tolerance: 1e-4 }
    }
}

impl Clustering {
    /// Checks the ranges.
    pub fn check(&self) -> Result<(), ParamError> {
        require("n_clusters", self.n_clusters >= 1, "1 or more", self.n_clusters)?;
        require_count("n_init", self.n_init, MOST_PARTS)?;
        require_count("max_iter", self.max_iter, MOST_STEPS)?;
        let tolerance = self.tolerance;
        let positive = tolerance > 0.0 && tolerance.is_finite();
        require("tolerance", positive, "above 0 and finite", tolerance)
    }

    /// Whether there are rows for so many clusters.
    pub fn suits(&self, shape: &TrainingShape) -> Result<(), ParamError> {
        let (k, n) = (self.n_clusters, shape.rows);
        let message = || format!("{k} clusters need as many training rows, there are {n}");
        if n < k { Err(ParamError::at("n_clusters", message())) } else { Ok(()) }
    }

    /// The centres of the best start, drawn from the streams of `purpose`. Some centres are equal if there
    /// are fewer distinct rows than clusters.
    pub fn fit(
        &self,
        x: &Matrix,
        seed: u64,
        purpose: &str,
        watch: &dyn Watch,
    ) -> Result<Centres, DetectorError> {
        let rows = DatasetBase::from(in_double_precision(x)?);
        let tolerance = self.movement(x);
        let mut best: Option<KMeans<f64, _>> = None;
        for start in 0..self.n_init {
            if watch.cancelled() {
                return Err(DetectorError::Cancelled);
            }
            let random = linfa_stream(seed, &format!("{purpose}/start/{start}"));
            let found = KMeans::params_with_rng(self.n_clusters, random)
                .n_runs(1)
                .max_n_iterations(self.max_iter)
                .tolerance(tolerance)
                .fit(&rows)
                .map_err(|error| DetectorError::Backend(format!("k-means: {error}")))?;
            if best.as_ref().is_none_or(|best| found.inertia() < best.inertia()) {
                best = Some(found);
            }
        }
        let Some(best) = best else {
            return Err(DetectorError::Backend("k-means: there was no start".into()));
        };
        Ok(Centres::new(x.cols(), best.centroids().iter().copied().collect()))
    }

    /// The Euclidean movement of all centres together below which a start ends; linfa wants it above 0.
    fn movement(&self, x: &Matrix) -> f64 {
        let squares: f64 = squared_deviations(x, &mean(x)).iter().sum();
        let variance = squares / (x.rows() * x.cols()) as f64;
        (self.tolerance * variance).sqrt().max(f64::MIN_POSITIVE)
    }
}

fn in_double_precision(x: &Matrix) -> Result<Array2<f64>, DetectorError> {
    let rows = ArrayView2::from_shape((x.rows(), x.cols()), x.as_slice())
        .map_err(|error| DetectorError::Backend(format!("k-means: {error}")))?;
    Ok(rows.mapv(f64::from))
}

/// A stream of the generation of `rand` that linfa draws from.
fn linfa_stream(seed: u64, purpose: &str) -> Xoshiro256Plus {
    Xoshiro256Plus::seed_from_u64(stream(seed, purpose).next_u64())
}

/// The centres of clusters.
#[derive(Debug, Clone, PartialEq)]
pub struct Centres {
    /// Columns of a row.
    d: usize,
    /// One centre after the other.
    values: Vec<f64>,
}

impl Centres {
    /// Centres in `d` columns, whose values follow each other in `values`.
    pub fn new(d: usize, values: Vec<f64>) -> Self {
        Self { d, values }
    }

    /// The values of all centres, one centre after the other.
    pub fn into_values(self) -> Vec<f64> {
        self.values
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.values.len() / self.d
    }

    /// One centre.
    pub fn get(&self, i: usize) -> &[f64] {
        &self.values[i * self.d..(i + 1) * self.d]
    }

    /// The centre that is nearest to the row, the first of equally near ones, and the square of the
    /// Euclidean distance to it.
    pub fn nearest(&self, row: &[f32]) -> (usize, f64) {
        self.nearest_of_first(self.len(), row)
    }

    /// As [`Self::nearest`], among the first `count` centres.
    pub fn nearest_of_first(&self, count: usize, row: &[f32]) -> (usize, f64) {
        let mut nearest = (0, f64::INFINITY);
        for (i, centre) in self.values.chunks_exact(self.d).take(count).enumerate() {
            let squared = squared_distance(row, centre);
            if squared < nearest.1 {
                nearest = (i, squared);
            }
        }
        nearest
    }

    /// The centres of those numbers, in that order.
    pub fn select(&self, which: &[usize]) -> Self {
        let values = which.iter().flat_map(|&i| self.get(i)).copied().collect();
        Self { d: self.d, values }
    }

    /// Adds them to a saved model.
    pub fn save(&self, saved: Saved) -> Saved {
        saved.with("centres", &[self.len(), self.d], self.values.clone())
    }

    /// What [`Self::save`] added.
    pub fn load(saved: &Saved) -> Result<Self, DetectorError> {
        let count = saved.shape("centres")?.first().copied().unwrap_or(0);
        if count == 0 {
            return Err(saved.broken("it has no centres"));
        }
        let values = saved.tensor_f64("centres", &[count, saved.n_features])?;
        Ok(Self { d: saved.n_features, values: values.to_vec() })
    }
}

fn squared_distance(row: &[f32], centre: &[f64]) -> f64 {
    row.iter().zip(centre).map(|(&value, c)| (f64::from(value) - c).powi(2)).sum()
}

/// Each feature's part of the distance from the row to the centre: its squared difference over the
/// distance, so that the parts add up to it.
pub(crate) fn shares_of_distance(row: &[f32], centre: &[f64], shares: &mut [f32]) {
    let distance = squared_distance(row, centre).sqrt();
    for ((share, &value), c) in shares.iter_mut().zip(row).zip(centre) {
        let square = (f64::from(value) - c).powi(2);
        *share = if distance > 0.0 { (square / distance) as f32 } else { 0.0 };
    }
}
