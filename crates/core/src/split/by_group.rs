//! `group`: rows of one capture, day or host are in one part.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};

use super::shares::{fill, leave_training_rows};
use super::{
    DataTables, DefaultValue, Described, GoesBy, Key, KeyFault, Part, SEED, Split, SplitError,
    SplitKind, SplitTables, TRAIN_ON, TableName, TableRows, TrainOn, Values, check_parts,
};
use crate::dataset::{BesideKind, Column};
use crate::keys::Help;
use crate::{numpy_rng, time};

/// A split of the training table that keeps groups of rows whole.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ByGroup {
    /// The column that says which group a row is of.
    pub column: String,
    /// The groups that are tested on.
    pub test: Groups,
    /// The groups that are validated on.
    pub validation: Groups,
    /// Seed of the shuffle of the groups.
    pub seed: u32,
    /// Which training rows are kept.
    pub train_on: TrainOn,
    /// Whether the column holds times, whose groups are days. It follows from the data set.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub days: bool,
}

/// Which groups make up a part.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Groups {
    /// Drawn, so that together they have about this share of the rows; 0 for none.
    Share(f64),
    /// These.
    Named(Vec<String>),
}

impl Groups {
    fn share(&self) -> f64 {
        match self {
            Self::Share(share) => *share,
            Self::Named(_) => 0.0,
        }
    }

    fn names(&self) -> &[String] {
        match self {
            Self::Share(_) => &[],
            Self::Named(names) => names,
        }
    }
}

impl Described for ByGroup {
    const SUMMARY: &'static str =
        "Whole groups of the training table (a capture, a day, a host) for each part.";
    const KEYS: &'static [Key] = &[
        Key {
            name: "column",
            values: Values::Text,
            default: DefaultValue::Required("column = \"...\": the column of the groups"),
            meaning: "The column of the groups; the groups of a column of times are its days (UTC)",
        },
        Key {
            name: "test",
            values: Values::ShareOrTexts,
            default: DefaultValue::Number(0.3),
            meaning: "Share of the rows that are tested on, as near as whole groups come to it, or the names of the groups",
        },
        Key {
            name: "validation",
            values: Values::ShareOrTexts,
            default: DefaultValue::Number(0.2),
            meaning: "Share of the rows that is validated on, or the names of the groups",
        },
        SEED,
        TRAIN_ON,
    ];
}

impl SplitKind for ByGroup {
    fn complete(&mut self, data: &DataTables<'_>) -> Result<(), KeyFault> {
        let beside = data.beside.iter().find(|beside| beside.name == self.column);
        self.days = beside.is_some_and(|beside| beside.kind == BesideKind::Time);
        let is_feature = data.columns.iter().any(|(name, _)| *name == self.column);
        if beside.is_none() && !is_feature {
            return Err(data.unknown_column(&self.column, |_| true));
        }
        if self.test == Groups::Share(0.0) {
            let help = "use a number above 0 and below 1, or name groups";
            return Err(KeyFault::at("test", "there are no rows to test on", help));
        }
        let tested = self.test.names();
        if let Some(at) = self.validation.names().iter().position(|name| tested.contains(name)) {
            let message = format!("\"{}\" is in test as well", self.validation.names()[at]);
            return Err(KeyFault::at("validation", message, "name each group once").in_item(at));
        }
        leave_training_rows(self.test.share(), self.validation.share())
    }

