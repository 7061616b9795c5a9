//! The keys of `[dataset]` that one kind of data set has: how they are read, and what can be wrong.

use std::path::Path;

pub use oddbench_core::keys::Help;
use schemars::JsonSchema;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

/// What is wrong with a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Trouble {
    /// Its value is of the wrong type; in serde's words.
    Type(String),
    /// Its value, or what the value names.
    Value {
        /// What is wrong, in lower case, with file and line where they are known.
        message: String,
        /// What to do.
        help: Help,
    },
    /// It contradicts another key.
    Conflict {
        /// What is wrong.
        message: String,
        /// What to do.
        help: String,
    },
    /// It has an effect only beside this one.
    Idle(&'static str),
}

/// A key of `[dataset]` that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyFault {
    /// The key.
    pub key: String,
    /// The item of its list, from 0.
    pub item: Option<usize>,
    /// What is wrong.
    pub trouble: Trouble,
    /// What else is wrong: a fault that was found with this one and does not follow from it. It holds the next one: with
    /// a list here, the error of every reader of keys would be too large.
    pub next: Option<Box<KeyFault>>,
}

impl KeyFault {
    pub(super) fn new(key: &str, trouble: Trouble) -> Self {
        Self { key: key.to_owned(), item: None, trouble, next: None }
    }

    /// The first of some faults, with the others; `Ok` without any.
    pub(super) fn joined(faults: impl IntoIterator<Item = Self>) -> Result<(), Self> {
        let faults: Vec<Self> = faults.into_iter().collect();
        let with = |next, fault| Some(Box::new(Self { next, ..fault }));
        faults.into_iter().rfold(None, with).map_or(Ok(()), |first| Err(*first))
    }

    /// This fault and those that were found with it, each alone.
    pub fn all(self) -> Vec<Self> {
        let (mut all, mut next) = (Vec::new(), Some(Box::new(self)));
        while let Some(mut fault) = next {
            next = fault.next.take();
            all.push(*fault);
        }
        all
    }

    /// The same fault in an item of the list.
    pub(super) fn in_item(self, item: usize) -> Self {
        Self { item: Some(item), ..self }
    }

    /// What is wrong and what to do, without the path at the start.
    pub(super) fn in_words(&self, path: &Path) -> String {
        let (message, help) = match &self.trouble {
            Trouble::Value { message, help: Help::Text(help) } => (message.as_str(), help.clone()),
            Trouble::Value { message, help: Help::Choose { among, .. } } => {
                (message.as_str(), format!("it is one of: {}", among.join(", ")))
            }
            Trouble::Conflict { message, help } => (message.as_str(), help.clone()),
            Trouble::Type(words) => (words.as_str(), String::new()),
            Trouble::Idle(owner) => (*owner, String::new()),
        };
        let path = path.display().to_string();
        let message = message.strip_prefix(&path).unwrap_or(message);
        format!("{}\n{help}", message.trim_start_matches([':', ',', ' ']))
    }

    /// The value of a key is wrong.
    pub(super) fn value(key: &str, message: impl Into<String>, help: &str) -> Self {
        let help = Help::Text(help.into());
        Self::new(key, Trouble::Value { message: message.into(), help })
    }
}

/// Reads the keys of a kind; a key that is left out takes its default. The kind's schema lists the keys.
pub(super) fn read<K: DeserializeOwned>(keys: &Map<String, Value>) -> Result<K, KeyFault> {
    use serde_path_to_error::Segment;
    let keys = Value::Object(keys.clone());
    serde_path_to_error::deserialize(keys).map_err(|error| {
        let (mut key, mut item) = (String::new(), None);
        for segment in error.path().iter() {
            match segment {
                Segment::Map { key: name } if key.is_empty() => key.clone_from(name),
                Segment::Seq { index } if item.is_none() => item = Some(*index),
                _ => {}
            }
        }
        KeyFault { item, ..KeyFault::new(&key, trouble(&error.into_inner().to_string())) }
    })
}

fn trouble(message: &str) -> Trouble {
    let quoted: Vec<&str> = message.split('`').skip(1).step_by(2).collect();
    match (message.starts_with("unknown variant"), quoted.split_first()) {
        (true, Some((word, among))) => Trouble::Value {
            message: format!("\"{word}\" is unknown"),
            help: Help::Choose {
                word: (*word).to_owned(),
                among: among.iter().map(ToString::to_string).collect(),
            },
        },
        _ => Trouble::Type(message.to_owned()),
    }
}

/// The keys as an object.
pub(super) fn to_value(keys: &impl Serialize) -> Value {
    #[expect(clippy::expect_used, reason = "keys are plain structs with string keys")]
    serde_json::to_value(keys).expect("a plain struct serialises")
}

/// The JSON Schema of the keys.
pub(super) fn schema<K: JsonSchema>() -> Value {
    schemars::schema_for!(K).to_value()
}
