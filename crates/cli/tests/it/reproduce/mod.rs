//! An experiment is run again from its results alone, and every trial's scores are compared with the first ones.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Output;

use serde_json::Value;

use crate::oddbench::{Sandbox, assert_code, stderr, stdout, summary};

mod changed;
mod export;
mod goes_on;
mod machine;
mod suites;

/// One trial of a deterministic model, two of a random one, and an ensemble of them for each seed.
const STUDY: &str = r#"
name = "study"
dataset = { kind = "synthetic", rows = 600, features = ["src_bytes", "count", "serror_rate"] }
split = { kind = "holdout" }
threshold = { rule = "max-f1" }
run = { seeds = [1, 2] }
model = [
  { kind = "hbos" },
  { kind = "isolation-forest", name = "forest", params = { n_estimators = 5 } },
]
ensemble = [{ name = "both", members = ["hbos", "forest"] }]
"#;

fn studied() -> Sandbox {
    let sandbox = Sandbox::new();
    sandbox.write("study.toml", STUDY);
    assert_code(&sandbox.run(&["run", "study.toml"]), 0);
    sandbox
}

/// Every file below a folder with its bytes, but for the lock, which has the number of the last process.
fn contents(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let (mut found, mut open) = (BTreeMap::new(), vec![folder.to_owned()]);
    while let Some(folder) = open.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            match path.is_dir() {
                true => open.push(path),
                false if path.ends_with(".lock") => {}
                false => drop(found.insert(path.clone(), fs::read(path).unwrap())),
            }
        }
    }
    found
}

/// What a program is told.
fn json(output: &Output) -> Value {
    serde_json::from_str(&stdout(output))
        .unwrap_or_else(|error| panic!("{error}: {}", stdout(output)))
}

/// How many trials have each verdict.
fn verdicts(told: &Value) -> BTreeMap<String, usize> {
    let mut counts = BTreeMap::new();
    for trial in told["reproduced"]["trials"].as_array().unwrap() {
        *counts.entry(trial["verdict"].as_str().unwrap().to_owned()).or_insert(0) += 1;
    }
    counts
}

fn all(verdict: &str, trials: usize) -> BTreeMap<String, usize> {
    BTreeMap::from([(verdict.to_owned(), trials)])
}

/// The ids of a model's trials.
fn ids(sandbox: &Sandbox, name: &str) -> Vec<String> {
    let rows = summary(&sandbox.path("results/study/summary.csv"));
    let rows = rows.into_iter().filter(|row| row["name"] == name);
    rows.map(|row| row["trial"].clone()).collect()
}

#[test]
fn a_run_is_repeated_without_its_file_and_every_bit_is_the_same() {
    let sandbox = Sandbox::new();
    sandbox.write("study.toml", STUDY);
    let options = ["--set", "model.forest.params.n_estimators=7", "--seeds", "3,1"];
    assert_code(&sandbox.run(&[&["run", "study.toml"], &options[..]].concat()), 0);
    let name = "study+forest.n_estimators=7+seeds=3,1";
    let before = contents(&sandbox.path("results"));
    fs::remove_file(sandbox.path("study.toml")).unwrap();
    let again = sandbox.run(&["reproduce", &format!("results/{name}"), "--json"]);
    assert_code(&again, 0);
    let told = json(&again);
    assert_eq!(verdicts(&told), all("bit-equal", 5));
    assert_eq!(told["reproduced"]["environment"], serde_json::json!([]));
    // Nothing was taken over: every trial ran.
    assert_eq!(told["run"]["completed"], 5, "{told}");
    let into = sandbox.path(&format!("results/{name}+reproduced"));
    let lines = summary(&into.join("reproduction.csv"));
    assert_eq!(lines.len(), 5);
    assert!(
        lines.iter().all(|line| line["verdict"] == "bit-equal" && line["score_difference"] == "0")
    );
    let mut after = contents(&sandbox.path("results"));
    after.retain(|path, _| !path.starts_with(&into));
    assert_eq!(after, before, "the original is as it was");
    // A name will do, and what is done is not run again.
    let third = sandbox.run(&["reproduce", name]);
    assert_code(&third, 0);
    assert!(stderr(&third).contains("5 done before"), "{}", stderr(&third));
    assert!(stdout(&third).contains("5 trials: 5 bit-equal"), "{}", stdout(&third));
}

