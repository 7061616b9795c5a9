//! The clauses that a command of the user's must pass. They are those of this crate's detectors, as far as
//! they make sense for a process that is told to fit and to score.

use std::path::Path;

use oddbench_core::{Detector, Matrix};
use serde_json::Value;

use super::clauses::{self, Outcome, all_finite, ensure, say};
use super::{Clause, Command, Subject, tables};
use crate::external::EXTERNAL_KIND;

/// Scores of a command are the same if they differ by no more than this part of the greatest one:
/// libraries that work with 32-bit floats sum a batch in another order than a row.
pub(super) const TOLERANCE: f64 = 1e-5;

/// What was found of one clause.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verdict {
    /// The promise, in words.
    pub clause: &'static str,
    /// How it was broken; `None` if it was kept.
    pub broken: Option<String>,
}

const CLAUSES: &[(&str, Clause)] = &[
    ("one finite score a row", clauses::finite_scores),
    ("the same seed gives the same scores", clauses::same_seed),
    ("a command that is called deterministic ignores its seed", seed_as_said),
    ("permuted rows have permuted scores", clauses::permutation),
    ("a row alone has the score that it has among others", clauses::alone),
    ("a single column can be fitted and scored", one_column),
    ("columns that never vary can be fitted and scored", constant_columns),
    ("rows with another number of columns are an error", wrong_width),
];

/// Of a command that sees labels.
const WITH_LABELS: &[(&str, Clause)] =
    &[("a supervised score is higher for what was labelled an outlier", clauses::orientation)];

/// Holds a command against every clause and hands over each verdict when it is known. `make` makes an
/// unfitted detector that starts the command.
pub fn check_command(
    make: &(dyn Fn() -> Box<dyn Detector> + Sync),
    supervised: bool,
    mut told: impl FnMut(&Verdict),
) -> Vec<Verdict> {
    let subject = Subject {
        kind: &EXTERNAL_KIND,
        params: &Value::Null,
        scratch: Path::new(""),
        command: Some(Command { make, supervised }),
    };
    let mut verdict = |(clause, holds): &(&'static str, Clause)| {
        let verdict = Verdict { clause, broken: holds(&subject).err() };
        told(&verdict);
        verdict
    };
    let more = if supervised { WITH_LABELS } else { &[] };
    CLAUSES.iter().chain(more).map(&mut verdict).collect()
}

/// Whether scores are equal to a part of [`TOLERANCE`] of the greatest one.
pub(super) fn about_the_same(a: &[f64], b: &[f64]) -> Outcome {
    ensure(a.len() == b.len(), || format!("{} and {} scores", a.len(), b.len()))?;
    let greatest = a.iter().fold(0.0f64, |most, score| most.max(score.abs()));
    let differs = |(a, b): (&f64, &f64)| (a - b).abs() > TOLERANCE * greatest;
    match a.iter().zip(b).position(differs) {
        Some(row) => Err(format!("the score of row {row} is {:?}, then {:?}", a[row], b[row])),
        None => Ok(()),
    }
}

fn seed_as_said(subject: &Subject<'_>) -> Outcome {
    match subject.detector()?.deterministic() {
        false => Ok(()),
        true => about_the_same(&subject.scores(1)?, &subject.scores(2)?)
            .map_err(|how| format!("seeds 1 and 2: {how}")),
    }
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
