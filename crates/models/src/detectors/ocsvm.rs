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
pub(super) mod support;

use std::path::Path;

use libsvm_rs::solver::{Solver, SolverVariant};
use oddbench_core::{
    Detector, DetectorError, FittedDetector, Matrix, Train, Watch, detector::check_input,
};
use serde_json::json;

use self::{kernel::Kernel, params::OcsvmParams, rows::KernelRows, support::SupportVectors};
use crate::{kinds::Kind, save::Saved};

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
    support: SupportVectors,
}

impl Detector for Ocsvm {
    fn fit(
        &self,
        train: Train<'_>,
        _seed: u64,
        _watch: &mut dyn Watch,
    ) -> Result<Box<dyn FittedDetector>, DetectorError> {
        check_input(train.x, None)?;
        let kernel = self.params.kernel(self.params.gamma.of(train.x));
        let (alpha, rho) = solve(train.x, kernel, &self.params);
        let support = SupportVectors::of(train.x, kernel, &alpha, rho)
            .ok_or_else(|| overflow("the kernel overflowed"))?;
        Ok(Box::new(FittedOcsvm { params: self.params.clone(), support }))
    }

    fn deterministic(&self) -> bool {
        true
    }
}

fn overflow(what: &str) -> DetectorError {
    DetectorError::Diverged(format!("{what}: scale the features, or lower gamma, degree or coef0"))
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
        let scores = self.support.scores(x, |sum, rho| rho - sum);
        scores.map_err(|row| overflow(&format!("the kernel overflows on row {row}")))
    }

    /// 0, where the decision function changes its sign: at most about a share `nu` of the training
    /// rows lies beyond (Schölkopf et al., proposition 3).
    fn native_threshold(&self) -> Option<f64> {
        Some(0.0)
    }

    fn save(&self, dir: &Path) -> Result<(), DetectorError> {
        self.support.save(Saved::new(KIND.name, &self.params, self.n_features())).write(dir)
    }

    fn n_features(&self) -> usize {
        self.support.n_features()
    }
}

fn load(saved: &Saved) -> Result<Box<dyn FittedDetector>, DetectorError> {
    let params: OcsvmParams = saved.params()?;
    let support = SupportVectors::load(saved, |gamma| params.kernel(gamma))?;
    Ok(Box::new(FittedOcsvm { params, support }))
}

#[cfg(test)]
mod tests;
