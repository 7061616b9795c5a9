//! The JSON Schema of sections, from the registries that describe their keys.

use oddbench_core::keys::{DefaultValue, Entry, Key, Values};
use schemars::Schema;
use serde_json::{Map, Value, json};

use super::Section;
use crate::spec::schema::{add_cases, required_keys};

impl Section {
    /// The JSON Schema: every key with its owners, and which keys each entry has and needs.
    /// `idle` names the shared keys that have no effect beside an entry.
    pub(crate) fn schema(&self, idle: impl Fn(&str) -> &'static [&'static str] + Copy) -> Value {
        let mut properties = Map::new();
        let names: Vec<&str> = self.entries.iter().map(|entry| entry.name).collect();
        let summaries: Vec<String> = self
            .entries
            .iter()
            .map(|entry| format!("`{}`: {}", entry.name, entry.summary))
            .collect();
        let tag = json!({ "type": "string", "enum": names, "description": summaries.join(" ") });
        properties.insert(self.tag.to_owned(), tag);
        for key in self.keys() {
            let mut schema = self.values_of_all(key.name);
            schema["description"] = json!(self.description(key.name));
            properties.insert(key.name.to_owned(), schema);
        }
        let mut section = json!({
            "type": "object",
            "properties": properties,
            "required": [self.tag],
            "additionalProperties": false,
        });
        let cases = self.entries.iter().map(|entry| (entry.name, self.case(entry, idle)));
        add_cases(&mut section, self.tag, cases.collect());
        section
    }

    /// The keys of one entry: which there are, which must be there, and that keys of other entries have no effect.
    fn case(&self, entry: &Entry, idle: impl Fn(&str) -> &'static [&'static str]) -> Value {
        let own = |name: &str| entry.keys.iter().chain(self.shared).find(|key| key.name == name);
        let property = |key: &&Key| {
            let schema = match own(key.name) {
                Some(own) if !idle(entry.name).contains(&own.name) => schema_of(own.values),
                _ => json!(false),
            };
            (key.name.to_owned(), schema)
        };
        let properties: Map<String, Value> = self.keys().iter().map(property).collect();
        json!({ "properties": properties, "required": required_keys(entry) })
    }

    /// What some entry takes for a key.
    fn values_of_all(&self, name: &str) -> Value {
        let mut schemas: Vec<Value> = Vec::new();
        for key in self.entries.iter().flat_map(|entry| entry.keys).chain(self.shared) {
            let schema = schema_of(key.values);
            if key.name == name && !schemas.contains(&schema) {
                schemas.push(schema);
            }
        }
        match <[Value; 1]>::try_from(schemas) {
            Ok([one]) => one,
            Err(several) => json!({ "anyOf": several }),
        }
    }

    /// What a key means to each of its owners; owners with the same meaning are named together.
    fn description(&self, name: &str) -> String {
        let mut meanings: Vec<(&Key, Vec<&str>)> = Vec::new();
        let of = |key: &'static Key| (key.name == name).then_some(key);
        for entry in self.entries {
            let Some(key) = entry.keys.iter().find_map(of) else { continue };
            match meanings.iter_mut().find(|(known, _)| *known == key) {
                Some((_, owners)) => owners.push(entry.name),
                None => meanings.push((key, vec![entry.name])),
            }
        }
        meanings.extend(self.shared.iter().find_map(of).map(|key| (key, Vec::new())));
        let text = |(key, owners): &(&Key, Vec<&str>)| {
            let owners =
                if owners.is_empty() { String::new() } else { format!(" ({})", owners.join(", ")) };
            format!("{}{owners}{}", key.meaning, default_text(key.default))
        };
        meanings.iter().map(text).collect::<Vec<_>>().join(" ")
    }
}

/// A described object as schemars takes it.
pub(crate) fn as_schema(described: Value) -> Schema {
    match described {
        Value::Object(object) => Schema::from(object),
        _ => Schema::default(),
    }
}

/// The JSON Schema of such a section.
pub(crate) fn schema(keys: &[Key]) -> Schema {
    let property = |key: &Key| {
        let mut schema = schema_of(key.values);
        schema["description"] = json!(key.meaning.to_owned() + &default_text(key.default));
        (key.name.to_owned(), schema)
    };
    let properties: Map<String, Value> = keys.iter().map(property).collect();
    as_schema(json!({ "type": "object", "properties": properties, "additionalProperties": false }))
}

/// What follows the meaning of a key in the schema.
fn default_text(default: DefaultValue) -> String {
    match default {
        DefaultValue::Required(_) | DefaultValue::Absent => ".".to_owned(),
        DefaultValue::Number(value) => format!(". Default: {value}."),
        DefaultValue::Whole(value) => format!(". Default: {value}."),
        DefaultValue::Flag(value) => format!(". Default: {value}."),
        DefaultValue::Word(value) => format!(". Default: {value}."),
    }
}

fn schema_of(values: Values) -> Value {
    let texts = json!({
        "type": "array",
        "items": { "type": "string", "minLength": 1 },
        "minItems": 1,
        "uniqueItems": true
    });
    match values {
        Values::Share => json!({ "type": "number", "exclusiveMinimum": 0, "exclusiveMaximum": 1 }),
        Values::ShareOrZero => json!({ "type": "number", "minimum": 0, "exclusiveMaximum": 1 }),
        Values::Positive => json!({ "type": "number", "exclusiveMinimum": 0 }),
        Values::Number => json!({ "type": "number" }),
        Values::Whole { min, max, .. } => {
            json!({ "type": "integer", "minimum": min, "maximum": max })
        }
        Values::Flag => json!({ "type": "boolean" }),
        Values::OneOf(words) => json!({ "enum": words }),
        Values::Text => json!({ "type": "string", "minLength": 1 }),
        Values::Texts => texts,
        Values::ShareOrTexts => json!({ "anyOf": [schema_of(Values::ShareOrZero), texts] }),
        Values::Points { most } => json!({
            "type": "array",
            "items": { "type": ["string", "number"] },
            "minItems": 1,
            "maxItems": most
        }),
    }
}
