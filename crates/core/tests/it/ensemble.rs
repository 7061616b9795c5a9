//! Ensembles against NumPy and scikit-learn's metrics on weighted rows.

use oddbench_core::ensemble::{
    EnsembleSettings, Reference, Select, combine, criterion, surprisals, weights,
};
use serde_json::Value;

use crate::golden::{get, read};

#[test]
fn members_weights_and_scores_are_numpys() {
    let golden = read("ensemble.json");
    let labels: Vec<bool> = get(&golden["labels"]);
    let validation: Vec<Vec<f64>> = get(&golden["validation"]);
    let test: Vec<Vec<f64>> = get(&golden["test"]);
    let references: Vec<Reference> =
        validation.iter().map(|scores| Reference::inliers(&labels, scores).unwrap()).collect();
    let surprise = |parts: &[Vec<f64>]| -> Vec<Vec<f64>> {
        references.iter().zip(parts).map(|(known, scores)| surprisals(known, scores)).collect()
    };
    let (known, new) = (surprise(&validation), surprise(&test));
    let cases: Vec<Value> = get(&golden["cases"]);
    assert_eq!(cases.len(), 16);
    for case in cases {
        let settings = EnsembleSettings {
            combine: get(&case["combine"]),
            select: Select::Greedy,
            maximise: get(&case["maximise"]),
            prevalence: get(&case["prevalence"]),
            limit: get(&golden["limit"]),
        };
        let chosen = weights(&settings, &labels, &known).unwrap();
        let joint = combine(settings.combine, &known, &chosen);
        let value = criterion(&settings, &labels, &joint).unwrap();
        assert!((value - get::<f64>(&case["value"])).abs() < 1e-9, "{settings:?}: {value}");
        assert_eq!(chosen, get::<Vec<usize>>(&case["weights"]), "{settings:?}");
        let expected: Vec<f64> = get(&case["scores"]);
        for (ours, theirs) in combine(settings.combine, &new, &chosen).iter().zip(&expected) {
            assert!((ours - theirs).abs() < 1e-9, "{settings:?}: {ours} and {theirs}");
        }
    }
}
