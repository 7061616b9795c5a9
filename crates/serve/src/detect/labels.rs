//! Which column of an upload holds the truth, guessed and then chosen by the user; it is never scored
//! with, only compared with the scores.

use std::collections::HashSet;

use oddbench_core::Classes;
use oddbench_data::catalog::{self, Entry};
use oddbench_data::columns::{find_labels, is_label_name};
use oddbench_data::rows::Rows;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::error::{Answer, ApiError};

/// Classes of a column that may hold labels, at most.
const MOST_CLASSES: usize = 200;

/// A column that may hold labels.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Candidate {
    column: String,
    values: Vec<ValueCount>,
    /// The values that normal rows seem to have.
    normal: Vec<String>,
    likely: bool,
    /// What public data sets of these columns take for normal.
    policies: Vec<Policy>,
    /// The policy that the table itself goes by, if it goes by one.
    policy: Option<String>,
}

/// A named answer to which classes are normal.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[schemars(rename = "LabelPolicy")]
struct Policy {
    name: String,
    /// Which data set's.
    dataset: String,
    meaning: Option<String>,
    /// The values of this table that are normal by it.
    normal: Vec<String>,
}

impl Candidate {
    /// The table goes by that policy.
    pub fn go_by(&mut self, name: &str) {
        self.policy = self.policies.iter().map(|policy| &policy.name).find(|n| *n == name).cloned();
    }
}

#[derive(Debug, Clone, Serialize, JsonSchema)]
struct ValueCount {
    value: String,
    rows: usize,
}

/// The columns that may be labels, because of their name or because a value means normal traffic. `distinct` returns the
/// number of values of a column, if it is known.
pub fn candidates(rows: &Rows, distinct: impl Fn(usize) -> Option<usize>) -> Vec<Candidate> {
    let mut found = Vec::new();
    for (at, name) in rows.names().iter().enumerate() {
        if !distinct(at).is_some_and(|values| (2..=MOST_CLASSES).contains(&values)) {
            continue;
        }
        let Ok(Some(labels)) = find_labels(rows, Some(name)) else { continue };
        let telling =
            |class: &String| !matches!(class.to_ascii_lowercase().as_str(), "0" | "false" | "no");
        let named = is_label_name(name);
        if named || labels.inlier_names.iter().any(telling) {
            let likely = named && !labels.inlier_names.is_empty();
            found.push(Candidate {
                column: name.clone(),
                values: counts(&labels.classes),
                policies: policies(rows, name, &labels.classes),
                policy: None,
                normal: labels.inlier_names,
                likely,
            });
        }
    }
    // One at most is likely: the first.
    let first = found.iter().position(|candidate| candidate.likely);
    for (at, candidate) in found.iter_mut().enumerate() {
        candidate.likely = Some(at) == first;
    }
    found
}

/// The policies of the data sets whose columns these are.
fn policies(rows: &Rows, label: &str, classes: &Classes) -> Vec<Policy> {
    let is_of = |entry: &&Entry| {
        let columns = entry.columns.as_ref();
        entry.label.column.eq_ignore_ascii_case(label)
            && columns.is_some_and(|all| all.iter().all(|of| rows.position(&of.name).is_some()))
    };
    let mut found: Vec<Policy> = Vec::new();
    for entry in catalog::entries().iter().filter(is_of) {
        for of in &entry.policies {
            let policy = of.policy();
            let normal = classes.names.iter().filter(|class| !policy.is_outlier(class));
            let normal: Vec<String> = normal.cloned().collect();
            // Data sets of the same columns share policies.
            if found.iter().any(|known| known.name == of.name && known.normal == normal) {
                continue;
            }
            found.push(Policy {
                name: of.name.clone(),
                dataset: entry.title.clone(),
                meaning: of.meaning.clone(),
                normal,
            });
        }
    }
    found
}

fn counts(classes: &Classes) -> Vec<ValueCount> {
    let mut counts = vec![0; classes.names.len()];
    classes.codes.iter().for_each(|&code| counts[usize::from(code)] += 1);
    let mut values: Vec<ValueCount> = classes
        .names
        .iter()
        .cloned()
        .zip(counts)
        .map(|(value, rows)| ValueCount { value, rows })
        .collect();
    values.sort_by_key(|value| std::cmp::Reverse(value.rows));
    values
}

/// Which column holds the truth.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(
    deny_unknown_fields,
    expecting = "a label such as {\"column\": \"class\", \"normal\": [\"benign\"]}"
)]
#[schemars(rename = "LabelColumn")]
pub struct Chosen {
    /// The column.
    pub column: String,
    /// The classes that are normal; every other one is an anomaly.
    pub normal: Vec<String>,
}

/// The truth about an upload's rows.
#[derive(Debug, Clone)]
pub struct Truth {
    /// The column that it was read from.
    pub column: String,
    /// The class of each row.
    pub classes: Classes,
    /// The classes that are normal.
    pub normal: Vec<String>,
    /// `true` for an anomaly.
    pub outliers: Vec<bool>,
}

impl Truth {
    /// The rows that are normal.
    pub fn normal_rows(&self) -> Vec<usize> {
        (0..self.outliers.len()).filter(|&row| !self.outliers[row]).collect()
    }
}

/// Reads the labels as the user says; both kinds of rows must be there.
pub fn truth(rows: &Rows, chosen: &Chosen) -> Answer<Truth> {
    let found = find_labels(rows, Some(&chosen.column))?;
    let found = found.ok_or_else(|| {
        ApiError::unusable(
            format!("column {:?} holds no labels", chosen.column),
            "choose another column, or none",
        )
    })?;
    let normal: HashSet<&str> =
        chosen.normal.iter().map(|name| name.strip_suffix('.').unwrap_or(name)).collect();
    let names = &found.classes.names;
    if let Some(other) = normal.iter().find(|name| !names.iter().any(|known| known == *name)) {
        return Err(ApiError::unusable(
            format!("column {:?} has no class {other:?}", chosen.column),
            format!(
                "its classes are: {}",
                names.iter().take(40).cloned().collect::<Vec<_>>().join(", ")
            ),
        ));
    }
    let outliers = (0..rows.len()).map(|row| !normal.contains(found.classes.of(row))).collect();
    let normal = names.iter().filter(|name| normal.contains(name.as_str())).cloned().collect();
    Ok(Truth { column: found.column, classes: found.classes, normal, outliers })
}
