//! `lof`: how much sparser a row's surroundings are than its neighbours' surroundings.
//!
//! M. M. Breunig, H.-P. Kriegel, R. T. Ng, J. Sander: *LOF: Identifying Density-Based Local Outliers*,
//! SIGMOD 2000, as scikit-learn computes it with `novelty=True`: fitted on training rows, scored on
//! new ones. A training row that is scored as a new one counts itself among its neighbours; where
//! training rows are scored as such, it does not (scikit-learn's `negative_outlier_factor_`).

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

/// Says that rows repeat so often that all their neighbours are equal to them: [`LEAST_REACH`] alone
/// then decides their density, and a row beside them has a factor of many millions.
fn repeated_too_often(index: &Index, k: usize) -> Option<String> {
    let often = index.counts.iter().filter(|&&count| count as usize > k);
    let (rows, most) = often.fold((0, 0), |(rows, most), &count| (rows + count, most.max(count)));
    (rows > 0).then(|| {
        format!(
            "{rows} of {} training rows occur more than n_neighbors = {k} times each, so that all their \
             neighbours equal them: rows beside these have huge factors; n_neighbors = {most} or more \
             avoids it",
            index.len()
        )
    })
}

impl LofParams {
    fn factors(&self, learned: &Densities, x: &Matrix, itself: Itself) -> Vec<f64> {
        let k = self.n_neighbors;
        let factor = |nearest: &Nearest| {
            let own = density(nearest.neighbours(), &learned.k_distance, k);
            let ratio = |n: Neighbour| learned.density[n.row as usize] / own * f64::from(n.count);
            nearest.neighbours().map(ratio).sum::<f64>() / k as f64
        };
        let distinct = Distinct::new(x);
        distinct.spread(&learned.index.search(&distinct.rows, k, itself, factor))
    }
}

impl Model for LofParams {
    type Learned = Densities;

    const KIND: Kind = Kind {
        peers: &[
            NEIGHBOURS,
            &[instead("novelty", "rows are always scored against the training rows")],
        ],
        ..Kind::of::<Self>(
            "lof",
            "local outlier factor: the neighbours' density over the row's own",
            "Breunig, Kriegel, Ng, Sander: LOF, SIGMOD 2000",
        )
    };

    fn fit(&self, Fit { x, watch, .. }: Fit<'_>) -> Result<Densities, DetectorError> {
        let k = self.n_neighbors;
        let index = Index::new(x);
        if let Some(note) = repeated_too_often(&index, k) {
            watch.note(&note);
        }
        let near = index.search_others(k, |nearest| nearest.neighbours().collect::<Vec<_>>());
        let last = |near: &Vec<Neighbour>| near.last().map_or(0.0, |n| n.squared_distance.sqrt());
        let k_distance: Vec<f64> = near.iter().map(last).collect();
        let density =
            near.iter().map(|near| density(near.iter().copied(), &k_distance, k)).collect();
        Ok(Densities { index, k_distance, density })
    }

    fn suits(&self, shape: &TrainingShape) -> Result<(), ParamError> {
        let (k, n) = (self.n_neighbors, shape.rows);
        let message = || {
            let most = n.saturating_sub(1);
            format!(
                "{k} neighbours need more than {k} training rows, and there are {n}: at most {most}"
            )
        };
        if n <= k { Err(ParamError::at("n_neighbors", message())) } else { Ok(()) }
    }

    fn score(&self, learned: &Densities, x: &Matrix) -> Result<Vec<f64>, DetectorError> {
        Ok(self.factors(learned, x, Itself::Counts))
    }

    fn score_training(&self, learned: &Densities, x: &Matrix) -> Result<Vec<f64>, DetectorError> {
        Ok(self.factors(learned, x, Itself::LeftOut))
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
