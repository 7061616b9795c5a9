//! Families that were left out each have a column, and the parts of a split by time or group are described.

use oddbench_core::audit::{AuditedRows, Composition, GroupRows, audit};
use oddbench_core::dataset::Classes;
use oddbench_core::results::ExperimentResults;
use oddbench_report::summarize;

use crate::fixture::{SOUND, complete, data, manifest, trial};
use crate::{read, report};

/// Two models and the families dos and probe: AE finds all of dos and a third of probe.
fn left_out() -> ExperimentResults {
    let mut trials = Vec::new();
    for model in ["AE", "PCA"] {
        for (fold, family) in [(1, "dos"), (2, "probe")] {
            let mut trial = trial(model, "autoencoder", None);
            trial.trial.id = format!("{model}-{family}");
            (trial.trial.fold, trial.trial.fold_name) = (Some(fold), Some(family.to_owned()));
            trials.push(trial);
        }
    }
    let mut manifest = manifest(data("kdd99", false), vec![SOUND]);
    manifest.trials = trials.iter().map(|trial| trial.trial.clone()).collect();
    let mut results =
        ExperimentResults { manifest, trials, sweeps: vec![], projection: None, audit: None };
    // The last three of eight rows are outliers.
    complete(&mut results, 0, &[0.0, 0.1, 0.2, 0.3, 0.9, 0.8, 0.9, 1.0], 0.5);
    complete(&mut results, 1, &[0.0, 0.1, 0.2, 0.3, 0.4, 0.1, 0.2, 1.0], 0.5);
    complete(&mut results, 2, &[0.0, 0.1, 0.2, 0.3, 0.4, 0.1, 0.9, 1.0], 0.5);
    results
}

/// The lines of the table below a caption.
fn table<'t>(markdown: &'t str, caption: &str) -> Vec<&'t str> {
    let from = markdown.find(caption).unwrap_or_else(|| panic!("no {caption} in\n{markdown}"));
    let lines = markdown[from..].lines().skip_while(|line| !line.starts_with('|'));
    lines.take_while(|line| line.starts_with('|')).collect()
}

#[test]
fn each_family_has_a_column_of_its_own_beside_the_mean_over_folds() {
    let dir = report(&left_out());
    let markdown = read(&dir, "report.md");
    let recall = table(&markdown, "Recall on each family by itself");
    assert!(
        recall[0].contains("dos (3 rows)") && recall[0].contains("probe (3 rows)"),
        "{recall:?}"
    );
    let cells = |line: &str| -> Vec<String> {
        line.trim_matches('|').split('|').map(|cell| cell.trim().to_owned()).collect()
    };
    assert_eq!(cells(recall[2])[1..], ["1.000", "0.333"], "AE");
    assert_eq!(cells(recall[3])[1..], ["0.667", "–"], "PCA has not been run without probe");
    let alarms = table(&markdown, "Share of the benign test rows called outliers");
    assert_eq!(cells(alarms[2])[1..], ["0.200", "0.000"], "1 of 5 inliers, and none");
    assert!(markdown.contains("without dos"), "trials are named by the family");
    assert!(markdown.contains("each without one family of attacks: dos, probe"), "{markdown}");
    // The terminal shows the recalls, too.
    let results = left_out();
    let rows = summarize(&results);
    let terminal = oddbench_report::terminal(&results, &rows, |heads, _| format!("{heads:?}"));
    assert!(terminal.contains("recall on each family by itself"), "{terminal}");
}

fn audited(composition: [Composition; 3]) -> ExperimentResults {
    let mut results = left_out();
    let classes = Classes { names: vec!["normal".into(), "dos".into()], codes: vec![0, 0, 1, 1] };
    let labels = [false, false, true, true];
    let parts = ["train", "validation", "test"].map(|part| AuditedRows {
        part,
        vectors: &[0, 1, 2, 3],
        labels: &labels,
        classes: &classes,
    });
    let mut found = audit(&parts, |_| None, |_| true);
    for (part, composition) in found.parts.iter_mut().zip(composition) {
        part.composition = Some(composition);
    }
    results.audit = Some(found);
    results
}

#[test]
fn the_report_says_where_the_parts_of_a_split_by_time_begin() {
    let day = 1_499_212_800.0;
    let span = |first: f64, last: f64, column: Option<&str>| Composition::Span {
        column: column.map(str::to_owned),
        time: column.is_some(),
        first,
        last,
    };
    let by_time = [(0.0, 10.0), (11.0, 20.0), (21.0, 30.0)]
        .map(|(first, last)| span(day + first, day + last, Some("Timestamp")));
    let markdown = read(&report(&audited(by_time)), "report.md");
    let sentence = "The rows are split by the column Timestamp: validation begins at 2017-07-05 00:00:11 and test begins at 2017-07-05 00:00:21.";
    assert!(markdown.contains(sentence), "{markdown}");
    let parts = table(&markdown, "The parts of the split");
    assert!(parts[2].contains("train") && parts[2].contains("50.0 %"), "{parts:?}");
    assert!(parts[4].contains("2017-07-05 00:00:30"), "{parts:?}");
    let by_order = [(0.0, 9.0), (10.0, 11.0), (12.0, 19.0)].map(|(a, b)| span(a, b, None));
    let markdown = read(&report(&audited(by_order)), "report.md");
    assert!(
        markdown.contains("validation begins at row 11 and test begins at row 13"),
        "{markdown}"
    );
}

#[test]
fn the_report_lists_the_groups_of_each_part() {
    let groups = |names: &[(&str, usize)], total| Composition::Groups {
        column: "capture".into(),
        total,
        largest: names
            .iter()
            .map(|(group, rows)| GroupRows { group: (*group).into(), rows: *rows, outliers: 1 })
            .collect(),
    };
    let parts =
        [groups(&[("Mon", 3), ("Tue", 1)], 60), groups(&[("Wed", 4)], 1), groups(&[("Fri", 4)], 1)];
    let markdown = read(&report(&audited(parts)), "report.md");
    assert!(markdown.contains("The rows of one capture are all in one part."));
    let lines = table(&markdown, "The groups and the parts that they are in");
    assert_eq!(lines.len(), 2 + 4);
    assert!(lines[2].contains("Mon") && lines[2].contains("train"), "{lines:?}");
    assert!(markdown.contains("Of the 60 groups of train, the 2 largest."));
}

#[test]
fn other_splits_have_neither_section() {
    let mut results = left_out();
    for trial in &mut results.trials {
        (trial.trial.fold, trial.trial.fold_name) = (None, None);
    }
    results.trials.truncate(1);
    let markdown = read(&report(&results), "report.md");
    assert!(!markdown.contains("Attacks never seen"), "{markdown}");
    assert!(!markdown.contains("Training, validation and test"), "{markdown}");
}
