//! What a run leaves and a report reads: records of trials, their scores, and the manifest of an
//! experiment. `engine` writes them, `report` and `serve` read them; neither knows the other.

mod elsewhere;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::detector::{Engine, Epoch};
use crate::experiment::{Experiment, SweepPoint, View};
use crate::external::{ExternalRun, ExternalSettings};
use crate::given::GivenScores;
pub use crate::provenance::{Build, DataFile, DeviceInfo, Environment};
pub use elsewhere::{Anchor, AnchorSet, MeasuredEpoch};

/// Raised whenever the meaning of a record, a score file or a trial's address changes. It is part
/// of every address, so results of another version are never taken for current ones.
pub const FORMAT_VERSION: u32 = 3;

/// What a trial was, independent of how it went.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TrialInfo {
    /// The trial's address: a hash of everything that decides its scores.
    pub id: String,
    /// The model name in tables.
    pub name: String,
    /// The detector's kind, as in the experiment file.
    pub kind: String,
    /// Every parameter, defaults filled in.
    pub params: Value,
    /// The seed; `None` where the detector is deterministic.
    pub seed: Option<u64>,
    /// The fold that is tested on, from 1; `None` where the split has no folds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fold: Option<u32>,
    /// What the fold is called, if it has a name: the family of attacks that it leaves out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fold_name: Option<String>,
    /// The backend asked for: `cpu`, `wgpu`, `cuda`, `ndarray`.
    pub backend: String,
    /// How many of the training rows it was fitted on; `None`: all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub train_rows: Option<usize>,
    /// Whether the detector saw labels.
    pub supervised: bool,
    /// How it sees the rows, where that differs from the experiment's [`DataInfo`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub view: Option<View>,
    /// For a user's command: the command and its limits.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub external: Option<ExternalSettings>,
    /// For a model that was fitted elsewhere: the file of its scores.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub given: Option<GivenScores>,
    /// The sweep that it is of, if it is of one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sweep: Option<SweepPoint>,
}

impl TrialInfo {
    /// The fold as a sentence names it: `fold 2`, or `without dos` where a family is left out; `None` where the
    /// split has no folds.
    pub fn fold_in_words(&self) -> Option<String> {
        fold_in_words(self.fold, self.fold_name.as_deref())
    }

    /// The fold as a column of folds names it: `2`, or the family that is left out.
    pub fn fold_in_short(&self) -> Option<String> {
        self.fold_name.clone().or_else(|| self.fold.map(|fold| fold.to_string()))
    }
}

/// [`TrialInfo::fold_in_words`], from a fold's number and its name.
pub fn fold_in_words(fold: Option<u32>, name: Option<&str>) -> Option<String> {
    match name {
        Some(name) => Some(format!("without {name}")),
        None => fold.map(|fold| format!("fold {fold}")),
    }
}

/// What the rows were.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DataInfo {
    /// The data set's kind: `kdd99`, `synthetic`, ...
    pub dataset: String,
    /// Whether the rows were generated.
    pub synthetic: bool,
    /// SHA-256 over the content that was read.
    pub digest: String,
    /// The feature set as the file names it.
    pub features: String,
    /// The label policy as the file names it.
    pub labels: String,
    /// The split as the file names it.
    pub split: String,
    /// Scaling, encoding and missing-value rule.
    pub preprocess: Value,
    /// The column with the time of each row; `None` if there is none, or if it is unknown which.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub time: Option<String>,
    /// Which columns of the files are no features, and why: one line a reason. Empty where all columns are
    /// known without looking.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub left_out: Vec<String>,
    /// The other data set that the models are tried on too, if the experiment names one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub transfer: Option<TransferInfo>,
}

/// What the rows of another data set were, and what is left of the features: columns that both have.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TransferInfo {
    /// What tables call it.
    pub dataset: String,
    /// SHA-256 over the content that was read.
    pub digest: String,
    /// The label policy as the file names it.
    pub labels: String,
    /// How many columns both data sets have, of those that the experiment names.
    pub shared: usize,
    /// Columns that the experiment names and the other data set lacks, or has of another kind.
    pub left_out: Vec<String>,
    /// Columns of the other data set that the experiment's lacks, or has of another kind.
    pub left_out_there: Vec<String>,
}

