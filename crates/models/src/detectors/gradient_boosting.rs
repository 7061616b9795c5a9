//! `gradient-boosting`: a sequence of trees. Each tree corrects the log-odds that the earlier trees give.
//!
//! J. Friedman: *Greedy Function Approximation: A Gradient Boosting Machine*, Annals of Statistics 29,
//! 2001, in the second-order form of T. Chen, C. Guestrin: *XGBoost*, KDD 2016, on binned columns.
//! forust-ml grows the trees. Scores, explanations and the saved model are ours, on the same flat trees as
//! the random forest's. forust-ml refuses constant columns, so they are left out before. Equal rows are
//! handed over once, with their weight and their share of outliers: the sums of gradients are the same, and
//! there are far fewer rows.

mod boost;

use oddbench_core::{DetectorError, Matrix};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::{
    decision_tree::{self, Tree},
    kind::Kind,
    model::{Fit, Model},
    parallel::score_distinct_blocks,
    params::{MOST_PARTS, ParamError, Params, require, require_count},
    peer_names::{PeerName, instead, same},
    resample::{self, Resample, Rows},
    save::Saved,
    supervised::ClassWeight,
    training_shape::TrainingShape,
};

/// Parameters of `gradient-boosting`.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct GradientBoostingParams {
    /// Number of trees.
    #[schemars(range(min = 1, max = MOST_PARTS))]
    pub n_estimators: usize,
    /// Learning rate: the factor by which each tree's contribution is multiplied, above 0 and at most 1.
    #[schemars(range(max = 1.0), extend("exclusiveMinimum" = 0))]
    pub learning_rate: f64,
    /// Cuts between the root and a leaf at most.
    #[schemars(range(min = 1, max = 30))]
    pub max_depth: usize,
    /// Least sum of second derivatives, at most a quarter of its rows' weight, that a leaf must have.
    #[schemars(range(min = 0.0))]
    pub min_leaf_weight: f64,
    /// How strongly large leaf values are held back (lambda of XGBoost).
    #[schemars(range(min = 0.0))]
    pub l2: f64,
    /// Parts that a column's values are sorted into; columns with fewer values keep them all.
    #[schemars(range(min = 2, max = 65534))]
    pub max_bins: u16,
    /// Weight of the classes: "none", "balanced" (both weigh the same in sum), or the weight of an
    /// outlier, where an inlier weighs 1.
    pub class_weight: ClassWeight,
    /// How training rows whose classes differ in size are made even: "none", "smote" (synthetic rows),
    /// "over" (repeated rows), "under" (fewer rows). No other row is touched.
    pub resample: Resample,
    /// smote only: a synthetic row lies between a row and one of so many of the nearest of its class.
    #[schemars(range(min = 1))]
    pub smote_neighbours: usize,
}

impl Default for GradientBoostingParams {
    /// XGBoost's.
    fn default() -> Self {
        Self {
            n_estimators: 100,
            learning_rate: 0.3,
            max_depth: 6,
            min_leaf_weight: 1.0,
            l2: 1.0,
            max_bins: 256,
            class_weight: ClassWeight::None,
            resample: Resample::None,
            smote_neighbours: 5,
        }
    }
}

impl Params for GradientBoostingParams {
    fn check(&self) -> Result<(), ParamError> {
        require_count("n_estimators", self.n_estimators, MOST_PARTS)?;
        let rate = self.learning_rate;
        require("learning_rate", rate > 0.0 && rate <= 1.0, "above 0 and at most 1", rate)?;
        require("max_depth", (1..=30).contains(&self.max_depth), "from 1 to 30", self.max_depth)?;
        let weight = self.min_leaf_weight;
        require("min_leaf_weight", weight >= 0.0 && weight.is_finite(), "0 or more", weight)?;
        require("l2", self.l2 >= 0.0 && self.l2.is_finite(), "0 or more", self.l2)?;
        let bins = self.max_bins;
        require("max_bins", (2..=65534).contains(&bins), "from 2 to 65534", bins)?;
        self.class_weight.check()?;
        resample::check(self.smote_neighbours)
    }
}

