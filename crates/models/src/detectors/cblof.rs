//! `cblof`: the cluster-based local outlier factor, the distance to the nearest large cluster.
//!
//! Z. He, X. Xu, S. Deng: *Discovering Cluster-Based Local Outliers*, Pattern Recognition Letters 24,
//! 2003, on k-means clusters, as PyOD does it.

use oddbench_core::{DetectorError, Matrix, Watch};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    clusters::{Centres, Clustering, shares_of_distance},
    kind::Kind,
    model::{Fit, Model},
    parallel::{map_rows, score_rows, sum_blocks},
    params::{ParamError, Params, require},
    peer_names::{instead, same},
    save::Saved,
    training_shape::TrainingShape,
};

/// Parameters of `cblof`.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct CblofParams {
    /// The large clusters are the largest ones that together have at least this share of the training
    /// rows; above 0 and below 1.
    #[schemars(extend("exclusiveMinimum" = 0, "exclusiveMaximum" = 1))]
    pub alpha: f64,
    /// A large cluster has at least this many times the rows of the next smaller, small one; above 1.
    /// If no number of large clusters satisfies both, `alpha` decides; if none satisfies that, `beta`
    /// does; if none satisfies either, all clusters are large, and a note says so.
    #[schemars(extend("exclusiveMinimum" = 1))]
    pub beta: f64,
    /// Whether a score is multiplied by the number of training rows in the row's cluster, as in the
    /// paper. Outliers in small clusters may then have low scores.
    pub use_weights: bool,
    /// How the clusters are found.
    #[serde(flatten)]
    pub clustering: Clustering,
}

impl Default for CblofParams {
    fn default() -> Self {
        Self { alpha: 0.9, beta: 5.0, use_weights: false, clustering: Clustering::default() }
    }
}

impl Params for CblofParams {
    fn check(&self) -> Result<(), ParamError> {
        let (alpha, beta) = (self.alpha, self.beta);
        require("alpha", alpha > 0.0 && alpha < 1.0, "above 0 and below 1", alpha)?;
        require("beta", beta > 1.0 && beta.is_finite(), "above 1 and finite", beta)?;
        self.clustering.check()
    }
}

/// The clusters that have training rows, the largest first.
pub struct Clusters {
    centres: Centres,
    /// Training rows of each.
    sizes: Vec<u32>,
    /// How many of them, from the first, are large.
    large: usize,
}

impl Clusters {
    /// Counts the rows of each cluster and tells the large ones from the small ones.
    fn new(centres: &Centres, x: &Matrix, params: &CblofParams, watch: &mut dyn Watch) -> Self {
        let sizes = sum_blocks(x, centres.len(), |rows, sizes| {
            rows.chunks_exact(x.cols()).for_each(|row| sizes[centres.nearest(row).0] += 1.0);
        });
        let sizes: Vec<u32> = sizes.into_iter().map(|rows| rows as u32).collect();
        let mut order: Vec<usize> = (0..sizes.len()).filter(|&i| sizes[i] > 0).collect();
        order.sort_by_key(|&i| std::cmp::Reverse(sizes[i]));
        let sizes: Vec<u32> = order.iter().map(|&i| sizes[i]).collect();
        let large = large_clusters(&sizes, params.alpha, params.beta).unwrap_or_else(|| {
            watch.note(&format!(
                "no cluster is small: neither alpha = {} nor beta = {} parts clusters of {} training rows; \
                 scores are the distances to the nearest centre",
                params.alpha,
                params.beta,
                listed(&sizes)
            ));
            sizes.len()
        });
        Self { centres: centres.select(&order), sizes, large }
    }

    /// The row's cluster, and the large cluster that its distance is measured to: its own if that is
    /// large, else the nearest.
    fn of(&self, row: &[f32]) -> (usize, usize, f64) {
        let (own, squared) = self.centres.nearest(row);
        if own < self.large {
            return (own, own, squared);
        }
        let (large, squared) = self.centres.nearest_of_first(self.large, row);
        (own, large, squared)
    }
}

/// How many of the clusters, from the largest on, are large (the paper's definition 2). `None` if
/// neither condition holds anywhere.
fn large_clusters(sizes: &[u32], alpha: f64, beta: f64) -> Option<usize> {
    let rows: u64 = sizes.iter().copied().map(u64::from).sum();
    let together = |count: usize| sizes[..count].iter().copied().map(u64::from).sum::<u64>();
    let most = |count: &usize| together(*count) as f64 >= rows as f64 * alpha;
    let drop = |count: &usize| f64::from(sizes[count - 1]) / f64::from(sizes[*count]) >= beta;
    let counts = 1..sizes.len();
    let both = counts.clone().find(|count| most(count) && drop(count));
    both.or_else(|| counts.clone().find(most)).or_else(|| counts.clone().find(drop))
}

