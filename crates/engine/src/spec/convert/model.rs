//! `[[model]]`: kinds, names and parameters.

use std::path::Path;

use oddbench_data::Source;
use oddbench_models::{Kind, ParamError};
use serde_json::{Map, Value};

use oddbench_core::experiment::{DatasetSettings, Limits, ModelSettings};
use oddbench_core::preprocess::PreprocessSettings;
use oddbench_core::split::SplitSettings;

use super::check_seeds;
use super::external::external;
use super::given::given;
use super::limits::limits;
use super::measure::row_count;
use super::sweep::sweep;
use super::view::view;
use crate::spec::error::Fault;
use crate::spec::locate::KeyPath;
use crate::spec::structure::elsewhere;
use crate::spec::suggest::{allowed, kinds_allowed};
use crate::spec::wire::WireModel;

/// What models take over from the other sections.
pub(super) struct Shared<'a> {
    /// `run.seeds`
    pub(super) seeds: &'a [u64],
    pub(super) split: &'a SplitSettings,
    pub(super) dataset: &'a DatasetSettings,
    pub(super) source: &'a Source,
    pub(super) preprocess: PreprocessSettings,
    pub(super) limits: Limits,
    /// The folder of the experiment file.
    pub(super) base: &'a Path,
    /// The name of the data set, in a file of several.
    pub(super) set: Option<&'a str>,
    /// The key that asks for scores of rows that are not split, if there is one.
    pub(super) transfers: Option<&'static str>,
}

/// The models, and the notes about the spelling of their parameters.
pub(super) fn models(
    wire: Vec<WireModel>,
    shared: &Shared<'_>,
) -> Result<(Vec<ModelSettings>, Vec<String>), Fault> {
    let section = KeyPath::of(&["model"]);
    if wire.is_empty() {
        return Err(Fault::value(
            &section,
            "there is no model",
            "add a [[model]] section with kind = \"pca\"; `oddbench models` lists the kinds",
        ));
    }
    let (mut models, mut hints) = (Vec::<ModelSettings>::new(), Vec::new());
    for (index, wire) in wire.into_iter().enumerate() {
        let at = section.index(index);
        let named = wire.name.is_some();
        let (model, spelled) = model(&at, wire, shared)?;
        if let Some(first) = models.iter().position(|earlier| earlier.name == model.name) {
            let key = if named { "name" } else { "kind" };
            return Err(Fault::value(
                &at.key(key),
                format!("the name \"{}\" is taken by model[{first}]", model.name),
                "give each model a name of its own: name = \"...\"",
            ));
        }
        hints.extend(spelled.into_iter().map(|hint| format!("model `{}`: {hint}", model.name)));
        models.push(model);
    }
    Ok((models, hints))
}

/// A model, and a hint for each of its parameters that has another name here.
fn model(
    at: &KeyPath,
    wire: WireModel,
    shared: &Shared<'_>,
) -> Result<(ModelSettings, Vec<String>), Fault> {
    let kind = kind(&at.key("kind"), &wire.kind)?;
    let given = given(at, kind, &wire, shared)?;
    let limits = limits(at, wire.timeout.as_deref(), wire.max_memory.as_deref())?;
    let limits = limits.or(shared.limits);
    let external = external(at, kind, &wire, shared.base, limits)?;
    let limits = match external.is_some() || given.is_some() {
        true => Limits::default(),
        false => limits,
    };
    let with_labels = external.as_ref().is_some_and(|command| command.supervised)
        || given.as_ref().is_some_and(|given| given.supervised);
    if (kind.supervised || with_labels) && !shared.split.kind().trains_on_outliers() {
        return Err(Fault::value(
            &at.key(if with_labels { "supervised" } else { "kind" }),
            format!("\"{}\" learns from labels, and this split trains on inliers only", kind.name),
            "use split.kind = \"holdout\", \"k-fold\" or \"predefined\", with train_on = \"all\"",
        ));
    }
    let name = name(at, wire.name, kind.name)?;
    if let Some(own) = &wire.seeds {
        check_seeds(&at.key("seeds"), own)?;
    }
    let train_rows =
        wire.train_rows.map(|rows| row_count(&at.key("train_rows"), rows)).transpose()?;
    numbers_are_finite(&at.key("params"), &wire.params)?;
    numbers_are_finite(&at.key("sweep"), wire.sweep.as_ref().unwrap_or(&Map::new()))?;
    let fault = |error| param_fault(&at.key("params"), kind.name, error);
    let own = kind.own_names(&wire.params).map_err(fault)?;
    let mut spelled: Vec<String> = own.hints().collect();
    let (params, sweep) = match wire.sweep {
        Some(swept) => {
            let (sweep, swept) = sweep(at, kind, &own, swept, shared.split.kind())?;
            spelled.extend(swept);
            // A sweep has at least one configuration.
            let first = sweep.configurations.first().map(|first| first.params.clone());
            (first.unwrap_or_default(), Some(sweep))
        }
        None => {
            let params = kind.resolve(&Value::Object(own.params.clone()));
            (params.map_err(|error| fault(own.at_written(error)))?, None)
        }
    };
    let seeds = wire.seeds.unwrap_or_else(|| shared.seeds.to_vec());
    let view = view(
        at,
        (wire.features, wire.preprocess),
        (shared.dataset, shared.source),
        shared.preprocess,
    )?;
    let kind = kind.name.to_owned();
    let settings = ModelSettings {
        name,
        kind,
        params,
        seeds,
        train_rows,
        view,
        external,
        given,
        limits,
        sweep,
    };
    Ok((settings, spelled))
}

