//! A dense row-major matrix of `f32`: what every detector is fitted on and scores.
//!
//! It owns its values, or borrows them ([`Matrix::shared`]): a file of prepared
//! rows that all processes of a run map into their memory is in memory once, not once per process.

use std::fmt;
use std::ops::Range;

use bytemuck::{PodCastError, cast_slice, try_cast_slice};
use bytes::Bytes;
use serde::{Deserialize, Serialize};
use thiserror::Error;

/// The data does not fill the stated shape.
#[derive(Debug, Error, PartialEq, Eq)]
#[error("a {rows} x {cols} matrix needs {} values, got {len}", rows * cols)]
pub struct ShapeError {
    /// Stated number of rows.
    pub rows: usize,
    /// Stated number of columns.
    pub cols: usize,
    /// Number of values given.
    pub len: usize,
}

/// Bytes that are no values of a matrix of that shape.
#[derive(Debug, Error)]
pub enum SharedError {
    /// Their number is another.
    #[error(transparent)]
    Shape(#[from] ShapeError),
    /// They are no whole numbers of 32 bits at an address that is a multiple of four.
    #[error("the bytes are no values of 32 bits: {0}")]
    Bytes(PodCastError),
}

impl From<PodCastError> for SharedError {
    fn from(error: PodCastError) -> Self {
        Self::Bytes(error)
    }
}

/// Row-major `rows x cols` values: one row an observation, one column a feature.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Matrix {
    rows: usize,
    cols: usize,
    data: Values,
}

/// The values of a matrix.
#[derive(Clone)]
enum Values {
    Own(Vec<f32>),
    /// In the byte order of the machine.
    Shared(Bytes),
}

/// Values that several matrices look at.
struct Owned(Vec<f32>);

impl AsRef<[u8]> for Owned {
    fn as_ref(&self) -> &[u8] {
        cast_slice(&self.0)
    }
}

impl Values {
    fn as_slice(&self) -> &[f32] {
        match self {
            Self::Own(values) => values,
            Self::Shared(values) => cast_slice::<u8, f32>(values),
        }
    }

    fn into_vec(self) -> Vec<f32> {
        match self {
            Self::Own(values) => values,
            Self::Shared(values) => cast_slice::<u8, f32>(&values).to_vec(),
        }
    }
}

impl fmt::Debug for Values {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.as_slice().fmt(f)
    }
}

impl PartialEq for Values {
    fn eq(&self, other: &Self) -> bool {
        self.as_slice() == other.as_slice()
    }
}

impl Serialize for Values {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.as_slice().serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Values {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Vec::deserialize(deserializer).map(Self::Own)
    }
}

impl Matrix {
    /// Takes `data` as `rows x cols` values in row-major order.
    pub fn new(rows: usize, cols: usize, data: Vec<f32>) -> Result<Self, ShapeError> {
        Self::of(rows, cols, Values::Own(data))
    }

    /// Looks at values that are kept elsewhere, as `rows x cols` of them in row-major order, in the byte order of the
    /// machine. They are copied only when somebody wants to write them.
    pub fn shared(rows: usize, cols: usize, data: Bytes) -> Result<Self, SharedError> {
        try_cast_slice::<u8, f32>(&data)?;
        Ok(Self::of(rows, cols, Values::Shared(data))?)
    }

    fn of(rows: usize, cols: usize, data: Values) -> Result<Self, ShapeError> {
        let len = data.as_slice().len();
        if rows.checked_mul(cols) != Some(len) {
            return Err(ShapeError { rows, cols, len });
        }
        Ok(Self { rows, cols, data })
    }

    /// A matrix of zeros.
    pub fn zeros(rows: usize, cols: usize) -> Self {
        Self { rows, cols, data: Values::Own(vec![0.0; rows * cols]) }
    }

    /// Number of rows (observations).
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// Number of columns (features).
    pub fn cols(&self) -> usize {
        self.cols
    }

    /// Whether there are no rows.
    pub fn is_empty(&self) -> bool {
        self.rows == 0
    }

    /// All values, row-major.
    pub fn as_slice(&self) -> &[f32] {
        self.data.as_slice()
    }

    /// All values, row-major, to be written. Values that are kept elsewhere are copied first.
    pub fn as_mut_slice(&mut self) -> &mut [f32] {
        if let Values::Shared(values) = &self.data {
            self.data = Values::Own(cast_slice::<u8, f32>(values).to_vec());
        }
        match &mut self.data {
            Values::Own(values) => values,
            Values::Shared(_) => unreachable!("shared values were copied"),
        }
    }

    /// The values, without the shape.
    pub fn into_vec(self) -> Vec<f32> {
        self.data.into_vec()
    }

    /// Row `i`. Panics if it is out of range.
    pub fn row(&self, i: usize) -> &[f32] {
        &self.as_slice()[i * self.cols..(i + 1) * self.cols]
    }

    /// The rows in order. A matrix without columns yields as many empty rows as it has.
    pub fn iter_rows(&self) -> impl ExactSizeIterator<Item = &[f32]> + Clone {
        let (values, cols) = (self.as_slice(), self.cols);
        (0..self.rows).map(move |i| &values[i * cols..(i + 1) * cols])
    }

