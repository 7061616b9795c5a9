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
    let mut keys: Vec<(String, Schema<'_>, Vec<&str>)> = Vec::new();
    for case in dataset.node["allOf"].as_array().into_iter().flatten() {
        let kind = case["if"]["properties"]["kind"]["const"].as_str().unwrap_or_default();
        let case = Schema { node: &case["then"], ..dataset };
        for (key, schema) in case.keys().filter(|(key, _)| !shared.contains(key)) {
            let same = |(name, known, _): &&mut (String, Schema<'_>, Vec<&str>)| {
                name == key
                    && known.description() == schema.description()
                    && known.values() == schema.values()
            };
            match keys.iter_mut().find(same) {
                Some((_, _, kinds)) => kinds.push(kind),
                None => keys.push((key.to_owned(), schema, vec![kind])),
            }
        }
    }
    let mut page = String::from("The keys of the kinds:\n\n");
    page += &head(&["key", "kinds", "values", "meaning"]);
    for (key, schema, kinds) in keys {
        page +=
            &row(&[&format!("`{key}`"), &kinds.join(", "), &schema.values(), schema.description()]);
    }
    page + "\n"
}

fn table<'a>(keys: impl Iterator<Item = (String, Schema<'a>)>) -> String {
    let mut table = head(&["key", "values", "meaning"]);
    for (key, schema) in keys {
        table += &row(&[&format!("`{key}`"), &schema.values(), schema.description()]);
    }
    table + "\n"
}
