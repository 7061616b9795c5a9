//! What a rule or a split says about each key that it reads: type, range, default and meaning. The reader of
//! experiment files, its error messages and the JSON Schema are made from these descriptions.

/// One key of a section.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Key {
    /// As the file names it.
    pub name: &'static str,
    /// Which values it takes.
    pub values: Values,
    /// What holds where the file leaves it out.
    pub default: DefaultValue,
    /// A phrase for the schema, without the default.
    pub meaning: &'static str,
}

/// The values that a key takes.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Values {
    /// A number above 0 and below 1.
    Share,
    /// A number above 0 and below 1, or 0 for none.
    ShareOrZero,
    /// A finite number above 0.
    Positive,
    /// Any finite number.
    Number,
    /// A whole number in this range, both ends included; `unit` follows it in messages (` folds`).
    Whole {
        /// The least.
        min: u64,
        /// The greatest.
        max: u64,
        /// What it counts, with a space in front.
        unit: &'static str,
    },
    /// `true` or `false`.
    Flag,
    /// One of these words.
    OneOf(&'static [&'static str]),
    /// A text that is not empty.
    Text,
    /// A list of texts, at least one, none empty, all different.
    Texts,
    /// A share as in [`Self::ShareOrZero`], or a list as in [`Self::Texts`].
    ShareOrTexts,
    /// A list of at most so many texts or finite numbers, at least one.
    Points {
        /// The most.
        most: usize,
    },
}

/// What holds where a key is left out.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum DefaultValue {
    /// It must be there; what to add, for the message.
    Required(&'static str),
    /// It has no effect.
    Absent,
    /// This number.
    Number(f64),
    /// This whole number.
    Whole(u64),
    /// This truth value.
    Flag(bool),
    /// This word.
    Word(&'static str),
}

/// What to do about a fault.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Help {
    /// Words.
    Text(String),
    /// One of these was meant.
    Choose {
        /// What was written.
        word: String,
        /// What there is.
        among: Vec<String>,
    },
}

impl From<String> for Help {
    fn from(words: String) -> Self {
        Self::Text(words)
    }
}

impl From<&str> for Help {
    fn from(words: &str) -> Self {
        Self::Text(words.to_owned())
    }
}

/// A key that does not go with the other keys, or with the data set that is split.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyFault {
    /// The keys at fault; the first one that is in the file is marked.
    pub keys: Vec<&'static str>,
    /// The item of the key's list, from 0.
    pub item: Option<usize>,
    /// What is wrong, in lower case.
    pub message: String,
    /// What to do.
    pub help: Help,
}

impl KeyFault {
    /// One key is at fault.
    pub fn at(key: &'static str, message: impl Into<String>, help: impl Into<Help>) -> Self {
        Self::of(&[key], message, help)
    }

    /// Several keys are at fault together.
    pub fn of(keys: &[&'static str], message: impl Into<String>, help: impl Into<Help>) -> Self {
        Self { keys: keys.to_vec(), item: None, message: message.into(), help: help.into() }
    }

    /// The same fault in an item of the list.
    pub fn in_item(self, item: usize) -> Self {
        Self { item: Some(item), ..self }
    }
}

/// A named entry of a registry, as the reader and the schema see it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Entry {
    /// As the file names it.
    pub name: &'static str,
    /// What it does, in one sentence.
    pub summary: &'static str,
    /// Its own keys.
    pub keys: &'static [Key],
}

/// What the file of a split says of its section.
pub trait Described {
    /// What it does, in one sentence.
    const SUMMARY: &'static str;
    /// The keys beside the one that names it.
    const KEYS: &'static [Key];
}

impl Entry {
    /// The entry of a described type.
    pub const fn of<T: Described>(name: &'static str) -> Self {
        Self { name, summary: T::SUMMARY, keys: T::KEYS }
    }
}
