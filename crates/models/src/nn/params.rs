//! The parameters that all networks share, and presets: named sets of defaults, which single
//! parameters override.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::params::{ParamError, Params, require};

use super::adam::AdamSettings;
use super::training::Schedule;

/// How a network is trained. A network's parameters hold one, flattened into them.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Training {
    /// Adam's step size, above 0 and at most 1.
    #[schemars(range(max = 1.0), extend("exclusiveMinimum" = 0))]
    pub learning_rate: f64,
    /// Adam's decay of the first moment, in [0, 1).
    #[schemars(range(min = 0.0), extend("exclusiveMaximum" = 1))]
    pub beta_1: f64,
    /// Adam's decay of the second moment, in [0, 1).
    #[schemars(range(min = 0.0), extend("exclusiveMaximum" = 1))]
    pub beta_2: f64,
    /// Adam's epsilon, above 0 and at most 1.
    #[schemars(range(max = 1.0), extend("exclusiveMinimum" = 0))]
    pub epsilon: f64,
    /// Rows per optimiser step, 1 to 65536.
    #[schemars(range(min = 1, max = 65536))]
    pub batch_size: usize,
    /// Passes over the training rows, 0 to 100000; 0 leaves the weights as they were drawn.
    #[schemars(range(min = 0, max = 100000))]
    pub epochs: u32,
    /// Stop after this many epochs without a lower validation loss; left out, all epochs are run.
    #[schemars(range(min = 1))]
    pub patience: Option<u32>,
}

impl Training {
    /// The 2020 study's: Keras' Adam at a tenfold rate.
    pub fn published(batch_size: usize, epochs: u32) -> Self {
        let AdamSettings { learning_rate, beta_1, beta_2, epsilon } = AdamSettings::keras(0.01);
        Self { learning_rate, beta_1, beta_2, epsilon, batch_size, epochs, patience: None }
    }

    /// Checks the ranges.
    pub(crate) fn check(&self) -> Result<(), ParamError> {
        check_rate("learning_rate", self.learning_rate)?;
        for (key, beta) in [("beta_1", self.beta_1), ("beta_2", self.beta_2)] {
            require(key, (0.0..1.0).contains(&beta), "at least 0 and below 1", beta)?;
        }
        let (epsilon, size) = (self.epsilon, self.batch_size);
        require("epsilon", epsilon > 0.0 && epsilon <= 1.0, "above 0 and at most 1", epsilon)?;
        require("batch_size", (1..=65_536).contains(&size), "from 1 to 65536", size)?;
        require("epochs", self.epochs <= 100_000, "from 0 to 100000", self.epochs)?;
        let patience = self.patience.unwrap_or(1);
        require("patience", patience >= 1, "1 or more, or left out", patience)
    }

    /// The optimiser's settings.
    pub fn adam(&self) -> AdamSettings {
        let Self { learning_rate, beta_1, beta_2, epsilon, .. } = *self;
        AdamSettings { learning_rate, beta_1, beta_2, epsilon }
    }

    /// The batches alone: all else may differ in networks that train together.
    pub fn alike(&self) -> Self {
        Self::published(self.batch_size, 1)
    }

    /// How long to train.
    pub fn schedule(&self) -> Schedule {
        Schedule { epochs: self.epochs, patience: self.patience }
    }
}

/// Which defaults the parameters that are left out take.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Preset {
    /// The settings of the 2020 study, its weaknesses included.
    Published,
    /// Settings that train reliably whatever the seed.
    #[default]
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

/// [`Params::defaults`] of parameters with presets. A preset that does not exist is the parser's to
/// refuse.
pub(crate) fn preset_of<P: Presets>(given: &Map<String, Value>) -> P {
    let named = given.get("preset").and_then(|name| Preset::deserialize(name).ok());
    P::preset(named.unwrap_or_default())
}

/// Checks a step size.
pub(crate) fn check_rate(key: &str, rate: f64) -> Result<(), ParamError> {
    require(key, rate > 0.0 && rate <= 1.0, "above 0 and at most 1", rate)
}

/// Checks a share of values that are dropped.
pub(crate) fn check_dropout(dropout: f64) -> Result<(), ParamError> {
    require("dropout", (0.0..1.0).contains(&dropout), "at least 0 and below 1", dropout)
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
