//! Metrics and quantiles against scikit-learn and NumPy, on random, tied, constant and one-class
//! scores.

use oddbench_core::metrics::{
    Confusion, Group, Metric, average_precision, pr_curve, roc_auc, roc_curve,
};
use oddbench_core::threshold::quantile;
use serde_json::Value;

use crate::golden::{assert_all_close, assert_close, get, read};

const TOLERANCE: f64 = 1e-12;

struct Case {
    name: String,
    labels: Vec<bool>,
    scores: Vec<f64>,
    golden: Value,
}

fn cases() -> Vec<Case> {
    let file = read("metrics.json");
    let cases: Vec<Value> = get(&file["cases"]);
    assert_eq!(cases.len(), 11);
    let case = |golden: Value| Case {
        name: get(&golden["name"]),
        labels: get(&golden["labels"]),
        scores: get(&golden["scores"]),
        golden,
    };
    cases.into_iter().map(case).collect()
}

#[test]
fn areas_are_scikit_learns() {
    for Case { name, labels, scores, golden } in cases() {
        let (auc, area) = (roc_auc(&labels, &scores), average_precision(&labels, &scores));
        assert_close(auc, get(&golden["roc_auc"]), TOLERANCE, &name);
        assert_close(area, get(&golden["average_precision"]), TOLERANCE, &name);
    }
}

#[test]
fn curves_are_scikit_learns() {
    for Case { name, labels, scores, golden } in cases() {
        let (roc, pr) = (roc_curve(&labels, &scores), pr_curve(&labels, &scores));
        assert_eq!(roc.is_some(), golden.get("roc").is_some(), "{name}");
        assert_eq!(pr.is_some(), golden.get("pr").is_some(), "{name}");
        if let Some(roc) = roc {
            let golden = &golden["roc"];
            assert_all_close(&roc.fpr, &get::<Vec<f64>>(&golden["fpr"]), TOLERANCE, &name);
            assert_all_close(&roc.tpr, &get::<Vec<f64>>(&golden["tpr"]), TOLERANCE, &name);
        }
        if let Some(pr) = pr {
            let golden = &golden["pr"];
            assert_eq!(pr.thresholds, get::<Vec<f64>>(&golden["thresholds"]), "{name}");
            let (precision, recall): (Vec<_>, Vec<_>) =
                (get(&golden["precision"]), get(&golden["recall"]));
            assert_all_close(&pr.precision, &precision, TOLERANCE, &name);
            assert_all_close(&pr.recall, &recall, TOLERANCE, &name);
        }
    }
}

#[test]
fn decisions_at_a_threshold_are_scikit_learns() {
    for Case { name, labels, scores, golden } in cases() {
        for at in get::<Vec<Value>>(&golden["decisions"]) {
            let counts = Confusion::at(&labels, &scores, get(&at["threshold"]));
            let [tp, fp, tn, fn_] = get(&at["counts"]);
            assert_eq!(counts, Confusion { tp, fp, tn, fn_ }, "{name}");
            let by_name = Metric::of_group(Group::Study).filter(|metric| metric.needs_threshold());
            let ours = by_name.map(|metric| (metric.name(), metric.of_counts(&counts)));
            for (metric, ours) in ours.chain([("f_half", counts.weighted().f_beta(0.5))]) {
                assert_close(ours, get(&at[metric]), TOLERANCE, &format!("{name}, {metric}"));
            }
        }
    }
}

#[test]
fn quantiles_are_numpys() {
    for Case { name, scores, golden, .. } in cases() {
        for [q, expected] in get::<Vec<[f64; 2]>>(&golden["quantiles"]) {
            assert_close(quantile(&scores, q), Some(expected), TOLERANCE, &format!("{name}, {q}"));
        }
    }
}
