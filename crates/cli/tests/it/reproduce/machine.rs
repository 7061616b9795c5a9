//! How program and machine influence scores, and what is reported about them.

use super::*;
use crate::oddbench::experiment;

#[test]
fn the_manifest_says_what_a_repetition_needs() {
    let sandbox = studied();
    let manifest = read(&sandbox.path("results/study/manifest.json"));
    assert_eq!(manifest["spec_text"], STUDY);
    let environment = &manifest["environment"];
    let build = &environment["build"];
    assert_eq!(build["lock_sha256"].as_str().unwrap().len(), 64);
    assert!(build["rustc"].as_str().unwrap().starts_with("rustc "), "{build}");
    assert!(environment["kernels"].is_string() && environment["cpu_features"].is_array());
    assert_eq!(manifest["devices"][0]["backend"], "cpu");
    #[cfg(target_os = "linux")]
    assert!(environment["memory_mb"].as_u64().unwrap() > 100, "{environment}");
    let id = ids(&sandbox, "hbos").remove(0);
    let record = read(&sandbox.path(&format!("results/study/trials/{id}/record.json")));
    assert!(record["environment"]["threads"].as_u64().unwrap() >= 1);
    assert_eq!(record["environment"]["build"], *build);
}

/// Every kind of the first experiment, one trial at a time with all threads, then two at a time.
#[test]
fn threads_and_jobs_change_no_score() {
    let sandbox = Sandbox::new();
    let file = experiment("quickstart.toml");
    let file = file.to_str().unwrap();
    let options = ["--set", "dataset.rows=3000", "--name", "all", "--jobs", "1", "--no-report"];
    let run = |options: &[&str]| sandbox.run(&[&["run", file], options].concat());
    assert_code(&run(&options), 0);
    let output = sandbox.run(&["reproduce", "all", "--jobs", "2", "--json"]);
    assert_code(&output, 0);
    let told = json(&output);
    let trials = told["reproduced"]["trials"].as_array().unwrap().len();
    assert_eq!(verdicts(&told), all("bit-equal", trials));
    let other = told["reproduced"]["environment"].as_array().unwrap();
    let other: Vec<&str> = other.iter().map(|of| of["key"].as_str().unwrap()).collect();
    assert!(other.contains(&"jobs"), "{other:?}");
    assert!(other.iter().all(|key| ["jobs", "threads"].contains(key)), "{other:?}");
}

/// Other kernels add in another order, so that a network is another one in its last digits. That, and which kernels
/// there were, is told.
#[test]
fn other_kernels_are_told_and_differ_in_the_last_digits() {
    let sandbox = Sandbox::new();
    let forest = STUDY.lines().find(|line| line.contains("isolation-forest")).unwrap();
    let text = STUDY.replace(
        forest,
        "  { kind = \"autoencoder\", name = \"forest\", params = { epochs = 3 } },",
    );
    let text = text.replace("[\"src_bytes\", \"count\", \"serror_rate\"]", "\"published-18\"");
    sandbox.write("study.toml", &text);
    assert_code(&sandbox.run(&["run", "study.toml", "--no-report"]), 0);
    let mut command = sandbox.command();
    command.args(["reproduce", "study", "--json"]).env("ODDBENCH_KERNELS", "scalar");
    let output = command.output().unwrap();
    assert_code(&output, 0);
    let told = json(&output);
    let here = read(&sandbox.path("results/study/manifest.json"))["environment"]["kernels"].clone();
    let counts = verdicts(&told);
    if here != "scalar" {
        assert!(counts.contains_key("within-tolerance"), "{counts:?}");
        let other = told["reproduced"]["environment"].as_array().unwrap();
        let kernels = other.iter().find(|of| of["key"] == "kernels").unwrap();
        assert_eq!((&kernels["there"], &kernels["here"]), (&here, &Value::from("scalar")));
    }
    let mut command = sandbox.command();
    let refused = command.args(["run", "study.toml"]).env("ODDBENCH_KERNELS", "abacus");
    let refused = refused.output().unwrap();
    assert_code(&refused, 4);
    assert!(stderr(&refused).contains("abacus"), "{}", stderr(&refused));
}
