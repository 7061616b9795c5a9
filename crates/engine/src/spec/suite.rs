//! A file of several data sets: `[[dataset]]` several times, the rest once. It expands to one ordinary
//! experiment per data set, so trials, addresses, stored results and reports are the same as for a file
//! with that data set alone. A data set may have its own split and preprocessing.

use std::path::Path;

use toml::{Table, Value};

use super::Spec;
use super::convert::folder_name;
use super::error::{Fault, SpecError};
use super::load::checked;
use super::locate::{Document, KeyPath};

/// Sections that a data set may have in place of the file's.
pub(super) const OWN: [&str; 2] = ["split", "preprocess"];

/// Names that a data set cannot have: folders of the suite's own results and report have them.
const TAKEN: [&str; 3] = ["earlier", "figures", "trials"];

/// A checked file of several data sets.
#[derive(Debug, Clone, PartialEq)]
pub struct Suite {
    /// Names the folders under `results/` and `reports/`; each data set has a folder below.
    pub name: String,
    /// What it is for.
    pub description: String,
    /// The command-line options that changed the file.
    pub overrides: Vec<String>,
    /// One experiment per data set, in the order of the file.
    pub sets: Vec<SetSpec>,
    pub(crate) document: Document,
}

/// One data set of a suite.
#[derive(Debug, Clone, PartialEq)]
pub struct SetSpec {
    /// Its name, all different.
    pub name: String,
    /// The experiment on it; its name is `suite/set`.
    pub spec: Spec,
}

impl Suite {
    /// The experiment file as the user named it.
    pub fn path(&self) -> &std::path::Path {
        &self.document.file.path
    }

    /// Its text.
    pub(crate) fn text(&self) -> &str {
        &self.document.file.text
    }
}

/// Expands a file whose `dataset` is a list.
pub(super) fn expand(
    mut table: Table,
    document: Document,
    overrides: &[String],
    suffix: &str,
) -> Result<Suite, SpecError> {
    let key = KeyPath::of(&["dataset"]);
    let Some(Value::Array(items)) = table.remove("dataset") else {
        return Err(document.error(Fault::value(&key, "expected a list", "write [[dataset]]")));
    };
    let named = named_sets(&key, items).map_err(|fault| document.error(fault))?;
    idle_section(&table, &named).map_or(Ok(()), |fault| Err(document.error(fault)))?;
    let mut sets = Vec::new();
    for (at, (name, mut section)) in named.into_iter().enumerate() {
        let mut whole = table.clone();
        let mut own = Vec::new();
        for of in OWN {
            if let Some(section) = section.remove(of) {
                whole.insert(of.to_owned(), section);
                own.push(of);
            }
        }
        whole.insert("dataset".to_owned(), Value::Table(section));
        let document = Document { set: Some((at, name.clone())), own, ..document.clone() };
        sets.push((name, checked(whole, document, overrides)));
    }
    if let Some(error) = first_error(&sets) {
        return Err(error);
    }
    let specs = sets.into_iter().filter_map(|(name, spec)| Some((name, spec.ok()?)));
    let mut sets: Vec<SetSpec> = specs.map(|(name, spec)| SetSpec { name, spec }).collect();
    let (name, description) = match sets.first() {
        Some(set) => {
            let experiment = &set.spec.experiment;
            (format!("{}{suffix}", experiment.name), experiment.description.clone())
        }
        None => {
            let help = "name at least one: [[dataset]] with a kind";
            return Err(document.error(Fault::value(&key, "the list is empty", help)));
        }
    };
    for set in &mut sets {
        set.spec.experiment.name = format!("{name}/{}", set.name);
    }
    Ok(Suite { name, description, overrides: overrides.to_vec(), sets, document })
}

/// A section of the file that no data set takes.
fn idle_section(file: &Table, sets: &[(String, Table)]) -> Option<Fault> {
    let every = |of: &&&str| !sets.is_empty() && sets.iter().all(|(_, set)| set.contains_key(**of));
    let of = OWN.iter().filter(|of| file.contains_key(**of)).find(every)?;
    Some(Fault::name(
        &KeyPath::of(&[of]),
        format!("every data set has a {of} of its own, so this section has no effect"),
        "remove it, or that of a data set",
    ))
}

/// Each section without its name, and the name: `name`, or `set`, or `kind`.
fn named_sets(key: &KeyPath, items: Vec<Value>) -> Result<Vec<(String, Table)>, Fault> {
    let mut named: Vec<(String, Table)> = Vec::new();
    for (at, item) in items.into_iter().enumerate() {
        let key = key.index(at);
        let Value::Table(mut section) = item else {
            let help =
                "write each data set as a [[dataset]] section, or in braces: { kind = \"...\" }";
            return Err(Fault::value(&key, "expected a section", help));
        };
        let given = section.remove("name");
        let name = match &given {
            Some(Value::String(name)) => name.clone(),
            Some(_) => {
                return Err(Fault::value(
                    &key.key("name"),
                    "expected a text",
                    "put it in quotes: \"...\"",
                ));
            }
            // Without a kind, the check refuses the section later, under this name.
            None => default_name(&section).unwrap_or_else(|| format!("dataset-{at}")),
        };
        let place = if given.is_some() { key.key("name") } else { key };
        check_name(&place, &name, &named)?;
        named.push((name, section));
    }
    Ok(named)
}

/// What a data set is called if the file does not say so.
fn default_name(section: &Table) -> Option<String> {
    let text = |key: &str| section.get(key).and_then(Value::as_str);
    text("set").map(str::to_owned).or_else(|| text("kind").map(kind_name))
}

/// The kind; for a kind that is a user's file, the name of the file.
pub(super) fn kind_name(kind: &str) -> String {
    let file = kind.strip_suffix(".toml").map(Path::new);
    let stem = file.and_then(Path::file_name).and_then(|name| name.to_str());
    stem.unwrap_or(kind).to_owned()
}

fn check_name(place: &KeyPath, name: &str, others: &[(String, Table)]) -> Result<(), Fault> {
    folder_name(place, name)?;
    let help = "give each data set a name of its own: name = \"...\"";
    if TAKEN.contains(&name) {
        return Err(Fault::value(place, format!("a data set cannot be called \"{name}\""), help));
    }
    // Some file systems take names for one that differ in case alone.
    match others.iter().find(|(other, _)| other.eq_ignore_ascii_case(name)) {
        Some(_) => Err(Fault::value(place, format!("two data sets are called \"{name}\""), help)),
        None => Ok(()),
    }
}

/// The first error, which names its data set unless every data set has the same.
fn first_error(sets: &[(String, Result<Spec, SpecError>)]) -> Option<SpecError> {
    let (name, error) = sets.iter().find_map(|(name, spec)| Some((name, spec.as_ref().err()?)))?;
    let same = |other: &Result<Spec, SpecError>| {
        other
            .as_ref()
            .is_err_and(|other| (&other.key, &other.message) == (&error.key, &error.message))
    };
    let of_all = sets.iter().all(|(_, spec)| same(spec));
    let mut error = error.clone();
    if !of_all {
        error.message = format!("data set \"{name}\": {}", error.message);
    }
    Some(error)
}
