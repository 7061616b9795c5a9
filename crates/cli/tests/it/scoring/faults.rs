//! What is wrong with rows is said with the line and what to do, and leaves no output behind.

use std::process::Output;

use super::{bits, bits_of, experiment, table, text};
use crate::oddbench::{Sandbox, assert_code, stderr};

/// Scores a text with the PCA of the experiment.
fn score(csv: &str, more: &[&str]) -> (Sandbox, Output) {
    let sandbox = Sandbox::new();
    let input = sandbox.write("rows.csv", csv);
    let trial = experiment().trial("pca");
    let arguments =
        ["score", "--model", text(&trial), "--input", text(&input), "--output", "out.csv"];
    let output = sandbox.run(&[&arguments[..], more].concat());
    (sandbox, output)
}

fn refused(csv: &str, more: &[&str], words: &[&str]) {
    let (sandbox, output) = score(csv, more);
    assert_code(&output, 2);
    let told = stderr(&output);
    // Long messages are wrapped.
    let told = told.split_whitespace().collect::<Vec<_>>().join(" ");
    for word in words {
        assert!(told.contains(word), "{word:?} is not in: {told}");
    }
    let left: Vec<_> = std::fs::read_dir(sandbox.dir.path()).unwrap().collect();
    assert_eq!(left.len(), 1, "only the input: {left:?}");
}

/// Three test rows with one cell replaced: (row from 0, column, text).
fn with_cell(row: usize, column: &str, value: &str) -> String {
    let own = experiment();
    let csv = own.csv(&own.test_rows("pca")[..3], &own.names());
    let at = own.names().iter().position(|name| *name == column).unwrap();
    let mut lines: Vec<String> = csv.lines().map(str::to_owned).collect();
    let mut cells: Vec<&str> = lines[row + 1].split(',').collect();
    cells[at] = value;
    lines[row + 1] = cells.join(",");
    lines.join("\n")
}

#[test]
fn a_column_that_is_missing_is_named() {
    let own = experiment();
    let columns: Vec<&str> = own.names().into_iter().filter(|name| *name != "src_bytes").collect();
    let csv = own.csv(&[0, 1], &columns);
    refused(&csv, &[], &["there is no column \"src_bytes\"", "name the columns as"]);
}

#[test]
fn values_that_the_model_cannot_take_name_their_line_and_column() {
    let column = "column \"src_bytes\"";
    refused(
        &with_cell(1, "src_bytes", "many"),
        &[],
        &["line 3", column, "holds numbers", "\"many\""],
    );
    for gap in ["", "NaN", "NA"] {
        refused(&with_cell(2, "src_bytes", gap), &[], &["line 4", column, "missing", "median"]);
    }
    refused(&with_cell(0, "src_bytes", "inf"), &[], &["line 2", column, "infinite"]);
    refused(&with_cell(0, "src_bytes", "1e300"), &[], &["line 2", column, "too large"]);
    refused(&with_cell(1, "service", ""), &[], &["line 3", "column \"service\"", "missing"]);
}

#[test]
fn ragged_lines_empty_files_and_absent_ones_are_errors() {
    let csv = with_cell(0, "src_bytes", "1,2");
    refused(&csv, &[], &["line 2", "values instead of", "quotes"]);
    refused("", &[], &["empty"]);
    refused("a,b\n", &[], &["rows.csv"]);
    let sandbox = Sandbox::new();
    let trial = experiment().trial("pca");
    let output = sandbox.run(&["score", "--model", text(&trial), "--input", "absent.csv"]);
    assert_code(&output, 2);
    assert!(stderr(&output).contains("no such file"), "{}", stderr(&output));
}

#[test]
fn an_unknown_category_is_scored_as_the_model_s_rule_says_and_told() {
    let (sandbox, output) = score(&with_cell(1, "service", "gopher-ng"), &[]);
    assert_code(&output, 0);
    let told = stderr(&output);
    assert!(told.contains("\"service\": 1 row has") && told.contains("\"gopher-ng\""), "{told}");
    let known = bits_of(&experiment().stored("pca").test.scores[..3]);
    let found = bits(&table(&sandbox.path("out.csv")), "score");
    assert_eq!((found[0], found[2]), (known[0], known[2]));
    assert_ne!(found[1], known[1]);
}

