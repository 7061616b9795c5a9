//! From trials to rows, and rows beside published figures.

use oddbench_core::metrics::Metric;
use oddbench_core::record::Outcome;
use oddbench_report::{published, summarize};
use serde_json::json;

use crate::fixture::{ORACLE, SOUND, complete, failed, record, small, trial};

#[test]
fn a_row_has_the_mean_deviation_and_median_of_its_seeds() {
    let results = small(false, vec![ORACLE]);
    let rows = summarize(&results);
    let row = rows.iter().find(|row| row.name == "AE").unwrap();
    // Of 3 outliers and 5 inliers: seed 1 orders all 15 pairs rightly, seed 2 all but one; seed 3
    // gives the outliers 0.6, 0.1, 0.8 and the inliers 0.9, 0.2, 0.3, 0.4, 0.5: 4 + 0 + 4 pairs.
    let (a, b, c) = (1.0, 14.0 / 15.0, 8.0 / 15.0);
    let auc = row.metric(0, Metric::RocAuc).unwrap();
    let mean = (a + b + c) / 3.0;
    let deviation = [a, b, c].map(|v: f64| (v - mean).powi(2)).iter().sum::<f64>() / 2.0;
    assert!((auc.mean - mean).abs() < 1e-12);
    assert!((auc.sd.unwrap() - deviation.sqrt()).abs() < 1e-12);
    assert!((auc.median - b).abs() < 1e-12);
    assert_eq!((auc.n, row.median_trial), (3, Some(1)));
}

#[test]
fn what_has_no_figure_has_no_spread() {
    let results = small(false, vec![ORACLE, SOUND]);
    let rows = summarize(&results);
    let find = |name: &str| rows.iter().find(|row| row.name == name).unwrap();
    for name in ["OCSVM", "VAE"] {
        assert!(find(name).rules.iter().all(|rule| rule.metrics.is_empty()), "{name}");
        assert_eq!(find(name).fit_seconds, None);
    }
    assert_eq!((find("OCSVM").status.failed, find("VAE").status.missing), (1, 1));
    // It calls nothing an outlier: its precision is 0 / 0.
    assert_eq!(find("constant").metric(0, Metric::Precision), None);
    assert_eq!(find("constant").metric(0, Metric::Recall).unwrap().mean, 0.0);
}

#[test]
fn a_failed_seed_is_counted_and_not_averaged() {
    let mut results = small(false, vec![ORACLE]);
    let before = summarize(&results)[0].clone();
    let mut fourth = trial("AE", "autoencoder", Some(4));
    fourth.trial.params = results.trials[0].trial.params.clone();
    let sizes = results.trials[0].record.as_ref().unwrap().sizes.unwrap();
    fourth.record = Some(record(&fourth.trial, &results.manifest.data, sizes, failed("diverged")));
    results.trials.push(fourth);
    let after = &summarize(&results)[0];
    assert_eq!(after.rules, before.rules);
    assert_eq!((after.status.completed, after.status.failed), (3, 1));
    assert_eq!(after.status.to_string(), "3 completed, 1 failed");
}

#[test]
fn rows_of_one_label_are_told_apart_by_backend_and_parameters() {
    let mut results = small(false, vec![ORACLE]);
    results.trials.truncate(3);
    results.trials[1].trial.backend = "cuda".into();
    results.trials[2].trial.params = json!({"hidden": [15, 7], "epochs": 5});
    let names: Vec<String> = summarize(&results).into_iter().map(|row| row.name).collect();
    assert_eq!(names, ["AE (cpu, epochs = 2)", "AE (cuda, epochs = 2)", "AE (cpu, epochs = 5)"]);
}

#[test]
fn supervised_rows_come_last() {
    let mut results = small(false, vec![ORACLE]);
    results.trials.rotate_right(1);
    assert_eq!(results.trials[0].trial.name, "forest");
    assert_eq!(summarize(&results).last().unwrap().name, "forest");
}

#[test]
fn published_figures_are_compared_with_the_median_under_the_first_rule() {
    let results = small(false, vec![ORACLE, SOUND]);
    let compared = published(&results, &summarize(&results));
    let ae = &compared[0].rows[0];
    assert_eq!(compared[0].metrics, [Metric::Accuracy, Metric::F1, Metric::RocAuc]);
    assert_eq!((ae.row.as_deref(), ae.seeds), (Some("AE"), 3));
    assert!((ae.cells[2].difference().unwrap() - (14.0 / 15.0 - 0.956)).abs() < 1e-12);
    let missing = &compared[0].rows[1];
    assert_eq!((missing.model.as_str(), missing.row.as_deref()), ("BiGAN", None));
    assert!(missing.cells.iter().all(|cell| cell.ours.is_none() && cell.difference().is_none()));
}

#[test]
fn the_median_seed_is_a_seed_even_of_an_even_number() {
    let mut results = small(false, vec![ORACLE]);
    results.trials.truncate(2);
    complete(&mut results, 0, &[0.9, 0.8, 0.7, 0.6, 0.5, 0.4, 0.3, 0.2], 0.5);
    let row = &summarize(&results)[0];
    assert_eq!(row.median_trial, Some(0));
    assert!(matches!(
        results.trials[0].record.as_ref().unwrap().outcome,
        Outcome::Completed { .. }
    ));
}
