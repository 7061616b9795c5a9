//! `pot`: peaks over threshold, the tail of the scores beyond a high quantile.

use serde::{Deserialize, Serialize};

use super::{
    DefaultValue, Key, KeyFault, NoThreshold, RowsOf, ThresholdRule, TunedRows, Undefined, Values,
};
use crate::threshold::quantiles;

/// The score that a share of `risk` would exceed, by the tail beyond a quantile.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Pot {
    /// The quantile that the tail begins at, between 0 and 1.
    pub quantile: f64,
    /// 0 < risk < 1 - quantile.
    pub risk: f64,
    /// Rows whose scores the rule looks at.
    pub of: RowsOf,
}

impl Undefined {
    /// The rule is `pot` and hardly a score lies beyond its level.
    pub const NO_TAIL: Self = Self {
        code: "no-tail",
        reason: "fewer than ten scores lie beyond the level that the tail begins at: lower `quantile`",
    };
}

impl ThresholdRule for Pot {
    const SUMMARY: &'static str = "The score that a share `risk` of the rows would exceed, estimated from the tail of the scores above a quantile.";
    const KEYS: &'static [Key] = &[
        Key {
            name: "quantile",
            values: Values::Share,
            default: DefaultValue::Number(0.98),
            meaning: "Where the tail begins",
        },
        Key {
            name: "risk",
            values: Values::Share,
            default: DefaultValue::Number(0.001),
            meaning: "The share of the rows of `of` that should exceed the threshold, below 1 - quantile",
        },
        RowsOf::KEY,
    ];
    const UNDEFINED: &'static [Undefined] = &[Undefined::NO_TAIL];

    fn check(&self) -> Result<(), KeyFault> {
        let Self { quantile, risk, .. } = self;
        match *risk < 1.0 - quantile {
            true => Ok(()),
            false => Err(KeyFault::at(
                "risk",
                format!(
                    "risk = {risk} is not below 1 - quantile, the share of rows in the tail (quantile = {quantile})"
                ),
                "use a smaller risk, or a lower quantile",
            )),
        }
    }

    fn choose(&self, rows: &TunedRows<'_>) -> Result<f64, NoThreshold> {
        let found = peaks_over_threshold(&rows.scores_of(self.of)?, self.quantile, self.risk);
        found.ok_or(NoThreshold::Undefined(Undefined::NO_TAIL))
    }

    fn words(&self, part: &str) -> String {
        let Self { quantile, risk, of } = self;
        format!(
            "what a share of {risk} would exceed, by the tail beyond the {quantile} quantile of the {}",
            of.scores(part)
        )
    }
}

/// Fewer excesses than this say nothing about a tail.
const LEAST_EXCESSES: usize = 10;

/// Shapes below this have no regular maximum of the likelihood (Smith 1985).
const LOWEST_SHAPE: f64 = -0.5;

/// Peaks over threshold (Siffer et al. 2017, "Anomaly detection in streams with extreme value theory",
/// equation 1): the score that a share of `risk` of such rows would exceed if the excesses over their
/// `level` quantile follow a generalised Pareto distribution. `None` with fewer than ten excesses.
fn peaks_over_threshold(scores: &[f64], level: f64, risk: f64) -> Option<f64> {
    let [start] = quantiles(scores, [level])?;
    let excesses: Vec<f64> = scores.iter().map(|s| s - start).filter(|y| *y > 0.0).collect();
    if excesses.len() < LEAST_EXCESSES {
        return None;
    }
    let tail = Pareto::fit(&excesses);
    let rate = risk * scores.len() as f64 / excesses.len() as f64;
    let beyond = match tail.shape == 0.0 {
        true => -tail.scale * rate.ln(),
        false => tail.scale / tail.shape * (rate.powf(-tail.shape) - 1.0),
    };
    Some(start + beyond)
}

/// The generalised Pareto distribution from 0 on.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Pareto {
    shape: f64,
    scale: f64,
}