/// Refuses `nan` and `inf`. TOML has them, and JSON makes nothing of each of them: they would all be one trial, and
/// an optional parameter would be left out without a word.
fn numbers_are_finite(at: &KeyPath, params: &Map<String, Value>) -> Result<(), Fault> {
    fn check(at: &KeyPath, value: &Value) -> Result<(), Fault> {
        match value {
            Value::Null => Err(Fault::value(
                at,
                "a parameter cannot be nan or inf",
                "write a finite number, or a word such as \"none\" that the model understands",
            )),
            Value::Array(items) => {
                let mut items = items.iter().enumerate();
                items.try_for_each(|(index, item)| check(&at.index(index), item))
            }
            Value::Object(table) => {
                table.iter().try_for_each(|(key, value)| check(&at.key(key), value))
            }
            _ => Ok(()),
        }
    }
    params.iter().try_for_each(|(key, value)| check(&at.key(key), value))
}

/// The model name in tables.
pub(super) fn name(at: &KeyPath, given: Option<String>, default: &str) -> Result<String, Fault> {
    let name = given.unwrap_or_else(|| default.to_owned());
    if name.trim().is_empty() || name.len() > 80 || name.chars().any(char::is_control) {
        let help = "use 1 to 80 characters in one line, or leave the name out";
        return Err(Fault::value(&at.key("name"), "this cannot be a name in a table", help));
    }
    Ok(name)
}

fn kind(key: &KeyPath, name: &str) -> Result<&'static Kind, Fault> {
    if let Some(kind) = oddbench_models::find(name) {
        return Ok(kind);
    }
    Err(Fault::value(key, format!("there is no model kind \"{name}\""), kinds_allowed(name)))
}

/// A model's own complaint about its parameters, at the parameter.
pub(crate) fn param_fault(params: &KeyPath, kind: &str, error: ParamError) -> Fault {
    let key = match &error.key {
        Some(dotted) => dotted.split('.').fold(params.clone(), |path, part| path.key(part)),
        None => params.clone(),
    };
    if let (Some(advice), Some(name)) = (error.instead, &error.key) {
        return Fault::name(&key, format!("`{name}` is no parameter of {kind}"), advice);
    }
    if error.known.is_empty() {
        return Fault::value(&key, error.message, allowed_values(kind, error.key.as_deref()));
    }
    let known: Vec<&str> = error.known.iter().map(String::as_str).collect();
    let unknown = error.key.as_deref().and_then(|key| key.rsplit('.').next()).unwrap_or_default();
    let help = allowed(unknown, &known);
    let help = elsewhere(&key, unknown).map_or(help.clone(), |remedy| format!("{remedy}; {help}"));
    // The help names the parameters.
    let message = error.message.split(';').next().unwrap_or_default();
    Fault::name(&key, message, help)
}

/// What a parameter may be, and where more is said of it.
fn allowed_values(kind: &str, key: Option<&str>) -> String {
    let more = format!("`oddbench models {kind}` explains the parameters");
    // A list is described as a whole.
    let name = key.map(|key| key.split(['.', '[']).next().unwrap_or(key));
    let allowed = name.zip(oddbench_models::find(kind)).map(|(name, kind)| kind.allowed(name));
    match allowed.filter(|allowed| !allowed.is_empty()) {
        Some(allowed) => format!("allowed: {allowed}; {more}"),
        None => more,
    }
}
