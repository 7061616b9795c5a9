//! The rows that all trials of an experiment (and fold) share: loaded, labelled, split and
//! preprocessed once, then kept in one file so that trial processes start quickly.

use std::path::Path;

use oddbench_core::preprocess::{PreprocessError, Preprocessor};
use oddbench_core::record::{PartSizes, Projection};
use oddbench_core::split::{Part, SplitError, TableName};
use oddbench_core::{Classes, Dataset, DetectorError, Matrix};
use oddbench_data::DataError;
use oddbench_models::nn::batches::Batches;
use oddbench_models::projection::principal_plane;
use oddbench_models::rng::stream;
use thiserror::Error;

use crate::labelled::{Labelled, make_split};
use crate::spec::{Spec, SplitSpec, ViewSpec};

/// How many test rows the scatter plot shows at most.
const PROJECTED_ROWS: usize = 3_000;

/// Why the rows could not be prepared.
#[derive(Debug, Error)]
pub enum PrepareError {
    /// The data set could not be had. Exit code 3.
    #[error(transparent)]
    Data(#[from] DataError),
    /// It cannot be split as the experiment asks. Exit code 2.
    #[error("split: {0}")]
    Split(#[from] SplitError),
    /// It cannot be preprocessed as the experiment asks. Exit code 2.
    #[error("preprocess: {0}")]
    Preprocess(#[from] PreprocessError),
    /// The rows cannot be used as they are. Exit code 2.
    #[error("{0}")]
    Rows(String),
}

/// Rows that are scored, with what is known of them.
#[derive(Debug, Clone, PartialEq)]
pub struct ScoredRows {
    /// The rows, preprocessed.
    pub x: Matrix,
    /// The row number in the source table, from 0.
    pub rows: Vec<u32>,
    /// The class of each row.
    pub classes: Classes,
    /// `true` for an outlier.
    pub labels: Vec<bool>,
}

/// The parts of an experiment's rows, ready for models.
#[derive(Debug, Clone, PartialEq)]
pub struct Prepared {
    /// Training rows.
    pub train: Matrix,
    /// `true` for a training row that is an outlier.
    pub train_labels: Vec<bool>,
    /// Rows to tune thresholds on.
    pub validation: ScoredRows,
    /// Rows that figures are computed on.
    pub test: ScoredRows,
    /// The rows of the separate test table, if the experiment scores them beside its own test rows.
    pub transfer: Option<ScoredRows>,
    /// From raw columns to these matrices.
    pub preprocessor: Preprocessor,
}

impl Prepared {
    /// Labels and splits the data set, and fits the preprocessing on the training rows. `fold` is one
    /// of a k-fold split's, from 1.
    pub fn from_dataset(
        dataset: &Dataset,
        spec: &Spec,
        fold: Option<u32>,
    ) -> Result<Self, PrepareError> {
        Self::seen(dataset, spec, &spec.view(), fold)
    }

    /// The same rows through another view: labels and split do not depend on it.
    pub fn seen(
        dataset: &Dataset,
        spec: &Spec,
        view: &ViewSpec,
        fold: Option<u32>,
    ) -> Result<Self, PrepareError> {
        let train = Labelled::new(&dataset.train, spec)?;
        let test = dataset.test.as_ref().map(|table| Labelled::new(table, spec)).transpose()?;
        let split = make_split(&train, test.as_ref(), spec.split, fold)?;
        let source = |part: &Part| match (part.table, &test) {
            (TableName::Test, Some(test)) => test,
            _ => &train,
        };

        let fitted_on = source(&split.train);
        let preprocessor =
            Preprocessor::fit(fitted_on.table, &split.train.rows, &view.columns, view.preprocess)?;
        let scored = |part: &Part| source(part).scored(&preprocessor, &part.rows);
        let transfer = match spec.split {
            SplitSpec::Holdout { transfer: true, .. } => {
                Some(transfer_rows(test.as_ref(), &preprocessor)?)
            }
            _ => None,
        };
        Ok(Self {
            train: preprocessor.transform(fitted_on.table, &split.train.rows)?,
            train_labels: fitted_on.labels_of(&split.train.rows),
            validation: scored(&split.validation)?,
            test: scored(&split.test)?,
            transfer,
            preprocessor,
        })
    }

    /// Numbers of rows and columns.
    pub fn sizes(&self) -> PartSizes {
        let outliers = |labels: &[bool]| labels.iter().filter(|label| **label).count();
        PartSizes {
            train: self.train.rows(),
            train_outliers: outliers(&self.train_labels),
            validation: self.validation.labels.len(),
            validation_outliers: outliers(&self.validation.labels),
            test: self.test.labels.len(),
            test_outliers: outliers(&self.test.labels),
            transfer: self.transfer.as_ref().map(|part| part.labels.len()),
            transfer_outliers: self.transfer.as_ref().map(|part| outliers(&part.labels)),
            columns: self.train.cols(),
        }
    }

    /// What every trial's record says of its rows: which columns do not enter the models.
    pub fn note(&self) -> Option<String> {
        let dropped = self.preprocessor.dropped();
        (!dropped.is_empty()).then(|| format!("dropped constant columns: {}", dropped.join(", ")))
    }

    /// That many training rows with their labels, drawn at random but the same for every trial, and
    /// each number's among those of a greater one. All of them if there are no more.
    pub fn some_training_rows(&self, rows: usize) -> (Matrix, Vec<bool>) {
        let mut order = Batches::new(self.train.rows(), stream(0, "train-rows"));
        let drawn = order.shuffle().iter().take(rows);
        let mut drawn: Vec<usize> = drawn.map(|&row| row as usize).collect();
        drawn.sort_unstable();
        let labels = drawn.iter().map(|&row| self.train_labels[row]).collect();
        (self.train.select(&drawn), labels)
    }

    /// The validation rows that are inliers: what a fit may watch its loss on. `None` without any.
    pub fn validation_inliers(&self) -> Option<Matrix> {
        let labels = self.validation.labels.iter().enumerate();
        let rows: Vec<usize> = labels.filter(|(_, outlier)| !**outlier).map(|(at, _)| at).collect();
        (!rows.is_empty()).then(|| self.validation.x.select(&rows))
    }

    /// Up to 3,000 evenly spaced test rows on the training rows' first two principal components.
    pub fn projection(&self) -> Result<Projection, DetectorError> {
        let total = self.test.x.rows();
        let shown = total.min(PROJECTED_ROWS);
        let positions: Vec<usize> = (0..shown).map(|i| i * total / shown).collect();
        let plane = principal_plane(&self.train)?;
        let (x, y) = plane.project(&self.test.x.select(&positions))?;
        // Row numbers fit u32: `scored` has refused more.
        let positions = positions.iter().map(|&at| at as u32).collect();
        Ok(Projection { positions, x, y, explained: plane.explained })
    }

    /// Writes the rows to one file.
    pub fn write(&self, path: &Path) -> Result<(), crate::prepared_file::FileError> {
        crate::prepared_file::write(self, path)
    }

    /// Reads what [`Prepared::write`] wrote.
    pub fn read(path: &Path) -> Result<Self, crate::prepared_file::FileError> {
        crate::prepared_file::read(path)
    }
}

/// Every usable row of the test table, as the training rows' preprocessing sees it.
fn transfer_rows(
    test: Option<&Labelled<'_>>,
    preprocessor: &Preprocessor,
) -> Result<ScoredRows, PrepareError> {
    let test = test.ok_or(SplitError::NoTestTable { split: "transfer" })?;
    match test.usable.is_empty() {
        true => Err(PrepareError::Rows("the test table has no rows to transfer to".into())),
        false => test.scored(preprocessor, &test.usable),
    }
}
