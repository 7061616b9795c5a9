//! Scores along projections against PyOD's and the papers' on the tables of
//! `tests/golden/projection.json`, which `tests/golden/make_projection_golden.py` made; PCA against
//! linfa's.

use std::sync::LazyLock;

use linfa::{DatasetBase, traits::Fit};
use linfa_reduction::Pca;
use ndarray::Array2;
use oddbench_core::{FittedDetector, Matrix, Silent, Train};
use oddbench_models::{Backend, find};
use serde_json::{Value, json};

static GOLDEN: LazyLock<Value> =
    LazyLock::new(|| serde_json::from_str(include_str!("../golden/projection.json")).unwrap());

fn numbers(value: &Value) -> Vec<f64> {
    value.as_array().unwrap().iter().map(|v| v.as_f64().unwrap()).collect()
}

fn matrix(name: &str) -> Matrix {
    let rows: Vec<Vec<f64>> = GOLDEN[name].as_array().unwrap().iter().map(numbers).collect();
    let data = rows.concat().iter().map(|&v| v as f32).collect();
    Matrix::new(rows.len(), rows[0].len(), data).unwrap()
}

fn fit(kind: &str, params: &Value, x: &Matrix, seed: u64) -> Box<dyn FittedDetector> {
    let device = Backend::Cpu.open().unwrap();
    let detector = find(kind).unwrap().build(params, &device).unwrap();
    detector.fit(Train { x, labels: None, validation: None }, seed, &mut Silent).unwrap()
}

fn scores(kind: &str, params: &Value, seed: u64) -> Vec<f64> {
    fit(kind, params, &matrix("train"), seed).score(&matrix("test")).unwrap()
}

fn assert_close(ours: &[f64], theirs: &[f64], tolerance: f64, what: &str) {
    assert_eq!(ours.len(), theirs.len());
    for (row, (a, b)) in ours.iter().zip(theirs).enumerate() {
        assert!((a - b).abs() <= tolerance * b.abs().max(1.0), "{what}, row {row}: {a} {b}");
    }
}

/// The area under the ROC curve as the share of pairs in order; no two scores are equal here.
fn roc_auc(scores: &[f64]) -> f64 {
    let labels: Vec<bool> =
        GOLDEN["labels"].as_array().unwrap().iter().map(|v| v.as_bool().unwrap()).collect();
    let of = |class| scores.iter().zip(&labels).filter(move |(_, l)| **l == class).map(|(s, _)| *s);
    let pairs = of(true).flat_map(|outlier| of(false).map(move |inlier| outlier > inlier));
    let pairs: Vec<bool> = pairs.collect();
    pairs.iter().filter(|in_order| **in_order).count() as f64 / pairs.len() as f64
}

#[test]
fn the_weighted_distance_is_pyods() {
    for case in GOLDEN["pca"].as_array().unwrap() {
        let mut params = case["params"].clone();
        params["score"] = json!("weighted-component-distance");
        params["sign"] = json!("loading");
        let what = params.to_string();
        assert_close(&scores("pca", &params, 0), &numbers(&case["score"]), 1e-9, &what);
    }
}

#[test]
fn the_weighted_distance_takes_all_components_unless_told() {
    let params = json!({ "score": "weighted-component-distance" });
    assert_eq!(find("pca").unwrap().resolve(&params).unwrap()["n_components"], json!("all"));
    assert_eq!(find("pca").unwrap().resolve(&json!({})).unwrap()["n_components"], json!(2));
}

#[test]
fn the_classifier_is_that_of_the_paper() {
    for case in GOLDEN["classifier"].as_array().unwrap() {
        let ours = scores("principal-component-classifier", &case["params"], 0);
        assert_close(&ours, &numbers(&case["score"]), 1e-9, &case["params"].to_string());
    }
}

#[test]
fn the_classifier_has_the_false_alarm_rate_that_is_asked_for() {
    let x = matrix("train");
    for (components, rate) in [("all", 0.1), ("major", 0.05)] {
        let params = json!({ "components": components, "false_alarm_rate": rate });
        let fitted = fit("principal-component-classifier", &params, &x, 0);
        let threshold = fitted.native_threshold().unwrap();
        let alarms = fitted.score(&x).unwrap().iter().filter(|s| **s > threshold).count();
        assert_eq!(alarms, (rate * x.rows() as f64).round() as usize, "{components}");
    }
}

/// The table with two columns rounded to binary fractions, so that their sum is exact.
fn with_binary_fractions(name: &str) -> Matrix {
    let mut x = matrix(name);
    let cols = x.cols();
    for row in x.as_mut_slice().chunks_exact_mut(cols) {
        for column in [0, 2] {
            row[column] = (row[column] * 1024.0).round() / 1024.0;
        }
    }
    x
}

