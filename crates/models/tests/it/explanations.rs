//! What a score is made of: reconstructions that give the score again, parts that add up to it.

use oddbench_core::{FittedDetector, Matrix, Silent, Train};
use oddbench_models::{Backend, find};
use serde_json::{Value, json};

const COLS: usize = 5;

/// Waves that depend on each other, in [0, 1]; the last row is far from the others in column 3 alone.
fn table() -> Matrix {
    let rows = 120;
    let mut data = Vec::with_capacity(rows * COLS);
    for row in 0..rows {
        let phase = row as f32 * 0.41;
        let wave = |shift: f32| 0.5 + 0.4 * (phase + shift).sin();
        data.extend([wave(0.0), wave(0.3), wave(0.9), wave(1.5), 1.0 - wave(0.0)]);
    }
    data[(rows - 1) * COLS + 3] = 4.0;
    Matrix::new(rows, COLS, data).unwrap()
}

fn fit(kind: &str, params: &Value, x: &Matrix) -> Box<dyn FittedDetector> {
    let kind = find(kind).unwrap();
    let detector = kind.build(params, &Backend::Cpu.open().unwrap()).unwrap();
    detector.fit(Train { x, labels: None, validation: None }, 3, &mut Silent).unwrap()
}

#[test]
fn the_distance_to_the_reconstruction_is_the_score() {
    let x = table();
    for (kind, params) in [
        ("pca", json!({})),
        ("autoencoder", json!({ "epochs": 2 })),
        ("vae", json!({ "epochs": 2, "score": "mean-reconstruction" })),
        ("seq2seq", json!({ "epochs": 1 })),
        ("bigan", json!({ "epochs": 1, "weight": 0.0, "distance": "squared" })),
    ] {
        let fitted = fit(kind, &params, &x);
        let rebuilt = fitted.reconstruct(&x).unwrap().unwrap();
        let scores = fitted.score(&x).unwrap();
        // The BiGAN sums over the features, the others take the mean.
        let over = if kind == "bigan" { 1.0 } else { COLS as f64 };
        for ((row, back), score) in x.iter_rows().zip(rebuilt.iter_rows()).zip(scores) {
            let squares = row.iter().zip(back).map(|(a, b)| f64::from(a - b).powi(2));
            let distance = squares.sum::<f64>() / over;
            assert!(
                (distance - score).abs() <= 1e-4 * score.max(1e-3),
                "{kind}: {distance} {score}"
            );
        }
    }
}

#[test]
fn what_rebuilds_nothing_says_so() {
    assert_eq!(fit("hbos", &json!({}), &table()).reconstruct(&table()).unwrap(), None);
}

#[test]
fn the_parts_of_an_isolation_forest_add_up_to_its_score_and_name_what_is_odd() {
    let x = table();
    let fitted = fit("isolation-forest", &json!({ "max_samples": 64 }), &x);
    let scores = fitted.score(&x).unwrap();
    let parts = fitted.explain(&x).unwrap().unwrap();
    for (parts, score) in parts.iter_rows().zip(&scores) {
        let sum: f64 = parts.iter().map(|part| f64::from(*part)).sum();
        assert!((sum - (1.0 + score.log2())).abs() < 1e-5, "{sum} of the score {score}");
    }
    let odd = parts.row(x.rows() - 1);
    let largest = (0..COLS).max_by(|a, b| odd[*a].total_cmp(&odd[*b])).unwrap();
    assert_eq!(largest, 3, "{odd:?}");
    // A saved forest, which keeps its leaves alone, explains the same bits.
    let dir = tempfile::tempdir().unwrap();
    fitted.save(dir.path()).unwrap();
    assert_eq!(oddbench_models::load(dir.path()).unwrap().explain(&x).unwrap().unwrap(), parts);
}

/// A constant column explains nothing, and a rare value of a two-valued column explains its row.
#[test]
fn the_parts_of_hbos_count_from_what_is_usual() {
    // Column 0 is constant, column 1 is 1 in eight of 400 rows, column 2 is a ramp.
    let rare = |row: usize| row % 50 == 7;
    let values =
        (0..400).flat_map(|row| [0.25, f32::from(u8::from(rare(row))), row as f32 / 400.0]);
    let x = Matrix::new(400, 3, values.collect()).unwrap();
    let fitted = fit("hbos", &json!({}), &x);
    let (scores, parts) = (fitted.score(&x).unwrap(), fitted.explain(&x).unwrap().unwrap());
    let beside =
        |row: usize| scores[row] - parts.row(row).iter().map(|part| f64::from(*part)).sum::<f64>();
    for row in 0..x.rows() {
        assert_eq!(parts.row(row)[0], 0.0, "the constant column of row {row}");
        let first = (0..3).max_by(|a, b| parts.row(row)[*a].total_cmp(&parts.row(row)[*b]));
        assert_eq!(first == Some(1) && parts.row(row)[1] > 4.0, rare(row), "{:?}", parts.row(row));
        assert!((beside(row) - beside(0)).abs() < 1e-5, "row {row}");
    }
    // A saved model explains the same bits.
    let dir = tempfile::tempdir().unwrap();
    fitted.save(dir.path()).unwrap();
    assert_eq!(oddbench_models::load(dir.path()).unwrap().explain(&x).unwrap().unwrap(), parts);
}
