//! The experiment file: from TOML text to a checked [`Spec`], with errors that show the line, the key
//! and the remedy.
//!
//! `wire` holds the sections as they are written, `convert` checks them, `overrides` applies the
//! command line, `locate` finds the line at fault, `json` writes what was checked, `schema` describes the
//! file to editors.

mod convert;
mod error;
mod json;
mod load;
mod locate;
mod overrides;
mod schema;
mod structure;
mod suggest;
mod wire;

use oddbench_core::LabelPolicy;
use oddbench_core::ensemble::EnsembleSettings;
use oddbench_core::metrics::Metric;
use oddbench_core::preprocess::PreprocessSettings;
use oddbench_core::record::{AnchorSet, Measure, View};
use oddbench_core::split::SplitSettings;
use oddbench_core::sweeps::SweepPoint;
use oddbench_core::threshold::ThresholdSettings;
use oddbench_data::Source;
use oddbench_models::{Backend, Kind};
use serde_json::{Value, json};

pub use error::{Place, SourceFile, SpecError};
pub use load::{load, parse};
pub use overrides::Overrides;
pub use schema::json_schema;

pub(crate) use convert::param_fault;
pub(crate) use error::Fault;
pub(crate) use locate::{Document, KeyPath};

/// A checked experiment: every name resolved, every default filled in.
#[derive(Debug, Clone, PartialEq)]
pub struct Spec {
    /// Names the folders under `results/` and `reports/`.
    pub name: String,
    /// What the experiment is for.
    pub description: String,
    /// The rows, and how they are labelled.
    pub dataset: DatasetSpec,
    /// Which rows train, validate and test.
    pub split: SplitSettings,
    /// Scaling, encoding and missing values.
    pub preprocess: PreprocessSettings,
    /// At least one; the first is the table's.
    pub thresholds: Vec<ThresholdSettings>,
    /// At least one, no two alike.
    pub backends: Vec<Backend>,
    /// At least one, no two of one name.
    pub models: Vec<ModelSpec>,
    /// Combinations of models, no two of one name.
    pub ensembles: Vec<EnsembleSpec>,
    /// What is measured of every trial beside its totals.
    pub measure: Option<Measure>,
    /// Published figures to stand beside ours.
    pub anchors: Vec<AnchorSet>,
    /// The command-line options that changed the file.
    pub overrides: Vec<String>,
    pub(crate) document: Document,
}

/// `[dataset]`, resolved.
#[derive(Debug, Clone, PartialEq)]
pub struct DatasetSpec {
    /// Where rows come from.
    pub source: Source,
    /// The kind as the file names it.
    pub kind: &'static str,
    /// Whether the rows are generated.
    pub synthetic: bool,
    /// The feature set's name, or the columns joined by commas.
    pub features: String,
    /// The columns that enter a model, in order.
    pub columns: Vec<String>,
    /// The label policy's name.
    pub labels: String,
    /// The label policy.
    pub policy: LabelPolicy,
}

/// `[[model]]`, resolved.
#[derive(Clone)]
pub struct ModelSpec {
    /// The row's name in tables.
    pub name: String,
    /// The kind of detector.
    pub kind: &'static Kind,
    /// Every parameter, defaults filled in; of a sweep, those of its first configuration.
    pub params: Value,
    /// At least one, no two alike.
    pub seeds: Vec<u64>,
    /// How many of the training rows it is fitted on; `None`: all.
    pub train_rows: Option<usize>,
    /// Its own columns and preprocessing; `None`: the experiment's.
    pub view: Option<ViewSpec>,
    /// The configurations that are tried in place of `params`.
    pub sweep: Option<SweepSpec>,
}

/// `sweep` of a model, resolved.
#[derive(Debug, Clone, PartialEq)]
pub struct SweepSpec {
    /// What the winner has most of on validation rows.
    pub select: Metric,
    /// How the configurations were drawn; `None`: a grid.
    pub draws: Option<Draws>,
    /// At least one, no two alike.
    pub configurations: Vec<SweepConfiguration>,
}

/// How random configurations are drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Draws {
    /// How many.
    pub number: usize,
    /// From which seed.
    pub seed: u64,
}

/// One configuration of a sweep.
#[derive(Debug, Clone, PartialEq)]
pub struct SweepConfiguration {
    /// The swept parameters as the file has them.
    pub values: Value,
    /// Every parameter, defaults filled in.
    pub params: Value,
}

impl ModelSpec {
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

/// How rows are seen: which columns, and how they become numbers.
#[derive(Debug, Clone, PartialEq)]
pub struct ViewSpec {
    /// The feature set's name, or the columns joined by commas.
    pub features: String,
    /// The columns that enter a model, in order.
    pub columns: Vec<String>,
    /// Scaling, encoding and missing values.
    pub preprocess: PreprocessSettings,
}

/// `[[ensemble]]`, resolved.
#[derive(Debug, Clone, PartialEq)]
pub struct EnsembleSpec {
    /// The row's name in tables.
    pub name: String,
    /// Names of models, at least one, no two alike.
    pub members: Vec<String>,
    /// How their scores become one.
    pub settings: EnsembleSettings,
}

impl std::fmt::Debug for ModelSpec {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ModelSpec")
            .field("name", &self.name)
            .field("kind", &self.kind.name)
            .field("params", &self.params)
            .field("seeds", &self.seeds)
            .finish()
    }
}

impl PartialEq for ModelSpec {
    fn eq(&self, other: &Self) -> bool {
        let key = |m: &Self| (m.name.clone(), m.kind.name, m.seeds.clone(), m.train_rows);
        key(self) == key(other)
            && self.params == other.params
            && self.view == other.view
            && self.sweep == other.sweep
    }
}

impl ViewSpec {
    /// As records keep it.
    pub fn to_record(&self) -> View {
        View {
            features: self.features.clone(),
            columns: self.columns.clone(),
            preprocess: json!(self.preprocess),
        }
    }
}

impl Spec {
    /// How the experiment's own rows are seen by models that say nothing else.
    pub fn view(&self) -> ViewSpec {
        ViewSpec {
            features: self.dataset.features.clone(),
            columns: self.dataset.columns.clone(),
            preprocess: self.preprocess,
        }
    }

    /// How a model sees the rows.
    pub fn view_of(&self, model: &ModelSpec) -> ViewSpec {
        model.view.clone().unwrap_or_else(|| self.view())
    }

    /// Every column that some model sees, those of `[dataset]` first: what is to be loaded.
    pub fn columns(&self) -> Vec<String> {
        let mut columns = self.dataset.columns.clone();
        for view in self.models.iter().filter_map(|model| model.view.as_ref()) {
            let new = view.columns.iter().filter(|column| !columns.contains(column));
            columns.extend(new.cloned().collect::<Vec<_>>());
        }
        columns
    }

    /// The experiment file as the user named it.
    pub fn path(&self) -> &std::path::Path {
        &self.document.file.path
    }
}
