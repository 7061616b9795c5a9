//! Rules that ask what scores are usual, and no label which of them are attacks: spread around the
//! middle, and the tail beyond a high quantile.

use super::quantiles;
use crate::evaluate::SpreadMethod;

/// Fewer excesses than this say nothing about a tail.
pub(crate) const LEAST_EXCESSES: usize = 10;

/// Shapes below this have no regular maximum of the likelihood (Smith 1985).
const LOWEST_SHAPE: f64 = -0.5;

/// The middle of the scores plus `k` times their spread; `None` without scores.
///
/// `k-sigma`: mean and standard deviation (of the population). `mad`: median and median absolute
/// deviation, scaled by 1.4826 so that it estimates the standard deviation of a normal distribution
/// (Leys et al. 2013). `iqr`: the third quartile and the interquartile range (Tukey 1977).
pub(super) fn spread(scores: &[f64], method: SpreadMethod, k: f64) -> Option<f64> {
    match method {
        SpreadMethod::KSigma => {
            #[expect(clippy::cast_precision_loss, reason = "row counts are far below 2^53")]
            let n = scores.len() as f64;
            let mean = scores.iter().sum::<f64>() / n;
            let variance = scores.iter().map(|s| (s - mean).powi(2)).sum::<f64>() / n;
            (!scores.is_empty()).then(|| mean + k * variance.sqrt())
        }
        SpreadMethod::Mad => {
            let [median] = quantiles(scores, [0.5])?;
            let distances: Vec<f64> = scores.iter().map(|s| (s - median).abs()).collect();
            let [deviation] = quantiles(&distances, [0.5])?;
            Some(median + k * 1.4826 * deviation)
        }
        SpreadMethod::Iqr => {
            let [low, high] = quantiles(scores, [0.25, 0.75])?;
            Some(high + k * (high - low))
        }
    }
}

/// Peaks over threshold (Siffer et al. 2017, "Anomaly detection in streams with extreme value theory",
/// equation 1): the score that a share of `risk` of such rows would exceed if the excesses over their
/// `level` quantile follow a generalised Pareto distribution. `None` with fewer than ten excesses.
#[expect(clippy::cast_precision_loss, reason = "row counts are far below 2^53")]
pub(super) fn peaks_over_threshold(scores: &[f64], level: f64, risk: f64) -> Option<f64> {
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
    #[expect(clippy::cast_precision_loss, reason = "row counts are far below 2^53")]
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

    #[test]
    fn spreads_by_hand() {
        let scores = [1.0, 2.0, 3.0, 4.0, 10.0];
        // Mean 4, squared deviations 9 + 4 + 1 + 0 + 36 = 50, 50 / 5 = 10.
        let sigma = spread(&scores, SpreadMethod::KSigma, 2.0).unwrap();
        assert!((sigma - (4.0 + 2.0 * 10f64.sqrt())).abs() < 1e-12);
        // Median 3, distances 2 1 0 1 7, their median 1.
        assert!(
            (spread(&scores, SpreadMethod::Mad, 3.0).unwrap() - (3.0 + 3.0 * 1.4826)).abs() < 1e-12
        );
        // Quartiles 2 and 4.
        assert_eq!(spread(&scores, SpreadMethod::Iqr, 1.5), Some(7.0));
        for method in [SpreadMethod::KSigma, SpreadMethod::Mad, SpreadMethod::Iqr] {
            assert_eq!(spread(&[], method, 1.0), None);
        }
    }
}
