//! The input of the metrics of some rows, and the thresholds at which the rows are judged.

use super::areas::Areas;
use super::confusion::Confusion;
use super::metric::Metric;
use crate::dataset::Classes;

/// The thresholds that rows are judged at. None of them is chosen by the rows themselves, unless the rule of
/// the first one is an oracle.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Cuts {
    /// The threshold of the rule; `None` if it gives none.
    pub threshold: Option<f64>,
    /// The threshold of each of [`Metric::FPRS`]; `None` where there are too few benign rows for the rate.
    pub at_fprs: [Option<f64>; Metric::FPRS.len()],
}

impl Cuts {
    /// The threshold of the rule alone.
    pub fn at(threshold: Option<f64>) -> Self {
        Self { threshold, ..Self::default() }
    }
}

/// How many rows of a class of outliers there are, and how many of them are called outliers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ClassCalls {
    /// All of them.
    pub rows: u64,
    /// Those that score above the threshold.
    pub called: u64,
}

impl ClassCalls {
    /// One count per name of `classes`, of the rows that are outliers; empty if the classes are unknown.
    /// Panics if there is not one label and one class per score.
    pub fn count(classes: &Classes, labels: &[bool], scores: &[f64], threshold: f64) -> Vec<Self> {
        let mut counts = vec![Self::default(); classes.names.len()];
        if classes.is_empty() {
            return counts;
        }
        assert_eq!((labels.len(), classes.len()), (scores.len(), scores.len()), "one per score");
        for ((&code, _), &score) in
            classes.codes.iter().zip(labels).zip(scores).filter(|((_, label), _)| **label)
        {
            let class = &mut counts[usize::from(code)];
            class.rows += 1;
            class.called += u64::from(score > threshold);
        }
        counts
    }

    /// The mean of called / rows over the classes that have rows; `None` if none has.
    pub(super) fn macro_recall(classes: &[Self]) -> Option<f64> {
        let there = classes.iter().filter(|class| class.rows > 0);
        let shares: Vec<f64> = there.map(|class| class.called as f64 / class.rows as f64).collect();
        (!shares.is_empty()).then(|| shares.iter().sum::<f64>() / shares.len() as f64)
    }
}

/// What the metrics of some rows are computed from.
#[derive(Debug, Clone, PartialEq)]
pub struct Basis {
    /// The areas, which need no threshold.
    pub areas: Areas,
    /// Decisions at the threshold of the rule; `None` without a threshold.
    pub counts: Option<Confusion>,
    /// The same on the outliers of each class; empty without a threshold, or if the classes are unknown.
    pub classes: Vec<ClassCalls>,
    /// Decisions at the threshold of each of [`Metric::FPRS`].
    pub at_fprs: [Option<Confusion>; Metric::FPRS.len()],
}

impl Basis {
    /// Computes the basis of rows with these classes, labels and scores. Panics if the lengths differ.
    pub fn of(classes: &Classes, labels: &[bool], scores: &[f64], cuts: &Cuts) -> Self {
        let at = |threshold| Confusion::at(labels, scores, threshold);
        let by_class = |threshold| ClassCalls::count(classes, labels, scores, threshold);
        Self {
            areas: Areas::of(labels, scores),
            counts: cuts.threshold.map(at),
            classes: cuts.threshold.map(by_class).unwrap_or_default(),
            at_fprs: cuts.at_fprs.map(|threshold| threshold.map(at)),
        }
    }
}

/// A figure that is made from counts alone, so its interval is a function of them.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Counted {
    /// The share `part / whole`.
    Share {
        /// Rows that count.
        part: u64,
        /// All rows.
        whole: u64,
    },
    /// Precision where a share of `prevalence` of the rows are outliers.
    PrecisionAt {
        /// The decisions.
        counts: Confusion,
        /// Above 0 and below 1.
        prevalence: f64,
    },
}

impl Counted {
    /// Its value; `None` where it is undefined.
    pub fn value(&self) -> Option<f64> {
        match *self {
            Self::Share { part, whole } => (whole > 0).then(|| part as f64 / whole as f64),
            Self::PrecisionAt { counts, prevalence } => counts.weighted().precision_at(prevalence),
        }
    }
}
