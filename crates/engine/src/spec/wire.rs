//! The experiment file as it is written: one struct per section, every key documented, unknown keys
//! refused. `convert` turns these into checked domain types; the JSON Schema is made from them.

mod alternatives;

use oddbench_core::ensemble::Criterion;
use oddbench_core::metrics::Metric;
use oddbench_core::preprocess::PreprocessSettings;
use oddbench_data::anchors;
use oddbench_models::Backend;
use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::Deserialize;
use serde_json::{Map, Value};
use toml::Table;

use super::convert::{section, split, threshold};
use crate::executor::SlurmSettings;

pub(crate) use alternatives::{OneOrMany, SetOrColumns};

/// An oddbench experiment: models on a data set, under one protocol.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct WireSpec {
    /// Names the folders under results/ and reports/: letters, digits, `-`, `_` and `.`.
    #[schemars(regex(pattern = r"^[A-Za-z0-9_][A-Za-z0-9_.-]*$"), length(max = 100))]
    pub name: String,
    /// What the experiment is for, in a sentence or two.
    #[serde(default)]
    pub description: String,
    /// The rows, and how they are labelled; or `[[dataset]]` several times, each with a name: the
    /// experiment then runs on each of them.
    pub dataset: WireDataset,
    /// Another data set: after the test, the same fitted models at the same thresholds score all of its rows,
    /// through the columns that both have. Its keys are those of [dataset] but for `features`; `name` is what
    /// tables call it.
    #[serde(default)]
    pub transfer: Option<WireDataset>,
    /// Which rows train, validate and test.
    #[schemars(schema_with = "split::schema")]
    pub split: Table,
    /// Scaling and encoding, fitted on the training rows.
    #[serde(default)]
    #[schemars(schema_with = "preprocess_schema")]
    pub preprocess: Table,
    /// How scores become decisions: one rule, or several (the first one is the table's).
    #[schemars(schema_with = "threshold::schema")]
    pub threshold: OneOrMany<Table>,
    /// What the operator's figures are for: rates of false alarms, shares of attacks, volume.
    #[serde(default)]
    pub operator: WireOperator,
    /// Seeds and backends.
    #[serde(default)]
    pub run: WireRun,
    /// What is measured of every trial in addition to its totals; needed to compare backends.
    #[serde(default)]
    pub measure: Option<WireMeasure>,
    /// What a trial may take.
    #[serde(default)]
    pub limits: WireLimits,
    /// Where trials run, if not on this machine.
    #[serde(default)]
    pub executor: WireExecutor,
    /// The models, each a `[[model]]` section.
    #[schemars(length(min = 1))]
    pub model: Vec<WireModel>,
    /// Combinations of models, each an `[[ensemble]]` section.
    #[serde(default)]
    pub ensemble: Vec<WireEnsemble>,
    /// What the report shows beside our figures.
    #[serde(default)]
    pub report: WireReport,
}

/// `[dataset]`: all other keys belong to the kind.
#[derive(Debug, Deserialize, JsonSchema)]
pub(crate) struct WireDataset {
    /// The data set.
    pub kind: String,
    /// In a file of several data sets: names this one and the folder of its results. Default: its key
    /// `set`, or its kind (of a kind that is a file, the file's name without `.toml`).
    #[serde(default)]
    #[schemars(regex(pattern = r"^[A-Za-z0-9_][A-Za-z0-9_.-]*$"))]
    pub name: Option<String>,
    /// A named feature set such as `published-18` or `all`, or a list of columns. Default: `all`.
    #[serde(default)]
    pub features: Option<SetOrColumns>,
    /// The label policy, such as `published` or `corrected` for kdd99.
    #[serde(default)]
    pub labels: Option<String>,
    /// In a file of several data sets: the split of this one, in place of the file's [split].
    #[serde(default)]
    #[schemars(schema_with = "split::schema")]
    pub split: Option<Table>,
    /// In a file of several data sets: the preprocessing of this one, in place of the file's [preprocess].
    #[serde(default)]
    #[schemars(schema_with = "preprocess_schema")]
    pub preprocess: Option<Table>,
    /// The keys of the kind.
    #[serde(flatten)]
    pub keys: Map<String, Value>,
}

