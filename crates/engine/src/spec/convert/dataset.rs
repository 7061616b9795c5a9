//! `[dataset]`: which rows, which of their columns, and what counts as an inlier.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::path::Path;

use oddbench_core::LabelPolicy;
use oddbench_core::experiment::DatasetSettings;
use oddbench_core::split::SplitSettings;
use oddbench_data::datasets::{self, DatasetKind, Help, KeyFault, Source, Trouble};

use serde_json::{Map, Value};

use super::{choose, misplaced};
use crate::spec::error::Fault;
use crate::spec::locate::KeyPath;
use crate::spec::structure::{MOVE_IT, control_fault, elsewhere, structural_fault, unknown_key};
use crate::spec::suggest::{allowed, nearest};
use crate::spec::suite::OWN;
use crate::spec::wire::{SetOrColumns, WireDataset};

/// The keys that every kind has.
const COMMON: [&str; 3] = ["kind", "features", "labels"];

/// The section, resolved, and where its rows come from.
pub(super) fn dataset(
    wire: WireDataset,
    base: &Path,
    opened: &Opened,
) -> Result<(DatasetSettings, Source), Fault> {
    let section = KeyPath::of(&["dataset"]);
    if wire.name.is_some() {
        let key = section.key("name");
        let help = elsewhere(&key, "name").unwrap_or_default();
        let help = format!("{help}; below [[dataset]] it names one of several data sets");
        return Err(Fault::name(&key, "there is no key `name` here", help));
    }
    let LabelledSource { source, labels, policy } = labelled(&section, &wire, base, opened)?;
    let (features, columns) = features(&section.key("features"), wire.features, &source)?;
    let params = source.params().as_object().cloned().unwrap_or_default();
    let kind = source.kind().name.to_owned();
    Ok((DatasetSettings { kind, features, columns, labels, policy, params }, source))
}

/// Rows and the policy that labels them.
pub(super) struct LabelledSource {
    pub(super) source: Source,
    /// The policy's name.
    pub(super) labels: String,
    pub(super) policy: LabelPolicy,
}

/// What a section of that name says of rows and labels; it says nothing of features.
pub(super) fn labelled(
    section: &KeyPath,
    wire: &WireDataset,
    base: &Path,
    opened: &Opened,
) -> Result<LabelledSource, Fault> {
    let kinds: Vec<_> = datasets::kinds().iter().map(|kind| (kind.name, kind)).collect();
    let of_set = wire.kind.ends_with(".toml");
    control_fault(&section.key("kind"), &wire.kind).filter(|_| of_set).map_or(Ok(()), Err)?;
    let kind = match of_set {
        true => {
            datasets::from_file(&base.join(&wire.kind)).map_err(|fault| placed(section, fault))?
        }
        false => choose(&section.key("kind"), &wire.kind, &kinds)?,
    };
    let own = [(OWN[0], &wire.split), (OWN[1], &wire.preprocess)];
    if let Some((name, _)) = own.iter().find(|(_, own)| own.is_some()) {
        return Err(Fault::name(
            &section.key(name),
            format!("only one of several data sets has a {name} of its own"),
            format!(
                "{MOVE_IT} below a header [{name}]; or write [[dataset]] for several data sets"
            ),
        ));
    }
    refuse_idle_keys(section, wire, kind)?;
    for (key, value) in wire.keys.iter().filter(|(key, _)| key.ends_with("path")) {
        let fault = value.as_str().and_then(|path| control_fault(&section.key(key), path));
        fault.map_or(Ok(()), Err)?;
    }
    let source = opened.source(kind, &wire.keys, base).map_err(|fault| placed(section, fault))?;
    let policies = source.info().label_policies;
    let names: Vec<(&str, usize)> =
        policies.iter().enumerate().map(|(at, (name, _))| (name.as_str(), at)).collect();
    let chosen = match &wire.labels {
        Some(labels) => choose(&section.key("labels"), labels, &names)?,
        None => 0,
    };
    let (labels, policy) = policies[chosen].clone();
    Ok(LabelledSource { source, labels, policy })
}

/// The data sets that were opened. A file with several faults is checked several times, but a large table is read
/// only once.
#[derive(Default)]
pub(crate) struct Opened(RefCell<Vec<Set>>);

struct Set {
    kind: &'static str,
    keys: Map<String, Value>,
    source: Source,
}

impl Opened {
    fn source(
        &self,
        kind: &'static DatasetKind,
        keys: &Map<String, Value>,
        base: &Path,
    ) -> Result<Source, KeyFault> {
        let mut sets = self.0.borrow_mut();
        match sets.iter().find(|set| set.kind == kind.name && set.keys == *keys) {
            Some(set) => Ok(set.source.clone()),
            None => {
                let source = kind.open(keys, base)?;
                let keys = keys.clone();
                sets.push(Set { kind: kind.name, keys, source: source.clone() });
                Ok(source)
            }
        }
    }
}

