//! Trials and their addresses.

use std::path::Path;

use oddbench_engine::plan::{self, Plan};
use oddbench_engine::spec::{self, Overrides};

const FILE: &str = r#"
name = "plans"
dataset = { kind = "kdd99", features = ["src_bytes", "dst_bytes"], labels = "corrected" }
split = { kind = "published-8020" }
threshold = { rule = "max-f1" }
run = { seeds = [1, 2] }
model = [{ kind = "constant" }, { kind = "random" }, { kind = "random", name = "again", seeds = [7] }]
"#;

fn planned(text: &str) -> Plan {
    let spec = spec::parse(Path::new("x.toml"), text.to_owned(), &Overrides::default()).unwrap();
    plan::resolve(&spec).unwrap()
}

fn ids(text: &str) -> Vec<String> {
    planned(text).trials.into_iter().map(|trial| trial.info.id).collect()
}

#[test]
fn trials_come_in_the_order_of_the_file_and_deterministic_models_once() {
    let plan = planned(FILE);
    let rows: Vec<_> = plan.trials.iter().map(|t| (t.info.name.as_str(), t.info.seed)).collect();
    let expected =
        [("constant", None), ("random", Some(1)), ("random", Some(2)), ("again", Some(7))];
    assert_eq!(rows, expected);
    assert!(plan.trials.iter().all(|trial| trial.info.backend == "cpu"));
}

/// The file with another rule for constant columns than the default.
fn kept() -> String {
    FILE.replace("run = {", "preprocess = { constant = \"keep\" }\nrun = {")
}

/// These addresses are on users' disks: a change here means that FORMAT_VERSION must be raised.
#[test]
fn addresses_are_stable() {
    insta::assert_snapshot!("addresses", ids(&kept()).join("\n"));
    assert_ne!(ids(&kept()), ids(FILE), "what is done about constant columns decides scores");
}

/// The same for what supervised experiments add: a holdout without them is what it was.
#[test]
fn addresses_of_holdouts_folds_and_transfers_are_stable() {
    let split = |with: &str| ids(&kept().replace("kind = \"published-8020\"", with)).join("\n");
    let text = [
        "kind = \"holdout\"",
        "kind = \"holdout\", transfer = true",
        "kind = \"k-fold\", folds = 2",
    ]
    .map(|with| format!("{with}\n{}\n", split(with)))
    .join("\n");
    assert!(text.contains(&split("kind = \"holdout\", transfer = false")), "false is the default");
    insta::assert_snapshot!("addresses_of_splits", text);
}

#[test]
fn each_fold_is_a_trial_and_models_without_chance_take_each_once() {
    let text = FILE.replace("kind = \"published-8020\"", "kind = \"k-fold\", folds = 3");
    let plan = planned(&text);
    let rows: Vec<_> = plan
        .trials
        .iter()
        .map(|t| (t.info.name.as_str(), t.info.seed, t.info.fold.unwrap()))
        .collect();
    let mut expected: Vec<_> = (1..=3).map(|fold| ("constant", None, fold)).collect();
    for (label, seed) in [("random", 1), ("random", 2), ("again", 7)] {
        expected.extend((1..=3).map(|fold| (label, Some(seed), fold)));
    }
    assert_eq!(rows, expected);
    let mut ids = ids(&text);
    ids.sort();
    ids.dedup();
    assert_eq!(ids.len(), 12, "a fold decides scores");
    assert!(planned(FILE).trials.iter().all(|trial| trial.info.fold.is_none()));
}

#[test]
fn what_does_not_decide_scores_leaves_addresses_alone() {
    let before = ids(FILE);
    for (from, to) in [
        ("rule = \"max-f1\"", "rule = \"max-f2\", tune_on = \"test\", decimals = 2"),
        ("name = \"plans\"", "name = \"other\"\ndescription = \"changed\""),
        ("name = \"again\"", "name = \"renamed\""),
        ("model = [", "report = { anchors = [\"deepad-2020\"] }\nmodel = ["),
    ] {
        assert_eq!(ids(&FILE.replace(from, to)), before, "{to}");
    }
}

#[test]
fn what_decides_scores_changes_addresses() {
    let before = ids(FILE);
    for (from, to) in [
        ("\"src_bytes\", \"dst_bytes\"", "\"dst_bytes\", \"src_bytes\""),
        ("labels = \"corrected\"", "labels = \"published\""),
        ("published-8020", "published-9010"),
        ("split = { kind = \"published-8020\" }", "split = { kind = \"holdout\", seed = 9 }"),
        ("run = {", "preprocess = { scale = \"standard\" }\nrun = {"),
    ] {
        let after = ids(&FILE.replace(from, to));
        assert_eq!(after.len(), before.len());
        for (old, new) in before.iter().zip(&after) {
            assert_ne!(old, new, "{to}");
        }
    }
}

#[test]
fn the_same_model_under_two_labels_is_one_address() {
    let text = FILE.replace("seeds = [7]", "seeds = [2]");
    let ids = ids(&text);
    assert_eq!(ids[2], ids[3]);
}

#[test]
fn more_draws_of_a_holdout_keep_the_addresses_of_those_that_are_done() {
    let with = |more: &str| {
        ids(&kept().replace("kind = \"published-8020\"", &format!("kind = \"holdout\"{more}")))
    };
    let (two, three) = (with(", repeats = 2"), with(", repeats = 3"));
    // Each model has its trials side by side, and each trial its draws.
    assert_eq!((two.len(), three.len()), (8, 12));
    assert!(two.iter().all(|id| three.contains(id)));
    let drawn = with(", repeats = 2, rows = 500");
    assert!(drawn.iter().all(|id| !two.contains(id)), "which rows are used decides scores");
}
