//! Reads the file of a data set, fills in what it takes from another one, and checks it.

use std::path::Path;

use super::TEXTS;
use super::checks::check;
use super::entry::Entry;

/// Reads the text of a file; an error says what is wrong, with the line where it is known.
pub(super) fn from_text(name: &str, text: &str, folder: Option<&Path>) -> Result<Entry, String> {
    let mut entry = parse(text)?;
    name.clone_into(&mut entry.name);
    entry.folder = folder.map(Path::to_path_buf);
    if let Some(model) = entry.like.clone() {
        copy(&mut entry, &model)?;
    }
    for file in &mut entry.files {
        if file.name.is_empty() {
            file.name = file.last().to_owned();
        }
        if file.homes.is_empty() {
            let last = file.last().to_owned();
            let home = |folder: &String| format!("{}/{last}", folder.trim_end_matches('/'));
            file.homes = entry.homes.iter().map(home).collect();
        }
    }
    check(&entry)?;
    Ok(entry)
}

/// Reads a user's file.
pub(crate) fn from_path(path: &Path) -> Result<Entry, String> {
    let text = std::fs::read_to_string(path).map_err(|error| match error.kind() {
        std::io::ErrorKind::NotFound => "there is no such file".to_owned(),
        _ => format!("it cannot be read: {error}"),
    })?;
    let text = text.strip_prefix('\u{feff}').unwrap_or(&text);
    from_text(&path.display().to_string(), text, Some(path.parent().unwrap_or(Path::new(""))))
}

fn parse(text: &str) -> Result<Entry, String> {
    toml::from_str(text).map_err(|error| {
        let line = error.span().map(|span| text[..span.start].matches('\n').count() + 1);
        let line = line.map(|line| format!("line {line}: ")).unwrap_or_default();
        format!("{line}{}", error.message())
    })
}

/// Takes over columns, classes and feature sets if the file states none.
fn copy(entry: &mut Entry, model: &str) -> Result<(), String> {
    let unknown = || format!("like = \"{model}\": there is no such data set");
    let (_, text) = TEXTS.iter().find(|(name, _)| *name == model).ok_or_else(unknown)?;
    let model = parse(text)?;
    entry.columns = entry.columns.take().or(model.columns);
    if entry.classes.is_empty() {
        entry.classes = model.classes;
        entry.test_only_classes = model.test_only_classes;
    }
    if entry.feature_sets.is_empty() {
        entry.feature_sets = model.feature_sets;
    }
    Ok(())
}
