//! Scores that were computed elsewhere, as a user gives them back: export, score, check, run, report.

use std::collections::HashMap;
use std::io::Write as _;
use std::path::Path;
use std::process::Command;

use serde_json::Value;

use crate::oddbench::{Sandbox, assert_code, real_data, stderr, stdout, summary, workspace};

const FILE: &str = r#"
name = "given"
dataset = { kind = "synthetic", rows = 800, features = ["src_bytes", "dst_bytes", "count", "service"] }
split = { kind = "holdout", test = 0.3, validation = 0.2, seed = 5 }
threshold = { rule = "max-f1" }
run = { seeds = [1] }
model = [{ kind = "scores", name = "mine", file = "out/scores.csv" }, { kind = "pca" }]
"#;

fn export(sandbox: &Sandbox, file: &str) {
    assert_code(&sandbox.run(&["data", "export", "--experiment", file, "out"]), 0);
}

/// Scores each exported row by its `src_bytes`.
fn score(sandbox: &Sandbox) {
    let rows = std::fs::read_to_string(sandbox.path("out/to_score.csv")).unwrap();
    let mut scores = "row_id,score\n".to_owned();
    for line in rows.lines().skip(1) {
        let mut values = line.split(',');
        let (id, bytes) = (values.next().unwrap(), values.next().unwrap());
        scores.push_str(&format!("{id},{bytes}\n"));
    }
    std::fs::write(sandbox.path("out/scores.csv"), scores).unwrap();
}

/// The label of each exported row that is scored, by its id.
fn labels(sandbox: &Sandbox) -> HashMap<String, u64> {
    let split = std::fs::read_to_string(sandbox.path("out/split.json")).unwrap();
    let split: Value = serde_json::from_str(&split).unwrap();
    let prefix = &split["fingerprint"].as_str().unwrap()[..16];
    let mut labels = HashMap::new();
    for part in ["validation", "test"] {
        let of = |key: &str| split["parts"][part][key].as_array().unwrap().iter();
        for (row, label) in of("rows").zip(of("labels")) {
            labels.insert(format!("{prefix}-{part}-{row}"), label.as_u64().unwrap());
        }
    }
    labels
}

/// Text that was broken to fit a terminal.
fn in_one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[test]
fn the_exported_rows_have_ids_no_labels_and_no_order() {
    let sandbox = Sandbox::new();
    sandbox.write("given.toml", FILE);
    export(&sandbox, "given.toml");
    let text = std::fs::read_to_string(sandbox.path("out/to_score.csv")).unwrap();
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(lines[0], "row_id,src_bytes,dst_bytes,count,service");
    let labels = labels(&sandbox);
    let ids: Vec<&str> = lines[1..].iter().map(|line| line.split(',').next().unwrap()).collect();
    assert_eq!(ids.len(), labels.len());
    let mut distinct = ids.clone();
    distinct.sort_unstable();
    distinct.dedup();
    assert_eq!(distinct.len(), labels.len());
    // Neither the labels nor the parts stand in long runs: about half of the rows are followed by one of another part.
    let found: Vec<u64> = ids.iter().map(|id| labels[*id]).collect();
    let first_half: u64 = found[..found.len() / 2].iter().sum();
    let all: u64 = found.iter().sum();
    assert!(all > 20 && first_half.abs_diff(all / 2) < all / 4, "{first_half} of {all}");
    let changes = ids.windows(2).filter(|two| two[0].contains("test") != two[1].contains("test"));
    assert!(changes.count() > ids.len() / 4);
    // The same rows stand in the files with labels.
    let inliers = std::fs::read_to_string(sandbox.path("out/test_inliers.csv")).unwrap();
    let row = ids.iter().position(|id| id.contains("-test-") && labels[*id] == 0).unwrap();
    let values = lines[1 + row].split_once(',').unwrap().1;
    assert!(inliers.lines().any(|line| line == format!("{values},0")), "{values}");
}

