//! The section "Over time": planted episodes and planted drift, as a reader meets them.

use std::sync::Arc;

use oddbench_core::metrics::Metric;
use oddbench_core::record::TrialInfo;
use oddbench_core::results::{ExperimentResults, TrialResult};
use oddbench_core::scores::{ScoredPart, Scores};

use crate::fixture::{ORACLE, evaluation, part, small};
use crate::{read, report};

/// 1,000 benign rows, one a second from 2024-03-05 10:00 UTC, and a flood of 30 rows from 10:05:00 on. False alarms
/// are every tenth benign row or, if they rise, only those of the last 300. The flood is found after `delay` s.
fn rows(rising: bool, delay: Option<usize>) -> ScoredPart {
    let start = 1_709_632_800.0;
    let mut told: Vec<(f64, &str, f64)> = Vec::new();
    for at in 0..1_000_usize {
        let alarm = at % 10 == 0 && (!rising || at >= 700);
        told.push((start + at as f64, "normal", f64::from(u8::from(alarm))));
    }
    for at in 0..30_usize {
        let found = delay.is_some_and(|delay| at >= delay);
        told.push((start + 300.0 + at as f64, "neptune", f64::from(u8::from(found))));
    }
    let classes: Vec<&str> = told.iter().map(|row| row.1).collect();
    let labels: Vec<bool> = classes.iter().map(|class| *class != "normal").collect();
    let scores: Vec<f64> = told.iter().map(|row| row.2).collect();
    let times = Some(told.iter().map(|row| row.0).collect());
    ScoredPart { times, ..part(&classes, &labels, &scores) }
}

/// Every completed trial of the first model finds the flood after 7 s and has rising false alarms; the others
/// miss it and do not drift.
fn timed() -> ExperimentResults {
    let mut results = small(false, vec![ORACLE]);
    results.projection = None;
    let thresholds = results.manifest.experiment.thresholds.clone();
    let first = results.trials[0].trial.name.clone();
    for trial in results.trials.iter_mut().filter(|trial| trial.scores.is_some()) {
        let rising = trial.trial.name == first;
        let test = rows(rising, rising.then_some(7));
        let of = |settings| evaluation(settings, 0.5, &test.labels, &test.scores);
        trial.evaluations = thresholds.iter().map(|settings| of(*settings)).collect();
        trial.transfer.clear();
        trial.scores = Some(Scores { validation: ScoredPart::default(), test, transfer: None });
    }
    results
}

#[test]
fn episodes_alarms_and_drift_are_told() {
    let dir = report(&timed());
    let text = read(&dir, "report.md");
    let (_, section) = text.split_once("## Over time").unwrap();
    let (section, _) = section.split_once("\n## ").unwrap();
    assert!(
        section.contains("1,030 test rows from 2024-03-05 10:00:00 to 2024-03-05 10:16:39 UTC")
    );
    assert!(section.contains("counted by minute"), "{section}");
    // 30 false alarms and 23 right ones in 16.65 minutes; at most six false ones in a minute.
    assert!(section.contains("| AE | 53 | 30 | 3.18 | 1.80 | 6 |"), "{section}");
    assert!(section.contains("| AE | 1 | 1 | 7.00 | 7.00 | none |"), "{section}");
    assert!(section.contains("| PCA | 1 | 0 | – | – | neptune |"), "{section}");
    let drifts =
        "The false-positive rate changes over the test period by more than chance: AE rises";
    assert!(section.contains(drifts), "{section}");
    assert!(!section.contains("PCA rises") && !section.contains("PCA falls"));
    for figure in ["alarms-over-time", "fpr-over-time"] {
        assert!(read(&dir, &format!("figures/{figure}.svg")).contains("AE"), "{figure}");
    }
}

#[test]
fn there_is_no_section_without_times() {
    let dir = report(&small(false, vec![ORACLE]));
    assert!(!read(&dir, "report.md").contains("## Over time"));
    let mut same = timed();
    for scores in same.trials.iter_mut().filter_map(|trial| trial.scores.as_mut()) {
        Arc::make_mut(scores.test.times.as_mut().unwrap()).fill(5.0);
    }
    assert!(!read(&report(&same), "report.md").contains("## Over time"));
}

/// The lines of the section.
fn section(results: &ExperimentResults) -> String {
    let text = read(&report(results), "report.md");
    let (_, section) = text.split_once("## Over time").unwrap();
    section.split_once("\n## ").unwrap().0.to_owned()
}

