//! From a checked experiment to its trials: models x backends x seeds x folds, each with the address of
//! everything that decides its scores. Devices are probed here; nothing is fetched or fitted.

mod ensembles;

use oddbench_core::Detector;
use oddbench_core::ensemble::EnsembleSettings;
use oddbench_core::experiment::{Experiment, ModelSettings, View};
use oddbench_core::given::GivenScores;
use oddbench_core::preprocess::Missing;
use oddbench_core::record::{DataInfo, FORMAT_VERSION, Manifest, TrialInfo};
use oddbench_core::split::SplitSettings;
use oddbench_models::{Backend, Device, DeviceError};
use serde_json::{Value, json};
use thiserror::Error;

use crate::canonical;
use crate::external;
use crate::given;
use crate::spec::{KeyPath, Spec, SpecError, kind_of, sees_labels};

pub use ensembles::ENSEMBLE;

/// The device of a trial that runs no model.
const STORED_SCORES: &str = "cpu (from stored scores)";

/// Why an experiment cannot be planned.
#[derive(Debug, Error)]
pub enum PlanError {
    /// The experiment file is at fault. Exit code 2.
    #[error(transparent)]
    Spec(#[from] SpecError),
    /// A device is not there. Exit code 4.
    #[error(transparent)]
    Device(#[from] DeviceError),
}

/// An experiment with its trials in the order of the file.
#[derive(Debug, Clone, PartialEq)]
pub struct Plan {
    /// The experiment.
    pub spec: Spec,
    /// The rows.
    pub data: DataInfo,
    /// The trials. Two of them have one address if two labels name the same model.
    pub trials: Vec<Trial>,
}

/// One detector, one seed, one fold, one backend.
#[derive(Debug, Clone, PartialEq)]
pub struct Trial {
    /// What it is, with its address.
    pub info: TrialInfo,
    /// The device that it will run on, in words.
    pub device: String,
    /// The addresses of an ensemble's members, whose scores it is computed from; empty if it is fitted.
    pub members: Vec<String>,
    /// How an ensemble's members become one; `None` if the trial is fitted.
    pub ensemble: Option<EnsembleSettings>,
}

impl Trial {
    /// Whether it is computed from other trials' scores.
    pub fn is_ensemble(&self) -> bool {
        self.ensemble.is_some()
    }
}

/// Expands an experiment into trials. A kind that does not use the backend runs once, on `cpu`; a
/// deterministic detector runs once per backend and fold, without a seed.
pub fn resolve(spec: &Spec) -> Result<Plan, PlanError> {
    let data = data_info(spec);
    let cpu = Backend::Cpu.open()?;
    let devices = spec.backends.iter().map(|b| b.open()).collect::<Result<Vec<_>, _>>()?;
    let mut trials = Vec::new();
    for (index, model) in spec.experiment.models.iter().enumerate() {
        let kind = kind_of(model);
        let devices =
            if kind.uses_device { devices.as_slice() } else { std::slice::from_ref(&cpu) };
        for device in devices {
            for (model, sweep) in model.variants() {
                let (seeds, words) = seeds_and_device(spec, index, &model, device)?;
                for seed in seeds {
                    for fold in spec.experiment.split.kind().folds() {
                        let of = (seed, fold);
                        let given = model.given.as_ref();
                        let given = given.map(|given| given::locate(spec, (index, given), of));
                        let model = Planned { model: &model, given: given.transpose()? };
                        let backend = device.backend();
                        let info = trial_info(&spec.experiment, &data, &model, backend, of);
                        let info = TrialInfo { sweep: sweep.clone(), ..info };
                        let given = info.given.as_ref().map(GivenScores::words);
                        let device = given.unwrap_or_else(|| words.clone());
                        trials.push(Trial { info, device, members: vec![], ensemble: None });
                    }
                }
            }
        }
    }
    given::seeds_differ(spec, trials.iter().map(|trial| &trial.info))?;
    let fitted: Vec<&TrialInfo> = trials.iter().map(|trial| &trial.info).collect();
    let ensembles = ensembles::trials(spec, &fitted)?;
    trials.extend(ensembles.into_iter().map(|trial| Trial {
        info: trial.info,
        device: STORED_SCORES.to_owned(),
        members: trial.members,
        ensemble: Some(trial.settings),
    }));
    Ok(Plan { spec: spec.clone(), data, trials })
}

/// The seeds of a model's trials, and the device in words.
fn seeds_and_device(
    spec: &Spec,
    index: usize,
    model: &ModelSettings,
    device: &Device,
) -> Result<(Vec<Option<u64>>, String), SpecError> {
    let (deterministic, words) = match (&model.external, &model.given) {
        (Some(command), _) => (command.deterministic, external::words(command)),
        (None, Some(given)) => return Ok((given::seeds(model, given), String::new())),
        (None, None) => {
            let detector = build(spec, index, model, device)?;
            (detector.deterministic(), device.describe())
        }
    };
    let seeds = match deterministic {
        true => vec![None],
        false => model.seeds.iter().copied().map(Some).collect(),
    };
    Ok((seeds, words))
}

/// A model of a trial, with the file of its scores if it was fitted elsewhere.
struct Planned<'a> {
    model: &'a ModelSettings,
    given: Option<GivenScores>,
}

fn build(
    spec: &Spec,
    index: usize,
    model: &ModelSettings,
    device: &Device,
) -> Result<Box<dyn Detector>, SpecError> {
    kind_of(model).build(&model.params, device).map_err(|error| {
        let params = KeyPath::of(&["model"]).index(index).key("params");
        spec.document.error(crate::spec::param_fault(&params, &model.kind, error))
    })
}

fn data_info(spec: &Spec) -> DataInfo {
    let Experiment { dataset, split, preprocess, .. } = &spec.experiment;
    DataInfo {
        dataset: spec.source.kind().short_name().to_owned(),
        synthetic: spec.sources().any(|source| source.kind().synthetic),
        digest: spec.source.digest(),
        features: dataset.features.clone(),
        labels: dataset.labels.clone(),
        split: split.name().to_owned(),
        preprocess: json!(preprocess),
        time: spec.source.info().time,
        left_out: spec.told(),
        transfer: spec.transfer.as_ref().map(|other| other.info.clone()),
    }
}

fn trial_info(
    experiment: &Experiment,
    data: &DataInfo,
    planned: &Planned<'_>,
    backend: Backend,
    (seed, fold): (Option<u64>, Option<u32>),
) -> TrialInfo {
    let Planned { model, given } = planned;
    let mut identity = identity(experiment, data, model, backend, (seed, fold));
    if let Some(given) = given {
        identity["given"] = json!({ "sha256": given.sha256, "supervised": sees_labels(model) });
    }
    TrialInfo {
        id: canonical::address(&identity),
        name: model.name.clone(),
        kind: model.kind.clone(),
        params: model.params.clone(),
        seed,
        fold,
        fold_name: experiment.split.kind().fold_name(fold).map(str::to_owned),
        backend: backend.name().to_owned(),
        train_rows: model.train_rows,
        supervised: sees_labels(model),
        view: model.view.clone(),
        external: model.external.clone(),
        given: given.clone(),
        sweep: None,
    }
}

/// Everything that decides the scores of a trial and the times beside them, and nothing else: no name, no threshold.
fn identity(
    experiment: &Experiment,
    data: &DataInfo,
    model: &ModelSettings,
    backend: Backend,
    (seed, fold): (Option<u64>, Option<u32>),
) -> Value {
    let view = experiment.view_of(model);
    let mut identity = json!({
        "format_version": FORMAT_VERSION,
        "kind": model.kind,
        "params": model.params,
        "seed": seed,
        "backend": backend.name(),
        "data": data.digest,
        "columns": view.columns,
        "policy": experiment.dataset.policy,
        "split": experiment.split.of_fold(fold),
        "preprocess": view.preprocess,
    });
    if let Some(other) = transfer(experiment, data) {
        identity["transfer"] = other;
    }
    if model.view.is_some() && experiment.preprocess.missing == Missing::DropRow {
        // Which rows there are depends on the experiment's columns, not on the model's.
        identity["rows_complete_in"] = json!(experiment.dataset.columns);
    }
    if let Some(command) = &model.external {
        identity["external"] = command.identity();
    }
    if let Some(fold) = numbered(&experiment.split, fold) {
        identity["fold"] = json!(fold);
    }
    if let Some(time) = time_of(experiment, data) {
        identity["time"] = time;
    }
    if let Some(rows) = model.train_rows {
        identity["train_rows"] = json!(rows);
    }
    identity
}

/// The column whose times are kept with the scores, and how the experiment says that it is read.
fn time_of(experiment: &Experiment, data: &DataInfo) -> Option<Value> {
    let time = data.time.as_ref()?;
    Some(json!([time, experiment.dataset.params.get("time_format")]))
}

/// A fold's number, where that and no name decides its rows.
fn numbered(split: &SplitSettings, fold: Option<u32>) -> Option<u32> {
    fold.filter(|_| split.kind().fold_name(fold).is_none())
}

/// What decides the transfer rows and their labels, if they are another data set's.
fn transfer(experiment: &Experiment, data: &DataInfo) -> Option<Value> {
    let (settings, info) = experiment.transfer.as_ref().zip(data.transfer.as_ref())?;
    Some(json!({ "data": info.digest, "policy": settings.policy }))
}

/// The address of the rows as the trials of one view (and fold) get them: it names the prepared file.
/// Without a view it is the experiment's own.
pub(crate) fn rows_address(manifest: &Manifest, view: Option<&View>, fold: Option<u32>) -> String {
    let experiment = &manifest.experiment;
    let drops_rows = view.is_some() && experiment.preprocess.missing == Missing::DropRow;
    let view = view.cloned().unwrap_or_else(|| experiment.view());
    let mut rows = json!({
        "format_version": FORMAT_VERSION,
        // Rows outlive the command that has prepared them.
        "oddbench": crate::VERSION,
        "data": manifest.data.digest,
        "columns": view.columns,
        "policy": experiment.dataset.policy,
        "split": experiment.split.of_fold(fold),
        "preprocess": view.preprocess,
        "fold": numbered(&experiment.split, fold),
    });
    if let Some(other) = transfer(experiment, &manifest.data) {
        rows["transfer"] = other;
    }
    if drops_rows {
        rows["rows_complete_in"] = json!(experiment.dataset.columns);
    }
    canonical::address(&rows)
}
