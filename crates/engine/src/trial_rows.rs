//! The rows of a trial: its own, or those of trials that run together in one process.

use std::ops::Deref;
use std::sync::OnceLock;

use oddbench_core::Matrix;
use oddbench_core::preprocess::Preprocessor;

use crate::prepared::Prepared;

/// The rows that a trial runs on.
pub enum TrialRows<'a> {
    /// Of this trial alone, which releases the training rows once the model is fitted.
    Own(&'a mut Prepared),
    /// Of others too.
    Shared(&'a SharedRows),
}

/// Rows of several trials, with the copies that their fits need.
pub struct SharedRows {
    prepared: Prepared,
    copies: Copies,
}

impl SharedRows {
    /// For trials that fit the same number of training rows.
    pub(crate) fn new(prepared: Prepared) -> Self {
        Self { prepared, copies: Copies::default() }
    }

    /// What their matrices were made by.
    pub(crate) fn preprocessor(&self) -> &Preprocessor {
        &self.prepared.preprocessor
    }
}

impl Deref for TrialRows<'_> {
    type Target = Prepared;

    fn deref(&self) -> &Prepared {
        match self {
            Self::Own(prepared) => prepared,
            Self::Shared(shared) => &shared.prepared,
        }
    }
}

impl TrialRows<'_> {
    /// The copies of all trials, or an own one that the caller keeps.
    pub(crate) fn copies<'c>(&'c self, own: &'c Copies) -> &'c Copies {
        match self {
            Self::Own(_) => own,
            Self::Shared(shared) => &shared.copies,
        }
    }

    /// Gives the memory of the training rows back, if nobody else needs them.
    pub(crate) fn release_training_rows(&mut self) {
        if let Self::Own(prepared) = self {
            prepared.release_training_rows();
        }
    }
}

/// Copies of rows, each made when it is first asked for.
#[derive(Default)]
pub(crate) struct Copies {
    validation_inliers: OnceLock<Option<Matrix>>,
    /// Some of the training rows with their labels.
    training: OnceLock<(Matrix, Vec<bool>)>,
}

impl Copies {
    /// See [`Prepared::validation_inliers`].
    pub(crate) fn validation_inliers(&self, prepared: &Prepared) -> Option<&Matrix> {
        let copy = || prepared.validation_inliers().map(Matrix::into_shared);
        self.validation_inliers.get_or_init(copy).as_ref()
    }

    /// The training rows, or that many of them, with their labels.
    pub(crate) fn training<'a>(
        &'a self,
        prepared: &'a Prepared,
        some: Option<usize>,
    ) -> (&'a Matrix, &'a Vec<bool>) {
        let Some(rows) = some else { return (&prepared.train, &prepared.train_labels) };
        let copy = || {
            let (x, labels) = prepared.some_training_rows(rows);
            (x.into_shared(), labels)
        };
        let (x, labels) = self.training.get_or_init(copy);
        (x, labels)
    }
}
