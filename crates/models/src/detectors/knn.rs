//! `knn`: the distance to the nearest training rows.
//!
//! S. Ramaswamy, R. Rastogi, K. Shim: *Efficient Algorithms for Mining Outliers from Large Data
//! Sets*, SIGMOD 2000 (`largest`); F. Angiulli, C. Pizzuti: *Fast Outlier Detection in High
//! Dimensional Spaces*, PKDD 2002 (`mean`).

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
    neighbours::{Found, Index},
    params::{self, ParamError, Params, require},
    save::Saved,
};

pub(crate) const KIND: Kind = Kind {
    name: "knn",
    summary: "distance to the k-th nearest training row, or the mean or median of the k nearest",
    source: "Ramaswamy, Rastogi, Shim: Mining Outliers from Large Data Sets, SIGMOD 2000",
    supervised: false,
    uses_device: false,
    positional: false,
    resolve: params::resolve::<KnnParams>,
    build: |value, _| Ok(Box::new(Knn { params: params::parse(value)? })),
    load,
    schema: params::schema::<KnnParams>,
    quick: || json!({}),
};

/// What is made of the distances to the nearest rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum KnnMethod {
    /// The distance to the k-th nearest.
    Largest,
    /// The mean of the k distances.
    Mean,
    /// The median of the k distances.
    Median,
}

/// Parameters of `knn`.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct KnnParams {
    /// Number of nearest training rows, at most as many as there are. A training row that is scored
    /// counts itself among them.
    #[schemars(range(min = 1))]
    pub n_neighbors: usize,
    /// What is made of the distances to them.
    pub method: KnnMethod,
}

impl Default for KnnParams {
    fn default() -> Self {
        Self { n_neighbors: 5, method: KnnMethod::Largest }
    }
}

impl Params for KnnParams {
    fn check(&self) -> Result<(), ParamError> {
        require("n_neighbors", self.n_neighbors >= 1, "1 or more", self.n_neighbors)
    }
}

struct Knn {
    params: KnnParams,
}

struct FittedKnn {
    params: KnnParams,
    index: Index,
}

impl Detector for Knn {
    fn fit(
        &self,
        train: Train<'_>,
        _seed: u64,
        _watch: &mut dyn Watch,
    ) -> Result<Box<dyn FittedDetector>, DetectorError> {
        check_input(train.x, None)?;
        let (k, n) = (self.params.n_neighbors, train.x.rows());
        if n < k {
            let message = format!("n_neighbors = {k} needs as many training rows, there are {n}");
            return Err(DetectorError::BadInput(message));
        }
        let index = Index::new(train.x);
        Ok(Box::new(FittedKnn { params: self.params.clone(), index }))
    }

    fn deterministic(&self) -> bool {
        true
    }
}

fn median(found: &Found, k: usize) -> f64 {
    let mut distances = Vec::with_capacity(k);
    for n in found.neighbours() {
        distances.extend(std::iter::repeat_n(n.squared_distance.sqrt(), n.count as usize));
    }
    let k = distances.len();
    (distances[(k - 1) / 2] + distances[k / 2]) / 2.0
}

impl FittedDetector for FittedKnn {
    fn score(&self, x: &Matrix) -> Result<Vec<f64>, DetectorError> {
        check_input(x, Some(self.n_features()))?;
        let k = self.params.n_neighbors;
        let summarise = |found: &Found| match self.params.method {
            KnnMethod::Largest => found.k_distance(),
            KnnMethod::Mean => {
                let distance = |n: crate::neighbours::Neighbour| {
                    n.squared_distance.sqrt() * f64::from(n.count)
                };
                found.neighbours().map(distance).sum::<f64>() / k as f64
            }
            KnnMethod::Median => median(found, k),
        };
        let distinct = Distinct::new(x);
        Ok(distinct.spread(&self.index.search(&distinct.rows, k, summarise)))
    }

    fn save(&self, dir: &Path) -> Result<(), DetectorError> {
        self.index.save(Saved::new(KIND.name, &self.params, self.n_features())).write(dir)
    }

    fn n_features(&self) -> usize {
        self.index.rows.cols()
    }
}

fn load(saved: &Saved) -> Result<Box<dyn FittedDetector>, DetectorError> {
    let params: KnnParams = saved.params()?;
    let index = Index::load(saved)?;
    if index.len() < params.n_neighbors {
        return Err(saved.broken("it has fewer rows than n_neighbors"));
    }
    Ok(Box::new(FittedKnn { params, index }))
}
