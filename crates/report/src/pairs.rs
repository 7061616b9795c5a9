//! Is one model better than another, and how sure is that? One answer for every surface: the best model of each group
//! against each other one, with an interval over seeds and rows.

use oddbench_core::metrics::Metric;
use oddbench_core::results::{ExperimentResults, TrialResult};
use oddbench_core::stats::{Bootstrap, Difference, DrawnAreas, Pairing, Repeat, compare, holm};
use rayon::prelude::*;
use serde::Serialize;

use crate::aggregate::SummaryRow;
use crate::chance::{self, Unit};
use crate::contenders::{best_first, ranked};
use crate::few::few;
use crate::runs::has_folds;

/// Below this, a difference counts as more than chance among all that are shown.
pub const SIGNIFICANCE: f64 = 0.05;

/// What a comparison comes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Answer {
    /// The first is better.
    Better,
    /// The first is worse.
    Worse,
    /// The interval leaves 0 out, but among so many comparisons one such may be chance.
    Unsure,
    /// The interval holds 0.
    Tie,
}

impl Answer {
    /// As a table has it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Better => "better",
            Self::Worse => "worse",
            Self::Unsure => "may be chance",
            Self::Tie => "tie",
        }
    }
}

/// Two rows compared.
#[derive(Debug, Clone, PartialEq)]
pub struct Pair {
    /// Position of one row.
    pub first: usize,
    /// Position of the other.
    pub second: usize,
    /// First less second.
    pub found: Difference,
    /// The p-value after Holm's correction for all pairs that are shown.
    pub p_adjusted: f64,
}

impl Pair {
    /// What it comes to.
    pub fn answer(&self) -> Answer {
        match (self.found.is_tie(), self.p_adjusted < SIGNIFICANCE) {
            (true, _) => Answer::Tie,
            (false, false) => Answer::Unsure,
            (false, true) if self.found.difference > 0.0 => Answer::Better,
            (false, true) => Answer::Worse,
        }
    }
}

/// The rows of an experiment with the areas of their trials on resamples.
pub struct Compared<'a> {
    /// Whether the test rows of a class are too few to compare models.
    few: bool,
    rows: &'a [SummaryRow],
    trials: Vec<&'a TrialResult>,
    areas: Vec<Option<DrawnAreas>>,
    unit: Unit,
}

impl<'a> Compared<'a> {
    /// Resamples all trials.
    pub fn new(results: &'a ExperimentResults, rows: &'a [SummaryRow]) -> Self {
        let trials: Vec<&TrialResult> = results.trials.iter().collect();
        let folds = has_folds(results);
        // With folds, whole folds are drawn, and rows with them.
        let areas = if folds { vec![None; trials.len()] } else { chance::areas(&trials) };
        let unit = if folds { Unit::Fold } else { Unit::Trial };
        Self { few: few(results).is_some(), rows, trials, areas, unit }
    }

    /// The trials of the row at that position, ready to be resampled.
    pub fn repeats(&self, row: usize, metric: Metric) -> Vec<Repeat> {
        let trials = self.rows[row].trials.iter();
        let trials = trials.map(|&at| (self.trials[at], self.areas[at].as_ref()));
        chance::repeats(trials, metric, self.unit)
    }

    /// `None` if nothing can be drawn, or nothing that says anything.
    fn difference(&self, pair: (usize, usize), metric: Metric) -> Option<Difference> {
        if self.few {
            return None;
        }
        let pairing = if self.unit == Unit::Fold { Pairing::ByUnit } else { Pairing::None };
        let [first, second] = [pair.0, pair.1].map(|row| self.repeats(row, metric));
        compare(&first, &second, pairing, Bootstrap::default())
    }

    /// These pairs by that metric, corrected for exactly these.
    fn pairs(&self, pairs: &[(usize, usize)], metric: Metric) -> Vec<Pair> {
        let found = pairs.par_iter().filter_map(|&(first, second)| {
            let found = self.difference((first, second), metric)?;
            Some(Pair { first, second, found, p_adjusted: found.p_value })
        });
        let mut found: Vec<Pair> = found.collect();
        let adjusted = holm(&found.iter().map(|pair| pair.found.p_value).collect::<Vec<_>>());
        found.iter_mut().zip(adjusted).for_each(|(pair, p)| pair.p_adjusted = p);
        found
    }

    /// The pairs that are shown, by ROC-AUC.
    pub fn by_roc_auc(&self) -> Pairs {
        let mut leaders = Vec::new();
        let mut shown = Vec::new();
        for supervised in [false, true] {
            let contenders = ranked(self.rows, supervised, Metric::RocAuc);
            let Some((&best, behind)) = contenders.split_first() else { continue };
            leaders.push(Leader { best, behind: behind.to_vec() });
            let median = |at: usize| self.rows[at].metric(0, Metric::RocAuc).map(|s| s.median);
            let is_other = |at: &usize| *at != best && self.rows[*at].supervised == supervised;
            let others = (0..self.rows.len()).filter(is_other);
            let others = best_first(others.filter_map(|at| Some((at, median(at)?))));
            shown.extend(others.into_iter().map(|(other, _)| (best, other)));
            // Where the best stands alone, who shares the second place is the next question.
            if let Some((&next, rest)) = behind.split_first()
                && self.difference((best, next), Metric::RocAuc).is_some_and(|d| !d.is_tie())
            {
                shown.extend(rest.iter().map(|&other| (next, other)));
            }
        }
        Pairs { metric: Metric::RocAuc, leaders, pairs: self.pairs(&shown, Metric::RocAuc) }
    }

    /// The same pairs by another area, corrected among themselves.
    pub fn by(&self, metric: Metric, pairs: &Pairs) -> Vec<Pair> {
        let same: Vec<(usize, usize)> = pairs.pairs.iter().map(|p| (p.first, p.second)).collect();
        self.pairs(&same, metric)
    }
}

/// The best of those that saw labels, or of those that did not.
#[derive(Debug, Clone, PartialEq)]
pub struct Leader {
    /// The position of its row.
    pub best: usize,
    /// The other models of the group, the best first.
    pub behind: Vec<usize>,
}

/// The comparisons that are shown.
#[derive(Debug, Clone, PartialEq)]
pub struct Pairs {
    /// What is compared.
    pub metric: Metric,
    /// The best of each group.
    pub leaders: Vec<Leader>,
    /// The best of a group with each other row of it, then the next with those behind it.
    pub pairs: Vec<Pair>,
}

impl Pairs {
    /// The comparison of two rows, if it is shown.
    pub fn of(&self, first: usize, second: usize) -> Option<&Pair> {
        self.pairs.iter().find(|pair| (pair.first, pair.second) == (first, second))
    }

    /// The rows that tie with one.
    pub fn ties(&self, first: usize) -> Vec<usize> {
        let of = self.pairs.iter().filter(|pair| pair.first == first);
        of.filter(|pair| pair.found.is_tie()).map(|pair| pair.second).collect()
    }
}
