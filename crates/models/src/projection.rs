//! The plane of the first two principal components, for scatter plots.

use oddbench_core::detector::check_input;
use oddbench_core::{DetectorError, Matrix};

use crate::covariance::{covariance, mean, principal_axes};

/// Two orthogonal directions through the mean of the rows that it was made from.
#[derive(Debug, Clone, PartialEq)]
pub struct Plane {
    mean: Vec<f64>,
    axes: [Vec<f64>; 2],
    /// Share of the variance along the first and the second axis, each in [0, 1].
    pub explained: [f64; 2],
}

/// The plane of the largest variance: the two leading eigenvectors of the covariance. The entry of
/// the largest magnitude of each axis is positive, so that the picture is the same on every
/// machine. Rows of one column lie on the first axis.
pub fn principal_plane(x: &Matrix) -> Result<Plane, DetectorError> {
    check_input(x, None)?;
    let mean = mean(x);
    let principal = principal_axes(covariance(x, &mean));
    let total: f64 = principal.variances.iter().sum();
    let axis = |rank: usize| match principal.vectors.get(rank) {
        Some(vector) => oriented(vector.clone()),
        None => vec![0.0; x.cols()],
    };
    let share = |rank: usize| match principal.variances.get(rank) {
        Some(variance) if total > 0.0 => variance / total,
        _ => 0.0,
    };
    Ok(Plane { axes: [axis(0), axis(1)], explained: [share(0), share(1)], mean })
}

fn oriented(mut axis: Vec<f64>) -> Vec<f64> {
    let largest = axis.iter().copied().fold(0.0_f64, |a, b| if b.abs() > a.abs() { b } else { a });
    if largest < 0.0 {
        axis.iter_mut().for_each(|value| *value = -*value);
    }
    axis
}

impl Plane {
    /// The coordinates of each row along the first and the second axis.
    pub fn project(&self, x: &Matrix) -> Result<(Vec<f32>, Vec<f32>), DetectorError> {
        check_input(x, Some(self.mean.len()))?;
        let along = |axis: &[f64], row: &[f32]| -> f32 {
            let terms = row.iter().zip(&self.mean).zip(axis);
            // A plot needs no more than f32.
            terms.map(|((v, m), a)| (f64::from(*v) - m) * a).sum::<f64>() as f32
        };
        let both = |axis: &[f64]| x.iter_rows().map(|row| along(axis, row)).collect();
        Ok((both(&self.axes[0]), both(&self.axes[1])))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_in_space_is_the_first_axis() {
        // Points at t * (3, 4) / 5, t = -2..2, with a little spread across it.
        let points: Vec<f32> = [-2.0_f32, -1.0, 0.0, 1.0, 2.0]
            .iter()
            .zip([0.1_f32, -0.1, 0.0, -0.1, 0.1])
            .flat_map(|(t, s)| [0.6 * t - 0.8 * s, 0.8 * t + 0.6 * s])
            .collect();
        let x = Matrix::new(5, 2, points).unwrap();
        let plane = principal_plane(&x).unwrap();
        let (along, across) = plane.project(&x).unwrap();
        for (found, expected) in along.iter().zip([-2.0_f32, -1.0, 0.0, 1.0, 2.0]) {
            assert!((found - expected).abs() < 1e-5, "{along:?}");
        }
        // Variances by hand: 10/5 = 2 along, 0.04/5 = 0.008 across.
        assert!((plane.explained[0] - 2.0 / 2.008).abs() < 1e-6);
        assert!(across.iter().all(|value| (value.abs() - 0.1).abs() < 1e-5 || value.abs() < 1e-5));
    }

    #[test]
    fn one_column_and_constant_rows_have_a_plane() {
        let plane = principal_plane(&Matrix::new(2, 1, vec![1.0, 3.0]).unwrap()).unwrap();
        assert_eq!(plane.explained, [1.0, 0.0]);
        let plane = principal_plane(&Matrix::new(2, 2, vec![1.0; 4]).unwrap()).unwrap();
        assert_eq!(plane.explained, [0.0, 0.0]);
    }
}
