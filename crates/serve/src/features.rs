//! A row's features beside what is usual: the values of normal rows, what the model made of the
//! row, and which features its score came from.

use std::collections::BTreeMap;

use oddbench_core::threshold::quantile;
use oddbench_core::{Column, Table};
use schemars::JsonSchema;
use serde::Serialize;

/// Categories that are named as usual at most.
const NAMED: usize = 5;

/// What is usual in a column.
#[derive(Debug, Clone, PartialEq)]
pub enum Usual {
    /// The 1st, 50th and 99th percentile; `None` without values.
    Numeric(Option<[f64; 3]>),
    /// Each category with its share, the most frequent first.
    Categorical(Vec<(String, f64)>),
}

/// What is usual in each column, among the given rows.
pub fn usual(table: &Table, rows: &[usize]) -> Vec<(String, Usual)> {
    let of = |column: &Column| match column {
        Column::Numeric(values) => {
            let here: Vec<f64> =
                rows.iter().map(|&row| values[row]).filter(|value| value.is_finite()).collect();
            let at = |q| quantile(&here, q);
            Usual::Numeric(match (at(0.01), at(0.5), at(0.99)) {
                (Some(low), Some(median), Some(high)) => Some([low, median, high]),
                _ => None,
            })
        }
        Column::Categorical { codes, levels } => {
            let mut counts: BTreeMap<u32, usize> = BTreeMap::new();
            rows.iter().for_each(|&row| *counts.entry(codes[row]).or_default() += 1);
            let mut shares: Vec<(String, f64)> = counts
                .into_iter()
                .filter_map(|(code, n)| Some((levels.get(code as usize)?.clone(), n)))
                .map(|(name, n)| (name, n as f64 / rows.len() as f64))
                .collect();
            shares.sort_by(|a, b| b.1.total_cmp(&a.1));
            Usual::Categorical(shares)
        }
    };
    table.columns.iter().map(|(name, column)| (name.clone(), of(column))).collect()
}

/// A value as a table's cell has it.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
#[serde(untagged)]
pub enum Cell {
    /// A number.
    Number(f64),
    /// A category.
    Category(String),
    /// Nothing.
    Missing,
}

impl Cell {
    /// The value of a row.
    pub fn of(column: &Column, row: usize) -> Self {
        match column {
            Column::Numeric(values) if values[row].is_nan() => Self::Missing,
            Column::Numeric(values) => Self::Number(values[row]),
            Column::Categorical { codes, levels } => levels
                .get(codes[row] as usize)
                .map_or(Self::Missing, |name| Self::Category(name.clone())),
        }
    }
}

/// What a model says of one column of a row.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Explained {
    /// Its share of the sum of absolute contributions, with the contribution's sign.
    pub share: Option<f64>,
    /// What the model would have put there.
    pub reconstruction: Option<Cell>,
}

/// A feature of a row.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Feature {
    name: String,
    /// `numeric` or `categorical`.
    kind: &'static str,
    value: Cell,
    usual: Option<UsualRange>,
    /// Whether normal rows hardly ever have such a value; null where nothing is known of them.
    outside: Option<bool>,
    /// Whether the model reads it.
    used: bool,
    /// What the model would have put there.
    reconstruction: Option<Cell>,
    /// Its contribution over the sum of all contributions' sizes.
    share: Option<f64>,
}

/// What is usual in a column: a range of numbers, or the most frequent categories.
#[derive(Debug, Serialize, JsonSchema)]
pub struct UsualRange {
    /// The 1st percentile.
    low: Option<f64>,
    median: Option<f64>,
    /// The 99th percentile.
    high: Option<f64>,
    values: Option<Vec<UsualCategory>>,
}

#[derive(Debug, Serialize, JsonSchema)]
struct UsualCategory {
    value: String,
    share: f64,
}

/// A feature beside what is usual for it and what the model says of it.
pub fn feature(
    name: &str,
    value: Cell,
    usual: Option<&Usual>,
    said: Option<&Explained>,
) -> Feature {
    let categorical =
        matches!(usual, Some(Usual::Categorical(_))) || matches!(value, Cell::Category(_));
    Feature {
        name: name.to_owned(),
        kind: if categorical { "categorical" } else { "numeric" },
        usual: usual.map(UsualRange::of),
        outside: usual.map(|usual| outside(&value, usual)),
        value,
        used: said.is_some(),
        reconstruction: said.and_then(|said| said.reconstruction.clone()),
        share: said.and_then(|said| said.share),
    }
}

impl UsualRange {
    /// As in answers to clients.
    pub fn of(usual: &Usual) -> Self {
        let [low, median, high] = match usual {
            Usual::Numeric(Some(range)) => range.map(Some),
            Usual::Numeric(None) | Usual::Categorical(_) => [None; 3],
        };
        let named =
            |(value, share): &(String, f64)| UsualCategory { value: value.clone(), share: *share };
        let values = match usual {
            Usual::Numeric(_) => None,
            Usual::Categorical(shares) => Some(shares.iter().take(NAMED).map(named).collect()),
        };
        Self { low, median, high, values }
    }
}

/// Whether normal rows hardly ever (numbers) or never (categories) have that value.
pub fn outside(cell: &Cell, usual: &Usual) -> bool {
    match (cell, usual) {
        (Cell::Number(value), Usual::Numeric(Some([low, _, high]))) => value < low || value > high,
        (Cell::Category(name), Usual::Categorical(shares)) => {
            !shares.iter().any(|(known, _)| known == name)
        }
        _ => false,
    }
}

/// The given rows of a table, in that order. Panics if a row is not in it.
pub fn pick(table: &Table, rows: &[usize]) -> Table {
    let column = |column: &Column| match column {
        Column::Numeric(values) => Column::Numeric(rows.iter().map(|&row| values[row]).collect()),
        Column::Categorical { codes, levels } => Column::Categorical {
            codes: rows.iter().map(|&row| codes[row]).collect(),
            levels: levels.clone(),
        },
    };
    Table {
        columns: table.columns.iter().map(|(name, c)| (name.clone(), column(c))).collect(),
        classes: table.classes.as_ref().map(|classes| classes.select(rows)),
        beside: table.beside.iter().map(|(name, c)| (name.clone(), column(c))).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_beyond_the_usual_are_marked() {
        let numbers = Usual::Numeric(Some([1.0, 2.0, 3.0]));
        assert!(!outside(&Cell::Number(3.0), &numbers));
        assert!(outside(&Cell::Number(3.1), &numbers));
        let names = Usual::Categorical(vec![("http".into(), 1.0)]);
        assert!(outside(&Cell::Category("ftp".into()), &names));
        assert!(!outside(&Cell::Missing, &names));
    }

    #[test]
    fn the_usual_range_is_that_of_the_given_rows() {
        let table = Table {
            columns: vec![
                ("a".into(), Column::Numeric(vec![0.0, 10.0, f64::NAN, 1_000.0])),
                (
                    "b".into(),
                    Column::Categorical {
                        codes: vec![0, 0, 1, 2],
                        levels: vec!["x".into(), "y".into(), "z".into()],
                    },
                ),
            ],
            classes: None,
            beside: Vec::new(),
        };
        let found = usual(&table, &[0, 1, 2]);
        assert_eq!(found[0].1, Usual::Numeric(Some([0.1, 5.0, 9.9])));
        let Usual::Categorical(shares) = &found[1].1 else { panic!("{found:?}") };
        assert_eq!(shares[0].0, "x");
        assert_eq!(shares.len(), 2);
    }
}
