//! Column names: those that a file states, and the known ones of KDD's files, which state none.

use std::collections::HashMap;
use std::sync::Arc;

use oddbench_core::FeatureKind;

use super::{Place, RowError};
use crate::catalog;

/// The columns of a KDD file, if the record is a row of one: 41 features, perhaps the class, perhaps
/// NSL-KDD's difficulty.
pub(super) fn kdd_names(first: &[String]) -> Option<Arc<[String]>> {
    let columns = catalog::kdd99().columns.as_ref()?;
    let trailing = ["class", "difficulty"];
    let more = first.len().checked_sub(columns.len())?;
    let fits = |kind: FeatureKind, value: &str| match kind {
        FeatureKind::Numeric => value.parse::<f64>().is_ok(),
        FeatureKind::Categorical => !value.is_empty() && value.parse::<f64>().is_err(),
    };
    let row = columns.iter().zip(first).all(|(column, value)| fits(column.kind, value));
    if more > trailing.len() || !row {
        return None;
    }
    let names = columns.iter().map(|column| column.name.as_str());
    Some(names.chain(trailing.into_iter().take(more)).map(str::to_owned).collect())
}

/// Marks without a width: joined files and copied texts bring them.
const INVISIBLE: [char; 5] = ['\u{feff}', '\u{200b}', '\u{200c}', '\u{200d}', '\u{2060}'];

/// The first mark in a name that no one sees.
pub(super) fn invisible_mark(name: &str) -> Option<char> {
    name.chars().find(|letter| INVISIBLE.contains(letter))
}

/// What a user should know of a name that looks like one of those that are there, and differs by a mark that no one
/// sees. `U+FEFF` names such a mark.
pub(crate) fn invisibly_different(name: &str, names: &[String]) -> Option<String> {
    let visible = |name: &str| name.replace(INVISIBLE, "");
    let meant = visible(name);
    let alike = names.iter().find(|other| visible(other) == meant)?;
    let (holder, mark) = invisible_mark(alike)
        .map(|mark| ("the name in the source", mark))
        .or_else(|| Some(("the name that is asked for", invisible_mark(name)?)))?;
    Some(format!("{holder} holds the invisible mark U+{:04X}: take the mark out", u32::from(mark)))
}

/// Names that are there and differ.
pub(super) fn check_names(names: &[String], place: &Place) -> Result<(), RowError> {
    let mut seen = HashMap::new();
    for (at, name) in names.iter().enumerate() {
        if name.is_empty() {
            let what = format!("column {} has no name", at + 1);
            let remedy = "name it in the file (pandas writes such a column unless index=False)";
            return Err(place.at(1, what, remedy));
        }
        if let Some(first) = seen.insert(name, at) {
            let what = format!("columns {} and {} are both named \"{name}\"", first + 1, at + 1);
            return Err(place.at(1, what, "give each column a name of its own"));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_that_differs_by_an_invisible_mark_is_told() {
        let names = ["\u{feff}bytes", "dur", "n"].map(String::from);
        let told = invisibly_different("bytes", &names).unwrap();
        assert!(told.contains("the name in the source holds the invisible mark U+FEFF"), "{told}");
        let told = invisibly_different("dur\u{200b}", &names).unwrap();
        assert!(told.contains("asked for holds the invisible mark U+200B"), "{told}");
        assert_eq!(invisibly_different("byte", &names), None);
        let error = Place::new("a.csv", crate::rows::Unit::Line).no_column("bytes", &names);
        assert!(
            error.what.contains("no column \"bytes\"") && error.remedy.contains("U+FEFF"),
            "{error}"
        );
    }
}
