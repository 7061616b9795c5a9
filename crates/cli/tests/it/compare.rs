//! `oddbench compare`: what it finds between two results, and what it exits with.

use std::fs;
use std::path::Path;
use std::process::Command;

use serde_json::Value;

use crate::oddbench::{Sandbox, assert_code, stderr, stdout};

/// Two models whose ranking of synthetic attacks is good.
const FILE: &str = r#"
name = "nightly"
dataset = { kind = "synthetic", rows = 1500 }
split = { kind = "holdout" }
threshold = { rule = "max-f1" }
run = { seeds = [1, 2, 3] }

[[model]]
kind = "hbos"

[[model]]
kind = "isolation-forest"
name = "forest"
params = { n_estimators = 20 }
"#;

/// Runs the file into a results folder of that name.
fn run(sandbox: &Sandbox, results: &str, text: &str) {
    let file = sandbox.write(&format!("{results}.toml"), text);
    let output = sandbox.run(&[
        "run",
        file.to_str().unwrap(),
        "--results",
        results,
        "--no-report",
        "--quiet",
    ]);
    assert_code(&output, 0);
}

fn compared(sandbox: &Sandbox, args: &[&str], code: i32) -> Value {
    let output = sandbox.run(&[&["compare", "--json"], args].concat());
    assert_code(&output, code);
    serde_json::from_str::<Value>(&stdout(&output)).unwrap()["compare"].take()
}

fn figure<'v>(compare: &'v Value, label: &str, metric: &str) -> &'v Value {
    let rows = compare["rows"].as_array().unwrap();
    let row = rows.iter().find(|row| row["model"] == label).unwrap();
    row["figures"].as_array().unwrap().iter().find(|f| f["metric"] == metric).unwrap()
}

#[test]
fn identical_results_differ_in_nothing() {
    let sandbox = Sandbox::new();
    run(&sandbox, "one", FILE);
    let args = ["one/nightly", "one/nightly", "--fail-on-regression", "--tolerance", "recall=0"];
    let found = compared(&sandbox, &args, 0);
    assert_eq!(found["same_trials"], 4, "one of hbos and three of the forest");
    for list in ["data", "settings", "provenance", "only", "regressions"] {
        assert_eq!(found[list], Value::Array(vec![]), "{list}");
    }
    for label in ["hbos", "forest"] {
        let area = figure(&found, label, "roc_auc");
        assert_eq!(area["difference"], 0.0);
        assert_eq!(
            (&area["interval"]["low"], &area["interval"]["high"]),
            (&0.0.into(), &0.0.into())
        );
        let basis = if label == "forest" { "seeds-and-rows" } else { "rows" };
        assert_eq!((&area["basis"], &area["paired"]), (&basis.into(), &true.into()));
    }
}

/// The forest is replaced by a model that knows nothing: its areas are a half in the mean.
#[test]
fn a_planted_regression_is_found_and_fails() {
    let sandbox = Sandbox::new();
    run(&sandbox, "good", FILE);
    let bad = FILE.replace("kind = \"isolation-forest\"", "kind = \"random\"");
    run(&sandbox, "bad", &bad.replace("params = { n_estimators = 20 }\n", ""));
    let both = ["good/nightly", "bad/nightly"];
    let found = compared(&sandbox, &[&both[..], &["--fail-on-regression"]].concat(), 1);

    // By hand from the summaries.
    let median = |results: &str| {
        let path = sandbox.path(results).join("nightly/summary.csv");
        let lines = crate::oddbench::summary(&path);
        let mut of: Vec<f64> = lines
            .iter()
            .filter(|line| line["name"] == "forest")
            .map(|line| crate::oddbench::number(line, "roc_auc"))
            .collect();
        of.sort_by(f64::total_cmp);
        assert_eq!(of.len(), 3);
        of[1]
    };
    let area = figure(&found, "forest", "roc_auc");
    let difference = area["difference"].as_f64().unwrap();
    assert!((difference - (median("bad") - median("good"))).abs() < 1e-9, "{area}");
    assert!(area["interval"]["high"].as_f64().unwrap() < 0.0 && area["regression"] == true);
    assert_eq!(figure(&found, "hbos", "roc_auc")["regression"], false);
    let words = found["regressions"].to_string();
    assert!(words.contains("forest: ROC-AUC fell by") && !words.contains("hbos"), "{words}");

    // Without the option it is shown and is no failure; the other way round it is a gain.
    let output = sandbox.run(&["compare", both[0], both[1]]);
    assert_code(&output, 0);
    assert!(stdout(&output).contains("REGRESSION"), "{}", stdout(&output));
    compared(&sandbox, &[both[1], both[0], "--fail-on-regression"], 0);
    // A tolerated change is no regression.
    let wide = "roc_auc=1,f1=1,average_precision=1";
    compared(&sandbox, &[&both[..], &["--fail-on-regression", "--tolerance", wide]].concat(), 0);
}

