//! Presets: named sets of defaults, which single parameters override.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::params::{ParamError, Params, parse, require};

use super::adam::AdamSettings;

/// Which defaults the parameters that are left out take.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Preset {
    /// The settings of the 2020 study, its weaknesses included.
    #[default]
    Published,
    /// Settings that train reliably whatever the seed.
    Sound,
    /// `Sound` in batches of 4096 rows with a step to match, for devices that batches of a hundred rows
    /// leave idle.
    LargeBatch,
}

/// Parameters with a `preset` key that decides the defaults of the others.
pub(crate) trait Presets: Params {
    /// Every parameter as the preset has it.
    fn preset(preset: Preset) -> Self;
}

/// Reads and checks a parameter object; what is left out takes the preset's value.
pub(crate) fn parse_preset<P: Presets>(value: &Value) -> Result<P, ParamError> {
    let Value::Object(given) = value else { return parse(value) };
    let Ok(preset) = given.get("preset").map_or(Ok(Preset::default()), Preset::deserialize) else {
        // Not a preset: the plain parser says so.
        return parse(value);
    };
    #[expect(clippy::expect_used, reason = "parameters are plain structs with string keys")]
    let mut full = serde_json::to_value(P::preset(preset)).expect("a plain struct serialises");
    if let Value::Object(full) = &mut full {
        full.extend(given.iter().map(|(key, value)| (key.clone(), value.clone())));
    }
    parse(&full)
}

/// The parameter object with every default of its preset filled in.
pub(crate) fn resolve_preset<P: Presets>(value: &Value) -> Result<Value, ParamError> {
    #[expect(clippy::expect_used, reason = "parameters are plain structs with string keys")]
    Ok(serde_json::to_value(parse_preset::<P>(value)?).expect("a plain struct serialises"))
}

/// Checks the ranges of the optimiser's settings.
pub(crate) fn check_adam(adam: &AdamSettings) -> Result<(), ParamError> {
    let AdamSettings { learning_rate, beta_1, beta_2, epsilon } = *adam;
    let rate_holds = learning_rate > 0.0 && learning_rate <= 1.0;
    require("learning_rate", rate_holds, "above 0 and at most 1", learning_rate)?;
    for (key, beta) in [("beta_1", beta_1), ("beta_2", beta_2)] {
        require(key, (0.0..1.0).contains(&beta), "at least 0 and below 1", beta)?;
    }
    require("epsilon", epsilon > 0.0 && epsilon <= 1.0, "above 0 and at most 1", epsilon)
}

/// Checks the length of a training.
pub(crate) fn check_schedule(
    batch_size: usize,
    epochs: u32,
    patience: Option<u32>,
) -> Result<(), ParamError> {
    require("batch_size", (1..=65_536).contains(&batch_size), "from 1 to 65536", batch_size)?;
    require("epochs", epochs <= 100_000, "from 0 to 100000", epochs)?;
    match patience {
        Some(patience) => require("patience", patience >= 1, "1 or more, or left out", patience),
        None => Ok(()),
    }
}

/// Checks a list of layer widths.
pub(crate) fn check_widths(key: &str, widths: &[usize]) -> Result<(), ParamError> {
    require(key, widths.len() <= 16, "at most 16 layers", widths.len())?;
    widths.iter().try_for_each(|&width| check_width(key, width))
}

/// Checks the width of one layer.
pub(crate) fn check_width(key: &str, width: usize) -> Result<(), ParamError> {
    require(key, (1..=4096).contains(&width), "from 1 to 4096", width)
}
