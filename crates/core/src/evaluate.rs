//! From stored scores to figures: a threshold rule applied to the rows that it may look at, and
//! the metrics of the test rows at that threshold.

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::metrics::{self, Confusion};
use crate::record::{ScoredPart, Scores};
use crate::threshold::{self, Lack};

/// How a threshold is chosen from scores.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum Rule {
    /// The candidate with the best accuracy.
    MaxAccuracy,
    /// The candidate with the best F1.
    MaxF1,
    /// The candidate with the best F2.
    MaxF2,
    /// The `q` quantile, 0 < q < 1, of the scores of the inliers (or of all rows).
    Quantile {
        /// Which quantile.
        q: f64,
        /// Of which rows.
        of: QuantileOf,
    },
    /// A number given in the file.
    Fixed {
        /// The threshold.
        value: f64,
    },
}

/// The rows whose scores a quantile is taken of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum QuantileOf {
    /// Rows that the label policy calls inliers.
    Inliers,
    /// Every row of the part.
    All,
}

/// The part whose rows a threshold is chosen on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum TuneOn {
    /// Rows that are not tested on.
    Validation,
    /// The test rows themselves: an oracle.
    Test,
}

/// A threshold rule with everything that it depends on.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ThresholdSettings {
    /// How.
    pub rule: Rule,
    /// On which rows.
    pub tune_on: TuneOn,
    /// Weigh the classes as if this share of the rows, 0 < c < 1, were outliers.
    pub contamination: Option<f64>,
    /// Round candidate thresholds to this many decimals before they are tried.
    pub decimals: Option<u32>,
}

impl ThresholdSettings {
    /// Whether the threshold was chosen with knowledge of the test rows.
    pub fn is_oracle(&self) -> bool {
        self.tune_on == TuneOn::Test && !matches!(self.rule, Rule::Fixed { .. })
    }

    /// The rule's name as in the experiment file.
    pub fn rule_name(&self) -> &'static str {
        match self.rule {
            Rule::MaxAccuracy => "max-accuracy",
            Rule::MaxF1 => "max-f1",
            Rule::MaxF2 => "max-f2",
            Rule::Quantile { .. } => "quantile",
            Rule::Fixed { .. } => "fixed",
        }
    }
}

/// The metrics of the test rows at one threshold. A metric that is undefined is `None`.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Evaluation {
    /// The rule.
    pub settings: ThresholdSettings,
    /// Whether the rule saw the test rows.
    pub oracle: bool,
    /// A row is called an outlier if its score is greater.
    pub threshold: f64,
    /// Counts on the test rows.
    pub confusion: Confusion,
    /// Share of rows that are called rightly.
    pub accuracy: Option<f64>,
    /// Share of called outliers that are outliers.
    pub precision: Option<f64>,
    /// Share of outliers that are called so.
    pub recall: Option<f64>,
    /// Harmonic mean of precision and recall.
    pub f1: Option<f64>,
    /// The same with recall weighted twice as much as precision.
    pub f2: Option<f64>,
    /// Area under the ROC curve; independent of the threshold.
    pub roc_auc: Option<f64>,
    /// Average precision; independent of the threshold.
    pub average_precision: Option<f64>,
}

/// Why scores could not be evaluated.
#[derive(Debug, Error, PartialEq)]
pub enum EvaluateError {
    /// The rule needs rows that are not there.
    #[error("rule {rule}: the {part} part has no {what}")]
    NoRows {
        /// The rule's name.
        rule: &'static str,
        /// `validation` or `test`.
        part: &'static str,
        /// `rows`, `inliers` or `outliers`.
        what: &'static str,
    },
    /// A score is NaN or infinite.
    #[error("score {index} of the {part} part is not finite")]
    NotFinite {
        /// `validation` or `test`.
        part: &'static str,
        /// Position in the part.
        index: usize,
    },
}

/// Chooses the threshold and computes every metric of the test rows.
pub fn evaluate(
    scores: &Scores,
    settings: &ThresholdSettings,
) -> Result<Evaluation, EvaluateError> {
    check("validation", &scores.validation)?;
    check("test", &scores.test)?;
    let rule = settings.rule_name();
    let test = &scores.test;
    if test.scores.is_empty() {
        return Err(EvaluateError::NoRows { rule, part: "test", what: "rows" });
    }
    let (part, tuned) = match settings.tune_on {
        TuneOn::Validation => ("validation", &scores.validation),
        TuneOn::Test => ("test", test),
    };
    let threshold = threshold::choose(&tuned.labels, &tuned.scores, settings).map_err(|lack| {
        let what = match lack {
            Lack::Rows => "rows",
            Lack::Inliers => "inliers",
            Lack::Outliers => "outliers",
        };
        EvaluateError::NoRows { rule, part, what }
    })?;
    let confusion = Confusion::at(&test.labels, &test.scores, threshold);
    Ok(Evaluation {
        settings: *settings,
        oracle: settings.is_oracle(),
        threshold,
        confusion,
        accuracy: confusion.accuracy(),
        precision: confusion.precision(),
        recall: confusion.recall(),
        f1: confusion.f_beta(1.0),
        f2: confusion.f_beta(2.0),
        roc_auc: metrics::roc_auc(&test.labels, &test.scores),
        average_precision: metrics::average_precision(&test.labels, &test.scores),
    })
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

    fn part(labels: &[bool], scores: &[f64]) -> ScoredPart {
        ScoredPart {
            rows: (0..).take(labels.len()).collect(),
            classes: Classes::default(),
            labels: labels.to_vec(),
            scores: scores.to_vec(),
        }
    }

    fn scores() -> Scores {
        Scores {
            validation: part(&[false, false, true], &[0.1, 0.2, 0.9]),
            test: part(&[false, true, true, false], &[0.3, 0.8, 0.1, 0.0]),
        }
    }

    fn rule(rule: Rule, tune_on: TuneOn) -> ThresholdSettings {
        ThresholdSettings { rule, tune_on, contamination: None, decimals: None }
    }

    #[test]
    fn the_threshold_comes_from_the_part_that_is_tuned_on() {
        let honest = evaluate(&scores(), &rule(Rule::MaxF1, TuneOn::Validation)).unwrap();
        assert_eq!((honest.threshold, honest.oracle), (0.2, false));
        assert_eq!(honest.confusion, Confusion { tp: 1, fp: 1, tn: 1, fn_: 1 });
        let oracle = evaluate(&scores(), &rule(Rule::MaxF1, TuneOn::Test)).unwrap();
        assert_eq!((oracle.threshold, oracle.oracle), (0.0, true));
        assert_eq!(oracle.roc_auc, honest.roc_auc);
    }

    #[test]
    fn a_given_number_is_no_oracle() {
        let fixed = evaluate(&scores(), &rule(Rule::Fixed { value: 0.5 }, TuneOn::Test)).unwrap();
        assert_eq!((fixed.threshold, fixed.oracle), (0.5, false));
        assert_eq!(fixed.precision, Some(1.0));
    }

    #[test]
    fn missing_rows_and_bad_scores_are_errors() {
        let mut no_outliers = scores();
        no_outliers.validation.labels = vec![false; 3];
        let error = evaluate(&no_outliers, &rule(Rule::MaxF1, TuneOn::Validation)).unwrap_err();
        assert_eq!(error.to_string(), "rule max-f1: the validation part has no outliers");
        let mut bad = scores();
        bad.test.scores[2] = f64::NAN;
        let error = evaluate(&bad, &rule(Rule::MaxF1, TuneOn::Validation)).unwrap_err();
        assert_eq!(error, EvaluateError::NotFinite { part: "test", index: 2 });
    }
}
