//! `knn`: the distance to the nearest training rows.
//!
//! S. Ramaswamy, R. Rastogi, K. Shim: *Efficient Algorithms for Mining Outliers from Large Data
//! Sets*, SIGMOD 2000 (`largest`); F. Angiulli, C. Pizzuti: *Fast Outlier Detection in High
//! Dimensional Spaces*, PKDD 2002 (`mean`).

use oddbench_core::{DetectorError, Matrix};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    distinct::Distinct,
    kind::Kind,
    model::{Fit, Model},
    neighbours::{Index, Itself, Nearest, Neighbour},
    params::{ParamError, Params, require},
    peer_names::{NEIGHBOURS, instead},
    save::Saved,
    training_shape::TrainingShape,
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
    /// Number of nearest training rows, at most as many as there are. A new row that equals a training
    /// row has it as a neighbour. `fit` chooses its threshold from the training rows, each scored
    /// without itself.
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

impl KnnParams {
    fn distances(&self, index: &Index, x: &Matrix, itself: Itself) -> Vec<f64> {
        let k = self.n_neighbors;
        let summarise = |nearest: &Nearest| match self.method {
            KnnMethod::Largest => nearest.k_distance(),
            KnnMethod::Mean => {
                let distance = |n: Neighbour| n.squared_distance.sqrt() * f64::from(n.count);
                nearest.neighbours().map(distance).sum::<f64>() / k as f64
            }
            KnnMethod::Median => median(nearest, k),
        };
        let distinct = Distinct::new(x);
        distinct.spread(&index.search(&distinct.rows, k, itself, summarise))
    }
}

fn median(nearest: &Nearest, k: usize) -> f64 {
    let mut distances = Vec::with_capacity(k);
    for n in nearest.neighbours() {
        distances.extend(std::iter::repeat_n(n.squared_distance.sqrt(), n.count as usize));
    }
    let k = distances.len();
    (distances[(k - 1) / 2] + distances[k / 2]) / 2.0
}

impl Model for KnnParams {
    type Learned = Index;

    const KIND: Kind = Kind {
        peers: &[NEIGHBOURS, &[instead("radius", "neighbours are counted, by `n_neighbors`")]],
        ..Kind::of::<Self>(
            "knn",
            "distance to the k-th nearest training row, or the mean or median of the k nearest",
            "Ramaswamy, Rastogi, Shim: Mining Outliers from Large Data Sets, SIGMOD 2000",
        )
    };

    fn fit(&self, Fit { x, .. }: Fit<'_>) -> Result<Index, DetectorError> {
        Ok(Index::new(x))
    }

    fn suits(&self, shape: &TrainingShape) -> Result<(), ParamError> {
        let (k, n) = (self.n_neighbors, shape.rows);
        let message =
            || format!("{k} neighbours need as many training rows, and there are {n}: at most {n}");
        if n < k { Err(ParamError::at("n_neighbors", message())) } else { Ok(()) }
    }

    fn score(&self, index: &Index, x: &Matrix) -> Result<Vec<f64>, DetectorError> {
        Ok(self.distances(index, x, Itself::Counts))
    }

    fn score_training(&self, index: &Index, x: &Matrix) -> Result<Vec<f64>, DetectorError> {
        let (k, n) = (self.n_neighbors, index.len());
        if n <= k {
            return Err(DetectorError::BadInput(format!(
                "n_neighbors = {k}, and there are {n} training rows. They are scored too, and a row is not its \
                 own neighbour: choose n_neighbors below {n}"
            )));
        }
        Ok(self.distances(index, x, Itself::LeftOut))
    }

    fn save(index: &Index, saved: Saved) -> Saved {
        index.save(saved)
    }

    fn load(&self, saved: &Saved) -> Result<Index, DetectorError> {
        let index = Index::load(saved)?;
        if index.len() < self.n_neighbors {
            return Err(saved.broken("it has fewer rows than n_neighbors"));
        }
        Ok(index)
    }
}
