//! A table as it grows: the columns that are wanted, as numbers and categories, and the classes.

use std::collections::HashMap;

use oddbench_core::{Classes, Column, FeatureKind, Table};

use super::beside::{BesideBuilder, BesideRead};
use super::cell::{Cell, Sink};
use crate::categories::Categories;

/// A column as it grows.
pub(crate) enum ColumnBuilder {
    Numeric(Vec<f64>),
    Categorical(Categories),
}

impl ColumnBuilder {
    pub(crate) fn new(kind: FeatureKind, rows: usize) -> Self {
        match kind {
            FeatureKind::Numeric => Self::Numeric(Vec::with_capacity(rows)),
            FeatureKind::Categorical => Self::Categorical(Categories::new(rows)),
        }
    }

    /// Appends a value. `false`: a text where a number should be; it is taken for a missing value.
    pub(crate) fn push(&mut self, cell: Cell<'_>) -> bool {
        match self {
            Self::Numeric(values) => {
                let value = cell.number();
                values.push(value.unwrap_or(f64::NAN));
                return value.is_some();
            }
            Self::Categorical(categories) => match cell.category().as_ref() {
                "" => categories.codes.push(Column::MISSING),
                name => categories.push(name),
            },
        }
        true
    }

    pub(crate) fn len(&self) -> usize {
        match self {
            Self::Numeric(values) => values.len(),
            Self::Categorical(categories) => categories.codes.len(),
        }
    }

    /// Whether the value that was appended last is a name or a finite number.
    fn ends_with_a_value(&self) -> bool {
        match self {
            Self::Numeric(values) => values.last().is_some_and(|value| value.is_finite()),
            Self::Categorical(categories) => categories.codes.last() != Some(&Column::MISSING),
        }
    }

    pub(crate) fn finish(self) -> Column {
        match self {
            Self::Numeric(values) => Column::Numeric(values),
            Self::Categorical(Categories { codes, names, .. }) => {
                Column::Categorical { codes, levels: names }
            }
        }
    }
}

/// The first value that does not fit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Misfit {
    /// Its column in the source.
    pub(crate) column: usize,
    /// Its line; 0 until its row is whole.
    pub(crate) line: u64,
    row: usize,
    /// The value.
    pub(crate) text: String,
}

/// How the text of a label becomes the name of a class; `None`: it is no class.
pub(crate) type ClassOf = Box<dyn Fn(&str) -> Option<String>>;

/// What is to be read of a source.
pub(crate) struct Wanted {
    /// Feature columns: where they are in the source, their names and kinds.
    pub(crate) features: Vec<(usize, String, FeatureKind)>,
    /// Columns that are no features: where they are, their names, and how they are read.
    pub(crate) beside: Vec<(usize, String, BesideRead)>,
    /// Where the label is.
    pub(crate) label: usize,
    pub(crate) class_of: ClassOf,
    /// The line of the first row, if every line from there on holds a row without missing or infinite
    /// values; `None`: there may be gaps.
    pub(crate) complete_from: Option<u64>,
    /// How many rows to expect.
    pub(crate) rows: usize,
}

/// Takes rows as typed columns.
pub(crate) struct TableBuilder {
    columns: Vec<(String, ColumnBuilder)>,
    /// Where each column of the source goes.
    slots: Vec<Option<usize>>,
    beside: Vec<(usize, String, BesideBuilder)>,
    label: usize,
    class_of: ClassOf,
    complete_from: Option<u64>,
    classes: Categories,
    /// Classes of labels that were met.
    known: HashMap<String, String>,
    rows: usize,
    misfit: Option<Misfit>,
}

