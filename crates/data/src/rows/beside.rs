//! Columns that are no features as they grow: times, numbers, and categories up to a bound.

use oddbench_core::{Beside, BesideKind, Column};

use super::cell::Cell;
use crate::categories::Categories;
use crate::times::TimeFormat;

/// Different values up to which a column of categories that is no feature is kept. Flow ids have millions, and
/// whatever asks for groups has no use for them.
pub const MOST_GROUPS: usize = 100_000;

/// A column that is no feature, and how its values are read.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct BesideColumn {
    pub(crate) name: String,
    pub(crate) read: BesideRead,
}

/// How the values of such a column are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum BesideRead {
    Time(TimeFormat),
    Number,
    Category,
}

impl BesideColumn {
    /// As it is offered.
    pub(crate) fn offer(&self) -> Beside {
        let kind = match self.read {
            BesideRead::Time(_) => BesideKind::Time,
            BesideRead::Number => BesideKind::Number,
            BesideRead::Category => BesideKind::Category,
        };
        Beside { name: self.name.clone(), kind }
    }
}

/// Such a column as it grows.
pub(super) enum BesideBuilder {
    Time(TimeFormat, Vec<f64>),
    Number(Vec<f64>),
    /// `None`: there were more categories than are kept.
    Category(Option<Categories>),
}

impl BesideBuilder {
    pub(super) fn new(read: BesideRead, rows: usize) -> Self {
        match read {
            BesideRead::Time(format) => Self::Time(format, Vec::with_capacity(rows)),
            BesideRead::Number => Self::Number(Vec::with_capacity(rows)),
            BesideRead::Category => Self::Category(Some(Categories::new(rows))),
        }
    }

    /// Appends a value. `None`: something that is no time among times; it counts as missing.
    pub(super) fn push(&mut self, cell: Cell<'_>) -> Option<()> {
        match self {
            Self::Time(format, values) => {
                let seconds = format.seconds(cell);
                values.push(seconds.unwrap_or(f64::NAN));
                return seconds.map(|_| ());
            }
            Self::Number(values) => {
                values.push(cell.number().filter(|value| value.is_finite()).unwrap_or(f64::NAN));
            }
            Self::Category(kept) => {
                if let Some(categories) = kept {
                    match cell.category().as_ref() {
                        "" => categories.codes.push(Column::MISSING),
                        name => categories.push(name),
                    }
                    if categories.names.len() > MOST_GROUPS {
                        *kept = None;
                    }
                }
            }
        }
        Some(())
    }

    /// Values so far, as far as they are kept.
    pub(super) fn len(&self) -> usize {
        match self {
            Self::Time(_, values) | Self::Number(values) => values.len(),
            Self::Category(kept) => kept.as_ref().map_or(0, |categories| categories.codes.len()),
        }
    }

    /// The column; `None`: it has more categories than are kept.
    pub(super) fn finish(self) -> Option<Column> {
        match self {
            Self::Time(_, values) | Self::Number(values) => Some(Column::Numeric(values)),
            Self::Category(kept) => kept.map(|Categories { codes, names, .. }| {
                Column::Categorical { codes, levels: names }
            }),
        }
    }
}
