//! The labels of an experiment's tables, and the split that follows from them.

use oddbench_core::preprocess::{Missing, Preprocessor, complete_rows};
use oddbench_core::split::{self, Part, Split, SplitError, TableName};
use oddbench_core::{Classes, Matrix, Table};

use crate::prepared::{PrepareError, ScoredRows};
use crate::spec::{Spec, SplitSpec};

/// A table with a label per row and the rows that may be used.
pub(crate) struct Labelled<'a> {
    /// The table.
    pub(crate) table: &'a Table,
    /// The class of each row.
    pub(crate) classes: &'a Classes,
    /// `true` for an outlier under the label policy.
    pub(crate) labels: Vec<bool>,
    /// Rows without missing values if the rule is to drop those, else all.
    pub(crate) usable: Vec<usize>,
}

impl<'a> Labelled<'a> {
    pub(crate) fn new(table: &'a Table, spec: &Spec) -> Result<Self, PrepareError> {
        let classes = table.classes.as_ref().ok_or_else(|| {
            PrepareError::Rows("the rows have no classes, so they cannot be evaluated".into())
        })?;
        let labels = spec.dataset.policy.labels(classes);
        let usable = match spec.preprocess.missing {
            Missing::DropRow => complete_rows(table, &spec.dataset.columns),
            Missing::Error | Missing::Median => (0..table.rows()).collect(),
        };
        Ok(Self { table, classes, labels, usable })
    }

    fn usable_labels(&self) -> Vec<bool> {
        self.labels_of(&self.usable)
    }

    pub(crate) fn labels_of(&self, rows: &[usize]) -> Vec<bool> {
        rows.iter().map(|&row| self.labels[row]).collect()
    }

    /// The given rows as a model sees them.
    pub(crate) fn scored(
        &self,
        preprocessor: &Preprocessor,
        rows: &[usize],
    ) -> Result<ScoredRows, PrepareError> {
        let numbers: Result<Vec<u32>, _> = rows.iter().map(|&row| u32::try_from(row)).collect();
        Ok(ScoredRows {
            x: match rows.is_empty() {
                true => Matrix::zeros(0, preprocessor.columns().len()),
                false => preprocessor.transform(self.table, rows)?,
            },
            rows: numbers
                .map_err(|_| PrepareError::Rows("there are more than 2^32 rows".into()))?,
            classes: self.classes.select(rows),
            labels: self.labels_of(rows),
        })
    }
}

/// Splits the usable rows and gives them their numbers in the source tables.
pub(crate) fn make_split(
    train: &Labelled<'_>,
    test: Option<&Labelled<'_>>,
    spec: SplitSpec,
    fold: Option<u32>,
) -> Result<Split, PrepareError> {
    let split = match (spec, test) {
        (SplitSpec::Published(which), Some(test)) => {
            split::published(&train.usable_labels(), &test.usable_labels(), which)?
        }
        (SplitSpec::Predefined(settings), Some(test)) => {
            split::predefined(&train.usable_labels(), &test.usable_labels(), settings)?
        }
        (SplitSpec::Published(_) | SplitSpec::Predefined(_), None) => {
            return Err(SplitError::NoTestTable { split: spec.name() }.into());
        }
        (SplitSpec::Holdout { shares, .. }, _) => split::holdout(&train.usable_labels(), shares)?,
        (SplitSpec::KFold(settings), _) => {
            split::k_fold(&train.usable_labels(), settings, fold.unwrap_or(1))?
        }
    };
    let in_table = |part: Part| {
        let usable = match (part.table, test) {
            (TableName::Test, Some(test)) => &test.usable,
            _ => &train.usable,
        };
        Part { table: part.table, rows: part.rows.iter().map(|&row| usable[row]).collect() }
    };
    Ok(Split {
        train: in_table(split.train),
        validation: in_table(split.validation),
        test: in_table(split.test),
    })
}
