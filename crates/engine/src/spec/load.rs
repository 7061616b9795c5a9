//! Reading an experiment file: text, command-line changes, structure, meaning, in that order. A text that
//! is no TOML ends it; otherwise all faults are found that do not follow from each other.

use std::path::Path;
use std::sync::Arc;

use toml::{Table, Value};

use super::bytes;
use super::convert::{Opened, convert};
use super::error::{Fault, Place, SourceFile, SpecError};
use super::locate::{Document, KeyPath};
use super::mend::all_faults;
use super::overrides::Overrides;
use super::structure::structural_fault;
use super::suggest::nearest;
use super::suite::{self, Suite};
use super::syntax::{Slip, slip};
use super::wire::WireSpec;
use super::{ExperimentFile, Spec};

/// Reads and checks an experiment file of one data set. Nothing is fetched and no device is opened.
pub fn load(path: &Path, overrides: &Overrides) -> Result<Spec, SpecError> {
    load_file(path, overrides)?.one()
}

/// The same for a file of one data set or of several.
pub fn load_file(path: &Path, overrides: &Overrides) -> Result<ExperimentFile, SpecError> {
    match std::fs::read(path) {
        Ok(bytes) => match bytes::text(bytes) {
            Ok(text) => parse_file(path, text, overrides),
            Err((message, help)) => Err(unreadable(path, message, help)),
        },
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            Err(unreadable(path, "there is no such file".into(), files_nearby(path)))
        }
        Err(_) if path.is_dir() => {
            Err(unreadable(path, "this is a folder".into(), files_nearby(path)))
        }
        Err(error) => {
            let help = "give the path of a file that you may read".into();
            Err(unreadable(path, format!("the file cannot be read: {error}"), help))
        }
    }
}

/// Checks the text of an experiment file of one data set; `path` is for messages and for the paths in
/// the file.
pub fn parse(path: &Path, text: String, overrides: &Overrides) -> Result<Spec, SpecError> {
    parse_file(path, text, overrides)?.one()
}

/// The same for a file of one data set or of several.
pub fn parse_file(
    path: &Path,
    text: String,
    overrides: &Overrides,
) -> Result<ExperimentFile, SpecError> {
    let file = Arc::new(SourceFile { path: path.to_owned(), text });
    let mut table: Table = match file.text.parse() {
        Ok(table) => table,
        Err(error) => return Err(syntax_error(file, &error)),
    };
    let name = table.get("name").and_then(Value::as_str).unwrap_or_default().to_owned();
    let mut document = Document { file, name, options: vec![], set: None, own: vec![] };
    document.options = overrides.apply(&mut table).map_err(|broken| SpecError {
        file: document.file.clone(),
        place: Place::Override(broken.option),
        key: broken.fault.key.to_string(),
        message: broken.fault.message,
        help: broken.fault.help,
        others: Box::default(),
    })?;
    let (suffix, overrides) = (overrides.suffix(), overrides.describe());
    match table.get("dataset") {
        Some(Value::Array(_)) => {
            suite::expand(table, document, &overrides, &suffix).map(ExperimentFile::Suite)
        }
        _ => {
            let mut spec = checked(table, document, &overrides)?;
            spec.experiment.name.push_str(&suffix);
            Ok(ExperimentFile::One(Box::new(spec)))
        }
    }
}

/// Checks the structure of a file of one data set, then its meaning.
pub(super) fn checked(
    table: Table,
    document: Document,
    overrides: &[String],
) -> Result<Spec, SpecError> {
    let opened = Opened::default();
    let check = |table: Table| convert(deserialize(table)?, &document, overrides.to_vec(), &opened);
    let first = match check(table.clone()) {
        Ok(spec) => return Ok(spec),
        Err(first) => first,
    };
    let faults = all_faults(table, first.clone(), |table| check(table).map(|_| ()));
    Err(document.errors(faults).unwrap_or_else(|| document.error(first)))
}

impl ExperimentFile {
    /// Parameters that go by other names here: one line each. They change nothing.
    pub fn hints(&self) -> &[String] {
        match self {
            Self::One(spec) => &spec.hints,
            // Every data set has the same models.
            Self::Suite(suite) => suite.sets.first().map_or(&[], |set| &set.spec.hints),
        }
    }

    /// The experiment of a file of one data set.
    fn one(self) -> Result<Spec, SpecError> {
        match self {
            Self::One(spec) => Ok(*spec),
            Self::Suite(Suite { document, .. }) => Err(document.error(Fault::name(
                &KeyPath::of(&["dataset"]),
                "this file has several data sets, and one is asked for",
                "write one [dataset] section in place of [[dataset]]",
            ))),
        }
    }
}

fn unreadable(path: &Path, message: String, help: String) -> SpecError {
    SpecError {
        file: Arc::new(SourceFile { path: path.to_owned(), text: String::new() }),
        place: Place::File,
        key: String::new(),
        message,
        help,
        others: Box::default(),
    }
}

fn files_nearby(path: &Path) -> String {
    let folder = match path.is_dir() {
        true => path,
        false => path.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new(".")),
    };
    let mut names: Vec<String> = std::fs::read_dir(folder)
        .into_iter()
        .flatten()
        .flatten()
        .filter_map(|entry| entry.file_name().into_string().ok())
        .filter(|name| name.ends_with(".toml"))
        .collect();
    names.sort();
    let wanted = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    let shown = |name: &str| folder.join(name).display().to_string();
    match (nearest(wanted, names.iter().map(String::as_str)), names.is_empty()) {
        (Some(near), _) => format!("did you mean {}?", shown(near)),
        (None, false) => format!("experiment files in {}: {}", folder.display(), names.join(", ")),
        (None, true) => format!(
            "there is no experiment file in {}; `oddbench new experiment NAME` writes one",
            match folder == Path::new(".") {
                true => "this folder".into(),
                false => folder.display().to_string(),
            }
        ),
    }
}

fn syntax_error(file: Arc<SourceFile>, error: &toml::de::Error) -> SpecError {
    let Slip { span, message, help } = slip(&file.text, error);
    let place = Place::Text(span);
    SpecError { file, place, key: String::new(), message, help, others: Box::default() }
}

fn deserialize(table: Table) -> Result<WireSpec, Fault> {
    serde_path_to_error::deserialize(Value::Table(table)).map_err(|error| {
        let path = KeyPath::from(error.path());
        structural_fault(path, error.inner().message())
    })
}
