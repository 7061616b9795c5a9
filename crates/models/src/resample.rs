//! Resampling of training rows to equally large classes: SMOTE, and plain over- and undersampling.
//!
//! N. V. Chawla, K. W. Bowyer, L. O. Hall, W. P. Kegelmeyer: *SMOTE: Synthetic Minority
//! Over-sampling Technique*, JAIR 16, 2002. Written here on the neighbour index of this crate: the
//! one crate that has SMOTE (imbalanced-sampling 0.1.0) compares every row with every other, which
//! is out of reach for 78,000 rows, and brings another matrix type.
//!
//! It happens inside of a fit and sees the rows of that fit alone, so that no row of a validation
//! or test part can be copied, or be an end of a synthetic row, whatever the split. As in
//! imbalanced-learn the rarer class grows to the size of the other (or the other shrinks), and the
//! given rows come first, in their order. SMOTE takes columns as numbers: a synthetic row lies
//! between the codes of two categories.

mod smote;

use std::borrow::Cow;

use oddbench_core::{DetectorError, Matrix, Watch};
use rand::{RngExt, seq::index};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    params::{ParamError, require},
    rng::stream,
    training_shape::TrainingShape,
};

/// How classes of different sizes are balanced in the training rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Resample {
    /// Nothing.
    None,
    /// New rows of the rarer class, each between one of its rows and a near neighbour of the class.
    Smote,
    /// Rows of the rarer class once more, drawn with replacement.
    Over,
    /// Fewer rows of the larger class, drawn without replacement.
    Under,
}

/// Rows to learn from, with a label each.
pub(crate) struct Rows<'a> {
    pub x: Cow<'a, Matrix>,
    pub labels: Cow<'a, [bool]>,
}

/// Whether the number of neighbours is in range.
pub(crate) fn check(smote_neighbours: usize) -> Result<(), ParamError> {
    require("smote_neighbours", smote_neighbours >= 1, "1 or more", smote_neighbours)
}

/// Whether there are rows enough of the rarer class for the neighbours of a synthetic row.
pub(crate) fn suits(
    method: Resample,
    smote_neighbours: usize,
    shape: &TrainingShape,
) -> Result<(), ParamError> {
    let (rare, common, class) = shape.classes();
    match method == Resample::Smote && rare < common && rare <= smote_neighbours {
        false => Ok(()),
        true => Err(ParamError::at("smote_neighbours", too_few(smote_neighbours, class, rare))),
    }
}

/// Why no row can be made between neighbours.
fn too_few(neighbours: usize, class: &str, found: usize) -> String {
    format!(
        "{neighbours} neighbours need {} {class}, there are {found}: lower it, or choose \
         resample = \"over\"",
        neighbours + 1
    )
}

impl<'a> Rows<'a> {
    /// All rows as they are.
    pub fn new(x: &'a Matrix, labels: &'a [bool]) -> Self {
        Self { x: Cow::Borrowed(x), labels: Cow::Borrowed(labels) }
    }

    /// The given rows, in their order.
    pub fn select(&self, rows: &[usize]) -> Rows<'static> {
        Rows {
            x: Cow::Owned(self.x.select(rows)),
            labels: Cow::Owned(rows.iter().map(|&row| self.labels[row]).collect()),
        }
    }

    /// The rows of one class.
    pub fn of_class(&self, outliers: bool) -> Vec<usize> {
        (0..self.labels.len()).filter(|&row| self.labels[row] == outliers).collect()
    }

    /// As many rows of either class; there must be rows of both. What it did is noted for the
    /// reader of the results.
    pub fn resampled(
        self,
        method: Resample,
        smote_neighbours: usize,
        seed: u64,
        watch: &mut dyn Watch,
    ) -> Result<Self, DetectorError> {
        let (inliers, outliers) = (self.of_class(false), self.of_class(true));
        let rare_is_outlier = outliers.len() < inliers.len();
        let (rare, common) =
            if rare_is_outlier { (outliers, inliers) } else { (inliers, outliers) };
        let lacking = common.len() - rare.len();
        if method == Resample::None || lacking == 0 {
            return Ok(self);
        }
        let name = if rare_is_outlier { "outliers" } else { "inliers" };
        let (rows, what) = match method {
            Resample::Smote => {
                let rows = smote::grown(self, &rare, lacking, smote_neighbours, seed)?;
                (rows, format!("smote: {lacking} synthetic {name} joined {}", rare.len()))
            }
            Resample::Over => {
                let mut all: Vec<usize> = (0..self.labels.len()).collect();
                let mut rng = stream(seed, "resample/over");
                all.extend((0..lacking).map(|_| rare[rng.random_range(0..rare.len())]));
                (self.select(&all), format!("over: {lacking} of {} {name} repeated", rare.len()))
            }
            Resample::Under | Resample::None => {
                let mut rng = stream(seed, "resample/under");
                let drawn = index::sample(&mut rng, common.len(), rare.len());
                let mut kept: Vec<usize> = drawn.into_iter().map(|i| common[i]).collect();
                kept.extend(&rare);
                kept.sort_unstable();
                let others = if rare_is_outlier { "inliers" } else { "outliers" };
                (
                    self.select(&kept),
                    format!("under: {lacking} of {} {others} left out", common.len()),
                )
            }
        };
        watch.note(&format!("{what}; {} rows to learn from", rows.labels.len()));
        Ok(rows)
    }
}

#[cfg(test)]
mod tests;
