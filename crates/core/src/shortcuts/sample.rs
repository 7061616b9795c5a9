//! The rows that are learned from and the rows that are judged.

use serde::{Deserialize, Serialize};

use crate::{Classes, Column, Table};

/// A rule is learned only from at least so many rows of each class. An interval of the one-rule classifier needs as many.
const LEAST: usize = super::one_rule::SMALL as usize;

/// Labelled rows of a table.
#[derive(Debug, Clone)]
pub struct Sample<'a> {
    /// The table.
    pub table: &'a Table,
    /// The class of each row of the table.
    pub classes: &'a Classes,
    /// Row numbers in the table, from 0.
    pub rows: Vec<usize>,
    /// `true` for an outlier; one per number of `rows`.
    pub labels: Vec<bool>,
}

/// Which rows directions, shares and rules are learned from. They are judged on test rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum LearnedOn {
    /// Validation rows.
    Validation,
    /// Training rows, if too few validation rows have the other label.
    Training,
    /// Every other test row of each class; the rest of the test rows is judged. Where neither validation nor
    /// training rows have both classes.
    TestHalf,
}

impl LearnedOn {
    /// In words.
    pub fn words(self) -> &'static str {
        match self {
            Self::Validation => "validation rows",
            Self::Training => "training rows",
            Self::TestHalf => "one half of the test rows, and judged on the other half",
        }
    }
}

/// Rows to learn from, rows to judge, and where the former come from.
pub(super) struct Halves<'a> {
    pub(super) learn: Sample<'a>,
    pub(super) judge: Sample<'a>,
    pub(super) learned_on: LearnedOn,
}

impl<'a> Sample<'a> {
    /// Outliers and inliers.
    pub(super) fn counts(&self) -> Counts {
        Counts::of(self.labels.iter().copied())
    }

    /// The column of that name: a feature if `seen`, else one beside the features.
    pub(super) fn column(&self, name: &str, seen: bool) -> Option<&'a Column> {
        if seen { self.table.column(name) } else { self.table.beside(name) }
    }

    /// Some of the rows.
    fn some(&self, keep: impl Fn(usize) -> bool) -> Self {
        let at: Vec<usize> = (0..self.rows.len()).filter(|&at| keep(at)).collect();
        Self {
            rows: at.iter().map(|&at| self.rows[at]).collect(),
            labels: at.iter().map(|&at| self.labels[at]).collect(),
            ..*self
        }
    }

    /// Every other row of each class, and the rest.
    pub(super) fn halves(&self) -> Halves<'a> {
        let mut next = [true, true];
        let take = |&label: &bool| {
            let next = &mut next[usize::from(label)];
            *next = !*next;
            !*next
        };
        let first: Vec<bool> = self.labels.iter().map(take).collect();
        Halves {
            learn: self.some(|at| first[at]),
            judge: self.some(|at| !first[at]),
            learned_on: LearnedOn::TestHalf,
        }
    }
}

/// Where there is something to learn from: validation rows, else training rows, else half of the test rows.
/// An error says why nothing can be measured.
pub(super) fn choose<'a>(
    train: &Sample<'a>,
    validation: &Sample<'a>,
    test: &Sample<'a>,
) -> Result<Halves<'a>, String> {
    let counts = test.counts();
    match (counts.outliers, counts.inliers) {
        (0, 0) => return Err("there are no test rows".into()),
        (0, _) => return Err("the test rows are all inliers".into()),
        (_, 0) => return Err("the test rows are all outliers".into()),
        _ => {}
    }
    let judge = test.clone();
    let enough = |sample: &Sample<'_>| sample.counts().least() >= LEAST as u64;
    if enough(validation) {
        return Ok(Halves { learn: validation.clone(), judge, learned_on: LearnedOn::Validation });
    }
    if enough(train) {
        return Ok(Halves { learn: train.clone(), judge, learned_on: LearnedOn::Training });
    }
    if counts.least() < 2 {
        let one = if counts.outliers < 2 { "outlier" } else { "inlier" };
        return Err(format!(
            "neither validation nor training rows have both classes, and the test rows have one {one}"
        ));
    }
    Ok(test.halves())
}

/// Rows by label.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Counts {
    pub(super) outliers: u64,
    pub(super) inliers: u64,
}

impl Counts {
    pub(super) fn of(labels: impl Iterator<Item = bool>) -> Self {
        let mut counts = Self::default();
        labels.for_each(|label| counts.add(label));
        counts
    }

    pub(super) fn add(&mut self, outlier: bool) {
        match outlier {
            true => self.outliers += 1,
            false => self.inliers += 1,
        }
    }

    pub(super) fn plus(self, other: Self) -> Self {
        Self { outliers: self.outliers + other.outliers, inliers: self.inliers + other.inliers }
    }

    pub(super) fn rows(self) -> u64 {
        self.outliers + self.inliers
    }

    pub(super) fn both(self) -> bool {
        self.least() > 0
    }

    fn least(self) -> u64 {
        self.outliers.min(self.inliers)
    }

    /// Whether outliers are more frequent here than among all rows.
    pub(super) fn leans_to_outliers(self, all: Self) -> bool {
        u128::from(self.outliers) * u128::from(all.inliers)
            > u128::from(self.inliers) * u128::from(all.outliers)
    }

    /// The share of outliers, drawn towards the share in all rows as if two more rows with that share were here:
    /// Laplace's correction for a share of one half, Cestnik's m-estimate (1990, m = 2) for others.
    pub(super) fn share(self, all: Self) -> f64 {
        let base = all.outliers as f64 / all.rows() as f64;
        (self.outliers as f64 + 2.0 * base) / (self.rows() as f64 + 2.0)
    }
}
