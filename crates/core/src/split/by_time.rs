//! `time`: training rows come before validation rows, and these before test rows.

use serde::{Deserialize, Serialize};

use super::shares::leave_training_rows;
use super::{
    DataTables, DefaultValue, Described, GoesBy, Key, KeyFault, Part, Split, SplitError, SplitKind,
    SplitTables, TRAIN_ON, TableName, TableRows, TrainOn, Values, check_parts,
};
use crate::dataset::{BesideKind, Column, FeatureKind};
use crate::{numpy_rng, time};

/// The share of the rows that are tested on, without a cut.
const TEST: f64 = 0.3;
/// The share of the rows that are validated on, without a cut.
const VALIDATION: f64 = 0.2;

/// A split of the training table by time, or by the order of its rows.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ByTime {
    /// The column of the times. `None`: the number of the row.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub column: Option<String>,
    /// Share of the rows that are tested on, 0 < share < 1, the last ones; `None` with a cut.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub test: Option<f64>,
    /// Share of the rows that are validated on, 0 <= share, those before; `None` with a cut.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub validation: Option<f64>,
    /// Where validation begins and where the test begins; one cut alone is the test's. `None`: by shares.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cut: Option<Vec<Cut>>,
    /// Which training rows are kept.
    pub train_on: TrainOn,
    /// Whether the column holds times. It follows from the data set.
    #[serde(skip)]
    pub is_time: bool,
}

/// Where a part begins: its first row has this value or a greater one.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Cut {
    /// A value of a column of numbers; of a column of times the seconds as which its values are read; without a
    /// column, the number of rows of the table that stand before.
    Number(f64),
    /// A date, or a date and a time.
    Time(String),
}

impl Cut {
    /// The number that values are compared with; `None` for a text that is no time.
    fn value(&self) -> Option<f64> {
        match self {
            Self::Number(number) => Some(*number),
            Self::Time(text) => time::parse(text),
        }
    }
}

impl Described for ByTime {
    const SUMMARY: &'static str = "Trains on the first rows of the training table, validates on later ones and tests on the last.";
    const KEYS: &'static [Key] = &[
        Key {
            name: "column",
            values: Values::Text,
            default: DefaultValue::Absent,
            meaning: "The column of times or numbers that orders the rows; without it, the order of the file",
        },
        Key {
            name: "test",
            values: Values::Share,
            default: DefaultValue::Absent,
            meaning: "Share of the rows that are tested on, the last ones; 0.3 where there is no `cut`",
        },
        Key {
            name: "validation",
            values: Values::ShareOrZero,
            default: DefaultValue::Absent,
            meaning: "Share of the rows that is validated on, those before the test; 0.2 where there is no `cut`",
        },
        Key {
            name: "cut",
            values: Values::Points { most: 2 },
            default: DefaultValue::Absent,
            meaning: "Where the parts begin: [validation, test], or [test] without validation; times, values of a column of numbers, or numbers of rows",
        },
        TRAIN_ON,
    ];
}

impl SplitKind for ByTime {
    fn complete(&mut self, data: &DataTables<'_>) -> Result<(), KeyFault> {
        self.is_time = self.check_column(data)?;
        match &self.cut {
            None => {
                let test = *self.test.get_or_insert(TEST);
                let validation = *self.validation.get_or_insert(VALIDATION);
                leave_training_rows(test, validation)
            }
            Some(cut) => {
                let shares = [("test", self.test), ("validation", self.validation)];
                match shares.into_iter().find(|(_, share)| share.is_some()) {
                    Some((key, _)) => Err(KeyFault::at(
                        key,
                        "cut says where the parts begin, so that a share has no effect",
                        "remove this key, or remove cut",
                    )),
                    None => check_cut(cut, self.is_time, self.column.as_deref()),
                }
            }
        }
    }

