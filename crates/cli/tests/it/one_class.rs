//! Rows of one class: scores are written, what is undefined is named, and nothing fails.

use std::fmt::Write as _;

use crate::oddbench::{Sandbox, assert_code, number, stderr, stdout, summary};

/// 300 flows of which the first so many are outliers.
fn flows(outliers: usize) -> String {
    let mut text = "bytes,pkts,is_anomaly\n".to_owned();
    for i in 0..300 {
        let outlier = i < outliers;
        let bytes = if outlier { 90_000 + i } else { 200 + (i * 7_919) % 8_900 };
        let _ = writeln!(text, "{bytes},{},{}", 1 + (i * 31) % 40, u8::from(outlier));
    }
    text
}

fn experiment(split: &str, threshold: &str) -> String {
    format!(
        "name = \"flows\"\n\
         [dataset]\nkind = \"csv\"\npath = \"flows.csv\"\nlabel = \"is_anomaly\"\ninliers = [0]\n\
         [split]\n{split}\n{threshold}\n\
         [[model]]\nkind = \"isolation-forest\"\n\
         [[model]]\nkind = \"pca\"\nparams = {{ n_components = 1 }}\n"
    )
}

const QUANTILE: &str = "[threshold]\nrule = \"quantile\"\nquantile = 0.95";
const MAX_F1: &str = "[threshold]\nrule = \"max-f1\"";

#[test]
fn rows_without_outliers_are_scored() {
    for split in ["kind = \"holdout\"", "kind = \"k-fold\""] {
        let sandbox = Sandbox::new();
        sandbox.write("flows.csv", &flows(0));
        sandbox.write("flows.toml", &experiment(split, QUANTILE));
        let checked = sandbox.run(&["check", "flows.toml"]);
        assert_code(&checked, 0);
        assert!(stdout(&checked).contains("have no outlier"), "{}", stdout(&checked));
        let output = sandbox.run(&["run", "flows.toml"]);
        assert_code(&output, 0);
        let lines = summary(&sandbox.path("results/flows/summary.csv"));
        for line in &lines {
            for undefined in ["roc_auc", "average_precision", "recall", "mcc"] {
                assert_eq!(line[undefined], "", "{undefined} of no outlier: {line:?}");
            }
            // About a twentieth of the inliers lies beyond the 0.95 quantile of others.
            let (calls, all) = (number(line, "fp"), number(line, "n_test"));
            let right = (number(line, "accuracy") - (1.0 - calls / all)).abs() < 1e-12;
            assert!(calls / all < 0.35 && right, "{line:?}");
            assert_eq!((number(line, "tp"), number(line, "fn")), (0.0, 0.0));
        }
        let trials = std::fs::read_dir(sandbox.path("results/flows/trials")).unwrap();
        assert!(trials.map(|t| t.unwrap().path()).all(|t| t.join("scores.parquet").is_file()));
        let report = std::fs::read_to_string(sandbox.path("reports/flows/report.md")).unwrap();
        assert!(report.contains("ROC-AUC") && report.contains("have no outlier"), "{report}");
    }
}

#[test]
fn a_rule_that_needs_outliers_is_undefined_and_says_why() {
    let sandbox = Sandbox::new();
    sandbox.write("flows.csv", &flows(0));
    sandbox.write("flows.toml", &experiment("kind = \"holdout\"", MAX_F1));
    assert!(stdout(&sandbox.run(&["check", "flows.toml"])).contains("there is no threshold"));
    let output = sandbox.run(&["run", "flows.toml"]);
    assert_code(&output, 0);
    let said = stdout(&output);
    assert!(said.contains("No threshold under this rule for isolation-forest, pca: "), "{said}");
    for line in summary(&sandbox.path("results/flows/summary.csv")) {
        assert_eq!((line["threshold"].as_str(), line["f1"].as_str()), ("", ""), "{line:?}");
        assert_eq!(line["status"], "completed");
    }
}

#[test]
fn three_outliers_in_five_folds_name_the_folds_without_one() {
    let sandbox = Sandbox::new();
    sandbox.write("flows.csv", &flows(3));
    sandbox.write("flows.toml", &experiment("kind = \"k-fold\"\nfolds = 5", QUANTILE));
    let output = sandbox.run(&["run", "flows.toml"]);
    assert_code(&output, 0);
    let lines = summary(&sandbox.path("results/flows/summary.csv"));
    let without: Vec<&str> = lines
        .iter()
        .filter(|line| line["name"] == "pca" && line["roc_auc"].is_empty())
        .map(|line| line["split"].strip_prefix("k-fold/").unwrap())
        .collect();
    assert_eq!((without.len(), lines.len()), (2, 10), "two of five folds have no outlier");
    let named = format!("the test rows of folds {} and {} have no outlier", without[0], without[1]);
    assert!(stdout(&output).contains(&named), "{named} is not in {}", stdout(&output));
    // The median is over the folds in which the figure is defined, and the table says over how many.
    assert!(stdout(&output).contains("(n = 3)"), "{}", stdout(&output));
    let report = std::fs::read_to_string(sandbox.path("reports/flows/report.md")).unwrap();
    assert!(report.contains(" (n = 3) ("), "the medians do not say over how many folds they are");
    assert!(!stderr(&output).contains("panicked"));
}
