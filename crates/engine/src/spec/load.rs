//! Reading an experiment file: text, command-line changes, structure, meaning, in that order; the
//! first fault ends it.

use std::path::Path;
use std::sync::Arc;

use toml::{Table, Value};

use super::Spec;
use super::convert::convert;
use super::error::{Fault, Place, SourceFile, SpecError};
use super::locate::{Document, KeyPath, Step};
use super::overrides::Overrides;
use super::suggest::nearest;
use super::wire::WireSpec;

/// Reads and checks an experiment file. Nothing is fetched and no device is opened.
pub fn load(path: &Path, overrides: &Overrides) -> Result<Spec, SpecError> {
    match std::fs::read(path) {
        Ok(bytes) => match String::from_utf8(bytes) {
            Ok(text) => parse(path, text, overrides),
            Err(error) => Err(unreadable(
                path,
                format!("the file is not UTF-8 text (byte {})", error.utf8_error().valid_up_to()),
                "is this an experiment file? they are TOML text".into(),
            )),
        },
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            Err(unreadable(path, "there is no such file".into(), files_nearby(path)))
        }
        Err(error) => {
            Err(unreadable(path, format!("the file cannot be read: {error}"), String::new()))
        }
    }
}

/// Checks the text of an experiment file; `path` is for messages and for the paths in the file.
pub fn parse(path: &Path, text: String, overrides: &Overrides) -> Result<Spec, SpecError> {
    let file = Arc::new(SourceFile { path: path.to_owned(), text });
    let mut table: Table = match file.text.parse() {
        Ok(table) => table,
        Err(error) => return Err(syntax_error(file, &error)),
    };
    let mut document = Document { file, options: Vec::new() };
    document.options = overrides.apply(&mut table).map_err(|broken| SpecError {
        file: document.file.clone(),
        place: Place::Override(broken.option),
        key: broken.fault.key.to_string(),
        message: broken.fault.message,
        help: broken.fault.help,
    })?;
    let wire = deserialize(table).map_err(|fault| document.error(fault))?;
    convert(wire, document, overrides.describe())
}

fn unreadable(path: &Path, message: String, help: String) -> SpecError {
    SpecError {
        file: Arc::new(SourceFile { path: path.to_owned(), text: String::new() }),
        place: Place::File,
        key: String::new(),
        message,
        help,
    }
}

fn files_nearby(path: &Path) -> String {
    let folder = path.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
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
        (None, true) => format!("there is no .toml file in {}", folder.display()),
    }
}

fn syntax_error(file: Arc<SourceFile>, error: &toml::de::Error) -> SpecError {
    let mut lines = error.message().lines();
    let message = lines.next().unwrap_or("not TOML").to_owned();
    let details: Vec<&str> = lines.map(str::trim).collect();
    let help = match details.is_empty() {
        true => "this is not TOML: https://toml.io shows the syntax".to_owned(),
        false => details.join("; "),
    };
    let end = file.text.len();
    let place = Place::Text(error.span().unwrap_or(end..end));
    SpecError { file, place, key: String::new(), message, help }
}

fn deserialize(table: Table) -> Result<WireSpec, Fault> {
    serde_path_to_error::deserialize(Value::Table(table)).map_err(|error| {
        let path = KeyPath::from(error.path());
        structural_fault(path, error.inner().message())
    })
}

/// Says serde's message in the reader's words.
fn structural_fault(path: KeyPath, message: &str) -> Fault {
    let quoted: Vec<&str> = message.split('`').skip(1).step_by(2).collect();
    if message.starts_with("unknown field") {
        let (unknown, known) = quoted.split_first().map_or(("", &[][..]), |(u, k)| (*u, k));
        if let Some(fault) = renamed(&path, unknown) {
            return fault;
        }
        return Fault::name(
            &path,
            format!("there is no key `{unknown}` here"),
            keys_help(unknown, known),
        );
    }
    if message.starts_with("missing field") {
        return missing(&path, quoted.first().copied().unwrap_or_default());
    }
    if let Some((found, expected)) = message
        .strip_prefix("invalid type: ")
        .or_else(|| message.strip_prefix("invalid value: "))
        .and_then(|rest| rest.split_once(", expected "))
    {
        let found = found.replace('`', "");
        let (words, help) = expected_words(expected);
        return Fault::value(&path, format!("expected {words}, found {found}"), help);
    }
    Fault::value(&path, message.trim(), "see docs/FORMAT.md")
}

/// Keys of earlier versions: their section, their name then, and now.
const RENAMED: [(&str, &str, &str); 5] = [
    ("model", "label", "name"),
    ("ensemble", "label", "name"),
    ("ensemble", "contamination", "prevalence"),
    ("threshold", "contamination", "prevalence"),
    ("split", "test_contamination", "test_prevalence"),
];

fn renamed(path: &KeyPath, unknown: &str) -> Option<Fault> {
    let Some(Step::Key(section)) = path.0.first() else { return None };
    let (_, old, new) = RENAMED.iter().find(|(of, old, _)| of == section && *old == unknown)?;
    let message = format!("the key `{old}` is now called `{new}`");
    Some(Fault::name(path, message, format!("write {new} = ... in place of {old} = ...")))
}

fn keys_help(unknown: &str, known: &[&str]) -> String {
    let list = known.join(", ");
    match nearest(unknown, known.iter().copied()) {
        Some(near) => format!("did you mean `{near}`? keys here: {list}"),
        None => format!("keys here: {list}"),
    }
}

fn missing(path: &KeyPath, field: &str) -> Fault {
    let key = path.key(field);
    let owner = path.0.first();
    let help = match key.to_string().as_str() {
        _ if field == "kind" && owner == Some(&Step::Key("model".into())) => {
            "add kind = \"pca\", or another that `oddbench models` lists"
        }
        "dataset.kind" => "add kind = \"kdd99\" or kind = \"synthetic\"",
        "split.kind" => "add kind = \"published-8020\" or kind = \"holdout\"",
        "name" => "begin the file with name = \"my-experiment\"",
        "model" => "add a [[model]] section with kind = \"pca\"; `oddbench models` lists the kinds",
        "dataset" => "add a [dataset] section with kind = \"kdd99\" or kind = \"synthetic\"",
        "split" => "add a [split] section with kind = \"published-8020\" or kind = \"holdout\"",
        "threshold" => {
            "add a [threshold] section with rule = \"max-f1\" and tune_on = \"validation\""
        }
        "threshold.rule" => {
            "add rule = \"max-f1\"; rules: max-accuracy, max-f1, max-f2, quantile, fixed, native"
        }
        _ => "add this key",
    };
    Fault::value(&key, "this key is missing", help)
}

/// What serde expected, in words, and how it is written.
fn expected_words(expected: &str) -> (&str, &'static str) {
    match expected {
        "u32" | "u64" | "usize" => ("a whole number, 0 or more", "write it like this: 3"),
        "f64" => ("a number", "write it like this: 0.5"),
        "a string" => ("a text", "put it in quotes: \"...\""),
        "a boolean" => ("true or false", "write true or false, without quotes"),
        "a sequence" => ("a list", "write it in brackets: [..., ...]"),
        "a map" => ("a section", "write its keys in braces { ... } or below a [header]"),
        other if other.starts_with("struct ") => {
            ("a section", "write its keys in braces { ... } or below a [header]")
        }
        other => (other, "see docs/FORMAT.md"),
    }
}
