//! `leave-out`: tests on a family of attacks that neither training nor validation has seen.

use std::collections::HashSet;

use serde::{Deserialize, Serialize};

use super::shares::{self, DUPLICATES, Duplicates, leave_training_rows};
use super::{
    DataTables, DefaultValue, Described, Key, KeyFault, Part, SEED, Split, SplitError, SplitKind,
    SplitTables, TRAIN_ON, TableName, TableRows, TrainOn, Values, check_parts, kept, validation,
};
use crate::keys::Help;

/// The share of the inliers that is tested on, of a data set of one table.
const TEST: f64 = 0.3;

/// A family of outliers is left out of training and validation, and is all that is tested on beside inliers:
/// one fold for each family.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LeaveOut {
    /// The families, one fold each.
    #[serde(default)]
    pub leave_out: Vec<String>,
    /// Share of the training table's inliers that is tested on, 0 < share < 1. `None`: the inliers of the
    /// separate test table are.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub test: Option<f64>,
    /// Share of the training table's rows of each side that is validated on, 0 <= share < 1.
    pub validation: f64,
    /// Seed of the shuffle.
    pub seed: u32,
    /// Which training rows are kept.
    pub train_on: TrainOn,
    /// Whether rows of equal features are drawn together.
    #[serde(default, skip_serializing_if = "Duplicates::is_apart")]
    pub duplicates: Duplicates,
}

impl Described for LeaveOut {
    const SUMMARY: &'static str =
        "Tests on inliers and one family of attacks, which neither trains nor validates.";
    const KEYS: &'static [Key] = &[
        Key {
            name: "leave_out",
            values: Values::Texts,
            default: DefaultValue::Absent,
            meaning: "The families of attacks that are left out in turn, one trial each; without it, every family of the data set",
        },
        Key {
            name: "test",
            values: Values::Share,
            default: DefaultValue::Absent,
            meaning: "Share of the training table's inliers that is tested on; without it, the inliers of the data set's own test table, or 0.3 if it has none",
        },
        validation("Share of the training table that is validated on"),
        SEED,
        TRAIN_ON,
        DUPLICATES,
    ];
}

impl SplitKind for LeaveOut {
    fn complete(&mut self, data: &DataTables<'_>) -> Result<(), KeyFault> {
        match data.families {
            None if self.leave_out.is_empty() => {
                return Err(KeyFault::at(
                    "leave_out",
                    format!(
                        "the classes of {} are not known before its rows are loaded",
                        data.kind
                    ),
                    "name the families that are left out in turn: leave_out = [\"...\"]",
                ));
            }
            None => {}
            Some([]) => {
                let message = format!("{} has no class that is an outlier", data.kind);
                return Err(KeyFault::at("leave_out", message, "use kind = \"holdout\""));
            }
            Some(families) if self.leave_out.is_empty() => self.leave_out = families.to_vec(),
            Some(families) => {
                if let Some(at) = self.leave_out.iter().position(|name| !families.contains(name)) {
                    return Err(self.no_family(at, families.to_vec()));
                }
            }
        }
        if self.test.is_none() && !data.has_test {
            self.test = Some(TEST);
        }
        leave_training_rows(self.test.unwrap_or(0.0), self.validation)
    }

    fn draw(&self, tables: &SplitTables<'_>, fold: Option<u32>) -> Result<Split, SplitError> {
        let at = fold.map_or(0, |fold| fold as usize - 1);
        let Some(family) = self.leave_out.get(at) else {
            return Err(self.no_family(at, Vec::new()).into());
        };
        let split = match (self.test, &tables.test) {
            (None, Some(test)) => self.of_two_tables(&tables.train, test, family),
            _ => self.of_one_table(&tables.train, family),
        };
        let tested = tables.of(split.test.table);
        if !split.test.rows.iter().any(|&row| tested.labels[row]) {
            let with_rows = outlier_families(tested);
            let message = format!("no outlier that is tested on is of the family \"{family}\"");
            let help = format!("leave out families that have rows: {}", with_rows.join(", "));
            return Err(KeyFault::at("leave_out", message, help).in_item(at).into());
        }
        check_parts("leave-out", tables.train.labels, &split.train.rows, &split.test.rows)?;
        Ok(split)
    }

    fn tables(&self) -> super::PartTables {
        let test = if self.test.is_none() { TableName::Test } else { TableName::Train };
        super::PartTables { validation: TableName::Train, test }
    }

    fn trains_on_outliers(&self) -> bool {
        self.train_on == TrainOn::All
    }

    fn has_validation(&self) -> bool {
        self.validation > 0.0
    }

    fn folds(&self) -> Vec<Option<u32>> {
        (1..).zip(&self.leave_out).map(|(fold, _)| Some(fold)).collect()
    }

