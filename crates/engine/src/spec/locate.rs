//! From the path of a key to its bytes in the file, so that an error can show them.

use std::fmt;
use std::ops::Range;
use std::sync::Arc;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::error::{Fault, Place, SourceFile, SpecError};

/// One step into a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Step {
    /// Into a table.
    Key(String),
    /// Into an array, from 0.
    Index(usize),
}

/// A place in a file, such as `model[0].params.epochs`.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct KeyPath(pub(crate) Vec<Step>);

impl KeyPath {
    /// The whole file.
    pub(crate) fn root() -> Self {
        Self::default()
    }

    /// `section.key`
    pub(crate) fn of(keys: &[&str]) -> Self {
        Self(keys.iter().map(|key| Step::Key((*key).to_owned())).collect())
    }

    /// This path and one key more.
    pub(crate) fn key(&self, key: &str) -> Self {
        self.step(Step::Key(key.to_owned()))
    }

    /// This path and one index more.
    pub(crate) fn index(&self, index: usize) -> Self {
        self.step(Step::Index(index))
    }

    fn step(&self, step: Step) -> Self {
        let mut steps = self.0.clone();
        steps.push(step);
        Self(steps)
    }

    /// The last key on the way; `None` if it ends in a list.
    pub(crate) fn last_key(&self) -> Option<&str> {
        match self.0.last() {
            Some(Step::Key(key)) => Some(key),
            _ => None,
        }
    }

    /// Whether `self` is `other` or lies inside it.
    pub(crate) fn is_within(&self, other: &Self) -> bool {
        self.0.starts_with(&other.0)
    }
}

impl From<&serde_path_to_error::Path> for KeyPath {
    fn from(path: &serde_path_to_error::Path) -> Self {
        use serde_path_to_error::Segment;
        let step = |segment: &Segment| match segment {
            Segment::Seq { index } => Some(Step::Index(*index)),
            Segment::Map { key } => Some(Step::Key(key.clone())),
            Segment::Enum { variant } => Some(Step::Key(variant.clone())),
            Segment::Unknown => None,
        };
        Self(path.iter().filter_map(step).collect())
    }
}

impl fmt::Display for KeyPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (position, step) in self.0.iter().enumerate() {
            match step {
                Step::Key(key) if position == 0 => f.write_str(key)?,
                Step::Key(key) => write!(f, ".{key}")?,
                Step::Index(index) => write!(f, "[{index}]")?,
            }
        }
        Ok(())
    }
}

/// A file together with the options that changed it: what an error is placed in.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Document {
    /// The file.
    pub(crate) file: Arc<SourceFile>,
    /// The name that the file itself gives its results; empty if it gives none.
    pub(crate) name: String,
    /// Which key each option set, and the option as the user wrote it.
    pub(crate) options: Vec<(KeyPath, String)>,
    /// The data set that this is about, in a file of several: its position and its name.
    pub(crate) set: Option<(usize, String)>,
    /// The sections that stand inside that data set's, not at the top of the file.
    pub(crate) own: Vec<&'static str>,
}

impl Document {
    /// Places a fault.
    pub(crate) fn error(&self, mut fault: Fault) -> SpecError {
        fault.key = self.in_file(fault.key);
        let sets = |(key, _): &&(KeyPath, String)| fault.key.is_within(key);
        // A section that no line of the file has was made by an option.
        let makes = |(key, _): &&(KeyPath, String)| {
            key.is_within(&fault.key) && !fault.key.0.is_empty() && !self.has_line(&fault.key)
        };
        let options = || self.options.iter().rev();
        let place = match options().find(sets).or_else(|| options().find(makes)) {
            Some((_, option)) => Place::Override(option.clone()),
            None => self.place_in_text(&fault),
        };
        SpecError {
            file: self.file.clone(),
            place,
            key: fault.key.to_string(),
            message: self.as_headed(fault.message),
            help: self.as_headed(fault.help),
            others: Box::default(),
        }
    }

    /// The words with the headers of the file: it may have `[[threshold]]` where they say `[threshold]`.
    fn as_headed(&self, mut words: String) -> String {
        for section in ["threshold", "dataset"] {
            let (one, several) = (format!("[{section}]"), format!("[[{section}]]"));
            let in_file =
                |header: &str| self.file.text.lines().any(|line| line.trim().starts_with(header));
            if in_file(&several) && !in_file(&one) && !words.contains(&several) {
                words = words.replace(&one, &several);
            }
        }
        words
    }

