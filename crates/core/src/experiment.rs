//! The resolved experiment: its file with every name checked and every default filled in. Manifests keep
//! it, and the addresses of trials are made from parts of it.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::dataset::LabelPolicy;
use crate::ensemble::EnsembleSettings;
use crate::external::ExternalSettings;
use crate::given::{self, GivenSettings};
use crate::metrics::Metric;
use crate::operating::OperatorSettings;
use crate::preprocess::PreprocessSettings;
use crate::split::SplitSettings;
use crate::threshold::ThresholdSettings;

/// An experiment file, resolved. The sections have the names that they have in the file.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Experiment {
    /// Names the folders under `results/` and `reports/`.
    pub name: String,
    /// What the experiment is for.
    pub description: String,
    /// The rows, and how they are labelled.
    pub dataset: DatasetSettings,
    /// Another data set that the fitted models are tried on too.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub transfer: Option<TransferSettings>,
    /// Which rows train, validate and test.
    pub split: SplitSettings,
    /// Scaling, encoding and missing values.
    pub preprocess: PreprocessSettings,
    /// At least one; the first is the table's.
    #[serde(rename = "threshold")]
    pub thresholds: Vec<ThresholdSettings>,
    /// The false positive rates, shares of attacks and volume of the operator's figures.
    #[serde(default, skip_serializing_if = "OperatorSettings::is_default")]
    pub operator: OperatorSettings,
    /// Backends. Seeds are each model's own.
    pub run: RunSettings,
    /// What is measured of every trial in addition to its totals.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub measure: Option<Measure>,
    /// At least one, no two of one name.
    #[serde(rename = "model")]
    pub models: Vec<ModelSettings>,
    /// Combinations of models, no two of one name.
    #[serde(rename = "ensemble", default, skip_serializing_if = "Vec::is_empty")]
    pub ensembles: Vec<EnsembleModel>,
    /// What the report shows beside the figures.
    pub report: ReportSettings,
}

/// `[dataset]`, resolved.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DatasetSettings {
    /// The kind of data set.
    pub kind: String,
    /// The feature set's name, or the columns joined by commas.
    pub features: String,
    /// The columns that enter a model, in order.
    pub columns: Vec<String>,
    /// The label policy's name.
    pub labels: String,
    /// The label policy.
    pub policy: LabelPolicy,
    /// The kind's own keys.
    #[serde(flatten)]
    pub params: Map<String, Value>,
}

/// `[transfer]`, resolved: another data set, whose rows are seen through the columns of `[dataset]`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TransferSettings {
    /// What tables call it.
    pub name: String,
    /// The kind of data set.
    pub kind: String,
    /// The label policy's name.
    pub labels: String,
    /// The label policy.
    pub policy: LabelPolicy,
    /// The kind's own keys.
    #[serde(flatten)]
    pub params: Map<String, Value>,
}

/// `[run]`, resolved.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RunSettings {
    /// Names of backends, at least one, all different.
    pub backends: Vec<String>,
}

/// `[report]`, resolved.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReportSettings {
    /// Names of the published figures beside ours.
    pub anchors: Vec<String>,
    /// Paths of files of measured epochs, as the experiment file has them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub measured_epochs: Vec<String>,
}

/// `[[model]]`, resolved.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ModelSettings {
    /// The model name in tables.
    pub name: String,
    /// The kind of detector.
    pub kind: String,
    /// At least one, all different.
    pub seeds: Vec<u64>,
    /// Every parameter, defaults filled in; for a sweep, the parameters of its first configuration.
    pub params: Value,
    /// How many of the training rows it is fitted on; `None`: all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub train_rows: Option<usize>,
    /// Its own columns and preprocessing; `None`: the experiment's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub view: Option<View>,
    /// For a user's command: the command and its limits.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub external: Option<ExternalSettings>,
    /// For a model that was fitted elsewhere: where its scores are.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub given: Option<GivenSettings>,
    /// What each of its trials may take; for a command, `external` says it.
    #[serde(default, skip_serializing_if = "Limits::are_none")]
    pub limits: Limits,
    /// The configurations that are tried in place of `params`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sweep: Option<SweepSettings>,
}

/// What a trial may take. No limit decides a score, so that none is part of a trial's address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Limits {
    /// Seconds from the start of its process to its end; `None`: no limit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub timeout_seconds: Option<u64>,
    /// MiB that its process may hold; `None`: no limit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_memory_mb: Option<u64>,
}

impl Limits {
    /// Whether nothing is limited.
    pub fn are_none(&self) -> bool {
        *self == Self::default()
    }

    /// These, and where they say nothing, the others.
    pub fn or(self, others: Self) -> Self {
        Self {
            timeout_seconds: self.timeout_seconds.or(others.timeout_seconds),
            max_memory_mb: self.max_memory_mb.or(others.max_memory_mb),
        }
    }
}

