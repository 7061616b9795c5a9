//! `oddbench data list`: what each data set is good for, and all that is known of one.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;

use oddbench_core::LabelPolicy;
use oddbench_data::catalog::{Entry, File};
use oddbench_data::datasets::{self, DatasetKind};
use oddbench_data::fetch::FileStatus;
use oddbench_data::{Cache, DataError};
use serde_json::{Value, json};

use crate::args::Global;
use crate::downloads;
use crate::error::{CliError, Status};
use crate::table::table;
use crate::terminal::Terminal;

/// The width of a paragraph, and of the list.
const WIDTH: usize = 80;

/// Lists all data sets, or shows everything about one.
pub fn run(global: &Global, terminal: &Terminal, name: Option<&str>) -> Result<Status, CliError> {
    let cache = downloads::cache(global, terminal)?;
    match name {
        None => all(terminal, &cache),
        Some(name) => one(terminal, &cache, named(name)?),
    }
}

/// The kind of that name; also the path of a file that describes a data set.
pub fn named(name: &str) -> Result<&'static DatasetKind, CliError> {
    if name.ends_with(".toml") {
        let kind = datasets::from_file(Path::new(name));
        return kind.map_err(|fault| CliError::user(super::fault_in_words(&fault)));
    }
    let kind = super::published().find(|kind| kind.name == name);
    let names = super::published().map(|kind| kind.name);
    kind.ok_or_else(|| CliError::unknown("data set", name, names))
}

fn all(terminal: &Terminal, cache: &Cache) -> Result<Status, CliError> {
    let mut view = table(terminal, &["data set", "rows", "MB", "from", "good for"], &[1, 2]);
    // Words of the last column go on in the next line.
    view.set_width(WIDTH as u16);
    let mut found = Vec::new();
    for kind in super::published() {
        let Some(entry) = kind.entry else {
            view.add_row([kind.name, "any", "–", "generated", "first steps, tests"]);
            found.push(json!({ "kind": kind.name, "summary": kind.summary, "files": [] }));
            continue;
        };
        let files = states(entry, cache)?;
        view.add_row([
            kind.name,
            &entry.rows().map_or("–".into(), short),
            &entry.bytes().map_or("–".into(), |bytes| format!("{:.0}", bytes as f64 / 1e6)),
            origin(entry, &files),
            &entry.good_for,
        ]);
        found.push(in_json(entry, &files));
    }
    let more = "oddbench data list NAME tells all of one: licence, known issues, files.";
    terminal.result(&format!("{view}\n{more}\nCache: {}", cache.dir.display()));
    terminal.json(|| json!({ "cache": cache.dir, "datasets": found }));
    Ok(Status::Done)
}

/// A number of rows in four characters.
fn short(rows: usize) -> String {
    match rows {
        0..10_000 => rows.to_string(),
        10_000..1_000_000 => format!("{}k", (rows + 500) / 1_000),
        _ => format!("{:.1}M", rows as f64 / 1e6),
    }
}

