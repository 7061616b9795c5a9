//! What a JSON Schema says of a key, in words: which values it takes, and what it means.

use serde_json::Value;

/// A schema and the place of its definitions.
#[derive(Clone, Copy)]
pub(super) struct Schema<'a> {
    pub root: &'a Value,
    pub node: &'a Value,
}

impl<'a> Schema<'a> {
    pub fn of(root: &'a Value) -> Self {
        Self { root, node: root }
    }

    /// What stands under a key, followed to its definition.
    pub fn at(self, key: &str) -> Self {
        Self { node: &self.node[key], ..self }.followed()
    }

    /// The same, followed to its definition.
    pub fn followed(mut self) -> Self {
        while let Some(place) = self.node["$ref"].as_str() {
            self.node = self.root.pointer(place.trim_start_matches('#')).unwrap_or(&Value::Null);
        }
        self
    }

    /// The keys of an object, in their order, each with its schema before it is followed: a description may stand there.
    pub fn keys(self) -> impl Iterator<Item = (&'a str, Self)> {
        let keys = self.node["properties"].as_object().into_iter().flatten();
        keys.map(move |(key, node)| (key.as_str(), Self { node, ..self }))
    }

    pub fn description(self) -> &'a str {
        let own = self.node["description"].as_str();
        own.or_else(|| self.followed().node["description"].as_str()).unwrap_or_default()
    }

    /// The alternatives of a choice, but for null: it stands for a key that is not there.
    fn alternatives(self) -> Vec<Self> {
        let choices = ["oneOf", "anyOf"].iter().filter_map(|key| self.node[*key].as_array());
        let nodes = choices.flatten().filter(|node| node["type"] != "null");
        nodes.map(|node| Self { node, ..self }).collect()
    }

    /// The values that it allows, in words.
    pub fn values(self) -> String {
        let schema = self.followed();
        let node = schema.node;
        if let Some(value) = node.get("const") {
            return format!("`{value}`");
        }
        if let Some(values) = node["enum"].as_array() {
            let words: Vec<String> = values.iter().filter(|v| !v.is_null()).map(code).collect();
            return words.join(", ");
        }
        let alternatives = schema.alternatives();
        if !alternatives.is_empty() {
            let mut words: Vec<String> = alternatives.iter().map(|one| one.values()).collect();
            words.retain(|words| !words.is_empty());
            words.dedup();
            let constants = words.iter().all(|word| word.starts_with('`'));
            return words.join(if constants { ", " } else { " or " });
        }
        match type_of(node) {
            Some("array") => format!("list: {}", schema.at("items").values()),
            Some("integer") => format!("whole number{}", range(node)),
            Some("number") => format!("number{}", range(node)),
            Some("string") => "text".to_owned(),
            Some("boolean") => "`true`, `false`".to_owned(),
            Some("object") => "table".to_owned(),
            _ => String::new(),
        }
    }
}

fn code(value: &Value) -> String {
    format!("`{value}`")
}

/// The type, but for null.
fn type_of(node: &Value) -> Option<&str> {
    let several = node["type"].as_array().into_iter().flatten().filter_map(Value::as_str);
    node["type"].as_str().or_else(|| several.into_iter().find(|name| *name != "null"))
}

fn range(node: &Value) -> String {
    let (low, high) = (&node["minimum"], &node["maximum"]);
    let (above, below) = (&node["exclusiveMinimum"], &node["exclusiveMaximum"]);
    let mut words = match (low.is_null(), high.is_null()) {
        (false, false) => format!(", {low} to {high}"),
        (false, true) if node["format"].is_string() && low == 0 => String::new(),
        (false, true) => format!(", at least {low}"),
        (true, false) => format!(", at most {high}"),
        (true, true) => String::new(),
    };
    if !above.is_null() {
        words += &format!(", above {above}");
    }
    if !below.is_null() {
        words += &format!(", below {below}");
    }
    words
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn values_are_named_in_words() {
        let root = json!({ "$defs": { "Sign": { "oneOf": [{ "const": "plus" }, { "const": "minus" }] } } });
        let words = |node: Value| Schema { root: &root, node: &node }.values();
        assert_eq!(words(json!({ "$ref": "#/$defs/Sign" })), "`\"plus\"`, `\"minus\"`");
        assert_eq!(
            words(json!({ "type": ["integer", "null"], "minimum": 1, "maximum": 9 })),
            "whole number, 1 to 9"
        );
        assert_eq!(words(json!({ "anyOf": [{ "type": "number" }, { "type": "null" }] })), "number");
        assert_eq!(words(json!({ "type": "array", "items": { "type": "string" } })), "list: text");
        assert_eq!(
            words(json!({ "anyOf": [{ "const": "all" }, { "type": "number" }] })),
            "`\"all\"` or number"
        );
    }
}
