//! From a folder to a model: a trial's, or one that was fitted on a user's table.

use std::path::{Path, PathBuf};

use oddbench_core::evaluate::Evaluation;
use oddbench_core::list::first_of;
use oddbench_core::preprocess::Preprocessor;
use oddbench_core::record::{FORMAT_VERSION, Manifest, Outcome, Record};

use serde::de::DeserializeOwned;

use super::own_model::{FIT_FILE, FitRecord};
use super::{ModelInfo, SavedModel, ScoringError, ThresholdInfo};
use crate::change_floor::ChangeFloor;
use crate::store::{MEND, RECORD, Store, read_json, read_versioned, verify};

const MODEL: &str = "model";

/// How many trials a message lists.
const MOST_NAMED: usize = 12;

/// Opens whichever it is.
pub(super) fn open(dir: &Path) -> Result<SavedModel, ScoringError> {
    let root = root(dir);
    if root.join(RECORD).is_file() {
        return open_trial(&root);
    }
    if root.join(FIT_FILE).is_file() {
        return open_own(&root);
    }
    Err(no_model(dir))
}

/// The folder itself, or the one above if `model` inside it was named.
fn root(dir: &Path) -> PathBuf {
    let has = |dir: &Path| dir.join(RECORD).is_file() || dir.join(FIT_FILE).is_file();
    // `results/X/trials/ID/.` and `model` alone have no parent in their text.
    let full = std::fs::canonicalize(dir).unwrap_or_else(|_| dir.to_owned());
    match full.parent() {
        Some(parent) if !has(dir) && full.ends_with(MODEL) && has(parent) => parent.to_owned(),
        _ => dir.to_owned(),
    }
}

fn no_model(dir: &Path) -> ScoringError {
    let no_model = |message: &str, remedy: String| ScoringError::NoModel {
        path: dir.to_owned(),
        message: message.to_owned(),
        remedy,
    };
    let kinds = "name a trial's folder (results/X/trials/ID) or one that `oddbench fit` wrote";
    if !dir.is_dir() {
        return no_model("there is no such folder", kinds.to_owned());
    }
    match Store::at(dir).manifest() {
        Ok(manifest) => {
            let trials = manifest.trials.iter();
            let seed = |seed: Option<u64>| seed.map(|n| format!(", seed {n}")).unwrap_or_default();
            let list: Vec<String> = trials
                .map(|trial| format!("trials/{} ({}{})", trial.id, trial.name, seed(trial.seed)))
                .collect();
            let remedy = format!("name one of its trials: {}", first_of(&list, MOST_NAMED));
            no_model("these are the results of an experiment, not one model", remedy)
        }
        Err(_) => no_model("there is no model here", kinds.to_owned()),
    }
}

fn preprocessor(root: &Path) -> Result<Preprocessor, ScoringError> {
    part(root, "preprocessor.json")
}

fn change_floor(root: &Path) -> Result<ChangeFloor, ScoringError> {
    part(root, ChangeFloor::FILE)
}

/// What a file beside the detector holds.
fn part<T: DeserializeOwned>(root: &Path, file: &str) -> Result<T, ScoringError> {
    let path = root.join(MODEL).join(file);
    let found = read_json(&path, "fit the model again")?;
    found.ok_or_else(|| ScoringError::NoModel {
        path,
        message: "the file is missing".into(),
        remedy: "fit the model again".into(),
    })
}

fn open_own(root: &Path) -> Result<SavedModel, ScoringError> {
    let fit_record = FitRecord::read(root)?;
    let detector = oddbench_models::load(&root.join(MODEL))?;
    let fitted = (preprocessor(root)?, detector, change_floor(root)?);
    SavedModel::new(fit_record.info(), fitted, Some(fit_record))
}

