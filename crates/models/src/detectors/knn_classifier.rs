//! `knn-classifier`: the share of outliers among the nearest training rows.
//!
//! T. Cover, P. Hart: *Nearest Neighbor Pattern Classification*, IEEE Transactions on Information Theory
//! 13, 1967; by distance: S. Dudani, *The Distance-Weighted k-Nearest-Neighbor Rule*, 1976.
//!
//! Written on the neighbour index that `knn` searches. smartcore's `KNNClassifier` (0.7.0) finds the same
//! neighbours, but it tells classes alone, one row after the other on one thread (docs/upstream/smartcore.md).
//! Training rows that equal each other share their labels here: where some of them are among the
//! nearest, each counts as the share of outliers among all that equal it. scikit-learn and smartcore take the
//! labels of those that happen to come first.

use oddbench_core::{DetectorError, Matrix};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    distinct::Distinct,
    kind::Kind,
    model::{Fit, Model},
    neighbours::{Index, Itself, Nearest},
    params::{ParamError, Params, require},
    peer_names::{NEIGHBOURS, instead},
    resample::{self, Resample, Rows},
    save::Saved,
    supervised::ClassWeight,
    training_shape::TrainingShape,
};

/// How much a neighbour counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Weights {
    /// All the same.
    Uniform,
    /// One over its distance; if neighbours equal the row, they alone count.
    Distance,
}

/// Parameters of `knn-classifier`.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct KnnClassifierParams {
    /// Number of nearest training rows, at most as many as there are. With `uniform` weights a score is one
    /// of `n_neighbors + 1` shares, unless equal rows have different labels: many rows tie.
    #[schemars(range(min = 1))]
    pub n_neighbors: usize,
    /// How much a neighbour counts: "uniform" or "distance".
    pub weights: Weights,
    /// Weight of the classes: "none", "balanced" (both weigh the same in sum), or the weight of an
    /// outlier, where an inlier weighs 1. It changes scores, not their order where weights = "uniform".
    pub class_weight: ClassWeight,
    /// How training rows whose classes differ in size are made even: "none", "smote" (synthetic rows),
    /// "over" (repeated rows), "under" (fewer rows). No other row is touched.
    pub resample: Resample,
    /// smote only: a synthetic row lies between a row and one of so many of the nearest of its class.
    #[schemars(range(min = 1))]
    pub smote_neighbours: usize,
}

impl Default for KnnClassifierParams {
    fn default() -> Self {
        Self {
            n_neighbors: 5,
            weights: Weights::Uniform,
            class_weight: ClassWeight::None,
            resample: Resample::None,
            smote_neighbours: 5,
        }
    }
}

impl Params for KnnClassifierParams {
    fn check(&self) -> Result<(), ParamError> {
        require("n_neighbors", self.n_neighbors >= 1, "1 or more", self.n_neighbors)?;
        self.class_weight.check()?;
        resample::check(self.smote_neighbours)
    }
}

/// The training rows and their labels.
pub struct Labelled {
    index: Index,
    /// For each distinct training row, the share of outliers among those that equal it.
    outliers: Vec<f64>,
    /// The weights of an inlier and of an outlier.
    class_weights: [f64; 2],
}

impl KnnClassifierParams {
    /// The weighted share of outliers among the nearest.
    fn share(&self, learned: &Labelled, nearest: &Nearest) -> f64 {
        let equal = self.weights == Weights::Distance
            && nearest.neighbours().next().is_some_and(|first| first.squared_distance == 0.0);
        let [inlier, outlier] = learned.class_weights;
        let (mut of_outliers, mut of_all) = (0.0, 0.0);
        for neighbour in nearest.neighbours() {
            let near = match self.weights {
                Weights::Uniform => 1.0,
                Weights::Distance if equal => f64::from(neighbour.squared_distance == 0.0),
                Weights::Distance => 1.0 / neighbour.squared_distance.sqrt(),
            };
            let share = learned.outliers[neighbour.row as usize];
            let near = near * f64::from(neighbour.count);
            of_outliers += near * share * outlier;
            of_all += near * (share * outlier + (1.0 - share) * inlier);
        }
        of_outliers / of_all
    }

