//! Scales of numeric columns, with scikit-learn's definitions: `MinMaxScaler`, `StandardScaler`,
//! `RobustScaler`.

use serde::{Deserialize, Serialize};

use super::Scale;
use crate::threshold::quantiles;

/// If the minimum-to-maximum or interquartile range is smaller, scikit-learn takes the column for constant.
const SMALLEST_RANGE: f64 = 10.0 * f64::EPSILON;

/// Maps a value to `(value − offset) / range`.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Scaling {
    offset: f64,
    range: f64,
}

impl Scaling {
    /// Learns offset and range from at least one finite value; `None` if they overflow.
    pub(super) fn fit(values: &[f64], scale: Scale) -> Option<Self> {
        let (offset, range) = match scale {
            Scale::None => (0.0, 1.0),
            Scale::MinMax => {
                let min = values.iter().copied().fold(f64::INFINITY, f64::min);
                let max = values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
                (min, unless(max - min < SMALLEST_RANGE, max - min))
            }
            Scale::Standard => mean_and_deviation(values),
            Scale::Robust => {
                let [low, median, high] = quantiles(values, [0.25, 0.5, 0.75])?;
                (median, unless(high - low < SMALLEST_RANGE, high - low))
            }
        };
        (offset.is_finite() && range.is_finite()).then_some(Self { offset, range })
    }

    /// The scaled value in single precision; `None` if it does not fit.
    pub(super) fn apply(self, value: f64) -> Option<f32> {
        let scaled = ((value - self.offset) / self.range) as f32;
        scaled.is_finite().then_some(scaled)
    }
}

impl Scaling {
    /// What a difference of raw values is divided by.
    pub(super) fn range(self) -> f64 {
        self.range
    }

    /// The value that is scaled to this one.
    pub(super) fn invert(self, scaled: f64) -> f64 {
        scaled * self.range + self.offset
    }
}

/// The range to divide by: 1 for a constant column.
fn unless(constant: bool, range: f64) -> f64 {
    if constant { 1.0 } else { range }
}

/// Mean and the population's standard deviation in two passes. If the variance is within the rounding
/// error of these passes, the values count as constant (Chan, Golub and LeVeque 1983, as in scikit-learn).
fn mean_and_deviation(values: &[f64]) -> (f64, f64) {
    let n = values.len() as f64;
    let mean = values.iter().sum::<f64>() / n;
    let variance = values.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / n;
    let error = n * f64::EPSILON * variance + (n * mean * f64::EPSILON).powi(2);
    (mean, unless(variance.is_finite() && variance <= error, variance.sqrt()))
}