#[test]
fn changed_settings_and_trials_of_one_alone_are_listed() {
    let sandbox = Sandbox::new();
    run(&sandbox, "old", FILE);
    let text =
        FILE.replace("n_estimators = 20", "n_estimators = 30").replace("[1, 2, 3]", "[1, 2]");
    run(&sandbox, "new", &format!("{text}\n[[model]]\nkind = \"copod\"\n"));
    let found = compared(&sandbox, &["old/nightly", "new/nightly"], 0);
    let keys: Vec<&str> =
        found["settings"].as_array().unwrap().iter().map(|s| s["key"].as_str().unwrap()).collect();
    assert!(keys.contains(&"model.forest.params.n_estimators"), "{keys:?}");
    assert!(keys.contains(&"model.forest.seeds") && keys.contains(&"model.copod"), "{keys:?}");
    assert!(!keys.iter().any(|key| key.starts_with("model.hbos.params")), "{keys:?}");
    let mut setting = found["settings"].as_array().unwrap().iter();
    let trees = setting.find(|s| s["key"] == "model.forest.params.n_estimators").unwrap();
    assert_eq!(trees["values"], serde_json::json!([20, 30]));
    let only: Vec<String> = found["only"]
        .as_array()
        .unwrap()
        .iter()
        .map(|only| format!("{} {} {}", only["side"], only["model"], only["run"]))
        .collect();
    assert_eq!(only, ["0 \"forest\" \"seed 3\"", "1 \"copod\" \"\""]);
    assert_eq!(found["data"], Value::Array(vec![]));
}

#[test]
fn different_data_is_said_first_and_each_side_has_rows_of_its_own() {
    let sandbox = Sandbox::new();
    run(&sandbox, "old", FILE);
    run(&sandbox, "new", &FILE.replace("rows = 1500", "rows = 1500, seed = 2"));
    let found = compared(&sandbox, &["old/nightly", "new/nightly"], 0);
    let keys: Vec<&Value> = found["data"].as_array().unwrap().iter().map(|d| &d["key"]).collect();
    assert_eq!(keys, ["digest"]);
    assert_eq!(figure(&found, "forest", "roc_auc")["basis"], "seeds-and-rows");
    // Other rows are drawn for each side: the interval is as wide as both samples make it.
    let hbos = figure(&found, "hbos", "roc_auc");
    assert_eq!(hbos["basis"], "rows");
    let width = |end: &str| hbos["interval"][end].as_f64().unwrap();
    assert!(width("high") - width("low") > 0.005, "{hbos}");
    let output = sandbox.run(&["compare", "old/nightly", "new/nightly"]);
    let text = stdout(&output);
    let (said, tables) = (text.find("Different data").unwrap(), text.find("## Figures").unwrap());
    assert!(said < tables);
}

#[test]
fn a_row_that_is_gone_is_a_regression() {
    let sandbox = Sandbox::new();
    run(&sandbox, "old", FILE);
    let (without, _) = FILE.split_at(FILE.rfind("[[model]]").unwrap());
    run(&sandbox, "new", without);
    let found = compared(&sandbox, &["old/nightly", "new/nightly", "--fail-on-regression"], 1);
    assert_eq!(found["regressions"], serde_json::json!(["forest is gone"]));
}

