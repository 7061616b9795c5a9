//! The rows that all trials of an experiment (and fold) share: loaded, labelled, split and
//! preprocessed once, then kept in one file so that trial processes start quickly.
//!
//! The raw table of five million rows takes 1.6 GB, and the matrices that it becomes may take as much. They are never
//! in memory together. The preparing process holds the raw table, encodes it block by block, and writes each block into
//! the file ([`crate::prepared_file`]). Trials map the file into their memory.

use std::ops::Range;

use oddbench_core::audit::is_much_unseen;
use oddbench_core::counts::counted;
use oddbench_core::experiment::View;
use oddbench_core::preprocess::Preprocessor;
use oddbench_core::record::{PartSizes, Projection};
use oddbench_core::split::Part;
use oddbench_core::{Dataset, DetectorError, Matrix};
use oddbench_models::Batches;
use oddbench_models::projection::principal_plane;
use oddbench_models::rng::stream;

use crate::labelled::{LabelledTables, RawRows, SplitRows};
use crate::spec::Spec;

pub use crate::labelled::{PrepareError, ScoredRows};

/// How many test rows the scatter plot shows at most.
const PROJECTED_ROWS: usize = 3_000;

/// How many rows are encoded at a time.
const BLOCK: usize = 1 << 14;

/// The parts of an experiment's rows, ready for models; or, where `X` is no matrix, ready to be encoded.
#[derive(Debug, Clone, PartialEq)]
pub struct Prepared<X = Matrix> {
    /// Training rows.
    pub train: X,
    /// `true` for a training row that is an outlier.
    pub train_labels: Vec<bool>,
    /// Rows to tune thresholds on.
    pub validation: ScoredRows<X>,
    /// Rows that figures are computed on.
    pub test: ScoredRows<X>,
    /// The rows of the separate test table or of another data set, if the experiment scores them beside its
    /// own test rows.
    pub transfer: Option<ScoredRows<X>>,
    /// The fingerprint of the split that the parts are of.
    pub fingerprint: String,
    /// Columns whose infinite values count as missing, with the rows of the data set that have one.
    pub infinite: Vec<(String, usize)>,
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
        let tables = LabelledTables::new(dataset, spec)?;
        let split = tables.split(&spec.experiment.split, fold)?;
        let view = spec.experiment.view();
        Prepared::through(&view, &tables, &split)?.encode()
    }
}

impl<'a> Prepared<RawRows<'a>> {
    /// The rows of a split that models with that view will see: labels and split do not depend on it.
    pub(crate) fn through(
        view: &'a View,
        tables: &'a LabelledTables<'_>,
        split: &'a SplitRows,
    ) -> Result<Self, PrepareError> {
        let fitted_on = tables.of(&split.train);
        let train = &split.train.rows;
        let preprocessor =
            Preprocessor::fit(fitted_on.table, train, &view.columns, view.preprocess)
                .map_err(|error| fitted_on.all_gaps(error, view))?;
        let scored = |part: &'a Part| tables.of(part).scored(&preprocessor, &part.rows, view);
        let transferred =
            |rows: &'a Vec<usize>| tables.of_transfer().scored(&preprocessor, rows, view);
        Ok(Self {
            train: RawRows { of: fitted_on, rows: train, view },
            train_labels: fitted_on.labels_of(train),
            validation: scored(&split.validation)?,
            test: scored(&split.test)?,
            transfer: split.transfer.as_ref().map(transferred).transpose()?,
            fingerprint: split.fingerprint.clone(),
            infinite: tables.infinite(view),
            preprocessor,
        })
    }

    /// The same with matrices in place of raw rows.
    pub(crate) fn encode(self) -> Result<Prepared, PrepareError> {
        let preprocessor = &self.preprocessor;
        let matrix = |rows: &RawRows<'_>| rows.encode(preprocessor, 0..rows.rows.len());
        let part = |part: &ScoredRows<RawRows<'_>>| -> Result<ScoredRows, PrepareError> {
            Ok(ScoredRows {
                x: matrix(&part.x)?,
                unseen: part.unseen.clone(),
                rows: part.rows.clone(),
                classes: part.classes.clone(),
                labels: part.labels.clone(),
                times: part.times.clone(),
            })
        };
        Ok(Prepared {
            train: matrix(&self.train)?,
            validation: part(&self.validation)?,
            test: part(&self.test)?,
            transfer: self.transfer.as_ref().map(part).transpose()?,
            train_labels: self.train_labels,
            fingerprint: self.fingerprint,
            infinite: self.infinite,
            preprocessor: self.preprocessor,
        })
    }

    /// Encodes all rows for nothing but to find those that cannot be.
    pub(crate) fn try_encode(&self) -> Result<(), PrepareError> {
        let scored = [Some(&self.validation), Some(&self.test), self.transfer.as_ref()];
        let scored = scored.into_iter().flatten().map(|part| &part.x);
        let mut all = std::iter::once(&self.train).chain(scored);
        all.try_for_each(|rows| rows.each_block(&self.preprocessor, &mut |_| Ok(())))
    }
}

/// Rows of a matrix, whether they are encoded or not.
pub trait Blocks {
    /// How many there are.
    fn count(&self) -> usize;

    /// Gives the values of the encoded rows, some rows at a time, in order.
    fn each_block<E: From<PrepareError>>(
        &self,
        preprocessor: &Preprocessor,
        take: &mut dyn FnMut(&[f32]) -> Result<(), E>,
    ) -> Result<(), E>;
}

impl Blocks for Matrix {
    fn count(&self) -> usize {
        self.rows()
    }

