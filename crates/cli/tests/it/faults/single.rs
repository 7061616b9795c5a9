//! `oddbench trial` on damaged files: it does what `run` does.

use std::fs;

use super::figures::{figures, files, said};
use super::{SMALL, figures::assert_told};
use crate::oddbench::{Sandbox, assert_code, stdout};

const RUN: [&str; 5] = ["run", "small.toml", "--results", "disk/results", "--no-report"];

fn sandbox() -> (Sandbox, Vec<String>) {
    let sandbox = Sandbox::new();
    sandbox.write("small.toml", SMALL);
    let ids = stdout(&sandbox.run(&["plan", "small.toml", "--ids"]));
    let ids: Vec<String> = ids.lines().map(str::to_owned).collect();
    assert_eq!(ids.len(), 2);
    (sandbox, ids)
}

fn flip_a_bit(path: &std::path::Path) {
    let mut bytes = fs::read(path).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    fs::write(path, bytes).unwrap();
}

#[test]
fn a_damaged_trial_is_put_aside_told_and_run_again() {
    let (sandbox, ids) = sandbox();
    assert_code(&sandbox.run(&RUN), 0);
    let results = sandbox.path("disk/results/small");
    let (expected, left) = (figures(&results), files(&results));
    let trial = |id: &str| sandbox.run(&["trial", "small.toml", id, "--results", "disk/results"]);
    for (number, name) in ["record.json", "scores.parquet"].into_iter().enumerate() {
        flip_a_bit(&results.join("trials").join(&ids[0]).join(name));
        // Another trial is not asked for, so that nothing is done about this one.
        assert!(stdout(&trial(&ids[1])).contains("done before"));
        let aside = results.join(".damaged").join(format!("{}-{}", ids[0], number + 1));
        assert!(!aside.exists());
        let output = trial(&ids[0]);
        assert_code(&output, 0);
        assert_told(&output, name);
        let words = said(&output);
        for part in ["completed", ".damaged", "run again", name] {
            assert!(words.contains(part), "{name}: {part}: {words}");
        }
        assert!(aside.join("record.json").exists());
        assert!(stdout(&trial(&ids[0])).contains("done before"));
    }
    assert_code(&sandbox.run(&RUN), 0);
    assert_eq!((figures(&results), files(&results)), (expected, left));
}

/// Rows that were prepared for trials, by whoever came first.
#[test]
fn damaged_rows_are_prepared_anew() {
    let (whole, ids) = sandbox();
    assert_code(&whole.run(&RUN), 0);
    let expected = figures(&whole.path("disk/results/small"));
    for again in [vec!["trial", "small.toml", &ids[1], "--results", "disk/results"], RUN.to_vec()] {
        let (sandbox, ids) = sandbox();
        let first = ["trial", "small.toml", &ids[0], "--results", "disk/results"];
        assert_code(&sandbox.run(&first), 0);
        let results = sandbox.path("disk/results/small");
        let prepared = files(&results.join(".prepared"));
        let [rows] = &prepared[..] else { panic!("{prepared:?}") };
        flip_a_bit(&results.join(".prepared").join(rows));
        let output = sandbox.run(&again);
        assert_code(&output, 0);
        assert!(said(&output).contains("prepared"), "{}", said(&output));
        assert_code(&sandbox.run(&RUN), 0);
        assert_eq!(figures(&results), expected);
    }
}
