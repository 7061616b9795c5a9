//! `extreme-value` against its definition, by brute force: `scripts/peer/extreme_value.py --golden` counts
//! every value against every training value.

use oddbench_core::{FittedDetector, Matrix, Silent, Train};
use oddbench_models::{Backend, find};
use serde_json::{Value, json};

fn fit(x: &Matrix) -> Box<dyn FittedDetector> {
    let kind = find("extreme-value").unwrap();
    let detector = kind.build(&json!({}), &Backend::Cpu.open().unwrap()).unwrap();
    detector.fit(Train { x, labels: None, validation: None }, 1, &mut Silent).unwrap()
}

fn rows(value: &Value) -> Vec<Vec<f64>> {
    value.as_array().unwrap().iter().map(numbers).collect()
}

fn numbers(value: &Value) -> Vec<f64> {
    value.as_array().unwrap().iter().map(|v| v.as_f64().unwrap()).collect()
}

fn matrix(value: &Value) -> Matrix {
    let rows = rows(value);
    let data = rows.concat().iter().map(|&v| v as f32).collect();
    Matrix::new(rows.len(), rows[0].len(), data).unwrap()
}

fn column(values: &[f32]) -> Matrix {
    Matrix::new(values.len(), 1, values.to_vec()).unwrap()
}

fn assert_close(ours: &[f64], theirs: &[f64], tolerance: f64, what: &str) {
    assert_eq!(ours.len(), theirs.len());
    for (row, (a, b)) in ours.iter().zip(theirs).enumerate() {
        assert!((a - b).abs() <= tolerance * b.abs().max(1.0), "{what}, row {row}: {a} {b}");
    }
}

#[test]
fn scores_and_their_parts_are_as_counted() {
    let golden: Value = serde_json::from_str(include_str!("../golden/extreme_value.json")).unwrap();
    let (train, test) = (matrix(&golden["train"]), matrix(&golden["test"]));
    let fitted = fit(&train);
    assert_close(&fitted.score(&test).unwrap(), &numbers(&golden["score"]), 1e-12, "new rows");
    let training = fitted.score_training(&train).unwrap();
    assert_close(&training, &numbers(&golden["training"]), 1e-12, "training rows");
    let parts = fitted.explain(&test).unwrap().unwrap();
    let parts: Vec<f64> = parts.as_slice().iter().map(|&part| f64::from(part)).collect();
    assert_close(&parts, &rows(&golden["parts"]).concat(), 1e-6, "parts");
}

#[test]
fn farther_out_is_odder_and_nothing_is_infinite() {
    let fitted = fit(&column(&[0.2, 0.4, 0.4, 0.5, 0.9, 2.0, 8.0]));
    let outwards = [0.5, 0.9, 1.5, 2.0, 5.0, 8.0, 8.001, 9.0, 1e3, 1e30, f32::MAX];
    let scores = fitted.score(&column(&outwards)).unwrap();
    assert!(scores.is_sorted(), "{scores:?}");
    assert!(scores[5..].is_sorted_by(|a, b| a < b), "{scores:?}");
    assert!(scores.iter().all(|score| score.is_finite()), "{scores:?}");
    let downwards = fitted.score(&column(&[0.4, 0.3, 0.2, 0.1, -5.0, f32::MIN])).unwrap();
    assert!(downwards.is_sorted(), "{downwards:?}");
}

/// Sums over features let many usual values outweigh one that no training row comes near. A maximum does not.
#[test]
fn the_most_extreme_feature_alone_counts() {
    let data = (0..400).map(|i| ((i * 7_919) % 400) as f32).collect();
    let fitted = fit(&Matrix::new(100, 4, data).unwrap());
    let x = Matrix::new(
        3,
        4,
        vec![396., 399., 398., 397., 200., 200., 200., 500., 200., 200., 200., 200.],
    );
    let scores = fitted.score(&x.unwrap()).unwrap();
    assert!(scores[1] > scores[0] && scores[0] > scores[2], "{scores:?}");
}
