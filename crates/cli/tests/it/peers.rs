//! `experiments/kdd99-external.toml`: detectors of Python's libraries through the protocol, beside our twins.

use std::collections::BTreeMap;

use crate::oddbench::{
    Sandbox, answers, assert_code, experiment, number, real_data, summary, workspace,
};

const METRICS: [&str; 6] = ["accuracy", "precision", "recall", "f1", "f2", "roc_auc"];

/// The experiment with these models alone, to be run from another folder.
fn with_models(names: &[&str]) -> String {
    let text = std::fs::read_to_string(experiment("kdd99-external.toml")).unwrap();
    let mut parts = text.split("\n[[model]]\n");
    let mut kept = vec![parts.next().unwrap()];
    let named = |model: &&str| names.iter().any(|name| model.contains(&format!("name = {name:?}")));
    kept.extend(parts.filter(named));
    assert_eq!(kept.len(), 1 + names.len(), "{names:?}");
    let examples = format!("{}/examples/", workspace().display());
    kept.join("\n[[model]]\n").replace("../examples/", &examples)
}

/// The ROC-AUC of each seed, ascending.
fn areas(rows: &[BTreeMap<String, String>], name: &str) -> Vec<f64> {
    let of = rows.iter().filter(|row| row["name"] == name);
    let mut areas: Vec<f64> = of.map(|row| number(row, "roc_auc")).collect();
    areas.sort_by(f64::total_cmp);
    areas
}

#[test]
fn scikit_learn_by_the_protocol_has_the_figures_of_our_twins() {
    let test = "scikit-learn beside our twins";
    let Some(mirror) = real_data(test) else { return };
    if !answers(&["python3", "-c", "import sklearn, pyarrow.parquet"], test) {
        return;
    }
    let (svm, forest) = ("OCSVM (scikit-learn)", "isolation forest (scikit-learn)");
    let sandbox = Sandbox::new();
    sandbox.write("peers.toml", &with_models(&["OCSVM", svm, "isolation forest", forest]));
    assert_code(&sandbox.run_with(&mirror, &["run", "peers.toml", "--no-report"]), 0);
    let rows = summary(&sandbox.path("results/kdd99-external/summary.csv"));
    let row = |name: &str| rows.iter().find(|row| row["name"] == name).unwrap();
    for metric in METRICS {
        let (ours, theirs) = (number(row("OCSVM"), metric), number(row(svm), metric));
        assert!((ours - theirs).abs() < 0.0005, "one-class SVM, {metric}: {ours} and {theirs}");
    }
    // Random trees: the medians differ by less than the seeds of either side do.
    let (ours, theirs) = (areas(&rows, "isolation forest"), areas(&rows, forest));
    assert_eq!((ours.len(), theirs.len()), (5, 5));
    let spread = f64::min(ours[4] - ours[0], theirs[4] - theirs[0]);
    assert!((ours[2] - theirs[2]).abs() < spread, "isolation forests: {ours:?} and {theirs:?}");
}
