//! Expectation maximisation: the mixture of the greatest likelihood near a start.
//!
//! One step is one pass over the rows. It sums, for each component, the responsibilities and the first
//! and second moments of the rows around the old mean. The new mean is near the old one, so that hardly
//! a digit is lost when the moments are moved to it. No responsibility is kept: beside the rows
//! a step needs one set of sums for every 4,096 of them.

use nalgebra::{Cholesky, DMatrix};
use oddbench_core::{DetectorError, Matrix, Watch};
use pulp::{Simd, WithSimd};

use super::{
    CovarianceType, GmmParams,
    mixture::{Mixture, Workspace},
};
use crate::{clusters::Clustering, covariance::mean, nn::simd::dispatch, parallel::sum_blocks};

/// Is added to the number of rows of each component, so that one without rows has weight 0 in place of
/// no mean; scikit-learn's.
const NO_ROWS: f64 = 10.0 * f64::EPSILON;

/// The best mixture of all starts.
pub(super) fn fit(
    x: &Matrix,
    params: &GmmParams,
    seed: u64,
    watch: &mut dyn Watch,
) -> Result<Mixture, DetectorError> {
    let mut best: Option<Start> = None;
    for start in 0..params.n_init {
        let found = Start::run(x, params, start, seed, watch)?;
        if best.as_ref().is_none_or(|best| found.log_likelihood > best.log_likelihood) {
            best = Some(found);
        }
    }
    let Some(best) = best else {
        return Err(DetectorError::BadInput("n_init = 0: there was no start".into()));
    };
    if !best.converged {
        watch.note(&format!(
            "not converged: after max_iter = {} steps the log-likelihood still changed by {:.2e} a row, more \
             than tolerance = {}",
            params.max_iter, best.change, params.tolerance
        ));
    }
    Ok(best.mixture)
}

/// Where one start ended.
struct Start {
    mixture: Mixture,
    /// Mean over the rows, before the last step.
    log_likelihood: f64,
    /// Its change in the last step.
    change: f64,
    converged: bool,
}

impl Start {
    fn run(
        x: &Matrix,
        params: &GmmParams,
        start: u32,
        seed: u64,
        watch: &dyn Watch,
    ) -> Result<Self, DetectorError> {
        let mut mixture = initial(x, params, start, seed, watch)?;
        let (mut log_likelihood, mut change) = (f64::NEG_INFINITY, f64::INFINITY);
        for _ in 0..params.max_iter {
            if watch.cancelled() {
                return Err(DetectorError::Cancelled);
            }
            let moments = Moments::of(x, params, mixture.means(), Guess::Mixture(&mixture));
            change = moments.log_likelihood - log_likelihood;
            log_likelihood = moments.log_likelihood;
            mixture = moments.mixture(params)?;
            if change.abs() < params.tolerance {
                return Ok(Self { mixture, log_likelihood, change, converged: true });
            }
        }
        Ok(Self { mixture, log_likelihood, change, converged: false })
    }
}

/// The mixture of the clusters of one k-means start.
fn initial(
    x: &Matrix,
    params: &GmmParams,
    start: u32,
    seed: u64,
    watch: &dyn Watch,
) -> Result<Mixture, DetectorError> {
    let centres = if params.n_components == 1 {
        mean(x)
    } else {
        let clustering =
            Clustering { n_clusters: params.n_components, n_init: 1, ..Clustering::default() };
        clustering.fit(x, seed, &format!("gmm/start/{start}"), watch)?.into_values()
    };
    Moments::of(x, params, &centres, Guess::Nearest).mixture(params)
}

/// How the component of a row is chosen.
#[derive(Clone, Copy)]
enum Guess<'a> {
    /// To the nearest of the means.
    Nearest,
    /// To each in part, as much as it contributes to the density there.
    Mixture(&'a Mixture),
}

impl Guess<'_> {
    /// Sets the responsibilities for the row that was centred; the logarithm of its density.
    #[inline(always)]
    fn respond(self, work: &mut Workspace) -> f64 {
        match self {
            Self::Mixture(mixture) => mixture.log_density(work),
            Self::Nearest => {
                let d = work.centred.len() / work.responsibilities.len();
                let mut nearest = (0, f64::INFINITY);
                for (component, centred) in work.centred.chunks_exact(d).enumerate() {
                    let squared = centred.iter().map(|c| c * c).sum();
                    if squared < nearest.1 {
                        nearest = (component, squared);
                    }
                }
                work.responsibilities.fill(0.0);
                work.responsibilities[nearest.0] = 1.0;
                0.0
            }
        }
    }
}

/// Sums over the rows, weighted by their responsibilities.
struct Moments<'a> {
    /// The means at which the rows were centred, one after the other.
    means: &'a [f64],
    /// Per component the responsibilities, `d` first moments, and the second: `full` `d · d`, row-major
    /// and 0 below the diagonal, `diag` `d`.
    sums: Vec<f64>,
    rows: usize,
    /// Mean over the rows.
    log_likelihood: f64,
}

impl<'a> Moments<'a> {
    fn of(x: &Matrix, params: &GmmParams, means: &'a [f64], guess: Guess<'_>) -> Self {
        let d = x.cols();
        let len = params.n_components * length(params.covariance_type, d);
        let mut sums = sum_blocks(x, len + 1, |rows, sums| {
            let covariance = params.covariance_type;
            dispatch(Summing { covariance, d, means, guess, rows, sums });
        });
        let log_likelihood = sums.pop().unwrap_or(0.0) / x.rows() as f64;
        Self { means, sums, rows: x.rows(), log_likelihood }
    }

