//! One fitted feature. It turns a column of a table into one or more columns of a matrix.

use serde::{Deserialize, Serialize};

use super::scaling::Scaling;
use super::{Infinite, PreprocessError, PreprocessSettings, column};
use crate::dataset::{Column, Table};
use crate::matrix::Matrix;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Feature {
    pub(super) name: String,
    /// `transform` in saved models.
    #[serde(rename = "transform")]
    pub(super) encoding: Encoding,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case", deny_unknown_fields)]
pub(super) enum Encoding {
    Numeric {
        scaling: Scaling,
        fill: Option<f64>,
        /// Whether the logarithm is scaled; left out where it is not.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        log: bool,
    },
    OneHot {
        levels: Vec<String>,
        fill: Option<String>,
        /// One per level; empty where the columns stay 0 and 1.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        scalings: Vec<Scaling>,
        /// Positions of the levels that stand in for an unseen category; empty: all.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        candidates: Vec<u32>,
    },
    Ordinal {
        levels: Vec<String>,
        fill: Option<String>,
        scaling: Scaling,
        /// As for [`Self::OneHot`].
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        candidates: Vec<u32>,
    },
    /// A column that had one value in training: 0 where it has it, 1 where it has another.
    Flag {
        usual: Usual,
        /// Whether a gap counts as the usual value; else it is an error.
        filled: bool,
    },
}

/// The one value that a column had in training.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Usual {
    Number(f64),
    Category(String),
}

impl Feature {
    pub(super) fn width(&self) -> usize {
        match &self.encoding {
            Encoding::OneHot { levels, .. } => levels.len(),
            Encoding::Numeric { .. } | Encoding::Ordinal { .. } | Encoding::Flag { .. } => 1,
        }
    }

    pub(super) fn columns(&self) -> Vec<String> {
        match &self.encoding {
            Encoding::OneHot { levels, .. } => {
                levels.iter().map(|level| format!("{}={level}", self.name)).collect()
            }
            Encoding::Numeric { .. } | Encoding::Ordinal { .. } => vec![self.name.clone()],
            Encoding::Flag { usual: Usual::Number(usual), .. } => {
                vec![format!("{}!={usual}", self.name)]
            }
            Encoding::Flag { usual: Usual::Category(usual), .. } => {
                vec![format!("{}!={usual}", self.name)]
            }
        }
    }

    pub(super) fn is_flag(&self) -> bool {
        matches!(self.encoding, Encoding::Flag { .. })
    }

    /// The same column as a flag, which says where it has another value than its constant.
    pub(super) fn flagging(self, usual: Usual) -> Self {
        let filled = match &self.encoding {
            Encoding::Numeric { fill, .. } => fill.is_some(),
            Encoding::OneHot { fill, .. } | Encoding::Ordinal { fill, .. } => fill.is_some(),
            Encoding::Flag { filled, .. } => *filled,
        };
        Self { name: self.name, encoding: Encoding::Flag { usual, filled } }
    }

    /// Writes the feature's columns from matrix column `at` on.
    pub(super) fn write(
        &self,
        table: &Table,
        rows: &[usize],
        matrix: &mut Matrix,
        at: usize,
        settings: PreprocessSettings,
    ) -> Result<(), PreprocessError> {
        let width = matrix.cols();
        let cells = matrix.as_mut_slice();
        let too_large = || PreprocessError::TooLarge(self.name.clone());
        match (&self.encoding, column(table, &self.name)?) {
            (Encoding::Numeric { scaling, fill, log }, Column::Numeric(values)) => {
                for (i, &row) in rows.iter().enumerate() {
                    let value = present(&self.name, row, values[row], *fill, settings.infinite)?;
                    let value = if *log { logarithm(value) } else { value };
                    cells[i * width + at] = scaling.apply(value).ok_or_else(too_large)?;
                }
            }
            (
                Encoding::OneHot { levels, fill, scalings, .. },
                Column::Categorical { codes, levels: here },
            ) => {
                let known = Known::new(levels, here, fill.as_deref());
                let absent = scaled(0.0, levels.len(), scalings).ok_or_else(too_large)?;
                let here = scaled(1.0, levels.len(), scalings).ok_or_else(too_large)?;
                for (i, &row) in rows.iter().enumerate() {
                    let own = &mut cells[i * width + at..][..levels.len()];
                    own.copy_from_slice(&absent);
                    // An unseen category is none of the levels.
                    if let Some(position) = known.position(&self.name, row, codes[row])? {
                        own[position] = here[position];
                    }
                }
            }
            (
                Encoding::Ordinal { levels, fill, scaling, .. },
                Column::Categorical { codes, levels: here },
            ) => {
                let known = Known::new(levels, here, fill.as_deref());
                for (i, &row) in rows.iter().enumerate() {
                    let position = known.position(&self.name, row, codes[row])?;
                    cells[i * width + at] =
                        scaling.apply(ordinal(position)).ok_or_else(too_large)?;
                }
            }
            (Encoding::Flag { usual, filled }, column) => {
                let changed = Changed::new(&self.name, usual, *filled, column, settings)?;
                for (i, &row) in rows.iter().enumerate() {
                    cells[i * width + at] = f32::from(u8::from(changed.at(row)?));
                }
            }
            (Encoding::Numeric { .. }, _) => {
                return Err(PreprocessError::WrongType(self.name.clone(), "numeric"));
            }
            (_, _) => return Err(PreprocessError::WrongType(self.name.clone(), "categorical")),
        }
        Ok(())
    }
}

