//! Scores against scikit-learn's and PyOD's on the tables of `tests/golden/golden.json`, which
//! `tests/golden/make_golden.py` made.

use std::sync::LazyLock;

use oddbench_core::threshold::quantile;
use oddbench_core::{Epoch, Matrix, Silent, Train, Watch};
use oddbench_models::{Backend, find};
use serde_json::{Value, json};

static GOLDEN: LazyLock<Value> =
    LazyLock::new(|| serde_json::from_str(include_str!("../golden/golden.json")).unwrap());

fn numbers(value: &Value) -> Vec<f64> {
    value.as_array().unwrap().iter().map(|v| v.as_f64().unwrap()).collect()
}

fn matrix(name: &str) -> Matrix {
    table(&GOLDEN[name])
}

fn table(value: &Value) -> Matrix {
    let rows: Vec<Vec<f64>> = value.as_array().unwrap().iter().map(numbers).collect();
    let data = rows.concat().iter().map(|&v| v as f32).collect();
    Matrix::new(rows.len(), rows[0].len(), data).unwrap()
}

fn scores(kind: &str, params: &Value, seed: u64) -> Vec<f64> {
    scores_on(&matrix("train"), &matrix("test"), kind, params, seed)
}

fn training_scores(kind: &str, params: &Value) -> Vec<f64> {
    let device = Backend::Cpu.open().unwrap();
    let detector = find(kind).unwrap().build(params, &device).unwrap();
    let x = matrix("train");
    let train = Train { x: &x, labels: None, validation: None };
    detector.fit(train, 1, &mut Silent).unwrap().score_training(&x).unwrap()
}

fn scores_on(train: &Matrix, test: &Matrix, kind: &str, params: &Value, seed: u64) -> Vec<f64> {
    let device = Backend::Cpu.open().unwrap();
    let detector = find(kind).unwrap().build(params, &device).unwrap();
    let train = Train { x: train, labels: None, validation: None };
    detector.fit(train, seed, &mut Silent).unwrap().score(test).unwrap()
}

fn assert_close(ours: &[f64], theirs: &Value, tolerance: f64, what: &str) {
    let theirs = numbers(theirs);
    assert_eq!(ours.len(), theirs.len());
    for (row, (a, b)) in ours.iter().zip(&theirs).enumerate() {
        assert!((a - b).abs() <= tolerance * b.abs().max(1.0), "{what}, row {row}: {a} {b}");
    }
}

/// The area under the ROC curve as the share of pairs in order, ties counting half.
fn roc_auc(scores: &[f64]) -> f64 {
    let labels: Vec<bool> =
        GOLDEN["labels"].as_array().unwrap().iter().map(|v| v.as_bool().unwrap()).collect();
    let of = |class| scores.iter().zip(&labels).filter(move |(_, l)| **l == class).map(|(s, _)| *s);
    let (mut wins, mut pairs) = (0.0, 0.0);
    for outlier in of(true) {
        for inlier in of(false) {
            pairs += 1.0;
            wins += if outlier > inlier {
                1.0
            } else if outlier == inlier {
                0.5
            } else {
                0.0
            };
        }
    }
    wins / pairs
}

#[test]
fn pca_agrees_with_scikit_learn() {
    for (k, theirs) in GOLDEN["pca"].as_object().unwrap() {
        let k: usize = k.parse().unwrap();
        let reconstruction = scores("pca", &json!({ "n_components": k }), 0);
        assert_close(&reconstruction, &theirs["reconstruction"], 1e-9, "reconstruction");
        for sign in ["projection", "loading"] {
            let params = json!({ "n_components": k, "score": "component-distance", "sign": sign });
            assert_close(&scores("pca", &params, 0), &theirs[sign], 1e-9, sign);
        }
    }
}

#[test]
fn ocsvm_agrees_with_scikit_learn() {
    for case in GOLDEN["ocsvm"].as_array().unwrap() {
        let mut params = case["params"].clone();
        params["tolerance"] = json!(1e-8);
        let what = params.to_string();
        assert_close(&scores("ocsvm", &params, 0), &case["score"], 1e-6, &what);
    }
}