    /// The place of a key in a file of several data sets.
    fn in_file(&self, mut key: KeyPath) -> KeyPath {
        let (Some((set, _)), Some(Step::Key(section))) = (&self.set, key.0.first()) else {
            return key;
        };
        if section == "dataset" {
            key.0.insert(1, Step::Index(*set));
        } else if self.own.contains(&section.as_str()) {
            key.0.splice(0..0, [Step::Key("dataset".to_owned()), Step::Index(*set)]);
        }
        key
    }

    /// Places several faults, in the order of the lines; `None` if there are none.
    pub(crate) fn errors(&self, faults: Vec<Fault>) -> Option<SpecError> {
        let mut errors: Vec<SpecError> = faults.into_iter().map(|f| self.error(f)).collect();
        errors.sort_by_key(|error| error.span().map_or(usize::MAX, |span| span.start));
        let mut errors = errors.into_iter();
        let first = errors.next()?;
        Some(SpecError { others: errors.collect(), ..first })
    }

    /// Whether the file or an option has that key.
    pub(crate) fn has(&self, key: &KeyPath) -> bool {
        let key = &self.in_file(key.clone());
        let set = |option: &KeyPath| option.is_within(key) || key.is_within(option);
        self.options.iter().any(|(option, _)| set(option)) || self.has_line(key)
    }

    fn has_line(&self, key: &KeyPath) -> bool {
        DeTable::parse(&self.file.text).is_ok_and(|root| is_there(&root, key))
    }

    fn place_in_text(&self, fault: &Fault) -> Place {
        let Ok(root) = DeTable::parse(&self.file.text) else { return Place::File };
        let span = span_of(&root, &fault.key, fault.at_name);
        // The name belongs at the top of a file, a missing section at its end.
        let missing = match fault.key.0.first() {
            Some(Step::Key(key)) if key == "name" => 0,
            _ => self.file.text.trim_end().len(),
        };
        Place::Text(span.unwrap_or(missing..missing))
    }
}

/// Whether the path leads to a value.
fn is_there(root: &Spanned<DeTable<'_>>, path: &KeyPath) -> bool {
    let mut at: Option<&Spanned<DeValue<'_>>> = None;
    for step in &path.0 {
        let next = match (step, at.map(Spanned::get_ref)) {
            (Step::Key(key), None) => entry(root.get_ref(), key).map(|(_, value)| value),
            (Step::Key(key), Some(DeValue::Table(table))) => {
                entry(table, key).map(|(_, value)| value)
            }
            (Step::Index(index), Some(DeValue::Array(array))) => array.get(*index),
            _ => None,
        };
        match next {
            Some(next) => at = Some(next),
            None => return false,
        }
    }
    true
}

/// The bytes of a key's name or value; of the nearest section around it if it is not in the file;
/// `None` if not even its section is.
fn span_of(root: &Spanned<DeTable<'_>>, path: &KeyPath, at_name: bool) -> Option<Range<usize>> {
    let mut steps = path.0.iter();
    let Some(Step::Key(first)) = steps.next() else { return None };
    let (name, mut value) = entry(root.get_ref(), first)?;
    let mut found = Location { name, value: value.span(), exact: true };
    for step in steps {
        let next = match (step, value.get_ref()) {
            (Step::Key(key), DeValue::Table(table)) => entry(table, key),
            (Step::Index(index), DeValue::Array(array)) => {
                array.get(*index).map(|item| (item.span(), item))
            }
            _ => None,
        };
        let Some((name, next)) = next else {
            found.exact = false;
            break;
        };
        value = next;
        found = Location { name, value: value.span(), exact: true };
    }
    Some(if at_name || !found.exact { found.name } else { found.value })
}

/// How far a path could be followed.
struct Location {
    name: Range<usize>,
    value: Range<usize>,
    exact: bool,
}

fn entry<'t, 'i>(
    table: &'t DeTable<'i>,
    key: &str,
) -> Option<(Range<usize>, &'t Spanned<DeValue<'i>>)> {
    let (name, value) = table.iter().find(|(name, _)| name.get_ref() == key)?;
    Some((name.span(), value))
}