    fn draw(&self, tables: &SplitTables<'_>, _: Option<u32>) -> Result<Split, SplitError> {
        let rows = &tables.train;
        let values = self.values(rows)?;
        let mut order: Vec<usize> = (0..values.len()).collect();
        order.sort_by(|&a, &b| values[a].total_cmp(&values[b]));
        let sorted: Vec<f64> = order.iter().map(|&position| values[position]).collect();
        let [validation_from, test_from] = self.begins(&sorted)?;
        let mut train = order[..validation_from].to_vec();
        train.retain(|&row| self.train_on == TrainOn::All || !rows.labels[row]);
        let (validation, test) = order[validation_from..].split_at(test_from - validation_from);
        check_parts("time", rows.labels, &train, test)?;
        let part = |rows: &[usize]| Part { table: TableName::Train, rows: rows.to_vec() };
        Ok(Split { train: part(&train), validation: part(validation), test: part(test) })
    }

    fn trains_on_outliers(&self) -> bool {
        self.train_on == TrainOn::All
    }

    fn has_validation(&self) -> bool {
        match &self.cut {
            Some(cut) => cut.len() > 1,
            None => self.validation != Some(0.0),
        }
    }

    fn to_validate(&self) -> &'static str {
        match self.cut {
            Some(_) => {
                "give split.cut two points: where validation begins, and where the test begins"
            }
            None => "set split.validation above 0, such as validation = 0.2",
        }
    }

    fn goes_by(&self) -> Option<GoesBy<'_>> {
        Some(GoesBy::Order(self.column.as_deref()))
    }
}

impl ByTime {
    /// Whether the column holds times. Without a column it does not.
    fn check_column(&self, data: &DataTables<'_>) -> Result<bool, KeyFault> {
        let Some(column) = &self.column else { return Ok(false) };
        data.refuse_unread(column)?;
        let beside = data.beside.iter().find(|beside| beside.name == *column);
        let feature = data.columns.iter().find(|(name, _)| name == column);
        match (beside.map(|beside| beside.kind), feature) {
            (Some(BesideKind::Time), _) => Ok(true),
            (Some(BesideKind::Number), _) | (None, Some((_, FeatureKind::Numeric))) => Ok(false),
            (Some(BesideKind::Category), _) | (None, Some((_, FeatureKind::Categorical))) => {
                Err(KeyFault::at(
                    "column",
                    format!("\"{column}\" holds categories, which have no order"),
                    "name a column of times or numbers, or use kind = \"group\"",
                ))
            }
            (None, None) => Err(data.unknown_column(column, |kind| kind != BesideKind::Category)),
        }
    }

    /// What each usable row is ordered by.
    fn values(&self, rows: &TableRows<'_>) -> Result<Vec<f64>, SplitError> {
        let Some(name) = &self.column else {
            return Ok(rows.usable.iter().map(|&row| row as f64).collect());
        };
        let Column::Numeric(column) = rows.split_column(name)? else {
            return Err(KeyFault::at("column", format!("\"{name}\" holds no numbers"), "").into());
        };
        rows.refuse_missing(name, |row| !column[row].is_finite())?;
        Ok(rows.usable.iter().map(|&row| column[row]).collect())
    }

    /// Where validation and test begin among the rows in order. Rows of one value are never divided: the
    /// border that a share asks for moves to the nearest change of the value.
    fn begins(&self, sorted: &[f64]) -> Result<[usize; 2], SplitError> {
        if let Some(cut) = &self.cut {
            return cut_at(cut, sorted, self.is_time);
        }
        let rows = sorted.len();
        let share = |share: Option<f64>| numpy_rng::fraction(rows, share.unwrap_or(0.0));
        let wanted = rows - share(self.test);
        let none = || {
            let column = self.column.as_deref().unwrap_or("row");
            let parts = if self.has_validation() { "three" } else { "two" };
            let message = format!(
                "rows of one {column} are never divided, and there are not enough different values for {parts} parts"
            );
            let help = "order the rows by another column, or leave the key away: then the order of the file counts";
            SplitError::from(KeyFault::at("column", message, help))
        };
        // Training and validation need another border below the border of the test.
        let first = match self.has_validation() {
            false => 1,
            true => borders(sorted, 1, rows).next().ok_or_else(none)? + 1,
        };
        let test = nearest(borders(sorted, first, rows), wanted).ok_or_else(none)?;
        if !self.has_validation() {
            return Ok([test, test]);
        }
        let wanted = wanted.saturating_sub(share(self.validation));
        Ok([nearest(borders(sorted, 1, test), wanted).ok_or_else(none)?, test])
    }
}