/// Refuses keys of other kinds, and keys that no kind has.
fn refuse_idle_keys(
    section: &KeyPath,
    wire: &WireDataset,
    kind: &DatasetKind,
) -> Result<(), Fault> {
    let own = kind.keys();
    for key in wire.keys.keys().filter(|key| !own.contains(key)) {
        let has_it = datasets::kinds().iter().filter(|kind| kind.keys().contains(key));
        let owners: Vec<String> = has_it.map(|kind| format!("kind = \"{}\"", kind.name)).collect();
        if owners.is_empty() {
            let known: Vec<&str> =
                COMMON.into_iter().chain(own.iter().map(String::as_str)).collect();
            return Err(unknown_key(&section.key(key), key, &known));
        }
        misplaced(&section.key(key), true, &owners.join(" and "))?;
    }
    let labels = wire.labels.is_some() && kind.own_files;
    misplaced(&section.key("labels"), labels, "data sets with named policies")
}

/// A data set's own complaints about its keys, each at its key.
fn placed(section: &KeyPath, mut fault: KeyFault) -> Fault {
    let others = fault.next.take().map_or(Vec::new(), |next| next.all());
    let others = others.into_iter().map(|other| placed_one(section, other)).collect();
    Fault { others, ..placed_one(section, fault) }
}

fn placed_one(section: &KeyPath, fault: KeyFault) -> Fault {
    let key = section.key(&fault.key);
    let key = fault.item.map_or(key.clone(), |item| key.index(item));
    match fault.trouble {
        Trouble::Type(words) => structural_fault(key, &words),
        Trouble::Value { message, help: Help::Text(help) } => Fault::value(&key, message, help),
        Trouble::Value { message, help: Help::Choose { word, among } } => {
            let among: Vec<&str> = among.iter().map(String::as_str).collect();
            Fault::value(&key, message, allowed(&word, &among))
        }
        Trouble::Conflict { message, help } => Fault::name(&key, message, help),
        Trouble::Idle(owner) => Fault::name(
            &key,
            format!("this key belongs to {owner}"),
            "remove it: a key that has no effect is refused",
        ),
    }
}

pub(super) fn features(
    key: &KeyPath,
    wire: Option<SetOrColumns>,
    source: &Source,
) -> Result<(String, Vec<String>), Fault> {
    let info = source.info();
    let sets: Vec<&str> = info.feature_sets.iter().map(|(name, _)| name.as_str()).collect();
    let set = |name: &str| info.feature_sets.iter().find(|(set, _)| set == name);
    match wire.unwrap_or_else(|| SetOrColumns::Set("all".into())) {
        SetOrColumns::Set(name) => match set(&name) {
            Some((_, columns)) => Ok((name, columns.clone())),
            None => Err(Fault::value(
                key,
                format!("there is no feature set \"{name}\""),
                format!("{}; or give a list of columns: [\"...\", \"...\"]", allowed(&name, &sets)),
            )),
        },
        SetOrColumns::Columns(columns) => {
            check_columns(key, &columns, source)?;
            Ok((columns.join(","), columns))
        }
    }
}

/// Takes the column that the split goes by out of the features, unless `keep` names it. Its values in the test rows are
/// new to every model, which would tell a model from where a row comes.
pub(super) fn without_column_of_split(
    dataset: &mut DatasetSettings,
    split: &SplitSettings,
) -> Result<(), Fault> {
    let by = split.kind().goes_by().and_then(|by| by.column());
    let Some(column) = by.filter(|by| dataset.columns.iter().any(|column| column == by)) else {
        return Ok(());
    };
    let keep = dataset.params.get("keep").and_then(Value::as_array);
    if keep.is_some_and(|keep| keep.iter().any(|kept| kept == column)) {
        return Ok(());
    }
    dataset.columns.retain(|feature| feature != column);
    if dataset.columns.is_empty() {
        let message = format!(
            "the split goes by \"{column}\", which is the only feature; so no feature is left"
        );
        let help = "choose another column for the split, or take other columns into the data set";
        return Err(Fault::value(&KeyPath::of(&["split", "column"]), message, help));
    }
    dataset.features = all_but(column);
    Ok(())
}

/// The name of all features without the column that the split goes by.
pub(crate) fn all_but(column: &str) -> String {
    format!("all but {column}")
}

fn check_columns(key: &KeyPath, columns: &[String], source: &Source) -> Result<(), Fault> {
    if columns.is_empty() {
        return Err(Fault::value(key, "the list is empty", "name at least one column, or \"all\""));
    }
    let info = source.info();
    let file = source.params().get("path").and_then(Value::as_str);
    let set = file.unwrap_or(source.kind().name);
    let known: Vec<&str> = info.columns.iter().map(|(name, _)| name.as_str()).collect();
    let mut seen = BTreeSet::new();
    let wrong = |column: &String| {
        if source.params().get("label").is_some_and(|label| label == column) {
            let message = format!("\"{column}\" is the label, which a model must not see");
            let help = "take it out of features: it is what the models are judged by";
            return Some((message, help.to_owned()));
        }
        if !known.contains(&column.as_str()) {
            let help = match nearest(column, known.iter().copied()) {
                Some(near) => format!("did you mean \"{near}\"?"),
                None => format!("columns of {set}: {}", known.join(", ")),
            };
            return Some((format!("{set} has no column \"{column}\""), help));
        }
        let message = format!("the column \"{column}\" is named twice");
        (!seen.insert(column.clone())).then(|| (message, "name each column once".to_owned()))
    };
    let wrong = columns.iter().map(wrong).enumerate();
    Fault::joined(wrong.filter_map(|(index, wrong)| {
        let (message, help) = wrong?;
        Some(Fault::value(&key.index(index), message, help))
    }))
}
