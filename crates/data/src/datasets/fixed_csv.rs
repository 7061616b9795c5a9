//! A CSV file whose columns, rows and classes are known: each value is there and is what it should be.

use std::path::Path;
use std::sync::Arc;

use oddbench_core::{FeatureKind, Table};

use crate::error::DataError;
use crate::rows::{
    ClassOf, FileFormat, Header, Misfit, ReadOptions, RowError, RowReader, TableBuilder, Wanted,
};

/// How the rows of a file are laid out.
pub(super) struct Layout<'a> {
    /// All feature columns, in the order of the file if it has no header.
    pub(super) features: Vec<(&'a str, FeatureKind)>,
    /// Columns after the features in a file without a header; `None`: the first line names all columns.
    pub(super) trailing: Option<&'a [&'a str]>,
    /// The column that holds the class.
    pub(super) class: &'a str,
    /// How the text of a label becomes a class; `None`: it is none.
    pub(super) class_of: ClassOf,
    /// What the text of a label should be.
    pub(super) class_is: &'a str,
    /// Rows that the file should hold.
    pub(super) rows: usize,
    /// What to do when the file is wrong.
    pub(super) remedy: &'a str,
}

/// Reads the wanted columns, in the wanted order, and the classes.
pub(super) fn read(path: &Path, layout: &Layout, wanted: &[String]) -> Result<Table, DataError> {
    let fault = |error: RowError| {
        let line = error.line.map(|line| format!("line {line}, ")).unwrap_or_default();
        let message = format!("{line}{}\n{}", error.what, layout.remedy);
        DataError::Parse { path: path.into(), message }
    };
    let mut kinds = Vec::with_capacity(wanted.len());
    for name in wanted {
        let found = layout.features.iter().find(|(column, _)| column == name);
        kinds.push(found.ok_or_else(|| DataError::UnknownColumn { column: name.clone() })?.1);
    }
    let features = layout.features.iter().map(|(name, _)| *name);
    let options = ReadOptions {
        format: Some(FileFormat::Csv),
        delimiter: Some(b','),
        header: match layout.trailing {
            Some(trailing) => {
                Header::Names(features.chain(trailing.iter().copied()).map(str::to_owned).collect())
            }
            None => Header::FirstLine,
        },
        ..ReadOptions::default()
    };
    let mut reader = RowReader::open(path, &options).map_err(fault)?;
    let names = Arc::clone(reader.names());
    let position = |name: &str| {
        let missing = || fault(reader.error(None, format!("there is no column {name}"), ""));
        names.iter().position(|column| column == name).ok_or_else(missing)
    };
    let features = wanted.iter().zip(kinds);
    let features = features.map(|(name, kind)| Ok((position(name)?, name.clone(), kind)));
    let mut builder = TableBuilder::new(Wanted {
        features: features.collect::<Result<_, DataError>>()?,
        label: position(layout.class)?,
        class_of: layout.class_of,
        complete_from: Some(if layout.trailing.is_some() { 1 } else { 2 }),
        rows: layout.rows,
    });
    let read = reader.fill(&mut builder, usize::MAX);
    if let Some(misfit) = builder.misfit().filter(|misfit| misfit.line > 0) {
        let what = not_as_expected(misfit, &names[misfit.column], layout);
        return Err(fault(reader.error(Some(misfit.line), what, "")));
    }
    read.map_err(fault)?;
    if builder.rows() != layout.rows {
        let what = format!("the file has {} rows instead of {}", builder.rows(), layout.rows);
        return Err(fault(reader.error(None, what, "")));
    }
    builder.finish().map_err(|found| {
        fault(reader.error(None, format!("{found} class names are more than 65,536"), ""))
    })
}

fn not_as_expected(misfit: &Misfit, column: &str, layout: &Layout) -> String {
    let kind = layout.features.iter().find(|(name, _)| *name == column).map(|(_, kind)| kind);
    let expected = match kind {
        Some(FeatureKind::Numeric) => "a number",
        Some(FeatureKind::Categorical) => "a name",
        None => layout.class_is,
    };
    let text: String = misfit.text.chars().take(60).collect();
    format!("column {column}: {text:?} is not {expected}")
}

#[cfg(test)]
mod tests;
