//! Against LIBSVM's own training and decision function.

use libsvm_rs::{
    KernelType, SvmNode, SvmParameter, SvmProblem, SvmType, predict::predict_values,
    train::svm_train,
};
use oddbench_core::{Detector, Silent, Train};
use rand::RngExt;
use serde_json::{Value, json};

use super::*;
use crate::{model::on_cpu, params::parse, rng::stream};

fn table(rows: usize, purpose: &str) -> Matrix {
    let mut rng = stream(3, purpose);
    // Half of the values are 0, as in KDD.
    let mut value = || if rng.random::<bool>() { rng.random::<f32>() } else { 0.0 };
    Matrix::new(rows, 7, (0..rows * 7).map(|_| value()).collect()).unwrap()
}

fn nodes(row: &[f32]) -> Vec<SvmNode> {
    let node = |(i, &v): (usize, &f32)| SvmNode { index: i as i32 + 1, value: f64::from(v) };
    row.iter().enumerate().map(node).collect()
}

fn theirs(train: &Matrix, test: &Matrix, kernel: KernelType, nu: f64) -> Vec<f64> {
    let parameter = SvmParameter {
        svm_type: SvmType::OneClass,
        kernel_type: kernel,
        gamma: 0.5,
        nu,
        degree: 3,
        coef0: 0.25,
        eps: 1e-6,
        ..Default::default()
    };
    let instances = train.iter_rows().map(nodes).collect();
    let problem = SvmProblem { labels: vec![1.0; train.rows()], instances };
    let model = svm_train(&problem, &parameter);
    let mut value = [0.0];
    let decide = |row| {
        predict_values(&model, &nodes(row), &mut value);
        value[0]
    };
    test.iter_rows().map(decide).collect()
}

fn ours(train: &Matrix, test: &Matrix, kernel: &str, nu: f64, shrinking: bool) -> Vec<f64> {
    let params: Value = json!({
        "kernel": kernel, "gamma": 0.5, "nu": nu, "coef0": 0.25, "tolerance": 1e-6,
        "shrinking": shrinking, "cache_mb": 1,
    });
    let detector = on_cpu::<OcsvmParams>(parse(&params).unwrap());
    let train = Train { x: train, labels: None, validation: None };
    detector.fit(train, 0, &mut Silent).unwrap().score(test).unwrap()
}

#[test]
fn scores_are_minus_libsvms_decision_function() {
    let (train, test) = (table(603, "train"), table(77, "test"));
    let kernels = [
        ("rbf", KernelType::Rbf),
        ("linear", KernelType::Linear),
        ("poly", KernelType::Polynomial),
        ("sigmoid", KernelType::Sigmoid),
    ];
    for (name, kernel) in kernels {
        for nu in [0.01, 0.3] {
            let expected = theirs(&train, &test, kernel, nu);
            let scale = expected.iter().fold(1.0, |m: f64, v| m.max(v.abs()));
            for shrinking in [true, false] {
                let scores = ours(&train, &test, name, nu, shrinking);
                for (score, decision) in scores.iter().zip(&expected) {
                    // Both solvers stop within 1e-6 of the optimum.
                    assert!(
                        (score + decision).abs() < 1e-5 * scale,
                        "{name} {nu}: {score} {decision}"
                    );
                }
            }
        }
    }
}

/// The nu-property: nu bounds the share of training rows beyond the boundary from above and the share
/// of support vectors from below. The rows are distinct and there are many, so that both come near.
#[test]
fn about_a_share_nu_of_the_training_rows_lies_beyond_the_native_threshold() {
    let train = table(600, "train");
    for nu in [0.05, 0.2, 0.5] {
        let params = json!({ "gamma": 0.5, "nu": nu, "tolerance": 1e-6 });
        let detector = on_cpu::<OcsvmParams>(parse(&params).unwrap());
        let rows = Train { x: &train, labels: None, validation: None };
        let fitted = detector.fit(rows, 0, &mut Silent).unwrap();
        let threshold = fitted.native_threshold().unwrap();
        // Rows on the boundary lie within the solver's tolerance of it.
        let beyond = |margin| {
            let scores = fitted.score(&train).unwrap();
            scores.iter().filter(|&&score| score > threshold + margin).count() as f64 / 600.0
        };
        assert!(beyond(1e-5) <= nu, "nu = {nu}: {}", beyond(1e-5));
        assert!(beyond(-1e-5) >= nu, "nu = {nu}: {}", beyond(-1e-5));
    }
}

/// The same support vectors and weights in LIBSVM's decision function and in ours.
#[test]
fn the_decision_function_agrees_to_nine_digits() {
    let (support, test) = (table(210, "support"), table(77, "test"));
    let weights: Vec<f64> = (0..support.rows()).map(|i| 0.01 + i as f64 / 100.0).collect();
    let model = libsvm_rs::SvmModel {
        param: SvmParameter { svm_type: SvmType::OneClass, gamma: 0.5, ..Default::default() },
        nr_class: 2,
        sv: support.iter_rows().map(nodes).collect(),
        sv_coef: vec![weights.clone()],
        rho: vec![1.25],
        prob_a: vec![],
        prob_b: vec![],
        prob_density_marks: vec![],
        sv_indices: vec![],
        label: vec![],
        n_sv: vec![],
    };
    let params = OcsvmParams::default();
    let kernel = params.kernel(0.5);
    let support = SupportVectors::of(&support, kernel, &weights, 1.25).unwrap();
    let scores = params.score(&support, &test).unwrap();
    for (row, score) in test.iter_rows().zip(scores) {
        let mut decision = [0.0];
        predict_values(&model, &nodes(row), &mut decision);
        assert!((score + decision[0]).abs() <= 1e-9 * decision[0].abs().max(1.0));
    }
}
