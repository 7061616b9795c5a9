//! From stored scores to figures: a threshold rule applied to the rows that it may see, and
//! the metrics of the test rows (and of transfer rows) at that threshold.

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::metrics::{Basis, Confusion, PerMetric};
use crate::operating::{Part, cuts};
use crate::scores::{ScoredPart, Scores};
use crate::threshold::{NoThreshold, ThresholdSettings, TuneOn, TunedRows, Undefined};

/// The metrics of one part's rows at one threshold. A metric that is undefined is `None`.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Evaluation {
    /// The rule.
    pub settings: ThresholdSettings,
    /// Whether the rule saw the test rows.
    pub oracle: bool,
    /// A row is called an outlier if its score is greater; `None` if the rule gives no threshold.
    pub threshold: Option<f64>,
    /// Why there is no threshold. The areas need none and are always there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub undefined: Option<Undefined>,
    /// Counts of the part's rows at the threshold.
    pub confusion: Option<Confusion>,
    /// Every metric; those that need no threshold are there even if there is none.
    pub metrics: PerMetric<Option<f64>>,
}

/// Why scores could not be evaluated.
#[derive(Debug, Error, PartialEq)]
pub enum EvaluateError {
    /// The rule needs rows, and there are none.
    #[error("rule {rule}: the {part} part has no {what}")]
    NoRows {
        /// The rule's name.
        rule: &'static str,
        /// `validation`, `test` or `transfer`.
        part: &'static str,
        /// `rows`, `inliers` or `outliers`.
        what: &'static str,
    },
    /// A score is NaN or infinite.
    #[error("score {index} of the {part} part is not finite")]
    NotFinite {
        /// `validation`, `test` or `transfer`.
        part: &'static str,
        /// Position in the part.
        index: usize,
    },
}

/// Chooses the threshold and computes every metric of the test rows. `native` is the model's own
/// decision boundary, if its record has one. Transfer rows have no part in the choice.
pub fn evaluate(
    scores: &Scores,
    settings: &ThresholdSettings,
    native: Option<f64>,
) -> Result<Evaluation, EvaluateError> {
    let threshold = choose(scores, settings, native)?;
    Ok(judge(&scores.validation, (Part::Test, &scores.test), settings, threshold))
}

/// The threshold that a rule chooses and the counts of the test rows at it, without the areas, which
/// take most of the time of [`evaluate`]. `None` where the rule gives no threshold.
pub fn decide(
    scores: &Scores,
    settings: &ThresholdSettings,
    native: Option<f64>,
) -> Result<Option<(f64, Confusion)>, EvaluateError> {
    let threshold = choose(scores, settings, native)?.ok();
    let test = &scores.test;
    Ok(threshold.map(|at| (at, Confusion::at(&test.labels, &test.scores, at))))
}

/// The threshold, from the rows that the rule may look at.
fn choose(
    scores: &Scores,
    settings: &ThresholdSettings,
    native: Option<f64>,
) -> Result<Result<f64, Undefined>, EvaluateError> {
    check("validation", &scores.validation)?;
    check("test", &scores.test)?;
    let rule = settings.rule_name();
    if scores.test.scores.is_empty() {
        return Err(EvaluateError::NoRows { rule, part: "test", what: "rows" });
    }
    let tuned = match settings.tune_on {
        TuneOn::Validation => &scores.validation,
        TuneOn::Test => &scores.test,
    };
    let rows = TunedRows { labels: &tuned.labels, scores: &tuned.scores, native };
    match settings.rule.choose(&rows) {
        Ok(threshold) => Ok(Ok(threshold)),
        Err(NoThreshold::Undefined(why)) => Ok(Err(why)),
        Err(NoThreshold::Rows(what)) => {
            let one_class = Undefined::without(what).filter(|_| !tuned.scores.is_empty());
            let nothing = EvaluateError::NoRows { rule, part: settings.tune_on.name(), what };
            one_class.map(Err).ok_or(nothing)
        }
    }
}

impl Evaluation {
    /// The metrics of other rows at the threshold that this evaluation found, and at those that the
    /// validation rows give: no score of the part can move them.
    pub fn transferred(
        &self,
        validation: &ScoredPart,
        part: &ScoredPart,
    ) -> Result<Self, EvaluateError> {
        check("validation", validation)?;
        check("transfer", part)?;
        let missing = self.undefined.unwrap_or(Undefined::NO_NATIVE_THRESHOLD);
        let threshold = self.threshold.ok_or(missing);
        Ok(judge(validation, (Part::Transfer, part), &self.settings, threshold))
    }
}

