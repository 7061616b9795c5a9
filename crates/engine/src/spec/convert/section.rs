//! Sections in which one key decides which other keys exist: `rule` of `[threshold]`, `kind` of `[split]`.
//! A registry in `core` has the keys, types, ranges and defaults.

mod describe;

use oddbench_core::keys::{DefaultValue, Entry, Help, Key, KeyFault, Values};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value, json};
use toml::Table;

pub(crate) use describe::{as_schema, schema};

use super::{choose, misplaced, share};
use crate::spec::error::Fault;
use crate::spec::locate::KeyPath;
use crate::spec::structure::{structural_fault, unknown_key};
use crate::spec::suggest::allowed;

/// A section and the registry that describes it.
pub(crate) struct Section {
    /// The key that names an entry: `rule` or `kind`.
    pub(crate) tag: &'static str,
    /// The entries.
    pub(crate) entries: &'static [Entry],
    /// Keys beside the keys of the entries.
    pub(crate) shared: &'static [Key],
    /// How several entries are called together, as in `the rules mad and iqr`; empty: `kind = "..." and "..."`.
    pub(crate) several: &'static str,
    /// The entry that a message proposes.
    pub(crate) example: &'static str,
}

impl Section {
    /// Reads a section into its resolved type: what is left out takes its default.
    pub(crate) fn read<T: DeserializeOwned>(
        &self,
        at: &KeyPath,
        table: &Table,
    ) -> Result<T, Fault> {
        let entry = self.entry(at, table)?;
        self.refuse_idle_keys(at, table, entry)?;
        let named = Map::from_iter([(self.tag.to_owned(), json!(entry.name))]);
        resolved(at, table, entry.keys.iter().chain(self.shared), named)
    }

    /// Places a fault of several keys: at the first one that is there, and in its list only then.
    pub(crate) fn fault(at: &KeyPath, is_there: impl Fn(&str) -> bool, fault: KeyFault) -> Fault {
        let present = fault.keys.iter().find(|key| is_there(key));
        let key = present.or(fault.keys.first()).map_or_else(|| at.clone(), |key| at.key(key));
        let item = fault.item.filter(|_| present.is_some());
        let key = item.map_or(key.clone(), |item| key.index(item));
        let help = match fault.help {
            Help::Text(help) => help,
            Help::Choose { word, among } => {
                let among: Vec<&str> = among.iter().map(String::as_str).collect();
                allowed(&word, &among)
            }
        };
        Fault::value(&key, fault.message, help)
    }

    fn entry(&self, at: &KeyPath, table: &Table) -> Result<&'static Entry, Fault> {
        let key = at.key(self.tag);
        let names: Vec<(&str, &'static Entry)> =
            self.entries.iter().map(|entry| (entry.name, entry)).collect();
        match table.get(self.tag) {
            Some(name) => choose(&key, &typed::<String>(&key, name)?, &names),
            None => {
                // A slip in the name of the key is the likelier fault.
                self.refuse_unknown_keys(at, table)?;
                let names: Vec<&str> = names.iter().map(|(name, _)| *name).collect();
                let (tag, example) = (self.tag, self.example);
                let help = format!("add {tag} = \"{example}\"; {tag}s: {}", names.join(", "));
                Err(Fault::value(&key, "this key is missing", help))
            }
        }
    }

