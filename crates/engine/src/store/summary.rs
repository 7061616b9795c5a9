//! `summary.csv`: one line per trial, threshold rule and part that is judged (the test rows, and the
//! transfer rows if there are any), for spreadsheets and scripts.

use oddbench_core::evaluate::Evaluation;
use oddbench_core::quote;
use oddbench_core::record::{Manifest, Outcome, Record, TrialResult};

/// The columns, in this order. Unknown is an empty cell.
pub const COLUMNS: [&str; 32] = [
    "experiment",
    "name",
    "kind",
    "params",
    "seed",
    "backend",
    "device",
    "dataset",
    "features",
    "labels",
    "split",
    "n_train",
    "n_test",
    "rule",
    "tuned_on",
    "threshold",
    "accuracy",
    "precision",
    "recall",
    "f1",
    "f2",
    "roc_auc",
    "average_precision",
    "tp",
    "fp",
    "tn",
    "fn",
    "fit_seconds",
    "score_seconds",
    "peak_rss_mb",
    "status",
    "trial",
];

/// The file, from trials each of which is shown with its figures or without.
pub(super) fn text<'a>(
    manifest: &Manifest,
    trials: impl Iterator<Item = (&'a TrialResult, bool)>,
) -> String {
    let mut text = COLUMNS.join(",");
    text.push('\n');
    for (result, shown) in trials {
        push_lines(&mut text, manifest, result, shown);
    }
    text
}

/// The part that a line is about.
#[derive(Clone, Copy, PartialEq)]
enum Part {
    Test,
    Transfer,
}

/// The lines of one trial: one per evaluation, or a single one if it has none to show; the test rows
/// first.
fn push_lines(text: &mut String, manifest: &Manifest, result: &TrialResult, shown: bool) {
    if !shown || result.evaluations.is_empty() {
        return push_line(text, cells(manifest, result, Part::Test, None));
    }
    for (part, evaluations) in
        [(Part::Test, &result.evaluations), (Part::Transfer, &result.transfer)]
    {
        for evaluation in evaluations {
            push_line(text, cells(manifest, result, part, Some(evaluation)));
        }
    }
}

fn push_line(text: &mut String, cells: Vec<String>) {
    let cells: Vec<_> = cells.iter().map(|cell| quote::csv(cell)).collect();
    text.push_str(&cells.join(","));
    text.push('\n');
}

fn cells(
    manifest: &Manifest,
    result: &TrialResult,
    part: Part,
    evaluation: Option<&Evaluation>,
) -> Vec<String> {
    let (trial, data, record) = (&result.trial, &manifest.data, result.record.as_ref());
    let sizes = record.and_then(|record| record.sizes);
    let mut cells = vec![
        manifest.experiment.clone(),
        trial.name.clone(),
        trial.kind.clone(),
        trial.params.to_string(),
        cell(trial.seed),
        trial.backend.clone(),
        record.map(|record| record.device.clone()).unwrap_or_default(),
        data.dataset.clone(),
        trial.view.as_ref().map_or(&data.features, |view| &view.features).clone(),
        data.labels.clone(),
        split(&data.split, trial.fold, part),
        cell(sizes.map(|sizes| sizes.train)),
        cell(sizes.and_then(|sizes| match part {
            Part::Test => Some(sizes.test),
            Part::Transfer => sizes.transfer,
        })),
    ];
    cells.extend(figures(evaluation));
    cells.extend(outcome(record, part));
    cells.push(trial.id.clone());
    cells
}

/// `holdout`, `holdout/transfer`, or `k-fold/3` for the third fold.
fn split(name: &str, fold: Option<u32>, part: Part) -> String {
    match (fold, part) {
        (Some(fold), _) => format!("{name}/{fold}"),
        (None, Part::Transfer) => format!("{name}/transfer"),
        (None, Part::Test) => name.to_owned(),
    }
}

/// `rule` to `fn`.
fn figures(evaluation: Option<&Evaluation>) -> [String; 14] {
    let Some(e) = evaluation else { return Default::default() };
    let confusion = e.confusion;
    [
        e.settings.rule_name().to_owned(),
        e.settings.tuned_on().unwrap_or_default().to_owned(),
        cell(e.threshold),
        cell(e.accuracy),
        cell(e.precision),
        cell(e.recall),
        cell(e.f1),
        cell(e.f2),
        cell(e.roc_auc),
        cell(e.average_precision),
        cell(confusion.map(|counts| counts.tp)),
        cell(confusion.map(|counts| counts.fp)),
        cell(confusion.map(|counts| counts.tn)),
        cell(confusion.map(|counts| counts.fn_)),
    ]
}

/// `fit_seconds` to `status`. The time of scoring is that of the test rows alone.
fn outcome(record: Option<&Record>, part: Part) -> [String; 4] {
    match record.map(|record| &record.outcome) {
        Some(Outcome::Completed { fit_seconds, score_seconds, peak_rss_mb, .. }) => [
            cell(Some(fit_seconds)),
            cell(Some(score_seconds).filter(|_| part == Part::Test)),
            cell(peak_rss_mb.as_ref()),
            "completed".into(),
        ],
        Some(Outcome::Failed { .. }) => {
            [String::new(), String::new(), String::new(), "failed".into()]
        }
        None => [String::new(), String::new(), String::new(), "pending".into()],
    }
}

fn cell<T: ToString>(value: Option<T>) -> String {
    value.map(|value| value.to_string()).unwrap_or_default()
}
