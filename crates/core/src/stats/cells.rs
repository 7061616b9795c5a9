//! Decisions about rows that count as often as a resample drew them. Rows of one label and class on the same side
//! of every threshold are one cell: a resample costs one addition per row, in the order of the rows. A cell
//! may be divided further by the groups of the highest scores.

use std::collections::{BTreeMap, BTreeSet};

use super::head::{self, Partial};
use super::resample::{LANES, Lanes};
use crate::dataset::Classes;
use crate::metrics::{Areas, Basis, ClassCalls, Confusion, Cuts, Metric};

/// Thresholds of one model: one of the rule, and one for each false positive rate.
const THRESHOLDS: usize = 1 + Metric::FPRS.len();

/// What the rows of a cell have in common.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Cell {
    outlier: bool,
    class: u16,
    above: [bool; THRESHOLDS],
}

/// The cells of one model's rows.
pub(super) struct Cells {
    /// The pair of group and cell of each row.
    of_row: Vec<u32>,
    /// In the order of groups, each with the position of its cell.
    pairs: Vec<(u32, usize)>,
    cells: Vec<Cell>,
    /// How many names classes have; 0 if they are unknown.
    classes: usize,
    thresholds: [Option<f64>; THRESHOLDS],
}

/// How many rows each cell has in each resample.
pub(super) struct Counts<'a> {
    cells: &'a Cells,
    pairs: Vec<[u32; LANES]>,
    rows: Vec<[u32; LANES]>,
}

impl Cells {
    /// Without classes, nothing is known by class. Panics if the lengths differ.
    pub(super) fn new(classes: &Classes, labels: &[bool], scores: &[f64], cuts: &Cuts) -> Self {
        Self::of_groups(classes, labels, scores, cuts, &vec![0; labels.len()])
    }

    /// The same with the highest scores in groups, for [`Counts::partial_areas`].
    pub(super) fn with_head(
        classes: &Classes,
        labels: &[bool],
        scores: &[f64],
        cuts: &Cuts,
    ) -> Self {
        Self::of_groups(classes, labels, scores, cuts, &head::groups(labels, scores))
    }

    fn of_groups(
        classes: &Classes,
        labels: &[bool],
        scores: &[f64],
        cuts: &Cuts,
        groups: &[u32],
    ) -> Self {
        let known = !classes.is_empty();
        assert!(!known || classes.len() == labels.len(), "one class per label");
        let mut thresholds = [cuts.threshold; THRESHOLDS];
        thresholds[1..].copy_from_slice(&cuts.at_fprs);
        let cell = |row: usize| Cell {
            outlier: labels[row],
            class: if known { classes.codes[row] } else { 0 },
            above: thresholds.map(|at| at.is_some_and(|at| scores[row] > at)),
        };
        let pair = |row: usize| (groups[row], cell(row));
        let mut positions: BTreeMap<(u32, Cell), u32> =
            (0..labels.len()).map(|row| (pair(row), 0)).collect();
        positions.values_mut().zip(0..).for_each(|(at, position)| *at = position);
        let distinct: BTreeSet<Cell> = positions.keys().map(|(_, cell)| *cell).collect();
        let cells: Vec<Cell> = distinct.into_iter().collect();
        let of_cell =
            |(group, cell): &(u32, Cell)| (*group, cells.partition_point(|known| known < cell));
        Self {
            of_row: (0..labels.len()).map(|row| positions[&pair(row)]).collect(),
            pairs: positions.keys().map(of_cell).collect(),
            classes: if known { classes.names.len() } else { 0 },
            cells,
            thresholds,
        }
    }

    /// Counts the rows of several resamples at once.
    pub(super) fn count(&self, weights: &[Lanes]) -> Counts<'_> {
        let mut pairs = vec![[0u32; LANES]; self.pairs.len()];
        for (&pair, weights) in self.of_row.iter().zip(weights) {
            let sums = &mut pairs[pair as usize];
            for lane in 0..LANES {
                sums[lane] += u32::from(weights[lane]);
            }
        }
        let mut rows = vec![[0u32; LANES]; self.cells.len()];
        for ((_, cell), pair) in self.pairs.iter().zip(&pairs) {
            add(&mut rows[*cell], pair);
        }
        Counts { cells: self, pairs, rows }
    }
}

fn add(sums: &mut [u32; LANES], more: &[u32; LANES]) {
    sums.iter_mut().zip(more).for_each(|(sum, more)| *sum += more);
}

