//! `k-means`, `cblof` and `gmm` against scikit-learn and PyOD on the tables of
//! `tests/golden/clustering.json`, which `tests/golden/make_clustering_golden.py` made.

use std::sync::LazyLock;

use linfa::{DatasetBase, traits::Fit};
use linfa_clustering::{GaussianMixtureModel, GmmError};
use ndarray::Array2;
use oddbench_core::{DetectorError, Epoch, FittedDetector, Matrix, Silent, Train, Watch};
use oddbench_models::{Backend, find};
use serde_json::{Value, json};

static GOLDEN: LazyLock<Value> =
    LazyLock::new(|| serde_json::from_str(include_str!("../golden/clustering.json")).unwrap());

/// Starts until the centres stand still, so that rounding alone is left of the difference.
const TO_THE_END: f64 = 1e-20;

fn numbers(value: &Value) -> Vec<f64> {
    value.as_array().unwrap().iter().map(|v| v.as_f64().unwrap()).collect()
}

fn table(name: &str, part: &str) -> Matrix {
    let rows: Vec<Vec<f64>> = GOLDEN[name][part].as_array().unwrap().iter().map(numbers).collect();
    let data = rows.concat().iter().map(|&v| v as f32).collect();
    Matrix::new(rows.len(), rows[0].len(), data).unwrap()
}

fn try_fit(
    kind: &str,
    params: &Value,
    x: &Matrix,
    seed: u64,
    watch: &mut dyn Watch,
) -> Result<Box<dyn FittedDetector>, DetectorError> {
    let device = Backend::Cpu.open().unwrap();
    let detector = find(kind).unwrap().build(params, &device).unwrap();
    detector.fit(Train { x, labels: None, validation: None }, seed, watch)
}

fn fit(kind: &str, params: &Value, x: &Matrix, seed: u64) -> Box<dyn FittedDetector> {
    try_fit(kind, params, x, seed, &mut Silent).unwrap()
}

fn assert_close(ours: &[f64], theirs: &[f64], tolerance: f64, what: &str) {
    assert_eq!(ours.len(), theirs.len(), "{what}");
    for (row, (a, b)) in ours.iter().zip(theirs).enumerate() {
        assert!((a - b).abs() <= tolerance * b.abs().max(1.0), "{what}, row {row}: {a} {b}");
    }
}

/// Keeps what a fit notes.
#[derive(Default)]
struct Notes(Vec<String>);

impl Watch for Notes {
    fn epoch(&mut self, _: Epoch) {}
    fn note(&mut self, note: &str) {
        self.0.push(note.to_owned());
    }
}

#[test]
fn k_means_agrees_with_scikit_learn() {
    let params = json!({ "n_clusters": 4, "tolerance": TO_THE_END });
    for seed in [1, 2, 3] {
        let fitted = fit("k-means", &params, &table("separate", "train"), seed);
        let scores = fitted.score(&table("separate", "test")).unwrap();
        assert_close(&scores, &numbers(&GOLDEN["k_means"]), 1e-9, "k-means");
    }
}

#[test]
fn cblof_agrees_with_pyod() {
    let (train, test) = (table("separate", "train"), table("separate", "test"));
    for case in GOLDEN["cblof"].as_array().unwrap() {
        let mut params = case["params"].clone();
        params["n_clusters"] = json!(4);
        params["tolerance"] = json!(TO_THE_END);
        let what = params.to_string();
        let fitted = fit("cblof", &params, &train, 1);
        let (new, old) = (fitted.score(&test).unwrap(), fitted.score_training(&train).unwrap());
        assert_close(&new, &numbers(&case["test"]), 1e-9, &what);
        assert_close(&old, &numbers(&case["train"]), 1e-9, &what);
    }
}

/// PyOD refuses such clusters; the paper's definition makes all of them large.
#[test]
fn where_no_cluster_is_small_cblof_is_the_distance_to_the_nearest_centre() {
    let (train, test) = (table("separate", "train"), table("separate", "test"));
    let params = json!({ "n_clusters": 4, "alpha": 0.99, "beta": 20.0 });
    let mut notes = Notes::default();
    let cblof = try_fit("cblof", &params, &train, 1, &mut notes).unwrap();
    let k_means = fit("k-means", &json!({ "n_clusters": 4 }), &train, 1);
    let (ours, plain) = (cblof.score(&test).unwrap(), k_means.score(&test).unwrap());
    assert_close(&ours, &plain, 1e-3, "distances");
    assert!(notes.0[0].starts_with("no cluster is small"), "{:?}", notes.0);
    assert!(notes.0[0].contains("120, 60, 25, 8 training rows"), "{:?}", notes.0);
}

/// scikit-learn's clusters are the same from any start, so that its EM begins where ours does.
#[test]
fn gmm_agrees_with_scikit_learn() {
    let (train, test) = (table("overlapping", "train"), table("overlapping", "test"));
    for case in GOLDEN["gmm"].as_array().unwrap() {
        let mut params = case["params"].clone();
        if let Some(tol) = params.as_object_mut().unwrap().remove("tol") {
            params["tolerance"] = tol;
        }
        let what = params.to_string();
        for seed in [1, 2] {
            let scores = fit("gmm", &params, &train, seed).score(&test).unwrap();
            assert_close(&scores, &numbers(&case["score"]), 1e-6, &what);
        }
    }
}

