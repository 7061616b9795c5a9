//! `isolation-forest`: rows that random cuts separate soon are anomalous.
//!
//! F. T. Liu, K. M. Ting, Z.-H. Zhou: *Isolation Forest*, ICDM 2008, and *Isolation-Based Anomaly
//! Detection*, TKDD 2012. Written here because no crate is seedable, right on columns that are
//! constant within a node, and quick at once.

mod tree;

use std::path::Path;

use oddbench_core::{
    Detector, DetectorError, FittedDetector, Matrix, Train, Watch, detector::check_input,
};
use rayon::prelude::*;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;

use self::tree::{average_path_length, grow};
use crate::{
    decision_tree::{self, Tree},
    kinds::Kind,
    parallel::{map_rows, score_distinct_blocks},
    params::{self, ParamError, Params, require},
    rng::stream,
    save::Saved,
};

pub(crate) const KIND: Kind = Kind {
    name: "isolation-forest",
    summary: "isolation forest: how few random cuts separate a row from a sample of the others",
    source: "Liu, Ting, Zhou: Isolation Forest, ICDM 2008",
    supervised: false,
    uses_device: false,
    positional: false,
    resolve: params::resolve::<IsolationForestParams>,
    build: |value, _| Ok(Box::new(IsolationForest { params: params::parse(value)? })),
    load,
    schema: params::schema::<IsolationForestParams>,
    quick: || json!({ "n_estimators": 20 }),
};

/// Parameters of `isolation-forest`.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct IsolationForestParams {
    /// Number of trees.
    #[schemars(range(min = 1))]
    pub n_estimators: usize,
    /// Rows that each tree sees, drawn without replacement; all rows if there are fewer.
    #[schemars(range(min = 2))]
    pub max_samples: usize,
    /// Share of the features that each tree may cut, at least one of them.
    #[schemars(range(min = 0.0, max = 1.0))]
    pub max_features: f64,
}

impl Default for IsolationForestParams {
    fn default() -> Self {
        Self { n_estimators: 100, max_samples: 256, max_features: 1.0 }
    }
}

impl Params for IsolationForestParams {
    fn check(&self) -> Result<(), ParamError> {
        require("n_estimators", self.n_estimators >= 1, "1 or more", self.n_estimators)?;
        require("max_samples", self.max_samples >= 2, "2 or more", self.max_samples)?;
        let share = self.max_features;
        require("max_features", share > 0.0 && share <= 1.0, "above 0 and at most 1", share)
    }
}

struct IsolationForest {
    params: IsolationForestParams,
}

struct FittedIsolationForest {
    params: IsolationForestParams,
    n_features: usize,
    /// Rows that each tree saw.
    n_samples: usize,
    trees: Vec<Tree>,
}

impl Detector for IsolationForest {
    fn fit(
        &self,
        train: Train<'_>,
        seed: u64,
        watch: &mut dyn Watch,
    ) -> Result<Box<dyn FittedDetector>, DetectorError> {
        check_input(train.x, None)?;
        let n_features = train.x.cols();
        let n_samples = self.params.max_samples.min(train.x.rows());
        if n_samples < self.params.max_samples {
            watch.note(&format!("there are only {n_samples} rows: every tree sees all of them"));
        }
        let cut_features = ((self.params.max_features * n_features as f64) as usize).max(1);
        let trees = (0..self.params.n_estimators)
            .into_par_iter()
            .map(|i| {
                let mut rng = stream(seed, &format!("isolation-forest/tree/{i}"));
                grow(train.x, n_samples, cut_features, &mut rng)
            })
            .collect();
        let params = self.params.clone();
        Ok(Box::new(FittedIsolationForest { params, n_features, n_samples, trees }))
    }

    fn deterministic(&self) -> bool {
        false
    }
}

impl FittedDetector for FittedIsolationForest {
    /// `2^(-E[h(x)] / c(n))`: in (0, 1], 0.5 for a row as deep as the average (equation 2).
    fn score(&self, x: &Matrix) -> Result<Vec<f64>, DetectorError> {
        check_input(x, Some(self.n_features))?;
        let average = average_path_length(self.n_samples) * self.trees.len() as f64;
        Ok(score_distinct_blocks(x, |rows, scores| {
            // Tree by tree over a block of rows, so that both stay in the first-level cache.
            for tree in &self.trees {
                tree.add_values(rows, self.n_features, scores);
            }
            for score in scores {
                // One training row is never cut; every row is then as deep as the average.
                let relative = if average > 0.0 { *score / average } else { 1.0 };
                *score = (-relative).exp2();
            }
        }))
    }

    /// By how much the cuts on each feature shorten the row's way to its leaf, as a share of the
    /// average way: at a node of m rows, c(m) more cuts can be expected (equation 1). As with the
    /// paths of decision trees (A. Saabas, *Interpreting random forests*, 2014) the parts add up: to
    /// 1 + log2 of the score, above 0 for a row that is isolated sooner than the average.
    fn explain(&self, x: &Matrix) -> Result<Option<Matrix>, DetectorError> {
        check_input(x, Some(self.n_features))?;
        let average = average_path_length(self.n_samples) * self.trees.len() as f64;
        Ok(Some(map_rows(x, self.n_features, |row, out| {
            let mut shares = vec![0.0; self.n_features];
            self.trees.iter().for_each(|tree| tree.add_shares(row, &mut shares));
            for (out, share) in out.iter_mut().zip(shares) {
                *out = if average > 0.0 { (-share / average) as f32 } else { 0.0 };
            }
        })))
    }

    fn save(&self, dir: &Path) -> Result<(), DetectorError> {
        let saved = Saved::new(KIND.name, &self.params, self.n_features)
            .with_state(&State { n_samples: self.n_samples });
        decision_tree::save(&self.trees, saved).write(dir)
    }

    fn n_features(&self) -> usize {
        self.n_features
    }
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct State {
    n_samples: usize,
}

fn load(saved: &Saved) -> Result<Box<dyn FittedDetector>, DetectorError> {
    let params: IsolationForestParams = saved.params()?;
    let State { n_samples } = saved.state()?;
    let trees = decision_tree::load(saved)?;
    if trees.len() != params.n_estimators {
        return Err(saved.broken(format!("{} trees for n_estimators", trees.len())));
    }
    Ok(Box::new(FittedIsolationForest { params, n_features: saved.n_features, n_samples, trees }))
}
