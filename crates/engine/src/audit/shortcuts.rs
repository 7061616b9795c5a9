//! Shortcuts among the columns that some model sees, and among those beside them.

use oddbench_core::shortcuts::{Audited, Mark, Sample, ShortcutAudit, Shortcuts};
use oddbench_core::split::Part;
use oddbench_data::columns::{Role, role_of_name};
use rayon::prelude::*;

use crate::labelled::{LabelledTables, SplitRows};
use crate::spec::Spec;

/// Audits every column of the experiment, one thread a column.
pub(super) fn shortcuts(tables: &LabelledTables<'_>, split: &SplitRows, spec: &Spec) -> Shortcuts {
    let sample = |part: &Part| {
        let of = tables.of(part);
        let (rows, labels) = (part.rows.clone(), of.labels_of(&part.rows));
        Sample { table: of.table, classes: of.classes, rows, labels }
    };
    let audit =
        ShortcutAudit::new(&sample(&split.train), &sample(&split.validation), &sample(&split.test));
    let columns = audited(spec);
    let found = columns.par_iter().map(|column| audit.column(column)).collect();
    audit.finish(&columns, found)
}

/// The columns that some model sees, then those that none sees, with what is known about them.
fn audited(spec: &Spec) -> Vec<Audited> {
    let features = spec.experiment.columns();
    let beside = spec.source.info().beside.into_iter().map(|beside| beside.name);
    let beside = beside.filter(|name| !features.contains(name));
    let features = features.iter().map(|name| (name.clone(), true));
    let columns = features.chain(beside.map(|name| (name, false)));
    columns.map(|(name, seen)| Audited { mark: mark(spec, &name), name, seen }).collect()
}

/// A mark by what the judge of columns took a column for. If the judge did not look at it, the name decides.
fn mark(spec: &Spec, name: &str) -> Option<Mark> {
    let judged = spec.source.judgement().and_then(|found| found.of(name));
    let role = match judged.map(|verdict| verdict.role) {
        // Nobody has looked at it.
        None | Some(Role::Ignored) => role_of_name(name)?,
        Some(role) => role,
    };
    match role {
        Role::Identifier => Some(Mark::Identifier),
        Role::Address => Some(Mark::Address),
        Role::Timestamp => Some(Mark::Time),
        Role::Label => Some(Mark::Label),
        Role::Port => Some(Mark::Port),
        _ => None,
    }
}
