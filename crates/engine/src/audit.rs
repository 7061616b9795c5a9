//! The audit of an experiment's rows, from its data set and its split: what `oddbench data audit`
//! prints and a run leaves beside its records.

mod shortcuts;
mod values;

use oddbench_core::audit::{Audit, AuditedRows, Composition, audit as count};
use oddbench_core::split::GoesBy;
use oddbench_core::{BesideKind, Classes, Column, Dataset};
use oddbench_data::Source;
use oddbench_data::audit::{Rows, feature_vectors};

use crate::labelled::{LabelledTables, SplitRows};
use crate::run_error::RunError;
use crate::spec::Spec;
use crate::troubles::Troubles;
use values::{PartRows, Trained};

/// Counts duplicates, overlap, contradictions and ceilings in the parts of the experiment's split, by
/// the raw values of its feature columns. In a k-fold split, the first fold is audited.
pub fn audit(dataset: &Dataset, spec: &Spec) -> Result<Audit, RunError> {
    let tables = LabelledTables::new(dataset, spec).map_err(|error| spec.rows_error(&error))?;
    let mut troubles = Troubles::of(spec);
    let audited = troubles.split(&tables, None).map(|split| audit_split(&tables, &split, spec));
    troubles.finish()?;
    audited.ok_or_else(|| spec.rows_error(&"the rows cannot be split"))
}

/// The same of a split that is made already.
pub(crate) fn audit_split(tables: &LabelledTables<'_>, split: &SplitRows, spec: &Spec) -> Audit {
    let parts = split.parts(tables);
    let rows = parts.iter().map(|part| Rows { table: part.table.table, rows: part.rows });
    let vectors = feature_vectors(&rows.collect::<Vec<_>>(), &spec.experiment.dataset.columns);
    let known: Vec<(Vec<bool>, Classes)> = parts
        .iter()
        .map(|part| (part.table.labels_of(part.rows), part.table.classes.select(part.rows)))
        .collect();
    let audited = parts.iter().zip(&vectors).zip(&known).map(|((part, vectors), known)| {
        AuditedRows { part: part.name, vectors, labels: &known.0, classes: &known.1 }
    });
    let seen = occurring(tables.of(&split.train).classes);
    let category = |class: &str| category(spec, class);
    let mut audit = count(&audited.collect::<Vec<_>>(), category, |class| seen.contains(&class));
    let columns = &spec.experiment.dataset.columns;
    let trained = Trained::of(tables.of(&split.train).table, &split.train.rows, columns);
    for (found, (part, (labels, _))) in audit.parts.iter_mut().zip(parts.iter().zip(&known)) {
        let (table, classes) = (part.table.table, part.table.classes);
        let rows = PartRows { table, classes, rows: part.rows, labels };
        found.unseen = trained.unseen(&rows);
        found.infinite = values::infinite(&rows, columns);
        // The positions of another data set's rows say nothing about this split.
        found.composition = part.of.and_then(|_| composition(spec, &rows));
    }
    audit.shortcuts = Some(shortcuts::shortcuts(tables, split, spec));
    audit
}

/// What a split by time, order or group made of a part.
fn composition(spec: &Spec, part: &PartRows<'_>) -> Option<Composition> {
    let column = |name: &str| part.table.beside(name).or_else(|| part.table.column(name));
    match spec.experiment.split.kind().goes_by()? {
        GoesBy::Order(None) => {
            Composition::span(None, false, part.rows.iter().map(|&row| row as f64))
        }
        GoesBy::Order(Some(name)) => {
            let Column::Numeric(values) = column(name)? else { return None };
            let info = spec.source.info();
            let mut beside = info.beside.iter().filter(|beside| beside.name == name);
            let time = beside.any(|beside| beside.kind == BesideKind::Time);
            Composition::span(Some(name), time, part.rows.iter().map(|&row| values[row]))
        }
        GoesBy::Groups { column: name, days } => {
            Composition::groups(name, column(name)?, days, part.rows, part.labels)
        }
    }
}

/// The classes that have a row.
fn occurring(classes: &Classes) -> Vec<&str> {
    let mut occurs = vec![false; classes.names.len()];
    classes.codes.iter().for_each(|&code| occurs[usize::from(code)] = true);
    let names = classes.names.iter().zip(occurs);
    names.filter(|(_, occurs)| *occurs).map(|(name, _)| name.as_str()).collect()
}

fn category(spec: &Spec, class: &str) -> Option<String> {
    let named = |source: &Source| source.kind().entry?.category(class);
    spec.sources().find_map(named).map(str::to_owned)
}
