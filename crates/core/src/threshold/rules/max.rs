//! `max-accuracy`, `max-f1`, `max-f2`: the candidate with the best figure, in O(n log n).
//!
//! Candidates are the distinct scores themselves, rounded if the settings say so, as the 2020 study did;
//! "every row is an outlier" is therefore not a candidate. Among equally good candidates the lowest wins,
//! as in the study's loop over sorted candidates.

use serde::{Deserialize, Serialize};

use super::{DefaultValue, Key, NoThreshold, Rule, ThresholdRule, TunedRows, Values};
use crate::metrics::{ClassWeights, Metric, Tally, tallies};

/// The candidate with the best accuracy.
pub type MaxAccuracy = Max<0>;
/// The candidate with the best F1.
pub type MaxF1 = Max<1>;
/// The candidate with the best F2.
pub type MaxF2 = Max<2>;

/// The candidate with the best F of this beta; 0 stands for the best accuracy.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Max<const BETA: u32> {
    /// Weigh the classes as if this share of the rows, 0 < share < 1, were outliers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub prevalence: Option<f64>,
    /// Round candidate thresholds to this many decimals before they are tried.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub decimals: Option<u32>,
}

impl<const BETA: u32> ThresholdRule for Max<BETA> {
    const SUMMARY: &'static str = match BETA {
        0 => "The score with the best accuracy.",
        1 => "The score with the best F1.",
        _ => "The score with the best F2.",
    };
    const KEYS: &'static [Key] = &[
        Key {
            name: "prevalence",
            values: Values::Share,
            default: DefaultValue::Absent,
            meaning: "Weigh the classes as if this share of the rows were outliers",
        },
        Key {
            name: "decimals",
            values: Values::Whole { min: 0, max: 15, unit: "" },
            default: DefaultValue::Absent,
            meaning: "Round candidate thresholds to this many decimals",
        },
    ];

    fn choose(&self, rows: &TunedRows<'_>) -> Result<f64, NoThreshold> {
        let metric = match BETA {
            0 => Metric::Accuracy,
            1 => Metric::F1,
            _ => Metric::F2,
        };
        maximise(rows, metric, self.prevalence, self.decimals)
    }

    fn words(&self, part: &str) -> String {
        match BETA {
            0 => format!("max-accuracy on the {part} rows"),
            beta => format!("max-f{beta} on the {part} rows"),
        }
    }

    fn details(&self) -> String {
        let weighed = self.prevalence.map(|share| format!(", classes weighed to {share} outliers"));
        let rounded = self.decimals.map(|n| format!(", candidates rounded to {n} decimals"));
        weighed.unwrap_or_default() + &rounded.unwrap_or_default()
    }
}

impl Rule {
    /// The rule with other class weights and rounding, by what they are now (prevalence, decimals);
    /// `None` if it has neither.
    pub fn adjusted(
        self,
        change: impl Fn(Option<f64>, Option<u32>) -> (Option<f64>, Option<u32>),
    ) -> Option<Self> {
        fn other<const BETA: u32>((prevalence, decimals): (Option<f64>, Option<u32>)) -> Max<BETA> {
            Max { prevalence, decimals }
        }
        match self {
            Self::MaxAccuracy(max) => {
                Some(Self::MaxAccuracy(other(change(max.prevalence, max.decimals))))
            }
            Self::MaxF1(max) => Some(Self::MaxF1(other(change(max.prevalence, max.decimals)))),
            Self::MaxF2(max) => Some(Self::MaxF2(other(change(max.prevalence, max.decimals)))),
            _ => None,
        }
    }
}

fn maximise(
    rows: &TunedRows<'_>,
    metric: Metric,
    prevalence: Option<f64>,
    decimals: Option<u32>,
) -> Result<f64, NoThreshold> {
    // Ascending, with the rows of at least each score counted.
    let mut steps = tallies(rows.labels, rows.scores);
    steps.reverse();
    let lowest = steps.first().copied().ok_or(NoThreshold::Rows("rows"))?;
    let weighted = prevalence.is_some();
    if lowest.outliers == 0 && (weighted || metric != Metric::Accuracy) {
        return Err(NoThreshold::Rows("outliers"));
    }
    if lowest.inliers == 0 && weighted {
        return Err(NoThreshold::Rows("inliers"));
    }
    let weights = ClassWeights::new(lowest, prevalence);
    let mut best: Option<(f64, f64)> = None;
    let mut above = 0;
    for candidate in candidates(&steps, decimals) {
        // Rounding may move a candidate past several scores, so the walk over scores is its own.
        while above < steps.len() && steps[above].score <= candidate {
            above += 1;
        }
        let called = steps.get(above).copied().unwrap_or_default();
        let decisions = weights.called(called.outliers, called.inliers);
        // Nothing called and nothing found is the worst case.
        let value = metric.of_weighted(&decisions).unwrap_or(0.0);
        if best.is_none_or(|(found, _)| value > found) {
            best = Some((value, candidate));
        }
    }
    best.map(|(_, candidate)| candidate).ok_or(NoThreshold::Rows("rows"))
}

/// Distinct scores in ascending order, rounded if asked for.
fn candidates(steps: &[Tally], decimals: Option<u32>) -> Vec<f64> {
    let mut values: Vec<f64> =
        steps.iter().map(|step| decimals.map_or(step.score, |d| round(step.score, d))).collect();
    values.dedup();
    values
}

