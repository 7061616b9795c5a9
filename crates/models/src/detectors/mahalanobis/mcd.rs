//! The minimum covariance determinant: location and scatter of that half of the rows which lies
//! closest together, so that a minority of outliers cannot move them.
//!
//! FAST-MCD of P. J. Rousseeuw and K. Van Driessen, *A Fast Algorithm for the Minimum Covariance
//! Determinant Estimator*, Technometrics 41, 1999, with their numbers of starts, steps and subsets;
//! the consistency factor of C. Croux and G. Haesbroeck, *Influence Function and Efficiency of the
//! Minimum Covariance Determinant Scatter Matrix Estimator*, Journal of Multivariate Analysis 71,
//! 1999; reweighted at the 97.5 % quantile. scikit-learn's `MinCovDet` does the same.
//!
//! Where the half lies in a plane (on KDD it does: most rates are 0 in most rows), the directions along
//! which it does not vary are left out of the distance, as scikit-learn's pseudo-inverse does; the
//! reweighting brings back those along which the rows that it keeps vary.

use nalgebra::DMatrix;
use oddbench_core::{DetectorError, Matrix, Watch, stats::chi_squared_survival};
use rand::seq::index;
use rayon::prelude::*;

use super::MahalanobisParams;
use crate::{
    covariance::{Axes, covariance, mean, principal_axes},
    parallel::score_rows,
    rng::stream,
};

/// The first steps of each start, and the candidates that are kept.
const FIRST_STEPS: usize = 2;
const KEPT: usize = 10;
/// Rows of a subset, and how many subsets there are at most.
const SUBSET: usize = 300;
const SUBSETS: usize = 5;
/// Steps after which a candidate is taken to have converged.
const LAST_STEPS: usize = 100;
/// The share of the variance of all rows below which the half does not vary along a direction.
const FLAT: f64 = 1e-8;
/// The share of rows, under a normal distribution, that the reweighting keeps.
const REWEIGHTED: f64 = 0.975;

/// A location and a scatter.
#[derive(Debug, Clone)]
pub(super) struct Estimate {
    pub location: Vec<f64>,
    /// Vectors whose inner products with a centred row are uncorrelated and have unit variance, one
    /// per direction along which the scatter is not 0.
    pub whitening: Vec<Vec<f64>>,
    /// Logarithm of the scatter's determinant, up to a constant that is the same for all estimates on
    /// the same rows. A direction along which the scatter is 0 counts as [`FLAT`].
    log_determinant: f64,
    /// Along how many directions the scatter would be 0.
    pub flat: usize,
}

/// The problem: the rows, and the directions along which they vary, over their spread.
struct Rows<'a> {
    x: &'a Matrix,
    spread: &'a [Vec<f64>],
    /// Random starts in all.
    starts: usize,
}

/// The estimate for these rows. `axes` are the directions along which all of them vary.
pub(super) fn fit(
    x: &Matrix,
    axes: &Axes,
    params: &MahalanobisParams,
    seed: u64,
    watch: &dyn Watch,
) -> Result<Estimate, DetectorError> {
    let scaled = axes.vectors.iter().zip(&axes.variances);
    let spread: Vec<Vec<f64>> =
        scaled.map(|(axis, variance)| axis.iter().map(|v| v / variance.sqrt()).collect()).collect();
    let rows = Rows { x, spread: &spread, starts: params.starts };
    let (n, d) = (x.rows(), spread.len());
    let h = ((params.support_fraction * n as f64) as usize).max((n + d + 2) / 2).min(n);
    let raw = rows.search(h, seed, watch)?;
    if raw.whitening.is_empty() {
        return Err(DetectorError::BadInput(format!(
            "{h} of {n} training rows are equal: raise support_fraction, or take estimator = \"empirical\""
        )));
    }
    Ok(rows.reweighted(raw, h as f64 / n as f64))
}