#[test]
fn scores_that_are_given_are_judged_and_marked_everywhere() {
    let sandbox = Sandbox::new();
    let with_ensemble =
        "ensemble = [{ name = \"both\", members = [\"mine\", \"pca\"], select = \"all\" }]\n";
    sandbox.write("given.toml", &format!("{FILE}{with_ensemble}"));
    // Before there are scores the rows can be exported, and nothing else.
    export(&sandbox, "given.toml");
    for verb in ["check", "plan", "run"] {
        let output = sandbox.run(&[verb, "given.toml"]);
        assert_code(&output, 2);
        let text = stderr(&output);
        assert!(text.contains("model[0].file") && text.contains("scores.csv"), "{text}");
        assert!(text.contains("to_score.csv"), "{text}");
    }
    score(&sandbox);
    assert_code(&sandbox.run(&["check", "given.toml"]), 0);
    assert!(stdout(&sandbox.run(&["plan", "given.toml"])).contains("scores from scores.csv"));
    let output = sandbox.run(&["run", "given.toml"]);
    assert_code(&output, 0);
    assert!(stderr(&output).contains("mine: fitted elsewhere, ROC-AUC "), "{}", stderr(&output));
    let shown = in_one_line(&stdout(&output));
    assert!(shown.contains("Fitted elsewhere: the scores come from a file"), "{shown}");
    let rows = summary(&sandbox.path("results/given/summary.csv"));
    let mine = rows.iter().find(|row| row["name"] == "mine").unwrap();
    assert_eq!((mine["status"].as_str(), mine["kind"].as_str()), ("completed", "scores"));
    for unknown in ["fit_seconds", "score_seconds", "peak_rss_mb", "seed"] {
        assert_eq!(mine[unknown], "", "{unknown}");
    }
    for file in ["report.md", "index.html", "table.tex", "table.csv"] {
        let text = std::fs::read_to_string(sandbox.path("reports/given").join(file)).unwrap();
        assert!(text.contains("mine (fitted elsewhere)"), "{file}");
        assert!(text.contains("both (a member fitted elsewhere)"), "{file}");
        assert!(!text.contains("pca (fitted elsewhere)"), "{file}");
    }
    let report = std::fs::read_to_string(sandbox.path("reports/given/report.md")).unwrap();
    assert!(report.contains("oddbench saw nothing but these scores"));
    // Nobody can vouch for it: it is not called the best. Its file belongs to the reproduction, and is no device.
    assert!(report.contains("best median ROC-AUC: pca"), "{report}");
    assert!(report.contains("Scores from elsewhere (SHA-256)"), "{report}");
    assert!(!report.contains("scores from scores.csv"), "{report}");

    // There is no model to score with.
    let trial = format!("results/given/trials/{}", mine["trial"]);
    let output = sandbox.run(&["score", "--model", &trial, "--input", "out/to_score.csv"]);
    assert_code(&output, 2);
    assert!(stderr(&output).contains("fitted elsewhere"), "{}", stderr(&output));
    let input = ["--input", "out/train_inliers.csv", "--output", "models/mine"];
    let output = sandbox.run(&[&["fit", "--model", "scores"][..], &input].concat());
    assert_code(&output, 2);
    assert!(stderr(&output).contains("fitted elsewhere"), "{}", stderr(&output));
    let output = sandbox.run(&["models"]);
    assert!(stdout(&output).contains("scores that you computed elsewhere"));
    for (kind, key) in [("scores", "file"), ("external", "command")] {
        let page = stdout(&sandbox.run(&["models", kind]));
        assert!(page.contains(key) && page.contains("docs/EXTERNAL.md"), "{page}");
    }
}

#[test]
fn a_wrong_sign_is_pointed_out_and_left_as_it_is() {
    let sandbox = Sandbox::new();
    sandbox.write("given.toml", FILE);
    export(&sandbox, "given.toml");
    let labels = labels(&sandbox);
    let run = |sign: &str| -> (f64, String) {
        let lines = labels.iter().map(|(id, label)| format!("{id},{sign}{label}\n"));
        let text = "row_id,score\n".to_owned() + &lines.collect::<String>();
        std::fs::write(sandbox.path("out/scores.csv"), text).unwrap();
        let output = sandbox.run(&["run", "given.toml", "--no-report"]);
        assert_code(&output, 0);
        let rows = summary(&sandbox.path("results/given/summary.csv"));
        let mine = rows.iter().find(|row| row["name"] == "mine").unwrap();
        (mine["roc_auc"].parse().unwrap(), in_one_line(&stdout(&output)))
    };
    let note = "oddbench does not change their sign";
    let (right, shown) = run("");
    assert!(right == 1.0 && !shown.contains(note), "{right}: {shown}");
    let (wrong, shown) = run("-");
    assert!(wrong == 0.0 && shown.contains(note), "{wrong}: {shown}");
}

/// What `oddbench score` writes is such a file: as CSV, as parquet, and as JSON lines the same.
#[test]
fn scored_rows_of_every_format_are_a_file_of_scores() {
    let sandbox = Sandbox::new();
    sandbox.write("given.toml", FILE);
    export(&sandbox, "given.toml");
    let fit = ["fit", "--model", "pca", "--input", "out/train_inliers.csv", "--ignore", "target"];
    assert_code(&sandbox.run(&[&fit[..], &["--output", "models/mine"]].concat()), 0);
    let mut areas = Vec::new();
    for name in ["scored.csv", "scored.parquet", "scored.jsonl"] {
        let output = sandbox.run(&[
            "score",
            "--model",
            "models/mine",
            "--input",
            "out/to_score.csv",
            "--output",
            name,
        ]);
        assert_code(&output, 0);
        let experiment = FILE.replace("out/scores.csv", name);
        sandbox.write("given.toml", &experiment);
        assert_code(&sandbox.run(&["run", "given.toml", "--no-report"]), 0);
        let rows = summary(&sandbox.path("results/given/summary.csv"));
        areas.push(rows.iter().find(|row| row["name"] == "mine").unwrap()["roc_auc"].clone());
    }
    assert!(areas.iter().all(|area| *area == areas[0] && !area.is_empty()), "{areas:?}");
    // Parquet counts rows, not lines.
    let other = FILE.replace("out/scores.csv", "scored.parquet").replace("seed = 5", "seed = 6");
    sandbox.write("given.toml", &other);
    let output = sandbox.run(&["check", "given.toml"]);
    assert_code(&output, 2);
    assert!(
        stderr(&output).contains("the rows of this experiment are the split"),
        "{}",
        stderr(&output)
    );
}

