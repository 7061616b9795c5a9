//! Whether the parts of a data set's file fit together.

use std::collections::BTreeSet;

use super::entry::{Entry, LeftOutKind, PolicyEntry, TimeEntry};
use super::file::{Content, File};

/// The first thing that does not fit.
pub(super) fn check(entry: &Entry) -> Result<(), String> {
    if entry.files.is_empty() {
        return Err("there is no [[file]]".into());
    }
    unique("column", entry.columns.iter().flatten().map(|column| column.name.as_str()))?;
    unique("[[policy]]", entry.policies.iter().map(|policy| policy.name.as_str()))?;
    unique("[[choice]]", entry.choices.iter().map(|choice| choice.name.as_str()))?;
    unique("[[file]]", tables(entry).into_iter())?;
    unique("class", classes(entry))?;
    entry.files.iter().try_for_each(file)?;
    policies(entry)?;
    columns(entry)?;
    time(entry)?;
    choices(entry)
}

/// The column of times is no label, and one that is known where all columns are.
fn time(entry: &Entry) -> Result<(), String> {
    let Some(TimeEntry { column, first_hour, .. }) = &entry.time else { return Ok(()) };
    let left_out = entry.leave_out.get(column);
    let known = entry.columns.as_ref().is_none_or(|columns| {
        left_out.is_some() || columns.iter().any(|known| known.name == *column)
    });
    match () {
        () if *first_hour > 12 => {
            Err(format!("first_hour = {first_hour} is no hour of a clock of 12"))
        }
        () if *column == entry.label.column
            || left_out.is_some_and(|left_out| left_out.kind == LeftOutKind::Label) =>
        {
            Err(format!("the column of times, \"{column}\", is a label"))
        }
        () if !known => Err(format!(
            "the column of times, \"{column}\", is neither in columns nor in [leave_out]"
        )),
        () => Ok(()),
    }
}

fn unique<'a>(what: &str, names: impl Iterator<Item = &'a str>) -> Result<(), String> {
    let mut seen = BTreeSet::new();
    for name in names {
        if name.is_empty() {
            return Err(format!("a {what} has no name"));
        }
        if !seen.insert(name) {
            return Err(format!("the {what} \"{name}\" is there twice"));
        }
    }
    Ok(())
}

fn classes(entry: &Entry) -> impl Iterator<Item = &str> {
    let lists = entry.classes.values().chain(entry.test_only_classes.values());
    lists.flatten().map(String::as_str)
}

/// The names of everything that is read as a table.
fn tables(entry: &Entry) -> Vec<&str> {
    let mut names = Vec::new();
    for File { name, members, .. } in &entry.files {
        match members.is_empty() {
            true => names.push(name.as_str()),
            false => names.extend(members.iter().map(|member| member.name.as_str())),
        }
    }
    names
}

fn file(file: &File) -> Result<(), String> {
    let contents = file.members.iter().map(|member| &member.content);
    for content in [&file.archive, &file.content].into_iter().chain(contents).flatten() {
        let Content { bytes, sha256, md5 } = content;
        let digits = |text: &str| text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
        let name = &file.name;
        if sha256.len() != 64 || !digits(sha256) {
            return Err(format!("{name}: sha256 is not 64 lower-case hexadecimal digits"));
        }
        if md5.as_ref().is_some_and(|md5| md5.len() != 32 || !digits(md5)) {
            return Err(format!("{name}: md5 is not 32 lower-case hexadecimal digits"));
        }
        if *bytes == Some(0) {
            return Err(format!("{name}: bytes is 0"));
        }
    }
    match file.homes.iter().find(|home| !home.starts_with("http")) {
        Some(home) => Err(format!("{}: the home {home:?} is no URL", file.name)),
        None => Ok(()),
    }
}

fn policies(entry: &Entry) -> Result<(), String> {
    if entry.policies.is_empty() {
        let add = "add [[policy]] with name = \"...\" and inliers = [\"...\"], or outliers = [...]";
        return Err(format!("nothing says which classes are inliers: {add}"));
    }
    let known: BTreeSet<&str> = classes(entry).collect();
    for PolicyEntry { name, inliers, outliers, .. } in &entry.policies {
        let named = match (inliers, outliers) {
            (Some(names), None) | (None, Some(names)) if !names.is_empty() => names,
            _ => return Err(format!("the policy \"{name}\" needs either inliers or outliers")),
        };
        if let Some(class) = named.iter().find(|name| !known.contains(name.as_str()))
            && !known.is_empty()
        {
            return Err(format!(
                "the policy \"{name}\" names \"{class}\", which is not in [classes]"
            ));
        }
    }
    Ok(())
}

fn columns(entry: &Entry) -> Result<(), String> {
    let Some(features) = entry.features() else { return Ok(()) };
    if features.is_empty() {
        return Err("no column is a feature".into());
    }
    for (set, columns) in &entry.feature_sets {
        unique(
            &format!("column of the feature set \"{set}\""),
            columns.iter().map(String::as_str),
        )?;
        let is_feature = |name: &&String| features.iter().any(|(feature, _)| feature == *name);
        if let Some(name) = columns.iter().find(|name| !is_feature(name)) {
            return Err(format!("the feature set \"{set}\" names \"{name}\", which is no feature"));
        }
    }
    Ok(())
}

fn choices(entry: &Entry) -> Result<(), String> {
    let tables = tables(entry);
    for choice in &entry.choices {
        let name = &choice.name;
        if ["kind", "features", "labels", "path", "limit"].contains(&name.as_str()) {
            return Err(format!("a choice cannot be called \"{name}\""));
        }
        let picks = choice.picks(entry);
        if !picks.iter().any(|pick| pick.name == choice.default_value(entry)) {
            return Err(format!("the default of the choice \"{name}\" is none of its options"));
        }
        unique(&format!("option of \"{name}\""), picks.iter().map(|pick| pick.name.as_str()))?;
        let named = picks.iter().flat_map(|pick| pick.train.iter().chain(&pick.test));
        for file in named {
            if !tables.contains(&file.as_str()) {
                return Err(format!(
                    "the choice \"{name}\" names the file \"{file}\", which is not there"
                ));
            }
        }
    }
    Ok(())
}
