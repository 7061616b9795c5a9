//! JSON lines and parquet, in and out, say the same as CSV.

use super::{bits_of, experiment, table, text};
use crate::oddbench::{Sandbox, assert_code, stdout};
use oddbench_data::rows::{ReadOptions, RowReader};

/// The scores in a file of any format.
fn scores(path: &std::path::Path) -> Vec<u64> {
    let rows = RowReader::open(path, &ReadOptions::default()).unwrap().read_all().unwrap();
    let at = rows.position("score").unwrap();
    (0..rows.len()).map(|row| rows.text(row, at).parse::<f64>().unwrap().to_bits()).collect()
}

#[test]
fn a_file_scored_in_one_format_is_scored_alike_from_another() {
    let own = experiment();
    let expected = bits_of(&own.stored("autoencoder").test.scores);
    let sandbox = Sandbox::new();
    let trial = own.trial("autoencoder");
    let csv = own.csv(&own.test_rows("autoencoder"), &own.names());
    let mut input = sandbox.write("test.csv", &csv);
    // Each output, with another prefix, is the next one's input.
    for (step, name) in ["a.jsonl", "b.parquet", "c.jsonl", "d.parquet", "e.csv"].iter().enumerate()
    {
        let out = sandbox.path(name);
        let prefix = format!("s{step}_");
        let output = sandbox.run(&[
            "score",
            "--model",
            text(&trial),
            "--input",
            text(&input),
            "--output",
            text(&out),
            "--prefix",
            &prefix,
        ]);
        assert_code(&output, 0);
        input = out;
    }
    let last = table(&input);
    for step in 0..5 {
        assert_eq!(super::bits(&last, &format!("s{step}_score")), expected, "step {step}");
        let called = |row: &std::collections::BTreeMap<String, String>| {
            row[&format!("s{step}_is_anomaly")].clone()
        };
        assert!(last.iter().all(|row| called(row) == row["s0_is_anomaly"]));
    }
    // Columns that the model did not add are unchanged.
    let first = table(&sandbox.path("test.csv"));
    for (row, original) in last.iter().zip(&first) {
        assert_eq!(row["service"], original["service"]);
        let number = |text: &str| text.parse::<f64>().unwrap();
        assert_eq!(number(&row["src_bytes"]), number(&original["src_bytes"]));
    }
    assert_eq!(scores_with_prefix(&sandbox.path("b.parquet"), "s1_"), expected);
}

fn scores_with_prefix(path: &std::path::Path, prefix: &str) -> Vec<u64> {
    let rows = RowReader::open(path, &ReadOptions::default()).unwrap().read_all().unwrap();
    let at = rows.position(&format!("{prefix}score")).unwrap();
    (0..rows.len()).map(|row| rows.text(row, at).parse::<f64>().unwrap().to_bits()).collect()
}

#[test]
fn stdin_is_read_and_stdout_written() {
    let own = experiment();
    let sandbox = Sandbox::new();
    let csv = own.csv(&own.test_rows("pca"), &own.names());
    let trial = own.trial("pca");
    // A path may lead to a pipe, too, which gives its bytes once.
    let inputs = if cfg!(unix) { vec!["-", "/dev/stdin"] } else { vec!["-"] };
    for input in inputs {
        let arguments = ["score", "--model", text(&trial), "--input", input, "--format", "jsonl"];
        let mut command = sandbox.command();
        command.args(arguments);
        let output = super::follow::with_stdin(command, csv.as_bytes());
        assert_code(&output, 0);
        let out = sandbox.write("out.jsonl", &stdout(&output));
        assert_eq!(scores(&out), bits_of(&own.stored("pca").test.scores));
        let mut command = sandbox.command();
        command.args(arguments).args(["--quantile", "0.9"]);
        assert_code(&super::follow::with_stdin(command, csv.as_bytes()), 2);
    }
}

#[test]
fn formulas_are_neutralised_on_request() {
    let own = experiment();
    let sandbox = Sandbox::new();
    let csv = own.csv(&own.test_rows("pca")[..1], &own.names());
    let lines: Vec<&str> = csv.lines().collect();
    let csv = format!("{},note\n{},=cmd|' /C calc'!A0\n", lines[0], lines[1]);
    let input = sandbox.write("rows.csv", &csv);
    let trial = own.trial("pca");
    let arguments = ["score", "--model", text(&trial), "--input", text(&input)];
    let plain = sandbox.run(&arguments);
    assert!(stdout(&plain).contains(",=cmd|"));
    let safe = sandbox.run(&[&arguments[..], &["--escape-formulas"]].concat());
    assert!(stdout(&safe).contains(",'=cmd|"));
}
