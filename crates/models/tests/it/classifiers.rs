//! `logistic-regression`, `naive-bayes` and `knn-classifier` against scikit-learn, on the table of
//! `tests/golden/classifiers.json`, which `tests/golden/make_classifiers_golden.py` made.

use std::sync::LazyLock;

use oddbench_core::{DetectorError, Epoch, FittedDetector, Matrix, Silent, Train, Watch};
use oddbench_models::{Backend, find};
use serde_json::{Value, json};

static GOLDEN: LazyLock<Value> =
    LazyLock::new(|| serde_json::from_str(include_str!("../golden/classifiers.json")).unwrap());

fn numbers(value: &Value) -> Vec<f64> {
    value.as_array().unwrap().iter().map(|v| v.as_f64().unwrap()).collect()
}

fn matrix(value: &Value) -> Matrix {
    let rows: Vec<Vec<f64>> = value.as_array().unwrap().iter().map(numbers).collect();
    let data = rows.concat().iter().map(|&v| v as f32).collect();
    Matrix::new(rows.len(), rows[0].len(), data).unwrap()
}

fn labels() -> Vec<bool> {
    GOLDEN["labels"].as_array().unwrap().iter().map(|v| v.as_bool().unwrap()).collect()
}

/// What a fit says, and whether it is stopped at once.
#[derive(Default)]
struct Ear {
    notes: Vec<String>,
    stop: bool,
}

impl Watch for Ear {
    fn epoch(&mut self, _: Epoch) {}

    fn note(&mut self, note: &str) {
        self.notes.push(note.into());
    }

    fn cancelled(&self) -> bool {
        self.stop
    }
}

fn fit_on(
    kind: &str,
    params: &Value,
    (x, labels): (&Matrix, &[bool]),
    watch: &mut dyn Watch,
) -> Result<Box<dyn FittedDetector>, DetectorError> {
    let device = Backend::Cpu.open().unwrap();
    let detector = find(kind).unwrap().build(params, &device).unwrap();
    detector.fit(Train { x, labels: Some(labels), validation: None }, 0, watch)
}

fn fit(kind: &str, params: &Value) -> Box<dyn FittedDetector> {
    fit_on(kind, params, (&matrix(&GOLDEN["train"]), &labels()), &mut Silent).unwrap()
}

#[test]
fn a_logistic_regression_is_scikit_learns() {
    let test = matrix(&GOLDEN["test"]);
    for case in GOLDEN["logistic_regression"].as_array().unwrap() {
        let mut params = case["params"].clone();
        params["tolerance"] = json!(1e-9);
        let fitted = fit("logistic-regression", &params);
        for (a, b) in fitted.score(&test).unwrap().iter().zip(numbers(&case["score"])) {
            assert!((a - b).abs() < 1e-4, "{params}: {a} {b}");
        }
        // A row of zeros has the intercept as its score. One more unit in a column adds that column's coefficient.
        let d = test.cols();
        let mut units = Matrix::zeros(d + 1, d);
        (0..d).for_each(|j| units.as_mut_slice()[(j + 1) * d + j] = 1.0);
        let scores = fitted.score(&units).unwrap();
        assert!((scores[0] - case["intercept"].as_f64().unwrap()).abs() < 1e-4, "{params}");
        for (j, coefficient) in numbers(&case["coefficients"]).iter().enumerate() {
            let ours = scores[j + 1] - scores[0];
            assert!((ours - coefficient).abs() < 1e-4, "{params}, {j}: {ours} {coefficient}");
        }
    }
}

#[test]
fn naive_bayes_is_scikit_learns() {
    let test = matrix(&GOLDEN["test"]);
    for case in GOLDEN["naive_bayes"].as_array().unwrap() {
        let scores = fit("naive-bayes", &case["params"]).score(&test).unwrap();
        for (row, (a, b)) in scores.iter().zip(numbers(&case["score"])).enumerate() {
            assert!((a - b).abs() <= 1e-9 * b.abs().max(1.0), "row {row}: {a} {b}");
        }
    }
}