/// That table, and three columns more: a constant, a copy, and the sum of two others.
fn with_dependent_columns(name: &str) -> Matrix {
    let x = with_binary_fractions(name);
    let wide = |row: &[f32]| [row, &[0.3, row[1], row[0] + row[2]]].concat();
    let data: Vec<f32> = x.iter_rows().flat_map(wide).collect();
    Matrix::new(x.rows(), x.cols() + 3, data).unwrap()
}

#[test]
fn components_of_no_variance_are_left_out() {
    let (train, test) = (with_dependent_columns("train"), with_dependent_columns("test"));
    for (kind, params) in [
        ("pca", json!({ "score": "weighted-component-distance" })),
        ("pca", json!({ "score": "weighted-component-distance", "n_selected_components": 2 })),
        ("principal-component-classifier", json!({})),
        ("principal-component-classifier", json!({ "components": "minor" })),
    ] {
        let scores = fit(kind, &params, &train, 0).score(&test).unwrap();
        // Rounding in place of a variance would make scores of 1e14 and more.
        assert!(scores.iter().all(|s| s.is_finite() && *s < 1e6), "{kind} {params}: {scores:?}");
    }
}

/// The Mahalanobis distance under the pseudo-inverse does not change where columns are added that the others
/// determine.
#[test]
fn the_sum_over_all_components_does_not_count_what_other_columns_determine() {
    let params = json!({ "components": "all", "trim": 0.01 });
    let scores = |train: &Matrix, test: &Matrix| {
        fit("principal-component-classifier", &params, train, 0).score(test).unwrap()
    };
    let plain = scores(&with_binary_fractions("train"), &with_binary_fractions("test"));
    let wide = scores(&with_dependent_columns("train"), &with_dependent_columns("test"));
    assert_close(&wide, &plain, 1e-6, "with three dependent columns");
}

/// Other random numbers, so the averages are compared: of the ranking over seeds, and of each row's
/// score over many trees. The standard error of the difference of two such means is 0.0025 at most.
#[test]
fn the_extended_isolation_forest_is_that_of_the_paper_on_average() {
    let golden = &GOLDEN["extended_isolation_forest"];
    let kind = "extended-isolation-forest";
    let params = json!({ "max_samples": golden["max_samples"] });
    let aucs: Vec<f64> = (0..60).map(|seed| roc_auc(&scores(kind, &params, seed))).collect();
    let mean = aucs.iter().sum::<f64>() / aucs.len() as f64;
    let expected = golden["mean_roc_auc"].as_f64().unwrap();
    assert!((mean - expected).abs() < 0.01, "mean ROC-AUC {mean}, the paper's forest {expected}");

    let params = json!({ "max_samples": golden["max_samples"], "n_estimators": 10_000 });
    assert_close(&scores(kind, &params, 1), &numbers(&golden["mean_score"]), 0.01, "mean score");
}

/// An isolation forest draws the same cuts, from other random numbers.
#[test]
fn without_extension_it_is_an_isolation_forest() {
    let many = |extra: Value| {
        let mut params = json!({ "n_estimators": 10_000, "max_samples": 64 });
        params.as_object_mut().unwrap().extend(extra.as_object().unwrap().clone());
        params
    };
    let axes = scores("extended-isolation-forest", &many(json!({ "extension_level": 0 })), 1);
    assert_close(&axes, &scores("isolation-forest", &many(json!({})), 1), 0.01, "mean score");
}

/// linfa's PCA finds the components that the reconstruction error and its plane are made of, if it is
/// asked for as many as there are columns: also where columns are constant, equal, or sums of others. Its
/// search ends at a precision of 1e-5 of the singular values.
#[test]
fn linfas_pca_at_full_rank_agrees() {
    for (train, test) in [
        (matrix("train"), matrix("test")),
        (with_dependent_columns("train"), with_dependent_columns("test")),
    ] {
        let wide = |x: &Matrix| {
            let data = x.as_slice().iter().map(|&v| f64::from(v)).collect();
            Array2::from_shape_vec((x.rows(), x.cols()), data).unwrap()
        };
        let theirs = Pca::params(train.cols()).fit(&DatasetBase::from(wide(&train))).unwrap();
        for k in 1..=4 {
            let centred = wide(&test) - theirs.mean();
            let components = theirs.components().slice(ndarray::s![..k, ..]);
            let residual = &centred - &centred.dot(&components.t()).dot(&components);
            let d = test.cols() as f64;
            let expected: Vec<f64> =
                residual.rows().into_iter().map(|row| row.dot(&row) / d).collect();
            let ours = fit("pca", &json!({ "n_components": k }), &train, 0).score(&test).unwrap();
            assert_close(&ours, &expected, 1e-6, &format!("{k} of {} components", test.cols()));
        }
    }
}