/// Shifts the times of the test rows.
fn shift(results: &mut ExperimentResults, of: impl Fn(&TrialResult) -> bool, seconds: f64) {
    for trial in results.trials.iter_mut().filter(|trial| of(trial)) {
        let Some(scores) = &mut trial.scores else { continue };
        let times = scores.test.times.iter_mut();
        times.flat_map(Arc::make_mut).for_each(|time| *time += seconds);
    }
}

/// The autoencoder's median of three folds is the second; PCA, which has run in two, has the first one's. Compared
/// are rows of the same fold.
#[test]
fn folds_are_not_mixed() {
    let mut results = timed();
    for (fold, at) in [(1, 0), (2, 1), (3, 2), (1, 3), (2, 5)] {
        results.trials[at].trial.fold = Some(fold);
        results.trials[at].trial.seed = None;
    }
    results.trials[5].trial = TrialInfo { fold: Some(2), ..results.trials[3].trial.clone() };
    results.trials.truncate(6);
    results.trials.remove(4);
    // An hour later in each fold.
    for fold in [2, 3] {
        shift(&mut results, |trial| trial.trial.fold == Some(fold), f64::from(fold - 1) * 3_600.0);
    }
    // The median ROC-AUC of the autoencoder is in fold 2: of all flood rows it finds fewer in fold 1, more in fold 3.
    let auc = [0.4, 0.5, 0.6];
    for (trial, auc) in results.trials.iter_mut().zip(auc) {
        trial.evaluations[0].metrics[Metric::RocAuc] = Some(auc);
    }
    let text = section(&results);
    let period = "1,030 test rows of fold 1 from 2024-03-05 10:00:00 to 2024-03-05 10:16:39 UTC.";
    assert!(text.contains(period), "{text}");
    assert!(text.contains("all models are measured in one fold, fold 1"), "{text}");
    assert!(text.contains("| AE | 53 | 30 |") && text.contains("| PCA | "), "{text}");
    assert!(!text.contains(" 11:") && !text.contains(" 12:"), "no row of another fold:\n{text}");
    let drawn = read(&report(&results), "figures/alarms-over-time.svg");
    assert!(drawn.contains("0.400") && !drawn.contains("0.500  AE"), "of the trial that is drawn");

    // A model that has not run in that fold is not compared.
    let missing = &mut results.trials[3];
    (missing.record, missing.scores) = (None, None);
    missing.evaluations.clear();
    let text = section(&results);
    assert!(text.contains("| AE | 53 | 30 |") && !text.contains("| PCA | "), "{text}");
}

#[test]
fn a_fold_without_a_family_is_named_by_it() {
    let mut results = timed();
    for trial in &mut results.trials {
        trial.trial.fold = Some(1);
        trial.trial.fold_name = Some("dos".into());
    }
    assert!(section(&results).contains("1,030 test rows of the fold without dos from"));
}

#[test]
fn benign_rows_alone_have_lines_in_the_figures() {
    let mut results = timed();
    for trial in results.trials.iter_mut().filter(|trial| trial.scores.is_some()) {
        let test = &mut trial.scores.as_mut().unwrap().test;
        Arc::make_mut(&mut test.labels).fill(false);
        for evaluation in &mut trial.evaluations {
            evaluation.metrics[Metric::RocAuc] = None;
        }
    }
    let dir = report(&results);
    let text = read(&dir, "report.md");
    assert!(text.contains("All alarms: AE 53, PCA "), "{text}");
    assert!(text.contains("first and last tenth: AE from "), "{text}");
    for figure in ["alarms-over-time", "fpr-over-time"] {
        let drawn = read(&dir, &format!("figures/{figure}.svg"));
        assert!(drawn.contains("AE") && drawn.contains("PCA"), "{figure}");
        assert!(!drawn.contains("ROC-AUC"), "{figure}");
    }
}

#[test]
fn times_since_an_unknown_moment_are_no_dates() {
    let mut results = timed();
    shift(&mut results, |_| true, 242.0 - 1_709_632_800.0);
    let dir = report(&results);
    let text = section(&results);
    let period = "1,030 test rows from 0:04:02 to 0:20:41, counted from a moment that the data does not state.";
    assert!(text.contains(period), "{text}");
    assert!(!text.contains("1970") && !text.contains("UTC"), "{text}");
    let drawn = read(&dir, "figures/alarms-over-time.svg");
    assert!(drawn.contains("minutes since 0:04:02") && !drawn.contains("1970"));
}
