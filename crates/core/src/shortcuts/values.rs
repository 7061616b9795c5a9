//! The values of a column with the rows of each label that have them.

use std::collections::HashMap;

use super::sample::{Counts, Sample};
use crate::Column;

/// A column of a sample, as numbers or as categories.
pub(super) enum Grouped<'a> {
    Numbers(Numbers),
    Categories(Categories<'a>),
}

/// The distinct numbers of a sample, ascending, and rows without a number.
pub(super) struct Numbers {
    pub(super) groups: Vec<(f64, Counts)>,
    pub(super) missing: Counts,
}

/// The categories of a sample.
pub(super) struct Categories<'a> {
    pub(super) levels: &'a [String],
    /// One per level; levels that no row has are there too.
    pub(super) counts: Vec<Counts>,
    pub(super) missing: Counts,
}

impl<'a> Grouped<'a> {
    pub(super) fn of(column: &'a Column, sample: &Sample<'_>) -> Self {
        match column {
            Column::Numeric(values) => {
                let of = sample.rows.iter().map(|&row| values[row]);
                Self::Numbers(Numbers::of(of.zip(sample.labels.iter().copied())))
            }
            Column::Categorical { codes, levels } => {
                let mut counts = vec![Counts::default(); levels.len()];
                let mut missing = Counts::default();
                for (&row, &label) in sample.rows.iter().zip(&sample.labels) {
                    counts.get_mut(codes[row] as usize).unwrap_or(&mut missing).add(label);
                }
                Self::Categories(Categories { levels, counts, missing })
            }
        }
    }

    pub(super) fn missing(&self) -> Counts {
        match self {
            Self::Numbers(numbers) => numbers.missing,
            Self::Categories(categories) => categories.missing,
        }
    }

    /// Each value that occurs, in words, with its rows.
    pub(super) fn values(&self) -> Vec<(Value<'_>, Counts)> {
        let (mut values, missing): (Vec<_>, _) = match self {
            Self::Numbers(Numbers { groups, missing }) => (
                groups.iter().map(|&(value, counts)| (Value::Number(value), counts)).collect(),
                missing,
            ),
            Self::Categories(Categories { levels, counts, missing }) => {
                let levels = levels.iter().zip(counts);
                (levels.map(|(level, &counts)| (Value::Category(level), counts)).collect(), missing)
            }
        };
        values.push((Value::Missing, *missing));
        values.retain(|(_, counts)| counts.rows() > 0);
        values
    }
}

impl Numbers {
    pub(super) fn of(rows: impl Iterator<Item = (f64, bool)>) -> Self {
        let mut missing = Counts::default();
        let mut known: Vec<(f64, bool)> = Vec::with_capacity(rows.size_hint().0);
        for (value, label) in rows {
            match value.is_nan() {
                true => missing.add(label),
                false => known.push((value, label)),
            }
        }
        known.sort_unstable_by(|a, b| a.0.total_cmp(&b.0));
        let mut groups: Vec<(f64, Counts)> = Vec::new();
        for (value, label) in known {
            // 0.0 and -0.0 are one value.
            match groups.last_mut() {
                Some((last, counts)) if *last == value => counts.add(label),
                _ => {
                    let mut counts = Counts::default();
                    counts.add(label);
                    groups.push((value, counts));
                }
            }
        }
        Self { groups, missing }
    }
}

impl<'a> Categories<'a> {
    /// The rows of each category that has any, by name.
    pub(super) fn by_name(&self) -> HashMap<&'a str, Counts> {
        let all = self.levels.iter().map(String::as_str).zip(self.counts.iter().copied());
        all.filter(|(_, counts)| counts.rows() > 0).collect()
    }
}

/// A value of a column.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Value<'a> {
    Number(f64),
    Category(&'a str),
    Missing,
}

impl Value<'_> {
    /// The value of a row.
    pub(super) fn at(column: &Column, row: usize) -> Value<'_> {
        match column {
            Column::Numeric(values) if values[row].is_nan() => Value::Missing,
            Column::Numeric(values) => Value::Number(values[row]),
            Column::Categorical { codes, levels } => levels
                .get(codes[row] as usize)
                .map_or(Value::Missing, |level| Value::Category(level)),
        }
    }

    pub(super) fn words(self) -> String {
        match self {
            Self::Number(value) => value.to_string(),
            Self::Category(level) => level.to_owned(),
            Self::Missing => "no value".to_owned(),
        }
    }
}

/// The area under the ROC curve. The groups have equal scores each, and ascend. `None` if a class is absent. Pairs are
/// counted as whole numbers, so that only the result is rounded.
pub(super) fn roc_auc(ascending: impl Iterator<Item = Counts>) -> Option<f64> {
    let (mut below, mut twice): (Counts, u128) = (Counts::default(), 0);
    for group in ascending {
        twice += u128::from(group.outliers) * u128::from(2 * below.inliers + group.inliers);
        below = below.plus(group);
    }
    let pairs = below.outliers as f64 * below.inliers as f64;
    (pairs > 0.0).then(|| twice as f64 / (2.0 * pairs))
}
