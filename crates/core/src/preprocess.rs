//! Scaling and encoding, fitted on training rows only, and saved with the model.

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::dataset::{Column, Table};
use crate::matrix::Matrix;
use crate::threshold::quantile;

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
    /// A value is missing or not finite and the rule is `error`.
    #[error(
        "column {column:?}, row {row}: the value is {what}; set preprocess.missing to \"median\" or \"drop-row\", or mend the data"
    )]
    Missing {
        /// The column.
        column: String,
        /// The row in the table, from 0.
        row: usize,
        /// `missing` or `infinite`.
        what: &'static str,
    },
    /// The column was numeric in training and is not now, or the reverse.
    #[error("column {0:?} was {1} when the preprocessing was fitted")]
    WrongType(String, &'static str),
}

/// Fitted preprocessing: from a table's raw columns to a matrix.
///
/// Numeric columns and ordinal codes are scaled, `(value − offset) / range` in double precision, where
/// a range of 0 (a constant column) counts as 1 as in scikit-learn; one-hot columns stay 0 and 1.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Preprocessor {
    settings: PreprocessSettings,
    features: Vec<Feature>,
    columns: Vec<String>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Feature {
    name: String,
    transform: Transform,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case", deny_unknown_fields)]
enum Transform {
    Numeric { scaling: Scaling, fill: Option<f64> },
    OneHot { levels: Vec<String>, fill: Option<String> },
    Ordinal { levels: Vec<String>, fill: Option<String>, scaling: Scaling },
}

#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Scaling {
    offset: f64,
    range: f64,
}

impl Preprocessor {
    /// Learns scales, categories and medians from the given rows of the given columns.
    pub fn fit(
        table: &Table,
        rows: &[usize],
        features: &[String],
        settings: PreprocessSettings,
    ) -> Result<Self, PreprocessError> {
        if rows.is_empty() {
            return Err(PreprocessError::NoRows);
        }
        let features = features
            .iter()
            .map(|name| {
                let transform = match column(table, name)? {
                    Column::Numeric(values) => fit_numeric(name, values, rows, settings)?,
                    Column::Categorical { codes, levels } => {
                        fit_categorical(name, codes, levels, rows, settings)?
                    }
                };
                Ok(Feature { name: name.clone(), transform })
            })
            .collect::<Result<Vec<_>, _>>()?;
        let columns = features.iter().flat_map(Feature::columns).collect();
        Ok(Self { settings, features, columns })
    }

    /// The given rows as a matrix, one matrix column per name of [`Self::columns`].
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

    /// The names of the table columns that it reads, in order.
    pub fn features(&self) -> impl Iterator<Item = &str> {
        self.features.iter().map(|feature| feature.name.as_str())
    }

    /// What it was fitted with.
    pub fn settings(&self) -> PreprocessSettings {
        self.settings
    }
}

impl Feature {
    fn width(&self) -> usize {
        match &self.transform {
            Transform::OneHot { levels, .. } => levels.len(),
            Transform::Numeric { .. } | Transform::Ordinal { .. } => 1,
        }
    }

    fn columns(&self) -> Vec<String> {
        match &self.transform {
            Transform::OneHot { levels, .. } => {
                levels.iter().map(|level| format!("{}={level}", self.name)).collect()
            }
            Transform::Numeric { .. } | Transform::Ordinal { .. } => vec![self.name.clone()],
        }
    }

    /// Writes the feature's columns from matrix column `at` on.
    fn write(
        &self,
        table: &Table,
        rows: &[usize],
        matrix: &mut Matrix,
        at: usize,
    ) -> Result<(), PreprocessError> {
        let width = matrix.cols();
        let cells = matrix.as_mut_slice();
        match (&self.transform, column(table, &self.name)?) {
            (Transform::Numeric { scaling, fill }, Column::Numeric(values)) => {
                for (i, &row) in rows.iter().enumerate() {
                    let value = present(&self.name, row, values[row], *fill)?;
                    cells[i * width + at] = scaling.apply(value);
                }
            }
            (Transform::OneHot { levels, fill }, Column::Categorical { codes, levels: here }) => {
                let known = Known::new(levels, here, fill.as_deref());
                for (i, &row) in rows.iter().enumerate() {
                    // An unseen category leaves its columns at 0.
                    if let Some(position) = known.position(&self.name, row, codes[row])? {
                        cells[i * width + at + position] = 1.0;
                    }
                }
            }
            (
                Transform::Ordinal { levels, fill, scaling },
                Column::Categorical { codes, levels: here },
            ) => {
                let known = Known::new(levels, here, fill.as_deref());
                for (i, &row) in rows.iter().enumerate() {
                    let position = known.position(&self.name, row, codes[row])?;
                    cells[i * width + at] = scaling.apply(ordinal(position));
                }
            }
            (Transform::Numeric { .. }, _) => {
                return Err(PreprocessError::WrongType(self.name.clone(), "numeric"));
            }
            (_, _) => return Err(PreprocessError::WrongType(self.name.clone(), "categorical")),
        }
        Ok(())
    }
}

