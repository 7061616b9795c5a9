//! What is wrong with the rows of an experiment, each trouble at its key of the file. `check` and `run`
//! both collect troubles here, so they refuse the same rows and name all troubles at once.

mod columns;
mod models;

use std::collections::BTreeSet;

use oddbench_core::counts::{agreed, counted};
use oddbench_core::evaluate::{EvaluateError, evaluate};
use oddbench_core::experiment::View;
use oddbench_core::scores::{ScoredPart, Scores};
use oddbench_core::split::SplitError;
use oddbench_core::threshold::Undefined;

use crate::labelled::{LabelledTables, PrepareError, RawRows, ScoredRows, SplitRows};
use crate::prepared::Prepared;
use crate::prepared_file::{FileError, WriteError};
use crate::run_error::RunError;
use crate::spec::{Fault, KeyPath, Spec, split_section};
use crate::trial::with_scores;

/// Collects what is wrong while rows are split and prepared.
pub(crate) struct Troubles<'a> {
    spec: &'a Spec,
    faults: Vec<Fault>,
    /// What was said already: every fold and view meets the same trouble.
    said: BTreeSet<String>,
}

/// A fold and the view of its rows.
#[derive(Clone, Copy)]
pub(crate) struct Seen<'v> {
    pub(crate) fold: Option<u32>,
    /// `None`: the experiment's own.
    pub(crate) view: Option<&'v View>,
}

impl<'a> Troubles<'a> {
    pub(crate) fn of(spec: &'a Spec) -> Self {
        Self { spec, faults: Vec::new(), said: BTreeSet::new() }
    }

    /// The rows of a fold; `None` if the split cannot be drawn.
    pub(crate) fn split(
        &mut self,
        tables: &LabelledTables<'_>,
        fold: Option<u32>,
    ) -> Option<SplitRows> {
        match tables.split(&self.spec.experiment.split, fold) {
            Ok(split) => Some(split),
            Err(error) => {
                self.say("split", self.split_fault(error));
                None
            }
        }
    }

    /// The rows that models will see through a view, and whether they allow what the experiment asks of them.
    /// `encode` encodes them and does with them what it wants; `None` if there are no rows to encode.
    pub(crate) fn prepare<'t>(
        &mut self,
        seen: Seen<'_>,
        view: &'t View,
        tables: &'t LabelledTables<'_>,
        split: &'t SplitRows,
        encode: impl FnOnce(&Prepared<RawRows<'t>>) -> Result<(), WriteError>,
    ) -> Result<Option<Prepared<RawRows<'t>>>, FileError> {
        let prepared = Prepared::through(view, tables, split).map_err(WriteError::from);
        let encoded = prepared.and_then(|prepared| encode(&prepared).map(|()| prepared));
        let prepared = match encoded {
            Ok(prepared) => prepared,
            Err(WriteError::File(error)) => return Err(error),
            Err(WriteError::Rows(PrepareError::Preprocess(error))) => {
                self.columns(&error, seen, view, tables, split);
                return Ok(None);
            }
            Err(WriteError::Rows(error)) => {
                self.say("rows", Fault::value(&KeyPath::of(&["dataset"]), error.to_string(), ""));
                return Ok(None);
            }
        };
        self.models(seen, &prepared);
        if seen.view.is_none() {
            self.thresholds(&prepared);
            self.ensembles(&prepared);
        }
        Ok(Some(prepared))
    }

    /// Every threshold rule is applied to made-up scores: a rule that lacks rows fails now, not after an
    /// hour of fitting.
    fn thresholds<X>(&mut self, prepared: &Prepared<X>) {
        for (at, settings) in self.spec.experiment.thresholds.iter().enumerate() {
            if let Err(error) = evaluate(&made_up(prepared), settings, Some(0.0)) {
                let key = KeyPath::of(&["threshold"]);
                let several = self.spec.experiment.thresholds.len() > 1;
                let key = if several { key.index(at) } else { key };
                self.say(&key.to_string(), threshold_fault(&key.key("rule"), &error));
            }
        }
    }

    /// What the rows do not allow, at its key.
    fn split_fault(&self, error: PrepareError) -> Fault {
        match error {
            PrepareError::Split(SplitError::Key(fault)) => {
                split_section::key_fault(&self.spec.document, fault)
            }
            PrepareError::Split(SplitError::MissingValues { column, table, count, first }) => {
                let rows: Vec<_> = first.into_iter().map(|row| (table, row)).collect();
                let places = self.spec.source.places(&rows).join(", ");
                let verb = agreed(count, "has", "have");
                let message =
                    format!("{} {verb} no value of {column}: {places}", counted(count, "row"));
                let rows = agreed(count, "this row", "these rows");
                let help = format!(
                    "mend the data, leave {rows} out of the file, or split by another column"
                );
                Fault::value(&KeyPath::of(&["split", "column"]), message, help)
            }
            error => lacking_rows(&error),
        }
    }

    /// Keeps a fault, unless there is a fault of the same name already.
    fn say(&mut self, name: &str, fault: Fault) {
        if self.said.insert(name.to_owned()) {
            self.faults.push(fault);
        }
    }

    /// All of it in one error; `Ok` if nothing is wrong.
    pub(crate) fn finish(self) -> Result<(), RunError> {
        match self.spec.document.errors(self.faults) {
            Some(error) => Err(RunError::Rows(Box::new(error))),
            None => Ok(()),
        }
    }
}

