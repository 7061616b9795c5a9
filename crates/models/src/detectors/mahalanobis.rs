//! `mahalanobis`: the squared distance to the mean, each direction measured by its own spread.
//!
//! P. C. Mahalanobis: *On the Generalized Distance in Statistics*, 1936. Mean and covariance are those
//! of all training rows, or robust ones (`mcd.rs`).

mod mcd;

use oddbench_core::{DetectorError, Matrix};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    covariance::{covariance, mean, principal_axes},
    kind::Kind,
    model::{Fit, Model},
    parallel::{map_rows, score_rows},
    params::{MOST_PARTS, ParamError, Params, require, require_count},
    peer_names::instead,
    save::Saved,
    spread::{Spread, whitening},
};

/// Which mean and covariance.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Estimator {
    /// Those of all training rows.
    Empirical,
    /// The minimum covariance determinant: those of the rows that lie closest together, corrected and
    /// reweighted, which outliers among the training rows cannot move.
    Mcd,
}

/// Parameters of `mahalanobis`.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct MahalanobisParams {
    /// Which mean and covariance; `mcd` depends on the seed, and is for training rows with outliers
    /// among them.
    pub estimator: Estimator,
    /// The share of the training rows whose covariance has the least determinant, for `mcd`: 0.5 stands
    /// the most outliers, and is rounded up to `(n + d + 1) / 2` rows of `d` features.
    #[schemars(range(min = 0.5, max = 1.0))]
    pub support_fraction: f64,
    /// Random starts of the search of `mcd`: more of them find a smaller determinant, and take longer.
    #[schemars(range(min = 1, max = MOST_PARTS))]
    pub starts: usize,
}

impl Default for MahalanobisParams {
    fn default() -> Self {
        Self { estimator: Estimator::Empirical, support_fraction: 0.5, starts: 500 }
    }
}

impl Params for MahalanobisParams {
    fn check(&self) -> Result<(), ParamError> {
        let share = self.support_fraction;
        require("support_fraction", (0.5..=1.0).contains(&share), "from 0.5 to 1", share)?;
        require_count("starts", self.starts, MOST_PARTS)
    }
}

impl Model for MahalanobisParams {
    type Learned = Spread;

    const KIND: Kind = Kind {
        peers: &[&[
            instead("assume_centered", "the mean is always estimated"),
            instead("store_precision", "a model keeps what it scores by"),
        ]],
        ..Kind::of::<Self>(
            "mahalanobis",
            "squared Mahalanobis distance to the mean under the empirical or a robust covariance",
            "Mahalanobis: On the Generalized Distance in Statistics, 1936",
        )
    };

    fn deterministic(&self) -> bool {
        self.estimator == Estimator::Empirical
    }

    /// Directions along which the training rows do not vary, but for rounding, are left out, which
    /// makes the inverse of the covariance its pseudo-inverse; a note says how many they are.
    fn fit(&self, Fit { x, seed, watch, .. }: Fit<'_>) -> Result<Spread, DetectorError> {
        let mean = mean(x);
        let mut axes = principal_axes(covariance(x, &mean));
        let d = x.cols();
        let kept = axes.varying();
        if kept == 0 {
            return Err(DetectorError::BadInput("all training rows are equal".into()));
        }
        if kept < d {
            watch.note(&format!(
                "the training rows do not vary along {} of {d} directions; these are left out",
                d - kept
            ));
        }
        axes.truncate(kept);
        if self.estimator == Estimator::Empirical {
            return Ok(Spread { mean, whitening: whitening(axes) });
        }
        let robust = mcd::fit(x, &axes, self, seed, watch)?;
        if robust.flat > 0 {
            watch.note(&format!(
                "the central rows do not vary along {} of {kept} directions; these are left out",
                robust.flat
            ));
        }
        Ok(Spread { mean: robust.location, whitening: robust.whitening })
    }

    fn score(&self, spread: &Spread, x: &Matrix) -> Result<Vec<f64>, DetectorError> {
        Ok(score_rows(x, |row| spread.squared_distance(row)))
    }

    /// `(x - m)_i (S^-1 (x - m))_i` for each feature `i`: the parts of which the score is the sum. A
    /// part may be negative: then the value makes a correlated value less surprising.
    fn explain(&self, spread: &Spread, x: &Matrix) -> Result<Option<Matrix>, DetectorError> {
        Ok(Some(map_rows(x, x.cols(), |row, out| {
            let shares = spread.shares(row);
            out.iter_mut().zip(shares).for_each(|(out, share)| *out = share as f32);
        })))
    }

    fn save(Spread { mean, whitening }: &Spread, saved: Saved) -> Saved {
        let (kept, d) = (whitening.len(), mean.len());
        saved.with("mean", &[d], mean.clone()).with("whitening", &[kept, d], whitening.concat())
    }

    fn load(&self, saved: &Saved) -> Result<Spread, DetectorError> {
        let d = saved.n_features;
        let mean = saved.tensor_f64("mean", &[d])?.to_vec();
        let kept = saved.shape("whitening")?.first().copied().unwrap_or(0);
        let whitening = saved.tensor_f64("whitening", &[kept, d])?;
        let whitening = whitening.chunks_exact(d.max(1)).map(<[f64]>::to_vec).collect();
        Ok(Spread { mean, whitening })
    }
}
