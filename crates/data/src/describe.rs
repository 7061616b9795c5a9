//! What a loaded data set holds: rows, classes, and the range of every column.

use std::collections::BTreeMap;

use oddbench_core::{Column, Dataset, FeatureKind, Table};
use serde::{Deserialize, Serialize};

use crate::catalog::{self, Entry};
use crate::datasets;

/// A data set in figures.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Description {
    /// Its kind.
    pub dataset: String,
    /// Whether its rows are generated.
    pub synthetic: bool,
    /// Its tables: `train`, and `test` if it has a separate one.
    pub tables: Vec<TableDescription>,
}

/// One table.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TableDescription {
    /// `train` or `test`.
    pub table: String,
    /// Number of rows.
    pub rows: usize,
    /// Classes that occur, the most frequent first; empty if the source has none.
    pub classes: Vec<ClassDescription>,
    /// Columns in the table's order.
    pub columns: Vec<ColumnDescription>,
}

/// One class.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClassDescription {
    /// Its name.
    pub class: String,
    /// `normal`, `dos`, `probe`, `r2l`, `u2r`; `None` where the catalog does not know the class.
    pub category: Option<String>,
    /// Rows of that class.
    pub rows: usize,
}

/// One column.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ColumnDescription {
    /// Its name.
    pub column: String,
    /// Numbers or categories.
    pub kind: FeatureKind,
    /// Rows without a value.
    pub missing: usize,
    /// Different values.
    pub distinct: usize,
    /// Smallest number; `None` for categories and for a column without values.
    pub min: Option<f64>,
    /// Largest number.
    pub max: Option<f64>,
    /// Arithmetic mean.
    pub mean: Option<f64>,
    /// The most frequent category with its rows (of several, the first in the alphabet).
    pub most_frequent: Option<(String, usize)>,
}

/// Counts and ranges of everything that was loaded.
pub fn describe(dataset: &Dataset) -> Description {
    // The synthetic data set has KDD's class names.
    let kind = datasets::find(&dataset.name);
    let entry = kind.and_then(|kind| kind.entry).unwrap_or_else(|| catalog::kdd99());
    let tables = [("train", Some(&dataset.train)), ("test", dataset.test.as_ref())];
    let tables = tables.into_iter().filter_map(|(name, table)| {
        Some(TableDescription {
            table: name.into(),
            rows: table?.rows(),
            classes: classes(table?, entry),
            columns: table?.columns.iter().map(|(name, values)| column(name, values)).collect(),
        })
    });
    Description {
        dataset: dataset.name.clone(),
        synthetic: dataset.synthetic,
        tables: tables.collect(),
    }
}

fn classes(table: &Table, entry: &Entry) -> Vec<ClassDescription> {
    let Some(classes) = &table.classes else { return Vec::new() };
    let mut counts = vec![0; classes.names.len()];
    classes.codes.iter().for_each(|&code| counts[usize::from(code)] += 1);
    let mut described: Vec<_> = classes
        .names
        .iter()
        .zip(counts)
        .filter(|&(_, rows)| rows > 0)
        .map(|(class, rows)| ClassDescription {
            class: class.clone(),
            category: entry.category(class).map(str::to_owned),
            rows,
        })
        .collect();
    described.sort_by(|a, b| b.rows.cmp(&a.rows).then_with(|| a.class.cmp(&b.class)));
    described
}

fn column(name: &str, column: &Column) -> ColumnDescription {
    let empty = ColumnDescription {
        column: name.into(),
        kind: FeatureKind::Numeric,
        missing: 0,
        distinct: 0,
        min: None,
        max: None,
        mean: None,
        most_frequent: None,
    };
    match column {
        Column::Numeric(values) => numeric(values, empty),
        Column::Categorical { codes, levels } => categorical(codes, levels, empty),
    }
}

fn numeric(values: &[f64], empty: ColumnDescription) -> ColumnDescription {
    let mut present: Vec<f64> = values.iter().copied().filter(|v| !v.is_nan()).collect();
    let missing = values.len() - present.len();
    let mean = present.iter().sum::<f64>() / present.len() as f64;
    present.sort_unstable_by(f64::total_cmp);
    let (min, max) = (present.first().copied(), present.last().copied());
    present.dedup();
    let mean = min.map(|_| mean);
    ColumnDescription { missing, distinct: present.len(), min, max, mean, ..empty }
}

fn categorical(codes: &[u32], levels: &[String], empty: ColumnDescription) -> ColumnDescription {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    let mut missing = 0;
    for &code in codes {
        match levels.get(code as usize) {
            Some(level) => *counts.entry(level).or_default() += 1,
            None => missing += 1,
        }
    }
    let most = counts.iter().rev().max_by_key(|(_, rows)| **rows);
    ColumnDescription {
        kind: FeatureKind::Categorical,
        missing,
        distinct: counts.len(),
        most_frequent: most.map(|(level, rows)| ((*level).to_owned(), *rows)),
        ..empty
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use oddbench_core::Classes;

    #[test]
    fn counts_ranges_and_missing_values() {
        let levels = ["b", "a", "unused"].map(String::from).to_vec();
        let table = Table {
            columns: vec![
                ("x".into(), Column::Numeric(vec![3.0, f64::NAN, 1.0, 3.0, 2.0])),
                (
                    "s".into(),
                    Column::Categorical { codes: vec![0, 1, Column::MISSING, 0, 1], levels },
                ),
                ("nothing".into(), Column::Numeric(vec![f64::NAN; 5])),
            ],
            beside: Vec::new(),
            classes: Some(Classes {
                names: ["normal", "smurf", "mine", "absent"].map(String::from).to_vec(),
                codes: vec![1, 0, 1, 2, 1],
            }),
        };
        let data = Dataset {
            name: "synthetic".into(),
            synthetic: true,
            train: table,
            test: None,
            other: None,
        };
        let described = describe(&data);
        assert!(described.synthetic && described.tables.len() == 1);
        let table = &described.tables[0];
        assert_eq!((table.table.as_str(), table.rows), ("train", 5));
        let classes: Vec<_> = table
            .classes
            .iter()
            .map(|c| (c.class.as_str(), c.category.as_deref(), c.rows))
            .collect();
        let expected =
            [("smurf", Some("dos"), 3), ("mine", None, 1), ("normal", Some("normal"), 1)];
        assert_eq!(classes, expected);
        let [x, s, nothing] = &table.columns[..] else { panic!() };
        assert_eq!((x.min, x.max, x.mean), (Some(1.0), Some(3.0), Some(2.25)));
        assert_eq!((x.distinct, x.missing), (3, 1));
        assert_eq!((s.kind, s.distinct, s.missing), (FeatureKind::Categorical, 2, 1));
        assert_eq!(s.most_frequent, Some(("a".into(), 2)));
        assert_eq!((nothing.mean, nothing.missing, nothing.distinct), (None, 5, 0));
    }
}