/// `sweep` of a model, resolved.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SweepSettings {
    /// The metric of the validation rows that is highest for the winner.
    pub select: Metric,
    /// How the configurations were drawn; `None`: a grid.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub draws: Option<Draws>,
    /// At least one, all different.
    pub configurations: Vec<SweepConfiguration>,
}

/// How random configurations are drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Draws {
    /// How many.
    pub number: usize,
    /// From which seed.
    pub seed: u64,
}

/// One configuration of a sweep.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SweepConfiguration {
    /// The swept parameters as the file has them.
    pub values: Value,
    /// Every parameter, defaults filled in.
    pub params: Value,
}

/// A model's own columns and preprocessing; rows, split and labels are the experiment's.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct View {
    /// The feature set as the file names it.
    pub features: String,
    /// The columns that enter the model, in order.
    pub columns: Vec<String>,
    /// Scaling, encoding and missing-value rule, all of it.
    pub preprocess: PreprocessSettings,
}

/// What an experiment measures of each trial in addition to its totals: `[measure]`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Measure {
    /// Numbers of rows in one scoring call, each of which is timed.
    pub score_rows: Vec<usize>,
    /// Timed calls of each number, after a first one that is kept apart.
    pub repeats: u32,
}

/// What a trial of a sweep knows about the sweep.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SweepPoint {
    /// How many configurations are tried.
    pub configurations: usize,
    /// The metric of the validation rows that the winner has most of; of one that needs a threshold,
    /// the best that any threshold gives.
    pub select: Metric,
    /// The swept parameters of this configuration.
    pub values: Value,
}

impl SweepPoint {
    /// The configuration in words: `latent = 2, learning_rate = 0.001`. Numbers that were drawn are shown with
    /// four digits.
    pub fn words(&self) -> String {
        let shown = |value: &Value| match value {
            Value::String(text) => text.clone(),
            Value::Number(number) if number.is_f64() => {
                let number = number.as_f64().unwrap_or_default();
                // Digits without the zeros behind them, as in 0.001.
                format!("{number:.3e}").parse::<f64>().unwrap_or(number).to_string()
            }
            other => other.to_string(),
        };
        let values = self.values.as_object().into_iter().flatten();
        let words = values.map(|(key, value)| format!("{key} = {}", shown(value)));
        words.collect::<Vec<_>>().join(", ")
    }
}

/// `[[ensemble]]`, resolved.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EnsembleModel {
    /// The model name in tables.
    pub name: String,
    /// Names of models, at least one, all different.
    pub members: Vec<String>,
    /// How their scores become one.
    pub settings: EnsembleSettings,
}

impl Experiment {
    /// How the experiment's own rows are seen by models that say nothing else.
    pub fn view(&self) -> View {
        View {
            features: self.dataset.features.clone(),
            columns: self.dataset.columns.clone(),
            preprocess: self.preprocess,
        }
    }

    /// How a model sees the rows.
    pub fn view_of(&self, model: &ModelSettings) -> View {
        model.view.clone().unwrap_or_else(|| self.view())
    }

    /// The mark after the name of a model or ensemble whose fit oddbench has not seen.
    pub fn elsewhere(&self, name: &str) -> Option<&'static str> {
        let is_given = |name: &str| {
            self.models.iter().any(|model| model.name == name && model.given.is_some())
        };
        let ensemble = self.ensembles.iter().find(|ensemble| ensemble.name == name);
        let has_given = ensemble.is_some_and(|of| of.members.iter().any(|name| is_given(name)));
        match (is_given(name), has_given) {
            (true, _) => Some(given::MARK),
            (false, true) => Some(given::MEMBER_MARK),
            (false, false) => None,
        }
    }

    /// Every column that some model sees, with the columns of `[dataset]` first. These columns are loaded.
    pub fn columns(&self) -> Vec<String> {
        let mut columns = self.dataset.columns.clone();
        for view in self.models.iter().filter_map(|model| model.view.as_ref()) {
            let new = view.columns.iter().filter(|column| !columns.contains(column));
            columns.extend(new.cloned().collect::<Vec<_>>());
        }
        columns
    }
}

impl ModelSettings {
    /// The models to fit: this one, or one per configuration of its sweep, with what its trials know
    /// of the sweep.
    pub fn variants(&self) -> Vec<(Self, Option<SweepPoint>)> {
        let Some(sweep) = &self.sweep else { return vec![(self.clone(), None)] };
        let variant = |configuration: &SweepConfiguration| {
            let point = SweepPoint {
                configurations: sweep.configurations.len(),
                select: sweep.select,
                values: configuration.values.clone(),
            };
            (Self { params: configuration.params.clone(), ..self.clone() }, Some(point))
        };
        sweep.configurations.iter().map(variant).collect()
    }
}