/// The rules that give no threshold because a class is missing, whatever the scores: the rule's position
/// and the reason.
pub(crate) fn without_threshold<X>(spec: &Spec, prepared: &Prepared<X>) -> Vec<(usize, Undefined)> {
    let by_class = [Undefined::NO_OUTLIERS, Undefined::NO_INLIERS, Undefined::RATE_TOO_SMALL];
    let scores = made_up(prepared);
    let rules = spec.experiment.thresholds.iter().enumerate();
    let reason = |(at, settings)| {
        let evaluation = evaluate(&scores, settings, Some(0.0)).ok()?;
        Some((at, evaluation.undefined.filter(|why| by_class.contains(why))?))
    };
    rules.filter_map(reason).collect()
}

/// The rows with scores that say nothing.
fn made_up<X>(prepared: &Prepared<X>) -> Scores {
    let part = |rows: &ScoredRows<X>| ScoredPart {
        times: None,
        ..with_scores(vec![0.0; rows.labels.len()], rows)
    };
    Scores { validation: part(&prepared.validation), test: part(&prepared.test), transfer: None }
}

fn threshold_fault(key: &KeyPath, error: &EvaluateError) -> Fault {
    let help = match error {
        EvaluateError::NoRows { part: "validation", .. } => {
            "give split.validation a larger share, or the data set more rows"
        }
        _ => "give the data set more rows",
    };
    Fault::value(key, error.to_string(), help)
}

/// At the key that a split is short of rows for.
fn lacking_rows(error: &PrepareError) -> Fault {
    let section = KeyPath::of(&["split"]);
    let (key, help) = match error {
        PrepareError::Split(SplitError::TooFew { what: "rows", found, .. }) => {
            (section.key("folds"), format!("use at most {found} folds, or give more rows"))
        }
        PrepareError::Split(SplitError::TooFew { what, .. }) if what.contains("prevalence") => (
            section.key("test_prevalence"),
            "lower test_prevalence, raise split.test, or remove this key".to_owned(),
        ),
        PrepareError::Split(SplitError::TooFew { what: "training inliers", .. }) => (
            section,
            "models learn from inliers: see which labels dataset.inliers or dataset.outliers name, give more rows, or give test and validation smaller shares"
                .to_owned(),
        ),
        PrepareError::Split(SplitError::TooFew { .. }) => {
            (section, "give the data set more rows, or the part a larger share".to_owned())
        }
        _ => (section, "choose another split, or give the data set the rows".to_owned()),
    };
    let text = error.to_string();
    let message = text.strip_prefix("split: ").unwrap_or(&text);
    Fault::value(&key, message, help)
}