/// The sizes of the parts, known once the split is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PartSizes {
    /// Training rows.
    pub train: usize,
    /// Training rows that are outliers.
    pub train_outliers: usize,
    /// Validation rows.
    pub validation: usize,
    /// Validation rows that are outliers.
    pub validation_outliers: usize,
    /// Test rows.
    pub test: usize,
    /// Test rows that are outliers.
    pub test_outliers: usize,
    /// Transfer rows; `None` where the split has none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub transfer: Option<usize>,
    /// Transfer rows that are outliers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub transfer_outliers: Option<usize>,
    /// Columns after preprocessing.
    pub columns: usize,
}

/// The stage in which a trial failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Stage {
    /// Before the fit: reading the prepared rows, building the detector.
    Prepare,
    /// In the fit.
    Fit,
    /// While scoring.
    Score,
    /// While writing the model or the scores.
    Store,
    /// The process ended without a word: killed, out of memory, a crash.
    Process,
}

/// How a trial went.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "status", rename_all = "kebab-case", deny_unknown_fields)]
pub enum Outcome {
    /// It has scores.
    Completed {
        /// Wall time of the fit; `None` where it was fitted elsewhere.
        fit_seconds: Option<f64>,
        /// Wall time of scoring the test rows; `None` where they were scored elsewhere.
        score_seconds: Option<f64>,
        /// Peak resident memory of the trial's process, in MiB; `None` where the system does not say, and where one
        /// process ran several trials.
        peak_rss_mb: Option<f64>,
        /// The model's own decision boundary, if it has one: outliers have greater scores.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        native_threshold: Option<f64>,
        /// The learning curve; empty for models without epochs.
        epochs: Vec<Epoch>,
        /// What a reader must know, such as a collapsed posterior.
        notes: Vec<String>,
    },
    /// It has none.
    Failed {
        /// Where it failed.
        stage: Stage,
        /// Why, for a person.
        message: String,
    },
}

impl Outcome {
    /// Whether there are scores.
    pub fn is_completed(&self) -> bool {
        matches!(self, Self::Completed { .. })
    }
}

/// How a completed trial spent its time, and the memory of its device.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Timing {
    /// Wall seconds of each epoch's training; empty for models without epochs. They are without the validation loss,
    /// but the fused kernels of a GPU compute it between the epochs: then the seconds include it, and epochs that
    /// train without a look at the network between them have equal parts of their time. By burn, the first epoch
    /// includes the compilation of kernels.
    pub epoch_seconds: Vec<f64>,
    /// Who computed the steps and then the scores, where a device leaves a choice; `None` on the CPU. A note of the
    /// record says so where the processor computed the scores.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub engine: Option<Engine>,
    /// How many models trained in the same dispatches when training began, this one included; `None` on the CPU and in
    /// older records. The seconds of the fit, of its epochs and of compilation are then this model's share: an equal
    /// part of the time in which it and others of its process were in their fits, so that the shares of all of them
    /// add up to the time that passed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub models_at_once: Option<usize>,
    /// Wall seconds that the driver took to compile the fused kernels that train and score. They are part of the fit,
    /// but of no epoch and no scoring call; 0 where an earlier fit of the process had compiled them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub compile_seconds: Option<f64>,
    /// Scoring by numbers of rows in one call; empty if the experiment doesn't measure it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub scoring: Vec<ScoreTiming>,
    /// What the device's allocator held for the tensors after the last scoring call, in MiB; `None`
    /// where it is the processor or does not name one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub device_memory_mb: Option<f64>,
}

/// Scoring calls with one number of rows.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ScoreTiming {
    /// Rows in a call: test rows, again from the first one on where there are fewer.
    pub rows: usize,
    /// Wall seconds of the first call.
    pub first_seconds: f64,
    /// Median wall seconds of the calls after it.
    pub seconds: f64,
}

/// `trials/<id>/record.json`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Record {
    /// [`FORMAT_VERSION`] when it was written.
    pub format_version: u32,
    /// What was tried.
    pub trial: TrialInfo,
    /// On which rows.
    pub data: DataInfo,
    /// How many rows; `None` if the trial failed before it knew.
    pub sizes: Option<PartSizes>,
    /// The fingerprint of the split: equal where the same rows train, validate and test under the same labels.
    /// `None` if the trial failed before it knew, and in records from before this was kept.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fingerprint: Option<String>,
    /// The device that really ran it, in words.
    pub device: String,
    /// Where it ran.
    pub environment: Environment,
    /// RFC 3339, UTC, when the trial ended.
    pub finished_at: String,
    /// How it went.
    pub outcome: Outcome,
    /// Where the time went; `None` if it failed, and in records from before this was kept.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub timing: Option<Timing>,
    /// What the process of a user's command left.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub external: Option<ExternalRun>,
    /// SHA-256 of every other file of the trial, by its path from the trial's folder. Empty if the trial failed,
    /// and in records from before this was kept.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub files: BTreeMap<String, String>,
    /// SHA-256 of the scores themselves, however their file is written. `None` if the trial failed, and in
    /// records from before this was kept.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub score_sha256: Option<String>,
    /// The members of an ensemble that count; empty for a model.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub members: Vec<MemberWeight>,
}

