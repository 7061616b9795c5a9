//! Why rows could not be preprocessed. Gaps are listed for all columns at once, so one message is
//! enough to correct a file.

use thiserror::Error;

use super::{MOST_CATEGORIES, Missing, PreprocessSettings};
use crate::dataset::{Column, Table};

/// The values of a column that cannot be computed with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Gap {
    /// The column.
    pub column: String,
    /// How many rows have such a value.
    pub rows: usize,
    /// The first of them in the table, from 0.
    pub first: usize,
}

/// Why rows could not be preprocessed.
#[derive(Debug, Error, PartialEq)]
pub enum PreprocessError {
    /// The table lacks a column.
    #[error("there is no column {0:?}")]
    NoColumn(String),
    /// No row to fit on.
    #[error("there are no training rows")]
    NoRows,
    /// Values are missing or infinite and the rules do not mend them.
    #[error("{}", in_words(missing, infinite))]
    Gaps {
        /// Columns with missing values; infinite ones count if the rule says so.
        missing: Vec<Gap>,
        /// Columns with infinite values.
        infinite: Vec<Gap>,
    },
    /// Every training row lacks the value, so that there is nothing to fill it with.
    #[error("column {0:?} has no value in any training row; leave it out of the features")]
    AllMissing(String),
    /// Nothing is left after constant columns were dropped.
    #[error(
        "every column is constant over the {0} training rows, so nothing tells rows apart; choose other features or more rows, or set constant = \"keep\" in [preprocess]"
    )]
    AllConstant(usize),
    /// One-hot encoding would make too many columns.
    #[error(
        "column {column:?} has {found} categories in the training rows, and one-hot encoding takes at most {MOST_CATEGORIES}; set encode = \"ordinal\" in [preprocess], or leave the column out of the features"
    )]
    TooManyCategories {
        /// The column.
        column: String,
        /// Its categories in the training rows.
        found: usize,
    },
    /// A value or the spread of a column cannot be represented once scaled.
    #[error(
        "column {0:?} has values too large to compute with in single precision; scale or mend the data"
    )]
    TooLarge(String),
    /// The column was numeric in training and is not now, or the reverse.
    #[error("column {0:?} was {1} when the preprocessing was fitted")]
    WrongType(String, &'static str),
}

impl PreprocessError {
    /// A value is missing.
    pub(super) fn missing(column: &str, row: usize) -> Self {
        let gap = Gap { column: column.to_owned(), rows: 1, first: row };
        Self::Gaps { missing: vec![gap], infinite: vec![] }
    }

    /// A value is infinite.
    pub(super) fn infinite(column: &str, row: usize) -> Self {
        let gap = Gap { column: column.to_owned(), rows: 1, first: row };
        Self::Gaps { missing: vec![], infinite: vec![gap] }
    }

    /// An error about one gap becomes one about all gaps of these rows. Other errors stay.
    pub fn of_all(
        self,
        table: &Table,
        rows: &[usize],
        features: &[String],
        settings: PreprocessSettings,
    ) -> Self {
        match self {
            Self::Gaps { .. } => gaps(table, rows, features, settings).unwrap_or(self),
            other => other,
        }
    }
}

/// The error about every value of these rows that the rules do not mend; `None` if there is none.
fn gaps(
    table: &Table,
    rows: &[usize],
    features: &[String],
    settings: PreprocessSettings,
) -> Option<PreprocessError> {
    let (mut missing, mut infinite) = (Vec::new(), Vec::new());
    for name in features {
        let refused = |is_gap: &dyn Fn(usize) -> bool| {
            let mut found = rows.iter().copied().filter(|&row| is_gap(row));
            let first = found.next()?;
            Some(Gap { column: name.clone(), rows: 1 + found.count(), first })
        };
        match table.column(name) {
            Some(Column::Numeric(values)) => {
                missing.extend(refused(&|row| settings.infinite.is_gap(values[row])));
                infinite.extend(refused(&|row| {
                    values[row].is_infinite() && !settings.infinite.is_gap(values[row])
                }));
            }
            Some(Column::Categorical { codes, .. }) => {
                missing.extend(refused(&|row| codes[row] == Column::MISSING));
            }
            None => {}
        }
    }
    if settings.missing == Missing::Median {
        missing.clear();
    }
    let any = !missing.is_empty() || !infinite.is_empty();
    any.then_some(PreprocessError::Gaps { missing, infinite })
}

/// One sentence about missing and one about infinite values, each with its remedy.
fn in_words(missing: &[Gap], infinite: &[Gap]) -> String {
    let list = |gaps: &[Gap]| {
        let gap = |gap: &Gap| {
            let rows = if gap.rows == 1 { "row" } else { "rows" };
            format!("{:?} ({} {rows}, first row {})", gap.column, gap.rows, gap.first + 1)
        };
        gaps.iter().map(gap).collect::<Vec<_>>().join(", ")
    };
    let columns = |gaps: &[Gap]| if gaps.len() == 1 { "column" } else { "columns" };
    let mut said = Vec::new();
    if !missing.is_empty() {
        said.push(format!(
            "values are missing in {} {}; set missing = \"median\" or \"drop-row\" in [preprocess], or mend the data",
            columns(missing),
            list(missing)
        ));
    }
    if !infinite.is_empty() {
        said.push(format!(
            "values are infinite in {} {}; set infinite = \"missing\" in [preprocess] (and missing = \"median\" or \"drop-row\"), or mend the data",
            columns(infinite),
            list(infinite)
        ));
    }
    said.join("; ")
}
