//! Small tables that the clauses fit and score.

use oddbench_core::Matrix;
use rand::RngExt;

use crate::rng::stream;

pub(super) const COLS: usize = 6;

/// 240 rows in two clusters in the unit cube.
pub(super) fn train() -> Matrix {
    clusters(240, "contract/train")
}

/// Labels for so many rows: two in five are outliers, in either cluster, so that the classes differ in
/// size and are hard to tell apart.
pub(super) fn labels(rows: usize) -> Vec<bool> {
    (0..rows).map(|i| matches!(i % 5, 1 | 3)).collect()
}

/// 83 rows (no multiple of a vector's width) of the same kind, and some far off.
pub(super) fn test() -> Matrix {
    let mut x = clusters(83, "contract/test");
    for value in x.as_mut_slice().iter_mut().step_by(29) {
        *value = 1.5;
    }
    x
}

/// 60 rows of the kind of the training rows.
pub(super) fn held_out() -> Matrix {
    clusters(60, "contract/held-out")
}

/// 12 rows far outside of the unit cube, on both sides.
pub(super) fn far() -> Matrix {
    let mut x = Matrix::zeros(12, COLS);
    for (i, row) in x.as_mut_slice().chunks_exact_mut(COLS).enumerate() {
        row.fill(if i % 2 == 0 { 6.0 + i as f32 } else { -5.0 - i as f32 });
    }
    x
}

/// Whether a row of one of these tables belongs to the smaller of the two clusters.
pub(super) fn in_far_cluster(row: &[f32]) -> bool {
    row[0] > 0.5
}

/// Tables at the edge of what makes sense, by name.
pub(super) fn odd() -> Vec<(&'static str, Matrix)> {
    let x = train();
    let mut huge = x.clone();
    huge.as_mut_slice().iter_mut().for_each(|value| *value *= 1e30);
    vec![
        ("one row", x.select(&[0])),
        ("two rows", x.select(&[0, 1])),
        ("one row, repeated", x.select(&[0; 60])),
        ("every row twice", x.select(&(0..240).map(|i| i / 2).collect::<Vec<_>>())),
        ("three constant columns", three_constant(&x)),
        ("all zeros", Matrix::zeros(50, COLS)),
        ("values of 1e30", huge),
    ]
}

/// The same rows with three columns that never vary.
pub(super) fn three_constant(x: &Matrix) -> Matrix {
    let mut constant = x.clone();
    for (i, value) in constant.as_mut_slice().iter_mut().enumerate() {
        if i % COLS < 3 {
            *value = 0.25;
        }
    }
    constant
}

/// The first column alone.
pub(super) fn one_column(x: &Matrix) -> Matrix {
    let mut one = Matrix::zeros(x.rows(), 1);
    for (value, row) in one.as_mut_slice().iter_mut().zip(x.iter_rows()) {
        *value = row[0];
    }
    one
}

fn clusters(rows: usize, purpose: &str) -> Matrix {
    let mut rng = stream(11, purpose);
    let mut x = Matrix::zeros(rows, COLS);
    for (i, row) in x.as_mut_slice().chunks_exact_mut(COLS).enumerate() {
        let centre = if i % 3 == 0 { 0.75 } else { 0.25 };
        row.iter_mut().for_each(|value| *value = centre + 0.4 * (rng.random::<f32>() - 0.5));
    }
    x
}