impl Counts<'_> {
    /// How many inliers, or outliers, each resample has.
    pub(super) fn of_label(&self, outlier: bool) -> [u64; LANES] {
        std::array::from_fn(|lane| self.sum(lane, |cell| cell.outlier == outlier))
    }

    fn sum(&self, lane: usize, wanted: impl Fn(&Cell) -> bool) -> u64 {
        let cells = self.cells.cells.iter().zip(&self.rows);
        cells.filter(|(cell, _)| wanted(cell)).map(|(_, rows)| u64::from(rows[lane])).sum()
    }

    /// The partial areas alone, of cells with a head.
    pub(super) fn partial_areas(&self) -> [Areas; LANES] {
        let mut partial = Partial::new(self.of_label(false));
        let (mut group, mut sums) = (0, [[0u32; LANES]; 2]);
        for (&(of, cell), rows) in self.cells.pairs.iter().zip(&self.pairs) {
            if of != group {
                partial.step(sums[0], sums[1]);
                (group, sums) = (of, [[0; LANES]; 2]);
            }
            add(&mut sums[usize::from(self.cells.cells[cell].outlier)], rows);
        }
        partial.step(sums[0], sums[1]);
        let outliers = self.of_label(true);
        std::array::from_fn(|lane| Areas {
            roc_auc: None,
            average_precision: None,
            partial_roc_auc: partial.area(lane, outliers[lane]),
        })
    }

    /// The decisions at a threshold.
    fn at(&self, lane: usize, threshold: usize) -> Option<Confusion> {
        self.cells.thresholds[threshold]?;
        let count = |outlier: bool, above: bool| {
            self.sum(lane, |cell| cell.outlier == outlier && cell.above[threshold] == above)
        };
        Some(Confusion {
            tp: count(true, true),
            fp: count(false, true),
            tn: count(false, false),
            fn_: count(true, false),
        })
    }

    /// What the metrics of one of the resamples are computed from.
    pub(super) fn basis(&self, lane: usize, areas: Areas) -> Basis {
        let classes = if self.cells.thresholds[0].is_some() { self.cells.classes } else { 0 };
        let mut by_class = vec![ClassCalls::default(); classes];
        for (cell, rows) in self.cells.cells.iter().zip(&self.rows) {
            if let Some(class) = by_class.get_mut(usize::from(cell.class)).filter(|_| cell.outlier)
            {
                class.rows += u64::from(rows[lane]);
                class.called += u64::from(rows[lane]) * u64::from(cell.above[0]);
            }
        }
        Basis {
            areas,
            counts: self.at(lane, 0),
            classes: by_class,
            at_fprs: std::array::from_fn(|fpr| self.at(lane, fpr + 1)),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        /// A weight is as good as that many copies of the row.
        #[test]
        fn weights_are_copies(
            rows in prop::collection::vec((any::<bool>(), 0u16..3, 0u8..12, 0u8..4), 0..60),
            threshold in prop::option::of(0.0f64..12.0),
        ) {
            let classes = |codes: Vec<u16>| Classes { names: vec!["a".into(), "b".into(), "c".into()], codes };
            let weighted = |times: &dyn Fn(u8) -> u8| {
                let copies = rows.iter().flat_map(|row| (0..times(row.3)).map(|_| *row));
                let copies: Vec<_> = copies.collect();
                let labels: Vec<bool> = copies.iter().map(|r| r.0).collect();
                let scores: Vec<f64> = copies.iter().map(|r| f64::from(r.2)).collect();
                (classes(copies.iter().map(|r| r.1).collect()), labels, scores)
            };
            let cuts = Cuts { threshold, at_fprs: [Some(9.0), Some(10.0), None] };
            let (names, labels, scores) = weighted(&|_| 1);
            let cells = Cells::with_head(&names, &labels, &scores, &cuts);
            let weights: Vec<Lanes> = rows.iter().map(|r| [1, 1, 1, 1, 1, 1, 1, r.3]).collect();
            let counts = cells.count(&weights);
            let areas = Areas { roc_auc: None, average_precision: None, partial_roc_auc: None };
            let (once, weight) = (|_: u8| 1u8, |weight: u8| weight);
            for (lane, times) in [(0, &once as &dyn Fn(u8) -> u8), (LANES - 1, &weight)] {
                let (names, labels, scores) = weighted(times);
                let expected = Basis { areas, ..Basis::of(&names, &labels, &scores, &cuts) };
                let mut ours = counts.basis(lane, areas);
                if names.is_empty() {
                    // Without any row, the classes are unknown.
                    ours.classes.retain(|class| class.rows > 0);
                    prop_assert!(ours.classes.is_empty());
                    ours.classes = expected.classes.clone();
                }
                prop_assert_eq!(ours, expected);
                let whole = Areas::of(&labels, &scores).partial_roc_auc;
                let close = match (counts.partial_areas()[lane].partial_roc_auc, whole) {
                    (Some(ours), Some(whole)) => (ours - whole).abs() < 1e-12,
                    (ours, whole) => ours == whole,
                };
                prop_assert!(close);
                let outliers = labels.iter().filter(|l| **l).count() as u64;
                prop_assert_eq!(counts.of_label(true)[lane], outliers);
                prop_assert_eq!(counts.of_label(false)[lane], labels.len() as u64 - outliers);
            }
        }
    }
}
