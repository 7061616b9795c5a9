//! Scores by the fused kernels of `oddbench-kernels`: of a network that they have trained, in one dispatch
//! where size and time allow.

use std::ops::Range;

use oddbench_core::{DetectorError, Matrix};
use oddbench_kernels as kernels;
use oddbench_kernels::{Measure, Scoring};

use super::kernel_learner::failed;
use super::loss::finite;
use super::network::{NeuralNetwork, Trained};
use crate::company::Seat;

/// How a network's score follows from what the kernels compute of a row.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct ScoreByKernels {
    /// What they compute.
    pub measure: Measure,
    /// The weights of the measure's two parts, if it has two.
    pub weights: [f32; 2],
    /// Draws of each row, if it draws.
    pub samples: u32,
    /// What the measure is divided by, beside the number of columns if [`Self::per_column`].
    pub divisor: f64,
    /// Whether the score is a mean over columns.
    pub per_column: bool,
}

impl ScoreByKernels {
    /// The measure itself, of one draw.
    pub(crate) const fn sum(measure: Measure) -> Self {
        Self { measure, weights: [1.0, 0.0], samples: 1, divisor: 1.0, per_column: false }
    }

    /// The mean squared error of the reconstruction.
    pub(crate) const MEAN_SQUARED: Self = Self { per_column: true, ..Self::sum(Measure::Squared) };
}

/// A trained network on the device, and what its score is.
pub(crate) struct KernelScorer {
    trained: kernels::Trained,
    score: ScoreByKernels,
    /// The place of the trial, whose company shares rows.
    seat: Seat,
}

impl KernelScorer {
    /// Takes the trained weights to the device.
    pub(crate) fn new(
        scoring: Scoring,
        score: ScoreByKernels,
        weights: &[f32],
        seat: &Seat,
    ) -> Result<Self, DetectorError> {
        let trained = scoring.of_trained(weights, score.weights, score.samples as usize);
        let trained = trained.map_err(failed)?;
        Ok(Self { trained, score, seat: seat.clone() })
    }

    /// One finite score per row.
    pub(crate) fn score<N: NeuralNetwork>(
        &self,
        network: &N,
        trained: &Trained<N::Shape>,
        x: &Matrix,
    ) -> Result<Vec<f64>, DetectorError> {
        let draw = |rows| network.score_draws(trained, &x.slice(rows));
        let send = |rows: Range<usize>| match rows.len() == x.rows() {
            true => self.seat.rows(self.trained.gpu(), x),
            false => self.seat.rows(self.trained.gpu(), &x.slice(rows)),
        };
        let errors = self.trained.errors(x.rows(), send, draw).map_err(failed)?;
        let columns = if self.score.per_column { x.cols() as f64 } else { 1.0 };
        let divisor = self.score.divisor * columns;
        finite(errors.into_iter().map(|error| f64::from(error) / divisor).collect())
    }
}
