//! The rule `mixture` against scikit-learn, and where it gives no threshold.

use oddbench_core::evaluate::{EvaluateError, Evaluation, evaluate};
use oddbench_core::metrics::Metric;
use oddbench_core::scores::{ScoredPart, Scores};
use oddbench_core::threshold::{Mixture, Rule, ThresholdSettings, TuneOn, Undefined};
use serde_json::Value;

use crate::golden::{assert_close, get, read};

fn choose(validation: &[f64], log: bool) -> Result<Evaluation, EvaluateError> {
    choose_with(validation, &vec![false; validation.len()], log)
}

fn choose_with(
    validation: &[f64],
    labels: &[bool],
    log: bool,
) -> Result<Evaluation, EvaluateError> {
    let part = |scores: &[f64], labels: &[bool]| ScoredPart {
        scores: scores.to_vec(),
        labels: labels.into(),
        ..ScoredPart::default()
    };
    let scores = Scores {
        validation: part(validation, labels),
        test: part(&[0.5, 1.5], &[false, true]),
        transfer: None,
    };
    let settings =
        ThresholdSettings { rule: Rule::Mixture(Mixture { log }), tune_on: TuneOn::Validation };
    evaluate(&scores, &settings, None)
}

#[test]
fn the_border_is_scikit_learns() {
    let cases: Vec<Value> = get(&read("mixture.json")["cases"]);
    assert_eq!(cases.len(), 6);
    for case in cases {
        let (name, scores): (String, Vec<f64>) = (get(&case["name"]), get(&case["scores"]));
        let ours = choose(&scores, get(&case["log"])).unwrap();
        let expected: f64 = get(&case["threshold"]);
        // The likelihood is flat around its maximum: the searches end that close to it.
        let spread = scores.iter().copied().fold(f64::NEG_INFINITY, f64::max)
            - scores.iter().copied().fold(f64::INFINITY, f64::min);
        let apart = ours.threshold.map(|ours| (ours - expected).abs() / spread);
        assert_close(apart, Some(0.0), 2e-4, &name);
    }
}

/// Neighbours are taken together where there are many rows; that must hardly move the border.
#[test]
fn many_rows_have_the_border_of_few() {
    let few: Vec<f64> = get(&read("mixture.json")["cases"][1]["scores"]);
    let many: Vec<f64> = (0..10).flat_map(|_| few.iter().copied()).collect();
    let (few, many) = (choose(&few, false).unwrap(), choose(&many, false).unwrap());
    assert_close(many.threshold, few.threshold, 1e-3, "ten copies");
}

#[test]
fn no_label_has_a_part_in_it() {
    let scores: Vec<f64> = get(&read("mixture.json")["cases"][0]["scores"]);
    let labels: Vec<bool> = scores.iter().map(|score| *score > 4.0).collect();
    let with = choose_with(&scores, &labels, false).unwrap();
    assert_eq!(with.threshold, choose(&scores, false).unwrap().threshold);
    assert!(!with.oracle);
}

#[test]
fn scores_that_are_not_two_groups_have_no_threshold() {
    let tied: Vec<f64> = (0..400).map(|row| f64::from(u8::from(row % 4 == 0))).collect();
    for scores in [vec![2.0; 50], vec![1.0], vec![1.0, 2.0], tied] {
        let ours = choose(&scores, false).unwrap();
        assert_eq!((ours.threshold, ours.undefined), (None, Some(Undefined::ONE_GROUP)));
        assert_eq!(
            (ours.metrics[Metric::F1], ours.metrics[Metric::RocAuc]),
            (None, Some(1.0)),
            "areas need no threshold"
        );
    }
    let zero = choose(&[0.0, 1.0, 2.0], true).unwrap();
    assert_eq!(zero.undefined, Some(Undefined::NO_LOGARITHM));
    assert!(matches!(choose(&[], false), Err(EvaluateError::NoRows { what: "rows", .. })));
}
