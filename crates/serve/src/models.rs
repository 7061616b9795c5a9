//! The models that can score: trials of experiments, folders of `oddbench fit`, and what was fitted on
//! an upload. An id from a request is looked up among those; no path is built from it.

pub mod columns;

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::SystemTime;

use axum::Json;
use axum::extract::{Query, State};
use oddbench_core::FeatureKind;
use oddbench_core::preprocess::Input;
use oddbench_core::record::TrialInfo;
use oddbench_engine::Store;
use oddbench_engine::scoring::{ModelInfo, SavedModel, ScoringError, ThresholdInfo};
use oddbench_engine::store::SummaryLine;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::error::{Answer, ApiError, Broken};
use crate::library::rule_name;
use crate::page_words::in_page_words;
use crate::state::{App, Server};

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

/// The models that can score.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Models {
    models: Vec<Model>,
    /// How many others read columns that the upload has not, or not as they need them.
    unfit: usize,
    /// Experiments and folders whose models cannot be read.
    broken: Vec<Broken>,
}

/// A model.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Model {
    /// What `POST /api/score` and jobs take.
    id: String,
    name: String,
    kind: String,
    source: Source,
    /// What it was fitted on, in words, if that was an upload.
    fitted_on: Option<String>,
    experiment: Option<String>,
    trial: Option<String>,
    seed: Option<u64>,
    /// The one that is used if a request names none.
    threshold: Option<f64>,
    thresholds: Vec<Threshold>,
    /// Whether it tells where its scores come from; null where that needs the model to be opened.
    explains: Option<bool>,
    /// Whether its fit saw labels.
    supervised: bool,
    /// Whether its training rows were generated.
    synthetic: bool,
    /// The columns that it reads; null in the brief list.
    features: Option<Vec<NamedColumn>>,
    /// The features of the upload that it does not read; null unless the list is for an upload.
    unread: Option<Vec<String>>,
    /// The columns that it reads and the file has not; null unless the list is for a file whose columns are known.
    lacking: Option<Vec<String>>,
}

/// Where a model comes from.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
enum Source {
    /// A trial of an experiment.
    Experiment,
    /// A folder of `oddbench fit`.
    Saved,
    /// A job of Detect.
    Fitted,
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
    match asked {
        Some(value) if !value.is_finite() => {
            Err(ApiError::bad("the threshold is not finite", "give a number"))
        }
        Some(value) => Ok(Some(value)),
        None => Ok(model.info().default_threshold().ok()),
    }
}

/// How much of them to list.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ModelsQuery {
    /// 1: without features, and of each row the median trial alone.
    #[serde(default)]
    brief: u8,
    /// An upload: only models that read its columns.
    upload: Option<String>,
    /// A file that may be followed: each model tells which of its columns the file lacks.
    file: Option<String>,
}

/// `GET /api/models`.
pub async fn list(
    State(app): State<App>,
    Query(query): Query<ModelsQuery>,
) -> Answer<Json<Models>> {
    if query.upload.is_some() && query.file.is_some() {
        return Err(ApiError::bad("an upload and a file are named", "name one of them"));
    }
    let upload = query.upload.map(|id| app.detect.upload(&id, &app.limits)).transpose()?;
    let state = app.clone();
    app.compute(move || {
        let head = query.file.map(|file| state.follows.head(&file)).transpose()?;
        let source = match (&upload, &head) {
            (Some(upload), _) => columns::Source::Upload(upload),
            (None, Some(head)) => columns::Source::File(head),
            (None, None) => columns::Source::Nothing,
        };
        let wanted = Wanted { brief: query.brief == 1, source };
        let (mut models, mut broken) = (Vec::new(), Vec::new());
        for name in state.library.names() {
            let store = state.library.store(&name);
            match store.and_then(|store| of_experiment(&name, &store, wanted)) {
                Ok(found) => models.extend(found),
                Err(error) => broken.push(error.named(&name)),
            }
        }
        for (name, folder) in state.models.saved() {
            let id = format!("saved/{name}");
            match state.models.opened(&id, &folder) {
                Ok(model) => models.push(line((id, Source::Saved), name, &model, wanted)),
                Err(error) => broken.push(error.named(&format!("saved/{name}"))),
            }
        }
        for fitted in state.detect.fitted.all() {
            let id = (format!("fitted/{}", fitted.job), Source::Fitted);
            let line = line(id, fitted.name, &fitted.model, wanted);
            let fitted_on = Some(fitted.fitted_on);
            models.push(line.map(|model| Model { fitted_on, ..model }));
        }
        let listed = models.len();
        let models: Vec<Model> = models.into_iter().flatten().collect();
        let unfit = listed - models.len();
        Ok(Json(Models { models, unfit, broken }))
    })
    .await
}

