//! Threshold rules: from scores (and labels, where the rule needs them) to one number, in O(n log n).
//!
//! A row is called an outlier if its score is greater than the threshold. Candidates of the `max-`
//! rules are the distinct scores themselves, rounded if the settings say so, as the 2020 study did;
//! "every row is an outlier" is therefore not a candidate. Among equally good candidates the lowest
//! wins, which is what the study's loop over sorted candidates keeps.

mod mixture;
mod unlabelled;

use crate::evaluate::{QuantileOf, Rule, ThresholdSettings};
use crate::metrics::{Tally, tallies};
pub(crate) use mixture::NoMixture;

/// What a `max-` rule maximises.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Objective {
    Accuracy,
    /// F with this beta.
    F(f64),
}

/// What is missing for a rule to be applied.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Lack {
    Rows,
    Inliers,
    Outliers,
    /// Too few scores beyond the level that a tail begins at.
    Excesses,
    /// Two groups of scores.
    Mixture(NoMixture),
}

/// The threshold that the rule chooses from the scores of the rows that it may look at. Scores are
/// finite; panics if the lengths differ. The rule `native` chooses nothing from scores, so that for it
/// there are never rows to choose from.
pub(crate) fn choose(
    labels: &[bool],
    scores: &[f64],
    settings: &ThresholdSettings,
) -> Result<f64, Lack> {
    match settings.rule {
        Rule::Fixed { value } => Ok(value),
        Rule::Native => Err(Lack::Rows),
        Rule::MaxAccuracy => maximise(labels, scores, settings, Objective::Accuracy),
        Rule::MaxF1 => maximise(labels, scores, settings, Objective::F(1.0)),
        Rule::MaxF2 => maximise(labels, scores, settings, Objective::F(2.0)),
        Rule::Quantile { q, of } => {
            let scores = scores_of(labels, scores, of)?;
            quantile(&scores, q).ok_or(Lack::Rows)
        }
        Rule::Spread { method, k, of } => {
            let scores = scores_of(labels, scores, of)?;
            unlabelled::spread(&scores, method, k).ok_or(Lack::Rows)
        }
        Rule::PeaksOverThreshold { level, risk, of } => {
            let scores = scores_of(labels, scores, of)?;
            unlabelled::peaks_over_threshold(&scores, level, risk).ok_or(Lack::Excesses)
        }
        Rule::Mixture { .. } if scores.is_empty() => Err(Lack::Rows),
        Rule::Mixture { log } => mixture::mixture(scores, log).map_err(Lack::Mixture),
    }
}

/// The scores that a rule without labels looks at.
fn scores_of(labels: &[bool], scores: &[f64], of: QuantileOf) -> Result<Vec<f64>, Lack> {
    let wanted = |label: bool| of == QuantileOf::All || !label;
    let rows = scores.iter().zip(labels).filter(|(_, label)| wanted(**label));
    let found: Vec<f64> = rows.map(|(&score, _)| score).collect();
    match (found.is_empty(), of) {
        (false, _) => Ok(found),
        (true, QuantileOf::All) => Err(Lack::Rows),
        (true, QuantileOf::Inliers) => Err(Lack::Inliers),
    }
}

