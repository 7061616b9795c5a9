//! Labels that rows may carry: never read to score, but what a score can be held against.

use std::collections::BTreeSet;

use oddbench_core::{Classes, Column};

use super::{RowError, Rows};
use crate::values::class_name;

/// Names that a label column goes by, in lower case.
const COLUMNS: [&str; 6] = ["class", "label", "target", "attack", "outlier", "is_attack"];

/// Classes that mean "nothing is wrong", in lower case and without KDD's full stop.
const INLIERS: [&str; 6] = ["normal", "benign", "0", "false", "inlier", "no"];

/// The classes of rows and what they mean.
#[derive(Debug, Clone, PartialEq)]
pub struct FoundLabels {
    /// The column that holds them.
    pub column: String,
    /// The class of each row, without KDD's full stop.
    pub classes: Classes,
    /// `true` for a row whose class is none of the usual names of normal traffic.
    pub outliers: Vec<bool>,
    /// The classes that count as normal.
    pub inlier_names: Vec<String>,
}

/// Whether a column of that name usually holds labels.
pub fn is_label_name(name: &str) -> bool {
    COLUMNS.contains(&name.to_ascii_lowercase().as_str())
}

/// The labels of the named column, or of the first that has a usual name; `None` if there is none, or
/// no row of it is normal. An error if the named column is not there or lacks a value.
pub fn find_labels(rows: &Rows, column: Option<&str>) -> Result<Option<FoundLabels>, RowError> {
    let at = match column {
        Some(name) => {
            let missing = || rows.no_column(name);
            Some(rows.position(name).ok_or_else(missing)?)
        }
        None => rows.names().iter().position(|name| is_label_name(name)),
    };
    let Some(at) = at else { return Ok(None) };
    let name = rows.names()[at].clone();
    let Column::Categorical { codes, levels } = rows.categories(at) else { return Ok(None) };
    if let Some(row) = codes.iter().position(|&code| code == Column::MISSING) {
        let remedy = "give every row a label, or leave the column out";
        return match column {
            Some(_) => Err(rows.fault(row, Some(&name), "the label is missing".into(), remedy)),
            None => Ok(None),
        };
    }
    let classes = classes(&levels, &codes).ok_or_else(|| {
        let what = format!("the label {name:?} has {} values", levels.len());
        rows.fault_of_all(what, "name the column that holds the class of each row")
    })?;
    let normal = |class: &str| INLIERS.contains(&class.to_ascii_lowercase().as_str());
    let inlier_names: Vec<String> =
        classes.names.iter().filter(|class| normal(class)).cloned().collect();
    let names: BTreeSet<&str> = inlier_names.iter().map(String::as_str).collect();
    let outliers = (0..rows.len()).map(|row| !names.contains(classes.of(row))).collect();
    let found = FoundLabels { column: name, outliers, inlier_names, classes };
    Ok((column.is_some() || !found.inlier_names.is_empty()).then_some(found))
}

/// Classes of texts; two texts may mean one class (`0` and `0.0`). `None` if there are too many.
fn classes(levels: &[String], codes: &[u32]) -> Option<Classes> {
    let mut names: Vec<String> = Vec::new();
    let mut of_level = Vec::with_capacity(levels.len());
    for level in levels {
        let class = class_name(level.strip_suffix('.').unwrap_or(level));
        let at = match names.iter().position(|name| *name == class) {
            Some(at) => at,
            None => {
                names.push(class);
                names.len() - 1
            }
        };
        of_level.push(u16::try_from(at).ok()?);
    }
    Some(Classes { names, codes: codes.iter().map(|&code| of_level[code as usize]).collect() })
}
