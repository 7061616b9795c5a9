//! `gmm`: a mixture of normal distributions; the score is minus the logarithm of its density.
//!
//! A. P. Dempster, N. M. Laird, D. B. Rubin: *Maximum Likelihood from Incomplete Data via the EM
//! Algorithm*, 1977. Begun and ended as scikit-learn's `GaussianMixture` does it. linfa-clustering has a
//! mixture too; docs/ARCHITECTURE.md says why it is not this one.

mod em;
mod mixture;

use oddbench_core::{DetectorError, Matrix};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    kind::Kind,
    model::{Fit, Model},
    parallel::score_distinct_blocks,
    params::{MOST_PARTS, MOST_STEPS, ParamError, Params, require, require_count},
    peer_names::{instead, same},
    save::Saved,
    training_shape::TrainingShape,
};
use mixture::Mixture;

/// Which covariances the components have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum CovarianceType {
    /// Each component has its own covariance.
    Full,
    /// Like `full`, but without covariance between columns: the time of a step grows with the number of
    /// columns, not with its square.
    Diag,
}

/// Parameters of `gmm`.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct GmmParams {
    /// Number of normal distributions, 1 or more and at most the number of training rows.
    /// scikit-learn's default is 1, which ranks as `mahalanobis` does.
    #[schemars(range(min = 1))]
    pub n_components: usize,
    /// Which covariances they have.
    pub covariance_type: CovarianceType,
    /// Is added to every variance, 0 or more. Columns that are constant within a component need it. A
    /// larger one makes small deviations in such columns count less.
    #[schemars(range(min = 0.0))]
    pub reg_covar: f64,
    /// Most steps of a start, from 1 to 1,000,000; a note tells that they were not enough.
    #[schemars(range(min = 1, max = MOST_STEPS))]
    pub max_iter: u32,
    /// A start ends when a step changes the mean log-likelihood of a training row by less than this;
    /// 0 or more, scikit-learn's `tol`.
    #[schemars(range(min = 0.0))]
    pub tolerance: f64,
    /// Number of starts, from 1 to 10,000, each from the clusters of one k-means start. The mixture of the
    /// greatest likelihood is kept.
    #[schemars(range(min = 1, max = MOST_PARTS))]
    pub n_init: u32,
}

impl Default for GmmParams {
    fn default() -> Self {
        Self {
            n_components: 8,
            covariance_type: CovarianceType::Full,
            reg_covar: 1e-6,
            max_iter: 100,
            tolerance: 1e-3,
            n_init: 1,
        }
    }
}

impl Params for GmmParams {
    fn check(&self) -> Result<(), ParamError> {
        let not_negative = |value: f64| value >= 0.0 && value.is_finite();
        require("n_components", self.n_components >= 1, "1 or more", self.n_components)?;
        let added = self.reg_covar;
        require("reg_covar", not_negative(added), "0 or more and finite", added)?;
        require_count("max_iter", self.max_iter, MOST_STEPS)?;
        let tolerance = self.tolerance;
        require("tolerance", not_negative(tolerance), "0 or more and finite", tolerance)?;
        require_count("n_init", self.n_init, MOST_PARTS)
    }
}

const STARTS: &str = "every start begins at the clusters of k-means";

impl Model for GmmParams {
    type Learned = Mixture;

    const KIND: Kind = Kind {
        peers: &[&[
            same("tol", "tolerance"),
            instead("init_params", STARTS),
            instead("weights_init", STARTS),
            instead("means_init", STARTS),
            instead("precisions_init", STARTS),
            instead("verbose_interval", "`oddbench run` shows the progress of every fit"),
        ]],
        ..Kind::of::<Self>(
            "gmm",
            "mixture of normal distributions: minus the log-likelihood of a row",
            "Dempster, Laird, Rubin: Maximum Likelihood from Incomplete Data via the EM Algorithm, 1977",
        )
    };

    /// One component is where EM begins, whatever the clusters.
    fn deterministic(&self) -> bool {
        self.n_components == 1
    }

    fn suits(&self, shape: &TrainingShape) -> Result<(), ParamError> {
        let (k, n) = (self.n_components, shape.rows);
        let message = || format!("{k} components need as many training rows, there are {n}");
        if n < k { Err(ParamError::at("n_components", message())) } else { Ok(()) }
    }

    fn fit(&self, Fit { x, seed, watch, .. }: Fit<'_>) -> Result<Mixture, DetectorError> {
        em::fit(x, self, seed, watch)
    }

    fn score(&self, mixture: &Mixture, x: &Matrix) -> Result<Vec<f64>, DetectorError> {
        Ok(score_distinct_blocks(x, |rows, scores| mixture.score(rows, scores)))
    }

    fn save(mixture: &Mixture, saved: Saved) -> Saved {
        mixture.save(saved)
    }

    fn load(&self, saved: &Saved) -> Result<Mixture, DetectorError> {
        Mixture::load(self.n_components, self.covariance_type, saved)
    }
}
