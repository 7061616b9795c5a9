//! What every detector must pass, whatever its kind: the promises that the harness builds on.
//!
//! [`check`] runs every clause on small tables made here. A kind that is listed in the table is
//! tested with no further work.

mod clauses;
mod tables;

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    path::Path,
};

use oddbench_core::{Detector, DetectorError, FittedDetector, Matrix, Silent, Train};
use serde_json::Value;

use crate::{Backend, Kind};

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
}

type Clause = fn(&Subject<'_>) -> Result<(), String>;

/// Every clause with its promise.
const CLAUSES: &[(&str, Clause)] = &[
    ("an unknown parameter is refused and the known ones are named", clauses::unknown_parameter),
    ("resolved parameters resolve to themselves", clauses::resolved_parameters),
    ("every parameter is in the schema", clauses::schema),
    ("one finite score a row", clauses::finite_scores),
    ("the same seed gives the same bits", clauses::same_seed),
    ("a deterministic detector ignores its seed", clauses::deterministic),
    ("fits in parallel give the same bits as one alone", clauses::parallel_fits),
    ("the number of threads changes nothing", clauses::threads),
    ("an unsupervised fit does not look at labels", clauses::labels),
    ("a supervised fit without labels of both classes: an error", clauses::missing_labels),
    ("a supervised score is higher for what was labelled an outlier", clauses::orientation),
    ("a row's score depends on that row alone", clauses::permutation),
    ("what is saved and loaded scores the same bits", clauses::save_and_load),
    ("explanations are finite and as large as the rows", clauses::explanation),
    ("reconstructions are finite and as large as the rows", clauses::reconstruction),
    ("no rows: an error", clauses::no_rows),
    ("a value that is not finite: an error", clauses::not_finite),
    ("another number of columns: an error", clauses::wrong_columns),
    ("one row, constant columns, repeated rows: scores or an error", clauses::odd_tables),
    ("a fit that has epochs can be cancelled", clauses::cancel),
];

/// Holds a kind against every clause and returns those that it breaks. `params` should make a fit
/// of some hundred rows quick, as [`Kind::quick`] does; `scratch` is an empty folder.
pub fn check(kind: &Kind, params: &Value, scratch: &Path) -> Vec<Breach> {
    let subject = Subject { kind, params, scratch };
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

impl Subject<'_> {
    fn detector(&self) -> Result<Box<dyn Detector>, String> {
        let device = Backend::Cpu.open().map_err(|e| e.to_string())?;
        self.kind.build(self.params, &device).map_err(|e| e.to_string())
    }

    /// Fits on a table with some rows labelled outliers where the kind wants labels.
    fn fit(&self, x: &Matrix, seed: u64) -> Result<Box<dyn FittedDetector>, DetectorError> {
        let labels = tables::labels(x.rows());
        self.fit_with(x, self.kind.supervised.then_some(&labels[..]), seed)
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
