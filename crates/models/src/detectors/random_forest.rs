//! `random-forest`: the share of outliers in the leaf that a row falls into, averaged over trees
//! that each saw other rows and chose among other columns.
//!
//! L. Breiman: *Random Forests*, Machine Learning 45, 2001; the trees follow L. Breiman,
//! J. Friedman, R. Olshen, C. Stone: *Classification and Regression Trees*, 1984, with the Gini
//! impurity. As in scikit-learn, columns that are constant in a node count as looked at, but the
//! search continues until it finds one that is not constant.
//!
//! Written here. Other crates were looked at: smartcore's forest uses one thread and took 2.7
//! times as long as scikit-learn's, linfa-ensemble draws columns once a tree and not at each split,
//! biosphere is a regression forest, and rafor (read, not run) always draws rows, keeps its trees in
//! the order in which threads happen to finish, so that sums differ in their last bits, and sorts at
//! every node. Network connections allow more: a tree is grown over the distinct rows, each with the
//! number of times that it was drawn, and columns are held as ranks, so that the best of all cuts is
//! found by counting instead of sorting. Nothing is approximated by that.

mod grow;
mod params;
mod ranked;

use oddbench_core::{DetectorError, Matrix};
use rayon::prelude::*;
use serde_json::json;

pub use self::params::RandomForestParams;
use self::{grow::Rules, ranked::Ranked};
use crate::{
    decision_tree::{self, Tree},
    kind::Kind,
    model::{Fit, Model},
    parallel::score_distinct_blocks,
    params::ParamError,
    peer_names::instead,
    resample::{self, Rows},
    rng::stream,
    save::Saved,
    training_shape::TrainingShape,
};

impl Model for RandomForestParams {
    type Learned = Vec<Tree>;

    const KIND: Kind = Kind {
        peers: &[&[
            instead("criterion", "cuts are chosen by the Gini impurity"),
            instead("max_leaf_nodes", "`max_depth` and `min_samples_leaf` bound a tree"),
            instead("min_weight_fraction_leaf", "`min_samples_leaf` bounds the leaves, in rows"),
            instead("min_impurity_decrease", "`min_samples_split` and `max_depth` bound a tree"),
            instead("ccp_alpha", "trees are not pruned; `max_depth` bounds them"),
            instead("oob_score", "the split's validation rows judge the model"),
            instead("monotonic_cst", "cuts are not constrained"),
        ]],
        supervised: true,
        quick: || json!({ "n_estimators": 20 }),
        ..Kind::of::<Self>(
            "random-forest",
            "random forest: share of outliers in a row's leaf, averaged over the trees",
            "Breiman: Random Forests, 2001",
        )
    };

    fn deterministic(&self) -> bool {
        false
    }

    fn suits(&self, shape: &TrainingShape) -> Result<(), ParamError> {
        resample::suits(self.resample, self.smote_neighbours, shape)
    }

    fn fit(&self, fit: Fit<'_>) -> Result<Vec<Tree>, DetectorError> {
        let Fit { x, labels, seed, watch, .. } = fit;
        let rows = Rows::new(x, labels);
        let rows = rows.resampled(self.resample, self.smote_neighbours, seed, watch)?;
        let ranked = Ranked::new(&rows.x, &rows.labels);
        let rules = Rules {
            candidates: self.max_features.of(x.cols()),
            max_depth: self.max_depth.unwrap_or(usize::MAX),
            min_samples_split: self.min_samples_split as u64,
            min_samples_leaf: self.min_samples_leaf as u64,
            class_weights: self.class_weight.of_classes(&rows.labels),
        };
        let tree = |i| {
            let mut rng = stream(seed, &format!("random-forest/tree/{i}"));
            let drawn = match self.bootstrap {
                true => ranked.drawn(self.samples_of(rows.labels.len()), &mut rng),
                false => ranked.all(),
            };
            rules.grow(&ranked, drawn, &mut rng)
        };
        Ok((0..self.n_estimators).into_par_iter().map(tree).collect())
    }

    /// In 0 to 1: the probability of an outlier, if the leaves are to be believed.
    fn score(&self, trees: &Vec<Tree>, x: &Matrix) -> Result<Vec<f64>, DetectorError> {
        Ok(score_distinct_blocks(x, |rows, scores| {
            decision_tree::add_values(trees, rows, x.cols(), scores);
            scores.iter_mut().for_each(|score| *score /= trees.len() as f64);
        }))
    }

    /// How much the cuts on each feature moved the share of outliers on the row's way down (A.
    /// Saabas, *Interpreting random forests*, 2014). With the mean share at the roots they add up to
    /// the score.
    fn explain(&self, trees: &Vec<Tree>, x: &Matrix) -> Result<Option<Matrix>, DetectorError> {
        Ok(Some(decision_tree::shares(trees, x, |share| share / trees.len() as f64)))
    }

    /// Half of the weight in a row's leaves.
    fn native_threshold(&self, _: &Vec<Tree>) -> Option<f64> {
        Some(0.5)
    }

    fn save(trees: &Vec<Tree>, saved: Saved) -> Saved {
        decision_tree::save(trees, saved)
    }

    fn load(&self, saved: &Saved) -> Result<Vec<Tree>, DetectorError> {
        decision_tree::load_all(saved, self.n_estimators)
    }
}

#[cfg(test)]
mod tests;