/// Says which rows have another value than the one of training.
pub(super) enum Changed<'a> {
    Number { column: &'a str, values: &'a [f64], usual: f64, filled: bool, infinite: Infinite },
    Category { column: &'a str, codes: &'a [u32], known: Known },
}

impl<'a> Changed<'a> {
    pub(super) fn new(
        name: &'a str,
        usual: &Usual,
        filled: bool,
        column: &'a Column,
        settings: PreprocessSettings,
    ) -> Result<Self, PreprocessError> {
        match (usual, column) {
            (Usual::Number(usual), Column::Numeric(values)) => {
                let (usual, infinite) = (*usual, settings.infinite);
                Ok(Self::Number { column: name, values, usual, filled, infinite })
            }
            (Usual::Category(usual), Column::Categorical { codes, levels }) => {
                let fill = filled.then_some(usual.as_str());
                let known = Known::new(std::slice::from_ref(usual), levels, fill);
                Ok(Self::Category { column: name, codes, known })
            }
            (Usual::Number(_), _) => Err(PreprocessError::WrongType(name.to_owned(), "numeric")),
            (Usual::Category(_), _) => {
                Err(PreprocessError::WrongType(name.to_owned(), "categorical"))
            }
        }
    }

    pub(super) fn at(&self, row: usize) -> Result<bool, PreprocessError> {
        match self {
            Self::Number { column, values, usual, filled, infinite } => {
                let fill = filled.then_some(*usual);
                Ok(present(column, row, values[row], fill, *infinite)? != *usual)
            }
            Self::Category { column, codes, known } => {
                Ok(known.position(column, row, codes[row])?.is_none())
            }
        }
    }
}

/// One value in each of the columns of a one-hot encoding, scaled where there is a scaling; `None` if it
/// does not fit.
pub(super) fn scaled(value: f32, columns: usize, scalings: &[Scaling]) -> Option<Vec<f32>> {
    let scaled = |level: usize| match scalings.get(level) {
        Some(scaling) => scaling.apply(f64::from(value)),
        None => Some(value),
    };
    (0..columns).map(scaled).collect()
}

/// ln(1 + x) for 0 or more, and its mirror image below 0: odd, monotone and invertible.
pub(super) fn logarithm(value: f64) -> f64 {
    value.abs().ln_1p().copysign(value)
}

/// The value whose [`logarithm`] it is.
pub(super) fn exponential(value: f64) -> f64 {
    value.abs().exp_m1().copysign(value)
}

/// The code of a category under ordinal encoding; an unseen one is -1.
pub(super) fn ordinal(position: Option<usize>) -> f64 {
    position.map_or(-1.0, |p| p as f64)
}

/// A table's category codes as positions in the fitted list; two tables have different dictionaries.
pub(super) struct Known {
    positions: Vec<Option<usize>>,
    fill: Option<Option<usize>>,
}

impl Known {
    pub(super) fn new(fitted: &[String], here: &[String], fill: Option<&str>) -> Self {
        let find = |name: &str| fitted.binary_search_by(|level| level.as_str().cmp(name)).ok();
        Self { positions: here.iter().map(|name| find(name)).collect(), fill: fill.map(find) }
    }

    pub(super) fn position(
        &self,
        column: &str,
        row: usize,
        code: u32,
    ) -> Result<Option<usize>, PreprocessError> {
        match self.positions.get(code as usize) {
            Some(position) => Ok(*position),
            None => self.fill.ok_or_else(|| PreprocessError::missing(column, row)),
        }
    }
}

/// The value to compute with: the value itself, or the fill where it is missing and a fill is known.
pub(super) fn present(
    column: &str,
    row: usize,
    value: f64,
    fill: Option<f64>,
    infinite: Infinite,
) -> Result<f64, PreprocessError> {
    if value.is_finite() {
        return Ok(value);
    }
    if infinite.is_gap(value) {
        return fill.ok_or_else(|| PreprocessError::missing(column, row));
    }
    Err(PreprocessError::infinite(column, row))
}