impl Rows<'_> {
    /// The raw estimate, from the `h` rows with the smallest determinant that the search finds.
    fn search(&self, h: usize, seed: u64, watch: &dyn Watch) -> Result<Estimate, DetectorError> {
        let n = self.x.rows();
        let share = |rows: usize| (rows * h).div_ceil(n);
        let mut candidates = Vec::new();
        if n <= 2 * SUBSET {
            candidates = self.randomly_started(h, self.starts, seed, "all");
        } else {
            let subsets = (n / SUBSET).min(SUBSETS);
            let mut rng = stream(seed, "mahalanobis/mcd/subsets");
            let drawn = index::sample(&mut rng, n, subsets * SUBSET).into_vec();
            for (i, members) in drawn.chunks(SUBSET).enumerate() {
                let x = self.x.select(members);
                let subset = Rows { x: &x, ..*self };
                let found = subset.randomly_started(
                    share(SUBSET),
                    (self.starts / subsets).max(1),
                    seed,
                    &i.to_string(),
                );
                candidates.extend(found);
                cancelled(watch)?;
            }
            let x = self.x.select(&drawn);
            let merged = Rows { x: &x, ..*self };
            candidates = merged.improved(candidates, share(drawn.len()), FIRST_STEPS);
            candidates = self.improved(candidates, h, FIRST_STEPS);
            candidates.truncate(2);
            cancelled(watch)?;
        }
        let best = self.improved(candidates, h, LAST_STEPS).into_iter().next();
        best.ok_or_else(|| DetectorError::Backend("no candidate was drawn".into()))
    }

    /// The best candidates from random rows, as many as determine a scatter.
    fn randomly_started(&self, h: usize, starts: usize, seed: u64, subset: &str) -> Vec<Estimate> {
        let n = self.x.rows();
        let starts: Vec<Estimate> = (0..starts)
            .into_par_iter()
            .map(|i| {
                let mut rng = stream(seed, &format!("mahalanobis/mcd/{subset}/start/{i}"));
                let few = (self.spread.len() + 1).min(n);
                self.estimate(&index::sample(&mut rng, n, few).into_vec())
            })
            .collect();
        self.improved(starts, h, FIRST_STEPS)
    }

    /// Each candidate after that many steps, or fewer if it has converged; the best first, no more
    /// than are kept.
    fn improved(&self, candidates: Vec<Estimate>, h: usize, steps: usize) -> Vec<Estimate> {
        let mut candidates: Vec<Estimate> =
            candidates.into_par_iter().map(|start| self.concentrated(start, h, steps)).collect();
        // A stable sort: the first of equal rows counts, whatever the number of threads.
        candidates.sort_by(|a, b| a.log_determinant.total_cmp(&b.log_determinant));
        candidates.truncate(KEPT);
        candidates
    }

    /// C-steps (theorem 1 of the paper): the `h` rows closest to an estimate have no larger
    /// determinant than those that it was made of.
    fn concentrated(&self, start: Estimate, h: usize, steps: usize) -> Estimate {
        let mut current = self.estimate(&self.closest(&start, h));
        for _ in 1..steps {
            let next = self.estimate(&self.closest(&current, h));
            if next.log_determinant >= current.log_determinant {
                break;
            }
            current = next;
        }
        current
    }

    /// The `h` rows closest to an estimate, in their order. The first of equally close rows counts.
    fn closest(&self, estimate: &Estimate, h: usize) -> Vec<usize> {
        let distances = estimate.squared_distances(self.x);
        let mut order: Vec<usize> = (0..distances.len()).collect();
        if h < order.len() {
            order.select_nth_unstable_by(h, |&a, &b| {
                distances[a].total_cmp(&distances[b]).then(a.cmp(&b))
            });
            order.truncate(h);
            order.sort_unstable();
        }
        order
    }

    /// Location and scatter (divisor: their number) of some of the rows.
    fn estimate(&self, members: &[usize]) -> Estimate {
        let x = self.x.select(members);
        let location = mean(&x);
        let d = x.cols();
        let spread = DMatrix::from_fn(self.spread.len(), d, |i, j| self.spread[i][j]);
        let scatter = &spread * covariance(&x, &location) * spread.transpose();
        // Exactly symmetric, which the product is but for rounding.
        let scatter = (&scatter + scatter.transpose()) / 2.0;
        let axes = principal_axes(scatter);
        let flat = axes.variances.iter().filter(|&&v| v < FLAT).count();
        let whiten = |(axis, variance): (&Vec<f64>, &f64)| {
            let sum = |j| axis.iter().zip(self.spread).map(|(a, s)| a * s[j]).sum::<f64>();
            (0..d).map(|j| sum(j) / variance.sqrt()).collect()
        };
        let varying = axes.vectors.iter().zip(&axes.variances).take(axes.variances.len() - flat);
        Estimate {
            location,
            whitening: varying.map(whiten).collect(),
            log_determinant: axes.variances.iter().map(|v| v.max(FLAT).ln()).sum(),
            flat,
        }
    }

    /// The estimate from all rows that are not outliers under the raw one, made consistent. If there
    /// are none such, which ties can bring about, the raw one.
    fn reweighted(&self, raw: Estimate, share: f64) -> Estimate {
        let d = self.spread.len();
        let limit = chi_squared_quantile(REWEIGHTED, d) * consistency_factor(share, d);
        let distances = raw.squared_distances(self.x);
        let kept: Vec<usize> = (0..distances.len()).filter(|&i| distances[i] < limit).collect();
        let (mut last, share) =
            if kept.is_empty() { (raw, share) } else { (self.estimate(&kept), REWEIGHTED) };
        let over = consistency_factor(share, d).sqrt();
        last.whitening.iter_mut().flatten().for_each(|v| *v /= over);
        last
    }
}

impl Estimate {
    fn squared_distances(&self, x: &Matrix) -> Vec<f64> {
        score_rows(x, |row| {
            let centred: Vec<f64> =
                row.iter().zip(&self.location).map(|(&v, m)| f64::from(v) - m).collect();
            let along =
                |axis: &Vec<f64>| axis.iter().zip(&centred).map(|(a, c)| a * c).sum::<f64>();
            self.whitening.iter().map(|axis| along(axis).powi(2)).sum()
        })
    }
}

fn cancelled(watch: &dyn Watch) -> Result<(), DetectorError> {
    if watch.cancelled() { Err(DetectorError::Cancelled) } else { Ok(()) }
}

/// By how much the scatter of the central `share` of a normal distribution in `d` dimensions is too
/// small (Croux and Haesbroeck 1999, section 2).
fn consistency_factor(share: f64, d: usize) -> f64 {
    if share >= 1.0 {
        return 1.0;
    }
    share / (1.0 - chi_squared_survival(chi_squared_quantile(share, d), d + 2))
}

/// The value that a chi-squared variable stays below with a probability above 0 and below 1, by
/// bisection to the last bit.
fn chi_squared_quantile(probability: f64, df: usize) -> f64 {
    let beyond = |x| 1.0 - chi_squared_survival(x, df) >= probability;
    let mut high = df as f64;
    while !beyond(high) {
        high *= 2.0;
    }
    let mut low = 0.0;
    loop {
        let middle = f64::midpoint(low, high);
        if middle <= low || middle >= high {
            return high;
        }
        if beyond(middle) { high = middle } else { low = middle }
    }
}

#[cfg(test)]
mod tests;
