//! How the values of columns are related to the values of columns that may be labels.

use super::codes::{MOST_CODES, NOTHING, OTHER};

/// Columns that may be labels, at most.
const MOST_ANCHORS: usize = 6;
/// Codes of a column.
const CODES: usize = OTHER as usize + 1;
/// Rows that are counted one by one.
const ALL_OF: u64 = 100_000;
/// After these rows, every 16th row is counted.
const EVERY: u64 = 16;

/// Whether a row is counted.
pub(super) fn is_counted(row: u64) -> bool {
    row < ALL_OF || row.is_multiple_of(EVERY)
}

/// Counts of pairs of values.
#[derive(Debug)]
pub(super) struct Related {
    columns: usize,
    anchors: Vec<Anchor>,
}

/// A column that may be a label, and how often its values occur with the values of each other column.
#[derive(Debug)]
struct Anchor {
    column: usize,
    /// Counts of pairs by column: `counts[code of its value * CODES + code of the anchor's value]`; empty before
    /// the first row.
    counts: Vec<Vec<u32>>,
}

/// How the values of a column go together with the values of a label.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Pairs {
    /// `rows[value][class]`, for values and classes that occur.
    pub(super) rows: Vec<Vec<u64>>,
    /// The class codes of the second index.
    pub(super) classes: Vec<usize>,
}

impl Related {
    pub(super) fn new(columns: usize) -> Self {
        Self { columns, anchors: Vec::new() }
    }

    /// Whether no further column can be an anchor.
    pub(super) fn is_full(&self) -> bool {
        self.anchors.len() == MOST_ANCHORS
    }

    /// Counts pairs with this column from now on.
    pub(super) fn add(&mut self, column: usize) {
        if !self.is_full() && !self.anchors.iter().any(|anchor| anchor.column == column) {
            self.anchors.push(Anchor { column, counts: vec![Vec::new(); self.columns] });
        }
    }

    /// Counts one row; `open[column][at]` is the code of its value.
    pub(super) fn count(&mut self, open: &[Vec<u8>], at: usize) {
        for Anchor { column, counts } in &mut self.anchors {
            let Some(&class) = open[*column].get(at) else { continue };
            for (codes, counts) in open.iter().zip(counts) {
                let Some(&code) = codes.get(at) else { continue };
                if counts.is_empty() {
                    *counts = vec![0; CODES * CODES];
                }
                counts[usize::from(code) * CODES + usize::from(class)] += 1;
            }
        }
    }

    /// The pairs of a column and an anchor; `None` if one of them has too many values, or no row has both.
    pub(super) fn pairs(&self, column: usize, anchor: usize) -> Option<Pairs> {
        let found = self.anchors.iter().find(|found| found.column == anchor)?;
        let counts = found.counts.get(column).filter(|counts| !counts.is_empty())?;
        let count = |value: usize, class: usize| u64::from(counts[value * CODES + class]);
        let other = usize::from(OTHER);
        if (0..CODES).any(|code| count(other, code) > 0 || count(code, other) > 0) {
            return None;
        }
        let codes = 0..=usize::from(NOTHING);
        let classes: Vec<usize> = (0..MOST_CODES)
            .filter(|&class| codes.clone().any(|value| count(value, class) > 0))
            .collect();
        let rows: Vec<Vec<u64>> = codes
            .map(|value| classes.iter().map(|&class| count(value, class)).collect())
            .filter(|rows: &Vec<u64>| rows.iter().any(|rows| *rows > 0))
            .collect();
        (!rows.is_empty()).then_some(Pairs { rows, classes })
    }
}

impl Pairs {
    /// Rows.
    pub(super) fn total(&self) -> u64 {
        self.rows.iter().flatten().sum()
    }

    /// Rows whose class is not the commonest of their value: what is wrong if the value decides the class.
    pub(super) fn wrong_by_value(&self) -> u64 {
        let right: u64 = self.rows.iter().filter_map(|rows| rows.iter().max()).sum();
        self.total() - right
    }

    /// Rows of each class.
    pub(super) fn of_classes(&self) -> Vec<u64> {
        (0..self.classes.len())
            .map(|class| self.rows.iter().map(|rows| rows[class]).sum())
            .collect()
    }

    /// Rows that are wrong if the commonest class is taken for all.
    pub(super) fn wrong_without(&self) -> u64 {
        self.total() - self.of_classes().iter().max().copied().unwrap_or(0)
    }

    /// The same rows with classes taken together.
    pub(super) fn merged(&self, first: impl Fn(usize) -> bool) -> Self {
        let merge = |rows: &Vec<u64>| {
            let mut two = vec![0, 0];
            for (rows, &class) in rows.iter().zip(&self.classes) {
                two[usize::from(!first(class))] += rows;
            }
            two
        };
        Self { rows: self.rows.iter().map(merge).collect(), classes: vec![0, 1] }
    }

    /// Whether every value stands for one class and every class for one value, and each class has at
    /// least `least` rows.
    pub(super) fn is_renaming(&self, least: u64) -> bool {
        self.rows.len() == self.classes.len()
            && self.classes.len() > 1
            && self.wrong_by_value() == 0
            && self.of_classes().iter().all(|rows| *rows >= least)
    }
}
