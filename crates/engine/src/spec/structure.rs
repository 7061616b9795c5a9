//! Faults of structure: unknown, missing and mistyped keys, named as in the file.

use oddbench_core::serde_words;

use super::error::Fault;
use super::locate::{KeyPath, Step};
use super::places::home;
use super::suggest::nearest;
use super::syntax::as_written;

/// Says serde's message in the reader's words.
pub(super) fn structural_fault(path: KeyPath, message: &str) -> Fault {
    let quoted: Vec<&str> = message.split('`').skip(1).step_by(2).collect();
    if message.starts_with("unknown field") {
        let (unknown, known) = quoted.split_first().map_or(("", &[][..]), |(u, k)| (*u, k));
        return unknown_key(&path, unknown, known);
    }
    if message.starts_with("missing field") {
        return missing(&path, quoted.first().copied().unwrap_or_default());
    }
    if let Some((found, expected)) = message
        .strip_prefix("invalid type: ")
        .or_else(|| message.strip_prefix("invalid value: "))
        .and_then(|rest| rest.split_once(", expected "))
    {
        let found = serde_words::found(found);
        if let ([Step::Key(section)], "a section", "a sequence") =
            (path.0.as_slice(), found.as_str(), expected)
        {
            let message = format!("[{section}] is one section, and there may be several");
            return Fault::value(&path, message, format!("write [[{section}]] above each of them"));
        }
        let (words, help) = expected_words(expected);
        let help = path.last_key().and_then(with_unit).unwrap_or(help);
        return Fault::value(&path, format!("expected {words}, found {found}"), help);
    }
    Fault::value(&path, message.trim(), "see docs/FORMAT.md")
}

/// A key that its section does not have.
pub(super) fn unknown_key(path: &KeyPath, unknown: &str, known: &[&str]) -> Fault {
    renamed(path, unknown).unwrap_or_else(|| {
        let message = format!("there is no key `{unknown}` here");
        let help = keys_help(unknown, known);
        let help =
            elsewhere(path, unknown).map_or(help.clone(), |remedy| format!("{remedy}; {help}"));
        Fault::name(path, message, help)
    })
}

/// The remedy for a key that belongs elsewhere.
pub(super) const MOVE_IT: &str = "move it";

/// The remedy for a key of another section; `None` if no other section has it.
pub(super) fn elsewhere(path: &KeyPath, key: &str) -> Option<String> {
    let section = match path.0.as_slice() {
        [Step::Key(section), _, ..] => section.as_str(),
        _ => "",
    };
    let is_parameter =
        || oddbench_models::named().any(|kind| !kind.allowed(kind.own_name(key)).is_empty());
    let in_model =
        section == "model" && matches!(path.0.as_slice(), [_, Step::Index(_), Step::Key(_)]);
    if in_model && home(key).is_none() && is_parameter() {
        let place = format!("params = {{ {key} = ... }}");
        return Some(format!(
            "`{key}` is a parameter: {MOVE_IT} into {place} (--set model.NAME.params.{key}=...)"
        ));
    }
    let home = home(key)?;
    // A parameter may have the name of a key of the section.
    let nested = path.0.iter().filter(|step| matches!(step, Step::Key(_))).count() > 2;
    (nested || !home.includes(section)).then(|| home.remedy(key))
}

/// A control character in a path, which an escape in double quotes has made.
pub(super) fn control_fault(key: &KeyPath, text: &str) -> Option<Fault> {
    let (found, name, escape) = CONTROLS.into_iter().find(|(c, ..)| text.contains(*c))?;
    let written =
        CONTROLS.iter().fold(text.to_owned(), |text, (c, _, escape)| text.replace(*c, escape));
    debug_assert!(text.contains(found));
    let message = format!(
        "the path holds a {name}, which {escape} in double quotes stands for: a backslash there does not stand for itself"
    );
    Some(Fault::value(key, message, as_written(&written)))
}

/// Control characters, their names, and how double quotes write them.
const CONTROLS: [(char, &str, &str); 6] = [
    ('\u{8}', "backspace", "\\b"),
    ('\t', "tab", "\\t"),
    ('\n', "line break", "\\n"),
    ('\u{c}', "form feed", "\\f"),
    ('\r', "carriage return", "\\r"),
    ('\u{1b}', "escape character", "\\e"),
];

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
        "dataset.kind" | "transfer.kind" => "add kind = \"kdd99\" or kind = \"synthetic\"",
        "name" => "begin the file with name = \"my-experiment\"",
        "model" => "add a [[model]] section with kind = \"pca\"; `oddbench models` lists the kinds",
        "dataset" => "add a [dataset] section with kind = \"kdd99\" or kind = \"synthetic\"",
        "split" => "add a [split] section with kind = \"published-8020\" or kind = \"holdout\"",
        "threshold" => {
            "add a [threshold] section with rule = \"max-f1\" and tune_on = \"validation\""
        }
        _ => "add this key",
    };
    Fault::value(&key, MISSING, help)
}

/// The message about a key that must be there.
pub(super) const MISSING: &str = "this key is missing";

/// How the keys are written whose texts are a number and a unit.
fn with_unit(key: &str) -> Option<&'static str> {
    match key {
        "timeout" => Some("write a unit, in quotes: timeout = \"90s\", \"10m\" or \"2h\""),
        "max_memory" => Some("write a unit, in quotes: max_memory = \"800 MB\" or \"4 GB\""),
        _ => None,
    }
}

/// What serde expected, in words, and how it is written.
fn expected_words(expected: &str) -> (&str, &'static str) {
    match expected {
        "u32" | "u64" | "usize" => {
            ("a whole number, 0 or more", "write a whole number without quotes, such as 3")
        }
        "f64" => ("a number", "write a number without quotes, such as 0.5"),
        "a string" | "path string" => ("a text", "put it in quotes: \"...\""),
        "a boolean" => ("true or false", "write true or false, without quotes"),
        "a sequence" => ("a list", "write it in brackets: [..., ...]"),
        "a map" => ("a section", "write its keys in braces { ... } or below a [header]"),
        other if other.starts_with("a label") => {
            (other, "write each class in quotes, such as inliers = [\"normal\", \"benign\"]")
        }
        other if other.starts_with("struct ") => {
            ("a section", "write its keys in braces { ... } or below a [header]")
        }
        other => (other, "docs/FORMAT.md says what this key may be"),
    }
}