/// The code of a category under ordinal encoding; an unseen one is -1.
#[expect(clippy::cast_precision_loss, reason = "there are few categories")]
fn ordinal(position: Option<usize>) -> f64 {
    position.map_or(-1.0, |p| p as f64)
}

/// A table's category codes as positions in the fitted list; two tables have different dictionaries.
struct Known {
    positions: Vec<Option<usize>>,
    fill: Option<Option<usize>>,
}

impl Known {
    fn new(fitted: &[String], here: &[String], fill: Option<&str>) -> Self {
        let find = |name: &str| fitted.binary_search_by(|level| level.as_str().cmp(name)).ok();
        Self { positions: here.iter().map(|name| find(name)).collect(), fill: fill.map(find) }
    }

    fn position(
        &self,
        column: &str,
        row: usize,
        code: u32,
    ) -> Result<Option<usize>, PreprocessError> {
        match self.positions.get(code as usize) {
            Some(position) => Ok(*position),
            None => self.fill.ok_or_else(|| missing(column, row, "missing")),
        }
    }
}

impl Scaling {
    fn fit(values: &[f64], scale: Scale) -> Self {
        let (offset, range) = match scale {
            Scale::None => (0.0, 1.0),
            Scale::MinMax => {
                let min = values.iter().copied().fold(f64::INFINITY, f64::min);
                let max = values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
                (min, max - min)
            }
            Scale::Standard => mean_and_deviation(values),
            Scale::Robust => {
                let at = |q| quantile(values, q).unwrap_or(0.0);
                (at(0.5), at(0.75) - at(0.25))
            }
        };
        // Rounding leaves a constant column with a spread of some ulps; scikit-learn calls that 0 too.
        let noise = 10.0 * f64::EPSILON * offset.abs().max(f64::MIN_POSITIVE);
        Self { offset, range: if range > noise { range } else { 1.0 } }
    }

    #[expect(clippy::cast_possible_truncation, reason = "models compute in single precision")]
    fn apply(self, value: f64) -> f32 {
        ((value - self.offset) / self.range) as f32
    }
}

#[expect(clippy::cast_precision_loss, reason = "row counts are far below 2^53")]
fn mean_and_deviation(values: &[f64]) -> (f64, f64) {
    let n = values.len() as f64;
    let mean = values.iter().sum::<f64>() / n;
    let variance = values.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / n;
    (mean, variance.sqrt())
}

fn fit_numeric(
    name: &str,
    values: &[f64],
    rows: &[usize],
    settings: PreprocessSettings,
) -> Result<Transform, PreprocessError> {
    let fill = match settings.missing {
        Missing::Error | Missing::DropRow => None,
        Missing::Median => {
            let known: Vec<f64> =
                rows.iter().map(|&row| values[row]).filter(|v| !v.is_nan()).collect();
            let median = quantile(&known, 0.5);
            Some(
                median
                    .ok_or_else(|| missing(name, rows[0], "missing, as in every training row"))?,
            )
        }
    };
    let present: Vec<f64> =
        rows.iter().map(|&row| present(name, row, values[row], fill)).collect::<Result<_, _>>()?;
    Ok(Transform::Numeric { scaling: Scaling::fit(&present, settings.scale), fill })
}

