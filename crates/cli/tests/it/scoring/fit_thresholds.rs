//! The threshold that `oddbench fit` chooses: from scores that new rows would have; ties are reported.

use std::fmt::Write as _;
use std::process::Output;

use super::table;
use crate::oddbench::{Sandbox, assert_code, stderr};

fn fit(sandbox: &Sandbox, model: &str, more: &[&str]) -> Output {
    let arguments = ["fit", "--model", model, "--input", "train.csv", "--output", "model"];
    sandbox.run(&[&arguments[..], more].concat())
}

/// How many rows of `new.csv` the model calls anomalous.
fn flagged(sandbox: &Sandbox) -> usize {
    let arguments = ["score", "--model", "model", "--input", "new.csv", "--output", "scored.csv"];
    assert_code(&sandbox.run(&arguments), 0);
    let rows = table(&sandbox.path("scored.csv"));
    rows.iter().filter(|row| row["is_anomaly"] == "true").count()
}

/// Rows of three columns, each a sum of four draws.
fn normal(rows: usize, mut state: u64) -> String {
    let mut text = "a,b,c\n".to_owned();
    let mut draw = || {
        state =
            state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 11) as f64 / (1_u64 << 53) as f64
    };
    for _ in 0..rows {
        let mut value = || (0..4).map(|_| draw()).sum::<f64>() - 2.0;
        let _ = writeln!(text, "{},{},{}", value(), value(), value());
    }
    text
}

/// A training row is no neighbour of itself: about one in a hundred new rows of the same kind lies beyond
/// the 99 % quantile (PyOD: 1.2 % of such rows), and not all of them.
#[test]
fn new_rows_of_the_same_kind_are_flagged_as_often_as_was_asked() {
    for (model, k) in [("knn", 1), ("knn", 5), ("lof", 20)] {
        let sandbox = Sandbox::new();
        sandbox.write("train.csv", &normal(600, 1));
        sandbox.write("new.csv", &normal(2_000, 2));
        assert_code(&fit(&sandbox, model, &["--set", &format!("n_neighbors={k}")]), 0);
        let flagged = flagged(&sandbox);
        assert!((4..=60).contains(&flagged), "{model}, k = {k}: {flagged} of 2,000");
    }
}

/// 13 of 50 rows lie on one point, away from the others: they share the greatest score, which is the
/// threshold. The quantile that the note names calls exactly them.
#[test]
fn ties_at_the_threshold_are_told_with_a_remedy_that_works() {
    let sandbox = Sandbox::new();
    let mut text = "x,y\n".to_owned();
    for row in 0..50 {
        let (x, y) = if row < 37 { (row % 3, row % 2) } else { (30, 0) };
        let _ = writeln!(text, "{x}.5,{y}");
    }
    sandbox.write("train.csv", &text);
    sandbox.write("new.csv", &text);
    let output = fit(&sandbox, "mahalanobis", &["--quantile", "0.8"]);
    assert_code(&output, 0);
    let told = stderr(&output);
    let told = told.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(told.contains("13 of 50 rows have exactly the score of the threshold"), "{told}");
    assert!(told.contains("0 rows exceed it instead of 10"), "{told}");
    let (_, remedy) = told.split_once("--quantile ").unwrap();
    let quantile = remedy.split(' ').next().unwrap();
    std::fs::remove_dir_all(sandbox.path("model")).unwrap();
    let output = fit(&sandbox, "mahalanobis", &["--quantile", quantile]);
    assert_code(&output, 0);
    assert!(!stderr(&output).contains("exactly the score"), "{}", stderr(&output));
    assert_eq!(flagged(&sandbox), 13);
    // `score` takes a quantile of the rows that it is given, and says the same.
    let score = |quantile: &str| {
        let arguments =
            ["score", "--model", "model", "--input", "new.csv", "--output", "scored.csv"];
        let output = sandbox.run(&[&arguments[..], &["--force", "--quantile", quantile]].concat());
        assert_code(&output, 0);
        stderr(&output).split_whitespace().collect::<Vec<_>>().join(" ")
    };
    let told = score("0.8");
    assert!(told.contains("13 of 50 rows have exactly the score of the threshold"), "{told}");
    assert!(told.contains(&format!("--quantile {quantile} calls them too, 13 rows")), "{told}");
    assert!(!score(quantile).contains("exactly the score"));
}

#[test]
fn duplicates_beyond_the_neighbours_are_told_by_lof() {
    let sandbox = Sandbox::new();
    let mut text = "x,y\n".to_owned();
    for row in 0..60 {
        let _ =
            if row < 30 { writeln!(text, "1,1.5") } else { writeln!(text, "{row},{}.5", row % 7) };
    }
    sandbox.write("train.csv", &text);
    let told = stderr(&fit(&sandbox, "lof", &[]));
    assert!(told.contains("30 of 60 training rows occur more than n_neighbors = 20"), "{told}");
}