/// The positions from `first` on and before `end` whose row has a greater value than the row before.
fn borders(sorted: &[f64], first: usize, end: usize) -> impl Iterator<Item = usize> + '_ {
    (first..end).filter(|&at| sorted[at - 1] < sorted[at])
}

/// The border nearest to a position, of two as near the earlier one.
fn nearest(borders: impl Iterator<Item = usize>, wanted: usize) -> Option<usize> {
    borders.min_by_key(|at| at.abs_diff(wanted))
}

/// Where the parts begin that stated cuts make; each part must have a row.
fn cut_at(cut: &[Cut], sorted: &[f64], is_time: bool) -> Result<[usize; 2], SplitError> {
    let begin = |cut: &Cut| {
        let value = cut.value().unwrap_or(f64::INFINITY);
        sorted.partition_point(|&row| row < value)
    };
    let (validation, test) = (cut.first().map_or(0, begin), cut.last().map_or(0, begin));
    let empty = [
        (validation == 0, 0, "before"),
        (cut.len() > 1 && validation == test, 1, "between the first cut and"),
        (test == sorted.len(), cut.len() - 1, "at or after"),
    ];
    let Some((_, item, place)) = empty.into_iter().find(|(empty, ..)| *empty) else {
        return Ok([validation, test]);
    };
    let (first, last) = (sorted.first().copied(), sorted.last().copied());
    let words = |value: f64| match (&cut[item], is_time) {
        (Cut::Time(_), _) => time::in_words(value),
        (Cut::Number(_), true) => format!("{value} ({})", time::in_words(value)),
        (Cut::Number(_), false) => value.to_string(),
    };
    let point = match &cut[item] {
        Cut::Time(text) => text.clone(),
        Cut::Number(number) => number.to_string(),
    };
    let range = match (first, last) {
        (Some(first), Some(last)) => {
            let seconds = match (&cut[item], is_time) {
                (Cut::Number(_), true) => "a number counts seconds, whatever the file counts: ",
                _ => "",
            };
            format!("{seconds}the rows run from {} to {}", words(first), words(last))
        }
        _ => "there are no rows".to_owned(),
    };
    Err(KeyFault::at("cut", format!("no row is {place} {point}"), range).in_item(item).into())
}

fn check_cut(cut: &[Cut], is_time: bool, column: Option<&str>) -> Result<(), KeyFault> {
    let fault = |at: usize, message: String, help: &str| {
        Err(KeyFault::at("cut", message, help).in_item(at))
    };
    let mut last = f64::NEG_INFINITY;
    for (at, point) in cut.iter().enumerate() {
        let value = match (point, is_time, column) {
            (Cut::Time(text), true, _) => match time::parse(text) {
                Some(value) => value,
                None => {
                    let help = "write a date, or a date and a time: \"2017-07-05T08:00:00\"";
                    return fault(at, format!("\"{text}\" is no time"), help);
                }
            },
            (Cut::Time(text), false, Some(column)) => {
                let message = format!("\"{text}\" is a text, and {column} holds numbers");
                return fault(at, message, "write a number");
            }
            (Cut::Time(text), false, None) => {
                let message = format!("\"{text}\" is a text, and rows are numbered");
                let help = "write the number of rows before the cut, or add column = \"...\"";
                return fault(at, message, help);
            }
            (Cut::Number(number), _, None) if *number < 1.0 || number.fract() != 0.0 => {
                let message = format!("{number} is no number of rows");
                return fault(at, message, "write how many rows of the table come before the cut");
            }
            (Cut::Number(number), ..) => *number,
        };
        if value <= last {
            return fault(
                at,
                "this cut is not after the one before".into(),
                "put the earlier one first",
            );
        }
        last = value;
    }
    Ok(())
}
