//! Models of an analyst's own: a table without labels, 87 columns as the Unicauca flows have them.

use std::fmt::Write as _;
use std::process::Output;

use super::{bits, table, text};
use crate::oddbench::{Sandbox, assert_code, stderr, stdout};

const FLOWS: usize = 400;

/// Flows: seven columns that say who and when, 77 measures (two of them constant, one with gaps), and
/// three that name the application. Every fortieth flow is unlike the others.
fn flows() -> String {
    let mut text =
        "Flow.ID,Source.IP,Source.Port,Destination.IP,Destination.Port,Protocol,Timestamp"
            .to_owned();
    for at in 0..77 {
        let _ = write!(text, ",measure.{at}");
    }
    text.push_str(",Label,L7Protocol,ProtocolName\n");
    for flow in 0..FLOWS {
        let odd = flow % 40 == 7;
        let (port, protocol) = (1_024 + flow * 37 % 5_000, if flow % 3 == 0 { 17 } else { 6 });
        let _ = write!(
            text,
            "10.0.0.{}-{flow},10.0.0.{},{port},10.1.0.{},443,{protocol},26/04/2017 11:11:{flow:04}",
            flow % 9,
            flow % 9,
            flow % 5
        );
        for at in 0..77 {
            let value = match at {
                0 | 1 => "0".to_owned(),
                2 if flow % 11 == 0 => String::new(),
                _ => {
                    let wave = (flow as f64 * 0.37 + at as f64).sin();
                    format!("{:.4}", if odd { 40.0 + wave } else { 5.0 + wave })
                }
            };
            let _ = write!(text, ",{value}");
        }
        let _ = writeln!(text, ",BENIGN,{},{}", flow % 4, ["HTTP", "SSL", "DNS", "SSH"][flow % 4]);
    }
    text
}

fn fit(sandbox: &Sandbox, more: &[&str]) -> Output {
    let arguments =
        ["fit", "--model", "isolation-forest", "--input", "flows.csv", "--output", "models/flows"];
    sandbox.run(&[&arguments[..], more].concat())
}

#[test]
fn flows_without_labels_are_fitted_and_scored() {
    let sandbox = Sandbox::new();
    sandbox.write("flows.csv", &flows());
    let output = fit(&sandbox, &["--quantile", "0.97", "--seed", "5"]);
    assert_code(&output, 0);
    let told = stderr(&output);
    for words in [
        "left out \"Flow.ID\", \"Timestamp\": all its 400 texts differ, as identifiers do",
        "left out \"Source.IP\", \"Destination.IP\": its values are addresses",
        "left out \"Label\": its name is that of a label",
        "one value in all rows: \"Destination.Port\", \"measure.0\", \"measure.1\"",
    ] {
        assert!(told.contains(words), "{words:?} is not in: {told}");
    }
    // A line of the table for each column, with what it is taken for.
    for name in ["Flow.ID", "Destination.Port", "measure.76", "ProtocolName"] {
        assert!(told.lines().any(|line| line.trim_start().starts_with(name)), "{name}: {told}");
    }
    let scored = sandbox.run(&[
        "score",
        "--model",
        "models/flows",
        "--input",
        "flows.csv",
        "--output",
        "scored.csv",
    ]);
    assert_code(&scored, 0);
    let rows = table(&sandbox.path("scored.csv"));
    assert_eq!((rows.len(), rows[0].len()), (FLOWS, 87 + 9));
    // By construction of a quantile at most 3 % exceed it, and the odd flows (2.5 %) come first.
    let called: Vec<usize> = (0..FLOWS).filter(|&row| rows[row]["is_anomaly"] == "true").collect();
    assert!(called.len() <= FLOWS * 3 / 100 && called.len() >= 10, "{}", called.len());
    let odd = (0..FLOWS).filter(|row| row % 40 == 7);
    for row in odd {
        assert!(called.contains(&row), "row {row} of {called:?}");
    }
    // The same seed gives the same scores.
    let again = sandbox.run(&[
        "fit",
        "--model",
        "isolation-forest",
        "--input",
        "flows.csv",
        "--output",
        "models/again",
        "--seed",
        "5",
    ]);
    assert_code(&again, 0);
    let output = sandbox.run(&[
        "score",
        "--model",
        "models/again",
        "--input",
        "flows.csv",
        "--output",
        "again.csv",
    ]);
    assert_code(&output, 0);
    assert_eq!(bits(&rows, "score"), bits(&table(&sandbox.path("again.csv")), "score"));
}