fn maximise(
    labels: &[bool],
    scores: &[f64],
    settings: &ThresholdSettings,
    objective: Objective,
) -> Result<f64, Lack> {
    // Ascending, with the rows of at least each score counted.
    let mut steps = tallies(labels, scores);
    steps.reverse();
    let lowest = steps.first().copied().ok_or(Lack::Rows)?;
    let weighted = settings.prevalence.is_some();
    if lowest.outliers == 0 && (weighted || objective != Objective::Accuracy) {
        return Err(Lack::Outliers);
    }
    if lowest.inliers == 0 && weighted {
        return Err(Lack::Inliers);
    }
    let weights = Weights::new(lowest, settings.prevalence);
    let mut best: Option<(f64, f64)> = None;
    let mut above = 0;
    for candidate in candidates(&steps, settings.decimals) {
        // Rounding may move a candidate past several scores, so the walk over scores is its own.
        while above < steps.len() && steps[above].score <= candidate {
            above += 1;
        }
        let called = steps.get(above).map_or((0, 0), |step| (step.outliers, step.inliers));
        let value = weights.value(objective, called);
        if best.is_none_or(|(found, _)| value > found) {
            best = Some((value, candidate));
        }
    }
    best.map(|(_, candidate)| candidate).ok_or(Lack::Rows)
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

/// What a row of each class counts, and how much all of them do.
struct Weights {
    outlier: f64,
    inlier: f64,
    outliers: f64,
    inliers: f64,
}

impl Weights {
    #[expect(clippy::cast_precision_loss, reason = "row counts are far below 2^53")]
    fn new(all: Tally, prevalence: Option<f64>) -> Self {
        let (outliers, inliers) = (all.outliers as f64, all.inliers as f64);
        match prevalence {
            None => Self { outlier: 1.0, inlier: 1.0, outliers, inliers },
            Some(share) => Self {
                outlier: share / outliers,
                inlier: (1.0 - share) / inliers,
                outliers: share,
                inliers: 1.0 - share,
            },
        }
    }

    #[expect(clippy::cast_precision_loss, reason = "row counts are far below 2^53")]
    fn value(&self, objective: Objective, (outliers, inliers): (u64, u64)) -> f64 {
        let tp = outliers as f64 * self.outlier;
        let fp = inliers as f64 * self.inlier;
        match objective {
            Objective::Accuracy => (tp + (self.inliers - fp)) / (self.outliers + self.inliers),
            Objective::F(beta) => {
                let squared = beta * beta;
                let hits = (1.0 + squared) * tp;
                let misses = squared * (self.outliers - tp) + fp;
                // Nothing called and nothing found is the worst case of a sweep.
                if hits + misses > 0.0 { hits / (hits + misses) } else { 0.0 }
            }
        }
    }
}

/// The `q` quantile with linear interpolation, as `numpy.quantile`; `None` without values.
pub fn quantile(values: &[f64], q: f64) -> Option<f64> {
    quantiles(values, [q]).map(|[value]| value)
}

/// Several quantiles of one list, which is sorted once.
pub(crate) fn quantiles<const N: usize>(values: &[f64], qs: [f64; N]) -> Option<[f64; N]> {
    let mut sorted = values.to_vec();
    sorted.sort_unstable_by(f64::total_cmp);
    (!sorted.is_empty()).then(|| qs.map(|q| of_sorted(&sorted, q)))
}

/// The `q` quantile of at least one value in ascending order.
fn of_sorted(sorted: &[f64], q: f64) -> f64 {
    let last = sorted.len() - 1;
    #[expect(clippy::cast_precision_loss, reason = "row counts are far below 2^53")]
    let position = (q * last as f64).clamp(0.0, last as f64);
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a position in the list, clamped above"
    )]
    let low = position.floor() as usize;
    let (a, b) = (sorted[low], sorted[(low + 1).min(last)]);
    let share = position.fract();
    // NumPy interpolates from the nearer end.
    if share >= 0.5 { b - (b - a) * (1.0 - share) } else { a + (b - a) * share }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::evaluate::TuneOn;
    use crate::metrics::Confusion;

    fn settings(rule: Rule) -> ThresholdSettings {
        ThresholdSettings { rule, tune_on: TuneOn::Test, prevalence: None, decimals: None }
    }

    #[test]
    fn the_lowest_of_equally_good_candidates_wins() {
        let labels = [false, false, true, true];
        let scores = [1.0, 2.0, 3.0, 4.0];
        assert_eq!(choose(&labels, &scores, &settings(Rule::MaxAccuracy)), Ok(2.0));
        let labels = [true, false, true, false];
        // Right calls by hand: 1 of 4 at 1.0, 2 at 2.0, 1 at 3.0, 2 at 4.0.
        assert_eq!(choose(&labels, &scores, &settings(Rule::MaxAccuracy)), Ok(2.0));
    }

    #[test]
    fn rounding_can_lose_a_group_of_equal_scores() {
        // The study's defect: the best threshold lies just under a large group of outliers.
        let labels = [false, false, false, false, true, true, true];
        let scores = [0.012_1, 0.012_2, 0.012_3, 0.012_6, 0.012_65, 0.012_65, 0.012_65];
        let exact = settings(Rule::MaxAccuracy);
        assert_eq!(choose(&labels, &scores, &exact), Ok(0.012_6));
        // Of 0.012 (all called, 3 of 7 right) and 0.013 (none called, 4 of 7) the latter is better.
        let rounded = ThresholdSettings { decimals: Some(3), ..exact };
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
    fn quantiles_are_numpys() {
        let values = [3.0, 1.0, 2.0, 10.0];
        assert_eq!(quantile(&values, 0.5), Some(2.5));
        assert!((quantile(&values, 0.9).unwrap() - 7.9).abs() < 1e-12);
        assert_eq!(quantile(&values, 1.0), Some(10.0));
        assert_eq!(quantile(&[], 0.5), None);
        let labels = [false, true, false, false];
        let rule = Rule::Quantile { q: 0.5, of: QuantileOf::Inliers };
        assert_eq!(choose(&labels, &values, &settings(rule)), Ok(3.0));
    }

    #[test]
    fn what_is_missing_is_named() {
        let rule = settings(Rule::MaxF1);
        assert_eq!(choose(&[], &[], &rule), Err(Lack::Rows));
        assert_eq!(choose(&[false], &[1.0], &rule), Err(Lack::Outliers));
        let weighted = ThresholdSettings { prevalence: Some(0.2), ..rule };
        assert_eq!(choose(&[true], &[1.0], &weighted), Err(Lack::Inliers));
        assert_eq!(choose(&[false], &[1.0], &settings(Rule::MaxAccuracy)), Ok(1.0));
    }

    /// Rows repeated so that the classes have the stated shares give the same threshold as weights.
    #[test]
    fn prevalence_is_the_same_as_thinning_the_rows() {
        let rule = ThresholdSettings { prevalence: Some(0.2), ..settings(Rule::MaxF1) };
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
        let plain = settings(Rule::MaxF1);
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
            let rule = [Rule::MaxAccuracy, Rule::MaxF1, Rule::MaxF2][which];
            let settings = ThresholdSettings { decimals: rounded.then_some(1), ..settings(rule) };
            let mut tried: Vec<f64> =
                scores.iter().map(|&s| if rounded { round(s, 1) } else { s }).collect();
            tried.sort_by(f64::total_cmp);
            tried.dedup();
            let value = |threshold: f64| {
                let counts = Confusion::at(&labels, &scores, threshold);
                match which {
                    0 => counts.accuracy(),
                    1 => counts.f_beta(1.0),
                    _ => counts.f_beta(2.0),
                }.unwrap_or(0.0)
            };
            let mut best = tried[0];
            for &candidate in &tried {
                if value(candidate) > value(best) {
                    best = candidate;
                }
            }
            prop_assert_eq!(choose(&labels, &scores, &settings), Ok(best));
        }
    }
}
