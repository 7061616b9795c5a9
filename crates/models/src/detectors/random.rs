//! `random`: a uniform score per row. What a table shows for a detector that guesses.

use std::path::Path;

use oddbench_core::{
    Detector, DetectorError, FittedDetector, Matrix, Train, Watch, detector::check_input,
};
use rand::RngExt;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::{
    kinds::Kind,
    params::{self, ParamError, Params},
    rng::stream,
    save::Saved,
};

/// The scores are drawn by position, not from the row's values: KDD's rows repeat by the thousand,
/// and a hash of the row would give each repetition the same score.
pub(crate) const KIND: Kind = Kind {
    name: "random",
    summary: "sanity row: a uniform random score per position, whatever the row",
    source: "none: a detector that guesses",
    supervised: false,
    uses_device: false,
    positional: true,
    resolve: params::resolve::<RandomParams>,
    build: |value, _| Ok(Box::new(Random { params: params::parse(value)? })),
    load,
    schema: params::schema::<RandomParams>,
    quick: || json!({}),
};

/// None.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct RandomParams {}

impl Params for RandomParams {
    fn check(&self) -> Result<(), ParamError> {
        Ok(())
    }
}

struct Random {
    params: RandomParams,
}

struct FittedRandom {
    params: RandomParams,
    n_features: usize,
    seed: u64,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct State {
    seed: u64,
}

fn load(saved: &Saved) -> Result<Box<dyn FittedDetector>, DetectorError> {
    let State { seed } = saved.state()?;
    Ok(Box::new(FittedRandom { params: saved.params()?, n_features: saved.n_features, seed }))
}

impl Detector for Random {
    fn fit(
        &self,
        train: Train<'_>,
        seed: u64,
        _watch: &mut dyn Watch,
    ) -> Result<Box<dyn FittedDetector>, DetectorError> {
        check_input(train.x, None)?;
        let params = self.params.clone();
        Ok(Box::new(FittedRandom { params, n_features: train.x.cols(), seed }))
    }

    fn deterministic(&self) -> bool {
        false
    }
}

impl FittedDetector for FittedRandom {
    fn score(&self, x: &Matrix) -> Result<Vec<f64>, DetectorError> {
        check_input(x, Some(self.n_features))?;
        let mut draws = stream(self.seed, "random/scores");
        Ok((0..x.rows()).map(|_| draws.random::<f64>()).collect())
    }

    fn save(&self, dir: &Path) -> Result<(), DetectorError> {
        Saved::new(KIND.name, &self.params, self.n_features)
            .with_state(&State { seed: self.seed })
            .write(dir)
    }

    fn n_features(&self) -> usize {
        self.n_features
    }
}