/// Runs a script of `examples/external/scores`; `false` and a word if Python lacks what it needs.
fn python(test: &str, module: &str, script: &str, folder: &Path) -> bool {
    let has = Command::new("python3").args(["-c", &format!("import {module}")]).output();
    if !has.is_ok_and(|output| output.status.success()) {
        let word = if module == "csv" { "SKIPPED" } else { "NOT RUN" };
        let _ = writeln!(std::io::stderr(), "{word} (no python3 with {module}): {test}");
        return false;
    }
    let script = workspace().join("examples/external/scores").join(script);
    let output = Command::new("python3").arg(script).arg(folder).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    true
}

#[test]
fn the_example_without_packages_gives_the_distance_from_the_mean() {
    let sandbox = Sandbox::new();
    let example = workspace().join("examples/external/scores/first.toml");
    sandbox.write("first.toml", &std::fs::read_to_string(example).unwrap());
    export(&sandbox, "first.toml");
    let folder = sandbox.path("out");
    if !python("the example of scores in Python", "csv", "mean_distance.py", &folder) {
        return;
    }
    assert_code(&sandbox.run(&["run", "first.toml", "--no-report"]), 0);
    let rows = summary(&sandbox.path("results/scores-first/summary.csv"));
    assert_eq!(rows[0]["status"], "completed");
    // The same distances, computed here.
    let table = |name: &str, skip: usize| -> Vec<(String, Vec<f64>)> {
        let text = std::fs::read_to_string(folder.join(name)).unwrap();
        let row = |line: &str| {
            let values: Vec<&str> = line.split(',').collect();
            let numbers = values[skip..skip + 3].iter().map(|value| value.parse().unwrap());
            (values[0].to_owned(), numbers.collect())
        };
        text.lines().skip(1).map(row).collect()
    };
    let train = table("train_inliers.csv", 0);
    let mean = |at: usize| train.iter().map(|(_, v)| v[at]).sum::<f64>() / train.len() as f64;
    let mean = [mean(0), mean(1), mean(2)];
    let scores = std::fs::read_to_string(folder.join("scores.csv")).unwrap();
    let found: HashMap<&str, f64> = scores
        .lines()
        .skip(1)
        .map(|line| line.split_once(',').unwrap())
        .map(|(id, score)| (id, score.parse().unwrap()))
        .collect();
    for (id, values) in table("to_score.csv", 1) {
        let squares = values.iter().zip(mean).map(|(value, mean)| (value - mean).powi(2));
        let expected = squares.sum::<f64>().sqrt();
        assert!((found[id.as_str()] - expected).abs() <= 1e-9 * expected, "{id}");
    }
}

/// On the published split: scikit-learn's one-class SVM, fitted elsewhere, has the figures of oddbench's own.
#[test]
fn a_one_class_svm_that_was_fitted_elsewhere_has_the_figures_of_its_twin() {
    let Some(mirror) = real_data("a one-class SVM that was fitted elsewhere") else { return };
    let sandbox = Sandbox::new();
    let example = workspace().join("examples/external/scores/kdd99.toml");
    let text = std::fs::read_to_string(example).unwrap();
    // Without the twin by `kind = "external"`, whose run takes as long again.
    let parts: Vec<&str> = text.split("[[model]]").collect();
    assert!(parts[2].contains("kind = \"external\""));
    sandbox.write("kdd99.toml", &[parts[0], parts[1], parts[3]].join("[[model]]"));
    let args = ["data", "export", "--experiment", "kdd99.toml", "out/kdd99"];
    assert_code(&sandbox.run_with(&mirror, &args), 0);
    let folder = sandbox.path("out/kdd99");
    let modules = "sklearn, pandas";
    if !python("a one-class SVM fitted elsewhere", modules, "one_class_svm.py", &folder) {
        return;
    }
    let output = sandbox.run_with(&mirror, &["run", "kdd99.toml", "--no-report"]);
    assert_code(&output, 0);
    let rows = summary(&sandbox.path("results/scores-kdd99/summary.csv"));
    let figure = |row: usize, key: &str| rows[row][key].parse::<f64>().unwrap();
    assert_eq!((rows[0]["kind"].as_str(), rows[1]["kind"].as_str()), ("ocsvm", "scores"));
    for key in ["roc_auc", "average_precision", "accuracy", "precision", "recall", "f1", "mcc"] {
        let (own, given) = (figure(0, key), figure(1, key));
        assert!((own - given).abs() < 0.0005, "{key}: {own} and {given}");
    }
}