#[test]
fn a_part_is_repeated_and_then_the_rest() {
    let sandbox = studied();
    let part = ["reproduce", "study", "--only", "forest", "--trials", "1", "--json"];
    let output = sandbox.run(&part);
    assert_code(&output, 0);
    let told = json(&output);
    assert_eq!(verdicts(&told), all("bit-equal", 1));
    assert_eq!(told["reproduced"]["trials"][0]["seed"], 1);
    let ensemble =
        json(&sandbox.run(&["reproduce", "study", "--only", "both", "--into", "both", "--json"]));
    // Its members are run for it.
    assert_eq!(verdicts(&ensemble), all("bit-equal", 5));
    let whole = sandbox.run(&["reproduce", "study"]);
    assert_code(&whole, 0);
    assert!(stderr(&whole).contains("5 trials, 1 done before"), "{}", stderr(&whole));
    let unknown = sandbox.run(&["reproduce", "study", "--only", "forrest"]);
    assert_code(&unknown, 2);
    assert!(stderr(&unknown).contains("hbos, forest, both"), "{}", stderr(&unknown));
}

/// The results of then, with other scores in one trial.
#[test]
fn a_trial_with_other_scores_is_named_with_how_far_they_differ() {
    let sandbox = studied();
    let [one, other] = ids(&sandbox, "forest").try_into().unwrap();
    let dir = |id: &str| sandbox.path(&format!("results/study/trials/{id}"));
    fs::copy(dir(&other).join("scores.parquet"), dir(&one).join("scores.parquet")).unwrap();
    let [mut record, of_other] = [&one, &other].map(|id| read(&dir(id).join("record.json")));
    record["score_sha256"] = of_other["score_sha256"].clone();
    record["files"]["scores.parquet"] = of_other["files"]["scores.parquet"].clone();
    write_unsealed(&dir(&one).join("record.json"), record);
    let output = sandbox.run(&["reproduce", "study"]);
    assert_code(&output, 5);
    let said = stdout(&output);
    assert!(said.contains(&format!("forest seed 1 (trial {one}): different: scores by")), "{said}");
    assert!(said.contains("5 trials: 4 bit-equal, 1 different"), "{said}");
    // Five trees of either seed happen to have the same metrics, so that a tolerance of everything takes them.
    let lax = sandbox.run(&["reproduce", "study", "--tolerance", "1"]);
    assert_code(&lax, 0);
    assert!(stdout(&lax).contains("4 bit-equal, 1 within tolerance"), "{}", stdout(&lax));
}

#[test]
fn the_original_is_no_place_for_the_second_run() {
    let sandbox = studied();
    let before = contents(&sandbox.path("results"));
    let refused = sandbox.run(&["reproduce", "study", "--into", "results/study"]);
    assert_code(&refused, 2);
    assert!(stderr(&refused).contains("--into DIR"), "{}", stderr(&refused));
    assert_eq!(contents(&sandbox.path("results")), before);
    // Results of another experiment are no place either.
    sandbox.write("other.toml", &STUDY.replace("\"study\"", "\"other\"").replace("[1, 2]", "[5]"));
    assert_code(&sandbox.run(&["run", "other.toml", "--no-report"]), 0);
    let before = contents(&sandbox.path("results"));
    let taken = sandbox.run(&["reproduce", "study", "--into", "results/other"]);
    assert_code(&taken, 2);
    assert!(stderr(&taken).contains("--into DIR"), "{}", stderr(&taken));
    assert_eq!(contents(&sandbox.path("results")), before);
    let nowhere = sandbox.run(&["reproduce", "nowhere"]);
    assert_code(&nowhere, 2);
    assert!(stderr(&nowhere).contains("manifest.json"), "{}", stderr(&nowhere));
}

fn read(path: &Path) -> Value {
    serde_json::from_slice(&fs::read(path).unwrap()).unwrap()
}

/// A file without the digest of its own text, as older versions wrote it.
fn write_unsealed(path: &Path, mut value: Value) {
    value.as_object_mut().unwrap().remove("sha256");
    fs::write(path, serde_json::to_vec_pretty(&value).unwrap()).unwrap();
}