/// `[operator]`
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct WireOperator {
    /// False positive rates, each with a threshold from the benign validation rows.
    /// Default: `[0.01, 0.001, 0.0001]`.
    #[serde(default)]
    #[schemars(extend("items" = share(), "uniqueItems" = true), length(min = 1, max = 10))]
    pub fpr: Option<Vec<f64>>,
    /// Shares of all flows that are attacks, at which precision is stated. Default: `[0.01, 0.001]`.
    #[serde(default)]
    #[schemars(extend("items" = share(), "uniqueItems" = true), length(min = 1, max = 10))]
    pub prevalence: Option<Vec<f64>>,
    /// How many flows, benign or not, the network has in a day: false alarms are then stated per day too.
    #[serde(default)]
    #[schemars(extend("exclusiveMinimum" = 0), range(max = 1e15))]
    pub flows_per_day: Option<f64>,
    /// The longest gap, in seconds, between two rows of one episode of an attack. Default: 600.
    #[serde(default)]
    #[schemars(range(min = 0))]
    pub episode_gap: Option<f64>,
}

/// `[run]`
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct WireRun {
    /// One trial per seed, for models that are not deterministic. Default: `[2018]`.
    #[serde(default)]
    #[schemars(length(min = 1), extend("uniqueItems" = true))]
    pub seeds: Option<Vec<u64>>,
    /// `cpu` (the default), `ndarray`, `wgpu`, `cuda`; one trial each, for models that use one.
    #[serde(default)]
    #[schemars(length(min = 1), extend("uniqueItems" = true, "items" = { "type": "string", "enum": Backend::ALL.map(Backend::name) }))]
    pub backends: Option<Vec<String>>,
}

/// `[measure]`
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct WireMeasure {
    /// Numbers of rows in one scoring call, each of which is timed; 1 to 10000000.
    #[schemars(length(min = 1), inner(range(min = 1, max = 10_000_000)), extend("uniqueItems" = true))]
    pub score_rows: Vec<u64>,
    /// Timed calls of each number, after a first one that is kept apart; 1 to 1000. Default: 5.
    #[serde(default)]
    #[schemars(range(min = 1, max = 1000))]
    pub repeats: Option<u32>,
}

/// `[limits]`
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct WireLimits {
    /// How long a trial may take, such as `10m`. Default: no limit, and `1h` for the kind `external`.
    #[serde(default)]
    #[schemars(regex(pattern = TIME))]
    pub timeout: Option<String>,
    /// How much memory a trial may use, such as `4 GB`; on Linux. Default: no limit.
    #[serde(default)]
    #[schemars(regex(pattern = SIZE))]
    pub max_memory: Option<String>,
    /// How long a run may take as a whole, such as `8h`; the same command continues it. Default: no limit.
    #[serde(default)]
    #[schemars(regex(pattern = TIME))]
    pub run_timeout: Option<String>,
    /// How much memory all trials together may be expected to need, such as `12 GB`; on Linux. Default: what is free.
    #[serde(default)]
    #[schemars(regex(pattern = SIZE))]
    pub run_max_memory: Option<String>,
}

/// `[executor]`
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct WireExecutor {
    /// What `oddbench run --executor slurm` asks of Slurm.
    #[serde(default)]
    #[schemars(schema_with = "slurm_schema")]
    pub slurm: Table,
}