impl Pareto {
    /// The maximum of the likelihood over shapes of at least -1/2. With x = shape / scale, the best
    /// shape is the mean of ln(1 + x y) and one unknown remains (Grimshaw 1993); it is searched on a
    /// grid and then by golden sections. `y` are at least one, all above 0.
    fn fit(y: &[f64]) -> Self {
        let n = y.len() as f64;
        let (mean, largest) = (y.iter().sum::<f64>() / n, y.iter().copied().fold(0.0, f64::max));
        let at = |x: f64| match x == 0.0 {
            true => Self { shape: 0.0, scale: mean },
            false => {
                let shape = y.iter().map(|y| (x * y).ln_1p()).sum::<f64>() / n;
                Self { shape, scale: shape / x }
            }
        };
        // The log-likelihood per excess, but for a constant.
        let likelihood = |x: f64| {
            let tail = at(x);
            match tail.shape >= LOWEST_SHAPE && tail.scale > 0.0 {
                true => -tail.scale.ln() - tail.shape,
                false => f64::NEG_INFINITY,
            }
        };
        let negative = (1..200).rev().map(|i| -f64::from(i) / 200.0 / largest);
        let positive = (-160..=80).map(|i| 10f64.powf(f64::from(i) / 20.0) / mean);
        let grid: Vec<f64> = negative.chain([0.0]).chain(positive).collect();
        let best = (0..grid.len())
            .max_by(|&a, &b| likelihood(grid[a]).total_cmp(&likelihood(grid[b])))
            .unwrap_or(0);
        let (mut low, mut high) =
            (grid[best.saturating_sub(1)], grid[(best + 1).min(grid.len() - 1)]);
        let golden = (5f64.sqrt() - 1.0) / 2.0;
        for _ in 0..80 {
            let (a, b) = (high - golden * (high - low), low + golden * (high - low));
            if likelihood(a) > likelihood(b) {
                high = b;
            } else {
                low = a;
            }
        }
        let middle = (low + high) / 2.0;
        at(if likelihood(middle) >= likelihood(grid[best]) { middle } else { grid[best] })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Evenly spaced quantiles of the distribution: what scipy was given too.
    fn sample(shape: f64, scale: f64, n: u32) -> Vec<f64> {
        let value = |i: u32| {
            let above = 1.0 - (f64::from(i) + 0.5) / f64::from(n);
            match shape == 0.0 {
                true => -scale * above.ln(),
                false => scale / shape * (above.powf(-shape) - 1.0),
            }
        };
        (0..n).map(value).collect()
    }

    /// `scipy.stats.genpareto.fit(y, floc=0)`, SciPy 1.17.1, on the same samples.
    #[test]
    fn the_tail_is_scipys() {
        for (shape, scale, n, fitted) in FITTED_BY_SCIPY {
            let tail = Pareto::fit(&sample(shape, scale, n));
            let near = |ours: f64, theirs: f64| (ours - theirs).abs() < 2e-4;
            assert!(
                near(tail.shape, fitted.0) && near(tail.scale, fitted.1),
                "{tail:?} {fitted:?}"
            );
        }
    }

    const FITTED_BY_SCIPY: [(f64, f64, u32, (f64, f64)); 4] = [
        (0.3, 2.0, 400, (0.295747, 2.006236)),
        (0.0, 1.5, 300, (-0.007334, 1.509246)),
        (-0.2, 1.0, 500, (-0.205976, 1.005406)),
        (0.05, 0.01, 50, (0.014518, 0.010281)),
    ];

    #[test]
    fn the_threshold_is_exceeded_as_often_as_asked() {
        // An exponential distribution: the score that a share r exceeds is -ln r.
        let scores = sample(0.0, 1.0, 100_000);
        for risk in [1e-2, 1e-3, 1e-4] {
            let threshold = peaks_over_threshold(&scores, 0.95, risk).unwrap();
            assert!((threshold + f64::ln(risk)).abs() < 0.02, "{risk}: {threshold}");
        }
        assert_eq!(peaks_over_threshold(&[1.0; 500], 0.9, 1e-3), None);
        assert_eq!(peaks_over_threshold(&[], 0.9, 1e-3), None);
    }
}
