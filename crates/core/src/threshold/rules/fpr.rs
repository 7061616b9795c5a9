//! `fpr`: a bound on the share of inliers that are called outliers.

use serde::{Deserialize, Serialize};

use super::{DefaultValue, Key, NoThreshold, RowsOf, ThresholdRule, TunedRows, Undefined, Values};

/// The smallest threshold at which at most this share of the inliers is called outliers.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fpr {
    /// The greatest false positive rate, between 0 and 1.
    pub rate: f64,
}

impl Undefined {
    /// The rule is `fpr` and one inlier is more than the rate allows.
    pub const RATE_TOO_SMALL: Self = Self {
        code: "rate-too-small",
        reason: "the part that is tuned on has fewer than 1 / `rate` inliers, too few to tell this rate from 0: give it more rows, or raise `rate`",
    };
}

impl ThresholdRule for Fpr {
    const SUMMARY: &'static str = "The smallest threshold with at most that false positive rate.";
    const KEYS: &'static [Key] = &[Key {
        name: "rate",
        values: Values::Share,
        default: DefaultValue::Required("rate = 0.001, or another number between 0 and 1"),
        meaning: "The greatest share of the inliers that may be called outliers",
    }];
    const UNDEFINED: &'static [Undefined] = &[Undefined::RATE_TOO_SMALL];

    fn choose(&self, rows: &TunedRows<'_>) -> Result<f64, NoThreshold> {
        let mut scores = rows.scores_of(RowsOf::Inliers)?;
        match most_above(scores.len(), self.rate) {
            0 => Err(NoThreshold::Undefined(Undefined::RATE_TOO_SMALL)),
            // A score that equals the threshold is not above it, so the rate is never exceeded. A threshold
            // below this score would call this score and all scores above it outliers.
            most => Ok(*scores.select_nth_unstable_by(most, |a, b| b.total_cmp(a)).1),
        }
    }

    fn words(&self, part: &str) -> String {
        format!("at most a share of {} of the {part} inliers above", self.rate)
    }
}

/// The greatest number of inliers whose share of all is at most the rate; below `inliers`.
fn most_above(inliers: usize, rate: f64) -> usize {
    // The product is rounded: 0.29 of 100 would be 28.
    let near = (rate * inliers as f64) as usize;
    let allowed = |most: usize| most as f64 / inliers as f64 <= rate;
    let mut fits = (near.saturating_sub(1)..=near + 1).filter(|&most| allowed(most));
    fits.next_back().unwrap_or(0).min(inliers - 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn choose(inliers: &[f64], rate: f64) -> Result<f64, NoThreshold> {
        let mut scores = inliers.to_vec();
        // Outliers on both sides have no part in it.
        scores.extend([-9.0, 99.0]);
        let mut labels = vec![false; inliers.len()];
        labels.extend([true, true]);
        Fpr { rate }.choose(&TunedRows { labels: &labels, scores: &scores, native: None })
    }

    #[test]
    fn by_hand() {
        let scores: Vec<f64> = (1..=10).map(f64::from).collect();
        // One of ten may be above: 10. A threshold of 8.9 would let two be above.
        assert_eq!(choose(&scores, 0.1), Ok(9.0));
        assert_eq!(choose(&scores, 0.19), Ok(9.0));
        assert_eq!(choose(&scores, 0.2), Ok(8.0));
        assert_eq!(choose(&scores, 0.99), Ok(1.0));
    }

    #[test]
    fn ties_stay_below() {
        // Two of ten may be above, but three are tied: none of them is.
        let scores = [1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 8.0, 8.0];
        assert_eq!(choose(&scores, 0.2), Ok(8.0));
        assert_eq!(choose(&scores, 0.3), Ok(7.0));
        assert_eq!(choose(&[5.0; 4], 0.5), Ok(5.0));
    }

    #[test]
    fn a_rate_below_one_inlier_gives_no_threshold() {
        let too_small = Err(NoThreshold::Undefined(Undefined::RATE_TOO_SMALL));
        assert_eq!(choose(&[1.0; 999], 1e-3), too_small);
        let scores: Vec<f64> = (0..1000).map(f64::from).collect();
        assert_eq!(choose(&scores, 1e-3), Ok(998.0));
        assert_eq!(choose(&[1.0], 0.5), too_small);
        assert_eq!(choose(&[], 0.5), Err(NoThreshold::Rows("inliers")));
    }

    #[test]
    fn a_share_that_is_a_whole_number_of_rows_is_not_rounded_away() {
        for (inliers, rate, most) in
            [(100, 0.29, 29), (100, 0.07, 7), (3000, 1e-3, 3), (10, 0.3, 3)]
        {
            assert_eq!(most_above(inliers, rate), most, "{rate} of {inliers}");
        }
    }
}