    /// The mixture that has these moments.
    fn mixture(&self, params: &GmmParams) -> Result<Mixture, DetectorError> {
        let k = params.n_components;
        let d = self.means.len() / k;
        let (mut weights, mut means) = (Vec::with_capacity(k), Vec::with_capacity(k * d));
        let mut whitening = Vec::new();
        for (component, sums) in self.sums.chunks_exact(self.sums.len() / k).enumerate() {
            let rows = sums[0] + NO_ROWS;
            let moved: Vec<f64> = sums[1..=d].iter().map(|sum| sum / rows).collect();
            let old = &self.means[component * d..(component + 1) * d];
            means.extend(old.iter().zip(&moved).map(|(mean, by)| mean + by));
            weights.push(rows / self.rows as f64);
            let second = &sums[1 + d..];
            let scale = match params.covariance_type {
                CovarianceType::Full => full_whitening(second, rows, &moved, params.reg_covar),
                CovarianceType::Diag => diagonal_whitening(second, rows, &moved, params.reg_covar),
            };
            whitening.extend(scale.ok_or_else(|| no_spread(component, rows, params))?);
        }
        let total: f64 = weights.iter().sum();
        weights.iter_mut().for_each(|weight| *weight /= total);
        Ok(Mixture::new(params.covariance_type, weights, means, whitening))
    }
}

/// How many sums a component has.
fn length(covariance: CovarianceType, d: usize) -> usize {
    1 + d + if covariance == CovarianceType::Full { d * d } else { d }
}

/// The inverse of the upper Cholesky factor of the covariance, row-major; `None` if the covariance is not
/// positive definite.
fn full_whitening(second: &[f64], rows: f64, moved: &[f64], added: f64) -> Option<Vec<f64>> {
    let d = moved.len();
    let covariance = DMatrix::from_fn(d, d, |i, j| {
        let covariance = second[i.min(j) * d + i.max(j)] / rows - moved[i] * moved[j];
        if i == j { covariance + added } else { covariance }
    });
    let lower = Cholesky::new(covariance)?.unpack();
    let inverse = lower.solve_lower_triangular(&DMatrix::identity(d, d))?;
    // The transpose, row-major, is the matrix column-major.
    let whitening = inverse.as_slice().to_vec();
    whitening.iter().all(|value| value.is_finite()).then_some(whitening)
}

/// The reciprocals of the standard deviations; `None` if one is 0.
fn diagonal_whitening(second: &[f64], rows: f64, moved: &[f64], added: f64) -> Option<Vec<f64>> {
    let variance = second.iter().zip(moved).map(|(sum, by)| sum / rows - by * by + added);
    let whitening: Vec<f64> = variance.map(|variance| 1.0 / variance.sqrt()).collect();
    whitening.iter().all(|value| value.is_finite()).then_some(whitening)
}

fn no_spread(component: usize, rows: f64, params: &GmmParams) -> DetectorError {
    DetectorError::Diverged(format!(
        "the covariance of component {} of {}, with {rows:.0} training rows, has no inverse at reg_covar = {:e}: \
         give a larger reg_covar or fewer n_components, or scale the columns",
        component + 1,
        params.n_components,
        params.reg_covar
    ))
}

/// Rows whose moments are summed below one choice of the instruction set.
struct Summing<'a> {
    covariance: CovarianceType,
    d: usize,
    means: &'a [f64],
    guess: Guess<'a>,
    rows: &'a [f32],
    /// As [`Moments::sums`], and the sum of the logarithms of the densities.
    sums: &'a mut [f64],
}

impl WithSimd for Summing<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        let Self { covariance, d, means, guess, rows, sums } = self;
        let mut work = Workspace::new(means.len() / d, d);
        let Some((log_likelihood, sums)) = sums.split_last_mut() else { return };
        for row in rows.chunks_exact(d) {
            work.centre(row, means);
            *log_likelihood += guess.respond(&mut work);
            let components = work.centred.chunks_exact(d).zip(&work.responsibilities);
            let sums = sums.chunks_exact_mut(length(covariance, d));
            for ((centred, &responsibility), sums) in components.zip(sums) {
                // In most rows it is exactly 0 for most components.
                if responsibility > 0.0 {
                    add(covariance, centred, responsibility, sums);
                }
            }
        }
    }
}

/// Adds one row to the sums of one component.
#[inline(always)]
fn add(covariance: CovarianceType, centred: &[f64], responsibility: f64, sums: &mut [f64]) {
    let d = centred.len();
    let (first, second) = sums.split_at_mut(1 + d);
    first[0] += responsibility;
    first[1..].iter_mut().zip(centred).for_each(|(sum, c)| *sum += responsibility * c);
    match covariance {
        CovarianceType::Full => {
            for (i, line) in second.chunks_exact_mut(d).enumerate() {
                let factor = responsibility * centred[i];
                line[i..].iter_mut().zip(&centred[i..]).for_each(|(sum, c)| *sum += factor * c);
            }
        }
        CovarianceType::Diag => {
            let squares = centred.iter().map(|c| responsibility * c * c);
            second.iter_mut().zip(squares).for_each(|(sum, square)| *sum += square);
        }
    }
}
