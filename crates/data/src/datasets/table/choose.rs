//! Where the label and the features of a file are, and whether the names in the keys are names of columns.

use oddbench_core::FeatureKind;

use super::kinds::TableOptions;
use crate::datasets::keys::{Help, KeyFault, Trouble};
use crate::rows::{BesideColumn, BesideRead, invisibly_different};

/// Positions in the file.
pub(super) struct Chosen {
    pub(super) label: usize,
    pub(super) features: Vec<(usize, String, FeatureKind)>,
    pub(super) beside: Vec<(usize, String, BesideRead)>,
}

/// Finds the label, the wanted features and the columns beside them among the columns of the file that `key` names.
pub(super) fn choose(
    options: &TableOptions,
    file: &str,
    names: &[String],
    wanted: &[(String, FeatureKind)],
    beside: &[BesideColumn],
    key: &str,
) -> Result<Chosen, KeyFault> {
    let label_key = if key == "path" { "label" } else { key };
    let label = find(names, label_key, file, &options.label)?;
    let position = |(name, kind): &(String, FeatureKind)| {
        Ok((find(names, key, file, name)?, name.clone(), *kind))
    };
    let features = wanted.iter().map(position).collect::<Result<_, _>>()?;
    let position = |column: &BesideColumn| {
        Ok((find(names, key, file, &column.name)?, column.name.clone(), column.read))
    };
    let beside = beside.iter().map(position).collect::<Result<_, _>>()?;
    Ok(Chosen { label, features, beside })
}

/// Where the column of that name is; a fault of the key that names it, if it is not there.
fn find(names: &[String], key: &str, file: &str, name: &str) -> Result<usize, KeyFault> {
    let position = names.iter().position(|column| column == name);
    position.ok_or_else(|| no_column(names, key, file, name))
}

fn no_column(names: &[String], key: &str, file: &str, name: &str) -> KeyFault {
    let help = match names {
        // The header was not cut at all.
        [whole] if whole.contains([',', ';', '|', '\t']) => Help::Text(format!(
            "the whole header is one column, \"{whole}\": state the character between the values, delimiter = \"...\""
        )),
        _ => Help::Choose { word: name.to_owned(), among: names.to_vec() },
    };
    let mut message = format!("{file} has no column \"{name}\"");
    message.extend(invisibly_different(name, names).map(|told| format!("; {told}")));
    KeyFault::new(key, Trouble::Value { message, help })
}

/// Checks every column name in the keys, and finds the label. All names that are wrong are one fault.
pub(super) fn check_names(
    options: &TableOptions,
    file: &str,
    names: &[String],
) -> Result<usize, KeyFault> {
    let label = find(names, "label", file, &options.label);
    if label.is_err() && names.len() < 2 {
        // The header was not cut: no other name is there either.
        return label;
    }
    let time = options.time.as_ref().and_then(|time| time_fault(options, file, names, time));
    let lists = [
        ("categorical", &options.categorical),
        ("ignore", &options.ignore),
        ("keep", &options.keep),
    ];
    let items = lists.into_iter().flat_map(|(key, list)| {
        list.iter().enumerate().filter_map(move |(index, name)| {
            Some(name_fault(options, file, names, key, name)?.in_item(index))
        })
    });
    let of_label = label.clone().err();
    KeyFault::joined(of_label.into_iter().chain(time).chain(items))?;
    label
}

/// What is wrong with the name of the column of times.
fn time_fault(
    options: &TableOptions,
    file: &str,
    names: &[String],
    time: &str,
) -> Option<KeyFault> {
    if time == options.label {
        let message = format!("\"{time}\" is the label");
        return Some(KeyFault::value("time", message, "name the column of times"));
    }
    find(names, "time", file, time).err()
}

/// What is wrong with a name in the list of that key.
fn name_fault(
    options: &TableOptions,
    file: &str,
    names: &[String],
    key: &str,
    name: &str,
) -> Option<KeyFault> {
    if name == options.label {
        let message = format!("\"{name}\" is the label, which is no feature anyway");
        return Some(KeyFault::value(key, message, "remove it from this list"));
    }
    if let Err(absent) = find(names, key, file, name) {
        return Some(absent);
    }
    let twice = key != "ignore" && options.ignore.iter().any(|ignored| ignored == name);
    twice.then(|| {
        let message = format!("\"{name}\" is to be ignored, too");
        KeyFault::value(key, message, "name it in one of the two lists")
    })
}
