//! Figures that were measured elsewhere, and stand beside ours in a report.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// A published figure that an experiment is compared with.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Anchor {
    /// The name of the model that it is compared with.
    pub name: String,
    /// The name of the data set that it was measured on; `None`: whatever the experiment's is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub set: Option<String>,
    /// Metric name as in `summary.csv` (`accuracy`, `f1`, `roc_auc`, ...) to value.
    pub metrics: BTreeMap<String, f64>,
    /// What a reader must know of this row.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
}

/// `data/anchors/<name>.toml`: the published figures of one source.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AnchorSet {
    /// A short name for tables.
    pub name: String,
    /// Where the figures were published.
    pub source: String,
    /// Whether the figures are means over several runs: ours beside them are means then, else medians.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub mean: bool,
    /// Remarks on how they came about.
    #[serde(default)]
    pub notes: Vec<String>,
    /// The figures.
    pub anchors: Vec<Anchor>,
}

/// A line of a file of measured epochs: how long networks of one shape took to train at once, here or in another program.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MeasuredEpoch {
    /// The kind of detector: `autoencoder`, `vae`, `bigan`, `seq2seq`.
    pub network: String,
    /// What trained it: `oddbench kernels`, `pytorch eager`.
    pub engine: String,
    /// The device that it trained on.
    pub device: String,
    /// Rows of an optimiser step, at least 1.
    pub batch: usize,
    /// Training rows, at least 1.
    pub rows: usize,
    /// Networks that trained at once, at least 1.
    pub models: usize,
    /// Wall seconds of an epoch of all of them together, above 0.
    pub seconds: f64,
}
