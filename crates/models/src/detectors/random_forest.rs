//! `random-forest`: the share of outliers in the leaf that a row falls into, averaged over trees
//! that each saw other rows and chose among other columns.
//!
//! L. Breiman: *Random Forests*, Machine Learning 45, 2001; the trees are those of L. Breiman,
//! J. Friedman, R. Olshen, C. Stone: *Classification and Regression Trees*, 1984, with the Gini
//! impurity. As in scikit-learn, columns that are constant in a node count as looked at, but the
//! search goes on until one is found that is not.
//!
//! Written here. Of the crates that were looked at, smartcore's forest uses one thread and took 2.7
//! times as long as scikit-learn's, linfa-ensemble draws columns once a tree and not at each split,
//! biosphere is a regression forest, and rafor (read, not run) always draws rows, keeps its trees in
//! the order in which threads happen to finish, so that sums differ in their last bits, and sorts at
//! every node. Connection records allow more: a tree is grown over the distinct rows, each with the
//! number of times that it was drawn, and columns are held as ranks, so that the best of all cuts is
//! found by counting instead of sorting. Nothing is approximated by that.

mod grow;
mod params;
mod ranked;

use std::path::Path;

use oddbench_core::{
    Detector, DetectorError, FittedDetector, Matrix, Train, Watch, detector::check_input,
};
use rayon::prelude::*;
use serde_json::json;

use self::{grow::Rules, params::RandomForestParams, ranked::Ranked};
use crate::{
    decision_tree::{self, Tree},
    kinds::Kind,
    parallel::{map_rows, score_distinct_blocks},
    params as checked,
    resample::Rows,
    rng::stream,
    save::Saved,
    supervised::checked_labels,
};

pub(crate) const KIND: Kind = Kind {
    name: "random-forest",
    summary: "random forest: share of outliers in a row's leaf, averaged over the trees",
    source: "Breiman: Random Forests, 2001",
    supervised: true,
    uses_device: false,
    positional: false,
    resolve: checked::resolve::<RandomForestParams>,
    build: |value, _| Ok(Box::new(RandomForest { params: checked::parse(value)? })),
    load,
    schema: checked::schema::<RandomForestParams>,
    quick: || json!({ "n_estimators": 20 }),
};

struct RandomForest {
    params: RandomForestParams,
}

struct FittedRandomForest {
    params: RandomForestParams,
    n_features: usize,
    trees: Vec<Tree>,
}

impl Detector for RandomForest {
    fn fit(
        &self,
        train: Train<'_>,
        seed: u64,
        watch: &mut dyn Watch,
    ) -> Result<Box<dyn FittedDetector>, DetectorError> {
        let labels = checked_labels(&train)?;
        let params = &self.params;
        let rows = Rows::new(train.x, labels).resampled(
            params.resample,
            params.smote_neighbours,
            seed,
            watch,
        )?;
        let n_features = train.x.cols();
        let ranked = Ranked::new(&rows.x, &rows.labels);
        let rules = Rules {
            candidates: params.max_features.of(n_features),
            max_depth: params.max_depth.unwrap_or(usize::MAX),
            min_samples_split: params.min_samples_split as u64,
            min_samples_leaf: params.min_samples_leaf as u64,
            class_weights: params.class_weight.of_classes(&rows.labels),
        };
        let trees = (0..params.n_estimators)
            .into_par_iter()
            .map(|i| {
                let mut rng = stream(seed, &format!("random-forest/tree/{i}"));
                let drawn = match params.bootstrap {
                    true => ranked.drawn(params.samples_of(rows.labels.len()), &mut rng),
                    false => ranked.all(),
                };
                rules.grow(&ranked, drawn, &mut rng)
            })
            .collect();
        Ok(Box::new(FittedRandomForest { params: params.clone(), n_features, trees }))
    }

    fn deterministic(&self) -> bool {
        false
    }
}

impl FittedDetector for FittedRandomForest {
    /// In 0 to 1: the probability of an outlier, if the leaves are to be believed.
    fn score(&self, x: &Matrix) -> Result<Vec<f64>, DetectorError> {
        check_input(x, Some(self.n_features))?;
        Ok(score_distinct_blocks(x, |rows, scores| {
            // Tree by tree over a block of rows, so that both stay in the first-level cache.
            for tree in &self.trees {
                tree.add_values(rows, self.n_features, scores);
            }
            scores.iter_mut().for_each(|score| *score /= self.trees.len() as f64);
        }))
    }

    /// How much the cuts on each feature moved the share of outliers on the row's way down (A.
    /// Saabas, *Interpreting random forests*, 2014). With the mean share at the roots they add up to
    /// the score.
    fn explain(&self, x: &Matrix) -> Result<Option<Matrix>, DetectorError> {
        check_input(x, Some(self.n_features))?;
        Ok(Some(map_rows(x, self.n_features, |row, out| {
            let mut shares = vec![0.0; self.n_features];
            self.trees.iter().for_each(|tree| tree.add_shares(row, &mut shares));
            for (out, share) in out.iter_mut().zip(shares) {
                *out = (share / self.trees.len() as f64) as f32;
            }
        })))
    }

    fn save(&self, dir: &Path) -> Result<(), DetectorError> {
        let saved = Saved::new(KIND.name, &self.params, self.n_features);
        decision_tree::save(&self.trees, saved).write(dir)
    }

    /// Half of the weight in a row's leaves.
    fn native_threshold(&self) -> Option<f64> {
        Some(0.5)
    }

    fn n_features(&self) -> usize {
        self.n_features
    }
}

fn load(saved: &Saved) -> Result<Box<dyn FittedDetector>, DetectorError> {
    let params: RandomForestParams = saved.params()?;
    let trees = decision_tree::load(saved)?;
    if trees.len() != params.n_estimators {
        return Err(saved.broken(format!("{} trees for n_estimators", trees.len())));
    }
    Ok(Box::new(FittedRandomForest { params, n_features: saved.n_features, trees }))
}

#[cfg(test)]
mod tests;