/// `[[model]]`
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct WireModel {
    /// The kind of detector; `oddbench models` lists them.
    pub kind: String,
    /// The model name in tables. Default: the kind.
    #[serde(default)]
    #[schemars(length(min = 1, max = 80))]
    pub name: Option<String>,
    /// In place of run.seeds.
    #[serde(default)]
    #[schemars(length(min = 1), extend("uniqueItems" = true))]
    pub seeds: Option<Vec<u64>>,
    /// How many of the training rows it is fitted on, drawn at random, the same for every model.
    /// Default: all.
    #[serde(default)]
    #[schemars(range(min = 1, max = 10_000_000))]
    pub train_rows: Option<u64>,
    /// In place of dataset.features: the same rows, seen through other columns.
    #[serde(default)]
    pub features: Option<SetOrColumns>,
    /// In place of what [preprocess] says, key by key.
    #[serde(default)]
    #[schemars(schema_with = "preprocess_schema")]
    pub preprocess: Option<Table>,
    /// The kind's parameters; `oddbench models KIND` lists them.
    #[serde(default)]
    pub params: Map<String, Value>,
    /// Kind `external`: the program and its arguments. It is started in its own folder, in which the
    /// `files` are.
    #[serde(default)]
    #[schemars(length(min = 1))]
    pub command: Option<Vec<String>>,
    /// Kind `external`: files that the command needs, relative to this file. A change of one makes another
    /// trial.
    #[serde(default)]
    pub files: Option<Vec<String>>,
    /// Kind `scores`: the file with the scores, relative to this file. `{seed}` in it stands for the seed,
    /// `{fold}` for the number of the fold, `{set}` for the name of the data set in a file of several.
    #[serde(default)]
    pub file: Option<String>,
    /// Kind `external`: give it the labels of the training rows. Kind `scores`: the fit used them. Default:
    /// false.
    #[serde(default)]
    pub supervised: Option<bool>,
    /// Kind `external`: it ignores the seed and is run once. Default: false.
    #[serde(default)]
    pub deterministic: Option<bool>,
    /// Kind `external`: how rows are written for it, `parquet` (the default) or `csv`.
    #[serde(default)]
    #[schemars(extend("enum" = ["parquet", "csv"]))]
    pub format: Option<String>,
    /// How long a trial may take, such as `10m`, in place of limits.timeout.
    #[serde(default)]
    #[schemars(regex(pattern = TIME))]
    pub timeout: Option<String>,
    /// How much memory a trial may use, such as `4 GB`, in place of limits.max_memory. Kind `external`:
    /// all its processes together.
    #[serde(default)]
    #[schemars(regex(pattern = SIZE))]
    pub max_memory: Option<String>,
    /// Kind `external`: how many threads it should use. Default: its share of the cores.
    #[serde(default)]
    #[schemars(range(min = 1))]
    pub threads: Option<u32>,
    /// One trial per combination of parameters, or `random` of them; validation rows choose the winner,
    /// which alone is shown on the test rows.
    #[serde(default)]
    #[schemars(schema_with = "sweep_schema")]
    pub sweep: Option<Map<String, Value>>,
}

/// `[[ensemble]]`: trials that are computed from the stored scores of models, without a fit.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct WireEnsemble {
    /// The model name in tables. Default: `ensemble`.
    #[serde(default)]
    #[schemars(length(min = 1, max = 80))]
    pub name: Option<String>,
    /// Names of models.
    #[schemars(length(min = 1), extend("uniqueItems" = true))]
    pub members: Vec<String>,
    /// How the members' surprisals among the validation inliers become one score: their weighted `mean`
    /// (the default) or their `max`.
    #[serde(default)]
    #[schemars(extend("enum" = ["mean", "max"]))]
    pub combine: Option<String>,
    /// Take members one after the other, each the one that helps most on the validation rows (`greedy`,
    /// the default), or `all` of them.
    #[serde(default)]
    #[schemars(extend("enum" = ["greedy", "all"]))]
    pub select: Option<String>,
    /// What greedy selection maximises on the validation rows. Default: `f1_roc_auc`, the mean of both.
    #[serde(default)]
    #[schemars(extend("enum" = Criterion::all().map(Criterion::name).collect::<Vec<_>>()))]
    pub maximise: Option<String>,
    /// Weigh the classes as if this share of the validation rows were outliers (greedy).
    #[serde(default)]
    #[schemars(extend("exclusiveMinimum" = 0, "exclusiveMaximum" = 1))]
    pub prevalence: Option<f64>,
    /// How many times greedy selection may take a member, 1 to 100. Default: 10.
    #[serde(default)]
    #[schemars(range(min = 1, max = 100))]
    pub limit: Option<u32>,
}