#[test]
fn names_are_looked_up_in_the_results_folder_and_no_escape_is_printed() {
    let sandbox = Sandbox::new();
    run(&sandbox, "results", FILE);
    let output = sandbox.run(&["compare", "nightly", "results/nightly"]);
    assert_code(&output, 0);
    let text = stdout(&output);
    assert!(text.starts_with("# nightly → results/nightly") && !text.contains('\u{1b}'), "{text}");
    // Every line of a table is as wide as its head: it reads well in a terminal.
    let table: Vec<usize> = text
        .lines()
        .skip_while(|line| !(line.starts_with("| model") && line.contains("| metric")))
        .take_while(|line| line.starts_with('|'))
        .map(|line| line.chars().count())
        .collect();
    assert!(table.len() > 10 && table.iter().all(|width| *width == table[0]), "{table:?}");
}

#[test]
fn broken_or_absent_results_are_an_error_with_a_remedy() {
    let sandbox = Sandbox::new();
    run(&sandbox, "results", FILE);
    let absent = sandbox.run(&["compare", "nightly", "nihgtly"]);
    assert_code(&absent, 2);
    assert!(stderr(&absent).contains("there are no results \"nihgtly\""), "{}", stderr(&absent));

    let broken = sandbox.path("broken");
    copy(&sandbox.path("results/nightly"), &broken);
    let scores = fs::read_dir(broken.join("trials")).unwrap().next().unwrap().unwrap().path();
    fs::write(scores.join("scores.parquet"), "not parquet").unwrap();
    let output = sandbox.run(&["compare", "nightly", "broken"]);
    assert_code(&output, 2);
    let text = stderr(&output).replace(['\n', '│'], " ");
    assert!(text.contains("scores.parquet") && text.contains("run the experiment again"), "{text}");
    fs::write(broken.join("manifest.json"), "{").unwrap();
    assert_code(&sandbox.run(&["compare", "broken", "nightly"]), 2);

    let unknown = sandbox.run(&["compare", "nightly", "nightly", "--tolerance", "acuracy=1"]);
    assert_code(&unknown, 2);
    assert!(stderr(&unknown).contains("accuracy"), "{}", stderr(&unknown));
    assert_code(&sandbox.run(&["compare", "nightly", "nightly", "--tolerance", "f1=-1"]), 2);
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        match entry.file_type().unwrap().is_dir() {
            true => copy(&entry.path(), &to.join(entry.file_name())),
            false => {
                fs::copy(entry.path(), to.join(entry.file_name())).unwrap();
            }
        }
    }
}

#[test]
fn results_of_a_git_revision_are_read_from_git() {
    let sandbox = Sandbox::new();
    run(&sandbox, "results", FILE);
    let git = |args: &[&str]| {
        let identity = ["-c", "user.name=t", "-c", "user.email=t@example.org"];
        let output = Command::new("git")
            .current_dir(sandbox.dir.path())
            .args(identity)
            .args(args)
            .output()
            .unwrap();
        assert!(output.status.success(), "{output:?}");
    };
    git(&["init", "-q"]);
    git(&["add", "-f", "results"]);
    git(&["commit", "-q", "-m", "results"]);
    run(&sandbox, "results", &FILE.replace("n_estimators = 20", "n_estimators = 5"));
    let found = compared(&sandbox, &["nightly@HEAD", "nightly"], 0);
    let keys: Vec<&str> =
        found["settings"].as_array().unwrap().iter().map(|s| s["key"].as_str().unwrap()).collect();
    assert_eq!(keys, ["model.forest.params.n_estimators"]);
    let none = sandbox.run(&["compare", "nightly@nosuch", "nightly"]);
    assert_code(&none, 2);
    let absent = sandbox.run(&["compare", "weekly@HEAD", "nightly"]);
    assert_code(&absent, 2);
    assert!(stderr(&absent).contains("git add -f"), "{}", stderr(&absent));
}
