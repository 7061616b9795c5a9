//! `constant`: the same score for every row. The floor that every detector must clear.

use std::path::Path;

use oddbench_core::{
    Detector, DetectorError, FittedDetector, Matrix, Train, Watch, detector::check_input,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::{
    kinds::Kind,
    params::{self, ParamError, Params},
    save::Saved,
};

pub(crate) const KIND: Kind = Kind {
    name: "constant",
    summary: "sanity row: every row scores 0, so ROC-AUC is 0.5 by definition",
    source: "none: a detector that knows nothing",
    supervised: false,
    uses_device: false,
    positional: false,
    resolve: params::resolve::<ConstantParams>,
    build: |value, _| Ok(Box::new(Constant { params: params::parse(value)? })),
    load: |saved| {
        let params = saved.params()?;
        Ok(Box::new(FittedConstant { params, n_features: saved.n_features }))
    },
    schema: params::schema::<ConstantParams>,
    quick: || json!({}),
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

struct Constant {
    params: ConstantParams,
}

struct FittedConstant {
    params: ConstantParams,
    n_features: usize,
}

impl Detector for Constant {
    fn fit(
        &self,
        train: Train<'_>,
        _seed: u64,
        _watch: &mut dyn Watch,
    ) -> Result<Box<dyn FittedDetector>, DetectorError> {
        check_input(train.x, None)?;
        Ok(Box::new(FittedConstant { params: self.params.clone(), n_features: train.x.cols() }))
    }

    fn deterministic(&self) -> bool {
        true
    }
}

impl FittedDetector for FittedConstant {
    fn score(&self, x: &Matrix) -> Result<Vec<f64>, DetectorError> {
        check_input(x, Some(self.n_features))?;
        Ok(vec![0.0; x.rows()])
    }

    fn save(&self, dir: &Path) -> Result<(), DetectorError> {
        Saved::new(KIND.name, &self.params, self.n_features).write(dir)
    }

    fn n_features(&self) -> usize {
        self.n_features
    }
}
