//! The one-rule classifier (Holte 1993, "Very simple classification rules perform well on most commonly
//! used datasets", Machine Learning 11): one column is cut into intervals or categories, and each is called
//! what most of its rows are.
//!
//! It differs from Holte's in one thing: both classes weigh the same, whatever their number of rows, since
//! balanced accuracy weighs them so. With one outlier among a thousand rows Holte's own rule would call
//! nothing an outlier.

use std::collections::HashMap;

use super::sample::Counts;
use super::values::{Categories, Grouped, Numbers};

/// Rows of the class that an interval is called, at least: Holte's SMALL, which was 6 for most of his data.
pub(super) const SMALL: u64 = 6;

/// A rule of one column.
pub(super) enum Rule<'a> {
    /// Intervals: each ends at a value that belongs to it, the last has no end.
    Intervals { ends: Vec<f64>, outlier: Vec<bool>, missing: bool },
    /// Categories that are called outliers; others are not.
    Categories { outliers: HashMap<&'a str, bool>, missing: bool },
}

impl<'a> Rule<'a> {
    /// Learns the rule from the rows of a column.
    pub(super) fn learn(column: &Grouped<'a>, all: Counts) -> Self {
        let missing = column.missing().leans_to_outliers(all);
        match column {
            Grouped::Numbers(numbers) => {
                let (ends, outlier) = intervals(numbers, all);
                Self::Intervals { ends, outlier, missing }
            }
            Grouped::Categories(categories) => {
                let called = categories.by_name().into_iter();
                let outliers = called.map(|(name, c)| (name, c.leans_to_outliers(all))).collect();
                Self::Categories { outliers, missing }
            }
        }
    }

    /// The number of intervals or categories of the rule.
    pub(super) fn parts(&self) -> usize {
        match self {
            Self::Intervals { outlier, .. } => outlier.len(),
            Self::Categories { outliers, .. } => outliers.len(),
        }
    }

    /// The rows that it calls outliers.
    pub(super) fn called(&self, column: &Grouped<'_>) -> Counts {
        let of_missing = |missing: &bool| match missing {
            true => column.missing(),
            false => Counts::default(),
        };
        match (self, column) {
            (Self::Intervals { ends, outlier, missing }, Grouped::Numbers(numbers)) => {
                let called = |value: f64| outlier[ends.partition_point(|end| *end < value)];
                let groups = numbers.groups.iter().filter(|(value, _)| called(*value));
                groups.fold(of_missing(missing), |sum, (_, counts)| sum.plus(*counts))
            }
            (Self::Categories { outliers, missing }, Grouped::Categories(judged)) => {
                let Categories { levels, counts, .. } = judged;
                let called =
                    |level: &String| outliers.get(level.as_str()).copied().unwrap_or(false);
                let groups = levels.iter().zip(counts).filter(|(level, _)| called(level));
                groups.fold(of_missing(missing), |sum, (_, counts)| sum.plus(*counts))
            }
            // Both samples are of one data set, whose tables have columns of one kind.
            _ => Counts::default(),
        }
    }
}

/// Where intervals end and what they are called. Equal values are never divided; an interval ends once it
/// has enough rows of its class and the next value leans the other way. Neighbours that are called the same
/// are one interval.
fn intervals(numbers: &Numbers, all: Counts) -> (Vec<f64>, Vec<bool>) {
    let mut parts: Vec<(Counts, f64)> = Vec::new();
    let mut open: Option<(Counts, f64)> = None;
    for &(value, counts) in &numbers.groups {
        let joined = match open.take() {
            Some((before, last))
                if is_full(before, all)
                    && before.leans_to_outliers(all) != counts.leans_to_outliers(all) =>
            {
                parts.push((before, between(last, value)));
                counts
            }
            Some((before, _)) => before.plus(counts),
            None => counts,
        };
        open = Some((joined, value));
    }
    // A rest with too few rows joins the interval before it.
    if let Some((rest, _)) = open {
        match parts.last_mut() {
            Some((before, end)) if !is_full(rest, all) => {
                (*before, *end) = (before.plus(rest), f64::INFINITY);
            }
            _ => parts.push((rest, f64::INFINITY)),
        }
    }
    let mut merged: Vec<(f64, bool)> = Vec::new();
    for (counts, end) in parts {
        let called = counts.leans_to_outliers(all);
        match merged.last_mut() {
            Some((last, outlier)) if *outlier == called => *last = end,
            _ => merged.push((end, called)),
        }
    }
    let (mut ends, mut outlier): (Vec<f64>, Vec<bool>) = merged.into_iter().unzip();
    // The last interval has no end, and there always is one.
    ends.pop();
    if outlier.is_empty() {
        outlier.push(false);
    }
    (ends, outlier)
}

