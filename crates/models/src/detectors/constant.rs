//! `constant`: the same score for every row. The floor that every detector must clear.

use oddbench_core::{DetectorError, Matrix};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    kind::Kind,
    model::{Fit, Model},
    params::{ParamError, Params},
    save::Saved,
};

/// None.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct ConstantParams {}

impl Params for ConstantParams {
    fn check(&self) -> Result<(), ParamError> {
        Ok(())
    }
}

impl Model for ConstantParams {
    type Learned = ();

    const KIND: Kind = Kind::of::<Self>(
        "constant",
        "sanity model: every row scores 0, so ROC-AUC is 0.5 by definition",
        "none: a detector that knows nothing",
    );

    fn fit(&self, _: Fit<'_>) -> Result<(), DetectorError> {
        Ok(())
    }

    fn score(&self, (): &(), x: &Matrix) -> Result<Vec<f64>, DetectorError> {
        Ok(vec![0.0; x.rows()])
    }

    fn save((): &(), saved: Saved) -> Saved {
        saved
    }

    fn load(&self, _: &Saved) -> Result<(), DetectorError> {
        Ok(())
    }
}
