//! How a figure varies over the trials of a row.

use oddbench_core::stats::median;
use serde::Serialize;

/// How a figure varies over the trials of a row in which it is defined.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Spread {
    /// Trials in which it is defined, at least 1.
    pub n: usize,
    /// Arithmetic mean.
    pub mean: f64,
    /// Sample standard deviation (divisor n − 1); `None` for one trial.
    pub sd: Option<f64>,
    /// Median; the mean of the middle two where n is even.
    pub median: f64,
    /// Smallest.
    pub min: f64,
    /// Greatest.
    pub max: f64,
}

impl Spread {
    /// The spread of finite values; `None` if there are none.
    pub fn of(values: impl IntoIterator<Item = f64>) -> Option<Self> {
        let mut sorted: Vec<f64> = values.into_iter().filter(|v| v.is_finite()).collect();
        sorted.sort_by(f64::total_cmp);
        let (&min, &max) = (sorted.first()?, sorted.last()?);
        let n = sorted.len();
        let mean = sorted.iter().sum::<f64>() / n as f64;
        let squares: f64 = sorted.iter().map(|v| (v - mean).powi(2)).sum();
        let median = median(sorted.iter().copied())?;
        Some(Self {
            n,
            mean,
            sd: (n > 1).then(|| (squares / (n - 1) as f64).sqrt()),
            median,
            min,
            max,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_spread_of_four_values() {
        let spread = Spread::of([2.0, 4.0, 4.0, 10.0]).unwrap();
        // mean 5, squared deviations 9 + 1 + 1 + 25 = 36, 36 / 3 = 12
        assert_eq!((spread.n, spread.mean, spread.median), (4, 5.0, 4.0));
        assert!((spread.sd.unwrap() - 12.0_f64.sqrt()).abs() < 1e-15);
        assert_eq!((spread.min, spread.max), (2.0, 10.0));
    }

    #[test]
    fn one_seed_has_no_deviation_and_none_has_no_spread() {
        assert_eq!(Spread::of([0.5]).unwrap().sd, None);
        assert_eq!(Spread::of([]), None);
    }
}