/// Whether an interval has enough rows of the class that it is called.
fn is_full(counts: Counts, all: Counts) -> bool {
    let own = if counts.leans_to_outliers(all) { counts.outliers } else { counts.inliers };
    own >= SMALL
}

/// A number from the lower one to below the greater one, half-way where there is such a number.
fn between(low: f64, high: f64) -> f64 {
    let middle = f64::midpoint(low, high);
    if middle.is_finite() && low <= middle && middle < high { middle } else { low }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn numbers(rows: &[(f64, u64, u64)]) -> Numbers {
        let rows = rows.iter().flat_map(|&(value, inliers, outliers)| {
            let inliers = (0..inliers).map(move |_| (value, false));
            inliers.chain((0..outliers).map(move |_| (value, true)))
        });
        Numbers::of(rows.collect::<Vec<_>>().into_iter())
    }

    fn learn(rows: &[(f64, u64, u64)]) -> (Vec<f64>, Vec<bool>) {
        let numbers = numbers(rows);
        let sum = |(_, counts): &(f64, Counts)| *counts;
        let all = numbers.groups.iter().map(sum).fold(Counts::default(), Counts::plus);
        intervals(&numbers, all)
    }

    #[test]
    fn intervals_by_hand() {
        // Two values of inliers, then two of outliers: one cut, half-way.
        let rows = [(1.0, 4, 0), (2.0, 4, 0), (3.0, 0, 4), (4.0, 1, 4)];
        assert_eq!(learn(&rows), (vec![2.5], vec![false, true]));
        // Five inliers do not make an interval: the outliers that follow are joined to them.
        let rows = [(1.0, 5, 0), (2.0, 0, 8), (3.0, 9, 0)];
        assert_eq!(learn(&rows), (vec![2.5], vec![true, false]));
        // A rest of two outliers joins the inliers before it.
        let rows = [(1.0, 0, 8), (2.0, 9, 0), (3.0, 0, 2)];
        assert_eq!(learn(&rows), (vec![1.5], vec![true, false]));
        assert_eq!(learn(&[(1.0, 9, 9)]), (vec![], vec![false]));
        assert_eq!(learn(&[]), (vec![], vec![false]));
    }

    #[test]
    fn classes_weigh_the_same() {
        // 8 of 1,008 rows are outliers; among rows of value 2 they are 7 of 107.
        let rows = [(1.0, 900, 1), (2.0, 100, 7)];
        assert_eq!(learn(&rows), (vec![1.5], vec![false, true]));
    }

    #[test]
    fn infinite_values_are_an_interval_of_their_own() {
        let rows = [(f64::NEG_INFINITY, 0, 6), (0.0, 9, 0), (f64::INFINITY, 0, 7)];
        let (ends, outlier) = learn(&rows);
        assert_eq!((ends.len(), outlier.as_slice()), (2, [true, false, true].as_slice()));
        let numbers = numbers(&rows);
        let all = Counts { outliers: 13, inliers: 9 };
        let rule = Rule::Intervals { ends, outlier, missing: false };
        let called = rule.called(&Grouped::Numbers(numbers));
        assert_eq!(called, Counts { outliers: all.outliers, inliers: 0 });
    }
}