    /// Every key that some entry has, each once.
    fn keys(&self) -> Vec<&'static Key> {
        let mut keys: Vec<&Key> = Vec::new();
        for key in self.entries.iter().flat_map(|entry| entry.keys).chain(self.shared) {
            if keys.iter().all(|known| known.name != key.name) {
                keys.push(key);
            }
        }
        keys
    }

    fn refuse_unknown_keys(&self, at: &KeyPath, table: &Table) -> Result<(), Fault> {
        let known: Vec<&str> =
            [self.tag].into_iter().chain(self.keys().iter().map(|key| key.name)).collect();
        match table.keys().find(|key| !known.contains(&key.as_str())) {
            Some(unknown) => Err(unknown_key(&at.key(unknown), unknown, &known)),
            None => Ok(()),
        }
    }

    /// Keys of other entries have no effect.
    fn refuse_idle_keys(&self, at: &KeyPath, table: &Table, entry: &Entry) -> Result<(), Fault> {
        self.refuse_unknown_keys(at, table)?;
        let own = |name: &str| {
            name == self.tag || entry.keys.iter().chain(self.shared).any(|key| key.name == name)
        };
        for name in table.keys().filter(|name| !own(name)) {
            misplaced(&at.key(name), true, &self.owners(name))?;
        }
        Ok(())
    }

    /// `rule = "pot"`, `the rules mad and iqr`, `kind = "holdout" and "k-fold"`.
    fn owners(&self, key: &str) -> String {
        let owners = self.entries.iter().filter(|entry| entry.keys.iter().any(|k| k.name == key));
        let quote = |name: &str| match self.several {
            "" => format!("\"{name}\""),
            _ => name.to_owned(),
        };
        let names: Vec<String> = owners.map(|entry| quote(entry.name)).collect();
        match (names.as_slice(), self.several) {
            ([one], "") => format!("{} = {one}", self.tag),
            ([one], _) => format!("{} = \"{one}\"", self.tag),
            ([first @ .., last], "") => format!("{} = {} and {last}", self.tag, first.join(", ")),
            ([first @ .., last], several) => format!("{several} {} and {last}", first.join(", ")),
            ([], _) => String::new(),
        }
    }
}

/// Reads a section whose keys do not depend on each other. A key that is left out is as in `base`; without a
/// base it takes its default.
pub(crate) fn read<T: Serialize + DeserializeOwned>(
    keys: &'static [Key],
    at: &KeyPath,
    table: &Table,
    base: Option<&T>,
) -> Result<T, Fault> {
    let known: Vec<&str> = keys.iter().map(|key| key.name).collect();
    if let Some(unknown) = table.keys().find(|key| !known.contains(&key.as_str())) {
        return Err(unknown_key(&at.key(unknown), unknown, &known));
    }
    let base = base.map(|base| json!(base)).and_then(|base| base.as_object().cloned());
    resolved(at, table, keys.iter(), base.unwrap_or_default())
}

/// The type that the keys make up. The checked keys of a table replace the keys of `base`.
fn resolved<'k, T: DeserializeOwned>(
    at: &KeyPath,
    table: &Table,
    keys: impl Iterator<Item = &'k Key>,
    mut base: Map<String, Value>,
) -> Result<T, Fault> {
    for key in keys {
        let path = at.key(key.name);
        let value = match table.get(key.name) {
            Some(value) => Some(checked(&path, key, value)?),
            None if base.contains_key(key.name) => None,
            None => default(&path, key)?,
        };
        base.extend(value.map(|value| (key.name.to_owned(), value)));
    }
    serde_json::from_value(Value::Object(base))
        .map_err(|error| Fault::value(at, error.to_string(), "see docs/FORMAT.md"))
}

fn typed<T: DeserializeOwned>(key: &KeyPath, value: &toml::Value) -> Result<T, Fault> {
    T::deserialize(value.clone()).map_err(|error| structural_fault(key.clone(), error.message()))
}

