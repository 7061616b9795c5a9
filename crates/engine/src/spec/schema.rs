//! The JSON Schema of the experiment file, so that editors complete and check it.
//!
//! An editor marks the smallest part that a schema refuses. A choice between two whole sections
//! (`oneOf`) would be refused as a whole, so that a section that may be written once or several times is
//! described by keywords for both at once: keywords of an object say nothing about an array, and the other way
//! round. What holds for one kind is a chain of `if`, `then` and `else`: taplo completes no keys beside an `allOf`.

use oddbench_core::external::EXTERNAL;
use oddbench_core::given::SCORES;
use oddbench_core::keys::DefaultValue;
use oddbench_core::keys::Entry;
use oddbench_data::DatasetKind;
use oddbench_data::datasets;
use oddbench_models::Kind;
use serde_json::{Map, Value, json};

use super::suite::OWN;
use super::wire::{WireSpec, sweep_of, swept_values};

type Definitions = serde_json::Map<String, Value>;

/// The schema of the whole file; the keys of each kind of data set and the parameters of each kind
/// of model are the kind's own.
pub fn json_schema() -> Value {
    let mut schema = schemars::schema_for!(WireSpec).to_value();
    schema["title"] = json!("oddbench experiment");
    schema["$comment"] = json!("Written by `oddbench schema`.");
    let mut definitions = match schema["$defs"].take() {
        Value::Object(definitions) => definitions,
        _ => Definitions::new(),
    };
    definitions.insert("Swept".to_owned(), swept_values());
    describe_models(&mut definitions);
    describe_datasets(&mut definitions);
    schema["$defs"] = Value::Object(definitions);
    describe_sections(&mut schema);
    allow_own_splits(&mut schema);
    schema
}

/// The keywords of a section that is written once, `[x]`, or several times, `[[x]]`.
pub(crate) fn once_or_several(one: &Value) -> Value {
    let mut both = one.clone();
    both["type"] = json!(["object", "array"]);
    both["minItems"] = json!(1);
    both["items"] = one.clone();
    both
}

/// `dataset` once or several times, and `transfer`. A single data set has no name and no split of its own.
fn describe_sections(schema: &mut Value) {
    let section = json!([{ "$ref": "#/$defs/WireDataset" }]);
    let described = |schema: &Value, key: &str| schema["properties"][key]["description"].clone();
    let single: Map<String, Value> =
        ["name"].into_iter().chain(OWN).map(|key| (key.to_owned(), json!(false))).collect();
    schema["properties"]["dataset"] = json!({
        "description": described(schema, "dataset"),
        "type": ["object", "array"],
        "allOf": section,
        "properties": single,
        "minItems": 1,
        "items": { "type": "object", "allOf": section },
    });
    schema["properties"]["transfer"] = json!({
        "description": described(schema, "transfer"),
        "type": "object",
        "allOf": section,
        "properties": { "features": false },
    });
}

/// The split may be missing if every data set of a list has its own.
fn allow_own_splits(schema: &mut Value) {
    let required = schema["required"].as_array_mut();
    required.into_iter().for_each(|keys| keys.retain(|key| key != "split"));
    let own = json!({ "type": "array", "items": { "required": ["split"] } });
    schema["if"] = json!({ "properties": { "dataset": own } });
    schema["else"] = json!({ "required": ["split"] });
}

/// The kinds of model and the parameters of each.
fn describe_models(definitions: &mut Definitions) {
    let mut cases = Vec::new();
    for kind in oddbench_models::named() {
        cases.push((kind.name, model_case(kind, definitions)));
    }
    let names: Vec<&str> = oddbench_models::named().map(|kind| kind.name).collect();
    if let Some(model) = definitions.get_mut("WireModel") {
        model["properties"]["kind"]["enum"] = json!(names);
        add_cases(model, "kind", cases);
    }
}

/// What holds for a model of that kind: its parameters, what a sweep may vary, and keys of other kinds.
fn model_case(kind: &Kind, definitions: &mut Definitions) -> Value {
    let mut params = kind.schema();
    adopt(kind.name, &mut params, definitions);
    // The keys of a flattened block are not told apart: they are all named here.
    if let Some(params) = params.as_object_mut().filter(|_| kind.name != EXTERNAL) {
        params.remove("unevaluatedProperties");
        params.insert("additionalProperties".to_owned(), json!(false));
    }
    let name = format!("{}.params", kind.name);
    let place = format!("#/$defs/{name}");
    let names = params["properties"].as_object().into_iter().flatten();
    let swept: Vec<String> = names.map(|(name, _)| name.clone()).collect();
    let of_command = ["command", "files", "deterministic", "format", "threads"];
    let of_fit =
        ["timeout", "max_memory", "params", "sweep", "train_rows", "features", "preprocess"];
    let mut case = json!({});
    let mut properties = json!({});
    let idle: Vec<&str> = match kind.name {
        // Its parameters are whatever the command understands.
        EXTERNAL => {
            case["required"] = json!(["command"]);
            vec!["file"]
        }
        SCORES => {
            case["required"] = json!(["file"]);
            of_command.into_iter().chain(of_fit).collect()
        }
        _ => {
            definitions.insert(name, params);
            properties = json!({ "params": { "$ref": place }, "sweep": sweep_of(&place, &swept) });
            of_command.into_iter().chain(["file", "supervised"]).collect()
        }
    };
    for key in idle {
        properties[key] = json!(false);
    }
    case["properties"] = properties;
    case
}