fn open_trial(root: &Path) -> Result<SavedModel, ScoringError> {
    let path = root.join(RECORD);
    let remedy = "run the experiment again";
    let record: Option<Record> = read_versioned(&path, MEND)?;
    let no_model = |message: String| ScoringError::NoModel {
        path: root.to_owned(),
        message,
        remedy: remedy.to_owned(),
    };
    let record = record.ok_or_else(|| no_model("it has no record".into()))?;
    let notes = match &record.outcome {
        Outcome::Completed { notes, .. } => notes.clone(),
        Outcome::Failed { message, .. } => {
            return Err(no_model(format!("this trial failed ({message}), so it has no model")));
        }
    };
    if record.trial.kind == crate::plan::ENSEMBLE {
        return Err(ScoringError::NoModel {
            path: root.to_owned(),
            message: "this trial is an ensemble, which combines scores and has no model".into(),
            remedy: "name the trial of one of its members".into(),
        });
    }
    if record.trial.external.is_some() {
        return Err(ScoringError::NoModel {
            path: root.to_owned(),
            message: "this trial ran a command of yours, whose model ended with its process".into(),
            remedy: "score with the command itself, or use a kind that `oddbench models` lists"
                .into(),
        });
    }
    if record.trial.given.is_some() {
        return Err(ScoringError::NoModel {
            path: root.to_owned(),
            message: "this model was fitted elsewhere, and oddbench has its scores alone".into(),
            remedy: "score with the model where it was fitted, or use a kind that `oddbench models` lists".into(),
        });
    }
    if !root.join(MODEL).is_dir() {
        return Err(no_model("this trial left no model".into()));
    }
    verify(root, &record, MODEL)?;
    let (experiment, thresholds) = experiment(root, &record)?;
    let info = ModelInfo {
        id: record.trial.id.clone(),
        name: record.trial.name.clone(),
        kind: record.trial.kind.clone(),
        params: record.trial.params.clone(),
        seed: record.trial.seed,
        experiment,
        dataset: record.data.dataset.clone(),
        synthetic: record.data.synthetic,
        supervised: record.trial.supervised,
        train_rows: record.sizes.map(|sizes| sizes.train),
        explains: false,
        reconstructs: false,
        columns: Vec::new(),
        thresholds,
        fitted_at: record.finished_at.clone(),
        notes,
    };
    let detector = oddbench_models::load(&root.join(MODEL))?;
    SavedModel::new(info, (preprocessor(root)?, detector, change_floor(root)?), None)
}

/// The experiment's name and the thresholds that its rules give the trial. Both are missing if the folder was taken
/// out of its experiment.
fn experiment(
    root: &Path,
    record: &Record,
) -> Result<(Option<String>, Vec<ThresholdInfo>), ScoringError> {
    let full = std::fs::canonicalize(root).unwrap_or_else(|_| root.to_owned());
    let in_place = full.ends_with(Path::new("trials").join(&record.trial.id));
    let dir = full.parent().and_then(Path::parent).filter(|_| in_place);
    let Some(dir) = dir.filter(|dir| dir.join("manifest.json").is_file()) else {
        return Ok((None, Vec::new()));
    };
    let store = Store::at(dir);
    let manifest: Manifest = store.manifest()?;
    debug_assert_eq!(manifest.format_version, FORMAT_VERSION);
    let named = manifest.trials.iter().find(|trial| trial.id == record.trial.id);
    let result = store.trial_result(&manifest, named.unwrap_or(&record.trial))?;
    let thresholds = result.evaluations.iter().map(threshold).collect();
    Ok((Some(manifest.experiment.name), thresholds))
}

fn threshold(evaluation: &Evaluation) -> ThresholdInfo {
    let settings = &evaluation.settings;
    ThresholdInfo {
        rule: settings.rule_name().to_owned(),
        tuned_on: settings.tuned_on().map(str::to_owned),
        oracle: evaluation.oracle,
        value: evaluation.threshold,
        undefined: evaluation.undefined.map(|why| why.to_string()),
    }
}
