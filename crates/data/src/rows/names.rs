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
