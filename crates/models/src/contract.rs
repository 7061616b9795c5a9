//! What every detector must pass, whatever its kind: the promises that the harness builds on.
//!
//! [`check`] runs every clause on small tables made here. Each kind that the table lists gets a test
//! per clause with no further work.

mod clauses;
mod commands;
mod tables;

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    path::Path,
};

use oddbench_core::{Detector, DetectorError, FittedDetector, Matrix, Silent, Train};
use serde_json::Value;

use crate::{Backend, Kind};

pub use commands::{Found, Step, Verdict, check_command};

/// A clause of the contract that a kind breaks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Breach {
    /// The promise, in words.
    pub clause: &'static str,
    /// How it was broken.
    pub how: String,
}

/// A kind under test, with parameters under which a fit is quick.
struct Subject<'a> {
    kind: &'a Kind,
    params: &'a Value,
    /// An empty folder for saved models.
    scratch: &'a Path,
    /// A command in place of the kind's detector.
    command: Option<Command<'a>>,
}

/// A detector that is a command.
#[derive(Clone, Copy)]
struct Command<'a> {
    make: &'a (dyn Fn() -> Box<dyn Detector> + Sync),
    supervised: bool,
}

type Clause = fn(&Subject<'_>) -> Result<(), String>;

/// Hands every clause with its promise to a macro, after what else that macro is given.
macro_rules! for_each_clause {
    ($then:ident $($with:tt)*) => {
        $then! { [$($with)*]
            unknown_parameter: "an unknown parameter is refused and the known ones are named",
            resolved_parameters: "resolved parameters resolve to themselves",
            schema: "every parameter is in the schema",
            finite_scores: "one finite score a row",
            same_seed: "the same seed gives the same bits",
            deterministic: "a deterministic detector ignores its seed",
            parallel_fits: "fits in parallel give the same bits as one alone",
            threads: "the number of threads changes nothing",
            labels: "an unsupervised fit does not look at labels",
            missing_labels: "a supervised fit without labels of both classes: an error",
            orientation: "a supervised score is higher for what was labelled an outlier",
            permutation: "permuted rows have permuted scores",
            alone: "a row alone has the score that it has among others",
            save_and_load: "what is saved and loaded scores the same bits",
            sampled_rows: "a fit that asks for a sample learns the same bits as one that is given all rows",
            training_scores: "one finite score a training row, the same whatever rows are beside it",
            explanation: "explanations are finite and as large as the rows",
            reconstruction: "reconstructions are finite and as large as the rows",
            no_rows: "no rows: an error",
            not_finite: "a value that is not finite: an error",
            wrong_columns: "another number of columns: an error",
            odd_tables: "one row, constant columns, repeated rows: scores or an error",
            cancel: "a fit that has epochs can be cancelled",
        }
    };
}
#[cfg(test)]
pub(crate) use for_each_clause;

macro_rules! table_of_clauses {
    ([] $($clause:ident: $promise:literal,)+) => {
        const CLAUSES: &[(&str, Clause)] = &[$(($promise, clauses::$clause)),+];
    };
}
for_each_clause!(table_of_clauses);

/// A test for each clause, so that one that fails does not hide the others.
#[cfg(test)]
macro_rules! test_clauses {
    ([$kind:expr] $($clause:ident: $promise:literal,)+) => {
        $(
            #[test]
            fn $clause() {
                $crate::contract::assert_kept(&$kind, $promise);
            }
        )+
    };
}
#[cfg(test)]
pub(crate) use test_clauses;

/// Panics if the kind with its quick parameters breaks the clause.
#[cfg(test)]
pub(crate) fn assert_kept(kind: &Kind, promise: &str) {
    let (_, holds) = CLAUSES.iter().find(|(clause, _)| *clause == promise).unwrap();
    let scratch = tempfile::tempdir().unwrap();
    let outcome = holds(&Subject::of(kind, &kind.quick(), scratch.path()));
    assert_eq!(outcome, Ok(()), "{}: {promise}", kind.name);
}

/// Holds a kind against every clause and returns those that it breaks. `params` should make a fit
/// of some hundred rows quick, as [`Kind::quick`] does; `scratch` is an empty folder.
pub fn check(kind: &Kind, params: &Value, scratch: &Path) -> Vec<Breach> {
    let subject = Subject::of(kind, params, scratch);
    let mut breaches = Vec::new();
    for &(clause, holds) in CLAUSES {
        let outcome = catch_unwind(AssertUnwindSafe(|| holds(&subject)));
        let outcome = outcome.unwrap_or_else(|_| Err("it panicked".into()));
        if let Err(how) = outcome {
            breaches.push(Breach { clause, how });
        }
    }
    breaches
}

impl<'a> Subject<'a> {
    fn of(kind: &'a Kind, params: &'a Value, scratch: &'a Path) -> Self {
        Self { kind, params, scratch, command: None }
    }

    fn supervised(&self) -> bool {
        self.command.map_or(self.kind.supervised, |command| command.supervised)
    }

    /// Whether scores are the same: to the bit, or of a command as far as [`commands::about_the_same`] wants.
    fn same(&self, a: &[f64], b: &[f64]) -> Result<(), String> {
        match self.command {
            None => clauses::same_bits(a, b),
            Some(_) => commands::about_the_same(a, b),
        }
    }

    fn detector(&self) -> Result<Box<dyn Detector>, String> {
        if let Some(command) = self.command {
            return Ok((command.make)());
        }
        let device = Backend::Cpu.open().map_err(|e| e.to_string())?;
        self.kind.build(self.params, &device).map_err(|e| e.to_string())
    }

    /// Fits on a table with some rows labelled outliers where the kind wants labels.
    fn fit(&self, x: &Matrix, seed: u64) -> Result<Box<dyn FittedDetector>, DetectorError> {
        let labels = tables::labels(x.rows());
        self.fit_with(x, self.supervised().then_some(&labels[..]), seed)
    }

    fn fit_with(
        &self,
        x: &Matrix,
        labels: Option<&[bool]>,
        seed: u64,
    ) -> Result<Box<dyn FittedDetector>, DetectorError> {
        let detector = self.detector().map_err(DetectorError::Backend)?;
        detector.fit(Train { x, labels, validation: None }, seed, &mut Silent)
    }

    /// The scores of the test table after a fit on the training table.
    fn scores(&self, seed: u64) -> Result<Vec<f64>, String> {
        let fitted = self.fit(&tables::train(), seed).map_err(|e| e.to_string())?;
        fitted.score(&tables::test()).map_err(|e| e.to_string())
    }
}
