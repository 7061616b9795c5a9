//! The keys of an experiment file, from its JSON Schema.

use serde_json::Value;

use super::schema::Schema;
use super::{head, row};

/// The sections with a heading of their own, in the order of the page.
const SECTIONS: [(&str, &str); 12] = [
    ("dataset", "[dataset]"),
    ("transfer", "[transfer]"),
    ("split", "[split]"),
    ("preprocess", "[preprocess]"),
    ("threshold", "[threshold]"),
    ("operator", "[operator]"),
    ("run", "[run]"),
    ("limits", "[limits]"),
    ("measure", "[measure]"),
    ("model", "[[model]]"),
    ("ensemble", "[[ensemble]]"),
    ("report", "[report]"),
];

pub(super) fn section(schema: &Value) -> String {
    let root = Schema::of(schema);
    let mut page = String::from("## Keys of an experiment file\n\n");
    page += &table(root.keys().map(|(key, schema)| (key.to_owned(), schema)));
    for (key, heading) in SECTIONS {
        let schema = object(root.at("properties").at(key));
        page += &format!("### {heading}\n\n");
        page += &match key {
            "transfer" => "The keys of its kind of data set, as in `[dataset]`.\n\n".to_owned(),
            _ => table(schema.keys().map(|(key, schema)| (key.to_owned(), schema))),
        };
        if key == "dataset" {
            page += &kinds_of_data(schema);
        }
    }
    page += "### [executor.slurm]\n\n";
    let slurm = object(root.at("properties").at("executor")).at("properties").at("slurm");
    page + &table(slurm.keys().map(|(key, schema)| (key.to_owned(), schema)))
}

/// The object of a section: of a section that may stand several times, one of them.
fn object(schema: Schema<'_>) -> Schema<'_> {
    let choices = ["oneOf", "anyOf"].iter().filter_map(|key| schema.node[*key].as_array());
    let first = choices.flatten().find(|node| node["type"] != "null");
    match (schema.node["items"].is_object(), first) {
        (true, _) => schema.at("items"),
        (false, Some(node)) => object(Schema { node, ..schema }.followed()),
        (false, None) => schema,
    }
}

/// The keys of the kinds of data set: each key once, with the kinds that have it.
fn kinds_of_data(dataset: Schema<'_>) -> String {
    let shared: Vec<&str> = dataset.keys().map(|(key, _)| key).collect();
    let mut keys: Vec<(&str, Schema<'_>, Vec<&str>)> = Vec::new();
    for case in dataset.node["allOf"].as_array().into_iter().flatten() {
        let kind = case["if"]["properties"]["kind"]["const"].as_str().unwrap_or_default();
        let case = Schema { node: &case["then"], ..dataset };
        for (key, schema) in case.keys().filter(|(key, _)| !shared.contains(key)) {
            let says = |schema: Schema<'_>| (schema.description().to_owned(), schema.values());
            let mut known = keys.iter_mut().filter(|(name, _, _)| *name == key);
            match known.find(|(_, known, _)| says(*known) == says(schema)) {
                Some((_, _, kinds)) => kinds.push(kind),
                None => keys.push((key, schema, vec![kind])),
            }
        }
    }
    // A table of yours has a label column; what else has a path is a published set.
    let with = |key: &str, tables: &[&str]| -> Vec<&str> {
        let own = keys.iter().filter(|(name, _, _)| *name == key);
        own.flat_map(|(_, _, kinds)| kinds.clone()).filter(|kind| !tables.contains(kind)).collect()
    };
    let tables = with("label", &[]);
    let groups = [("published sets", with("path", &tables)), ("tables of yours", tables)];
    let mut page = String::from("The keys of the kinds:\n\n");
    page += &head(&["key", "kinds", "values", "meaning"]);
    for (key, schema, kinds) in &keys {
        let kinds = named(kinds, &groups);
        page += &row(&[&format!("`{key}`"), &kinds, &schema.values(), schema.description()]);
    }
    page + "\n"
}

/// Kinds in words: a group of which all are there is named as a whole.
fn named(kinds: &[&str], groups: &[(&str, Vec<&str>)]) -> String {
    let mut left = kinds.to_vec();
    let mut words = Vec::new();
    for (name, group) in groups {
        if !group.is_empty() && group.iter().all(|kind| left.contains(kind)) {
            left.retain(|kind| !group.contains(kind));
            words.push((*name).to_owned());
        }
    }
    words.extend(left.iter().map(|kind| format!("`{kind}`")));
    words.join(", ")
}

fn table<'a>(keys: impl Iterator<Item = (String, Schema<'a>)>) -> String {
    let mut table = head(&["key", "values", "meaning"]);
    for (key, schema) in keys {
        table += &row(&[&format!("`{key}`"), &schema.values(), schema.description()]);
    }
    table + "\n"
}