    fn fold_name(&self, fold: Option<u32>) -> Option<&str> {
        let at = (fold? as usize).checked_sub(1)?;
        self.leave_out.get(at).map(String::as_str)
    }

    /// The other families and their number decide nothing of a fold's rows.
    fn narrow(&mut self, fold: Option<u32>) {
        self.leave_out = self.fold_name(fold).map(str::to_owned).into_iter().collect();
    }

    fn keeps_duplicates_together(&self) -> bool {
        self.duplicates == Duplicates::Together
    }
}

impl LeaveOut {
    fn no_family(&self, at: usize, among: Vec<String>) -> KeyFault {
        let word = self.leave_out.get(at).cloned().unwrap_or_default();
        let message = format!("there is no family of attacks \"{word}\"");
        KeyFault::at("leave_out", message, Help::Choose { word, among }).in_item(at)
    }

    fn vectors<'a>(&self, rows: &TableRows<'a>) -> Option<&'a [u32]> {
        rows.vectors.filter(|_| self.duplicates == Duplicates::Together)
    }

    /// The test table's inliers and outliers of the family are tested on; the training table without the family
    /// trains and validates.
    fn of_two_tables(&self, train: &TableRows<'_>, test: &TableRows<'_>, family: &str) -> Split {
        let others: Vec<usize> =
            (0..train.labels.len()).filter(|&row| train.family(row) != family).collect();
        let vectors = self.vectors(train);
        let mut parts =
            shares::draw(train.labels, &others, vectors, self.seed, &[self.validation]).into_iter();
        let mut next = |keep| parts.next().map_or_else(Vec::new, |part| kept(part, keep));
        let (validation, trained) = (next(TrainOn::All), next(self.train_on));
        let tested = |row: &usize| test.labels[*row] == (test.family(*row) == family);
        let part = |table, rows| Part { table, rows };
        Split {
            train: part(TableName::Train, trained),
            validation: part(TableName::Train, validation),
            test: part(TableName::Test, (0..test.labels.len()).filter(tested).collect()),
        }
    }

    /// Every row is drawn for a part as in a holdout, so that the folds share their inliers. Then all outliers of
    /// the family go to the test part, and the other outliers that were drawn for it train. If duplicates are kept
    /// together, no row that equals a test row is trained or validated on.
    fn of_one_table(&self, rows: &TableRows<'_>, family: &str) -> Split {
        let vectors = self.vectors(rows);
        let all: Vec<usize> = (0..rows.labels.len()).collect();
        let shares = [self.test.unwrap_or(TEST), self.validation];
        let drawn = shares::draw(rows.labels, &all, vectors, self.seed, &shares);
        let of_family = |row: usize| rows.family(row) == family;
        let copies: HashSet<u32> = vectors
            .into_iter()
            .flat_map(|vectors| all.iter().filter(|&&row| of_family(row)).map(|&row| vectors[row]))
            .collect();
        let copy = |row: usize| vectors.is_some_and(|vectors| copies.contains(&vectors[row]));
        let mut parts = drawn.into_iter().map(|[mut inliers, mut outliers]| {
            inliers.retain(|&row| !of_family(row));
            outliers.retain(|&row| !of_family(row));
            [inliers, outliers]
        });
        let [mut inliers, mut freed] = parts.next().unwrap_or_default();
        if let Some(vectors) = vectors {
            let tested: HashSet<u32> = inliers.iter().map(|&row| vectors[row]).collect();
            freed.retain(|&row| !copy(row) && !tested.contains(&vectors[row]));
        }
        let mut seen = |keep, freed: Vec<usize>| {
            let [mut usual, mut others] = parts.next().unwrap_or_default();
            inliers.extend(usual.iter().copied().filter(|&row| copy(row)));
            usual.retain(|&row| !copy(row));
            others.retain(|&row| !copy(row));
            others.extend(freed);
            kept([usual, others], keep)
        };
        let (validation, train) = (seen(TrainOn::All, vec![]), seen(self.train_on, freed));
        let outliers = all.iter().copied().filter(|&row| rows.labels[row] && of_family(row));
        let tested = kept([inliers, outliers.collect()], TrainOn::All);
        let part = |rows| Part { table: TableName::Train, rows };
        Split { train: part(train), validation: part(validation), test: part(tested) }
    }
}

/// The families of the outliers of a table, in order of first appearance.
fn outlier_families(rows: &TableRows<'_>) -> Vec<String> {
    let mut families: Vec<String> = Vec::new();
    for row in (0..rows.labels.len()).filter(|&row| rows.labels[row]) {
        if !families.iter().any(|known| known == rows.family(row)) {
            families.push(rows.family(row).to_owned());
        }
    }
    families
}
