//! The supervised detectors against scikit-learn's classifiers on the tables of
//! `tests/golden/supervised.json`, which `tests/golden/make_supervised_golden.py` made.

use std::sync::LazyLock;

use oddbench_core::{FittedDetector, Matrix, Silent, Train};
use oddbench_models::{Backend, find};
use serde_json::{Value, json};

static GOLDEN: LazyLock<Value> =
    LazyLock::new(|| serde_json::from_str(include_str!("../golden/supervised.json")).unwrap());

fn numbers(value: &Value) -> Vec<f64> {
    value.as_array().unwrap().iter().map(|v| v.as_f64().unwrap()).collect()
}

fn matrix(value: &Value) -> Matrix {
    let rows: Vec<Vec<f64>> = value.as_array().unwrap().iter().map(numbers).collect();
    let data = rows.concat().iter().map(|&v| v as f32).collect();
    Matrix::new(rows.len(), rows[0].len(), data).unwrap()
}

fn labels(value: &Value) -> Vec<bool> {
    value.as_array().unwrap().iter().map(|v| v.as_bool().unwrap()).collect()
}

fn fit(
    kind: &str,
    params: &Value,
    (x, labels): (&Matrix, &[bool]),
    seed: u64,
) -> Box<dyn FittedDetector> {
    let device = Backend::Cpu.open().unwrap();
    let detector = find(kind).unwrap().build(params, &device).unwrap();
    detector.fit(Train { x, labels: Some(labels), validation: None }, seed, &mut Silent).unwrap()
}

fn with(params: &Value, more: &[(&str, Value)]) -> Value {
    let mut params = params.clone();
    for (key, value) in more {
        params[*key] = value.clone();
    }
    params
}

/// The area under the ROC curve as the share of pairs in order, ties counting half.
fn roc_auc(scores: &[f64], labels: &[bool]) -> f64 {
    let of = |class: bool| scores.iter().zip(labels).filter(move |(_, l)| **l == class);
    let (mut wins, mut pairs) = (0.0, 0.0);
    for (outlier, _) in of(true) {
        for (inlier, _) in of(false) {
            pairs += 1.0;
            wins += match outlier.total_cmp(inlier) {
                std::cmp::Ordering::Greater => 1.0,
                std::cmp::Ordering::Equal => 0.5,
                std::cmp::Ordering::Less => 0.0,
            };
        }
    }
    wins / pairs
}

/// ROC-AUC and accuracy at the detector's own threshold, averaged over seeds.
fn means(kind: &str, params: &Value, seeds: u64) -> [f64; 2] {
    let (train, test) = (matrix(&GOLDEN["train"]), matrix(&GOLDEN["test"]));
    let (train_labels, test_labels) =
        (labels(&GOLDEN["train_labels"]), labels(&GOLDEN["test_labels"]));
    let mut sums = [0.0; 2];
    for seed in 0..seeds {
        let fitted = fit(kind, params, (&train, &train_labels), seed);
        let scores = fitted.score(&test).unwrap();
        let threshold = fitted.native_threshold().unwrap();
        let right = scores.iter().zip(&test_labels).filter(|(s, l)| (**s > threshold) == **l);
        sums[0] += roc_auc(&scores, &test_labels) / seeds as f64;
        sums[1] += right.count() as f64 / test.rows() as f64 / seeds as f64;
    }
    sums
}

fn assert_near(ours: [f64; 2], golden: &Value, what: &str) {
    for (ours, key) in ours.into_iter().zip(["roc_auc", "accuracy"]) {
        let theirs = golden[key].as_f64().unwrap();
        assert!((ours - theirs).abs() <= 0.015, "{what}: {key} {ours}, scikit-learn's {theirs}");
    }
}

/// One tree on all rows and all columns, on a table where no two best cuts are equally good.
#[test]
fn a_tree_is_scikit_learns() {
    let golden = &GOLDEN["tree"];
    let (train, test) = (matrix(&golden["train"]), matrix(&golden["test"]));
    let labels = labels(&golden["labels"]);
    let one =
        [("n_estimators", json!(1)), ("bootstrap", json!(false)), ("max_features", json!("all"))];
    for case in golden["cases"].as_array().unwrap() {
        let params = with(&case["params"], &one);
        for seed in 0..5 {
            let scores =
                fit("random-forest", &params, (&train, &labels), seed).score(&test).unwrap();
            for (row, (a, b)) in scores.iter().zip(numbers(&case["score"])).enumerate() {
                assert!((a - b).abs() < 1e-12, "{params}, row {row}: {a} {b}");
            }
        }
    }
}

#[test]
fn a_forest_is_as_good_as_scikit_learns() {
    for case in GOLDEN["random_forest"].as_array().unwrap() {
        let params = &case["params"];
        assert_near(means("random-forest", params, 5), case, &params.to_string());
    }
}

#[test]
fn boosting_is_as_good_as_scikit_learns() {
    // scikit-learn's bound on leaves counts rows, of which one is enough.
    let params = json!({ "min_leaf_weight": 0.001 });
    assert_near(means("gradient-boosting", &params, 1), &GOLDEN["gradient_boosting"], "boosting");
}

#[test]
fn an_svm_is_scikit_learns() {
    let (train, test) = (matrix(&GOLDEN["train"]), matrix(&GOLDEN["test"]));
    let labels = labels(&GOLDEN["train_labels"]);
    for case in GOLDEN["svm"].as_array().unwrap() {
        let params = with(&case["params"], &[("tolerance", json!(1e-9))]);
        let scores = fit("svm", &params, (&train, &labels), 0).score(&test).unwrap();
        for (row, (a, b)) in scores.iter().zip(numbers(&case["score"])).enumerate() {
            assert!((a - b).abs() <= 1e-6 * b.abs().max(1.0), "{params}, row {row}: {a} {b}");
        }
    }
}
