//! The rule `fpr` against scikit-learn's ROC curve.

use oddbench_core::evaluate::evaluate;
use oddbench_core::scores::{ScoredPart, Scores};
use oddbench_core::threshold::{Fpr, Rule, ThresholdSettings, TuneOn, Undefined};
use serde_json::Value;

use crate::golden::{get, read};

#[test]
fn the_threshold_is_that_of_scikit_learns_roc_curve() {
    let cases: Vec<Value> = get(&read("fpr.json")["cases"]);
    assert_eq!(cases.len(), 4);
    for case in cases {
        let (name, labels): (String, Vec<bool>) = (get(&case["name"]), get(&case["labels"]));
        let part = ScoredPart {
            labels: labels.into(),
            scores: get(&case["scores"]),
            ..ScoredPart::default()
        };
        let scores = Scores { validation: part.clone(), test: part, transfer: None };
        let thresholds: Vec<(f64, Option<f64>)> = get(&case["thresholds"]);
        assert_eq!(thresholds.len(), 6);
        for (rate, expected) in thresholds {
            let rule = Rule::Fpr(Fpr { rate });
            let settings = ThresholdSettings { rule, tune_on: TuneOn::Validation };
            let ours = evaluate(&scores, &settings, None).unwrap();
            assert_eq!(ours.threshold, expected, "{name} at {rate}");
            let why = expected.is_none().then_some(Undefined::RATE_TOO_SMALL);
            assert_eq!(ours.undefined, why, "{name} at {rate}");
            let counts = ours.confusion;
            let above = counts.map(|c| c.fp as f64 / (c.fp + c.tn) as f64);
            assert!(above.is_none_or(|above| above <= rate), "{name} at {rate}: {above:?}");
        }
    }
}
