//! `random`: a uniform score per row. It shows the figures of a detector that guesses.

use oddbench_core::{DetectorError, Matrix};
use rand::RngExt;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    kind::Kind,
    model::{Fit, Model},
    params::{ParamError, Params},
    rng::stream,
    save::Saved,
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

/// All that a fit leaves.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Seed {
    seed: u64,
}

/// The scores are drawn by position, not from the row's values: KDD's rows repeat by the thousand,
/// and a hash of the row would give each repetition the same score.
impl Model for RandomParams {
    type Learned = Seed;

    const KIND: Kind = Kind {
        positional: true,
        ..Kind::of::<Self>(
            "random",
            "sanity model: a uniform random score per position, whatever the row",
            "none: a detector that guesses",
        )
    };

    fn deterministic(&self) -> bool {
        false
    }

    fn fit(&self, fit: Fit<'_>) -> Result<Seed, DetectorError> {
        Ok(Seed { seed: fit.seed })
    }

    fn score(&self, fitted: &Seed, x: &Matrix) -> Result<Vec<f64>, DetectorError> {
        let mut draws = stream(fitted.seed, "random/scores");
        Ok((0..x.rows()).map(|_| draws.random::<f64>()).collect())
    }

    fn save(fitted: &Seed, saved: Saved) -> Saved {
        saved.with_state(fitted)
    }

    fn load(&self, saved: &Saved) -> Result<Seed, DetectorError> {
        saved.state()
    }
}