/// scikit-learn's names, and XGBoost's.
const PEERS: &[&[PeerName]] = &[&[
    same("max_iter", "n_estimators"),
    same("num_boost_round", "n_estimators"),
    same("eta", "learning_rate"),
    same("l2_regularization", "l2"),
    same("reg_lambda", "l2"),
    same("lambda", "l2"),
    same("min_child_weight", "min_leaf_weight"),
    same("max_bin", "max_bins"),
    same("scale_pos_weight", "class_weight"),
    instead("loss", "the loss is the log loss of the labels"),
    instead("objective", "the loss is the log loss of the labels"),
    instead("max_leaf_nodes", "trees grow by levels: `max_depth` bounds them"),
    instead("max_leaves", "trees grow by levels: `max_depth` bounds them"),
    instead(
        "min_samples_leaf",
        "`min_leaf_weight` bounds the leaves, by the sum of second derivatives",
    ),
    instead(
        "min_samples_split",
        "`min_leaf_weight` bounds the leaves, by the sum of second derivatives",
    ),
    instead("min_weight_fraction_leaf", "`min_leaf_weight` bounds the leaves"),
    instead("min_impurity_decrease", "`min_leaf_weight` and `l2` hold cuts back"),
    instead("gamma", "`min_leaf_weight` and `l2` hold cuts back"),
    instead("min_split_loss", "`min_leaf_weight` and `l2` hold cuts back"),
    instead("reg_alpha", "leaf values are held back by `l2` alone"),
    instead("ccp_alpha", "trees are not pruned; `max_depth` bounds them"),
    instead("criterion", "cuts are chosen by XGBoost's gain"),
    instead("init", "the first guess is the log-odds of the training rows"),
    instead("subsample", "every tree sees all rows"),
    instead("max_features", "every cut looks at all columns"),
    instead("colsample_bytree", "every tree sees all columns"),
    instead("categorical_features", "`encode` of [preprocess] turns categories into numbers"),
    instead("monotonic_cst", "cuts are not constrained"),
    instead("interaction_cst", "cuts are not constrained"),
    instead("early_stopping", STOPPING),
    instead("validation_fraction", STOPPING),
    instead("n_iter_no_change", STOPPING),
    instead("scoring", STOPPING),
    instead("tol", STOPPING),
]];

const STOPPING: &str =
    "all `n_estimators` trees are grown: sweep their number on the validation rows";

/// What a fit leaves behind.
pub struct Boosted {
    /// Log-odds of an outlier before the first tree.
    base: f64,
    /// The values of the leaves are added to it.
    trees: Vec<Tree>,
}

impl Model for GradientBoostingParams {
    type Learned = Boosted;

    const KIND: Kind = Kind {
        peers: PEERS,
        supervised: true,
        quick: || json!({ "n_estimators": 20 }),
        ..Kind::of::<Self>(
            "gradient-boosting",
            "gradient boosting: log-odds of an outlier, added up over the trees",
            "Friedman: Greedy Function Approximation, 2001; Chen, Guestrin: XGBoost, 2016",
        )
    };

    fn deterministic(&self) -> bool {
        self.resample == Resample::None
    }

    fn suits(&self, shape: &TrainingShape) -> Result<(), ParamError> {
        resample::suits(self.resample, self.smote_neighbours, shape)
    }

    fn fit(&self, fit: Fit<'_>) -> Result<Boosted, DetectorError> {
        let rows = Rows::new(fit.x, fit.labels);
        let rows = rows.resampled(self.resample, self.smote_neighbours, fit.seed, fit.watch)?;
        boost::fit(&rows, self)
    }

    /// The log-odds of an outlier.
    fn score(&self, boosted: &Boosted, x: &Matrix) -> Result<Vec<f64>, DetectorError> {
        Ok(score_distinct_blocks(x, |rows, scores| {
            scores.fill(boosted.base);
            decision_tree::add_values(&boosted.trees, rows, x.cols(), scores);
        }))
    }

    /// How much the cuts on each feature moved the log-odds on the row's way down the trees (A.
    /// Saabas, *Interpreting random forests*, 2014). With the base and the values at the roots they
    /// add up to the score.
    fn explain(&self, boosted: &Boosted, x: &Matrix) -> Result<Option<Matrix>, DetectorError> {
        Ok(Some(decision_tree::shares(&boosted.trees, x, |share| share)))
    }

    /// Even odds.
    fn native_threshold(&self, _: &Boosted) -> Option<f64> {
        Some(0.0)
    }

    fn save(Boosted { base, trees }: &Boosted, saved: Saved) -> Saved {
        decision_tree::save(trees, saved.with("base", &[], vec![*base]))
    }

    fn load(&self, saved: &Saved) -> Result<Boosted, DetectorError> {
        let base = saved.tensor_f64("base", &[])?[0];
        Ok(Boosted { base, trees: decision_tree::load(saved)? })
    }
}

#[cfg(test)]
mod tests;
