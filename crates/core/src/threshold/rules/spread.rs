//! `k-sigma`, `mad`, `iqr`: the centre of the scores plus `k` times their spread.

use serde::{Deserialize, Serialize};

use super::{DefaultValue, Key, NoThreshold, RowsOf, ThresholdRule, TunedRows, Undefined, Values};
use crate::threshold::quantiles;

impl Undefined {
    /// The spread of the scores, or the centre and `k` spreads, are no finite number.
    pub const OVERFLOW: Self = Self {
        code: "overflow",
        reason: "the scores are so large that centre and spread are no finite numbers: let the model give smaller scores, or choose a rule by rank, such as \"quantile\"",
    };
}

macro_rules! spread {
    ($Rule:ident, $k:literal, $threshold:ident, $summary:literal, $spreads:literal) => {
        #[doc = $summary]
        #[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
        #[serde(deny_unknown_fields)]
        pub struct $Rule {
            /// How many spreads, above 0.
            pub k: f64,
            /// Rows whose scores the rule looks at.
            pub of: RowsOf,
        }

        impl ThresholdRule for $Rule {
            const SUMMARY: &'static str = $summary;
            const KEYS: &'static [Key] = &[
                Key {
                    name: "k",
                    values: Values::Positive,
                    default: DefaultValue::Number($k),
                    meaning: "Threshold = centre + k × spread",
                },
                RowsOf::KEY,
            ];
            const UNDEFINED: &'static [Undefined] = &[Undefined::OVERFLOW];

            fn choose(&self, rows: &TunedRows<'_>) -> Result<f64, NoThreshold> {
                let threshold = $threshold(&rows.scores_of(self.of)?, self.k);
                match threshold.ok_or(NoThreshold::Rows("rows"))? {
                    threshold if threshold.is_finite() => Ok(threshold),
                    _ => Err(NoThreshold::Undefined(Undefined::OVERFLOW)),
                }
            }

            fn words(&self, part: &str) -> String {
                format!(concat!($spreads, " of the {}"), self.k, self.of.scores(part))
            }
        }
    };
}

spread!(KSigma, 3.0, k_sigma, "Mean plus k standard deviations.", "mean + {} standard deviations");
spread!(
    Mad,
    3.0,
    mad,
    "Median plus k scaled median absolute deviations.",
    "median + {} scaled median absolute deviations"
);
// Tukey took one and a half interquartile ranges.
spread!(
    Iqr,
    1.5,
    iqr,
    "Third quartile plus k interquartile ranges.",
    "third quartile + {} interquartile ranges"
);

/// It uses the standard deviation of the population.
fn k_sigma(scores: &[f64], k: f64) -> Option<f64> {
    let n = scores.len() as f64;
    let mean = scores.iter().sum::<f64>() / n;
    let variance = scores.iter().map(|s| (s - mean).powi(2)).sum::<f64>() / n;
    (!scores.is_empty()).then(|| mean + k * variance.sqrt())
}

/// Scaled by 1.4826, the deviation estimates the standard deviation of a normal distribution
/// (Leys et al. 2013).
fn mad(scores: &[f64], k: f64) -> Option<f64> {
    let [median] = quantiles(scores, [0.5])?;
    let distances: Vec<f64> = scores.iter().map(|s| (s - median).abs()).collect();
    let [deviation] = quantiles(&distances, [0.5])?;
    Some(median + k * 1.4826 * deviation)
}

/// Tukey 1977.
fn iqr(scores: &[f64], k: f64) -> Option<f64> {
    let [low, high] = quantiles(scores, [0.25, 0.75])?;
    Some(high + k * (high - low))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spreads_by_hand() {
        let scores = [1.0, 2.0, 3.0, 4.0, 10.0];
        // Mean 4, squared deviations 9 + 4 + 1 + 0 + 36 = 50, 50 / 5 = 10.
        let sigma = k_sigma(&scores, 2.0).unwrap();
        assert!((sigma - (4.0 + 2.0 * 10f64.sqrt())).abs() < 1e-12);
        // Median 3, distances 2 1 0 1 7, their median 1.
        assert!((mad(&scores, 3.0).unwrap() - (3.0 + 3.0 * 1.4826)).abs() < 1e-12);
        // Quartiles 2 and 4.
        assert_eq!(iqr(&scores, 1.5), Some(7.0));
        for empty in [k_sigma(&[], 1.0), mad(&[], 1.0), iqr(&[], 1.0)] {
            assert_eq!(empty, None);
        }
    }

    /// The squares of 1e200 are no numbers; the quartiles are, until their distance is multiplied.
    #[test]
    fn scores_that_are_too_large_give_no_threshold_and_a_reason() {
        fn rows(scores: &[f64; 4]) -> TunedRows<'_> {
            TunedRows { labels: &[false; 4], scores, native: None }
        }
        let of = RowsOf::Inliers;
        let overflow = Err(NoThreshold::Undefined(Undefined::OVERFLOW));
        let huge = [1e200, 2e200, 3e200, 4e200];
        assert_eq!(KSigma { k: 3.0, of }.choose(&rows(&huge)), overflow);
        assert!(Mad { k: 3.0, of }.choose(&rows(&huge)).is_ok());
        assert!(Iqr { k: 1.5, of }.choose(&rows(&huge)).is_ok());
        let largest = [-f64::MAX, -f64::MAX, f64::MAX, f64::MAX];
        assert_eq!(Mad { k: 3.0, of }.choose(&rows(&largest)), overflow);
        assert_eq!(Iqr { k: 1.5, of }.choose(&rows(&largest)), overflow);
    }
}