/// The same covariance: minus the log-likelihood is half the squared Mahalanobis distance and a constant.
#[test]
fn one_component_ranks_as_mahalanobis_does() {
    let (train, test) = (table("separate", "train"), table("separate", "test"));
    let gmm = fit("gmm", &json!({ "n_components": 1, "reg_covar": 0.0 }), &train, 1);
    let distance = fit("mahalanobis", &json!({}), &train, 1).score(&test).unwrap();
    let half: Vec<f64> = distance.iter().map(|squared| squared / 2.0).collect();
    let scores = gmm.score(&test).unwrap();
    let above: Vec<f64> = scores.iter().map(|score| score - scores[0] + half[0]).collect();
    assert_close(&above, &half, 1e-9, "half the distance");
}

/// 10,000 equal rows and one other row, under one component: the density of that row is
/// exp(-5000), which is 0 in double precision.
#[test]
fn a_row_whose_density_is_zero_is_fitted_on_and_scored() {
    let data = (0..10_001).map(|row| if row == 77 { 1.0 } else { 0.0 }).collect();
    let x = Matrix::new(10_001, 1, data).unwrap();
    let fitted = fit("gmm", &json!({ "n_components": 1 }), &x, 1);
    let share = 1.0 / 10_001.0;
    let variance = share * (1.0 - share) + 1e-6;
    let log_density = |value: f64| {
        -0.5 * ((value - share).powi(2) / variance + (2.0 * std::f64::consts::PI * variance).ln())
    };
    let scores = fitted.score(&x.select(&[0, 77])).unwrap();
    assert_close(&scores, &[-log_density(0.0), -log_density(1.0)], 1e-9, "by hand");
    assert!(scores[1] > 4900.0);
}

/// What docs/upstream/linfa-clustering.md tells, and why the mixture is not linfa's. When this fails, linfa
/// has mended it and can be tried again.
#[test]
fn linfas_mixture_still_fails_on_a_row_whose_density_is_zero() {
    let mut rows = Array2::<f64>::zeros((10_001, 1));
    rows[[77, 0]] = 1.0;
    let fitted = GaussianMixtureModel::params(1).fit(&DatasetBase::from(rows));
    let error = fitted.err().unwrap();
    assert!(matches!(error, GmmError::MinMaxError(_)), "{error:?}");
}

/// A large value must not take away the digits of a small spread.
#[test]
fn columns_far_from_zero_do_not_spoil_the_mixture() {
    let (train, test) = (table("separate", "train"), table("separate", "test"));
    // Whole multiples of 1/64, so that moving them is exact in single precision.
    let moved = |x: &Matrix, by: f32| {
        let data = x.as_slice().iter().map(|v| (v * 64.0).round() / 64.0 + by).collect();
        Matrix::new(x.rows(), x.cols(), data).unwrap()
    };
    let params = json!({ "n_components": 4 });
    let scores = |by| fit("gmm", &params, &moved(&train, by), 3).score(&moved(&test, by)).unwrap();
    assert_close(&scores(65_536.0), &scores(0.0), 1e-6, "moved by 65,536");
}

#[test]
fn a_covariance_without_an_inverse_is_an_error_that_names_the_remedy() {
    let x = table("overlapping", "train");
    for covariance in ["full", "diag"] {
        let params = json!({ "covariance_type": covariance, "reg_covar": 0.0, "n_components": 1 });
        let error = try_fit("gmm", &params, &x, 1, &mut Silent).err().unwrap();
        assert!(matches!(error, DetectorError::Diverged(_)), "{error}");
        assert!(error.to_string().contains("give a larger reg_covar"), "{error}");
    }
}

#[test]
fn a_mixture_that_has_not_converged_is_noted() {
    let x = table("overlapping", "train");
    for (max_iter, converges) in [(2, false), (100, true)] {
        let mut notes = Notes::default();
        let params = json!({ "n_components": 2, "max_iter": max_iter });
        try_fit("gmm", &params, &x, 1, &mut notes).unwrap();
        assert_eq!(notes.0.is_empty(), converges, "{max_iter}: {:?}", notes.0);
    }
}

#[test]
fn more_clusters_than_rows_are_refused_by_the_name_of_the_parameter() {
    let x = table("separate", "train").select(&[0, 1, 2]);
    for (kind, key) in [("k-means", "n_clusters"), ("cblof", "n_clusters"), ("gmm", "n_components")]
    {
        let error = try_fit(kind, &json!({ key: 4 }), &x, 1, &mut Silent).err().unwrap();
        assert!(matches!(error, DetectorError::BadInput(_)), "{error}");
        assert!(error.to_string().starts_with(key), "{error}");
        assert!(try_fit(kind, &json!({ key: 3 }), &x, 1, &mut Silent).is_ok());
    }
}
