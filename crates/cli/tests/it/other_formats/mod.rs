//! Files that are no CSV, through `fit`, `score` and experiments: the values that their writers meant, or what is
//! wrong and what to do.

mod arff;
mod foreign;
mod json;
mod npz;
mod output;

use crate::oddbench::{Sandbox, assert_code, stderr};

/// Fits a small model to a file and gives what the command said.
fn fit(sandbox: &Sandbox, input: &str, more: &[&str]) -> std::process::Output {
    let input = sandbox.path(input);
    let output = sandbox.path("model");
    // A model is never replaced.
    let _ = std::fs::remove_dir_all(&output);
    let mut args = vec![
        "fit",
        "--model",
        "hbos",
        "--input",
        input.to_str().unwrap(),
        "--output",
        output.to_str().unwrap(),
    ];
    args.extend(more);
    sandbox.run(&args)
}

/// Scores a file with the model that [`fit`] wrote, and gives the output's text.
fn score(sandbox: &Sandbox, input: &str, output: &str) -> String {
    let [model, input, output] = ["model", input, output].map(|name| sandbox.path(name));
    let ran = sandbox.run(&[
        "score",
        "--model",
        model.to_str().unwrap(),
        "--input",
        input.to_str().unwrap(),
        "--output",
        output.to_str().unwrap(),
        "--force",
    ]);
    assert_code(&ran, 0);
    std::fs::read_to_string(&output).unwrap_or_else(|_| stderr(&ran))
}