/// The forms of a time and of a size. `check` looks at the values behind a right form.
const TIME: &str = r"^\s*([0-9.]+\s*[A-Za-zµ]+\s*)+$";
const SIZE: &str = r"^\s*\+?[0-9.]+\s*[MmGgTt][Ii]?[Bb]\s*$";

/// A share of rows that some data set can tell.
fn share() -> Value {
    serde_json::json!({ "type": "number", "minimum": 1e-9, "exclusiveMaximum": 1 })
}

fn slurm_schema(_: &mut SchemaGenerator) -> Schema {
    section::schema(SlurmSettings::KEYS)
}

fn preprocess_schema(_: &mut SchemaGenerator) -> Schema {
    section::schema(PreprocessSettings::KEYS)
}

/// A sweep of a kind that is not known.
fn sweep_schema(_: &mut SchemaGenerator) -> Schema {
    let mut sweep = sweep_of("", &[]);
    sweep["additionalProperties"] = swept(None);
    Schema::from(sweep.as_object().cloned().unwrap_or_default())
}

/// A sweep of a kind whose parameters are described at that place of the schema and have those names.
pub(crate) fn sweep_of(place: &str, names: &[String]) -> Value {
    let mut properties = serde_json::json!({
        "select": {
            "enum": Metric::CRITERIA,
            "description": "The metric of the validation rows to maximise. Default: roc_auc."
        },
        "random": {
            "type": "integer", "minimum": 1, "maximum": 1000,
            "description": "Draw that many configurations in place of a grid."
        },
        "seed": {
            "type": "integer", "minimum": 0,
            "description": "Seed of the draws. Default: 1."
        }
    });
    for name in names {
        properties[name] = swept(Some(format!("{place}/properties/{name}")));
    }
    // Without draws there is nothing to seed, and no range to draw from.
    serde_json::json!({
        "type": "object",
        "properties": properties,
        "additionalProperties": false,
        "if": { "required": ["random"] },
        "else": {
            "properties": { "select": true, "seed": false },
            "additionalProperties": { "type": "array" }
        }
    })
}

/// The values of one swept parameter, which is described at that place of the schema.
fn swept(parameter: Option<String>) -> Value {
    let any = serde_json::json!([{ "$ref": "#/$defs/Swept" }]);
    match parameter {
        None => serde_json::json!({ "allOf": any }),
        Some(place) => serde_json::json!({ "allOf": any, "items": { "$ref": place } }),
    }
}

/// What the values of any swept parameter look like.
pub(crate) fn swept_values() -> Value {
    serde_json::json!({
        "description": "A parameter: a list of its values, or with random a range to draw from.",
        "type": ["array", "object"],
        "minItems": 1,
        "uniqueItems": true,
        "properties": {
            "min": { "type": "number" },
            "max": { "type": "number" },
            "log": { "type": "boolean", "description": "Draw the logarithm evenly." }
        },
        "required": ["min", "max"],
        "additionalProperties": false
    })
}

/// `[report]`
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct WireReport {
    /// Published figures that the report shows beside ours: names, or paths of TOML files.
    #[serde(default)]
    #[schemars(extend("items" = { "anyOf": [{ "enum": anchors::NAMES }, { "type": "string", "pattern": "\\.toml$" }] }))]
    pub anchors: Vec<String>,
    /// Seconds of training epochs that were measured elsewhere, by number of models at once: paths of CSV files.
    #[serde(default)]
    #[schemars(extend("items" = { "type": "string", "pattern": "\\.csv$" }))]
    pub measured_epochs: Vec<String>,
}