fn fit_categorical(
    name: &str,
    codes: &[u32],
    here: &[String],
    rows: &[usize],
    settings: PreprocessSettings,
) -> Result<Transform, PreprocessError> {
    let mut counts = vec![0usize; here.len()];
    let mut first_missing = None;
    for &row in rows {
        match counts.get_mut(codes[row] as usize) {
            Some(count) => *count += 1,
            None => first_missing = first_missing.or(Some(row)),
        }
    }
    let mut seen: Vec<(String, usize)> =
        here.iter().cloned().zip(counts).filter(|(_, count)| *count > 0).collect();
    seen.sort();
    let fill = match (settings.missing, first_missing) {
        (Missing::Error | Missing::DropRow, Some(row)) => {
            return Err(missing(name, row, "missing"));
        }
        (Missing::Error | Missing::DropRow, None) => None,
        (Missing::Median, _) => {
            // The first in the alphabet among equally frequent ones, as scikit-learn's imputer.
            let most = seen.iter().rev().max_by_key(|(_, count)| *count);
            let row = rows[0];
            let every = "missing, as in every training row";
            Some(most.ok_or_else(|| missing(name, row, every))?.0.clone())
        }
    };
    let levels: Vec<String> = seen.into_iter().map(|(level, _)| level).collect();
    if settings.encode == Encode::OneHot {
        return Ok(Transform::OneHot { levels, fill });
    }
    let known = Known::new(&levels, here, fill.as_deref());
    let positions: Vec<f64> = rows
        .iter()
        .map(|&row| known.position(name, row, codes[row]).map(ordinal))
        .collect::<Result<_, _>>()?;
    let scaling = Scaling::fit(&positions, settings.scale);
    Ok(Transform::Ordinal { levels, fill, scaling })
}

fn column<'a>(table: &'a Table, name: &str) -> Result<&'a Column, PreprocessError> {
    table.column(name).ok_or_else(|| PreprocessError::NoColumn(name.to_owned()))
}

fn present(
    column: &str,
    row: usize,
    value: f64,
    fill: Option<f64>,
) -> Result<f64, PreprocessError> {
    if value.is_finite() {
        return Ok(value);
    }
    match (value.is_nan(), fill) {
        (true, Some(fill)) => Ok(fill),
        (true, None) => Err(missing(column, row, "missing")),
        (false, _) => Err(missing(column, row, "infinite")),
    }
}

