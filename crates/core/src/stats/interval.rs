//! Percentile intervals.

use serde::{Deserialize, Serialize};

use super::resample::Bootstrap;
use crate::threshold::quantiles;

/// The share of resamples in which a metric may be undefined (precision, where no row is called an
/// outlier) before its interval is too.
pub(super) const UNDEFINED_SHARE: f64 = 0.05;

/// Where a metric may lie, given that the test rows are a sample.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Interval {
    /// Lower end.
    pub low: f64,
    /// Upper end.
    pub high: f64,
}

/// The interval between the percentiles of resampled values; `None` where too many of them are undefined.
pub(super) fn percentiles(
    drawn: impl ExactSizeIterator<Item = Option<f64>>,
    settings: Bootstrap,
) -> Option<Interval> {
    let most_undefined = drawn.len() as f64 * UNDEFINED_SHARE;
    let n = drawn.len();
    let defined: Vec<f64> = drawn.flatten().collect();
    if (n - defined.len()) as f64 > most_undefined {
        return None;
    }
    let [low, high] = quantiles(&defined, settings.tails())?;
    Some(Interval { low, high })
}
