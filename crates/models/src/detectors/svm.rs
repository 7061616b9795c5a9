//! `svm`: the support vector machine that separates outliers from inliers, trained by LIBSVM's solver.
//!
//! C. Cortes, V. Vapnik: *Support-Vector Networks*, Machine Learning 20, 1995. Solver, kernels and
//! the decision function are the same as for `ocsvm`: LIBSVM's, in Rust, with kernel rows and scores
//! computed here, densely, vectorised and on all cores.

mod params;

use libsvm_rs::solver::{Solver, SolverVariant};
use oddbench_core::{DetectorError, Matrix, Watch};
use rand::seq::index;

pub use self::params::SvmParams;
use super::ocsvm::{kernel::Kernel, rows::KernelRows, support::SupportVectors};
use crate::{
    kind::Kind,
    model::{Fit, Model},
    params::ParamError,
    peer_names::{LIBSVM, instead, same},
    resample::{self, Resample, Rows},
    rng::stream,
    save::Saved,
    training_shape::TrainingShape,
};

fn overflow(what: &str) -> DetectorError {
    DetectorError::Diverged(format!(
        "{what}: scale the features, or lower gamma, degree, coef0 or c"
    ))
}

/// At most so many rows, drawn without replacement, with the classes' shares kept (rounded, at least
/// one row of each).
fn thinned<'a>(
    rows: Rows<'a>,
    limit: Option<usize>,
    seed: u64,
    watch: &mut dyn Watch,
) -> Result<Rows<'a>, DetectorError> {
    let n = rows.labels.len();
    let Some(limit) = limit.filter(|&limit| limit < n) else {
        return Ok(rows);
    };
    let (inliers, outliers) = (rows.of_class(false), rows.of_class(true));
    let share = outliers.len() as f64 / n as f64;
    let kept_outliers = ((share * limit as f64).round() as usize).clamp(1, limit - 1);
    let mut rng = stream(seed, "svm/max-rows");
    let mut kept = Vec::with_capacity(limit);
    for (class, count) in [(inliers, limit - kept_outliers), (outliers, kept_outliers)] {
        let drawn = index::sample(&mut rng, class.len(), count.min(class.len()));
        kept.extend(drawn.into_iter().map(|i| class[i]));
    }
    kept.sort_unstable();
    watch.note(&format!(
        "max_rows: learned from {} of {n} training rows, drawn at random with the classes' shares kept",
        kept.len()
    ));
    Ok(rows.select(&kept))
}

/// The weight of each row in the decision function, and its offset.
fn solve(rows: &Rows<'_>, kernel: Kernel, params: &SvmParams) -> (Vec<f64>, f64) {
    let n = rows.labels.len();
    // As scikit-learn has them: the sigmoid kernel can have several optima, and which of them is found
    // depends on which class is the positive one.
    let classes: Vec<i8> =
        rows.labels.iter().map(|&outlier| if outlier { -1 } else { 1 }).collect();
    let [inlier, outlier] = params.class_weight.of_classes(&rows.labels);
    let mut alpha = vec![0.0; n];
    libsvm_rs::set_quiet(true);
    let solution = Solver::solve(
        SolverVariant::Standard,
        n,
        Box::new(KernelRows::new(&rows.x, &classes, kernel, params.cache_mb)),
        &vec![-1.0; n],
        &classes,
        &mut alpha,
        params.c * inlier,
        params.c * outlier,
        params.tolerance,
        params.shrinking,
    );
    // The score is minus LIBSVM's decision function, which is positive for inliers.
    alpha.iter_mut().zip(&classes).for_each(|(a, &class)| *a *= -f64::from(class));
    (alpha, -solution.rho)
}

impl Model for SvmParams {
    /// Weights are above 0 for outliers, below for inliers.
    type Learned = SupportVectors;

    const KIND: Kind = Kind {
        peers: &[
            LIBSVM,
            &[
                same("C", "c"),
                instead(
                    "probability",
                    "the score is the distance from the border, without Platt's fit",
                ),
                instead("decision_function_shape", "there are two classes"),
                instead("break_ties", "there are two classes"),
            ],
        ],
        supervised: true,
        ..Kind::of::<Self>(
            "svm",
            "support vector machine: signed distance from the border between the classes",
            "Cortes, Vapnik: Support-Vector Networks, 1995",
        )
    };

    fn deterministic(&self) -> bool {
        self.max_rows.limit().is_none() && self.resample == Resample::None
    }

    fn suits(&self, shape: &TrainingShape) -> Result<(), ParamError> {
        // Fewer rows are kept of more than `max_rows`: how many of the rarer class is known in the fit.
        match self.max_rows.limit().is_some_and(|limit| limit < shape.rows) {
            true => Ok(()),
            false => resample::suits(self.resample, self.smote_neighbours, shape),
        }
    }

    fn fit(&self, fit: Fit<'_>) -> Result<SupportVectors, DetectorError> {
        let Fit { x, labels, seed, watch, .. } = fit;
        let rows = thinned(Rows::new(x, labels), self.max_rows.limit(), seed, watch)?;
        let rows = rows.resampled(self.resample, self.smote_neighbours, seed, watch)?;
        let kernel = self.kernel(self.gamma.of(&rows.x));
        let (weights, rho) = solve(&rows, kernel, self);
        SupportVectors::of(&rows.x, kernel, &weights, rho)
            .ok_or_else(|| overflow("the kernel overflowed"))
    }

    /// The decision function: 0 on the border, 1 and -1 on the margins, positive for outliers.
    fn score(&self, support: &SupportVectors, x: &Matrix) -> Result<Vec<f64>, DetectorError> {
        let scores = support.scores(x, |sum, rho| sum - rho);
        scores.map_err(|row| overflow(&format!("the kernel overflows on row {row}")))
    }

    /// The border between the classes.
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