fn missing(column: &str, row: usize, what: &'static str) -> PreprocessError {
    PreprocessError::Missing { column: column.to_owned(), row, what }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(duration: &[f64], service: &[&str]) -> Table {
        let mut levels: Vec<String> = Vec::new();
        let codes = service
            .iter()
            .map(|name| match levels.iter().position(|level| level == name) {
                _ if name.is_empty() => Column::MISSING,
                Some(code) => code as u32,
                None => {
                    levels.push((*name).to_owned());
                    levels.len() as u32 - 1
                }
            })
            .collect();
        Table {
            columns: vec![
                ("duration".into(), Column::Numeric(duration.to_vec())),
                ("service".into(), Column::Categorical { codes, levels }),
            ],
            classes: None,
        }
    }

    fn settings(scale: Scale, encode: Encode, missing: Missing) -> PreprocessSettings {
        PreprocessSettings { scale, encode, missing }
    }

    fn features() -> Vec<String> {
        vec!["duration".into(), "service".into()]
    }

    const PLAIN: PreprocessSettings = PreprocessSettings {
        scale: Scale::MinMax,
        encode: Encode::OneHot,
        missing: Missing::Error,
    };

    #[test]
    fn categories_are_matched_by_name_and_an_unseen_one_is_all_zeros() {
        let train = table(&[2.0, 4.0, 6.0], &["smtp", "http", "http"]);
        let fitted = Preprocessor::fit(&train, &[0, 1, 2], &features(), PLAIN).unwrap();
        assert_eq!(fitted.columns(), ["duration", "service=http", "service=smtp"]);
        let test = table(&[8.0, 2.0, 4.0], &["icmp", "http", "smtp"]);
        let x = fitted.transform(&test, &[0, 1, 2]).unwrap();
        assert_eq!(x.as_slice(), [1.5, 0., 0., 0., 1., 0., 0.5, 0., 1.]);
    }

    #[test]
    fn only_the_training_rows_are_learned_from() {
        let train = table(&[0.0, 10.0, 1e9], &["a", "b", "c"]);
        let fitted = Preprocessor::fit(&train, &[0, 1], &features(), PLAIN).unwrap();
        assert_eq!(fitted.columns(), ["duration", "service=a", "service=b"]);
        assert_eq!(fitted.transform(&train, &[1]).unwrap().row(0)[0], 1.0);
    }

    #[test]
    fn ordinal_codes_are_scaled_and_an_unseen_category_is_minus_one() {
        let ordinal = settings(Scale::None, Encode::Ordinal, Missing::Error);
        let train = table(&[1.0, 1.0, 1.0], &["b", "a", "c"]);
        let fitted = Preprocessor::fit(&train, &[0, 1, 2], &features(), ordinal).unwrap();
        let test = table(&[0.0, 0.0], &["z", "b"]);
        assert_eq!(fitted.transform(&test, &[0, 1]).unwrap().as_slice(), [0., -1., 0., 1.]);
        let scaled = PreprocessSettings { scale: Scale::MinMax, ..ordinal };
        let fitted = Preprocessor::fit(&train, &[0, 1, 2], &features(), scaled).unwrap();
        assert_eq!(fitted.transform(&train, &[2]).unwrap().as_slice(), [0., 1.]);
    }

    #[test]
    fn a_constant_column_becomes_zero() {
        for scale in [Scale::MinMax, Scale::Standard, Scale::Robust] {
            let rule = settings(scale, Encode::OneHot, Missing::Error);
            let train = table(&[0.1, 0.1, 0.1], &["a", "a", "a"]);
            let fitted = Preprocessor::fit(&train, &[0, 1, 2], &features(), rule).unwrap();
            assert!(fitted.transform(&train, &[0]).unwrap().row(0)[0].abs() < 1e-9, "{scale:?}");
        }
    }

    #[test]
    fn missing_values_follow_the_rule() {
        let train = table(&[1.0, f64::NAN, 5.0, 9.0], &["a", "", "b", "b"]);
        let rows = [0, 1, 2, 3];
        let error = Preprocessor::fit(&train, &rows, &features(), PLAIN).unwrap_err();
        assert!(error.to_string().starts_with("column \"duration\", row 1: the value is missing"));
        let median = settings(Scale::None, Encode::OneHot, Missing::Median);
        let fitted = Preprocessor::fit(&train, &rows, &features(), median).unwrap();
        assert_eq!(fitted.transform(&train, &[1]).unwrap().as_slice(), [5., 0., 1.]);
    }

    #[test]
    fn infinity_is_an_error_under_every_rule() {
        let train = table(&[1.0, f64::INFINITY], &["a", "a"]);
        for missing in [Missing::Error, Missing::Median, Missing::DropRow] {
            let rule = PreprocessSettings { missing, ..PLAIN };
            let error = Preprocessor::fit(&train, &[0, 1], &features(), rule).unwrap_err();
            assert!(error.to_string().contains("infinite"), "{error}");
        }
    }

    #[test]
    fn another_type_or_no_column_is_an_error() {
        let train = table(&[1.0, 2.0], &["a", "b"]);
        let fitted = Preprocessor::fit(&train, &[0, 1], &features(), PLAIN).unwrap();
        let mut other = train.clone();
        other.columns[0].1 = other.columns[1].1.clone();
        let error = fitted.transform(&other, &[0]).unwrap_err();
        assert_eq!(error, PreprocessError::WrongType("duration".into(), "numeric"));
        other.columns.remove(0);
        let error = fitted.transform(&other, &[0]).unwrap_err();
        assert_eq!(error, PreprocessError::NoColumn("duration".into()));
    }

    #[test]
    fn it_survives_json() {
        let train = table(&[0.1, 0.7, 1e-9], &["a", "b", "b"]);
        for scale in [Scale::MinMax, Scale::Standard, Scale::Robust, Scale::None] {
            let rule = settings(scale, Encode::OneHot, Missing::Median);
            let fitted = Preprocessor::fit(&train, &[0, 1, 2], &features(), rule).unwrap();
            let text = serde_json::to_string(&fitted).unwrap();
            assert_eq!(serde_json::from_str::<Preprocessor>(&text).unwrap(), fitted);
        }
    }
}