    /// The values of column `j`, from the first row to the last.
    pub fn column(&self, j: usize) -> impl ExactSizeIterator<Item = f32> + Clone + '_ {
        let (values, cols) = (self.as_slice(), self.cols);
        (0..self.rows).map(move |i| values[i * cols + j])
    }

    /// A new matrix of the given rows, in the given order; a row may be taken more than once.
    pub fn select(&self, rows: &[usize]) -> Self {
        let mut data = Vec::with_capacity(rows.len() * self.cols);
        for &i in rows {
            data.extend_from_slice(self.row(i));
        }
        Self { rows: rows.len(), cols: self.cols, data: Values::Own(data) }
    }

    /// The rows of a range, in order. Values that are kept elsewhere are not copied.
    pub fn slice(&self, rows: Range<usize>) -> Self {
        let values = rows.start * self.cols..rows.end * self.cols;
        let data = match &self.data {
            Values::Own(own) => Values::Own(own[values].to_vec()),
            Values::Shared(shared) => {
                let width = size_of::<f32>();
                Values::Shared(shared.slice(values.start * width..values.end * width))
            }
        };
        Self { rows: rows.len(), cols: self.cols, data }
    }

    /// The same values, kept so that clones and slices are no copies.
    pub fn into_shared(self) -> Self {
        let data = match self.data {
            Values::Own(values) => Values::Shared(Bytes::from_owner(Owned(values))),
            shared @ Values::Shared(_) => shared,
        };
        Self { data, ..self }
    }

    /// Whether clones and slices look at the same values, and are no copies.
    pub fn is_shared(&self) -> bool {
        matches!(self.data, Values::Shared(_))
    }

    /// The first value that is NaN or infinite, as (row, column, value).
    pub fn first_non_finite(&self) -> Option<(usize, usize, f32)> {
        let values = self.as_slice();
        let at = values.iter().position(|v| !v.is_finite())?;
        Some((at / self.cols, at % self.cols, values[at]))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refuses_data_of_another_shape() {
        let error = Matrix::new(2, 3, vec![0.0; 5]).unwrap_err();
        assert_eq!(error.to_string(), "a 2 x 3 matrix needs 6 values, got 5");
    }

    #[test]
    fn rows_columns_and_selection_agree() {
        let m = Matrix::new(3, 2, vec![1., 2., 3., 4., 5., 6.]).unwrap();
        assert_eq!(m.row(1), [3., 4.]);
        assert_eq!(m.column(1).collect::<Vec<_>>(), [2., 4., 6.]);
        assert_eq!(m.select(&[2, 0, 2]).as_slice(), [5., 6., 1., 2., 5., 6.]);
        assert_eq!(m.slice(1..3), m.select(&[1, 2]));
        assert_eq!(m.slice(3..3), Matrix::zeros(0, 2));
    }

    #[test]
    fn shared_values_are_seen_and_never_written() {
        let values = vec![1., 2., 3., 4., 5., 6.];
        let own = Matrix::new(3, 2, values.clone()).unwrap();
        let kept = Bytes::from_owner(Owned(values));
        let mut shared = Matrix::shared(3, 2, kept.clone()).unwrap();
        assert_eq!(shared, own);
        let place = |of: &Matrix| of.as_slice().as_ptr().cast::<u8>();
        assert_eq!((place(&shared), place(&shared.clone())), (kept.as_ptr(), kept.as_ptr()));
        assert_eq!(shared.slice(1..3), own.slice(1..3));
        assert_eq!(place(&shared.slice(1..3)), kept[8..].as_ptr());
        shared.as_mut_slice()[0] = 9.0;
        assert_eq!(shared.row(0), [9., 2.]);
        assert_eq!(Matrix::shared(3, 2, kept.clone()).unwrap(), own);
        assert!(matches!(Matrix::shared(2, 2, kept.clone()), Err(SharedError::Shape(_))));
        assert!(matches!(Matrix::shared(3, 2, kept.slice(1..)), Err(SharedError::Bytes(_))));
    }

    #[test]
    fn what_is_made_to_be_shared_is_not_copied() {
        let own = Matrix::new(3, 2, vec![1., 2., 3., 4., 5., 6.]).unwrap();
        assert!(!own.is_shared());
        let place = own.as_slice().as_ptr();
        let shared = own.clone().into_shared();
        assert_eq!(shared, own);
        let shared = own.into_shared();
        for same in [shared.clone(), shared.clone().into_shared(), shared.slice(0..2)] {
            assert!(same.is_shared());
            assert_eq!(same.as_slice().as_ptr(), place);
        }
        let mut written = shared.clone();
        written.as_mut_slice()[0] = 9.0;
        assert!(!written.is_shared());
        assert_eq!(shared.row(0), [1., 2.]);
    }

    #[test]
    fn finds_the_first_value_that_is_not_finite() {
        let m = Matrix::new(2, 2, vec![0., 1., f32::NAN, f32::INFINITY]).unwrap();
        assert!(matches!(m.first_non_finite(), Some((1, 0, v)) if v.is_nan()));
        assert_eq!(Matrix::zeros(2, 2).first_non_finite(), None);
    }
}