/// `numpy.round`: half to even of the scaled value. A value too large to have such decimals stays.
fn round(value: f64, decimals: u32) -> f64 {
    let scale = 10f64.powf(f64::from(decimals));
    let scaled = (value * scale).round_ties_even();
    if scaled.is_finite() && scale.is_finite() {
        // 0.0 is added to make -0.0 a plain zero.
        scaled / scale + 0.0
    } else {
        value
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::metrics::Confusion;

    const ACCURACY: Rule = Rule::MaxAccuracy(Max { prevalence: None, decimals: None });
    const F1: Rule = Rule::MaxF1(Max { prevalence: None, decimals: None });
    const F2: Rule = Rule::MaxF2(Max { prevalence: None, decimals: None });

    fn choose(labels: &[bool], scores: &[f64], rule: &Rule) -> Result<f64, NoThreshold> {
        rule.choose(&TunedRows { labels, scores, native: None })
    }

    #[test]
    fn the_lowest_of_equally_good_candidates_wins() {
        let labels = [false, false, true, true];
        let scores = [1.0, 2.0, 3.0, 4.0];
        assert_eq!(choose(&labels, &scores, &ACCURACY), Ok(2.0));
        let labels = [true, false, true, false];
        // Right calls by hand: 1 of 4 at 1.0, 2 at 2.0, 1 at 3.0, 2 at 4.0.
        assert_eq!(choose(&labels, &scores, &ACCURACY), Ok(2.0));
    }

    #[test]
    fn rounding_can_lose_a_group_of_equal_scores() {
        // The study's defect: the best threshold lies just under a large group of outliers.
        let labels = [false, false, false, false, true, true, true];
        let scores = [0.012_1, 0.012_2, 0.012_3, 0.012_6, 0.012_65, 0.012_65, 0.012_65];
        let exact = ACCURACY;
        assert_eq!(choose(&labels, &scores, &exact), Ok(0.012_6));
        // The threshold 0.013 (none called, 4 of 7 right) is better than 0.012 (all called, 3 of 7).
        let rounded = exact.adjusted(|prevalence, _| (prevalence, Some(3))).unwrap();
        assert_eq!(choose(&labels, &scores, &rounded), Ok(0.013));
    }

    #[test]
    fn rounding_is_numpys() {
        for (value, decimals, rounded) in [
            (0.0125, 3, 0.012),
            (0.0135, 3, 0.014),
            (2.5, 0, 2.0),
            (-0.0004, 3, 0.0),
            (1.005, 2, 1.0),
        ] {
            assert_eq!(round(value, decimals), rounded, "{value}");
        }
        assert_eq!(round(1e308, 3), 1e308);
        assert_eq!(round(0.5, 400), 0.5);
        assert!(round(-0.0004, 3).is_sign_positive());
    }

    #[test]
    fn what_is_missing_is_named() {
        let rule = F1;
        assert_eq!(choose(&[], &[], &rule), Err(NoThreshold::Rows("rows")));
        assert_eq!(choose(&[false], &[1.0], &rule), Err(NoThreshold::Rows("outliers")));
        let weighted = rule.adjusted(|_, decimals| (Some(0.2), decimals)).unwrap();
        assert_eq!(choose(&[true], &[1.0], &weighted), Err(NoThreshold::Rows("inliers")));
        assert_eq!(choose(&[false], &[1.0], &ACCURACY), Ok(1.0));
    }

    /// Rows repeated so that the classes have the stated shares give the same threshold as weights.
    #[test]
    fn prevalence_is_the_same_as_thinning_the_rows() {
        let rule = F1.adjusted(|_, decimals| (Some(0.2), decimals)).unwrap();
        let labels = [false, true, false, true, false, true, true, true, true, true];
        let scores = [1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 9.0, 9.5];
        // 3 inliers, 7 outliers: 28 copies of each inlier and 3 of each outlier are 84 to 21.
        let (mut many_labels, mut many_scores) = (vec![], vec![]);
        for (&label, &score) in labels.iter().zip(&scores) {
            for _ in 0..if label { 3 } else { 28 } {
                many_labels.push(label);
                many_scores.push(score);
            }
        }
        let plain = F1;
        assert_eq!(choose(&labels, &scores, &rule), choose(&many_labels, &many_scores, &plain));
        assert_ne!(choose(&labels, &scores, &rule), choose(&labels, &scores, &plain));
    }

    proptest! {
        #[test]
        fn the_sweep_finds_what_trying_every_candidate_finds(
            rows in prop::collection::vec((any::<bool>(), 0u16..40), 1..80),
            which in 0..3usize,
            rounded: bool,
        ) {
            let labels: Vec<bool> = rows.iter().map(|r| r.0).collect();
            let scores: Vec<f64> = rows.iter().map(|r| f64::from(r.1) / 16.0).collect();
            prop_assume!(labels.iter().any(|&l| l));
            let rule = [ACCURACY, F1, F2][which];
            let rule = rule.adjusted(|_, _| (None, rounded.then_some(1))).unwrap();
            let mut tried: Vec<f64> =
                scores.iter().map(|&s| if rounded { round(s, 1) } else { s }).collect();
            tried.sort_by(f64::total_cmp);
            tried.dedup();
            let value = |threshold: f64| {
                let counts = Confusion::at(&labels, &scores, threshold);
                let metric = [Metric::Accuracy, Metric::F1, Metric::F2][which];
                metric.of_counts(&counts).unwrap_or(0.0)
            };
            let mut best = tried[0];
            for &candidate in &tried {
                if value(candidate) > value(best) {
                    best = candidate;
                }
            }
            prop_assert_eq!(choose(&labels, &scores, &rule), Ok(best));
        }
    }
}
