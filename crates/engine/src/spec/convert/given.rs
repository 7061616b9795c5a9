//! The keys of a `[[model]]` of kind `scores`. Its files are looked at when trials are planned, not here: the split
//! of an experiment can be exported before there are scores.

use oddbench_core::given::{FOLD, GivenSettings, SCORES, SEED};
use oddbench_models::Kind;

use super::misplaced;
use super::model::Shared;
use crate::spec::error::Fault;
use crate::spec::locate::KeyPath;
use crate::spec::structure::control_fault;
use crate::spec::wire::WireModel;

/// Stands for the name of the data set in a file of several.
const SET: &str = "{set}";

/// What the model says of its scores; `None` if it is of another kind.
pub(super) fn given(
    at: &KeyPath,
    kind: &Kind,
    wire: &WireModel,
    shared: &Shared<'_>,
) -> Result<Option<GivenSettings>, Fault> {
    let key = at.key("file");
    if kind.name != SCORES {
        misplaced(&key, wire.file.is_some(), "a model of kind \"scores\"")?;
        return Ok(None);
    }
    without_effect(at, wire)?;
    if let Some(transfer) = shared.transfers {
        let message = format!(
            "{transfer} asks for scores of other rows too, and the file of a model of kind \"scores\" has those of validation and test rows alone"
        );
        let help = format!("remove {transfer}, or give this model an experiment file of its own");
        return Err(Fault::value(&at.key("kind"), message, help));
    }
    let Some(file) = &wire.file else {
        let message = "a model of kind \"scores\" needs the file of its scores";
        return Err(Fault::value(&key, message, EXAMPLE));
    };
    let file = in_set(&key, file, shared)?;
    let settings = GivenSettings { file, supervised: wire.supervised.unwrap_or(false) };
    placeholders(&key, &settings, shared)?;
    if wire.seeds.is_some() && !settings.is_by_seed() {
        let message = format!("this model has one file for all seeds: {:?}", settings.file);
        let help =
            format!("remove the key, or write a path with {SEED} and one file for each seed");
        return Err(Fault::name(&at.key("seeds"), message, help));
    }
    Ok(Some(settings))
}

const EXAMPLE: &str =
    "write file = \"scores.csv\", or file = \"scores-{seed}.csv\" for a file for each seed";

/// Keys that say how oddbench would fit the model.
fn without_effect(at: &KeyPath, wire: &WireModel) -> Result<(), Fault> {
    if wire.files.is_some() {
        let message = "a model of kind \"scores\" has one file for a trial";
        return Err(Fault::name(&at.key("files"), message, EXAMPLE));
    }
    for (key, present) in
        [("timeout", wire.timeout.is_some()), ("max_memory", wire.max_memory.is_some())]
    {
        let fitted = "a model of kind \"external\", or to one that is fitted here";
        misplaced(&at.key(key), present, fitted)?;
    }
    for (key, present) in [
        ("params", !wire.params.is_empty()),
        ("sweep", wire.sweep.is_some()),
        ("train_rows", wire.train_rows.is_some()),
        ("features", wire.features.is_some()),
        ("preprocess", wire.preprocess.is_some()),
    ] {
        if present {
            let message = format!(
                "a model of kind \"scores\" was fitted elsewhere, so {key} would change nothing"
            );
            return Err(Fault::name(
                &at.key(key),
                message,
                "remove it; say in the name or in the description of the experiment how the model was fitted",
            ));
        }
    }
    Ok(())
}

/// The path with the name of the data set in place.
fn in_set(key: &KeyPath, file: &str, shared: &Shared<'_>) -> Result<String, Fault> {
    if let Some(fault) = control_fault(key, file) {
        return Err(fault);
    }
    match (shared.set, file.contains(SET)) {
        (Some(set), true) => Ok(file.replace(SET, set)),
        (None, false) => Ok(file.to_owned()),
        (Some(_), false) => Err(Fault::value(
            key,
            "this experiment has several data sets, and each needs a file of its own",
            format!("write a path with {SET}, which stands for the name of the data set"),
        )),
        (None, true) => Err(Fault::value(
            key,
            format!(
                "{SET} stands for the name of a data set in a file of several, and there is one"
            ),
            format!("write the path without {SET}"),
        )),
    }
}

/// Refuses an empty path, an unknown placeholder, a missing `{fold}`, and a `{fold}` without folds.
fn placeholders(key: &KeyPath, settings: &GivenSettings, shared: &Shared<'_>) -> Result<(), Fault> {
    let file = &settings.file;
    if file.trim().is_empty() {
        return Err(Fault::value(key, "the path is empty", EXAMPLE));
    }
    let rest = file.replace(SEED, "").replace(FOLD, "");
    if let Some(at) = rest.find('{')
        && let Some(end) = rest[at..].find('}')
    {
        let unknown = &rest[at..=at + end];
        let message = format!("{unknown} stands for nothing");
        return Err(Fault::value(key, message, format!("use {SEED}, {FOLD} or {SET}")));
    }
    let folds = shared.split.kind().folds();
    let has_folds = folds.iter().any(Option::is_some);
    match (has_folds, file.contains(FOLD)) {
        (true, false) => Err(Fault::value(
            key,
            format!("the split has {} folds, and each needs a file of its own", folds.len()),
            format!("write a path with {FOLD}, which stands for 1, 2 and so on"),
        )),
        (false, true) => Err(Fault::value(
            key,
            format!("{FOLD} stands for the number of a fold, and the split has none"),
            format!("write the path without {FOLD}"),
        )),
        _ => Ok(()),
    }
}
