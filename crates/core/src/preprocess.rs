//! Scaling and encoding, fitted on training rows only, and saved with the model.

mod feature;
mod fit;
mod inputs;
mod scaling;
#[cfg(test)]
mod tests;

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::dataset::{Column, Table};
use crate::keys::{DefaultValue, Key, Values};
use crate::matrix::Matrix;
use feature::Feature;
pub use inputs::Input;

/// How numeric columns are scaled.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Scale {
    /// To [0, 1] by the training minimum and maximum; values outside are not clipped.
    MinMax,
    /// To mean 0 and standard deviation 1 (the population's, as scikit-learn).
    Standard,
    /// To median 0 and interquartile range 1.
    Robust,
    /// Left as they are.
    None,
}

/// How categorical columns become numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Encode {
    /// One 0/1 column per category seen in training; an unseen category is all zeros.
    OneHot,
    /// The same columns, each scaled as a numeric column is: under [`Scale::Standard`] a rare category
    /// lies far out, so that it weighs in distances and kernels. Under [`Scale::MinMax`] and
    /// [`Scale::None`] they are those of [`Encode::OneHot`].
    OneHotScaled,
    /// The position of the category in the sorted list of those seen in training; an unseen one is -1.
    Ordinal,
}

/// What to do with missing values.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Missing {
    /// Refuse them.
    Error,
    /// The training median (numeric) or the most frequent category.
    Median,
    /// Leave out the rows that have them, before the split.
    DropRow,
}

/// What to do with a column that has one value in all training rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Constant {
    /// Leave it out: it cannot tell training rows apart. [`Preprocessor::dropped`] names it.
    Drop,
    /// Pass it on; a model sees any other value that a later row has there.
    Keep,
}

impl Constant {
    /// The rule of preprocessors that were saved before there was one.
    fn unstated() -> Self {
        Self::Keep
    }
}

/// What is done to numeric columns before they are scaled.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Transform {
    /// Nothing.
    #[default]
    None,
    /// ln(1 + x) in every numeric column whose training values are all 0 or more, as counts of bytes
    /// are. A later value below 0 becomes -ln(1 + |x|), so that order is kept; a column with such a
    /// value in training is left as it is.
    Log,
}

impl Transform {
    /// Whether it does nothing: then it is left out where settings are written.
    fn is_none(&self) -> bool {
        *self == Self::None
    }
}

/// Everything that preprocessing depends on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PreprocessSettings {
    /// Numeric columns.
    pub scale: Scale,
    /// Categorical columns.
    pub encode: Encode,
    /// Missing values.
    pub missing: Missing,
    /// Constant columns.
    #[serde(default = "Constant::unstated")]
    pub constant: Constant,
    /// Numeric columns, before they are scaled.
    #[serde(default, skip_serializing_if = "Transform::is_none")]
    pub transform: Transform,
}

impl PreprocessSettings {
    /// The keys of `[preprocess]`. The types above give the words that each key takes.
    pub const KEYS: &[Key] = &[
        word("scale", &["min-max", "standard", "robust", "none"], "Scaling of numeric columns"),
        word(
            "encode",
            &["one-hot", "one-hot-scaled", "ordinal"],
            "Encoding of categorical columns",
        ),
        word("missing", &["error", "median", "drop-row"], "What is done about missing values"),
        word(
            "constant",
            &["drop", "keep"],
            "Columns that have one value in all training rows; the trials say which are dropped",
        ),
        word(
            "transform",
            &["none", "log"],
            "`log`: ln(1 + x) in numeric columns without training values below 0, before scaling",
        ),
    ];
}

/// A key of a few words, of which the first is the default.
const fn word(name: &'static str, words: &'static [&'static str], meaning: &'static str) -> Key {
    let default = DefaultValue::Word(words[0]);
    Key { name, values: Values::OneOf(words), default, meaning }
}

/// The most matrix columns that one-hot encoding makes of one table column. A row of the matrix has
/// that many numbers: 10,000 of them for 100,000 rows are 4 GB.
pub const MOST_CATEGORIES: usize = 1_000;

/// Why rows could not be preprocessed.
#[derive(Debug, Error, PartialEq)]
pub enum PreprocessError {
    /// The table lacks a column.
    #[error("there is no column {0:?}")]
    NoColumn(String),
    /// No row to fit on.
    #[error("there are no training rows")]
    NoRows,
    /// A value is missing and the rule does not fill it.
    #[error(
        "column {column:?}, row {row}: the value is missing; set preprocess.missing to \"median\" or \"drop-row\", or mend the data"
    )]
    Missing {
        /// The column.
        column: String,
        /// The row in the table, from 0.
        row: usize,
    },
    /// Every training row lacks the value, so that there is nothing to fill it with.
    #[error("column {0:?} has no value in any training row; leave it out of the features")]
    AllMissing(String),
    /// Nothing is left after constant columns were dropped.
    #[error(
        "every column is constant over the {0} training rows, so nothing tells rows apart; choose other features or more rows, or set preprocess.constant to \"keep\""
    )]
    AllConstant(usize),
    /// One-hot encoding would make too many columns.
    #[error(
        "column {column:?} has {found} categories in the training rows, and one-hot encoding takes at most {MOST_CATEGORIES}; set preprocess.encode to \"ordinal\", or leave the column out of the features"
    )]
    TooManyCategories {
        /// The column.
        column: String,
        /// Its categories in the training rows.
        found: usize,
    },
    /// A value is infinite, which no rule mends.
    #[error("column {column:?}, row {row}: the value is infinite; mend the data")]
    Infinite {
        /// The column.
        column: String,
        /// The row in the table, from 0.
        row: usize,
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
    #[serde(default)]
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
            let (feature, constant) = Feature::fit(table, rows, name, settings)?;
            match constant && settings.constant == Constant::Drop {
                true => dropped.push(feature.name),
                false => fitted.push(feature),
            }
        }
        if fitted.is_empty() && !dropped.is_empty() {
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
            feature.write(table, rows, &mut matrix, at)?;
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
/// [`Missing::DropRow`] keeps. An infinite value is a value (and later an error), so that rows are
/// left out only for what the rule names. Columns that the table lacks are passed over;
/// [`Preprocessor::fit`] refuses them.
pub fn complete_rows(table: &Table, features: &[String]) -> Vec<usize> {
    let mut complete = vec![true; table.rows()];
    for column in features.iter().filter_map(|name| table.column(name)) {
        match column {
            Column::Numeric(values) => {
                complete.iter_mut().zip(values).for_each(|(kept, value)| *kept &= !value.is_nan());
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