/// A trial whose scores are part of an ensemble's.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MemberWeight {
    /// The member's name.
    pub name: String,
    /// Its address.
    pub trial: String,
    /// Its share, above 0; all of them are 1 together.
    pub weight: f64,
}

/// `manifest.json`: the experiment as it was resolved, and the trials that make it up.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    /// [`FORMAT_VERSION`] when it was written.
    pub format_version: u32,
    /// The resolved experiment.
    pub experiment: Experiment,
    /// The path of the experiment file as the user gave it.
    pub spec_path: String,
    /// The same path as seen from the results folder, with `/`: which file the results are of, wherever the
    /// command was given. `None` in manifests from before this was kept.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub spec_file: Option<String>,
    /// The text of the experiment file, so that the run can be repeated without it. `None` in manifests from
    /// before this was kept.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub spec_text: Option<String>,
    /// The `--set`, `--seeds`, `--backends` and `--name` that changed it.
    pub overrides: Vec<String>,
    /// The rows.
    pub data: DataInfo,
    /// The files that the rows are read from; empty where they are generated, and in manifests from before
    /// this was kept.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub files: Vec<DataFile>,
    /// The trials in the file's order.
    pub trials: Vec<TrialInfo>,
    /// Published figures to stand beside ours.
    pub anchors: Vec<AnchorSet>,
    /// Epochs that were measured elsewhere, to stand beside ours.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub measured_epochs: Vec<MeasuredEpoch>,
    /// The version of oddbench.
    pub oddbench: String,
    /// The git revision of the folder in which it ran, if it is one; `-dirty` if changed.
    pub git_revision: Option<String>,
    /// The devices of its backends; empty in manifests from before this was kept.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub devices: Vec<DeviceInfo>,
    /// Where it ran. Each record says it of its own trial, which another machine may have run.
    pub environment: Environment,
}

impl Manifest {
    /// The rows as a trial sees them: the experiment's, with the features and the preprocessing of the
    /// trial's own view if it has one.
    pub fn data_of(&self, trial: &TrialInfo) -> DataInfo {
        match &trial.view {
            None => self.data.clone(),
            Some(view) => DataInfo {
                features: view.features.clone(),
                preprocess: json!(view.preprocess),
                ..self.data.clone()
            },
        }
    }
}

/// `suite.json`: an experiment file of several data sets. Each set has its own results in a folder
/// below this one.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SuiteManifest {
    /// [`FORMAT_VERSION`] when it was written.
    pub format_version: u32,
    /// Names the folders under `results/` and `reports/`.
    pub name: String,
    /// What the experiment is for.
    pub description: String,
    /// The path of the experiment file as the user gave it.
    pub spec_path: String,
    /// The same path as seen from the results folder, with `/`: which file the results are of, wherever the
    /// command was given. `None` in manifests from before this was kept.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub spec_file: Option<String>,
    /// The text of the experiment file, so that the run can be repeated without it. `None` in manifests from
    /// before this was kept.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub spec_text: Option<String>,
    /// The `--set`, `--seeds`, `--backends` and `--name` that changed it.
    pub overrides: Vec<String>,
    /// The data sets in the file's order.
    pub sets: Vec<SuiteSet>,
    /// The version of oddbench.
    pub oddbench: String,
}

/// One data set of a suite.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SuiteSet {
    /// Its name. The folder of its results has the same name.
    pub name: String,
    /// Why its trials could not be run, if that is so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trouble: Option<String>,
}

/// The first two principal components of (a sample of) the test rows, for a scatter plot.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Projection {
    /// Positions in the test part (not source row numbers).
    pub positions: Vec<u32>,
    /// First component of each.
    pub x: Vec<f32>,
    /// Second component of each.
    pub y: Vec<f32>,
    /// Share of the training variance on the first and second component.
    pub explained: [f64; 2],
}
