//! The clauses that a user's command must keep: the clauses of this crate's detectors, as far as
//! they make sense for a process that gets orders to fit and to score.

use std::path::Path;

use oddbench_core::{Detector, Matrix};
use serde_json::Value;

use super::clauses::{self, Outcome, all_finite, ensure, say};
use super::{Clause, Command, Subject, tables};
use crate::external::EXTERNAL_KIND;

/// Scores of a command are the same if they differ by no more than this part of their own size or of a
/// usual one: libraries that work with 32-bit floats sum a batch in another order than a row.
const TOLERANCE: f64 = 1e-5;

/// What was found of one clause.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verdict {
    /// The promise, in words.
    pub clause: &'static str,
    /// What became of it.
    pub outcome: Found,
}

/// What became of a clause.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Found {
    /// The command keeps it.
    Kept,
    /// The command breaks it: how.
    Broken(String),
    /// It is no promise, and what was seen makes one ask: what was seen.
    Doubtful(String),
    /// The command breaks the first clause, on which this one builds.
    NotTried,
}

impl Verdict {
    /// How the clause is broken, if it is.
    pub fn broken(&self) -> Option<&str> {
        match &self.outcome {
            Found::Broken(how) => Some(how),
            Found::Kept | Found::Doubtful(_) | Found::NotTried => None,
        }
    }
}