fn listed(sizes: &[u32]) -> String {
    sizes.iter().map(u32::to_string).collect::<Vec<_>>().join(", ")
}

impl CblofParams {
    fn weight(&self, clusters: &Clusters, own: usize) -> f64 {
        if self.use_weights { f64::from(clusters.sizes[own]) } else { 1.0 }
    }
}

impl Model for CblofParams {
    type Learned = Clusters;

    const KIND: Kind = Kind {
        peers: &[&[
            same("k", "n_clusters"),
            same("tol", "tolerance"),
            instead("clustering_estimator", "the clusters are those of k-means"),
            instead("check_estimator", "there is no other estimator to check: remove it"),
        ]],
        ..Kind::of::<Self>(
            "cblof",
            "cluster-based local outlier factor: distance to the centre of the nearest large k-means cluster",
            "He, Xu, Deng: Discovering Cluster-Based Local Outliers, Pattern Recognition Letters 2003",
        )
    };

    fn deterministic(&self) -> bool {
        false
    }

    fn suits(&self, shape: &TrainingShape) -> Result<(), ParamError> {
        self.clustering.suits(shape)
    }

    fn fit(&self, Fit { x, seed, watch, .. }: Fit<'_>) -> Result<Clusters, DetectorError> {
        let centres = self.clustering.fit(x, seed, "cblof", watch)?;
        Ok(Clusters::new(&centres, x, self, watch))
    }

    /// The Euclidean distance, not squared, times the weight.
    fn score(&self, clusters: &Clusters, x: &Matrix) -> Result<Vec<f64>, DetectorError> {
        Ok(score_rows(x, |row| {
            let (own, _, squared) = clusters.of(row);
            squared.sqrt() * self.weight(clusters, own)
        }))
    }

    /// Each feature's squared difference from the centre over the distance, times the weight: the parts
    /// add up to the score.
    fn explain(&self, clusters: &Clusters, x: &Matrix) -> Result<Option<Matrix>, DetectorError> {
        Ok(Some(map_rows(x, x.cols(), |row, shares| {
            let (own, large, _) = clusters.of(row);
            shares_of_distance(row, clusters.centres.get(large), shares);
            let weight = self.weight(clusters, own) as f32;
            shares.iter_mut().for_each(|share| *share *= weight);
        })))
    }

    fn save(Clusters { centres, sizes, large }: &Clusters, saved: Saved) -> Saved {
        let saved = saved.with_state(&State { large_clusters: *large });
        centres.save(saved).with("sizes", &[sizes.len()], sizes.clone())
    }

    fn load(&self, saved: &Saved) -> Result<Clusters, DetectorError> {
        let State { large_clusters: large } = saved.state()?;
        let centres = Centres::load(saved)?;
        let sizes = saved.tensor_u32("sizes", &[centres.len()])?.to_vec();
        if !(1..=centres.len()).contains(&large) {
            return Err(saved.broken(format!("{large} of {} clusters are large", centres.len())));
        }
        Ok(Clusters { centres, sizes, large })
    }
}

/// What is saved beside the centres.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct State {
    large_clusters: usize,
}

#[cfg(test)]
mod tests {
    use super::large_clusters;

    /// By hand: 90 of 100 rows are in the first two clusters, and the third is nine times as small.
    #[test]
    fn both_conditions_go_before_either() {
        assert_eq!(large_clusters(&[45, 45, 5, 5], 0.9, 5.0), Some(2));
        // Both hold after the third; alpha alone holds after the second already.
        assert_eq!(large_clusters(&[60, 32, 7, 1], 0.9, 5.0), Some(3));
        // Nowhere both: alpha decides, though beta holds after the first.
        assert_eq!(large_clusters(&[50, 10, 10, 10, 10, 10], 0.9, 4.0), Some(5));
        // No position satisfies alpha, so beta decides.
        assert_eq!(large_clusters(&[50, 10, 10, 10, 10, 10], 0.95, 4.0), Some(1));
        assert_eq!(large_clusters(&[25, 25, 25, 25], 0.9, 5.0), None);
        assert_eq!(large_clusters(&[100], 0.9, 5.0), None);
    }
}
