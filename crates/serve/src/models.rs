//! The models that can score: trials of experiments, folders of `oddbench fit`, and what was fitted on
//! an upload. An id from a request is looked up among those; no path is built from it.

pub mod columns;
pub mod list;

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::SystemTime;

use oddbench_core::FeatureKind;
use oddbench_engine::scoring::{ModelInfo, SavedModel, ScoringError, ThresholdInfo};
use schemars::JsonSchema;
use serde::Serialize;

use crate::error::{Answer, ApiError};
use crate::page_words::in_page_words;
use crate::state::Server;

/// Models from disk that are kept in memory at once.
const KEPT: usize = 16;

/// The folder of saved models, and the models that were used lately.
pub struct ModelCache {
    dir: Option<PathBuf>,
    held: Mutex<Vec<Opened>>,
}

struct Opened {
    id: String,
    changed: Option<SystemTime>,
    model: Arc<SavedModel>,
}

impl ModelCache {
    /// Models of experiments, and those in that folder.
    pub fn new(dir: Option<PathBuf>) -> Self {
        Self { dir, held: Mutex::new(Vec::new()) }
    }

    /// The folders of models that `oddbench fit` has saved, by name.
    fn saved(&self) -> Vec<(String, PathBuf)> {
        let Some(entries) = self.dir.as_ref().and_then(|dir| fs::read_dir(dir).ok()) else {
            return Vec::new();
        };
        let folders = entries.flatten().filter(|entry| model_file(&entry.path()).is_some());
        let mut named: Vec<_> = folders
            .filter_map(|entry| Some((entry.file_name().into_string().ok()?, entry.path())))
            .collect();
        named.sort();
        named
    }

    fn opened(&self, id: &str, folder: &Path) -> Answer<Arc<SavedModel>> {
        let changed = model_file(folder)
            .and_then(|file| fs::metadata(file).ok())
            .and_then(|meta| meta.modified().ok());
        {
            let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
            if let Some(at) = held.iter().position(|held| held.id == id) {
                let found = held.remove(at);
                if found.changed == changed {
                    let model = Arc::clone(&found.model);
                    held.push(found);
                    return Ok(model);
                }
            }
        }
        let model = Arc::new(SavedModel::open(folder)?);
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        held.push(Opened { id: id.to_owned(), changed, model: Arc::clone(&model) });
        if held.len() > KEPT {
            held.remove(0);
        }
        Ok(model)
    }
}

/// Where a folder's model is described: a trial keeps it one level deeper than `oddbench fit`.
fn model_file(folder: &Path) -> Option<PathBuf> {
    let files = ["model.json", "model/model.json"].map(|file| folder.join(file));
    files.into_iter().find(|file| file.is_file())
}

impl Server {
    /// The model of that id.
    pub fn model(&self, id: &str) -> Answer<Arc<SavedModel>> {
        let none = || ApiError::none("model", "/api/models");
        // An experiment's own name may have a slash, the id of a trial has none.
        let (place, name) = id.rsplit_once('/').ok_or_else(none)?;
        match place {
            "fitted" => self.detect.fitted.of(name).map(|fitted| fitted.model).ok_or_else(none),
            "saved" => {
                let saved = self.models.saved();
                let (_, folder) = saved.iter().find(|(known, _)| known == name).ok_or_else(none)?;
                self.models.opened(id, folder)
            }
            experiment => {
                let store = self.library.store(experiment).map_err(|_| none())?;
                let manifest = store.manifest()?;
                let trial =
                    manifest.trials.iter().find(|trial| trial.id == name).ok_or_else(none)?;
                self.models.opened(id, &store.trial_dir(&trial.id))
            }
        }
    }
}

/// A threshold of a model.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Threshold {
    /// The rule, and what it was tuned on.
    name: String,
    oracle: bool,
    /// Null where the rule gives none.
    value: Option<f64>,
}

/// A column and what it holds.
#[derive(Debug, Serialize, JsonSchema)]
pub struct NamedColumn {
    /// Its name.
    pub name: String,
    /// `numeric` or `categorical`; null where no row has a value.
    #[schemars(with = "Option<String>")]
    pub kind: Option<FeatureKind>,
}

/// The thresholds of a model, as every route shows them.
pub fn thresholds(info: &ModelInfo) -> Vec<Threshold> {
    let of = |of: &ThresholdInfo| Threshold {
        name: threshold_name(of),
        oracle: of.oracle,
        value: of.value,
    };
    info.thresholds.iter().map(of).collect()
}

fn threshold_name(of: &ThresholdInfo) -> String {
    match &of.tuned_on {
        Some(on) => format!("{} on {on}", of.rule),
        None => of.rule.clone(),
    }
}

/// The threshold that a request names, or the model's own; `None` if it has none.
pub fn chosen_threshold(model: &SavedModel, asked: Option<f64>) -> Answer<Option<f64>> {
    Ok(finite("threshold", asked)?.or_else(|| model.info().default_threshold().ok()))
}

/// A number that a request names. An address may hold `nan` and `inf`, which compare with no score in a useful way.
pub fn finite(what: &str, asked: Option<f64>) -> Answer<Option<f64>> {
    match asked {
        Some(value) if !value.is_finite() => Err(ApiError::bad(
            format!("{what} is {value}, which is no finite number"),
            format!("give a number, for example {what}=0.5, or leave it out"),
        )),
        asked => Ok(asked),
    }
}

impl From<ScoringError> for ApiError {
    fn from(error: ScoringError) -> Self {
        match error {
            ScoringError::Rows(error) => error.into(),
            other if other.is_users_fault() => {
                let text = in_page_words(&other.to_string());
                Self::unusable(text, "choose another model, or other rows")
            }
            other => Self::internal(other),
        }
    }
}

impl From<oddbench_data::rows::RowError> for ApiError {
    fn from(error: oddbench_data::rows::RowError) -> Self {
        let place = match error.line {
            Some(line) => format!("{} {line}: ", error.unit),
            None => String::new(),
        };
        let text = format!("{place}{}", in_page_words(&error.what));
        match error.limit {
            true => Self::too_large(text, "give fewer rows or columns"),
            false => Self::unusable(text, in_page_words(&error.remedy)),
        }
    }
}