#[test]
fn a_neighbour_classifier_is_scikit_learns() {
    let mut rows = GOLDEN["test"].as_array().unwrap().clone();
    rows.extend_from_slice(&GOLDEN["train"].as_array().unwrap()[..5]);
    let rows = matrix(&Value::Array(rows));
    for case in GOLDEN["knn_classifier"].as_array().unwrap() {
        let scores = fit("knn-classifier", &case["params"]).score(&rows).unwrap();
        for (row, (a, b)) in scores.iter().zip(numbers(&case["score"])).enumerate() {
            assert!((a - b).abs() < 1e-9, "{}, row {row}: {a} {b}", case["params"]);
        }
    }
}

/// Three rows of two places: an outlier and an inlier at 0, an inlier at 1.
fn places() -> (Matrix, Vec<bool>) {
    (Matrix::new(3, 1, vec![0.0, 0.0, 1.0]).unwrap(), vec![false, true, false])
}

#[test]
fn equal_rows_share_their_labels_whatever_their_order() {
    let (x, labels) = places();
    let swapped = [true, false, false];
    for (k, expected) in [(1, 0.5), (2, 0.5), (3, 1.0 / 3.0)] {
        let params = json!({ "n_neighbors": k });
        for labels in [&labels[..], &swapped] {
            let fitted = fit_on("knn-classifier", &params, (&x, labels), &mut Silent).unwrap();
            let score = fitted.score(&x.select(&[0])).unwrap()[0];
            assert!((score - expected).abs() < 1e-12, "{k}: {score}");
        }
    }
    // An outlier that weighs three: three parts of three and one.
    let params = json!({ "n_neighbors": 2, "class_weight": 3 });
    let fitted = fit_on("knn-classifier", &params, (&x, &labels), &mut Silent).unwrap();
    assert!((fitted.score(&x.select(&[0])).unwrap()[0] - 0.75).abs() < 1e-12);
}

/// The column that smartcore's naive Bayes cannot take: constant in one class.
#[test]
fn a_column_without_variance_in_one_class_still_tells_the_classes_apart() {
    let x = Matrix::new(6, 1, vec![0.0, 0.0, 0.0, 1.0, 2.0, 3.0]).unwrap();
    let labels = [false, false, false, true, true, true];
    let fitted = fit_on("naive-bayes", &json!({}), (&x, &labels), &mut Silent).unwrap();
    let scores = fitted.score(&x).unwrap();
    let threshold = fitted.native_threshold().unwrap();
    assert_eq!(scores.iter().map(|score| *score > threshold).collect::<Vec<_>>(), labels);
}

#[test]
fn a_regression_that_is_not_done_says_so_and_can_be_stopped() {
    let (x, labels) = (matrix(&GOLDEN["train"]), labels());
    let mut ear = Ear::default();
    let params = json!({ "max_iter": 2 });
    fit_on("logistic-regression", &params, (&x, &labels), &mut ear).unwrap();
    assert!(ear.notes[0].contains("max_iter = 2"), "{:?}", ear.notes);
    let mut ear = Ear { stop: true, ..Ear::default() };
    let stopped = fit_on("logistic-regression", &json!({}), (&x, &labels), &mut ear);
    assert!(matches!(stopped, Err(DetectorError::Cancelled)));
}

#[test]
fn parts_add_up_to_the_odds() {
    let test = matrix(&GOLDEN["test"]);
    for (kind, params) in
        [("logistic-regression", json!({})), ("naive-bayes", json!({ "var_smoothing": 0.01 }))]
    {
        let fitted = fit(kind, &params);
        let (scores, parts) =
            (fitted.score(&test).unwrap(), fitted.explain(&test).unwrap().unwrap());
        let rest: Vec<f64> = (parts.iter_rows().zip(&scores))
            .map(|(parts, score)| score - parts.iter().map(|part| f64::from(*part)).sum::<f64>())
            .collect();
        for left in &rest {
            assert!((left - rest[0]).abs() < 1e-3, "{kind}: {left} {}", rest[0]);
        }
    }
}
