//! The audit of an experiment's rows, from its data set and its split: what `oddbench data audit`
//! prints and a run leaves beside its records.

use oddbench_core::audit::{Audit, AuditedRows, audit as count};
use oddbench_core::split::{Part, TableName};
use oddbench_core::{Classes, Dataset};
use oddbench_data::audit::{Rows, feature_vectors};
use oddbench_data::catalog;

use crate::labelled::{Labelled, make_split};
use crate::prepared::PrepareError;
use crate::spec::{Spec, SplitSpec};

/// Counts duplicates, overlap, contradictions and ceilings in the parts of the experiment's split, by
/// the raw values of its feature columns. Of a k-fold split it is the first fold that is audited.
pub fn audit(dataset: &Dataset, spec: &Spec) -> Result<Audit, PrepareError> {
    let train = Labelled::new(&dataset.train, spec)?;
    let test = dataset.test.as_ref().map(|table| Labelled::new(table, spec)).transpose()?;
    let split = make_split(&train, test.as_ref(), spec.split, None)?;
    let training_table = split.train.table;
    let mut parts =
        vec![("train", split.train), ("validation", split.validation), ("test", split.test)];
    if let (SplitSpec::Holdout { transfer: true, .. }, Some(test)) = (spec.split, &test) {
        parts.push(("transfer", Part { table: TableName::Test, rows: test.usable.clone() }));
    }
    let source = |table: TableName| match (table, &test) {
        (TableName::Test, Some(test)) => test,
        _ => &train,
    };

    let rows =
        parts.iter().map(|(_, part)| Rows { table: source(part.table).table, rows: &part.rows });
    let vectors = feature_vectors(&rows.collect::<Vec<_>>(), &spec.dataset.columns);
    let known: Vec<(Vec<bool>, Classes)> = parts
        .iter()
        .map(|(_, part)| {
            let table = source(part.table);
            (table.labels_of(&part.rows), table.classes.select(&part.rows))
        })
        .collect();
    let audited = parts.iter().zip(&vectors).zip(&known).map(|(((part, _), vectors), known)| {
        AuditedRows { part, vectors, labels: &known.0, classes: &known.1 }
    });
    let seen = occurring(source(training_table).classes);
    let category = |class: &str| category(spec, class);
    Ok(count(&audited.collect::<Vec<_>>(), category, |class| seen.contains(&class)))
}

/// The classes that have a row.
fn occurring(classes: &Classes) -> Vec<&str> {
    let mut occurs = vec![false; classes.names.len()];
    classes.codes.iter().for_each(|&code| occurs[usize::from(code)] = true);
    let names = classes.names.iter().zip(occurs);
    names.filter(|(_, occurs)| *occurs).map(|(name, _)| name.as_str()).collect()
}

fn category(spec: &Spec, class: &str) -> Option<String> {
    let entry = catalog::dataset(spec.dataset.source.kind())?;
    entry.category(class).map(str::to_owned)
}