/// The kinds of data set and the keys of each.
fn describe_datasets(definitions: &mut Definitions) {
    let (mut cases, mut words) = (Vec::new(), Vec::new());
    for kind in datasets::kinds() {
        cases.push((kind.name, dataset_case(kind, definitions)));
        words.push(format!("`{}` ({})", kind.name, kind.summary));
    }
    let names: Vec<&str> = datasets::kinds().iter().map(|kind| kind.name).collect();
    if let Some(dataset) = definitions.get_mut("WireDataset") {
        // Written once it is an object, several times an array: whoever refers to it says which.
        dataset.as_object_mut().into_iter().for_each(|dataset| drop(dataset.remove("type")));
        let own = json!({ "type": "string", "pattern": "\\.toml$", "description": "The path of a file that describes a data set, relative to this file." });
        dataset["properties"]["kind"]["anyOf"] = json!([{ "enum": names }, own]);
        dataset["properties"]["kind"]["description"] = json!(format!("{}.", words.join(", ")));
        add_cases(dataset, "kind", cases);
    }
}

/// What holds for a data set of that kind.
fn dataset_case(kind: &DatasetKind, definitions: &mut Definitions) -> Value {
    let mut keys = kind.schema();
    adopt(kind.name, &mut keys, definitions);
    let mut properties = Map::new();
    for key in ["kind", "name", "features"].into_iter().chain(OWN) {
        properties.insert(key.to_owned(), json!(true));
    }
    properties.extend(keys["properties"].as_object().cloned().unwrap_or_default());
    let mut case = json!({ "additionalProperties": false });
    match kind.own_files {
        true => {
            case["required"] = json!(["path", "label"]);
            // One of the two says which labels are inliers.
            case["if"] = json!({ "required": ["outliers"] });
            case["then"] = json!({ "properties": { "inliers": false } });
            case["else"] = json!({ "required": ["inliers"] });
        }
        false => {
            let known = Known::of(kind);
            properties.insert("labels".to_owned(), known.labels());
            properties.insert("features".to_owned(), known.features());
        }
    }
    case["properties"] = Value::Object(properties);
    case
}

/// What is known of a published data set without its files; an empty list is not known.
#[derive(Default)]
struct Known {
    labels: Vec<String>,
    sets: Vec<String>,
    columns: Vec<String>,
}

impl Known {
    fn of(kind: &DatasetKind) -> Self {
        let Some(entry) = kind.entry else { return Self::default() };
        let labels = entry.label_policies().into_iter().map(|(name, _)| name).collect();
        let Some(columns) = entry.features() else { return Self { labels, ..Self::default() } };
        let sets = entry.feature_sets.keys().cloned().chain(["all".to_owned()]);
        let columns = columns.into_iter().map(|(name, _)| name);
        Self { labels, sets: sets.collect(), columns: columns.collect() }
    }

    fn labels(&self) -> Value {
        match self.labels.is_empty() {
            true => json!(true),
            false => json!({ "enum": self.labels }),
        }
    }

    /// A named set, or a list of columns.
    fn features(&self) -> Value {
        match self.columns.is_empty() {
            true => json!(true),
            false => json!({
                "if": { "type": "string" },
                "then": { "enum": self.sets },
                "items": { "enum": self.columns },
            }),
        }
    }
}

/// Adds what holds of a section whose `tag` names one of these entries.
pub(crate) fn add_cases(section: &mut Value, tag: &str, cases: Vec<(&str, Value)>) {
    let chain = cases.into_iter().rev().fold(None, |rest: Option<Value>, (name, then)| {
        let named = json!({ "properties": { tag: { "const": name } }, "required": [tag] });
        let mut case = json!({ "if": named, "then": then });
        if let Some(rest) = rest {
            case["else"] = rest;
        }
        Some(case)
    });
    if let (Some(section), Some(Value::Object(chain))) = (section.as_object_mut(), chain) {
        section.extend(chain);
    }
}

/// The keys of an entry that must be there.
pub(crate) fn required_keys(entry: &Entry) -> Vec<&'static str> {
    let required = entry.keys.iter();
    let required = required.filter(|key| matches!(key.default, DefaultValue::Required(_)));
    required.map(|key| key.name).collect()
}

/// Moves the definitions of a kind's own schema beside the file's, under the kind's name.
fn adopt(kind: &str, params: &mut Value, definitions: &mut Definitions) {
    let Some(object) = params.as_object_mut() else { return };
    object.remove("$schema");
    let own = object.remove("$defs");
    rename_references(kind, params);
    for (name, mut definition) in
        own.as_ref().and_then(Value::as_object).cloned().unwrap_or_default()
    {
        rename_references(kind, &mut definition);
        definitions.insert(format!("{kind}.{name}"), definition);
    }
}

fn rename_references(kind: &str, value: &mut Value) {
    match value {
        Value::Object(object) => {
            for (key, inner) in object.iter_mut() {
                let target = inner.as_str().and_then(|r| r.strip_prefix("#/$defs/"));
                match (key.as_str(), target) {
                    ("$ref", Some(name)) => *inner = json!(format!("#/$defs/{kind}.{name}")),
                    _ => rename_references(kind, inner),
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|item| rename_references(kind, item)),
        _ => {}
    }
}
