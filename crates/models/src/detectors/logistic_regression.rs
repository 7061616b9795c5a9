//! `logistic-regression`: the weighted sum of the features that gives the log-odds of an outlier.
//!
//! D. R. Cox: *The Regression Analysis of Binary Sequences*, JRSS B 20, 1958, with weights held back by
//! their squares (A. Hoerl, R. Kennard: *Ridge Regression*, 1970). The minimum is searched by smartcore's
//! L-BFGS. The loss is computed here, once for each distinct row, on all cores and with a weight for each
//! class. smartcore's own `LogisticRegression` has the same minimum, but neither weights nor a limit of its
//! own for the gradient, one thread, and no way to stop it.

mod loss;

use oddbench_core::{DetectorError, Matrix};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use self::loss::{Loss, dot};
use crate::{
    kind::Kind,
    model::{Fit, Model},
    parallel::{map_rows, score_rows},
    params::{MOST_STEPS, ParamError, Params, require, require_count},
    peer_names::{instead, same},
    resample::{self, Resample, Rows},
    save::Saved,
    supervised::ClassWeight,
    training_shape::TrainingShape,
};

/// Parameters of `logistic-regression`.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct LogisticRegressionParams {
    /// What the loss of the rows counts against half the sum of the squared coefficients, above 0: the
    /// lower, the closer to 0 the coefficients. The intercept is not held back. Scale the columns.
    #[schemars(extend("exclusiveMinimum" = 0))]
    pub c: f64,
    /// Weight of the classes: "none", "balanced" (both weigh the same in sum), or the weight of an
    /// outlier, where an inlier weighs 1.
    pub class_weight: ClassWeight,
    /// The solver stops when no entry of the gradient of the mean loss is larger, above 0 and below 1.
    #[schemars(extend("exclusiveMinimum" = 0, "exclusiveMaximum" = 1))]
    pub tolerance: f64,
    /// Steps of the solver at most. A fit that ends here says so in a note.
    #[schemars(range(min = 1, max = MOST_STEPS))]
    pub max_iter: usize,
    /// How training rows whose classes differ in size are made even: "none", "smote" (synthetic rows),
    /// "over" (repeated rows), "under" (fewer rows). No other row is touched.
    pub resample: Resample,
    /// smote only: a synthetic row lies between a row and one of so many of the nearest of its class.
    #[schemars(range(min = 1))]
    pub smote_neighbours: usize,
}

impl Default for LogisticRegressionParams {
    fn default() -> Self {
        Self {
            c: 1.0,
            class_weight: ClassWeight::None,
            tolerance: 1e-5,
            max_iter: 1000,
            resample: Resample::None,
            smote_neighbours: 5,
        }
    }
}

impl Params for LogisticRegressionParams {
    fn check(&self) -> Result<(), ParamError> {
        require("c", self.c > 0.0 && self.c.is_finite(), "above 0", self.c)?;
        self.class_weight.check()?;
        let tolerance = self.tolerance;
        require("tolerance", tolerance > 0.0 && tolerance < 1.0, "above 0 and below 1", tolerance)?;
        require_count("max_iter", self.max_iter, MOST_STEPS)?;
        resample::check(self.smote_neighbours)
    }
}

/// The log-odds of an outlier as a linear function of a row.
pub struct Linear {
    /// One per feature.
    coefficients: Vec<f64>,
    intercept: f64,
}

impl Model for LogisticRegressionParams {
    type Learned = Linear;

    const KIND: Kind = Kind {
        supervised: true,
        peers: &[&[
            same("C", "c"),
            same("tol", "tolerance"),
            instead("alpha", "`c` is one over alpha"),
            instead("penalty", SQUARES),
            instead("l1_ratio", SQUARES),
            instead("dual", SOLVER),
            instead("solver", SOLVER),
            instead("fit_intercept", "there is always an intercept, which is not held back"),
            instead("intercept_scaling", "the intercept is not held back"),
            instead("multi_class", "there are two classes"),
        ]],
        ..Kind::of::<Self>(
            "logistic-regression",
            "logistic regression: log-odds of an outlier, linear in the features",
            "Cox: The Regression Analysis of Binary Sequences, 1958",
        )
    };

    fn deterministic(&self) -> bool {
        self.resample == Resample::None
    }

    fn suits(&self, shape: &TrainingShape) -> Result<(), ParamError> {
        resample::suits(self.resample, self.smote_neighbours, shape)
    }

    fn fit(&self, fit: Fit<'_>) -> Result<Linear, DetectorError> {
        let Fit { x, labels, seed, watch, .. } = fit;
        let rows = Rows::new(x, labels);
        let rows = rows.resampled(self.resample, self.smote_neighbours, seed, watch)?;
        let weights = self.class_weight.of_classes(&rows.labels);
        let found =
            Loss::new(&rows, weights, self.c).minimum(self.max_iter, self.tolerance, watch)?;
        if found.gradient > self.tolerance {
            watch.note(&format!(
                "the solver stopped after {} of max_iter = {} steps, before its tolerance: an entry of the \
                 gradient is still {:.1e}; scaled columns, a lower c or a higher max_iter help",
                found.iterations, self.max_iter, found.gradient
            ));
        }
        let mut coefficients = found.at;
        let intercept = coefficients.pop().unwrap_or_default();
        Ok(Linear { coefficients, intercept })
    }

    /// The log-odds of an outlier, if the model is to be believed.
    fn score(&self, linear: &Linear, x: &Matrix) -> Result<Vec<f64>, DetectorError> {
        Ok(score_rows(x, |row| dot(row, &linear.coefficients) + linear.intercept))
    }

    /// Coefficient times value: with the intercept they add up to the score.
    fn explain(&self, linear: &Linear, x: &Matrix) -> Result<Option<Matrix>, DetectorError> {
        Ok(Some(map_rows(x, x.cols(), |row, out| {
            for ((part, value), coefficient) in out.iter_mut().zip(row).zip(&linear.coefficients) {
                *part = (f64::from(*value) * coefficient) as f32;
            }
        })))
    }

    /// Even odds.
    fn native_threshold(&self, _: &Linear) -> Option<f64> {
        Some(0.0)
    }

    fn save(Linear { coefficients, intercept }: &Linear, saved: Saved) -> Saved {
        let saved = saved.with("coefficients", &[coefficients.len()], coefficients.clone());
        saved.with("intercept", &[], vec![*intercept])
    }

    fn load(&self, saved: &Saved) -> Result<Linear, DetectorError> {
        let coefficients = saved.tensor_f64("coefficients", &[saved.n_features])?.to_vec();
        Ok(Linear { coefficients, intercept: saved.tensor_f64("intercept", &[])?[0] })
    }
}

const SQUARES: &str = "coefficients are held back by their squares, as much as `c` says";
const SOLVER: &str = "the minimum is the same whatever the solver; `tolerance` says how near to it";
