//! Against a tree that is grown slowly from its definition, and promises of the parameters.

use oddbench_core::{Detector, FittedDetector, Silent, Train};
use rand::RngExt;
use serde_json::Value;

use super::*;
use crate::{model::on_cpu, params::parse};

/// Rows on a grid of that many steps, some repeated, with labels that the columns tell badly.
fn table(rows: usize, steps: u32, purpose: &str) -> (Matrix, Vec<bool>) {
    let mut rng = stream(2, purpose);
    let mut x = Matrix::zeros(rows, 4);
    for value in x.as_mut_slice() {
        *value = rng.random_range(0..steps) as f32 / steps as f32;
    }
    let outlier = |row: &[f32]| row[0] * row[1] > 0.3;
    let labels = x.iter_rows().map(|row| outlier(row) ^ (rng.random::<f32>() < 0.1)).collect();
    (x, labels)
}

fn fit((x, labels): &(Matrix, Vec<bool>), params: Value, seed: u64) -> Box<dyn FittedDetector> {
    let detector = on_cpu::<RandomForestParams>(parse(&params).unwrap());
    let train = Train { x, labels: Some(labels), validation: None };
    detector.fit(train, seed, &mut Silent).unwrap()
}

fn scores(train: &(Matrix, Vec<bool>), test: &Matrix, params: Value, seed: u64) -> Vec<f64> {
    fit(train, params, seed).score(test).unwrap()
}

/// Gini impurity of labels, times their number.
fn impurity(labels: &[bool]) -> f64 {
    let (n, outliers) = (labels.len() as f64, labels.iter().filter(|l| **l).count() as f64);
    let share = if n > 0.0 { outliers / n } else { 0.0 };
    n * (1.0 - share * share - (1.0 - share) * (1.0 - share))
}

/// The impurity that is left after the best cut of the rows, with at least `leaf` rows on each side.
fn least_impurity(x: &Matrix, labels: &[bool], rows: &[usize], leaf: usize) -> Option<f64> {
    let mut best: Option<f64> = None;
    for column in 0..x.cols() {
        for &row in rows {
            let cut = x.row(row)[column];
            let side = |low: bool| -> Vec<bool> {
                let of = rows.iter().filter(|&&r| (x.row(r)[column] <= cut) == low);
                of.map(|&r| labels[r]).collect()
            };
            let (low, high) = (side(true), side(false));
            if low.len() >= leaf.max(1) && high.len() >= leaf.max(1) {
                let left = impurity(&low) + impurity(&high);
                best = Some(best.map_or(left, |best| best.min(left)));
            }
        }
    }
    best
}

/// Walks a tree with the training rows and holds every node against the definition.
fn assert_best_cuts(tree: &Tree, x: &Matrix, labels: &[bool], leaf: usize) {
    let nodes: Vec<_> = tree.nodes().collect();
    let mut tasks = vec![(0, (0..x.rows()).collect::<Vec<_>>())];
    let mut cuts = 0;
    while let Some((at, rows)) = tasks.pop() {
        let node = nodes[at];
        let labels_of: Vec<bool> = rows.iter().map(|&row| labels[row]).collect();
        let share = labels_of.iter().filter(|l| **l).count() as f64 / rows.len() as f64;
        assert!((node.value - share).abs() < 1e-12);
        let best = least_impurity(x, labels, &rows, leaf);
        if node.low as usize == at {
            assert!(best.is_none() || impurity(&labels_of) == 0.0, "node {at} could be cut");
            continue;
        }
        cuts += 1;
        let column = node.feature as usize;
        let (low, high): (Vec<usize>, Vec<usize>) =
            rows.iter().partition(|&&row| x.row(row)[column] <= node.threshold);
        let of = |rows: &[usize]| rows.iter().map(|&row| labels[row]).collect::<Vec<_>>();
        let left = impurity(&of(&low)) + impurity(&of(&high));
        assert!((left - best.unwrap()).abs() < 1e-9, "node {at}: {left} is not {best:?}");
        assert!(low.len() >= leaf && high.len() >= leaf);
        tasks.extend([(node.low as usize, low), (node.low as usize + 1, high)]);
    }
    assert!(cuts > 10);
}

