//! `lof`: how much sparser a row's surroundings are than those of its neighbours.
//!
//! M. M. Breunig, H.-P. Kriegel, R. T. Ng, J. Sander: *LOF: Identifying Density-Based Local Outliers*,
//! SIGMOD 2000, as scikit-learn computes it with `novelty=True`: fitted on training rows, scored on
//! new ones. A training row that is scored counts itself among its neighbours.

use oddbench_core::{DetectorError, Matrix};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    distinct::Distinct,
    kind::Kind,
    model::{Fit, Model},
    neighbours::{Index, Nearest, Neighbour},
    params::{ParamError, Params, require},
    save::Saved,
};

/// Keeps the density of rows that repeat more than k times finite (scikit-learn's value).
const LEAST_REACH: f64 = 1e-10;

/// Parameters of `lof`.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct LofParams {
    /// Number of nearest training rows; there must be more training rows than that.
    #[schemars(range(min = 1))]
    pub n_neighbors: usize,
}

impl Default for LofParams {
    fn default() -> Self {
        Self { n_neighbors: 20 }
    }
}

impl Params for LofParams {
    fn check(&self) -> Result<(), ParamError> {
        require("n_neighbors", self.n_neighbors >= 1, "1 or more", self.n_neighbors)
    }
}

/// The training rows and how densely they lie.
pub struct Densities {
    index: Index,
    /// For each distinct training row, the distance to its k-th nearest other.
    k_distance: Vec<f64>,
    /// For each distinct training row, its local reachability density.
    density: Vec<f64>,
}

/// One over the mean reachability distance from the neighbours (definitions 5 and 6 of the paper).
fn density(near: impl Iterator<Item = Neighbour>, k_distance: &[f64], k: usize) -> f64 {
    let reach = |n: Neighbour| {
        n.squared_distance.sqrt().max(k_distance[n.row as usize]) * f64::from(n.count)
    };
    1.0 / (near.map(reach).sum::<f64>() / k as f64 + LEAST_REACH)
}

impl Model for LofParams {
    type Learned = Densities;

    const KIND: Kind = Kind::of::<Self>(
        "lof",
        "local outlier factor: the neighbours' density over the row's own",
        "Breunig, Kriegel, Ng, Sander: LOF, SIGMOD 2000",
    );

    fn fit(&self, Fit { x, .. }: Fit<'_>) -> Result<Densities, DetectorError> {
        let (k, n) = (self.n_neighbors, x.rows());
        if n <= k {
            let message =
                format!("n_neighbors = {k} needs more training rows than that, there are {n}");
            return Err(DetectorError::BadInput(message));
        }
        let index = Index::new(x);
        let near = index.search_others(k, |nearest| nearest.neighbours().collect::<Vec<_>>());
        let last = |near: &Vec<Neighbour>| near.last().map_or(0.0, |n| n.squared_distance.sqrt());
        let k_distance: Vec<f64> = near.iter().map(last).collect();
        let density =
            near.iter().map(|near| density(near.iter().copied(), &k_distance, k)).collect();
        Ok(Densities { index, k_distance, density })
    }

    fn score(&self, learned: &Densities, x: &Matrix) -> Result<Vec<f64>, DetectorError> {
        let k = self.n_neighbors;
        let factor = |nearest: &Nearest| {
            let own = density(nearest.neighbours(), &learned.k_distance, k);
            let ratio = |n: Neighbour| learned.density[n.row as usize] / own * f64::from(n.count);
            nearest.neighbours().map(ratio).sum::<f64>() / k as f64
        };
        let distinct = Distinct::new(x);
        Ok(distinct.spread(&learned.index.search(&distinct.rows, k, factor)))
    }

    fn save(Densities { index, k_distance, density }: &Densities, saved: Saved) -> Saved {
        let n = density.len();
        index.save(saved).with("k_distance", &[n], k_distance.clone()).with(
            "density",
            &[n],
            density.clone(),
        )
    }

    fn load(&self, saved: &Saved) -> Result<Densities, DetectorError> {
        let index = Index::load(saved)?;
        if index.len() <= self.n_neighbors {
            return Err(saved.broken("it has no more rows than n_neighbors"));
        }
        let n = index.rows.rows();
        let k_distance = saved.tensor_f64("k_distance", &[n])?.to_vec();
        let density = saved.tensor_f64("density", &[n])?.to_vec();
        Ok(Densities { index, k_distance, density })
    }
}