/// What a list holds.
#[derive(Clone, Copy)]
struct Wanted<'a> {
    /// Without features, and of each row the median trial alone.
    brief: bool,
    /// Whose columns they are compared with.
    source: columns::Source<'a>,
}

/// A model that is open; `None` if it reads other columns.
fn line(
    (id, source): (String, Source),
    name: String,
    model: &SavedModel,
    wanted: Wanted<'_>,
) -> Option<Model> {
    let info = model.info();
    let features = info.columns.iter();
    let features: Vec<NamedColumn> = features
        .map(|column| NamedColumn { name: column.name.clone(), kind: Some(column.kind) })
        .collect();
    let compared = wanted.source.compared(&features, model.reading()).ok()?;
    Some(Model {
        id,
        name,
        kind: info.kind.clone(),
        source,
        fitted_on: None,
        experiment: None,
        trial: None,
        seed: info.seed,
        threshold: info.default_threshold().ok(),
        thresholds: thresholds(info),
        explains: Some(info.explains),
        supervised: info.supervised,
        synthetic: info.synthetic,
        features: (!wanted.brief).then_some(features),
        unread: compared.unread,
        lacking: compared.lacking,
    })
}

/// The models of an experiment, from small files alone: no model is opened for a list. `None` for one that
/// reads other columns.
fn of_experiment(name: &str, store: &Store, wanted: Wanted<'_>) -> Answer<Vec<Option<Model>>> {
    let manifest = store.manifest()?;
    let saved =
        manifest.trials.iter().filter(|trial| model_file(&store.trial_dir(&trial.id)).is_some());
    let mut trials: Vec<&TrialInfo> = saved.collect();
    if trials.is_empty() {
        return Ok(Vec::new());
    }
    let lines = store.summary()?;
    if wanted.brief {
        trials = medians(&trials, &lines);
    }
    let of_trial = |trial: &TrialInfo| {
        let listed = wanted.brief && matches!(wanted.source, columns::Source::Nothing);
        let read = if listed { None } else { features(store, &trial.id)? };
        let compared = read.as_ref().map(|read| wanted.source.compared(read, None)).transpose();
        let Ok(compared) = compared else { return Ok(None) };
        let compared = compared.unwrap_or_default();
        let of_rule: Vec<Option<f64>> =
            lines.iter().filter(|line| is_of(line, trial)).map(|line| line.threshold).collect();
        let value = |at: usize| of_rule.get(at).copied().flatten();
        let rules = manifest.experiment.thresholds.iter().enumerate();
        let thresholds = rules.map(|(at, rule)| Threshold {
            name: rule_name(rule),
            oracle: rule.is_oracle(),
            value: value(at),
        });
        Ok(Some(Model {
            id: format!("{name}/{}", trial.id),
            name: trial.name.clone(),
            kind: trial.kind.clone(),
            source: Source::Experiment,
            fitted_on: None,
            experiment: Some(name.to_owned()),
            trial: Some(trial.id.clone()),
            seed: trial.seed,
            threshold: value(0),
            thresholds: thresholds.collect(),
            explains: None,
            supervised: trial.supervised,
            synthetic: manifest.data.synthetic,
            features: read.filter(|_| !wanted.brief),
            unread: compared.unread,
            lacking: compared.lacking,
        }))
    };
    trials.into_iter().map(of_trial).collect()
}

fn is_of(line: &SummaryLine, trial: &TrialInfo) -> bool {
    line.trial == trial.id && line.name == trial.name
}

/// Of each model the trial whose ROC-AUC is the (lower) median.
fn medians<'a>(trials: &[&'a TrialInfo], lines: &[SummaryLine]) -> Vec<&'a TrialInfo> {
    let area = |trial: &TrialInfo| {
        let line = lines.iter().find(|line| is_of(line, trial));
        line.and_then(|line| line.roc_auc).unwrap_or(f64::NEG_INFINITY)
    };
    let mut chosen: Vec<&TrialInfo> = Vec::new();
    for trial in trials {
        if chosen.iter().any(|other| other.name == trial.name) {
            continue;
        }
        let mut alike: Vec<&TrialInfo> =
            trials.iter().copied().filter(|other| other.name == trial.name).collect();
        alike.sort_by(|a, b| area(a).total_cmp(&area(b)));
        chosen.push(alike[(alike.len() - 1) / 2]);
    }
    chosen
}

/// The raw columns that a trial's model reads.
fn features(store: &Store, trial: &str) -> Answer<Option<Vec<NamedColumn>>> {
    let column = |input: Input<'_>| NamedColumn {
        name: input.name.to_owned(),
        kind: Some(match input.levels {
            None => FeatureKind::Numeric,
            Some(_) => FeatureKind::Categorical,
        }),
    };
    Ok(store.preprocessor(trial)?.map(|of| of.inputs().map(column).collect()))
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
