//! Which columns of a file are read, and as what.

use oddbench_core::FeatureKind;

use super::kinds::TableOptions;
use crate::datasets::keys::{Help, KeyFault, Trouble};

/// Positions in the file.
pub(super) struct Chosen {
    pub(super) label: usize,
    /// Feature columns; the kind is `None` where the values decide.
    pub(super) features: Vec<(usize, String, Option<FeatureKind>)>,
}

/// Finds the label and the features among the columns of the file that `key` names. `wanted` are the
/// features; without them it is all columns that are not ignored.
pub(super) fn choose(
    options: &TableOptions,
    file: &str,
    names: &[String],
    wanted: Option<&[(String, FeatureKind)]>,
    key: &str,
) -> Result<Chosen, KeyFault> {
    let find = |name: &str| names.iter().position(|column| column == name);
    let unknown = |key: &str, name: &str| {
        let help = Help::Choose { word: name.to_owned(), among: names.to_vec() };
        let message = format!("{file} has no column \"{name}\"");
        KeyFault::new(key, Trouble::Value { message, help })
    };
    let label_key = if key == "path" { "label" } else { key };
    let label = find(&options.label).ok_or_else(|| unknown(label_key, &options.label))?;
    if let Some(wanted) = wanted {
        let position = |(name, kind): &(String, FeatureKind)| {
            Ok((find(name).ok_or_else(|| unknown(key, name))?, name.clone(), Some(*kind)))
        };
        let features = wanted.iter().map(position).collect::<Result<_, _>>()?;
        return Ok(Chosen { label, features });
    }
    for (key, list) in [("categorical", &options.categorical), ("ignore", &options.ignore)] {
        for (index, name) in list.iter().enumerate() {
            if *name == options.label {
                let message = format!("\"{name}\" is the label, which is no feature anyway");
                let fault = KeyFault::value(key, message, "remove it from this list");
                return Err(fault.in_item(index));
            }
            find(name).ok_or_else(|| unknown(key, name).in_item(index))?;
        }
    }
    let feature = |(at, name): (usize, &String)| {
        let kind = options.categorical.contains(name).then_some(FeatureKind::Categorical);
        (at, name.clone(), kind)
    };
    let is_feature =
        |(at, name): &(usize, &String)| *at != label && !options.ignore.contains(*name);
    let features: Vec<_> = names.iter().enumerate().filter(is_feature).map(feature).collect();
    match features.is_empty() {
        false => Ok(Chosen { label, features }),
        true => Err(KeyFault::value(
            key,
            format!("{file}: there is no column beside the label and what is ignored"),
            "features are needed: is the delimiter right?",
        )),
    }
}
