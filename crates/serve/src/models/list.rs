//! `GET /api/models`: the models that can score, and which columns they read.

use axum::Json;
use axum::extract::{Query, State};
use oddbench_core::FeatureKind;
use oddbench_core::preprocess::Input;
use oddbench_core::record::TrialInfo;
use oddbench_engine::Store;
use oddbench_engine::scoring::SavedModel;
use oddbench_engine::store::SummaryLine;
use oddbench_report::in_the_middle;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{NamedColumn, Threshold, columns, model_file, thresholds};
use crate::error::{Answer, ApiError, Broken};
use crate::library::rule_name;
use crate::state::App;

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

/// Of each model the trial in the middle.
fn medians<'a>(trials: &[&'a TrialInfo], lines: &[SummaryLine]) -> Vec<&'a TrialInfo> {
    let area = |trial: &TrialInfo| lines.iter().find(|line| is_of(line, trial))?.roc_auc;
    let mut by_name: Vec<(&str, Vec<&'a TrialInfo>)> = Vec::new();
    for &trial in trials {
        match by_name.iter_mut().find(|(name, _)| *name == trial.name) {
            Some((_, alike)) => alike.push(trial),
            None => by_name.push((&trial.name, vec![trial])),
        }
    }
    let middle = |alike: Vec<&'a TrialInfo>| {
        in_the_middle(alike.into_iter().map(|trial| (trial, area(trial))))
    };
    by_name.into_iter().filter_map(|(_, alike)| middle(alike)).collect()
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
