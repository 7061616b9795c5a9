//! Scaling and encoding, fitted on training rows only, and saved with the model.

mod error;
mod feature;
mod fit;
mod inputs;
mod scaling;
mod settings;
#[cfg(test)]
mod tests;
mod unseen;

use serde::{Deserialize, Serialize};

use crate::dataset::{Column, Table};
use crate::matrix::Matrix;
pub use error::{Gap, PreprocessError};
use feature::Feature;
pub use inputs::Input;
pub use settings::{
    Constant, Encode, Infinite, Missing, PreprocessSettings, Scale, Transform, Unseen,
};
pub use unseen::UnseenCell;

/// The most matrix columns that one-hot encoding makes of one table column. A row of the matrix has
/// that many numbers: 10,000 of them for 100,000 rows are 4 GB.
pub const MOST_CATEGORIES: usize = 1_000;

/// Fitted preprocessing: from a table's raw columns to a matrix.
///
/// Numeric columns and ordinal codes are scaled, `(value − offset) / range` in double precision, where
/// a range of 0 (a constant column) counts as 1 as in scikit-learn; one-hot columns stay 0 and 1 unless
/// [`Encode::OneHotScaled`] is asked for.
/// Under [`Transform::Log`] it is the logarithm that is scaled.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Preprocessor {
    settings: PreprocessSettings,
    features: Vec<Feature>,
    columns: Vec<String>,
    dropped: Vec<String>,
}

impl Preprocessor {
    /// Learns scales, categories and medians from the given rows of the given columns, and which of
    /// them are constant there. Panics if a row is not in the table.
    pub fn fit(
        table: &Table,
        rows: &[usize],
        features: &[String],
        settings: PreprocessSettings,
    ) -> Result<Self, PreprocessError> {
        if rows.is_empty() {
            return Err(PreprocessError::NoRows);
        }
        let (mut fitted, mut dropped) = (Vec::with_capacity(features.len()), Vec::new());
        for name in features {
            let (feature, constant) = Feature::fit(table, rows, name, settings)
                .map_err(|error| error.of_all(table, rows, features, settings))?;
            match constant.filter(|_| settings.constant != Constant::Keep) {
                Some(_) if settings.constant == Constant::Drop => dropped.push(feature.name),
                Some(constant) => fitted.push(feature.flagging(constant)),
                None => fitted.push(feature),
            }
        }
        let flags = fitted.iter().filter(|feature| feature.is_flag()).count();
        if flags == fitted.len() && flags + dropped.len() > 0 {
            return Err(PreprocessError::AllConstant(rows.len()));
        }
        let columns = fitted.iter().flat_map(Feature::columns).collect();
        Ok(Self { settings, features: fitted, columns, dropped })
    }

    /// The given rows as a matrix, one matrix column per name of [`Self::columns`]. Panics if
    /// a row is not in the table.
    pub fn transform(&self, table: &Table, rows: &[usize]) -> Result<Matrix, PreprocessError> {
        let mut matrix = Matrix::zeros(rows.len(), self.columns.len());
        let mut at = 0;
        for feature in &self.features {
            feature.write(table, rows, &mut matrix, at, self.settings).map_err(|error| {
                let features: Vec<String> = self.features().map(str::to_owned).collect();
                error.of_all(table, rows, &features, self.settings)
            })?;
            at += feature.width();
        }
        Ok(matrix)
    }

    /// The names of the matrix columns: `src_bytes`, `service=http`, ...
    pub fn columns(&self) -> &[String] {
        &self.columns
    }

    /// The names of the table columns that were left out as constant, in order.
    pub fn dropped(&self) -> &[String] {
        &self.dropped
    }

    /// The names of the table columns that were constant and became a flag, in order.
    pub fn flagged(&self) -> impl Iterator<Item = &str> {
        let flags = self.features.iter().filter(|feature| feature.is_flag());
        flags.map(|feature| feature.name.as_str())
    }

    /// Whether each of the table columns that it reads became a flag, in order.
    pub fn flags(&self) -> impl Iterator<Item = bool> {
        self.features.iter().map(Feature::is_flag)
    }

    /// The names of the table columns that it reads, in order.
    pub fn features(&self) -> impl Iterator<Item = &str> {
        self.features.iter().map(|feature| feature.name.as_str())
    }

    /// What it was fitted with.
    pub fn settings(&self) -> PreprocessSettings {
        self.settings
    }
}

/// The rows of a table that have a value in every one of the given columns, in order: what
/// [`Missing::DropRow`] keeps. An infinite value is a value (and later an error) unless the rule takes
/// it for a missing one, so that rows are left out only for what the rules name. Columns that the
/// table lacks are passed over; [`Preprocessor::fit`] refuses them.
pub fn complete_rows(table: &Table, features: &[String], infinite: Infinite) -> Vec<usize> {
    let mut complete = vec![true; table.rows()];
    for column in features.iter().filter_map(|name| table.column(name)) {
        match column {
            Column::Numeric(values) => {
                complete
                    .iter_mut()
                    .zip(values)
                    .for_each(|(kept, value)| *kept &= !infinite.is_gap(*value));
            }
            Column::Categorical { codes, .. } => {
                let known = |code: u32| code != Column::MISSING;
                complete.iter_mut().zip(codes).for_each(|(kept, &code)| *kept &= known(code));
            }
        }
    }
    (0..complete.len()).filter(|&row| complete[row]).collect()
}

fn column<'a>(table: &'a Table, name: &str) -> Result<&'a Column, PreprocessError> {
    table.column(name).ok_or_else(|| PreprocessError::NoColumn(name.to_owned()))
}
