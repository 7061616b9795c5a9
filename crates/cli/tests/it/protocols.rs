//! Models that see labels, folds, and thresholds of the models' own, on the command line.

use crate::oddbench::{Sandbox, assert_code, stderr, stdout, summary};

const FOLDS: &str = r#"
name = "folds"
[dataset]
kind = "synthetic"
rows = 600
features = ["src_bytes", "dst_bytes", "count"]
[split]
kind = "k-fold"
folds = 3
validation = 0.0
train_on = "all"
[threshold]
rule = "native"
[[model]]
kind = "random-forest"
name = "forest"
params = { n_estimators = 5, resample = "smote" }
[[model]]
kind = "pca"
"#;

#[test]
fn folds_are_planned_run_and_kept_apart_from_models_without_labels() {
    let sandbox = Sandbox::new();
    sandbox.write("folds.toml", FOLDS);
    let plan = sandbox.run(&["plan", "folds.toml"]);
    assert_code(&plan, 0);
    let text = stdout(&plan);
    assert!(text.contains("fold") && text.contains("6 trials"), "{text}");

    let run = sandbox.run(&["run", "folds.toml"]);
    assert_code(&run, 0);
    let text = stdout(&run);
    let (verdict, text) = text.split_once("What would change it:").unwrap();
    assert!(verdict.contains("pca is the only model without labels"), "{verdict}");
    assert!(verdict.contains("forest is the only model that saw labels"), "{verdict}");
    let (unsupervised, supervised) = text.split_once("Supervised: trained with labels").unwrap();
    assert!(unsupervised.contains("pca") && !unsupervised.contains("forest"), "{text}");
    assert!(supervised.contains("forest"), "{text}");
    for note in [
        "Threshold: native, each model's own decision boundary.",
        "No threshold under this rule for pca",
        "The unsupervised models were fitted on all training rows",
        "Supervised rows saw labels; the others did not.",
    ] {
        assert!(supervised.contains(note), "{note:?} is not in:\n{text}");
    }
    assert!(stderr(&run).contains("forest seed 2018 fold 2"), "{}", stderr(&run));

    let rows = summary(&sandbox.path("results/folds/summary.csv"));
    let of = |label: &'static str| rows.iter().filter(move |row| row["name"] == label);
    let splits: Vec<&str> = of("forest").map(|row| row["split"].as_str()).collect();
    assert_eq!(splits, ["k-fold/1", "k-fold/2", "k-fold/3"]);
    assert!(of("forest").all(|row| row["threshold"] == "0.5" && row["tuned_on"].is_empty()));
    assert!(of("pca").all(|row| row["f1"].is_empty() && !row["roc_auc"].is_empty()));
    let tested: u32 = of("pca").map(|row| row["n_test"].parse::<u32>().unwrap()).sum();
    assert_eq!(tested, 600);

    let again = sandbox.run(&["run", "folds.toml"]);
    assert_code(&again, 0);
    assert!(stderr(&again).contains("6 done before, 0 to run"), "{}", stderr(&again));
}

#[test]
fn a_model_that_needs_labels_is_refused_where_training_rows_are_inliers() {
    let sandbox = Sandbox::new();
    sandbox.write("inliers.toml", &FOLDS.replace("train_on = \"all\"\n", ""));
    let check = sandbox.run(&["check", "inliers.toml"]);
    assert_code(&check, 2);
    let text = stderr(&check);
    for part in ["inliers.toml", "learns from labels", "train_on = \"all\""] {
        assert!(text.contains(part), "{part:?} is not in:\n{text}");
    }
}

#[test]
fn transfer_without_a_test_table_is_refused() {
    let sandbox = Sandbox::new();
    let text = FOLDS.replace("kind = \"k-fold\"\nfolds = 3", "kind = \"holdout\"\ntransfer = true");
    sandbox.write("transfer.toml", &text);
    let check = sandbox.run(&["check", "transfer.toml"]);
    assert_code(&check, 2);
    let text = stderr(&check);
    for part in ["transfer.toml", "nothing to transfer to", "remove this key"] {
        assert!(text.contains(part), "{part:?} is not in:\n{text}");
    }
}
