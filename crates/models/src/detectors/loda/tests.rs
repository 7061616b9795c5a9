//! The histograms of given projections against NumPy's and PyOD's
//! (`tests/golden/make_projection_golden.py`), and what the t-test finds.

use serde_json::Value;

use super::*;

fn golden() -> Value {
    serde_json::from_str(include_str!("../../../tests/golden/projection.json")).unwrap()
}

fn numbers(value: &Value) -> Vec<f64> {
    value.as_array().unwrap().iter().map(|v| v.as_f64().unwrap()).collect()
}

fn table(value: &Value) -> Vec<Vec<f64>> {
    value.as_array().unwrap().iter().map(numbers).collect()
}

fn matrix(value: &Value) -> Matrix {
    let rows = table(value);
    let data = rows.concat().iter().map(|&v| v as f32).collect();
    Matrix::new(rows.len(), rows[0].len(), data).unwrap()
}

/// PyOD's vectors with their zeros left out.
fn projections(vectors: &[Vec<f64>]) -> Projections {
    let entries = || {
        vectors.iter().map(|vector| vector.iter().enumerate().filter(|(_, weight)| **weight != 0.0))
    };
    let columns = entries().flatten().map(|(column, _)| column as u32).collect();
    let weights: Vec<f64> = entries().flatten().map(|(_, &weight)| weight).collect();
    Projections { used: weights.len() / vectors.len(), columns, weights }
}

#[test]
fn histograms_are_pyods_and_scores_those_of_the_paper() {
    let golden = golden();
    let (train, test) = (matrix(&golden["train"]), matrix(&golden["test"]));
    for case in golden["loda"]["cases"].as_array().unwrap() {
        let n_bins = case["n_bins"].as_u64().unwrap() as usize;
        let vectors = table(&case["projections"]);
        let fitted = Histograms::fit(projections(&vectors), &train, n_bins).unwrap();
        let edges = table(&case["limits"]).into_iter().zip(table(&case["histograms"]));
        for (ours, (limits, probabilities)) in fitted.histograms.iter().zip(edges) {
            for (a, b) in ours.edges.iter().zip(limits) {
                assert!((a - b).abs() < 1e-9, "{a} {b}");
            }
            for (rarity, p) in ours.rarity.iter().zip(probabilities) {
                assert!((rarity + p.ln()).abs() < 1e-9 * p.ln().abs().max(1.0), "{rarity} {p}");
            }
        }
        for (row, expected) in test.iter_rows().zip(numbers(&case["score"])) {
            let score = fitted.score(row);
            assert!((score - expected).abs() < 1e-9 * expected, "{score} {expected}");
        }
    }
}

/// With the bin above in place of a value's own, and the outermost bins in place of none, the scores are
/// PyOD's: nothing else differs.
#[test]
fn pyod_looks_up_the_bin_above() {
    let golden = golden();
    let (train, test) = (matrix(&golden["train"]), matrix(&golden["test"]));
    for case in golden["loda"]["cases"].as_array().unwrap() {
        let n_bins = case["n_bins"].as_u64().unwrap() as usize;
        let vectors = table(&case["projections"]);
        let fitted = Histograms::fit(projections(&vectors), &train, n_bins).unwrap();
        let rarity = |(cut, h): (usize, &Histogram), row: &[f32]| {
            let value = fitted.projections.of(cut, row);
            h.rarity[h.edges[..n_bins - 1].partition_point(|&edge| edge < value)]
        };
        let cuts = fitted.histograms.len() as f64;
        for (row, expected) in test.iter_rows().zip(numbers(&case["pyod"])) {
            let all = fitted.histograms.iter().enumerate();
            let score = all.map(|cut| rarity(cut, row)).sum::<f64>() / cuts / cuts;
            assert!((score - expected).abs() < 1e-9 * expected, "{score} {expected}");
        }
    }
}

#[test]
fn a_value_has_the_bin_that_it_was_counted_in() {
    let edges = [0.0, 1.0, 2.0, 3.0];
    let bins = [-0.1, 0.0, 0.5, 1.0, 2.0, 3.0, 3.1].map(|value| bin_of(&edges, value));
    assert_eq!(bins, [None, Some(0), Some(0), Some(1), Some(2), Some(2), None]);
}

#[test]
fn the_t_test_names_the_feature_that_is_odd() {
    let values = (0..400 * 9).map(|i| ((i * 7919) % 1009) as f32 / 1009.0).collect();
    let x = Matrix::new(400, 9, values).unwrap();
    let projections = Projection::Sparse.draw(200, 9, 5).unwrap();
    let fitted = Histograms::fit(projections, &x, 10).unwrap();
    let mut row = x.row(3).to_vec();
    row[6] = 40.0;
    let statistics = fitted.t_statistics(&row);
    let largest = (0..9).max_by(|&a, &b| statistics[a].total_cmp(&statistics[b])).unwrap();
    assert_eq!(largest, 6, "{statistics:?}");
    assert!(statistics[6] > 5.0, "{statistics:?}");
}

/// Two columns with a covariance of nearly 0 and variance 1 over d, as linfa draws them.
#[test]
fn dense_projections_use_every_feature_and_differ() {
    let projections = Projection::Gaussian.draw(250, 7, 3).unwrap();
    assert_eq!((projections.count(), projections.used), (250, 7));
    let squares: f64 = projections.weights.iter().map(|w| w * w).sum::<f64>() / 250.0;
    assert!((squares - 1.0).abs() < 0.1, "{squares}");
    let unit = |column: usize| -> Vec<f32> { (0..7).map(|j| f32::from(j == column)).collect() };
    assert_eq!(projections.of(8, &unit(2)), projections.weights[8 * 7 + 2]);
    assert_ne!(projections.weights[..7], projections.weights[49..56]);
}