/// The metrics of a part; those that need no threshold even where there is none.
fn judge(
    validation: &ScoredPart,
    judged: (Part, &ScoredPart),
    settings: &ThresholdSettings,
    threshold: Result<f64, Undefined>,
) -> Evaluation {
    let (_, rows) = judged;
    let cuts = cuts(validation, judged, threshold.ok());
    let basis = Basis::of(&rows.classes, &rows.labels, &rows.scores, &cuts);
    Evaluation {
        settings: *settings,
        oracle: settings.is_oracle(),
        threshold: threshold.ok(),
        undefined: threshold.err(),
        confusion: basis.counts,
        metrics: PerMetric::of(&basis),
    }
}

fn check(part: &'static str, rows: &ScoredPart) -> Result<(), EvaluateError> {
    match rows.scores.iter().position(|score| !score.is_finite()) {
        Some(index) => Err(EvaluateError::NotFinite { part, index }),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dataset::Classes;
    use crate::metrics::Metric;
    use crate::threshold::{Fixed, Max, Native, Quantile, RowsOf, Rule};

    const F1: Rule = Rule::MaxF1(Max { prevalence: None, decimals: None });

    fn part(labels: &[bool], scores: &[f64]) -> ScoredPart {
        ScoredPart {
            rows: (0..).take(labels.len()).collect(),
            classes: Classes::default().into(),
            labels: labels.into(),
            scores: scores.to_vec(),
            times: None,
        }
    }

    fn scores() -> Scores {
        Scores {
            validation: part(&[false, false, true], &[0.1, 0.2, 0.9]),
            test: part(&[false, true, true, false], &[0.3, 0.8, 0.1, 0.0]),
            transfer: None,
        }
    }

    fn rule(rule: Rule, tune_on: TuneOn) -> ThresholdSettings {
        ThresholdSettings { rule, tune_on }
    }

    #[test]
    fn the_threshold_comes_from_the_part_that_is_tuned_on() {
        let honest = evaluate(&scores(), &rule(F1, TuneOn::Validation), None).unwrap();
        assert_eq!((honest.threshold, honest.oracle), (Some(0.2), false));
        assert_eq!(honest.confusion, Some(Confusion { tp: 1, fp: 1, tn: 1, fn_: 1 }));
        let oracle = evaluate(&scores(), &rule(F1, TuneOn::Test), None).unwrap();
        assert_eq!((oracle.threshold, oracle.oracle), (Some(0.0), true));
        assert_eq!(oracle.metrics[Metric::RocAuc], honest.metrics[Metric::RocAuc]);
        for full in [honest, oracle] {
            let quick = decide(&scores(), &full.settings, None).unwrap();
            assert_eq!(quick, full.threshold.zip(full.confusion));
        }
    }

    #[test]
    fn a_given_number_is_no_oracle() {
        let fixed =
            evaluate(&scores(), &rule(Rule::Fixed(Fixed { value: 0.5 }), TuneOn::Test), None)
                .unwrap();
        assert_eq!((fixed.threshold, fixed.oracle), (Some(0.5), false));
        assert_eq!(fixed.metrics[Metric::Precision], Some(1.0));
    }

    #[test]
    fn the_native_rule_takes_the_models_own_boundary() {
        let settings = rule(Rule::Native(Native {}), TuneOn::Validation);
        let native = evaluate(&scores(), &settings, Some(0.2)).unwrap();
        assert_eq!((native.threshold, native.oracle), (Some(0.2), false));
        assert_eq!(native.confusion, Some(Confusion { tp: 1, fp: 1, tn: 1, fn_: 1 }));
        // Other rules do not look at it.
        let tuned = rule(F1, TuneOn::Test);
        assert_eq!(evaluate(&scores(), &tuned, Some(9.0)), evaluate(&scores(), &tuned, None));
    }

    #[test]
    fn without_a_boundary_the_areas_are_defined_and_nothing_else() {
        let settings = rule(Rule::Native(Native {}), TuneOn::Validation);
        let (with, without) = (
            evaluate(&scores(), &settings, Some(0.2)).unwrap(),
            evaluate(&scores(), &settings, None).unwrap(),
        );
        assert_eq!(without.undefined, Some(Undefined::NO_NATIVE_THRESHOLD));
        assert_eq!(
            (without.threshold, without.confusion, without.metrics[Metric::F1]),
            (None, None, None)
        );
        assert_eq!(without.metrics[Metric::RocAuc], with.metrics[Metric::RocAuc]);
        let moved = without.transferred(&scores().validation, &scores().validation).unwrap();
        assert_eq!((moved.threshold, moved.undefined), (None, without.undefined));
        assert_eq!(moved.metrics[Metric::RocAuc], Some(1.0));
    }

    #[test]
    fn rows_of_one_class_are_judged_as_far_as_they_can_be() {
        let quantile = |of| Rule::Quantile(Quantile { quantile: 0.5, of });
        let mut inliers = scores();
        inliers.validation.labels = vec![false; 3].into();
        inliers.test.labels = vec![false; 4].into();
        let tuned = evaluate(&inliers, &rule(F1, TuneOn::Validation), None).unwrap();
        assert_eq!((tuned.threshold, tuned.undefined), (None, Some(Undefined::NO_OUTLIERS)));
        assert!(tuned.metrics.iter().all(|(_, value)| value.is_none()), "{tuned:?}");
        let by_inliers =
            evaluate(&inliers, &rule(quantile(RowsOf::Inliers), TuneOn::Validation), None).unwrap();
        // The middle of 0.1, 0.2 and 0.9; 0.3 and 0.8 lie beyond.
        assert_eq!((by_inliers.threshold, by_inliers.undefined), (Some(0.2), None));
        assert_eq!(by_inliers.confusion, Some(Confusion { tp: 0, fp: 2, tn: 2, fn_: 0 }));
        assert_eq!(by_inliers.metrics[Metric::Accuracy], Some(0.5));
        for undefined in [Metric::RocAuc, Metric::AveragePrecision, Metric::Recall, Metric::Mcc] {
            assert_eq!(by_inliers.metrics[undefined], None, "{undefined:?}");
        }
        let mut outliers = scores();
        outliers.validation.labels = vec![true; 3].into();
        let settings = rule(quantile(RowsOf::Inliers), TuneOn::Validation);
        let none = evaluate(&outliers, &settings, None).unwrap();
        assert_eq!(none.undefined, Some(Undefined::NO_INLIERS));
        let text = serde_json::to_string(&none.undefined).unwrap();
        assert_eq!(serde_json::from_str::<Option<Undefined>>(&text).unwrap(), none.undefined);
    }

    #[test]
    fn transfer_rows_are_judged_at_the_threshold_of_the_others() {
        // The threshold 0.5 would separate the transfer rows perfectly; the rules must not see that.
        let far = part(&[false, false, true, true], &[0.45, 0.4, 0.6, 0.7]);
        for tune_on in [TuneOn::Validation, TuneOn::Test] {
            let settings = rule(F1, tune_on);
            let main = evaluate(&scores(), &settings, None).unwrap();
            let with = Scores { transfer: Some(far.clone()), ..scores() };
            assert_eq!(evaluate(&with, &settings, None).unwrap(), main);
            let moved = main.transferred(&scores().validation, &far).unwrap();
            assert_eq!((moved.threshold, moved.settings), (main.threshold, settings));
            assert_eq!(moved.confusion, Some(Confusion { tp: 2, fp: 2, tn: 0, fn_: 0 }));
            assert_eq!((moved.metrics[Metric::RocAuc], moved.oracle), (Some(1.0), main.oracle));
        }
        let bad = part(&[true], &[f64::INFINITY]);
        let main = evaluate(&scores(), &rule(F1, TuneOn::Test), None).unwrap();
        let error = main.transferred(&scores().validation, &bad).unwrap_err();
        assert_eq!(error, EvaluateError::NotFinite { part: "transfer", index: 0 });
    }

    #[test]
    fn missing_rows_and_bad_scores_are_errors() {
        let no_rows = Scores { validation: part(&[], &[]), ..scores() };
        let error = evaluate(&no_rows, &rule(F1, TuneOn::Validation), None).unwrap_err();
        assert_eq!(error.to_string(), "rule max-f1: the validation part has no rows");
        let mut bad = scores();
        bad.test.scores[2] = f64::NAN;
        let error = evaluate(&bad, &rule(F1, TuneOn::Validation), None).unwrap_err();
        assert_eq!(error, EvaluateError::NotFinite { part: "test", index: 2 });
    }
}
