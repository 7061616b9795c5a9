//! The loss of a logistic regression, its gradient, and the search for its minimum.

use std::cell::RefCell;

use oddbench_core::{DetectorError, Matrix, Watch};
use rayon::prelude::*;
use smartcore::optimization::FunctionOrder;
use smartcore::optimization::first_order::{FirstOrderOptimizer, lbfgs::LBFGS};
use smartcore::optimization::line_search::Backtracking;

use crate::{distinct::Distinct, resample::Rows};

/// Distinct rows whose losses are added in one go: fixed, so that sums do not depend on the threads.
const BLOCK: usize = 1024;

/// The weighted mean of the rows' log losses, plus `|w|² / (2 c)` over the sum of the weights.
pub(super) struct Loss {
    /// Each row once.
    rows: Matrix,
    /// For each of them, the weights of its occurrences as an inlier and as an outlier.
    weights: Vec<[f64; 2]>,
    total: f64,
    /// One over c and over the sum of the weights.
    ridge: f64,
}

/// Where the solver ended.
pub(super) struct Minimum {
    /// The coefficients, then the intercept.
    pub at: Vec<f64>,
    /// The largest entry of the gradient there.
    pub gradient: f64,
    pub iterations: usize,
}

/// The loss and its gradient at the point that was asked for last: the solver asks for both, one after
/// the other.
struct Last {
    at: Vec<f64>,
    value: f64,
    gradient: Vec<f64>,
}

impl Loss {
    /// `weights`: the weight of an inlier, then the weight of an outlier.
    pub fn new(rows: &Rows<'_>, [inlier, outlier]: [f64; 2], c: f64) -> Self {
        let distinct = Distinct::new(&rows.x);
        let mut weights = vec![[0.0; 2]; distinct.rows.rows()];
        for (&row, &is_outlier) in distinct.of.iter().zip(rows.labels.iter()) {
            weights[row as usize][usize::from(is_outlier)] +=
                if is_outlier { outlier } else { inlier };
        }
        let total: f64 = weights.iter().map(|[inlier, outlier]| inlier + outlier).sum();
        Self { rows: distinct.rows, weights, total, ridge: 1.0 / (c * total) }
    }

    /// The minimum, from all coefficients at 0.
    pub fn minimum(
        &self,
        max_iter: usize,
        tolerance: f64,
        watch: &dyn Watch,
    ) -> Result<Minimum, DetectorError> {
        let start = vec![0.0; self.rows.cols() + 1];
        let last = RefCell::new(self.at(&start));
        // A cancelled fit shows the solver a flat loss, so that it stops.
        let flat = |at: &[f64]| Last { at: at.to_vec(), value: 0.0, gradient: vec![0.0; at.len()] };
        let ask = |at: &Vec<f64>| {
            if last.borrow().at != *at || watch.cancelled() {
                let next = if watch.cancelled() { flat(at) } else { self.at(at) };
                last.replace(next);
            }
        };
        let value = |at: &Vec<f64>| {
            ask(at);
            last.borrow().value
        };
        let gradient = |out: &mut Vec<f64>, at: &Vec<f64>| {
            ask(at);
            out.clone_from(&last.borrow().gradient);
        };
        let solver = LBFGS { max_iter, g_atol: tolerance, ..LBFGS::default() };
        let steps = Backtracking { order: FunctionOrder::THIRD, ..Backtracking::default() };
        let found = solver.optimize(&value, &gradient, &start, &steps);
        if watch.cancelled() {
            return Err(DetectorError::Cancelled);
        }
        if found.x.iter().any(|coefficient| !coefficient.is_finite()) {
            let message = "the coefficients are not finite: scale the columns, or lower c";
            return Err(DetectorError::Diverged(message.into()));
        }
        let largest = |gradient: &[f64]| gradient.iter().fold(0.0_f64, |most, g| most.max(g.abs()));
        let gradient = largest(&self.at(&found.x).gradient);
        Ok(Minimum { at: found.x, gradient, iterations: found.iterations })
    }

