//! A dense row-major matrix of `f32`: what every detector is fitted on and scores.

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

/// Row-major `rows x cols` values: one row an observation, one column a feature.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Matrix {
    rows: usize,
    cols: usize,
    data: Vec<f32>,
}

impl Matrix {
    /// Takes `data` as `rows x cols` values in row-major order.
    pub fn new(rows: usize, cols: usize, data: Vec<f32>) -> Result<Self, ShapeError> {
        if data.len() != rows * cols {
            return Err(ShapeError { rows, cols, len: data.len() });
        }
        Ok(Self { rows, cols, data })
    }

    /// A matrix of zeros.
    pub fn zeros(rows: usize, cols: usize) -> Self {
        Self { rows, cols, data: vec![0.0; rows * cols] }
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
        &self.data
    }

    /// All values, row-major, to be written.
    pub fn as_mut_slice(&mut self) -> &mut [f32] {
        &mut self.data
    }

    /// The values, without the shape.
    pub fn into_vec(self) -> Vec<f32> {
        self.data
    }

    /// Row `i`. Panics if it is out of range.
    pub fn row(&self, i: usize) -> &[f32] {
        &self.data[i * self.cols..(i + 1) * self.cols]
    }

    /// The rows in order. A matrix without columns yields as many empty rows as it has.
    pub fn iter_rows(&self) -> impl ExactSizeIterator<Item = &[f32]> + Clone {
        (0..self.rows).map(|i| self.row(i))
    }

    /// The values of column `j`, from the first row to the last.
    pub fn column(&self, j: usize) -> impl ExactSizeIterator<Item = f32> + Clone + '_ {
        (0..self.rows).map(move |i| self.data[i * self.cols + j])
    }

    /// A new matrix of the given rows, in the given order; a row may be taken more than once.
    pub fn select(&self, rows: &[usize]) -> Self {
        let mut data = Vec::with_capacity(rows.len() * self.cols);
        for &i in rows {
            data.extend_from_slice(self.row(i));
        }
        Self { rows: rows.len(), cols: self.cols, data }
    }

    /// The first value that is NaN or infinite, as (row, column, value).
    pub fn first_non_finite(&self) -> Option<(usize, usize, f32)> {
        let at = self.data.iter().position(|v| !v.is_finite())?;
        Some((at / self.cols, at % self.cols, self.data[at]))
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
    }

    #[test]
    fn finds_the_first_value_that_is_not_finite() {
        let m = Matrix::new(2, 2, vec![0., 1., f32::NAN, f32::INFINITY]).unwrap();
        assert!(matches!(m.first_non_finite(), Some((1, 0, v)) if v.is_nan()));
        assert_eq!(Matrix::zeros(2, 2).first_non_finite(), None);
    }
}
