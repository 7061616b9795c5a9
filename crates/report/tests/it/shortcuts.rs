//! The section on shortcuts, and the warning where one column alone comes near the models.

use oddbench_core::audit::Audit;
use oddbench_core::metrics::Metric;
use oddbench_core::operating::Estimate;
use oddbench_core::results::{ExperimentResults, TrialResult};
use oddbench_core::shortcuts::{
    ColumnShortcut, LearnedOn, Mark, Named, OneRule, Order, Reason, Shortcuts,
};
use oddbench_core::stats::Interval;
use oddbench_report::summarize;

use crate::fixture::{SOUND, small};
use crate::{read, report};

fn estimate(value: f64, low: f64, high: f64) -> Estimate {
    Estimate { value, interval: Interval { low, high } }
}

fn column(name: &str, seen: bool, area: Estimate) -> ColumnShortcut {
    ColumnShortcut {
        column: name.into(),
        seen,
        mark: (!seen).then_some(Mark::Identifier),
        missing: 0,
        roc_auc: Some(area),
        one_rule: Some(OneRule {
            balanced_accuracy: estimate(0.61, 0.6, 0.62),
            f1: None,
            parts: 2,
        }),
        constant_in: vec![],
        telling_value: None,
    }
}

/// The small experiment with these columns.
fn with(columns: Vec<ColumnShortcut>, named: Vec<Named>) -> ExperimentResults {
    let order =
        Order { runs: 40, expected_runs: Some(41.0), z: Some(-0.2), roc_auc: None, one_rule: None };
    let shortcuts = Shortcuts {
        learned_on: Some(LearnedOn::Validation),
        unmeasured: None,
        columns,
        skipped: vec![],
        order,
        named,
    };
    let mut results = small(false, vec![SOUND]);
    results.audit = Some(Audit { parts: vec![], shortcuts: Some(shortcuts) });
    results
}

fn markdown(results: &ExperimentResults) -> String {
    read(&report(results), "report.md")
}

fn terminal(results: &ExperimentResults) -> String {
    oddbench_report::terminal(results, &summarize(results), |_, _| "table".to_owned())
}

/// The medians of ROC-AUC of AE, PCA and the forest: of the models that are no sanity models and have scores.
fn medians() -> (f64, f64, f64) {
    let results = small(false, vec![SOUND]);
    let rows = summarize(&results);
    let of = |name: &str| {
        let row = rows.iter().find(|row| row.name.starts_with(name)).unwrap();
        row.metric(0, Metric::RocAuc).unwrap().median
    };
    (of("AE"), of("PCA"), of("forest"))
}

#[test]
fn a_column_far_below_the_models_is_no_warning() {
    let (ae, pca, forest) = medians();
    assert!(ae.min(pca).min(forest) > 0.6, "{ae} {pca} {forest}");
    let weak = with(vec![column("bytes", true, estimate(0.55, 0.5, 0.6))], vec![]);
    let text = markdown(&weak);
    assert!(text.contains("## Shortcuts") && text.contains("No shortcut is named."), "{text}");
    assert!(text.contains("| bytes | 0.550 | 0.500 to 0.600 | 0.610 |"), "{text}");
    assert!(text.contains("40 runs of equal labels, 41 in random order"), "{text}");
    assert!(!text.contains("**Shortcuts.**") && !terminal(&weak).contains("alone ranks"), "{text}");
}

#[test]
fn a_column_that_ranks_as_well_as_the_models_is_a_warning_everywhere() {
    let strong = with(vec![column("src_bytes", true, estimate(1.0, 0.98, 1.0))], vec![]);
    let says = "The column \"src_bytes\" alone ranks the test rows with ROC-AUC 1.000 (0.980 to 1.000), in an order learned from labels: no model of 3 ranks better; the greatest median of a model without labels is ";
    let text = markdown(&strong);
    assert!(text.contains("> **Shortcuts.** The column"), "{text}");
    assert!(terminal(&strong).contains(says), "{}", terminal(&strong));
    let page = read(&report(&strong), "index.html");
    assert!(page.contains("<strong>Shortcuts.</strong>"));
    // The failed model, the one that was not run and the sanity model do not count.
    assert_eq!(summarize(&strong).len(), 6);
}

