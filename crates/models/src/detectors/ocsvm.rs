//! `ocsvm`: the one-class support vector machine, trained by LIBSVM's solver on all rows.
//!
//! B. Schölkopf, J. Platt, J. Shawe-Taylor, A. Smola, R. Williamson: *Estimating the Support of a
//! High-Dimensional Distribution*, Neural Computation 13, 2001. The solver comes from LIBSVM by C.-C.
//! Chang and C.-J. Lin, in Rust (`libsvm-rs`). Kernel rows and scores are computed here, densely,
//! vectorised and on all cores.

mod exp;
pub(super) mod kernel;
pub(super) mod params;
pub(super) mod rows;
pub(super) mod support;

use libsvm_rs::solver::{Solver, SolverVariant};
use oddbench_core::{DetectorError, Matrix};
use serde_json::json;

pub use self::params::OcsvmParams;
use self::{kernel::Kernel, rows::KernelRows, support::SupportVectors};
use crate::{
    kind::Kind,
    model::{Fit, Model},
    peer_names::LIBSVM,
    save::Saved,
};

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

impl Model for OcsvmParams {
    type Learned = SupportVectors;

    const KIND: Kind = Kind {
        peers: &[LIBSVM],
        quick: || json!({ "nu": 0.1 }),
        ..Kind::of::<Self>(
            "ocsvm",
            "one-class support vector machine: minus the decision function",
            "Schölkopf et al.: Estimating the Support of a High-Dimensional Distribution, 2001",
        )
    };

    fn fit(&self, Fit { x, .. }: Fit<'_>) -> Result<SupportVectors, DetectorError> {
        let kernel = self.kernel(self.gamma.of(x));
        let (alpha, rho) = solve(x, kernel, self);
        SupportVectors::of(x, kernel, &alpha, rho).ok_or_else(|| overflow("the kernel overflowed"))
    }

    fn score(&self, support: &SupportVectors, x: &Matrix) -> Result<Vec<f64>, DetectorError> {
        let scores = support.scores(x, |sum, rho| rho - sum);
        scores.map_err(|row| overflow(&format!("the kernel overflows on row {row}")))
    }

    /// 0, where the decision function changes its sign: at most about a share `nu` of the training
    /// rows lies beyond (Schölkopf et al., proposition 3).
    fn native_threshold(&self, _: &SupportVectors) -> Option<f64> {
        Some(0.0)
    }

    fn save(support: &SupportVectors, saved: Saved) -> Saved {
        support.save(saved)
    }

    fn load(&self, saved: &Saved) -> Result<SupportVectors, DetectorError> {
        SupportVectors::load(saved, |gamma| self.kernel(gamma))
    }
}

#[cfg(test)]
mod tests;