/// Other random numbers, so the averages are compared: of the ranking over seeds, and of each row's
/// score over many trees.
#[test]
fn isolation_forest_agrees_with_scikit_learn_on_average() {
    let golden = &GOLDEN["isolation_forest"];
    let params = json!({ "max_samples": golden["max_samples"] });
    let aucs: Vec<f64> =
        (0..100).map(|seed| roc_auc(&scores("isolation-forest", &params, seed))).collect();
    let mean = aucs.iter().sum::<f64>() / aucs.len() as f64;
    let expected = golden["mean_roc_auc"].as_f64().unwrap();
    assert!((mean - expected).abs() < 0.01, "mean ROC-AUC {mean}, scikit-learn's {expected}");

    let params = json!({ "max_samples": golden["max_samples"], "n_estimators": 10_000 });
    let scores = scores("isolation-forest", &params, 1);
    assert_close(&scores, &golden["mean_score"], 0.004, "mean score");
}

#[test]
fn mahalanobis_agrees_with_scikit_learn() {
    assert_close(&scores("mahalanobis", &json!({}), 0), &GOLDEN["mahalanobis"], 1e-9, "squared");
}

/// On rows whose central part is the same from any start.
#[test]
fn robust_mahalanobis_agrees_with_scikit_learn() {
    for case in GOLDEN["mcd"].as_array().unwrap() {
        let (train, test) = (table(&case["train"]), table(&case["test"]));
        let fraction = &case["support_fraction"];
        let params = json!({ "estimator": "mcd", "support_fraction": fraction });
        for seed in [1, 2] {
            let scores = scores_on(&train, &test, "mahalanobis", &params, seed);
            assert_close(&scores, &case["score"], 1e-6, &fraction.to_string());
        }
    }
}

#[test]
fn hbos_agrees_with_pyod() {
    for (bins, theirs) in GOLDEN["hbos"].as_object().unwrap() {
        let params = json!({ "n_bins": bins.parse::<usize>().unwrap() });
        assert_close(&scores("hbos", &params, 0), theirs, 1e-9, bins);
    }
}

/// PyOD joins the rows of a call to the training rows: `train` is its call with one row at a time,
/// `joint` its call with all of them.
#[test]
fn ecod_and_copod_agree_with_pyod() {
    for kind in ["ecod", "copod"] {
        for (reference, theirs) in GOLDEN[kind].as_object().unwrap() {
            let params = json!({ "reference": reference });
            assert_close(&scores(kind, &params, 0), theirs, 1e-9, &format!("{kind} {reference}"));
        }
    }
}

/// Where the score is a sum over the features, the explanation has its parts. Those of `hbos` lack a constant, see
/// `explanations.rs`.
#[test]
fn explanations_add_up_to_the_scores() {
    for kind in [
        "pca",
        "principal-component-classifier",
        "mahalanobis",
        "ecod",
        "copod",
        "k-means",
        "cblof",
    ] {
        let device = Backend::Cpu.open().unwrap();
        let detector = find(kind).unwrap().build(&json!({}), &device).unwrap();
        let (train, test) = (matrix("train"), matrix("test"));
        let train = Train { x: &train, labels: None, validation: None };
        let fitted = detector.fit(train, 0, &mut Silent).unwrap();
        let shares = fitted.explain(&test).unwrap().unwrap();
        for (row, score) in shares.iter_rows().zip(fitted.score(&test).unwrap()) {
            let sum: f64 = row.iter().map(|&v| f64::from(v)).sum();
            assert!((sum - score).abs() < 1e-5 * score.abs().max(1.0), "{kind}: {sum} {score}");
        }
    }
}

#[test]
fn knn_agrees_with_pyod() {
    for (method, theirs) in GOLDEN["knn"].as_object().unwrap() {
        let params = json!({ "n_neighbors": 7, "method": method });
        assert_close(&scores("knn", &params, 0), theirs, 1e-9, method);
    }
}

#[test]
fn lof_agrees_with_scikit_learn() {
    for (k, theirs) in GOLDEN["lof"].as_object().unwrap() {
        let params = json!({ "n_neighbors": k.parse::<usize>().unwrap() });
        assert_close(&scores("lof", &params, 0), theirs, 1e-9, k);
    }
}

