//! `lof`: how much sparser a row's surroundings are than those of its neighbours.
//!
//! M. M. Breunig, H.-P. Kriegel, R. T. Ng, J. Sander: *LOF: Identifying Density-Based Local Outliers*,
//! SIGMOD 2000, as scikit-learn computes it with `novelty=True`: fitted on training rows, scored on
//! new ones. A training row that is scored counts itself among its neighbours.

use std::path::Path;

use oddbench_core::{
    Detector, DetectorError, FittedDetector, Matrix, Train, Watch, detector::check_input,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::{
    distinct::Distinct,
    kinds::Kind,
    neighbours::{Found, Index, Neighbour},
    params::{self, ParamError, Params, require},
    save::Saved,
};

pub(crate) const KIND: Kind = Kind {
    name: "lof",
    summary: "local outlier factor: the neighbours' density over the row's own",
    source: "Breunig, Kriegel, Ng, Sander: LOF, SIGMOD 2000",
    supervised: false,
    uses_device: false,
    positional: false,
    resolve: params::resolve::<LofParams>,
    build: |value, _| Ok(Box::new(Lof { params: params::parse(value)? })),
    load,
    schema: params::schema::<LofParams>,
    quick: || json!({}),
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

struct Lof {
    params: LofParams,
}

struct FittedLof {
    params: LofParams,
    index: Index,
    /// For each distinct training row, the distance to its k-th nearest other.
    k_distance: Vec<f64>,
    /// For each distinct training row, its local reachability density.
    density: Vec<f64>,
}

impl Detector for Lof {
    fn fit(
        &self,
        train: Train<'_>,
        _seed: u64,
        _watch: &mut dyn Watch,
    ) -> Result<Box<dyn FittedDetector>, DetectorError> {
        check_input(train.x, None)?;
        let (k, n) = (self.params.n_neighbors, train.x.rows());
        if n <= k {
            let message =
                format!("n_neighbors = {k} needs more training rows than that, there are {n}");
            return Err(DetectorError::BadInput(message));
        }
        let index = Index::new(train.x);
        let near = index.search_others(k, |found| found.neighbours().collect::<Vec<_>>());
        let last = |near: &Vec<Neighbour>| near.last().map_or(0.0, |n| n.squared_distance.sqrt());
        let k_distance: Vec<f64> = near.iter().map(last).collect();
        let density =
            near.iter().map(|near| density(near.iter().copied(), &k_distance, k)).collect();
        Ok(Box::new(FittedLof { params: self.params.clone(), index, k_distance, density }))
    }

    fn deterministic(&self) -> bool {
        true
    }
}

/// One over the mean reachability distance from the neighbours (definitions 5 and 6 of the paper).
fn density(near: impl Iterator<Item = Neighbour>, k_distance: &[f64], k: usize) -> f64 {
    let reach = |n: Neighbour| {
        n.squared_distance.sqrt().max(k_distance[n.row as usize]) * f64::from(n.count)
    };
    1.0 / (near.map(reach).sum::<f64>() / k as f64 + LEAST_REACH)
}

impl FittedLof {
    fn factor(&self, found: &Found) -> f64 {
        let k = self.params.n_neighbors;
        let own = density(found.neighbours(), &self.k_distance, k);
        let ratio = |n: Neighbour| self.density[n.row as usize] / own * f64::from(n.count);
        found.neighbours().map(ratio).sum::<f64>() / k as f64
    }
}

impl FittedDetector for FittedLof {
    fn score(&self, x: &Matrix) -> Result<Vec<f64>, DetectorError> {
        check_input(x, Some(self.n_features()))?;
        let distinct = Distinct::new(x);
        let factor = |found: &Found| self.factor(found);
        let scores = self.index.search(&distinct.rows, self.params.n_neighbors, factor);
        Ok(distinct.spread(&scores))
    }

    fn save(&self, dir: &Path) -> Result<(), DetectorError> {
        let n = self.density.len();
        self.index
            .save(Saved::new(KIND.name, &self.params, self.n_features()))
            .with("k_distance", &[n], self.k_distance.clone())
            .with("density", &[n], self.density.clone())
            .write(dir)
    }

    fn n_features(&self) -> usize {
        self.index.rows.cols()
    }
}

fn load(saved: &Saved) -> Result<Box<dyn FittedDetector>, DetectorError> {
    let params: LofParams = saved.params()?;
    let index = Index::load(saved)?;
    if index.len() <= params.n_neighbors {
        return Err(saved.broken("it has no more rows than n_neighbors"));
    }
    let n = index.rows.rows();
    let k_distance = saved.tensor_f64("k_distance", &[n])?.to_vec();
    let density = saved.tensor_f64("density", &[n])?.to_vec();
    Ok(Box::new(FittedLof { params, index, k_distance, density }))
}
