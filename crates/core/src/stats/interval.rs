//! Bootstrap intervals of the metrics of one model on its test rows.

use serde::{Deserialize, Serialize};

use super::resample::Bootstrap;
use super::resampled::Resamples;
use crate::threshold::quantiles;

/// The share of resamples in which a metric may be undefined (precision, where no row is called an
/// outlier) before its interval is too.
const UNDEFINED_SHARE: f64 = 0.05;

/// Where a metric may lie, given that the test rows are a sample.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Interval {
    /// Lower end.
    pub low: f64,
    /// Upper end.
    pub high: f64,
}

/// One interval per metric; `None` where the metric is undefined on the rows.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Intervals {
    /// Of accuracy at the threshold.
    pub accuracy: Option<Interval>,
    /// Of precision at the threshold.
    pub precision: Option<Interval>,
    /// Of recall at the threshold.
    pub recall: Option<Interval>,
    /// Of F1 at the threshold.
    pub f1: Option<Interval>,
    /// Of F2 at the threshold.
    pub f2: Option<Interval>,
    /// Of the area under the ROC curve.
    pub roc_auc: Option<Interval>,
    /// Of average precision.
    pub average_precision: Option<Interval>,
}

/// Percentile intervals over resamples of the rows, each label for itself. The threshold is held
/// fixed: an oracle's own uncertainty is not in them. Panics if the lengths differ.
pub fn intervals(
    labels: &[bool],
    scores: &[f64],
    threshold: f64,
    settings: Bootstrap,
) -> Intervals {
    Resamples::draw(labels, settings).measure(scores, Some(threshold)).intervals()
}

#[expect(clippy::cast_precision_loss, reason = "there are few resamples")]
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