    fn each_block<E: From<PrepareError>>(
        &self,
        _: &Preprocessor,
        take: &mut dyn FnMut(&[f32]) -> Result<(), E>,
    ) -> Result<(), E> {
        take(self.as_slice())
    }
}

impl Blocks for RawRows<'_> {
    fn count(&self) -> usize {
        self.rows.len()
    }

    fn each_block<E: From<PrepareError>>(
        &self,
        preprocessor: &Preprocessor,
        take: &mut dyn FnMut(&[f32]) -> Result<(), E>,
    ) -> Result<(), E> {
        let all = self.rows.len();
        let block = |from: usize| -> Range<usize> { from..all.min(from + BLOCK) };
        (0..all)
            .step_by(BLOCK)
            .try_for_each(|from| take(self.encode(preprocessor, block(from))?.as_slice()))
    }
}

impl<X> Prepared<X> {
    /// Numbers of rows and columns.
    pub fn sizes(&self) -> PartSizes {
        let outliers = |labels: &[bool]| labels.iter().filter(|label| **label).count();
        PartSizes {
            train: self.train_labels.len(),
            train_outliers: outliers(&self.train_labels),
            validation: self.validation.labels.len(),
            validation_outliers: outliers(&self.validation.labels),
            test: self.test.labels.len(),
            test_outliers: outliers(&self.test.labels),
            transfer: self.transfer.as_ref().map(|part| part.labels.len()),
            transfer_outliers: self.transfer.as_ref().map(|part| outliers(&part.labels)),
            columns: self.preprocessor.columns().len(),
        }
    }

    /// What every trial's record says about its rows: constant columns, infinite values, and values that training
    /// never saw.
    pub fn notes(&self) -> Vec<String> {
        let mut notes = Vec::new();
        let dropped = self.preprocessor.dropped();
        if !dropped.is_empty() {
            notes.push(format!("dropped constant columns: {}", dropped.join(", ")));
        }
        let flagged: Vec<&str> = self.preprocessor.flagged().collect();
        if !flagged.is_empty() {
            notes.push(format!("flagged constant columns: {}", flagged.join(", ")));
        }
        if !self.infinite.is_empty() {
            let columns = self.infinite.iter().map(|(column, rows)| format!("{column} {rows}"));
            let columns: Vec<String> = columns.collect();
            notes.push(format!(
                "infinite values are taken for missing ones, rows by column: {}",
                columns.join(", ")
            ));
        }
        let parts =
            [("validation", Some(&self.validation)), ("test", Some(&self.test))].into_iter();
        let parts = parts.chain([("transfer", self.transfer.as_ref())]);
        let unseen = parts.filter_map(|(name, part)| self.unseen_note(name, part?));
        notes.extend(unseen);
        notes
    }

    /// Which columns of a part have values that training never saw, and in how many rows; a warning if there are many.
    fn unseen_note(&self, name: &str, part: &ScoredRows<X>) -> Option<String> {
        let inputs: Vec<&str> = self.preprocessor.features().collect();
        let mut counts = vec![0usize; inputs.len()];
        part.unseen.iter().for_each(|cell| counts[cell.input as usize] += 1);
        let found = inputs.iter().zip(&counts).filter(|(_, rows)| **rows > 0);
        let columns: Vec<String> = found.map(|(column, rows)| format!("{column} {rows}")).collect();
        let most = counts.iter().max().copied().unwrap_or(0);
        let loud = if is_much_unseen(most, part.labels.len()) { "WARNING: " } else { "" };
        (!columns.is_empty()).then(|| {
            format!(
                "{loud}of {}, these have values that training never saw: {}",
                counted(part.labels.len(), &format!("{name} row")),
                columns.join(", ")
            )
        })
    }

    /// Positions of `rows` training rows, or of all if there are fewer. They are drawn at random, and every trial draws
    /// the same ones. A greater number keeps the rows of a smaller one and adds others.
    fn drawn(&self, rows: usize) -> Vec<usize> {
        let mut order = Batches::new(self.train_labels.len(), stream(0, "train-rows"));
        let drawn = order.shuffle().iter().take(rows);
        let mut drawn: Vec<usize> = drawn.map(|&row| row as usize).collect();
        drawn.sort_unstable();
        drawn
    }

    /// The labels of [`Prepared::some_training_rows`].
    pub(crate) fn some_training_labels(&self, rows: usize) -> Vec<bool> {
        self.drawn(rows).iter().map(|&row| self.train_labels[row]).collect()
    }
}

impl Prepared {
    /// `rows` training rows with their labels, or all if there are fewer. They are drawn at random, and every trial
    /// draws the same ones. A greater number keeps the rows of a smaller one and adds others.
    pub fn some_training_rows(&self, rows: usize) -> (Matrix, Vec<bool>) {
        (self.train.select(&self.drawn(rows)), self.some_training_labels(rows))
    }

    /// The validation rows that are inliers: what a fit may watch its loss on. `None` without any.
    pub fn validation_inliers(&self) -> Option<Matrix> {
        let labels = self.validation.labels.iter().enumerate();
        let rows: Vec<usize> = labels.filter(|(_, outlier)| !**outlier).map(|(at, _)| at).collect();
        (!rows.is_empty()).then(|| self.validation.x.select(&rows))
    }

    /// Gives the memory of the training rows back: with those that are scored they would be the most that a trial
    /// needs. Their number is 0 from then on.
    pub(crate) fn release_training_rows(&mut self) {
        self.train = Matrix::zeros(0, self.train.cols());
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
}
