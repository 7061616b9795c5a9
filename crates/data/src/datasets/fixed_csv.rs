//! A CSV file whose columns, rows and classes are known: each value is there and is what it should be.

use std::path::Path;

use oddbench_core::{FeatureKind, Table};

use crate::error::DataError;
use crate::rows::{
    ClassOf, FileFormat, Header, Misfit, ReadOptions, RowError, RowReader, TableBuilder, Wanted,
};

/// How the rows of a file are laid out.
pub(super) struct Layout<'a> {
    /// All feature columns in the order of the file.
    pub(super) features: Vec<(&'a str, FeatureKind)>,
    /// Columns after the features; one of them holds the class.
    pub(super) trailing: &'a [&'a str],
    /// Which of `trailing` holds the class.
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
    let names: Vec<String> = layout
        .features
        .iter()
        .map(|(name, _)| *name)
        .chain(layout.trailing.iter().copied())
        .map(str::to_owned)
        .collect();
    let position = |name: &str| names.iter().position(|column| column == name);
    let mut features = Vec::with_capacity(wanted.len());
    for name in wanted {
        let found = position(name).and_then(|at| Some((at, layout.features.get(at)?.1)));
        let unknown = || DataError::UnknownColumn { column: name.clone() };
        let (at, kind) = found.ok_or_else(unknown)?;
        features.push((at, name.clone(), kind));
    }
    let options = ReadOptions {
        format: Some(FileFormat::Csv { delimiter: Some(b',') }),
        header: Header::Names(names.clone().into()),
        ..ReadOptions::default()
    };
    let mut reader = RowReader::open(path, &options).map_err(fault)?;
    let label = position(layout.class).unwrap_or_default();
    let (class_of, rows) = (layout.class_of, layout.rows);
    let complete_from = Some(1);
    let mut builder = TableBuilder::new(Wanted { features, label, class_of, complete_from, rows });
    let read = reader.fill(&mut builder, usize::MAX);
    if let Some(misfit) = builder.misfit().filter(|misfit| misfit.line > 0) {
        let what = not_as_expected(misfit, &names[misfit.column], layout);
        return Err(fault(reader.error(Some(misfit.line), what, "")));
    }
    read.map_err(fault)?;
    if builder.rows() != rows {
        let what = format!("the file has {} rows instead of {rows}", builder.rows());
        return Err(fault(reader.error(None, what, "")));
    }
    builder.finish().map_err(|found| {
        fault(reader.error(None, format!("{found} class names are more than 65,536"), ""))
    })
}

fn not_as_expected(misfit: &Misfit, column: &str, layout: &Layout) -> String {
    let kind = layout.features.get(misfit.column).map(|(_, kind)| kind);
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