/// What happens while a command is checked.
pub enum Step<'a> {
    /// A clause is about to be tried.
    Trying(&'static str),
    /// It was found out.
    Done(&'a Verdict),
}

/// Every command. A command that breaks the first one breaks what follows for the same reason.
const CLAUSES: &[(&str, Clause)] = &[
    ("one finite score a row", clauses::finite_scores),
    ("the same seed gives the same scores", clauses::same_seed),
    ("permuted rows have permuted scores", clauses::permutation),
    ("a row alone has the score that it has among others", clauses::alone),
    ("a single column can be fitted and scored", one_column),
    ("columns that never vary can be fitted and scored", constant_columns),
    ("rows with another number of columns are an error", wrong_width),
];

/// For a command that is called deterministic.
const WITHOUT_SEED: (&str, Clause) =
    ("a command that is called deterministic ignores its seed", seed_ignored);

/// For a command that sees labels.
const WITH_LABELS: (&str, Clause) =
    ("a supervised score is higher for what was labelled an outlier", clauses::orientation);

/// For a command that sees no labels. A model may have a reason to break it, so it is no promise.
const WITHOUT_LABELS: (&str, Clause) =
    ("rows far outside of the training rows have higher scores than most of these", far_rows);

/// Holds a command against every clause and tells each step. `make` makes an unfitted detector that starts the
/// command.
pub fn check_command(
    make: &(dyn Fn() -> Box<dyn Detector> + Sync),
    supervised: bool,
    mut told: impl FnMut(Step<'_>),
) -> Vec<Verdict> {
    let subject = Subject {
        kind: &EXTERNAL_KIND,
        params: &Value::Null,
        scratch: Path::new(""),
        command: Some(Command { make, supervised }),
    };
    let mut clauses = CLAUSES.to_vec();
    if make().deterministic() {
        clauses.push(WITHOUT_SEED);
    }
    clauses.push(if supervised { WITH_LABELS } else { WITHOUT_LABELS });
    let mut verdicts: Vec<Verdict> = Vec::new();
    for (clause, holds) in clauses {
        let hopeless = verdicts.first().is_some_and(|first| first.broken().is_some());
        let outcome = if hopeless {
            Found::NotTried
        } else {
            told(Step::Trying(clause));
            match holds(&subject) {
                Ok(()) => Found::Kept,
                Err(how) if clause == WITHOUT_LABELS.0 => Found::Doubtful(how),
                Err(how) => Found::Broken(how),
            }
        };
        let verdict = Verdict { clause, outcome };
        told(Step::Done(&verdict));
        verdicts.push(verdict);
    }
    verdicts
}

/// Whether each score is equal to a part of [`TOLERANCE`]. A score near 0 may be the difference of larger
/// numbers, so a usual size counts too. It is not the size of the greatest score: some rows with huge scores
/// would then hide that all others depend on the batch.
pub(super) fn about_the_same(a: &[f64], b: &[f64]) -> Outcome {
    ensure(a.len() == b.len(), || format!("{} and {} scores", a.len(), b.len()))?;
    let usual = usual_size(a);
    let differs = |(a, b): (&f64, &f64)| (a - b).abs() > TOLERANCE * a.abs().max(usual);
    match a.iter().zip(b).position(differs) {
        Some(row) => Err(format!("the score of row {row} is {:?}, then {:?}", a[row], b[row])),
        None => Ok(()),
    }
}

/// The size that a quarter of the scores other than 0 do not exceed.
fn usual_size(scores: &[f64]) -> f64 {
    let mut sizes: Vec<f64> = scores.iter().map(|s| s.abs()).filter(|size| *size > 0.0).collect();
    sizes.sort_unstable_by(f64::total_cmp);
    sizes.get(sizes.len() / 4).copied().unwrap_or(0.0)
}

fn seed_ignored(subject: &Subject<'_>) -> Outcome {
    about_the_same(&subject.scores(1)?, &subject.scores(2)?)
        .map_err(|how| format!("seeds 1 and 2: {how}"))
}

/// Says so if most training rows have a higher score than the rows far outside have on average.
fn far_rows(subject: &Subject<'_>) -> Outcome {
    let (train, far) = (tables::train(), tables::far());
    let fitted = subject.fit(&train, 1).map_err(say)?;
    let usual = fitted.score(&train).map_err(say)?;
    let far = fitted.score(&far).map_err(say)?;
    let mean = far.iter().sum::<f64>() / far.len() as f64;
    let higher = usual.iter().filter(|&&score| score > mean).count();
    ensure(2 * higher <= usual.len(), || {
        format!(
            "{higher} of {} training rows have higher scores; the higher score must be the more anomalous: is the sign right?",
            usual.len()
        )
    })
}

fn one_column(subject: &Subject<'_>) -> Outcome {
    fits_and_scores(subject, &tables::one_column(&tables::train()))
}

fn constant_columns(subject: &Subject<'_>) -> Outcome {
    fits_and_scores(subject, &tables::three_constant(&tables::train()))
}

fn fits_and_scores(subject: &Subject<'_>, x: &Matrix) -> Outcome {
    let fitted = subject.fit(x, 1).map_err(say)?;
    all_finite(&fitted.score(x).map_err(say)?)
}

fn wrong_width(subject: &Subject<'_>) -> Outcome {
    for cols in [tables::COLS - 1, tables::COLS + 1] {
        let fitted = subject.fit(&tables::train(), 1).map_err(say)?;
        let refused = fitted.score(&Matrix::zeros(4, cols)).is_err();
        ensure(refused, || {
            format!("fitted on {} columns, it scores rows of {cols} without a word", tables::COLS)
        })?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn huge_scores_hide_no_difference_of_others_and_rounding_is_none() {
        let scores = [0.5, 0.25, 1e9, 0.75, 1e9, 1e9, 1e9];
        let changed = |row: usize, by: f64| {
            let mut other = scores;
            other[row] += by;
            about_the_same(&scores, &other)
        };
        assert_eq!(changed(1, 1e-7), Ok(()));
        assert_eq!(changed(2, 10.0), Ok(()));
        assert_eq!(changed(1, 1e-3), Err("the score of row 1 is 0.25, then 0.251".into()));
        assert!(changed(2, 1e6).is_err());
        // 32-bit differences of numbers near 1: what is left near 0 is rounding.
        assert_eq!(
            about_the_same(&[1e-7, 0.1, -0.2, 0.3, 0.4], &[2e-7, 0.1, -0.2, 0.3, 0.4]),
            Ok(())
        );
        assert_eq!(about_the_same(&[0.0; 3], &[0.0; 3]), Ok(()));
        assert!(about_the_same(&[0.0, 1.0], &[0.1, 1.0]).is_err());
    }
}
