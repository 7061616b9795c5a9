//! `group`: rows of one capture, day or host are in one part.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};

use super::dealing::{Dealing, Group, TRAIN};
use super::shares::leave_training_rows;
use super::{
    DataTables, DefaultValue, Described, GoesBy, Key, KeyFault, Part, SEED, Split, SplitError,
    SplitKind, SplitTables, TRAIN_ON, TableName, TableRows, TrainOn, Values, check_parts,
};
use crate::dataset::{BesideKind, Column};
use crate::keys::Help;
use crate::{numpy_rng, time};

/// The parts of the groups, beside the training part.
const TEST: usize = 0;
const VALIDATION: usize = 1;

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
    /// Drawn: together they have about this share of the rows; 0 for none.
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
            meaning: "The column that names the group of a row; in a column of times, each day (UTC) is a group",
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
        data.refuse_unread(&self.column)?;
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
        let parts = self.assign(&groups, rows.labels)?;
        let of = |part: usize, keep: TrainOn| {
            let groups = groups.iter().zip(&parts).filter(|(_, of)| **of == part);
            let all = groups.flat_map(|((_, rows), _)| rows.iter().copied());
            let mut kept: Vec<usize> =
                all.filter(|&row| keep == TrainOn::All || !rows.labels[row]).collect();
            kept.sort_unstable();
            kept
        };
        let (train, test) = (of(TRAIN, self.train_on), of(TEST, TrainOn::All));
        check_parts("group", rows.labels, &train, &test)?;
        let part = |rows| Part { table: TableName::Train, rows };
        let validation = part(of(VALIDATION, TrainOn::All));
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

    /// The part of each group: those that are named, and of the others what comes nearest to the shares.
    fn assign(&self, groups: &NamedGroups, labels: &[bool]) -> Result<Vec<usize>, SplitError> {
        let mut parts = vec![None; groups.len()];
        let wanted = [("test", &self.test), ("validation", &self.validation)];
        for (part, (key, wanted)) in wanted.into_iter().enumerate() {
            for (item, name) in wanted.names().iter().enumerate() {
                let at = groups.iter().position(|(group, _)| group == name);
                let at = at.ok_or_else(|| self.no_group(key, name, groups).in_item(item))?;
                parts[at] = Some(part);
            }
        }
        let group = |rows: &Vec<usize>| Group {
            rows: rows.len(),
            inliers: rows.iter().filter(|&&row| !labels[row]).count(),
        };
        let free: Vec<usize> = (0..groups.len()).filter(|&at| parts[at].is_none()).collect();
        let drawn: Vec<Group> = free.iter().map(|&at| group(&groups[at].1)).collect();
        let total: usize = groups.iter().map(|(_, rows)| rows.len()).sum();
        let left: usize = drawn.iter().map(|group| group.rows).sum();
        let count = |share: f64| numpy_rng::fraction(total, share) as i64;
        let counts = wanted.map(|(_, wanted)| count(wanted.share()));
        let open = |part: usize| (wanted[part].1.share() > 0.0).then_some(counts[part]);
        let trained = left as i64 - counts[TEST] - counts[VALIDATION];
        let wanted = [open(TEST), open(VALIDATION), Some(trained)];
        let dealing = Dealing { groups: &drawn, wanted, seed: self.seed };
        let dealt = dealing.assign().ok_or_else(|| self.too_few(groups.len(), &dealing))?;
        for (at, part) in free.into_iter().zip(dealt) {
            parts[at] = Some(part);
        }
        Ok(parts.into_iter().map(|part| part.unwrap_or(TRAIN)).collect())
    }

    fn no_group(&self, key: &'static str, name: &str, groups: &NamedGroups) -> KeyFault {
        let message = format!("no row has \"{name}\" in {}", self.column);
        let among = groups.iter().map(|(name, _)| name.clone()).collect();
        KeyFault::at(key, message, Help::Choose { word: name.to_owned(), among })
    }

    /// The fault of fewer groups than parts; `all` counts the named ones, too.
    fn too_few(&self, all: usize, dealing: &Dealing<'_>) -> SplitError {
        let (column, left) = (&self.column, dealing.groups.len());
        let parts = match dealing.wanted {
            [Some(_), Some(_), _] => "test, validation and training need one each",
            [Some(_), None, _] => "test and training need one each",
            _ => "validation and training need one each",
        };
        let groups = if left == 1 { "group" } else { "groups" };
        let unnamed = if left < all { " that neither test nor validation names" } else { "" };
        let message = match left {
            0 => format!(
                "test and validation name every group of {column}, and none is left to train on"
            ),
            _ => format!("{column} has {left} {groups}{unnamed}, and {parts}"),
        };
        let help = "split by a column of more groups, name fewer, or set validation = 0";
        KeyFault::at("column", message, help).into()
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