    fn draw(&self, tables: &SplitTables<'_>, _: Option<u32>) -> Result<Split, SplitError> {
        let rows = &tables.train;
        let groups = self.groups(rows)?;
        let mut left: Vec<usize> = (0..groups.len()).collect();
        let mut parts = [Vec::new(), Vec::new()];
        let wanted = [("test", &self.test), ("validation", &self.validation)];
        for ((key, wanted), part) in wanted.iter().zip(&mut parts) {
            for (item, name) in wanted.names().iter().enumerate() {
                let at = groups.iter().position(|(group, _)| group == name);
                part.push(at.ok_or_else(|| self.no_group(key, name, &groups).in_item(item))?);
            }
        }
        left.retain(|at| parts.iter().all(|part| !part.contains(at)));
        let order = numpy_rng::permutation(self.seed, left.len());
        let mut left: Vec<usize> = order.into_iter().map(|position| left[position]).collect();
        let size = |at: &usize| groups[*at].1.len();
        for ((_, wanted), part) in wanted.iter().zip(&mut parts) {
            if wanted.share() > 0.0 {
                let count = numpy_rng::fraction(rows.labels.len(), wanted.share()).max(1);
                (*part, left) = fill(left, count, size);
                if part.is_empty() {
                    // Every group is larger than twice the share: the smallest comes nearest to it.
                    let least = (0..left.len()).min_by_key(|&at| size(&left[at]));
                    part.extend(least.map(|at| left.remove(at)));
                }
            }
        }
        let [test, validation] = parts;
        if left.is_empty() {
            return Err(self.too_few(&groups));
        }
        let of = |part: &[usize], keep: TrainOn| {
            let all = part.iter().flat_map(|&at| groups[at].1.iter().copied());
            let mut kept: Vec<usize> =
                all.filter(|&row| keep == TrainOn::All || !rows.labels[row]).collect();
            kept.sort_unstable();
            kept
        };
        let (train, test) = (of(&left, self.train_on), of(&test, TrainOn::All));
        check_parts("group", rows.labels, &train, &test)?;
        let part = |rows| Part { table: TableName::Train, rows };
        let validation = part(of(&validation, TrainOn::All));
        Ok(Split { train: part(train), validation, test: part(test) })
    }

    fn trains_on_outliers(&self) -> bool {
        self.train_on == TrainOn::All
    }

    fn has_validation(&self) -> bool {
        self.validation != Groups::Share(0.0)
    }

    fn goes_by(&self) -> Option<GoesBy<'_>> {
        Some(GoesBy::Groups { column: &self.column, days: self.days })
    }
}

/// Each group with the positions of its rows, in order of first appearance.
type NamedGroups = Vec<(String, Vec<usize>)>;

impl ByGroup {
    fn groups(&self, rows: &TableRows<'_>) -> Result<NamedGroups, SplitError> {
        let column = rows.split_column(&self.column)?;
        rows.refuse_missing(&self.column, |row| match column {
            Column::Numeric(values) => values[row].is_nan(),
            Column::Categorical { codes, .. } => codes[row] == Column::MISSING,
        })?;
        let mut groups: NamedGroups = Vec::new();
        let mut known: HashMap<String, usize> = HashMap::new();
        for (position, &row) in rows.usable.iter().enumerate() {
            let name = group_name(column, row, self.days);
            match known.get(&name) {
                Some(&at) => groups[at].1.push(position),
                None => {
                    known.insert(name.clone(), groups.len());
                    groups.push((name, vec![position]));
                }
            }
        }
        Ok(groups)
    }

    fn no_group(&self, key: &'static str, name: &str, groups: &NamedGroups) -> KeyFault {
        let message = format!("no row has \"{name}\" in {}", self.column);
        let among = groups.iter().map(|(name, _)| name.clone()).collect();
        KeyFault::at(key, message, Help::Choose { word: name.to_owned(), among })
    }

    fn too_few(&self, groups: &NamedGroups) -> SplitError {
        let message =
            format!("{} has {} groups, and none is left to train on", self.column, groups.len());
        KeyFault::at(
            "column",
            message,
            "split by a column of more groups, name fewer, or set validation = 0",
        )
        .into()
    }
}

/// The group of a row of a table: the category, the number, or the day of a time.
pub fn group_name(column: &Column, row: usize, days: bool) -> String {
    match column {
        Column::Numeric(values) if days => {
            time::day_in_words(values[row]).unwrap_or_else(|| values[row].to_string())
        }
        // 0 and -0 are one number.
        Column::Numeric(values) => (values[row] + 0.0).to_string(),
        Column::Categorical { codes, levels } => {
            levels.get(codes[row] as usize).cloned().unwrap_or_default()
        }
    }
}
