//! The JSON Schema of the experiment file, so that editors complete and check it.

use serde_json::{Value, json};

use super::wire::WireSpec;

/// The schema of the whole file; the parameters of each kind of model are the kind's own.
pub fn json_schema() -> Value {
    let mut schema = schemars::schema_for!(WireSpec).to_value();
    schema["title"] = json!("oddbench experiment");
    let mut definitions = match schema["$defs"].take() {
        Value::Object(definitions) => definitions,
        _ => serde_json::Map::new(),
    };
    let mut cases = Vec::new();
    for kind in oddbench_models::kinds() {
        let mut params = kind.schema();
        adopt(kind.name, &mut params, &mut definitions);
        cases.push(json!({
            "if": { "properties": { "kind": { "const": kind.name } }, "required": ["kind"] },
            "then": { "properties": { "params": params } },
        }));
    }
    if let Some(model) = definitions.get_mut("WireModel") {
        let names: Vec<&str> = oddbench_models::kinds().iter().map(|kind| kind.name).collect();
        model["properties"]["kind"]["enum"] = json!(names);
        model["allOf"] = Value::Array(cases);
    }
    schema["$defs"] = Value::Object(definitions);
    schema
}

/// Moves the definitions of a kind's own schema beside the file's, under the kind's name.
fn adopt(kind: &str, params: &mut Value, definitions: &mut serde_json::Map<String, Value>) {
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