    fn shares(&self, learned: &Labelled, x: &Matrix, itself: Itself) -> Vec<f64> {
        let distinct = Distinct::new(x);
        let share = |nearest: &Nearest| self.share(learned, nearest);
        distinct.spread(&learned.index.search(&distinct.rows, self.n_neighbors, itself, share))
    }
}

impl Model for KnnClassifierParams {
    type Learned = Labelled;

    const KIND: Kind = Kind {
        supervised: true,
        peers: &[NEIGHBOURS, &[instead("radius", "neighbours are counted, by `n_neighbors`")]],
        ..Kind::of::<Self>(
            "knn-classifier",
            "nearest neighbours: share of outliers among the k nearest training rows",
            "Cover, Hart: Nearest Neighbor Pattern Classification, 1967",
        )
    };

    fn deterministic(&self) -> bool {
        self.resample == Resample::None
    }

    fn suits(&self, shape: &TrainingShape) -> Result<(), ParamError> {
        let (k, n) = (self.n_neighbors, shape.rows);
        if n < k {
            let message = format!(
                "{k} neighbours need as many training rows, and there are {n}: at most {n}"
            );
            return Err(ParamError::at("n_neighbors", message));
        }
        resample::suits(self.resample, self.smote_neighbours, shape)
    }

    fn fit(&self, fit: Fit<'_>) -> Result<Labelled, DetectorError> {
        let Fit { x, labels, seed, watch, .. } = fit;
        let rows = Rows::new(x, labels);
        let rows = rows.resampled(self.resample, self.smote_neighbours, seed, watch)?;
        let (distinct, class_weights) =
            (Distinct::new(&rows.x), self.class_weight.of_classes(&rows.labels));
        let mut outliers = vec![0_u32; distinct.counts.len()];
        for (&row, &outlier) in distinct.of.iter().zip(rows.labels.iter()) {
            outliers[row as usize] += u32::from(outlier);
        }
        let outliers = outliers.iter().zip(&distinct.counts);
        let outliers = outliers.map(|(&of, &all)| f64::from(of) / f64::from(all)).collect();
        let index = Index::of(distinct.rows, distinct.counts);
        if index.len() < self.n_neighbors {
            return Err(DetectorError::BadInput(format!(
                "n_neighbors = {} needs as many rows, and resample leaves {}",
                self.n_neighbors,
                index.len()
            )));
        }
        Ok(Labelled { index, outliers, class_weights })
    }

    /// From 0 to 1: the probability of an outlier, if the neighbours are to be believed.
    fn score(&self, learned: &Labelled, x: &Matrix) -> Result<Vec<f64>, DetectorError> {
        Ok(self.shares(learned, x, Itself::Counts))
    }

    /// Half of the neighbours.
    fn native_threshold(&self, _: &Labelled) -> Option<f64> {
        Some(0.5)
    }

    fn save(Labelled { index, outliers, class_weights }: &Labelled, saved: Saved) -> Saved {
        let saved = index.save(saved).with("outliers", &[outliers.len()], outliers.clone());
        saved.with("class_weights", &[2], class_weights.to_vec())
    }

    fn load(&self, saved: &Saved) -> Result<Labelled, DetectorError> {
        let index = Index::load(saved)?;
        if index.len() < self.n_neighbors {
            return Err(saved.broken("it has fewer rows than n_neighbors"));
        }
        let outliers = saved.tensor_f64("outliers", &[index.rows.rows()])?.to_vec();
        let weights = saved.tensor_f64("class_weights", &[2])?;
        let weighs = |weight: &f64| *weight > 0.0 && weight.is_finite();
        if outliers.iter().any(|share| !(0.0..=1.0).contains(share)) || !weights.iter().all(weighs)
        {
            return Err(saved.broken("a share of outliers or a weight is out of range"));
        }
        Ok(Labelled { index, outliers, class_weights: [weights[0], weights[1]] })
    }
}
