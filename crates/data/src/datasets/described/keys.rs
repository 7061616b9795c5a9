//! The keys of `[dataset]` that a described data set has: its choices, `path` and `limit`.

use std::path::{Path, PathBuf};

use serde_json::{Map, Value, json};

use crate::catalog::{Entry, Picked};
use crate::datasets::keys::{Help, KeyFault, Trouble};

/// The keys, checked.
#[derive(Debug)]
pub(super) struct Keys {
    /// The key of each choice of the file, and what was picked.
    pub(super) picks: Vec<(String, Picked)>,
    /// The user's copy: the file, or the folder of the files.
    pub(super) path: Option<PathBuf>,
    /// Rows to read of each table.
    pub(super) limit: Option<usize>,
}

pub(super) fn read(
    entry: &Entry,
    given: &Map<String, Value>,
    base: &Path,
) -> Result<Keys, KeyFault> {
    let mut picks = Vec::with_capacity(entry.choices.len());
    for choice in &entry.choices {
        let value = match given.get(&choice.name) {
            None => choice.default_value(entry),
            Some(Value::String(text)) => text.clone(),
            Some(Value::Number(number)) => number.to_string(),
            Some(_) => {
                let message = "it is one word in quotes";
                let names = choice.picks(entry).into_iter().map(|pick| pick.name);
                let help = format!("use one of: {}", names.collect::<Vec<_>>().join(", "));
                return Err(KeyFault::value(&choice.name, message, &help));
            }
        };
        let options = choice.picks(entry);
        let Some(pick) = options.iter().find(|pick| pick.name == value) else {
            let among = options.into_iter().map(|pick| pick.name).collect();
            let message = format!("\"{value}\" is unknown");
            let help = Help::Choose { word: value, among };
            return Err(KeyFault::new(&choice.name, Trouble::Value { message, help }));
        };
        picks.push((choice.name.clone(), pick.clone()));
    }
    let path = match given.get("path") {
        None => None,
        Some(Value::String(path)) if !path.is_empty() => Some(base.join(path)),
        Some(_) => {
            let help = "give the path of your copy: the file, or the folder that holds the files";
            return Err(KeyFault::value("path", "it is no path", help));
        }
    };
    let limit = match given.get("limit") {
        None => None,
        Some(value) => match value.as_u64().and_then(|limit| usize::try_from(limit).ok()) {
            Some(limit) if limit > 0 => Some(limit),
            _ => {
                let help = "use a whole number, 1 or more, or leave it out";
                return Err(KeyFault::value("limit", "it is no number of rows", help));
            }
        },
    };
    Ok(Keys { picks, path, limit })
}

impl Keys {
    /// The keys as an object, every default filled in.
    pub(super) fn params(&self) -> Value {
        let picks = self.picks.iter().map(|(key, pick)| (key.clone(), json!(pick.name)));
        let mut params: Map<String, Value> = picks.collect();
        if let Some(path) = &self.path {
            params.insert("path".into(), json!(path));
        }
        if let Some(limit) = self.limit {
            params.insert("limit".into(), json!(limit));
        }
        Value::Object(params)
    }

    /// Classes whose rows are left out.
    pub(super) fn without(&self) -> Vec<String> {
        self.picks.iter().flat_map(|(_, pick)| pick.leave_out_classes.clone()).collect()
    }
}

/// The JSON Schema of the keys.
pub(super) fn schema(entry: &Entry) -> Value {
    let mut properties = Map::new();
    for choice in &entry.choices {
        let names: Vec<String> = choice.picks(entry).into_iter().map(|pick| pick.name).collect();
        let key = json!({
            "type": "string",
            "enum": names,
            "default": choice.default_value(entry),
            "description": choice.meaning,
        });
        properties.insert(choice.name.clone(), key);
    }
    let path =
        "Your own copy: the file, or the folder that holds the files, relative to this file.";
    properties.insert("path".into(), json!({ "type": "string", "description": path }));
    let limit = "Rows to read of each table, from the first on. Default: all.";
    properties
        .insert("limit".into(), json!({ "type": "integer", "minimum": 1, "description": limit }));
    json!({ "type": "object", "properties": properties })
}
