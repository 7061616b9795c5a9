//! The JSON Schema of the experiment file, so that editors complete and check it.

use oddbench_data::datasets;
use serde_json::{Value, json};

use super::suite::OWN;
use super::wire::WireSpec;

type Definitions = serde_json::Map<String, Value>;

/// The schema of the whole file; the keys of each kind of data set and the parameters of each kind
/// of model are the kind's own.
pub fn json_schema() -> Value {
    let mut schema = schemars::schema_for!(WireSpec).to_value();
    schema["title"] = json!("oddbench experiment");
    let mut definitions = match schema["$defs"].take() {
        Value::Object(definitions) => definitions,
        _ => Definitions::new(),
    };
    describe_models(&mut definitions);
    describe_datasets(&mut definitions);
    schema["$defs"] = Value::Object(definitions);
    allow_own_splits(&mut schema);
    schema
}

/// The split may be missing where every data set of a list has one of its own.
fn allow_own_splits(schema: &mut Value) {
    let required = schema["required"].as_array_mut();
    required.into_iter().for_each(|keys| keys.retain(|key| key != "split"));
    let own = json!({ "type": "array", "items": { "required": ["split"] } });
    schema["anyOf"] = json!([{ "required": ["split"] }, { "properties": { "dataset": own } }]);
}

/// The kinds of model and the parameters of each.
fn describe_models(definitions: &mut Definitions) {
    let mut cases = Vec::new();
    for kind in oddbench_models::named() {
        let mut params = kind.schema();
        adopt(kind.name, &mut params, definitions);
        cases.push(case(kind.name, json!({ "properties": { "params": params } })));
    }
    let names: Vec<&str> = oddbench_models::named().map(|kind| kind.name).collect();
    if let Some(model) = definitions.get_mut("WireModel") {
        model["properties"]["kind"]["enum"] = json!(names);
        model["allOf"] = Value::Array(cases);
    }
}

/// The kinds of data set and the keys of each.
fn describe_datasets(definitions: &mut Definitions) {
    let (mut cases, mut words) = (Vec::new(), Vec::new());
    for kind in datasets::kinds() {
        let mut keys = kind.schema();
        adopt(kind.name, &mut keys, definitions);
        let mut properties = json!({ "kind": true, "name": true, "features": true });
        properties.as_object_mut().into_iter().for_each(|own| {
            own.extend(OWN.map(|section| (section.to_owned(), json!(true))));
        });
        if !kind.own_files {
            properties["labels"] = json!(true);
        }
        if let (Some(all), Some(own)) = (properties.as_object_mut(), keys["properties"].as_object())
        {
            all.extend(own.clone());
        }
        let keys = json!({ "properties": properties, "additionalProperties": false });
        cases.push(case(kind.name, keys));
        words.push(format!("`{}` ({})", kind.name, kind.summary));
    }
    let names: Vec<&str> = datasets::kinds().iter().map(|kind| kind.name).collect();
    if let Some(dataset) = definitions.get_mut("WireDataset") {
        let own = json!({ "type": "string", "pattern": "\\.toml$", "description": "The path of a file that describes a data set, relative to this file." });
        dataset["properties"]["kind"]["anyOf"] = json!([{ "enum": names }, own]);
        dataset["properties"]["kind"]["description"] = json!(format!("{}.", words.join(", ")));
        dataset["allOf"] = Value::Array(cases);
    }
}

/// What holds if a section is of that kind.
fn case(kind: &str, then: Value) -> Value {
    json!({
        "if": { "properties": { "kind": { "const": kind } }, "required": ["kind"] },
        "then": then,
    })
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