/// Where the files are, or where they come from.
fn origin(entry: &Entry, files: &[(&File, &'static str)]) -> &'static str {
    let here = files.iter().filter(|(_, state)| *state == "yes").count();
    if here == files.len() {
        return "here";
    }
    if files.iter().any(|(_, state)| *state == "damaged") {
        return "damaged";
    }
    match (here > 0, entry.files.iter().all(|file| !file.homes.is_empty())) {
        (true, _) => "partly",
        (false, true) => "home",
        (false, false) if entry.can_be_fetched() => "mirror",
        (false, false) => "path",
    }
}

/// Each file, and whether the cache has it.
fn states<'a>(entry: &'a Entry, cache: &Cache) -> Result<Vec<(&'a File, &'static str)>, CliError> {
    let state = |file: &'a File| {
        let beside = entry.folder.as_ref().map(|folder| folder.join(&file.path).is_file());
        match beside {
            Some(true) => return Ok((file, "yes")),
            _ if file.can_be_fetched() => {}
            Some(false) => return Ok((file, "no")),
            None => return Ok((file, "by its path")),
        }
        Ok(match cache.status(file).map_err(DataError::from)? {
            FileStatus::Missing => (file, "no"),
            FileStatus::Present { .. } => (file, "yes"),
            FileStatus::Corrupt { .. } => (file, "damaged"),
        })
    };
    entry.files.iter().map(state).collect()
}

fn in_json(entry: &Entry, files: &[(&File, &'static str)]) -> Value {
    let files = files.iter().map(|(file, state)| {
        json!({
            "name": file.name, "path": file.path, "rows": file.all_rows(), "bytes": file.bytes(),
            "sha256": file.sha256(), "homes": file.homes, "state": state,
        })
    });
    let sets = entry.feature_sets.keys().map(String::as_str).chain(["all"]);
    let choices = entry.choices.iter().map(|choice| {
        let options: Vec<String> = choice.picks(entry).into_iter().map(|pick| pick.name).collect();
        json!({ "key": choice.name, "meaning": choice.meaning, "options": options })
    });
    let reasons: BTreeMap<&String, &String> =
        entry.leave_out.iter().map(|(column, left_out)| (column, &left_out.why)).collect();
    json!({
        "kind": entry.name, "title": entry.title, "summary": entry.summary,
        "good_for": entry.good_for, "issues": entry.issues, "licence": entry.licence,
        "citation": entry.citation, "page": entry.page, "rows": entry.rows(), "bytes": entry.bytes(),
        "feature_sets": sets.collect::<Vec<_>>(), "left_out": reasons,
        "label_policies": entry.policies.iter().map(|policy| &policy.name).collect::<Vec<_>>(),
        "choices": choices.collect::<Vec<_>>(), "files": files.collect::<Vec<_>>(),
    })
}

fn one(terminal: &Terminal, cache: &Cache, kind: &'static DatasetKind) -> Result<Status, CliError> {
    let Some(entry) = kind.entry else {
        terminal.result(&format!("{}: {}", kind.name, kind.summary));
        terminal.json(|| json!({ "kind": kind.name, "summary": kind.summary, "files": [] }));
        return Ok(Status::Done);
    };
    let files = states(entry, cache)?;
    let mut text = format!("{}: {}\n", entry.name, entry.title);
    paragraph(&mut text, "", &entry.summary);
    paragraph(&mut text, "Good for: ", &entry.good_for);
    list(&mut text, "Known issues", &entry.issues);
    paragraph(&mut text, "Licence: ", &entry.licence);
    paragraph(&mut text, "Cite: ", &entry.citation);
    paragraph(&mut text, "Page: ", entry.page.as_deref().unwrap_or_default());
    list(&mut text, "Labels (labels = ...; the first is the default)", &policies(entry));
    for choice in &entry.choices {
        let picks = choice.picks(entry);
        let meaning = |text: &Option<String>| {
            text.as_ref().map(|text| format!(": {text}")).unwrap_or_default()
        };
        let options = picks.iter().map(|pick| format!("{}{}", pick.name, meaning(&pick.meaning)));
        let head = format!(
            "{} = ... ({} by default): {}",
            choice.name,
            choice.default_value(entry),
            choice.meaning
        );
        list(&mut text, head.trim_end_matches('.'), &options.collect::<Vec<_>>());
    }
    list(&mut text, "Left out, no features", &left_out(entry));
    let features =
        entry.features().map_or("as they are found".into(), |found| found.len().to_string());
    paragraph(&mut text, "Features: ", &features);
    let sets: Vec<String> =
        entry.feature_sets.iter().map(|(name, set)| format!("{name} ({})", set.len())).collect();
    paragraph(&mut text, "Feature sets: ", &sets.join(", "));
    let _ = write!(text, "\n{}", files_table(terminal, &files));
    terminal.result(&text);
    terminal.json(|| in_json(entry, &files));
    Ok(Status::Done)
}

fn policies(entry: &Entry) -> Vec<String> {
    let policies = entry.policies.iter().map(|entry| {
        let rule = match entry.policy() {
            LabelPolicy::InliersAre(names) => format!("inliers are {}", names_of(&names)),
            LabelPolicy::OutliersAre(names) => format!("outliers are {}", names_of(&names)),
        };
        match &entry.meaning {
            Some(meaning) => format!("{}: {meaning}", entry.name),
            None => format!("{}: {rule}", entry.name),
        }
    });
    policies.collect()
}

fn names_of(names: &std::collections::BTreeSet<String>) -> String {
    names.iter().cloned().collect::<Vec<_>>().join(", ")
}

fn left_out(entry: &Entry) -> Vec<String> {
    let left_out = entry.leave_out.iter();
    left_out.map(|(column, left_out)| format!("{column}: {}", left_out.why)).collect()
}

fn files_table(terminal: &Terminal, files: &[(&File, &'static str)]) -> comfy_table::Table {
    let mut view = table(terminal, &["file", "rows", "MB", "here", "what"], &[1, 2]);
    for (file, state) in files {
        view.add_row([
            file.name.clone(),
            file.all_rows().map_or("–".into(), |rows| rows.to_string()),
            file.bytes().map_or("–".into(), |bytes| format!("{:.1}", bytes as f64 / 1e6)),
            (*state).to_owned(),
            file.note.clone().unwrap_or_default(),
        ]);
    }
    view
}

/// A text under a head, cut into lines; nothing if there is no text.
fn paragraph(out: &mut String, head: &str, text: &str) {
    if text.is_empty() {
        return;
    }
    out.push('\n');
    wrapped(out, head, text, "");
}

fn list(out: &mut String, head: &str, items: &[String]) {
    if items.is_empty() {
        return;
    }
    out.push('\n');
    wrapped(out, "", &format!("{head}:"), "");
    items.iter().for_each(|item| wrapped(out, "  - ", item, "    "));
}

/// Writes words in lines of at most [`WIDTH`] characters, as far as words allow.
fn wrapped(out: &mut String, head: &str, text: &str, indent: &str) {
    let mut line = head.to_owned();
    let mut empty = true;
    for word in text.split_whitespace() {
        if !empty && line.chars().count() + 1 + word.chars().count() > WIDTH {
            out.push_str(&line);
            out.push('\n');
            indent.clone_into(&mut line);
            empty = true;
        }
        if !empty {
            line.push(' ');
        }
        line.push_str(word);
        empty = false;
    }
    out.push_str(&line);
    out.push('\n');
}
