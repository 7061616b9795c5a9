//! What is wrong with an experiment file, where, and how to correct it.

use std::fmt;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// An experiment file as it was read.
#[derive(Debug, PartialEq, Eq)]
pub struct SourceFile {
    /// The path as the user gave it.
    pub path: PathBuf,
    /// Its text; empty if it could not be read.
    pub text: String,
}

/// Where the fault lies.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// These bytes of the file.
    Text(Range<usize>),
    /// This command-line option, such as `--set run.seeds=[]`.
    Override(String),
    /// The file as a whole: it could not be read.
    File,
}

/// An experiment that cannot be run, with everything a person needs to mend it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SpecError {
    /// The file.
    pub file: Arc<SourceFile>,
    /// Where in the file, or which option.
    pub place: Place,
    /// The key at fault, such as `model[0].params.epochs`; empty if it is about no key.
    pub key: String,
    /// What is wrong, in lower case, without the key.
    pub message: String,
    /// What is allowed, and the nearest spelling.
    pub help: String,
    /// The other faults of the file, in the order of its lines.
    pub others: Box<[SpecError]>,
}

impl SpecError {
    /// The experiment file as the user named it.
    pub fn path(&self) -> &Path {
        &self.file.path
    }

    /// The text of the file.
    pub fn text(&self) -> &str {
        &self.file.text
    }

    /// The bytes at fault, if the fault is in the text.
    pub fn span(&self) -> Option<Range<usize>> {
        match &self.place {
            Place::Text(span) => Some(span.clone()),
            Place::Override(_) | Place::File => None,
        }
    }

    /// Line and column of the fault, both from 1; columns count characters.
    pub fn line_column(&self) -> Option<(usize, usize)> {
        let before = self.file.text.get(..self.span()?.start)?;
        let line_start = before.rfind('\n').map_or(0, |at| at + 1);
        let line = before.matches('\n').count() + 1;
        Some((line, before[line_start..].chars().count() + 1))
    }

    /// Key and message in one line, without the place.
    pub fn headline(&self) -> String {
        match self.key.as_str() {
            "" => self.message.clone(),
            key => format!("{key}: {}", self.message),
        }
    }
}

impl fmt::Display for SpecError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.file.path.display())?;
        if let Some((line, column)) = self.line_column() {
            write!(f, ":{line}:{column}")?;
        }
        if let Place::Override(option) = &self.place {
            write!(f, " with {option}")?;
        }
        write!(f, ": {}", self.headline())?;
        if !self.help.is_empty() {
            write!(f, "\n  help: {}", self.help)?;
        }
        self.others.iter().try_for_each(|other| write!(f, "\n{other}"))
    }
}

impl std::error::Error for SpecError {}

/// A fault that has not been placed in the file yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Fault {
    pub(crate) key: super::KeyPath,
    /// Whether the name of the key is at fault, not its value.
    pub(crate) at_name: bool,
    pub(crate) message: String,
    pub(crate) help: String,
    /// What else is wrong: faults that were found with this one, and do not follow from it.
    pub(crate) others: Box<[Fault]>,
}

impl Fault {
    /// The value of a key is at fault.
    pub(crate) fn value(
        key: &super::KeyPath,
        message: impl Into<String>,
        help: impl Into<String>,
    ) -> Self {
        Self::new(key, false, message.into(), help.into())
    }

    /// The key itself is at fault: it does not exist, or does not belong here.
    pub(crate) fn name(
        key: &super::KeyPath,
        message: impl Into<String>,
        help: impl Into<String>,
    ) -> Self {
        Self::new(key, true, message.into(), help.into())
    }

    fn new(key: &super::KeyPath, at_name: bool, message: String, help: String) -> Self {
        Self { key: key.clone(), at_name, message, help, others: Box::default() }
    }

    /// The first of some faults, with the others; `Ok` without any.
    pub(crate) fn joined(faults: impl IntoIterator<Item = Self>) -> Result<(), Self> {
        let mut faults = faults.into_iter();
        match faults.next() {
            None => Ok(()),
            Some(first) => Err(Self { others: faults.collect(), ..first }),
        }
    }

    /// This fault and those that were found with it.
    pub(crate) fn all(mut self) -> Vec<Self> {
        let others = std::mem::take(&mut self.others);
        std::iter::once(self).chain(others.into_iter().flat_map(Self::all)).collect()
    }
}
