//! A split that is exported and imported: the same scores to the last bit, also as Python reads it.

use std::process::Command;

use serde_json::Value;

use crate::oddbench::{PYTHON, Sandbox, answers, assert_code, stderr, stdout};

const FILE: &str = r#"
name = "drawn"
dataset = { kind = "synthetic", rows = 800, features = ["src_bytes", "dst_bytes", "count", "service"] }
split = { kind = "holdout", test = 0.3, validation = 0.2, seed = 5, train_on = "all" }
threshold = { rule = "max-f1" }
run = { seeds = [1] }
model = [{ kind = "pca" }, { kind = "isolation-forest", params = { n_estimators = 5 } }]
"#;

fn scores(sandbox: &Sandbox, experiment: &str) -> Vec<Vec<u8>> {
    let folder = sandbox.path("results").join(experiment);
    let manifest = std::fs::read_to_string(folder.join("manifest.json")).unwrap();
    let manifest: Value = serde_json::from_str(&manifest).unwrap();
    let trials = manifest["trials"].as_array().unwrap().iter();
    let scores = trials.map(|trial| {
        let id = trial["id"].as_str().unwrap();
        std::fs::read(folder.join("trials").join(id).join("scores.parquet")).unwrap()
    });
    scores.collect()
}

#[test]
fn an_imported_split_gives_the_same_scores_bit_for_bit() {
    let sandbox = Sandbox::new();
    sandbox.write("drawn.toml", FILE);
    let args = ["data", "export", "--experiment", "drawn.toml", "out", "--json"];
    let output = sandbox.run(&args);
    assert_code(&output, 0);
    let told: Value = serde_json::from_str(&stdout(&output)).unwrap();
    let fingerprint = told["splits"][0]["fingerprint"].as_str().unwrap().to_owned();
    assert_eq!(told["splits"][0]["rows"]["test"], 240);
    let csv = std::fs::read_to_string(sandbox.path("out/test_inliers.csv")).unwrap();
    assert!(csv.starts_with("src_bytes,dst_bytes,count,service,target\n"));
    let start = FILE.find("split = ").unwrap();
    let end = start + FILE[start..].find('\n').unwrap();
    let imported = FILE
        .replace(&FILE[start..end], "split = { kind = \"imported\", file = \"out/split.json\" }");
    sandbox.write("imported.toml", &imported.replace("\"drawn\"", "\"imported\""));
    for file in ["drawn.toml", "imported.toml"] {
        assert_code(&sandbox.run(&["check", file]), 0);
        assert_code(&sandbox.run(&["run", file]), 0);
    }
    assert_eq!(scores(&sandbox, "drawn"), scores(&sandbox, "imported"));
    let report = std::fs::read_to_string(sandbox.path("reports/imported/report.md")).unwrap();
    assert!(report.contains(&fingerprint), "the report names no fingerprint");

    // Without an edit nothing is fitted again; with one nothing is fitted at all.
    let again = sandbox.run(&["run", "imported.toml"]);
    assert!(stderr(&again).contains("2 done before, 0 to run"), "{}", stderr(&again));
    let path = sandbox.path("out/split.json");
    let text = std::fs::read_to_string(&path).unwrap();
    std::fs::write(&path, text.replacen("\"rows\":[", "\"rows\":[799,", 1)).unwrap();
    let output = sandbox.run(&["run", "imported.toml"]);
    assert_code(&output, 2);
    assert!(stderr(&output).contains("was changed"), "{}", stderr(&output));
}

#[test]
fn python_reads_the_file_and_finds_the_same_fingerprint() {
    let sandbox = Sandbox::new();
    sandbox.write("drawn.toml", FILE);
    let args = ["data", "export", "--experiment", "drawn.toml", "--no-csv", "out"];
    let output = sandbox.run(&args);
    assert_code(&output, 0);
    assert!(!sandbox.path("out/test_inliers.csv").exists());
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/../../scripts/read_split.py");
    let python =
        || Command::new("python3").arg(script).arg(sandbox.path("out/split.json")).output();
    if !answers(PYTHON, "scripts/read_split.py") {
        return;
    }
    let read = python().unwrap();
    let text = String::from_utf8(read.stdout).unwrap();
    assert!(read.status.success(), "{}", String::from_utf8_lossy(&read.stderr));
    let fingerprint = text.lines().last().unwrap();
    assert!(stdout(&output).starts_with(&format!("{fingerprint}  ")), "{text}");
    assert!(text.contains("test: 240 rows of the train table"), "{text}");
    let path = sandbox.path("out/split.json");
    let edited =
        std::fs::read_to_string(&path).unwrap().replacen("\"labels\":[0", "\"labels\":[1", 1);
    std::fs::write(&path, edited).unwrap();
    assert!(!python().unwrap().status.success());
}

#[test]
fn every_fold_has_a_file_and_a_fold_that_is_not_there_is_refused() {
    let sandbox = Sandbox::new();
    let folds = FILE.replace("kind = \"holdout\", test = 0.3", "kind = \"k-fold\", folds = 3");
    sandbox.write("folds.toml", &folds);
    let export = |more: &[&str]| {
        let args = ["data", "export", "--experiment", "folds.toml", "--no-csv", "out"];
        sandbox.run(&[&args, more].concat())
    };
    assert_code(&export(&["--fold", "2"]), 0);
    assert!(!sandbox.path("out/fold-1").exists());
    assert_code(&export(&[]), 0);
    let mut tested: Vec<u64> = Vec::new();
    for fold in 1..=3 {
        let text = std::fs::read_to_string(sandbox.path(&format!("out/fold-{fold}/split.json")));
        let split: Value = serde_json::from_str(&text.unwrap()).unwrap();
        assert_eq!(split["fold"], fold);
        tested.extend(
            split["parts"]["test"]["rows"].as_array().unwrap().iter().map(|r| r.as_u64().unwrap()),
        );
    }
    tested.sort_unstable();
    assert_eq!(tested, (0..800).collect::<Vec<_>>());
    let output = export(&["--fold", "4"]);
    assert_code(&output, 2);
    assert!(stderr(&output).contains("has the folds 1 to 3"), "{}", stderr(&output));
    let output = sandbox.run(&[
        "data",
        "export",
        "--experiment",
        "folds.toml",
        "--split",
        "published-all",
        "out",
    ]);
    assert_code(&output, 2);
}