#[test]
fn every_cut_is_the_best_of_all() {
    // Few steps are counted in bins, many are sorted.
    for (steps, leaf) in [(5, 1), (5, 7), (100_000, 1), (100_000, 9)] {
        let (x, labels) = table(230, steps, "train");
        let ranked = Ranked::new(&x, &labels);
        let rules = Rules {
            candidates: 4,
            max_depth: usize::MAX,
            min_samples_split: 2,
            min_samples_leaf: leaf as u64,
            class_weights: [1.0, 1.0],
        };
        let tree = rules.grow(&ranked, ranked.all(), &mut stream(1, "tree"));
        assert_best_cuts(&tree, &x, &labels, leaf);
    }
}

#[test]
fn drawn_rows_are_as_many_as_asked_for_and_come_with_their_label() {
    let (x, labels) = table(500, 3, "train");
    let ranked = Ranked::new(&x, &labels);
    let all = ranked.all();
    assert!(all.len() < 90, "{} distinct rows", all.len());
    let drawn = ranked.drawn(300, &mut stream(1, "draw"));
    assert_eq!(drawn.iter().map(|counts| counts.rows()).sum::<u64>(), 300);
    for (drawn, all) in drawn.iter().zip(&all) {
        assert!(all.inliers() > 0 || drawn.inliers() == 0);
        assert!(all.outliers() > 0 || drawn.outliers() == 0);
    }
    let outliers = labels.iter().filter(|label| **label).count() as u64;
    assert_eq!(all.iter().map(|counts| counts.outliers()).sum::<u64>(), outliers);
}

/// With one column to look at and three that are constant, the search must go on to the one that
/// varies.
#[test]
fn constant_columns_do_not_make_a_leaf() {
    let data: Vec<f32> = (0..40).flat_map(|i| [1.0, 2.0, i as f32, 3.0]).collect();
    let train = (Matrix::new(40, 4, data).unwrap(), (0..40).map(|i| i >= 25).collect());
    let params = json!({ "n_estimators": 30, "max_features": 0.01, "bootstrap": false });
    let scores = scores(&train, &train.0, params, 1);
    assert!(scores.iter().zip(&train.1).all(|(s, label)| *s == f64::from(u8::from(*label))));
}

#[test]
fn an_outlier_that_weighs_more_counts_more_in_a_leaf() {
    let x = Matrix::new(8, 1, vec![0., 0., 0., 0., 1., 1., 1., 1.]).unwrap();
    let labels = vec![true, false, false, false, false, false, false, false];
    let train = (x, labels);
    let score = |class_weight: Value| {
        let params = json!({ "n_estimators": 3, "bootstrap": false, "class_weight": class_weight });
        scores(&train, &train.0, params, 1)[0]
    };
    assert_eq!(score(json!("none")), 0.25);
    assert_eq!(score(json!(3)), 0.5);
    // 8 / (2 · 1) against 8 / (2 · 7).
    let balanced = 4.0 / (4.0 + 3.0 * 8.0 / 14.0);
    assert!((score(json!("balanced")) - balanced).abs() < 1e-12);
}

#[test]
fn depth_and_rows_to_cut_are_obeyed() {
    let train = table(300, 50, "train");
    let leaves = |params: Value| {
        let scores = scores(&train, &train.0, params, 1);
        let mut bits: Vec<u64> = scores.iter().map(|score| score.to_bits()).collect();
        bits.sort_unstable();
        bits.dedup();
        bits.len()
    };
    let one = |key: &str, value: usize| {
        let mut params = json!({ "n_estimators": 1, "bootstrap": false });
        params[key] = json!(value);
        leaves(params)
    };
    assert!(one("max_depth", 1) <= 2);
    assert!(one("max_depth", 2) <= 4);
    assert_eq!(one("min_samples_split", 301), 1);
    assert!(one("min_samples_split", 300) > 1);
    assert!(one("min_samples_leaf", 150) <= 2);
}

#[test]
fn explanations_and_the_mean_root_add_up_to_the_score() {
    let (train, test) = (table(300, 50, "train"), table(40, 50, "test").0);
    let fitted = fit(&train, json!({ "n_estimators": 10, "bootstrap": false }), 1);
    let root = train.1.iter().filter(|label| **label).count() as f64 / 300.0;
    let shares = fitted.explain(&test).unwrap().unwrap();
    for (row, score) in shares.iter_rows().zip(fitted.score(&test).unwrap()) {
        let sum: f64 = row.iter().map(|&share| f64::from(share)).sum();
        assert!((root + sum - score).abs() < 1e-5, "{root} + {sum} is not {score}");
    }
}
