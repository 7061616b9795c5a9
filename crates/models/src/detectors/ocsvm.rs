//! `ocsvm`: the one-class support vector machine, trained by LIBSVM's solver on all rows.
//!
//! B. Schölkopf, J. Platt, J. Shawe-Taylor, A. Smola, R. Williamson: *Estimating the Support of a
//! High-Dimensional Distribution*, Neural Computation 13, 2001. The solver is that of C.-C. Chang
//! and C.-J. Lin's LIBSVM, in Rust (`libsvm-rs`); kernel rows and scores are computed here, densely,
//! vectorised and on all cores.

mod exp;
pub(super) mod kernel;
pub(super) mod params;
pub(super) mod rows;

use std::path::Path;

use libsvm_rs::solver::{Solver, SolverVariant};
use oddbench_core::{
    Detector, DetectorError, FittedDetector, Matrix, Train, Watch, detector::check_input,
};
use serde_json::json;

use self::{
    kernel::{Kernel, WeightedSums},
    params::{Gamma, OcsvmParams},
    rows::KernelRows,
};
use crate::{kinds::Kind, nn::simd::dispatch, parallel::score_distinct_blocks, save::Saved};

pub(crate) const KIND: Kind = Kind {
    name: "ocsvm",
    summary: "one-class support vector machine: minus the decision function",
    source: "Schölkopf et al.: Estimating the Support of a High-Dimensional Distribution, 2001",
    supervised: false,
    uses_device: false,
    positional: false,
    resolve: crate::params::resolve::<OcsvmParams>,
    build: |value, _| Ok(Box::new(Ocsvm { params: crate::params::parse(value)? })),
    load,
    schema: crate::params::schema::<OcsvmParams>,
    quick: || json!({ "nu": 0.1 }),
};

struct Ocsvm {
    params: OcsvmParams,
}

struct FittedOcsvm {
    params: OcsvmParams,
    kernel: Kernel,
    support: Matrix,
    /// One weight per support vector.
    weights: Vec<f64>,
    rho: f64,
}

impl Detector for Ocsvm {
    fn fit(
        &self,
        train: Train<'_>,
        _seed: u64,
        _watch: &mut dyn Watch,
    ) -> Result<Box<dyn FittedDetector>, DetectorError> {
        check_input(train.x, None)?;
        let gamma = match self.params.gamma {
            Gamma::Value(gamma) => gamma,
            Gamma::Scale => scale(train.x),
        };
        let kernel = self.params.kernel(gamma);
        let (alpha, rho) = solve(train.x, kernel, &self.params);
        if !rho.is_finite() || alpha.iter().any(|a| !a.is_finite()) {
            return Err(DetectorError::Diverged(
                "the kernel overflowed: scale the features, or lower gamma, degree or coef0".into(),
            ));
        }
        let support: Vec<usize> = (0..alpha.len()).filter(|&i| alpha[i] > 0.0).collect();
        Ok(Box::new(FittedOcsvm {
            params: self.params.clone(),
            kernel,
            weights: support.iter().map(|&i| alpha[i]).collect(),
            support: train.x.select(&support),
            rho,
        }))
    }

    fn deterministic(&self) -> bool {
        true
    }
}

/// scikit-learn's `gamma="scale"`: one over the number of features times the variance of all
/// values; 1 if they are all equal.
pub(super) fn scale(x: &Matrix) -> f64 {
    let values = || x.as_slice().iter().map(|&v| f64::from(v));
    let n = x.as_slice().len() as f64;
    let mean = values().sum::<f64>() / n;
    let variance = values().map(|v| (v - mean).powi(2)).sum::<f64>() / n;
    if variance > 0.0 { 1.0 / (x.cols() as f64 * variance) } else { 1.0 }
}

/// The weights of all rows, which sum to `nu · n`, and the offset of the decision function.
fn solve(x: &Matrix, kernel: Kernel, params: &OcsvmParams) -> (Vec<f64>, f64) {
    let n = x.rows();
    // LIBSVM's start: the first nu · n rows at their bound.
    let budget = params.nu * n as f64;
    let mut alpha: Vec<f64> = (0..n).map(|i| (budget - i as f64).clamp(0.0, 1.0)).collect();
    libsvm_rs::set_quiet(true);
    let solution = Solver::solve(
        SolverVariant::Standard,
        n,
        Box::new(KernelRows::new(x, &vec![1; n], kernel, params.cache_mb)),
        &vec![0.0; n],
        &vec![1; n],
        &mut alpha,
        1.0,
        1.0,
        params.tolerance,
        params.shrinking,
    );
    (alpha, solution.rho)
}

impl FittedDetector for FittedOcsvm {
    fn score(&self, x: &Matrix) -> Result<Vec<f64>, DetectorError> {
        check_input(x, Some(self.n_features()))?;
        let scores = score_distinct_blocks(x, |rows, scores| {
            dispatch(WeightedSums {
                kernel: self.kernel,
                rows,
                support: &self.support,
                weights: &self.weights,
                sums: scores,
            });
            scores.iter_mut().for_each(|sum| *sum = self.rho - *sum);
        });
        match scores.iter().position(|score| !score.is_finite()) {
            None => Ok(scores),
            Some(row) => Err(DetectorError::Diverged(format!(
                "the kernel overflows on row {row}: scale the features, or lower gamma, degree or coef0"
            ))),
        }
    }

    /// 0, where the decision function changes its sign: at most about a share `nu` of the training
    /// rows lies beyond (Schölkopf et al., proposition 3).
    fn native_threshold(&self) -> Option<f64> {
        Some(0.0)
    }

    fn save(&self, dir: &Path) -> Result<(), DetectorError> {
        let (n, d) = (self.support.rows(), self.support.cols());
        Saved::new(KIND.name, &self.params, d)
            .with("support", &[n, d], self.support.as_slice().to_vec())
            .with("weights", &[n], self.weights.clone())
            .with("gamma", &[], vec![self.kernel.gamma])
            .with("rho", &[], vec![self.rho])
            .write(dir)
    }

    fn n_features(&self) -> usize {
        self.support.cols()
    }
}

fn load(saved: &Saved) -> Result<Box<dyn FittedDetector>, DetectorError> {
    let params: OcsvmParams = saved.params()?;
    let d = saved.n_features;
    let n = saved.shape("weights")?.iter().product();
    let weights = saved.tensor_f64("weights", &[n])?.to_vec();
    let support = saved.tensor_f32("support", &[n, d])?.to_vec();
    let support = Matrix::new(n, d, support).map_err(|e| saved.broken(e))?;
    let kernel = params.kernel(saved.tensor_f64("gamma", &[])?[0]);
    let rho = saved.tensor_f64("rho", &[])?[0];
    Ok(Box::new(FittedOcsvm { params, kernel, support, weights, rho }))
}

#[cfg(test)]
mod tests;
