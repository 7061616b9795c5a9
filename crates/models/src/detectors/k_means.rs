//! `k-means`: the distance to the nearest cluster centre.

use oddbench_core::{DetectorError, Matrix};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    clusters::{Centres, Clustering, shares_of_distance},
    kind::Kind,
    model::{Fit, Model},
    parallel::{map_rows, score_rows},
    params::{ParamError, Params},
    peer_names::{instead, same},
    save::Saved,
    training_shape::TrainingShape,
};

/// Parameters of `k-means`.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct KMeansParams {
    /// How the clusters are found.
    #[serde(flatten)]
    pub clustering: Clustering,
}

impl Params for KMeansParams {
    fn check(&self) -> Result<(), ParamError> {
        self.clustering.check()
    }
}

impl Model for KMeansParams {
    type Learned = Centres;

    const KIND: Kind = Kind {
        peers: &[&[
            same("k", "n_clusters"),
            same("tol", "tolerance"),
            instead("init", "every start is k-means++"),
            instead("algorithm", "the steps are Lloyd's"),
            instead("copy_x", "a fit never changes the rows that it is given"),
        ]],
        ..Kind::of::<Self>(
            "k-means",
            "Euclidean distance to the nearest of the k-means cluster centres",
            "MacQueen: Classification and Analysis of Multivariate Observations, 1967; Arthur, Vassilvitskii: \
             k-means++, SODA 2007",
        )
    };

    fn deterministic(&self) -> bool {
        false
    }

    fn suits(&self, shape: &TrainingShape) -> Result<(), ParamError> {
        self.clustering.suits(shape)
    }

    fn fit(&self, Fit { x, seed, watch, .. }: Fit<'_>) -> Result<Centres, DetectorError> {
        self.clustering.fit(x, seed, "k-means", watch)
    }

    /// In the unit of the features: not squared. The squared distance gives the same ranking.
    fn score(&self, centres: &Centres, x: &Matrix) -> Result<Vec<f64>, DetectorError> {
        Ok(score_rows(x, |row| centres.nearest(row).1.sqrt()))
    }

    /// Each feature's squared difference from the nearest centre over the distance: the parts add up to
    /// the score.
    fn explain(&self, centres: &Centres, x: &Matrix) -> Result<Option<Matrix>, DetectorError> {
        Ok(Some(map_rows(x, x.cols(), |row, shares| {
            shares_of_distance(row, centres.get(centres.nearest(row).0), shares);
        })))
    }

    /// The nearest centre.
    fn reconstruct(&self, centres: &Centres, x: &Matrix) -> Result<Option<Matrix>, DetectorError> {
        Ok(Some(map_rows(x, x.cols(), |row, out| {
            let nearest = centres.get(centres.nearest(row).0);
            out.iter_mut().zip(nearest).for_each(|(out, &value)| *out = value as f32);
        })))
    }

    fn save(centres: &Centres, saved: Saved) -> Saved {
        centres.save(saved)
    }

    fn load(&self, saved: &Saved) -> Result<Centres, DetectorError> {
        Centres::load(saved)
    }
}
