//! Against forust-ml's own predictions.

use forust_ml::{GradientBooster, Matrix as Columns};
use oddbench_core::{Detector, FittedDetector, Silent, Train};
use rand::RngExt;

use super::*;
use crate::{model::on_cpu, params::parse, rng::stream};

/// Distinct rows, the second column constant.
fn table(rows: usize, purpose: &str) -> (Matrix, Vec<bool>) {
    let mut rng = stream(6, purpose);
    let mut x = Matrix::zeros(rows, 4);
    for row in x.as_mut_slice().chunks_exact_mut(4) {
        row.fill_with(|| rng.random());
        row[1] = 0.5;
    }
    let labels = x.iter_rows().map(|row| row[0] + row[2] * row[3] > 0.9).collect();
    (x, labels)
}

fn fit(x: &Matrix, labels: &[bool], params: serde_json::Value) -> Box<dyn FittedDetector> {
    let detector = on_cpu::<GradientBoostingParams>(parse(&params).unwrap());
    let train = Train { x, labels: Some(labels), validation: None };
    detector.fit(train, 1, &mut Silent).unwrap()
}

/// Row by row, all of them, without the constant column: what forust-ml says by itself.
fn theirs(x: &Matrix, labels: &[bool], test: &Matrix) -> Vec<f64> {
    let columns = |x: &Matrix| -> Vec<f64> {
        [0, 2, 3].iter().flat_map(|&j| x.column(j).map(f64::from).collect::<Vec<_>>()).collect()
    };
    let y: Vec<f64> = labels.iter().map(|&label| f64::from(u8::from(label))).collect();
    let mut booster = GradientBooster::default()
        .set_iterations(30)
        .set_max_depth(6)
        .set_initialize_base_score(true);
    let (train, test_columns) = (columns(x), columns(test));
    booster.fit_unweighted(&Columns::new(&train, x.rows(), 3), &y, None).unwrap();
    booster.predict(&Columns::new(&test_columns, test.rows(), 3), false)
}

#[test]
fn scores_are_forusts() {
    let (x, labels) = table(600, "train");
    let mut test = table(100, "test").0;
    // Values right on the cuts too.
    test.as_mut_slice()[..200].copy_from_slice(&x.as_slice()[..200]);
    let ours = fit(&x, &labels, json!({ "n_estimators": 30 })).score(&test).unwrap();
    for (ours, theirs) in ours.iter().zip(theirs(&x, &labels, &test)) {
        assert!((ours - theirs).abs() < 1e-9, "{ours} {theirs}");
    }
}

/// Four times a row is one row of weight 4, and sums of four times the gradients are exact: with four
/// times the bounds the same trees must come out.
#[test]
fn a_repeated_row_counts_as_often_as_it_occurs() {
    let (mut x, labels) = table(400, "train");
    // Fewer values than bins: repetitions then do not move the borders of the bins.
    x.as_mut_slice().iter_mut().for_each(|v| *v = (*v * 60.0).round() / 60.0);
    let test = table(100, "test").0;
    let four_times: Vec<usize> = (0..1600).map(|i| i % 400).collect();
    let labels_of: Vec<bool> = four_times.iter().map(|&row| labels[row]).collect();
    let light = json!({ "n_estimators": 10 });
    let heavy = json!({ "n_estimators": 10, "min_leaf_weight": 4.0, "l2": 4.0 });
    let once = fit(&x, &labels, light.clone()).score(&test).unwrap();
    let repeated = |params| fit(&x.select(&four_times), &labels_of, params).score(&test).unwrap();
    for (a, b) in once.iter().zip(repeated(heavy)) {
        assert!((a - b).abs() < 1e-6, "{a} {b}");
    }
    assert_ne!(once, repeated(light));
}

#[test]
fn constant_columns_only_are_an_error() {
    let (x, labels) = (Matrix::zeros(20, 3), (0..20).map(|i| i < 5).collect::<Vec<_>>());
    let detector = on_cpu(GradientBoostingParams::default());
    let train = Train { x: &x, labels: Some(&labels), validation: None };
    let error = detector.fit(train, 1, &mut Silent).err().unwrap();
    assert!(error.to_string().starts_with("every column is constant"), "{error}");
}
