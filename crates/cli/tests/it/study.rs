//! The committed study on the real data, against the published figures and what was measured with
//! scikit-learn and Keras on the same rows.

use std::collections::BTreeMap;

use crate::oddbench::{Sandbox, assert_code, experiment, number, real_data, summary};

type Row = BTreeMap<String, String>;

const METRICS: [&str; 6] = ["accuracy", "precision", "recall", "f1", "f2", "roc_auc"];

fn of<'a>(rows: &'a [Row], label: &str) -> Vec<&'a Row> {
    let found: Vec<&Row> = rows.iter().filter(|row| row["name"] == label).collect();
    assert!(!found.is_empty(), "there is no row {label}");
    found
}

fn median(rows: &[&Row], column: &str) -> f64 {
    let mut values: Vec<f64> = rows.iter().map(|row| number(row, column)).collect();
    values.sort_by(f64::total_cmp);
    (values[(values.len() - 1) / 2] + values[values.len() / 2]) / 2.0
}

fn assert_published(rows: &[Row], label: &str, published: [f64; 6]) {
    let found = of(rows, label);
    assert_eq!(found.len(), 1, "{label} is deterministic");
    for (metric, expected) in METRICS.iter().zip(published) {
        // Recall of OCSVM may differ by 0.001; every other figure is equal to three decimals.
        let tolerance = if label == "OCSVM" && *metric == "recall" { 0.0015 } else { 0.0005 };
        let value = number(found[0], metric);
        assert!(
            (value - expected).abs() <= tolerance,
            "{label} {metric}: {value}, published {expected}"
        );
    }
}

#[test]
fn the_published_study_is_reproduced() {
    let Some(mirror) = real_data("the published study") else { return };
    let sandbox = Sandbox::new();
    let file = experiment("kdd99-published.toml");
    assert_code(&sandbox.run_with(&mirror, &["run", file.to_str().unwrap()]), 0);
    assert!(sandbox.path("reports/kdd99-published/index.html").exists());
    let rows = summary(&sandbox.path("results/kdd99-published/summary.csv"));
    assert!(rows.iter().all(|row| row["status"] == "completed"));
    assert_published(&rows, "PCA", [0.919, 0.871, 0.700, 0.776, 0.728, 0.754]);
    assert_published(&rows, "OCSVM", [0.949, 0.907, 0.832, 0.868, 0.846, 0.958]);
    // The bounds leave room for the seeds; scikit-learn's and Keras' figures stand in the experiment's
    // documents. Collapsed seeds are among the thirty.
    let ae = of(&rows, "AE");
    assert_eq!(ae.len(), 30);
    for (label, low, high) in [
        ("AE", 0.955, 0.975),
        ("VAE", 0.940, 0.962),
        ("BiGAN", 0.87, 1.0),
        ("seq2seq", 0.81, 1.0),
        ("seq2seq (sound)", 0.95, 1.0),
    ] {
        let auc = median(&of(&rows, label), "roc_auc");
        assert!((low..=high).contains(&auc), "{label}: median ROC-AUC {auc}");
    }
    // `scripts/peer/extreme_value.py` counts every value against every training value.
    let extreme = median(&of(&rows, "extreme value"), "roc_auc");
    assert!((extreme - 0.975_935).abs() < 1e-6, "extreme value: ROC-AUC {extreme}");
    let accuracy = median(&ae, "accuracy");
    assert!(accuracy >= 0.95, "AE: median accuracy {accuracy}");
    for (label, seeds) in [("AE (sound)", 20), ("BiGAN (sound)", 5)] {
        let sound = of(&rows, label);
        assert_eq!(sound.len(), seeds);
        let worst = sound.iter().map(|row| number(row, "roc_auc")).fold(1.0, f64::min);
        assert!(worst >= 0.95, "{label}: the worst ROC-AUC is {worst}");
    }
}

/// `scripts/peer/corrected_ocsvm.py` prints what scikit-learn makes of the same rows: validation ROC-AUC
/// 0.982104, ROC-AUC on all test rows 0.982621 and, at the threshold of the validation rows, F1 0.964740.
#[test]
fn the_corrected_studys_best_detector_is_scikit_learns() {
    let Some(mirror) = real_data("the corrected study's one-class SVM") else { return };
    let study = std::fs::read_to_string(experiment("kdd99-corrected.toml")).unwrap();
    let (shared, models) = study.split_at(study.find("[[model]]").unwrap());
    let label = "name = \"OCSVM 41 standard log one-hot\"";
    let model = models.split("[[model]]").find(|section| section.contains(label)).unwrap();
    let sandbox = Sandbox::new();
    let file = sandbox.write("one.toml", &format!("{shared}[[model]]{model}"));
    assert_code(&sandbox.run_with(&mirror, &["run", file.to_str().unwrap(), "--no-report"]), 0);
    let rows = summary(&sandbox.path("results/kdd99-corrected/summary.csv"));
    let row = rows.iter().find(|row| row["tuned_on"] == "validation").unwrap();
    for (metric, expected) in [("roc_auc", 0.982_621), ("f1", 0.964_740)] {
        let value = number(row, metric);
        assert!((value - expected).abs() < 1e-4, "{metric}: {value}, scikit-learn's {expected}");
    }
}

/// scikit-learn's figures on the same task: random forest F1 0.99987 on the holdout and 0.9531 on all of
/// `corrected`, an RBF SVM on 20,000 rows 0.9989 and 0.9426 (10,000 rows).
#[test]
fn supervised_models_are_all_but_perfect_on_known_attacks_and_fall_on_new_ones() {
    let Some(mirror) = real_data("the supervised models") else { return };
    let sandbox = Sandbox::new();
    let file = experiment("kdd99-supervised.toml");
    assert_code(&sandbox.run_with(&mirror, &["run", file.to_str().unwrap(), "--seeds", "1"]), 0);
    let rows = summary(&sandbox.path("results/kdd99-supervised+seeds=1/summary.csv"));
    assert!(rows.iter().all(|row| row["status"] == "completed"));
    let native = |label: &str, split: &str| {
        let rows = of(&rows, label);
        let found: Vec<_> =
            rows.iter().filter(|row| row["rule"] == "native" && row["split"] == split).collect();
        assert_eq!(found.len(), 1, "{label} {split}");
        (found[0]["n_test"].clone(), number(found[0], "f1"))
    };
    for (label, test, transfer) in [
        ("random forest", 0.999, 0.94..0.965),
        ("random forest, SMOTE", 0.999, 0.94..0.965),
        ("gradient boosting", 0.999, 0.94..0.965),
        ("SVM", 0.997, 0.93..0.965),
        ("SVM, SMOTE", 0.995, 0.80..0.965),
        ("logistic regression", 0.997, 0.94..0.96),
        ("logistic regression, SMOTE", 0.996, 0.94..0.96),
        ("naive Bayes", 0.988, 0.935..0.955),
        ("nearest neighbours", 0.999, 0.945..0.96),
    ] {
        let (n, f1) = native(label, "holdout");
        assert_eq!(n, "98805", "a fifth of each label");
        assert!(f1 >= test, "{label}: F1 {f1} on the holdout");
        let (n, f1) = native(label, "holdout/transfer");
        assert_eq!(n, "311029", "all of corrected");
        assert!(transfer.contains(&f1), "{label}: F1 {f1} on corrected");
    }
    let report =
        std::fs::read_to_string(sandbox.path("reports/kdd99-supervised+seeds=1/report.md"))
            .unwrap();
    assert!(
        report.contains("**Test rows beside transfer rows (311,029, of them 250,436 outliers)")
    );
}