#[test]
fn an_autoencoder_takes_parameters_and_reports_for_programs() {
    let sandbox = Sandbox::new();
    sandbox.write("flows.csv", &flows());
    let output = sandbox.run(&[
        "--json",
        "fit",
        "--model",
        "autoencoder",
        "--input",
        "flows.csv",
        "--output",
        "models/ae",
        "--set",
        "epochs=3",
        "--set",
        "preset=sound",
        "--set",
        "hidden=[12,6]",
    ]);
    assert_code(&output, 0);
    let result: serde_json::Value = serde_json::from_str(&stdout(&output)).unwrap();
    let model = &result["model"];
    assert_eq!(
        (&model["params"]["epochs"], &model["params"]["preset"]),
        (&3.into(), &"sound".into())
    );
    assert_eq!(
        (model["explains"].as_bool(), model["reconstructs"].as_bool()),
        (Some(true), Some(true))
    );
    let card: serde_json::Value =
        serde_json::from_slice(&std::fs::read(sandbox.path("models/ae/fit.json")).unwrap())
            .unwrap();
    assert_eq!(
        (card["epochs"].as_array().unwrap().len(), card["rows"].as_u64()),
        (3, Some(FLOWS as u64))
    );
}

#[test]
fn gaps_are_filled_when_scoring_too() {
    let sandbox = Sandbox::new();
    let mut csv = "a,b\n".to_owned();
    for row in 0..50 {
        let _ = writeln!(csv, "{},{}", row % 7, ["x", "y", "z"][row % 3]);
    }
    sandbox.write("flows.csv", &csv);
    assert_code(&fit(&sandbox, &[]), 0);
    sandbox.write("gaps.csv", "b,a\nx,\n,3\n,\n");
    let output = sandbox.run(&["score", "--model", "models/flows", "--input", "gaps.csv"]);
    assert_code(&output, 0);
    assert_eq!(stdout(&output).lines().count(), 4);
}

#[test]
fn what_cannot_be_fitted_is_refused() {
    let sandbox = Sandbox::new();
    sandbox.write("flows.csv", "a,b\n1,x\n2,3\n3,y\n");
    let told = |arguments: &[&str]| {
        let output = fit(&sandbox, arguments);
        assert_code(&output, 2);
        assert!(!sandbox.path("models").exists());
        stderr(&output).split_whitespace().collect::<Vec<_>>().join(" ")
    };
    let mixed = told(&[]);
    assert!(mixed.contains("line 3") || mixed.contains("line 2"), "{mixed}");
    assert!(mixed.contains("\"b\"") && mixed.contains("text \"x\""), "{mixed}");
    assert!(told(&["--categorical", "b", "--quantile", "2"]).contains("quantile"));
    assert!(told(&["--categorical", "nope"]).contains("\"nope\""));
    assert!(told(&["--categorical", "b", "--set", "n_trees=3"]).contains("n_estimators"));
    assert!(told(&["--set", "oops"]).contains("KEY=VALUE"));
    for (kind, words) in [
        ("random-forest", "needs labels"),
        ("forest", "isolation-forest"),
        ("random", "by its place in the file"),
    ] {
        let output =
            sandbox.run(&["fit", "--model", kind, "--input", "flows.csv", "--output", "m"]);
        assert_code(&output, 2);
        assert!(stderr(&output).contains(words), "{}", stderr(&output));
    }
    sandbox.write("flows.csv", "a,b\n1,2\n1,2\n");
    assert!(told(&[]).contains("one value in the whole file (2 rows)"));
    std::fs::create_dir(sandbox.path("models")).unwrap();
    std::fs::create_dir(sandbox.path("models/flows")).unwrap();
    let output = fit(&sandbox, &[]);
    assert_code(&output, 2);
    assert!(stderr(&output).contains("there already") && text(&sandbox.path("x")).ends_with('x'));
}

#[test]
fn the_last_line_of_a_fit_scores_the_same_file() {
    let sandbox = Sandbox::new();
    let rows: String = (0..80).map(|at| format!("{},{},0\n", at % 7, at % 11)).collect();
    // The second column has the name that the first free prefix would give.
    let rows = rows.replace('\n', ",1\n");
    sandbox.write("flows.csv", &format!("a,b,is_anomaly,flows_score\n{rows}"));
    let fitted = fit(&sandbox, &[]);
    assert_code(&fitted, 0);
    let told = stdout(&fitted);
    let next = told.lines().last().unwrap().replace("ROWS", "flows.csv");
    let words: Vec<&str> = next.split_whitespace().skip(1).collect();
    assert_code(&sandbox.run(&words), 0);
    let scored = table(&sandbox.path("scored.csv"));
    assert_eq!((scored.len(), scored[0].len()), (80, 4 + 9));
}

#[test]
fn a_hyphen_as_output_is_stdout() {
    let sandbox = Sandbox::new();
    sandbox.write("flows.csv", &flows());
    assert_code(&fit(&sandbox, &[]), 0);
    let score = ["score", "--model", "models/flows", "--input", "flows.csv"];
    let to = |output: &[&str]| stdout(&sandbox.run(&[&score[..], output].concat()));
    assert_eq!(to(&["--output", "-"]), to(&[]));
    assert!(!sandbox.path("-").exists());
}