/// A value of the right type and range.
fn checked(path: &KeyPath, key: &Key, value: &toml::Value) -> Result<Value, Fault> {
    let out_of_range = |value: f64, help: &str| {
        Err(Fault::value(path, format!("{value} is out of range"), help.to_owned()))
    };
    match key.values {
        Values::Share => Ok(json!(share(path, typed(path, value)?)?)),
        Values::ShareOrZero => share_or_zero(path, value),
        Values::Positive => match typed::<f64>(path, value)? {
            value if value > 0.0 && value.is_finite() => Ok(json!(value)),
            value => out_of_range(value, "use a number above 0, such as 3.0"),
        },
        Values::Number => match typed::<f64>(path, value)? {
            value if value.is_finite() => Ok(json!(value)),
            value => out_of_range(value, "use a finite number"),
        },
        Values::Whole { min, max, unit } => match typed::<u64>(path, value)? {
            value if (min..=max).contains(&value) => Ok(json!(value)),
            value => {
                let message = format!("{value} is out of range");
                Err(Fault::value(path, message, format!("use {min} to {max}{unit}")))
            }
        },
        Values::Flag => Ok(json!(typed::<bool>(path, value)?)),
        Values::OneOf(words) => {
            let options: Vec<(&str, &str)> = words.iter().map(|word| (*word, *word)).collect();
            Ok(json!(choose(path, &typed::<String>(path, value)?, &options)?))
        }
        Values::Text => text(path, value),
        Values::Texts => texts(path, value),
        Values::ShareOrTexts => match value {
            toml::Value::Array(_) => texts(path, value),
            toml::Value::Integer(_) | toml::Value::Float(_) => share_or_zero(path, value),
            other => {
                let message =
                    format!("expected a share or a list of texts, found {}", other.type_str());
                Err(Fault::value(path, message, "write 0.2, or [\"...\"]"))
            }
        },
        Values::Points { most } => points(path, value, most),
    }
}

fn share_or_zero(path: &KeyPath, value: &toml::Value) -> Result<Value, Fault> {
    match typed::<f64>(path, value)? {
        0.0 => Ok(json!(0.0)),
        value => Ok(json!(share(path, value)?)),
    }
}

fn text(path: &KeyPath, value: &toml::Value) -> Result<Value, Fault> {
    let text: String = typed(path, value)?;
    match text.trim().is_empty() {
        true => Err(Fault::value(path, "the text is empty", "write a name")),
        false => Ok(json!(text)),
    }
}

fn texts(path: &KeyPath, value: &toml::Value) -> Result<Value, Fault> {
    let items: Vec<toml::Value> = typed(path, value)?;
    if items.is_empty() {
        return Err(Fault::value(
            path,
            "the list is empty",
            "name at least one, or remove this key",
        ));
    }
    let mut found: Vec<Value> = Vec::new();
    for (at, item) in items.iter().enumerate() {
        let item = text(&path.index(at), item)?;
        if found.contains(&item) {
            let message = format!("{item} is named twice");
            return Err(Fault::value(&path.index(at), message, "name each once"));
        }
        found.push(item);
    }
    Ok(Value::Array(found))
}

/// Texts, dates and times as TOML has them, and numbers.
fn points(path: &KeyPath, value: &toml::Value, most: usize) -> Result<Value, Fault> {
    let items: Vec<toml::Value> = typed(path, value)?;
    if items.is_empty() || items.len() > most {
        let message = format!("the list has {} items", items.len());
        return Err(Fault::value(path, message, format!("give one to {most}")));
    }
    let point = |(at, item): (usize, &toml::Value)| match item {
        toml::Value::Datetime(time) => Ok(json!(time.to_string())),
        toml::Value::Integer(number) => Ok(json!(number)),
        toml::Value::Float(number) if number.is_finite() => Ok(json!(number)),
        item => text(&path.index(at), item),
    };
    items.iter().enumerate().map(point).collect()
}

fn default(path: &KeyPath, key: &Key) -> Result<Option<Value>, Fault> {
    match key.default {
        DefaultValue::Required(example) => {
            Err(Fault::value(path, "this key is missing", format!("add {example}")))
        }
        DefaultValue::Absent => Ok(None),
        DefaultValue::Number(value) => Ok(Some(json!(value))),
        DefaultValue::Whole(value) => Ok(Some(json!(value))),
        DefaultValue::Flag(value) => Ok(Some(json!(value))),
        DefaultValue::Word(value) => Ok(Some(json!(value))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_that_is_not_there_has_no_items() {
        let fault = || KeyFault::at("leave_out", "no row", "leave out another").in_item(3);
        let at = KeyPath::of(&["split"]);
        let key = |is_there: bool| Section::fault(&at, |_| is_there, fault()).key.to_string();
        assert_eq!(key(true), "split.leave_out[3]");
        assert_eq!(key(false), "split.leave_out");
    }
}
