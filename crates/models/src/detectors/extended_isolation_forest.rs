//! `extended-isolation-forest`: rows that random slanted cuts separate soon are anomalous.
//!
//! S. Hariri, M. C. Kind, R. J. Brunner: *Extended Isolation Forest*, TKDE 2019. Where an isolation
//! forest compares one feature with a threshold, a cut is a hyperplane here: a normal vector with
//! normally distributed entries through a point that is uniform in the box of a node's rows.
//!
//! One deviation: at least one column of a cut varies among the rows of its node, as in
//! scikit-learn's isolation forest. The paper draws all columns with equal chances, and cuts that use few columns
//! then separate nothing where most columns are constant, as KDD's are. Cuts that use every column
//! are the paper's.
//!
//! Written here: the crate extended-isolation-forest 0.2.3 draws from the generator of the thread,
//! which cannot be seeded, and fixes the number of columns when it is compiled.

mod tree;

use oddbench_core::{DetectorError, Matrix};
use rayon::prelude::*;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use self::tree::{SlantedTree, grow};
use super::{isolation_forest::tree::average_path_length, tree_samples::TreeSamples};
use crate::{
    kind::Kind,
    model::{Fit, Model},
    number_or_word::{NumberOrWord, number_or_word},
    parallel::score_distinct_blocks,
    params::{MOST_PARTS, ParamError, Params, require, require_count},
    peer_names::{instead, same},
    save::Saved,
    training_shape::TrainingShape,
};

/// How many columns a cut uses beside the first.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum ExtensionLevel {
    /// Every column.
    Full,
    /// So many more than one.
    Level(f64),
}

number_or_word!(
    ExtensionLevel,
    [Full = "full"],
    Level,
    "\"full\" or a whole number from 0 to 65535",
    {
        fn number_schema() -> Value {
            json!({ "type": "integer", "minimum": 0, "maximum": 65535 })
        }
    }
);

/// Parameters of `extended-isolation-forest`.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct ExtendedIsolationForestParams {
    /// Number of trees.
    #[schemars(range(min = 1, max = MOST_PARTS))]
    pub n_estimators: usize,
    /// Rows that each tree sees, drawn without replacement; all rows if there are fewer.
    #[schemars(range(min = 2))]
    pub max_samples: usize,
    /// How many columns each cut uses beside the first: 0 cuts along the axes, as an isolation forest
    /// does; "full" uses all columns.
    pub extension_level: ExtensionLevel,
}

impl Default for ExtendedIsolationForestParams {
    fn default() -> Self {
        Self { n_estimators: 100, max_samples: 256, extension_level: ExtensionLevel::Full }
    }
}

impl Params for ExtendedIsolationForestParams {
    fn check(&self) -> Result<(), ParamError> {
        require_count("n_estimators", self.n_estimators, MOST_PARTS)?;
        require("max_samples", self.max_samples >= 2, "2 or more", self.max_samples)?;
        let level = self.extension_level.number().unwrap_or(0.0);
        let whole = (0.0..=65535.0).contains(&level) && level.fract() == 0.0;
        require("extension_level", whole, ExtensionLevel::ALLOWED, level)
    }
}

impl ExtendedIsolationForestParams {
    fn samples(&self) -> TreeSamples {
        let (trees, max_samples) = (self.n_estimators, self.max_samples);
        TreeSamples { kind: Self::KIND.name, trees, max_samples }
    }

    /// Columns that a cut of rows with `d` columns uses.
    fn cut_columns(&self, d: usize) -> usize {
        self.extension_level.number().map_or(d, |level| level as usize + 1)
    }
}

/// The grown trees.
pub struct SlantedForest {
    /// Rows that each tree saw.
    n_samples: usize,
    trees: Vec<SlantedTree>,
}

/// What is saved beside the trees.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct State {
    n_samples: usize,
}

impl Model for ExtendedIsolationForestParams {
    type Learned = SlantedForest;

    const KIND: Kind = Kind {
        peers: &[&[
            same("ntrees", "n_estimators"),
            same("sample_size", "max_samples"),
            same("ExtensionLevel", "extension_level"),
            instead("max_features", "`extension_level` says how many features a cut uses"),
            instead("bootstrap", "every tree draws its rows without replacement"),
            instead("behaviour", "there is one: a higher score is more anomalous"),
        ]],
        quick: || json!({ "n_estimators": 20 }),
        ..Kind::of::<Self>(
            "extended-isolation-forest",
            "isolation forest with slanted cuts, which use several features at once",
            "Hariri, Kind, Brunner: Extended Isolation Forest, TKDE 2019",
        )
    };

    fn deterministic(&self) -> bool {
        false
    }

    fn sample(&self, rows: usize, seed: u64) -> Option<Vec<usize>> {
        self.samples().of_all_trees(rows, seed)
    }

    fn suits(&self, shape: &TrainingShape) -> Result<(), ParamError> {
        let (used, d) = (self.cut_columns(shape.columns), shape.columns);
        let message = || {
            format!("a cut would use {used} columns, and the rows have {d}: give {} or less", d - 1)
        };
        if used > d { Err(ParamError::at("extension_level", message())) } else { Ok(()) }
    }

    fn fit(&self, fit: Fit<'_>) -> Result<SlantedForest, DetectorError> {
        let Fit { x, sample, seed, watch, .. } = fit;
        let rows = sample.map_or(x.rows(), |sample| sample.of);
        let n_samples = self.max_samples.min(rows);
        if n_samples < self.max_samples {
            watch.note(&format!("there are only {n_samples} rows: every tree sees all of them"));
        }
        let (samples, cut_columns) = (self.samples(), self.cut_columns(x.cols()));
        let tree = |i| {
            let (drawn, mut rng) = samples.of_tree(i, rows, sample, seed);
            grow(x, drawn, cut_columns, &mut rng)
        };
        let trees = (0..self.n_estimators).into_par_iter().map(tree).collect();
        Ok(SlantedForest { n_samples, trees })
    }

    /// `2^(-E[h(x)] / c(n))`, as for an isolation forest: in (0, 1], 0.5 for a row as deep as the
    /// average.
    fn score(&self, forest: &SlantedForest, x: &Matrix) -> Result<Vec<f64>, DetectorError> {
        let average = average_path_length(forest.n_samples) * forest.trees.len() as f64;
        Ok(score_distinct_blocks(x, |rows, scores| {
            for tree in &forest.trees {
                tree.add_path_lengths(rows, x.cols(), scores);
            }
            for score in scores {
                // One training row is never cut; every row is then as deep as the average.
                let relative = if average > 0.0 { *score / average } else { 1.0 };
                *score = (-relative).exp2();
            }
        }))
    }

    fn save(forest: &SlantedForest, saved: Saved) -> Saved {
        let state = State { n_samples: forest.n_samples };
        tree::save(&forest.trees, saved.with_state(&state))
    }

    fn load(&self, saved: &Saved) -> Result<SlantedForest, DetectorError> {
        let State { n_samples } = saved.state()?;
        let cut_columns = self.cut_columns(saved.n_features);
        let trees = tree::load(saved, cut_columns)?;
        if trees.len() != self.n_estimators {
            return Err(saved.broken(format!("{} trees for n_estimators", trees.len())));
        }
        Ok(SlantedForest { n_samples, trees })
    }
}

#[cfg(test)]
mod tests;
