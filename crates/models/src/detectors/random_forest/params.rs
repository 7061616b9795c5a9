//! The parameters of `random-forest`.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::{
    number_or_word::{NumberOrWord, number_or_word},
    params::{MOST_PARTS, ParamError, Params, require, require_count},
    resample::{self, Resample},
    supervised::ClassWeight,
};

/// How many columns compete for a cut.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum MaxFeatures {
    /// The square root of their number.
    Sqrt,
    /// Its logarithm to base 2.
    Log2,
    /// All.
    All,
    /// This share of them.
    Share(f64),
}

number_or_word!(
    MaxFeatures,
    [Sqrt = "sqrt", Log2 = "log2", All = "all"],
    Share,
    "\"sqrt\", \"log2\", \"all\" or a share above 0 and at most 1",
    {
        fn number_schema() -> Value {
            json!({ "type": "number", "exclusiveMinimum": 0, "maximum": 1 })
        }
    }
);

impl MaxFeatures {
    /// Rounded down, but at least one.
    pub(super) fn of(self, n_features: usize) -> usize {
        let n = n_features as f64;
        let candidates = match self {
            Self::Sqrt => n.sqrt(),
            Self::Log2 => n.log2(),
            Self::All => n,
            Self::Share(share) => share * n,
        };
        (candidates as usize).max(1)
    }
}

/// Parameters of `random-forest`.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct RandomForestParams {
    /// Number of trees.
    #[schemars(range(min = 1, max = MOST_PARTS))]
    pub n_estimators: usize,
    /// Cuts between the root and a leaf at most; without it trees grow until their leaves are pure.
    #[schemars(range(min = 1))]
    pub max_depth: Option<usize>,
    /// Rows that a node must hold to be cut; each counts as often as it was drawn (in scikit-learn:
    /// once).
    #[schemars(range(min = 2))]
    pub min_samples_split: usize,
    /// Rows that either side of a cut must hold; each counts as often as it was drawn (in
    /// scikit-learn: once).
    #[schemars(range(min = 1))]
    pub min_samples_leaf: usize,
    /// Columns that are looked at, in random order, for the best cut of a node: "sqrt" or "log2" of
    /// their number, "all", or a share of them. Where all of these are constant, further ones are.
    pub max_features: MaxFeatures,
    /// Whether each tree sees rows drawn with replacement, or all.
    pub bootstrap: bool,
    /// Rows drawn for each tree, as a share of the training rows.
    #[schemars(range(max = 1.0), extend("exclusiveMinimum" = 0))]
    pub max_samples: f64,
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

impl Default for RandomForestParams {
    fn default() -> Self {
        Self {
            n_estimators: 100,
            max_depth: None,
            min_samples_split: 2,
            min_samples_leaf: 1,
            max_features: MaxFeatures::Sqrt,
            bootstrap: true,
            max_samples: 1.0,
            class_weight: ClassWeight::None,
            resample: Resample::None,
            smote_neighbours: 5,
        }
    }
}

impl Params for RandomForestParams {
    fn check(&self) -> Result<(), ParamError> {
        require_count("n_estimators", self.n_estimators, MOST_PARTS)?;
        let depth = self.max_depth.unwrap_or(1);
        require("max_depth", depth >= 1, "1 or more, or left out", depth)?;
        let split = self.min_samples_split;
        require("min_samples_split", split >= 2, "2 or more", split)?;
        require(
            "min_samples_leaf",
            self.min_samples_leaf >= 1,
            "1 or more",
            self.min_samples_leaf,
        )?;
        let share = self.max_features.number().unwrap_or(1.0);
        require("max_features", share > 0.0 && share <= 1.0, MaxFeatures::ALLOWED, share)?;
        let share = self.max_samples;
        require("max_samples", share > 0.0 && share <= 1.0, "above 0 and at most 1", share)?;
        let all = "1 where bootstrap = false: every tree then sees all rows";
        require("max_samples", self.bootstrap || share == 1.0, all, share)?;
        self.class_weight.check()?;
        resample::check(self.smote_neighbours)
    }
}

impl RandomForestParams {
    /// How many rows are drawn of so many.
    pub(super) fn samples_of(&self, rows: usize) -> usize {
        ((self.max_samples * rows as f64).round() as usize).max(1)
    }
}