    /// Loss and gradient at a point: the coefficients, then the intercept.
    fn at(&self, at: &[f64]) -> Last {
        let d = self.rows.cols();
        let (coefficients, intercept) = (&at[..d], at[d]);
        let blocks = self.rows.as_slice().par_chunks(BLOCK * d).zip(self.weights.par_chunks(BLOCK));
        let parts: Vec<(f64, Vec<f64>)> = blocks
            .map(|(rows, weights)| {
                let (mut loss, mut gradient) = (0.0, vec![0.0; d + 1]);
                for (row, [inlier, outlier]) in rows.chunks_exact(d).zip(weights) {
                    let odds = dot(row, coefficients) + intercept;
                    // ln(1 + e^z), which is z more for the negative class, without overflow.
                    let log = (-odds.abs()).exp().ln_1p();
                    loss += inlier * (log + odds.max(0.0)) + outlier * (log + (-odds).max(0.0));
                    let chance = 1.0 / (1.0 + (-odds).exp());
                    let pull = inlier * chance - outlier * (1.0 - chance);
                    for (g, value) in gradient.iter_mut().zip(row) {
                        *g += pull * f64::from(*value);
                    }
                    gradient[d] += pull;
                }
                (loss, gradient)
            })
            .collect();
        let (mut value, mut gradient) = (0.0, vec![0.0; d + 1]);
        for (loss, part) in parts {
            value += loss / self.total;
            gradient.iter_mut().zip(part).for_each(|(g, p)| *g += p / self.total);
        }
        for (g, w) in gradient.iter_mut().zip(coefficients) {
            *g += self.ridge * w;
        }
        value += 0.5 * self.ridge * coefficients.iter().map(|w| w * w).sum::<f64>();
        Last { at: at.to_vec(), value, gradient }
    }
}

/// The sum of products, four sums at a time.
pub(super) fn dot(row: &[f32], coefficients: &[f64]) -> f64 {
    let mut sums = [0.0; 4];
    let (rows, left) = row.as_chunks::<4>();
    let (fours, rest) = coefficients.as_chunks::<4>();
    for (values, weights) in rows.iter().zip(fours) {
        for lane in 0..4 {
            sums[lane] += f64::from(values[lane]) * weights[lane];
        }
    }
    let rest: f64 = left.iter().zip(rest).map(|(value, weight)| f64::from(*value) * weight).sum();
    sums.iter().sum::<f64>() + rest
}

#[cfg(test)]
mod tests {
    use rand::RngExt;

    use super::*;
    use crate::rng::stream;

    fn table() -> (Matrix, Vec<bool>) {
        let mut rng = stream(3, "loss");
        let mut x = Matrix::zeros(300, 6);
        x.as_mut_slice().fill_with(|| rng.random::<f32>() - 0.5);
        let labels = x.iter_rows().map(|row| row[0] + row[1] * row[2] > 0.1).collect();
        (x, labels)
    }

    #[test]
    fn the_gradient_is_that_of_the_loss() {
        let (x, labels) = table();
        let loss = Loss::new(&Rows::new(&x, &labels), [1.0, 2.5], 0.7);
        let at = [0.3, -0.2, 1.1, 0.0, -2.0, 0.4, 0.25];
        let gradient = loss.at(&at).gradient;
        for (j, slope) in gradient.iter().enumerate() {
            let moved = |by: f64| {
                let mut at = at;
                at[j] += by;
                loss.at(&at).value
            };
            let difference = (moved(1e-5) - moved(-1e-5)) / 2e-5;
            assert!((difference - slope).abs() < 1e-9, "{j}: {difference} {slope}");
        }
    }

    #[test]
    fn a_row_that_occurs_twice_weighs_twice() {
        let (x, labels) = table();
        let twice: Vec<usize> = (0..x.rows()).chain(0..x.rows()).collect();
        let rows = Rows::new(&x, &labels);
        let doubled = rows.select(&twice);
        let at = [0.3, -0.2, 1.1, 0.0, -2.0, 0.4, 0.25];
        // Twice the rows at half the c are the same function.
        let (one, two) = (Loss::new(&rows, [1.0; 2], 2.0), Loss::new(&doubled, [1.0; 2], 1.0));
        assert_eq!(two.rows.rows(), x.rows());
        assert!((one.at(&at).value - two.at(&at).value).abs() < 1e-12);
    }

    /// smartcore's own model of the same rows: its alpha is one over c.
    #[test]
    fn the_minimum_is_smartcores() {
        use smartcore::linalg::basic::{arrays::Array, matrix::DenseMatrix};
        use smartcore::linear::logistic_regression::{
            LogisticRegression, LogisticRegressionParameters,
        };

        let (x, labels) = table();
        let values = x.as_slice().iter().map(|&v| f64::from(v)).collect();
        let rows = DenseMatrix::new(x.rows(), x.cols(), values, false).unwrap();
        let classes: Vec<u32> = labels.iter().map(|&label| u32::from(label)).collect();
        let params = LogisticRegressionParameters::default().with_alpha(0.5);
        let theirs = LogisticRegression::fit(&rows, &classes, params).unwrap();
        let loss = Loss::new(&Rows::new(&x, &labels), [1.0; 2], 2.0);
        let ours = loss.minimum(1000, 1e-10, &oddbench_core::Silent).unwrap();
        let theirs = theirs.coefficients().iterator(0).chain(theirs.intercept().iterator(0));
        for (ours, theirs) in ours.at.iter().zip(theirs) {
            assert!((ours - theirs).abs() < 1e-6, "{ours} {theirs}");
        }
    }
}