#[test]
fn an_interval_that_reaches_the_best_unsupervised_model_is_enough() {
    let (ae, pca, _) = medians();
    let best = ae.max(pca);
    let reaching = column("sttl", true, estimate(0.56, 0.51, best));
    let text = terminal(&with(vec![reaching], vec![]));
    assert!(
        text.contains(
            "0 of 3 models rank no better; the greatest median of a model without labels is "
        ),
        "{text}"
    );
    let short = column("sttl", true, estimate(0.56, 0.51, best - 0.001));
    assert!(!terminal(&with(vec![short], vec![])).contains("alone ranks"));
    // What is no better than a coin is no shortcut, wherever its interval ends.
    for (area, low) in [(0.46, 0.4), (0.52, 0.49)] {
        let coin = column("sttl", true, estimate(area, low, 1.0));
        assert!(!terminal(&with(vec![coin], vec![])).contains("alone ranks"));
    }
}

/// The model that it names is the one that the verdict names, if two have equal figures.
#[test]
fn of_equal_models_the_warning_names_the_one_of_the_verdict() {
    let mut results = with(vec![column("sttl", true, estimate(0.9, 0.85, 1.0))], vec![]);
    let found = oddbench_report::verdict(&results, &summarize(&results));
    let best = found.best.iter().find(|best| !best.supervised).unwrap().name.clone();
    let of_best = |trial: &&TrialResult| trial.trial.name == best;
    let mut twins: Vec<TrialResult> = results.trials.iter().filter(of_best).cloned().collect();
    for twin in &mut twins {
        twin.trial.name = "twin".into();
        twin.trial.id = format!("twin-{}", twin.trial.id);
    }
    results.trials.extend(twins);
    results.manifest.trials = results.trials.iter().map(|trial| trial.trial.clone()).collect();
    let text = terminal(&results);
    let found = oddbench_report::verdict(&results, &summarize(&results));
    let first = found.best.iter().find(|best| !best.supervised).unwrap();
    assert!(first.name == best && first.ties.contains(&"twin".to_owned()), "{found:?}");
    let named = format!("a model without labels is {:.3} ({best})", first.roc_auc);
    assert!(text.contains(&named), "{text}");
}

#[test]
fn a_column_that_no_model_sees_is_shown_and_compared_with_none() {
    let unseen = with(vec![column("id", false, estimate(1.0, 0.99, 1.0))], vec![]);
    let text = markdown(&unseen);
    assert!(text.contains("no model sees it; identifier"), "{text}");
    assert!(!text.contains("**Shortcuts.**"), "{text}");
}

#[test]
fn an_identifier_that_models_see_is_a_warning_whatever_it_tells() {
    let named = |at: usize| Named {
        column: Some(format!("id{at}")),
        seen: true,
        reasons: vec![Reason::Identifies],
        says: format!("\"id{at}\": models learn from it although it is an identifier."),
        remedy: "Leave it out.".into(),
    };
    let weak = vec![column("id1", true, estimate(0.5, 0.45, 0.55))];
    let text = markdown(&with(weak, (1..=12).map(named).collect()));
    assert!(text.contains("> **Shortcuts.** Models see what is no feature: id1; id2; id3; id4; id5; id6; id7 and 5 more."), "{text}");
    assert!(text.contains("models learn from it although it is an identifier. Leave it out."));
    assert!(text.contains("2 more are named: id11, id12."), "{text}");
}

#[test]
fn what_cannot_be_measured_is_said() {
    let mut results = with(vec![], vec![]);
    let audit = results.audit.as_mut().unwrap().shortcuts.as_mut().unwrap();
    (audit.learned_on, audit.unmeasured) = (None, Some("the test rows are all inliers".into()));
    let text = markdown(&results);
    assert!(text.contains("cannot be measured: the test rows are all inliers."), "{text}");
    // An audit from before shortcuts were kept has no such section.
    results.audit.as_mut().unwrap().shortcuts = None;
    assert!(!markdown(&results).contains("## Shortcuts"));
}
