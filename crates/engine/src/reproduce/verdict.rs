//! The verdict on one trial: its second run compared with the first.

use oddbench_core::scores::{ScoredPart, Scores};
use serde::Serialize;

/// How a trial that was run again stands to the first.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(tag = "verdict", rename_all = "kebab-case")]
pub enum Verdict {
    /// Every score has the same bits.
    BitEqual,
    /// Scores differ by less than the tolerance, and every metric is equal to three decimals.
    WithinTolerance {
        /// The largest difference of two scores, see [`Verdict::difference`].
        difference: f64,
        /// The metric that differs most, if one does.
        metric: Option<MetricDifference>,
    },
    /// Scores or metrics differ by more.
    Different {
        /// The largest difference of two scores; `None` where the rows are others.
        difference: Option<f64>,
        /// The metric that differs most, if one does.
        metric: Option<MetricDifference>,
    },
    /// The digest of the scores differs. The first scores are gone, so the difference is unknown.
    NotBitEqual {
        /// The metric that differs most, if one does.
        metric: Option<MetricDifference>,
    },
    /// It failed here.
    Failed {
        /// Why.
        message: String,
    },
    /// It was not run here.
    NotRun,
    /// The results have nothing of it to compare with.
    NothingThere {
        /// Why.
        message: String,
    },
}

/// A metric with two values.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct MetricDifference {
    /// Its name as in `summary.csv`.
    pub metric: String,
    /// The threshold rule.
    pub rule: String,
    /// Its value in the results; `None`: undefined.
    pub there: Option<f64>,
    /// Its value here; `None`: undefined.
    pub here: Option<f64>,
}

impl MetricDifference {
    /// How far the values are apart; infinite if one of them is undefined.
    pub fn distance(&self) -> f64 {
        match (self.there, self.here) {
            (Some(there), Some(here)) => (there - here).abs(),
            (None, None) => 0.0,
            _ => f64::INFINITY,
        }
    }
}

impl Verdict {
    /// A few words for tables.
    pub fn words(&self) -> &'static str {
        match self {
            Self::BitEqual => "bit-equal",
            Self::WithinTolerance { .. } => "within tolerance",
            Self::Different { .. } => "different",
            Self::NotBitEqual { .. } => "not bit-equal",
            Self::Failed { .. } => "failed",
            Self::NotRun => "not run",
            Self::NothingThere { .. } => "nothing there",
        }
    }

    /// The largest difference of two scores, where it is known: their distance over the greatest of their magnitudes
    /// and of the median magnitude of their part.
    pub fn difference(&self) -> Option<f64> {
        match self {
            Self::BitEqual => Some(0.0),
            Self::WithinTolerance { difference, .. } => Some(*difference),
            Self::Different { difference, .. } => *difference,
            _ => None,
        }
    }

    /// The metric that differs most, if one does.
    pub fn metric(&self) -> Option<&MetricDifference> {
        match self {
            Self::WithinTolerance { metric, .. }
            | Self::Different { metric, .. }
            | Self::NotBitEqual { metric } => metric.as_ref(),
            _ => None,
        }
    }
}

/// The largest difference of two scores of one row; `None` where the rows are others.
///
/// It is relative: the distance over the greatest of the two magnitudes and of the part's median magnitude. A score
/// near zero is so measured by what scores are like beside it.
pub(super) fn difference(there: &Scores, here: &Scores) -> Option<f64> {
    let parts = [(&there.validation, &here.validation), (&there.test, &here.test)];
    let transfer = match (&there.transfer, &here.transfer) {
        (Some(there), Some(here)) => Some((there, here)),
        (None, None) => None,
        _ => return None,
    };
    let mut largest = 0.0_f64;
    for (there, here) in parts.into_iter().chain(transfer) {
        largest = largest.max(of_part(there, here)?);
    }
    Some(largest)
}

fn of_part(there: &ScoredPart, here: &ScoredPart) -> Option<f64> {
    if (&there.rows, &there.labels) != (&here.rows, &here.labels) {
        return None;
    }
    let mut magnitudes: Vec<f64> = there.scores.iter().map(|score| score.abs()).collect();
    magnitudes.sort_unstable_by(f64::total_cmp);
    let typical = magnitudes.get(magnitudes.len() / 2).copied().unwrap_or(0.0);
    let of_row = |(a, b): (&f64, &f64)| match a == b {
        true => 0.0,
        false => (a - b).abs() / a.abs().max(b.abs()).max(typical),
    };
    Some(there.scores.iter().zip(&here.scores).map(of_row).fold(0.0, f64::max))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scores(test: &[f64]) -> Scores {
        let rows = (0..test.len() as u32).collect();
        let part = ScoredPart {
            rows,
            labels: vec![false; test.len()].into(),
            scores: test.to_vec(),
            ..ScoredPart::default()
        };
        Scores { validation: ScoredPart::default(), test: part, transfer: None }
    }

    #[test]
    fn differences_are_relative_to_a_typical_score() {
        let there = scores(&[1e-9, 2.0, 4.0]);
        assert_eq!(difference(&there, &there), Some(0.0));
        // Very little, compared with the median of 2.
        assert_eq!(difference(&there, &scores(&[0.0, 2.0, 4.0])), Some(1e-9 / 2.0));
        assert_eq!(difference(&there, &scores(&[1e-9, 2.0, 5.0])), Some(0.2));
        assert_eq!(difference(&scores(&[0.0, 0.0]), &scores(&[0.0, 0.5])), Some(1.0));
    }

    #[test]
    fn other_rows_have_no_difference() {
        let there = scores(&[1.0, 2.0]);
        assert_eq!(difference(&there, &scores(&[1.0])), None);
        let mut other = there.clone();
        other.test.rows = [0, 7].into();
        assert_eq!(difference(&there, &other), None);
        let with_transfer = Scores { transfer: Some(there.test.clone()), ..there.clone() };
        assert_eq!(difference(&there, &with_transfer), None);
    }
}