impl TableBuilder {
    pub(crate) fn new(wanted: Wanted) -> Self {
        let width = wanted.features.iter().map(|(at, ..)| *at).chain([wanted.label]).max();
        let mut slots = vec![None; width.map_or(0, |last| last + 1)];
        let mut columns = Vec::with_capacity(wanted.features.len());
        for (slot, (at, name, kind)) in wanted.features.into_iter().enumerate() {
            slots[at] = Some(slot);
            columns.push((name, ColumnBuilder::new(kind, wanted.rows)));
        }
        let beside = wanted.beside.into_iter();
        let beside =
            beside.map(|(at, name, read)| (at, name, BesideBuilder::new(read, wanted.rows)));
        Self {
            columns,
            slots,
            beside: beside.collect(),
            label: wanted.label,
            class_of: wanted.class_of,
            complete_from: wanted.complete_from,
            classes: Categories::new(wanted.rows),
            known: HashMap::new(),
            rows: 0,
            misfit: None,
        }
    }

    /// Rows so far.
    pub(crate) fn rows(&self) -> usize {
        self.rows
    }

    /// The first value that did not fit.
    pub(crate) fn misfit(&self) -> Option<&Misfit> {
        self.misfit.as_ref()
    }

    /// The table, without columns of too many categories that are no features; an error with their number if
    /// there are more than 65,536 classes.
    pub(crate) fn finish(self) -> Result<Table, usize> {
        let found = self.classes.names.len();
        let codes = self.classes.codes.iter().map(|&code| u16::try_from(code));
        let codes = codes.collect::<Result<_, _>>().map_err(|_| found)?;
        let classes = Some(Classes { names: self.classes.names, codes });
        let columns = self.columns.into_iter().map(|(name, column)| (name, column.finish()));
        let beside = self.beside.into_iter();
        let beside = beside.filter_map(|(_, name, column)| Some((name, column.finish()?)));
        Ok(Table { columns: columns.collect(), classes, beside: beside.collect() })
    }

    /// Keeps the first misfit. Some sources give row after row, some column after column.
    fn refuse(&mut self, column: usize, row: usize, cell: Cell<'_>) {
        if self.misfit.as_ref().is_none_or(|first| row < first.row) {
            let text = match cell {
                Cell::Text(text, _) => text.to_owned(),
                cell => cell.category().into_owned(),
            };
            self.misfit = Some(Misfit { column, line: 0, row, text });
        }
    }

    fn class(&mut self, cell: Cell<'_>) {
        let label = cell.category();
        if let Some(class) = self.known.get(label.as_ref()) {
            return self.classes.push(class);
        }
        match (self.class_of)(&label) {
            Some(class) => {
                self.classes.push(&class);
                self.known.insert(label.into_owned(), class);
            }
            None => {
                self.classes.push("");
                self.refuse(self.label, self.classes.codes.len() - 1, cell);
            }
        }
    }
}

impl Sink for TableBuilder {
    fn wants(&self, column: usize) -> bool {
        column == self.label
            || self.slots.get(column).is_some_and(Option::is_some)
            || self.beside.iter().any(|(at, ..)| *at == column)
    }

    fn cell(&mut self, column: usize, cell: Cell<'_>) {
        if let Some(slot) = self.slots.get(column).copied().flatten() {
            let builder = &mut self.columns[slot].1;
            let gaps = self.complete_from.is_none();
            if !builder.push(cell) || !(gaps || builder.ends_with_a_value()) {
                let row = builder.len() - 1;
                self.refuse(column, row, cell);
            }
        }
        let found = self.beside.iter_mut().find(|(at, ..)| *at == column);
        if let Some((_, _, builder)) = found
            && builder.push(cell).is_none()
        {
            let row = builder.len() - 1;
            self.refuse(column, row, cell);
        }
        if column == self.label {
            self.class(cell);
        }
    }

    fn end_row(&mut self, line: u64) {
        let expected = self.complete_from.map_or(line, |first| first + self.rows as u64);
        if line != expected && self.misfit.is_none() {
            // Readers pass over blank lines.
            self.misfit =
                Some(Misfit { column: 0, line: expected, row: self.rows, text: String::new() });
            return;
        }
        if let Some(misfit) = self.misfit.as_mut().filter(|misfit| misfit.row == self.rows) {
            misfit.line = line;
        }
        self.rows += 1;
    }
}