/// PyOD's `decision_scores_`: the distances from each training row to others. A row that repeats has
/// its repetition at distance 0.
#[test]
fn knn_scores_training_rows_as_pyod_does() {
    for (case, theirs) in GOLDEN["knn_training"].as_object().unwrap() {
        let (method, k) = case.split_once(' ').unwrap();
        let params = json!({ "n_neighbors": k.parse::<usize>().unwrap(), "method": method });
        assert_close(&training_scores("knn", &params), theirs, 1e-9, case);
    }
}

/// PyOD's `decision_scores_`: a training row is once in the distributions, and not added to them again.
#[test]
fn ecod_and_copod_score_training_rows_as_pyod_does() {
    for kind in ["ecod", "copod"] {
        for reference in ["train", "joint"] {
            let theirs = &GOLDEN[format!("{kind}_training")];
            let ours = training_scores(kind, &json!({ "reference": reference }));
            assert_close(&ours, theirs, 1e-9, &format!("{kind} {reference}"));
        }
    }
}

/// scikit-learn's `negative_outlier_factor_` with its sign changed.
#[test]
fn lof_scores_training_rows_as_scikit_learn_does() {
    for (k, theirs) in GOLDEN["lof_training"].as_object().unwrap() {
        let params = json!({ "n_neighbors": k.parse::<usize>().unwrap() });
        assert_close(&training_scores("lof", &params), theirs, 1e-9, k);
    }
}

/// The default k and k = 1, whose only neighbour would be the row itself: about the share of new rows
/// that the quantile leaves lies beyond it.
#[test]
fn a_threshold_of_training_rows_holds_for_new_rows_of_their_kind() {
    let device = Backend::Cpu.open().unwrap();
    let normal = |rows: usize, seed: u64| {
        // Sums of twelve uniform draws of a linear congruential generator.
        let mut state = seed;
        let mut uniform = || {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            (state >> 40) as f32 / (1_u64 << 24) as f32
        };
        let data = (0..rows * 3).map(|_| (0..12).map(|_| uniform()).sum::<f32>() - 6.0).collect();
        Matrix::new(rows, 3, data).unwrap()
    };
    let (train, new) = (normal(600, 1), normal(2_000, 2));
    let cases = [("knn", 1), ("knn", 5), ("lof", 2), ("lof", 20)];
    for (kind, k) in cases {
        let detector = find(kind).unwrap().build(&json!({ "n_neighbors": k }), &device).unwrap();
        let fitted = detector
            .fit(Train { x: &train, labels: None, validation: None }, 1, &mut Silent)
            .unwrap();
        let threshold = quantile(&fitted.score_training(&train).unwrap(), 0.99).unwrap();
        assert!(threshold > 0.0);
        let flagged = fitted.score(&new).unwrap().iter().filter(|s| **s > threshold).count();
        assert!((8..=50).contains(&flagged), "{kind}, k = {k}: {flagged} of 2,000");
    }
}

#[test]
fn lof_tells_that_rows_repeat_more_often_than_it_has_neighbours() {
    #[derive(Default)]
    struct Notes(Vec<String>);
    impl Watch for Notes {
        fn epoch(&mut self, _: Epoch) {}
        fn note(&mut self, note: &str) {
            self.0.push(note.to_owned());
        }
    }
    let device = Backend::Cpu.open().unwrap();
    let detector = find("lof").unwrap().build(&json!({ "n_neighbors": 5 }), &device).unwrap();
    let told = |repeated: usize| {
        let data: Vec<f32> = (0..40).map(|i| if i < repeated { 0.5 } else { i as f32 }).collect();
        let x = Matrix::new(40, 1, data).unwrap();
        let mut notes = Notes::default();
        let train = Train { x: &x, labels: None, validation: None };
        detector.fit(train, 1, &mut notes).unwrap();
        notes.0
    };
    assert!(told(5).is_empty());
    let notes = told(7);
    assert!(
        notes[0].starts_with("7 of 40 training rows occur more than n_neighbors = 5"),
        "{notes:?}"
    );
    assert!(notes[0].contains("n_neighbors = 7 or more"), "{notes:?}");
}
