//! The differences of two manifests, key by key.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;
use serde_json::{Value, json};

use crate::experiment::Experiment;
use crate::record::Manifest;

/// A key that has another value.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Setting {
    /// The key, dotted: `model.AE.params.epochs`.
    pub key: String,
    /// Its values; `None` if there is no such key.
    pub values: [Option<Value>; 2],
}

/// What the rows are: another digest is other data, whatever the settings say.
pub fn data(manifests: [&Manifest; 2]) -> Vec<Setting> {
    differing(manifests.map(|manifest| {
        let data = &manifest.data;
        json!({ "dataset": data.dataset, "digest": data.digest, "labels": data.labels })
    }))
}

/// The resolved experiments. Models are matched by name, so a new one does not move the others; of one that
/// only one side has, the kind says enough. Name and description decide nothing.
pub fn settings(manifests: [&Manifest; 2]) -> Vec<Setting> {
    let experiments = manifests.map(|manifest| &manifest.experiment);
    differing([0, 1].map(|side: usize| by_name(experiments[side], experiments[1 - side])))
}

/// The leaves of two values that differ, with their dotted keys. A list is a leaf unless it holds sections.
pub fn differing(sides: [Value; 2]) -> Vec<Setting> {
    let sides = sides.map(|side| flat(&side));
    let keys: BTreeSet<&String> = sides.iter().flat_map(BTreeMap::keys).collect();
    keys.into_iter()
        .filter_map(|key| {
            let values = [0, 1].map(|side: usize| sides[side].get(key).cloned());
            (values[0] != values[1]).then(|| Setting { key: key.clone(), values })
        })
        .collect()
}

fn by_name(experiment: &Experiment, other: &Experiment) -> Value {
    let mut spec = json!(experiment);
    let models = experiment.models.iter().map(|model| {
        let known = other.models.iter().any(|other| other.name == model.name);
        (model.name.clone(), if known { json!(model) } else { json!(model.kind) })
    });
    spec["model"] = Value::Object(models.collect());
    let ensembles = experiment.ensembles.iter().map(|model| (model.name.clone(), json!(model)));
    if !experiment.ensembles.is_empty() {
        spec["ensemble"] = Value::Object(ensembles.collect());
    }
    if let Some(sections) = spec.as_object_mut() {
        sections.remove("name");
        sections.remove("description");
    }
    spec
}

fn flat(value: &Value) -> BTreeMap<String, Value> {
    let mut leaves = BTreeMap::new();
    flatten(value, String::new(), &mut leaves);
    leaves
}

fn flatten(value: &Value, key: String, leaves: &mut BTreeMap<String, Value>) {
    let inner = |name: &str| if key.is_empty() { name.to_owned() } else { format!("{key}.{name}") };
    match value {
        Value::Object(object) if !object.is_empty() => {
            for (name, value) in object {
                flatten(value, inner(name), leaves);
            }
        }
        Value::Array(items) if items.iter().any(Value::is_object) => {
            for (at, value) in items.iter().enumerate() {
                flatten(value, inner(&at.to_string()), leaves);
            }
        }
        leaf => {
            leaves.insert(key, leaf.clone());
        }
    }
}
