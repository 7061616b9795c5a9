//! The section "Over time": planted episodes and planted drift, as a reader meets them.

use oddbench_core::results::ExperimentResults;
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
        scores.test.times.as_mut().unwrap().fill(5.0);
    }
    assert!(!read(&report(&same), "report.md").contains("## Over time"));
}