#[test]
fn lines_that_cannot_be_scored_are_left_out_on_request_and_counted() {
    let mut csv = with_cell(1, "src_bytes", "many");
    csv.push_str("\n1,2,3\n");
    let (sandbox, output) = score(&csv, &["--on-error", "skip"]);
    assert_code(&output, 0);
    let told = stderr(&output);
    assert!(told.contains("line 3") && told.contains("line 5"), "{told}");
    assert!(told.contains("2 lines were left out"), "{told}");
    let known = bits_of(&experiment().stored("pca").test.scores[..3]);
    assert_eq!(bits(&table(&sandbox.path("out.csv")), "score"), [known[0], known[2]]);
}

#[test]
fn thresholds_can_be_given_or_taken_from_the_input() {
    let own = experiment();
    let csv = own.csv(&own.test_rows("pca"), &own.names());
    let mut scores = own.stored("pca").test.scores;
    scores.sort_by(f64::total_cmp);
    let called = |more: &[&str]| {
        let (sandbox, output) = score(&csv, more);
        assert_code(&output, 0);
        table(&sandbox.path("out.csv")).iter().filter(|row| row["is_anomaly"] == "true").count()
    };
    let tenth = scores[scores.len() - 11];
    let above = scores.iter().filter(|score| **score > tenth).count();
    assert_eq!(called(&["--threshold", &format!("{tenth:?}")]), above);
    let share = called(&["--quantile", "0.9"]) as f64 / scores.len() as f64;
    assert!(share > 0.0 && share <= 0.101, "{share}");
    refused(&csv, &["--quantile", "1.5"], &["above 0 and below 1"]);
    refused(&csv, &["--threshold", "nan"], &["no number"]);
}

#[test]
fn an_output_is_replaced_only_on_request() {
    let own = experiment();
    let csv = own.csv(&own.test_rows("pca")[..2], &own.names());
    let sandbox = Sandbox::new();
    let input = sandbox.write("rows.csv", &csv);
    let out = sandbox.write("out.csv", "precious");
    let trial = own.trial("pca");
    let arguments =
        ["score", "--model", text(&trial), "--input", text(&input), "--output", text(&out)];
    let output = sandbox.run(&arguments);
    assert_code(&output, 2);
    assert!(stderr(&output).contains("--force"));
    assert_eq!(std::fs::read_to_string(&out).unwrap(), "precious");
    let output = sandbox.run(&[&arguments[..], &["--force"]].concat());
    assert_code(&output, 0);
    assert!(stderr(&output).contains("replaced"), "{}", stderr(&output));
    assert_eq!(table(&out).len(), 2);
}

#[test]
fn a_folder_without_a_model_says_what_is_there() {
    let own = experiment();
    let sandbox = Sandbox::new();
    let rows = sandbox.write("rows.csv", "a,b\n1,2\n");
    let told = |model: &str| {
        let output = sandbox.run(&["score", "--model", model, "--input", text(&rows)]);
        assert_code(&output, 2);
        stderr(&output).split_whitespace().collect::<Vec<_>>().join(" ")
    };
    let results = own.sandbox.path("results/own");
    let message = told(text(&results));
    assert!(message.contains("not one model") && message.contains("(pca)"), "{message}");
    assert!(told("absent").contains("no such folder"));
    assert!(told(".").contains("no model here"));
}

#[test]
fn a_trial_taken_out_of_its_experiment_scores_and_asks_for_a_threshold() {
    let own = experiment();
    let sandbox = Sandbox::new();
    let copy = sandbox.path("model-of-mine");
    copy_folder(&own.trial("pca"), &copy);
    let rows = own.test_rows("pca");
    let input = sandbox.write("rows.csv", &own.csv(&rows[..2], &own.names()));
    let arguments = ["score", "--model", text(&copy), "--input", text(&input)];
    let output = sandbox.run(&arguments);
    assert_code(&output, 2);
    assert!(stderr(&output).contains("--threshold"), "{}", stderr(&output));
    let arguments = [&arguments[..], &["--threshold", "0.5", "--output", "out.csv"]].concat();
    assert_code(&sandbox.run(&arguments), 0);
    let known = bits_of(&own.stored("pca").test.scores[..2]);
    assert_eq!(bits(&table(&sandbox.path("out.csv")), "score"), known);
}

fn copy_folder(from: &std::path::Path, to: &std::path::Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        match entry.file_type().unwrap().is_dir() {
            true => copy_folder(&entry.path(), &target),
            false => drop(std::fs::copy(entry.path(), target).unwrap()),
        }
    }
}
