//! The rows of trials, once for all trials on them. Forty trials with scores of five million rows would take
//! 3 GB, half of it for the same row numbers, classes and labels again and again.

use std::sync::{Mutex, PoisonError};

use oddbench_core::results::TrialResult;
use oddbench_core::scores::{ScoredPart, Scores};

/// The rows that were met, a part each: as many as folds and parts.
#[derive(Default)]
pub(super) struct KnownRows(Mutex<Vec<ScoredPart>>);

impl KnownRows {
    /// The same result; its rows are those that were met first.
    pub(super) fn share(&self, result: TrialResult) -> TrialResult {
        let scores = result.scores.map(|Scores { validation, test, transfer }| Scores {
            validation: self.part(validation),
            test: self.part(test),
            transfer: transfer.map(|part| self.part(part)),
        });
        TrialResult { scores, ..result }
    }

    fn part(&self, part: ScoredPart) -> ScoredPart {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match known.iter().find(|known| part.has_rows_of(known)) {
            Some(known) => part.with_rows_of(known),
            None => {
                known.push(part.without_scores());
                part
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;

    fn part(labels: &[bool], times: Option<&[f64]>) -> ScoredPart {
        ScoredPart {
            rows: (0..labels.len() as u32).collect(),
            labels: labels.into(),
            scores: vec![0.5; labels.len()],
            times: times.map(Arc::from),
            ..ScoredPart::default()
        }
    }

    #[test]
    fn equal_rows_are_kept_once_and_others_are_not_mixed_up() {
        let known = KnownRows::default();
        let times = [1.0, f64::NAN];
        let first = known.part(part(&[true, false], Some(&times)));
        let mut second = part(&[true, false], Some(&times));
        second.scores = vec![1.0, 2.0];
        let second = known.part(second);
        assert!(
            Arc::ptr_eq(&first.rows, &second.rows) && Arc::ptr_eq(&first.labels, &second.labels)
        );
        assert_eq!((&first.scores[..], &second.scores[..]), (&[0.5, 0.5][..], &[1.0, 2.0][..]));
        for other in [
            part(&[true, true], Some(&times)),
            part(&[true, false], Some(&[1.0, 2.0])),
            part(&[true, false], None),
            part(&[true], Some(&times[..1])),
        ] {
            let labels = other.labels.clone();
            let kept = known.part(other);
            assert_eq!(kept.labels, labels);
            assert!(!Arc::ptr_eq(&kept.rows, &first.rows));
        }
    }
}
