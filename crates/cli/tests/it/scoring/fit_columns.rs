//! What `oddbench fit` takes columns for, and what it says of them.

use std::fmt::Write as _;
use std::process::{Output, Stdio};

use super::{bits, table};
use crate::oddbench::{Sandbox, assert_code, stderr, stdout};

fn fit(sandbox: &Sandbox, output: &str, more: &[&str]) -> Output {
    let arguments =
        ["fit", "--model", "isolation-forest", "--input", "flows.csv", "--output", output];
    sandbox.run(&[&arguments[..], more].concat())
}

fn told(output: &Output) -> String {
    stderr(output).split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Flows as CICFlowMeter writes them, with who, when and a name for each; flow 529 alone sends much.
fn raw_flows(rows: usize) -> String {
    let mut text =
        "Flow ID,Src IP,Src Port,Dst IP,Dst Port,Protocol,Timestamp,Flow Duration,Tot Fwd Pkts,Flow Byts/s,Label\n"
            .to_owned();
    for row in 0..rows {
        let (client, port) = (row * 7 % 23, 1_024 + row * 7_919 % 60_000);
        let (duration, packets, rate) = match row == 529 {
            true => (9_000_000, 900, 90_000.0),
            false => (1_000 + row * 37 % 4_000, 3 + row % 11, 1_000.0 + (row * 31 % 997) as f64),
        };
        let _ = writeln!(
            text,
            "10.0.0.{client}-192.0.2.8-{port}-443-6-{row},10.0.0.{client},{port},192.0.2.{},{},6,\
             05/03/2024 09:{:02}:{:02} AM,{duration},{packets},{rate},No Label",
            row % 5,
            [80, 443, 53][row % 3],
            row / 60 % 60,
            row % 60,
        );
    }
    text
}

/// 800 timestamps would be 800 one-hot columns, in which the one odd flow is lost.
#[test]
fn a_planted_flow_ranks_first_among_raw_flows() {
    let sandbox = Sandbox::new();
    sandbox.write("flows.csv", &raw_flows(800));
    let output = fit(&sandbox, "model", &["--seed", "3"]);
    assert_code(&output, 0);
    let told = told(&output);
    for name in ["Flow ID", "Src IP", "Dst IP", "Timestamp", "Label"] {
        let out = told.match_indices("left out ").any(|(at, _)| {
            told[at..].split(": ").next().is_some_and(|names| names.contains(&format!("{name:?}")))
        });
        assert!(out, "{name}: {told}");
    }
    let scored =
        sandbox.run(&["score", "--model", "model", "--input", "flows.csv", "--output", "s.csv"]);
    assert_code(&scored, 0);
    let scores: Vec<f64> =
        table(&sandbox.path("s.csv")).iter().map(|row| row["score"].parse().unwrap()).collect();
    assert_eq!(scores.iter().filter(|score| **score >= scores[529]).count(), 1);
}

/// Two hosts columns of 1,200 names each: both are named at once, and every remedy works as it is printed.
#[test]
fn columns_too_wide_for_one_hot_are_left_out_and_told_together() {
    let sandbox = Sandbox::new();
    let mut csv = "bytes,host a,host_b\n".to_owned();
    for row in 0..2_400 {
        let _ = writeln!(csv, "{},h{},g{}", row % 13, row / 2, row % 1_200);
    }
    sandbox.write("flows.csv", &csv);
    let output = fit(&sandbox, "model", &[]);
    assert_code(&output, 0);
    let words = told(&output);
    let wide = "left out \"host a\", \"host_b\": it has 1,200 categories, and one-hot encoding takes at most 1,000";
    assert!(words.contains(wide), "{words}");
    assert!(words.contains("--encode ordinal keeps \"host a\", \"host_b\""), "{words}");
    let output = fit(&sandbox, "ordinal", &["--encode", "ordinal", "--json"]);
    assert_code(&output, 0);
    let result: serde_json::Value = serde_json::from_str(&stdout(&output)).unwrap();
    assert_eq!(result["model"]["columns"].as_array().unwrap().len(), 3);
    assert_eq!(result["columns"][1]["name"], "host a");
    // Kept against the encoding's limit, it is an error.
    let output = fit(&sandbox, "kept", &["--keep", "host a"]);
    assert_code(&output, 2);
    assert!(!sandbox.path("kept").exists());
    assert!(told(&output).contains("\"host a\" has 1200 categories"), "{}", told(&output));
}

#[test]
fn an_error_shows_the_verdicts_if_no_column_is_left() {
    let sandbox = Sandbox::new();
    let mut csv = "id,src ip,label\n".to_owned();
    for row in 0..50 {
        let _ = writeln!(csv, "{row},10.0.0.{row},{}", ["benign", "attack"][row % 2]);
    }
    sandbox.write("flows.csv", &csv);
    let output = fit(&sandbox, "model", &[]);
    assert_code(&output, 2);
    let words = told(&output);
    for wanted in
        ["no column is left", "\"id\" identifier", "\"src ip\" address", "\"label\" label"]
    {
        assert!(words.contains(wanted), "{wanted:?}: {words}");
    }
    assert!(words.contains("--keep id"), "{words}");
    assert_code(&fit(&sandbox, "model", &["--keep", "id"]), 0);
}

/// As `check` tells all mistakes of a file: options, parameters and names of columns.
#[test]
fn every_mistake_of_the_flags_is_told_at_once() {
    let sandbox = Sandbox::new();
    sandbox.write("flows.csv", &raw_flows(300));
    let flags = ["--set", "a", "--set", "b", "--set", "bogus=3", "--set", "n_estimators=0"];
    let columns = ["--keep", "nope", "--ignore", "nada", "--quantile", "2"];
    let output = fit(&sandbox, "model", &[&flags[..], &columns].concat());
    assert_code(&output, 2);
    let words = told(&output);
    for wanted in [
        "--set a: KEY=VALUE",
        "--set b: KEY=VALUE",
        "bogus: ",
        "n_estimators: ",
        "no column \"nope\"",
        "no column \"nada\"",
        "quantile must be above 0",
        "7 mistakes in the command",
    ] {
        assert!(words.contains(wanted), "{wanted:?}: {words}");
    }
    let json = fit(&sandbox, "model", &["--set", "a", "--keep", "nope", "--json"]);
    let result: serde_json::Value = serde_json::from_str(&stdout(&json)).unwrap();
    assert_eq!(result["error"]["others"].as_array().unwrap().len(), 1, "{result}");
    let described =
        sandbox.run(&["data", "describe", "flows.csv", "--keep", "nope", "--ignore", "nada"]);
    assert_code(&described, 2);
    assert!(told(&described).contains("2 mistakes in the command"), "{}", told(&described));
}

/// The label is compared with the scores: here the attacks are all the rows that are far off.
#[test]
fn a_label_is_never_learned_from_and_says_how_well_scores_separate() {
    let sandbox = Sandbox::new();
    let mut csv = "a,b,verdict\n".to_owned();
    for row in 0..300 {
        let odd = row % 50 == 49;
        let far = if odd { 900 } else { 0 };
        let verdict = if odd { "scan" } else { "normal" };
        let _ = writeln!(csv, "{},{},{verdict}", row % 17 + far, row * 7 % 23 + far);
    }
    sandbox.write("flows.csv", &csv);
    let output = fit(&sandbox, "model", &["--label", "verdict"]);
    assert_code(&output, 0);
    let words = told(&output);
    assert!(
        words.contains("6 of 300 rows are anomalous: the scores have ROC-AUC 1.0000"),
        "{words}"
    );
    let model = std::fs::read_to_string(sandbox.path("model/fit.json")).unwrap();
    let model: serde_json::Value = serde_json::from_str(&model).unwrap();
    assert_eq!(model["left_out"][0]["column"], "verdict");
    let both = fit(&sandbox, "no", &["--label", "verdict", "--keep", "verdict"]);
    assert_code(&both, 2);
}

/// A pipe gives its bytes once, and columns are judged before they are learned from.
#[test]
fn stdin_is_fitted_as_the_file_is() {
    let sandbox = Sandbox::new();
    sandbox.write("flows.csv", &raw_flows(300));
    assert_code(&fit(&sandbox, "file", &[]), 0);
    let arguments = ["fit", "--model", "isolation-forest", "--input", "-", "--output", "stdin"];
    let mut command = sandbox.command();
    let file = std::fs::File::open(sandbox.path("flows.csv")).unwrap();
    let output = command.args(arguments).stdin(Stdio::from(file)).output().unwrap();
    assert_code(&output, 0);
    let scores = |model: &str| {
        let out = format!("{model}.csv");
        let arguments = ["score", "--model", model, "--input", "flows.csv", "--output", &out];
        assert_code(&sandbox.run(&arguments), 0);
        bits(&table(&sandbox.path(&out)), "score")
    };
    assert_eq!(scores("file"), scores("stdin"));
}
