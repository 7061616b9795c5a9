//! `summary.csv`: one line per trial, threshold rule and part that is judged (the test rows, and the
//! transfer rows if there are any), for spreadsheets and scripts.

use oddbench_core::evaluate::Evaluation;
use oddbench_core::metrics::{Confusion, Metric};
use oddbench_core::quote;
use oddbench_core::record::{Manifest, Outcome, Record};
use oddbench_core::results::TrialResult;

/// The columns before and after the metrics.
const LEADING: &str = "experiment,name,kind,params,seed,backend,device,dataset,features,labels,split,n_train,n_test,rule,tuned_on,threshold";
const TRAILING: &str = "tp,fp,tn,fn,fit_seconds,score_seconds,peak_rss_mb,status,trial";

/// The columns, in this order. Unknown is an empty cell.
pub fn columns() -> Vec<&'static str> {
    let metrics = Metric::ALL.into_iter().map(Metric::name);
    LEADING.split(',').chain(metrics).chain(TRAILING.split(',')).collect()
}

/// The file, from trials each of which is shown with its figures or without.
pub(super) fn text<'a>(
    manifest: &Manifest,
    trials: impl Iterator<Item = (&'a TrialResult, bool)>,
) -> String {
    let mut text = columns().join(",");
    text.push('\n');
    lines(&mut text, None, manifest, trials);
    text
}

/// The lines alone. If there are several data sets, the name of the set comes first.
pub(super) fn lines<'a>(
    text: &mut String,
    set: Option<&str>,
    manifest: &Manifest,
    trials: impl Iterator<Item = (&'a TrialResult, bool)>,
) {
    let mut put = |cells: Vec<String>| {
        push_line(text, set.map(str::to_owned).into_iter().chain(cells));
    };
    for (result, shown) in trials {
        push_lines(&mut put, manifest, result, shown);
    }
}

/// One line of a table.
pub(crate) fn push_line(text: &mut String, cells: impl Iterator<Item = String>) {
    let cells: Vec<_> = cells.map(|cell| quote::csv(&cell).into_owned()).collect();
    text.push_str(&cells.join(","));
    text.push('\n');
}

/// The part that a line is about.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Part {
    Test,
    Transfer,
}

/// The lines of one trial: one per evaluation, or a single one if it has none to show; the test rows
/// first.
fn push_lines(
    put: &mut dyn FnMut(Vec<String>),
    manifest: &Manifest,
    result: &TrialResult,
    shown: bool,
) {
    if !shown || result.evaluations.is_empty() {
        return put(cells(manifest, result, Part::Test, None));
    }
    for (part, evaluations) in
        [(Part::Test, &result.evaluations), (Part::Transfer, &result.transfer)]
    {
        for evaluation in evaluations {
            put(cells(manifest, result, part, Some(evaluation)));
        }
    }
}

fn cells(
    manifest: &Manifest,
    result: &TrialResult,
    part: Part,
    evaluation: Option<&Evaluation>,
) -> Vec<String> {
    let (trial, data, record) = (&result.trial, &manifest.data, result.record.as_ref());
    // Transfer rows of another data set are named and labelled as that is.
    let other = data.transfer.as_ref().filter(|_| part == Part::Transfer);
    let sizes = record.and_then(|record| record.sizes);
    let mut cells = vec![
        manifest.experiment.name.clone(),
        trial.name.clone(),
        trial.kind.clone(),
        trial.params.to_string(),
        cell(trial.seed),
        trial.backend.clone(),
        record.map(|record| record.device.clone()).unwrap_or_default(),
        other.map_or(&data.dataset, |other| &other.dataset).clone(),
        trial.view.as_ref().map_or(&data.features, |view| &view.features).clone(),
        other.map_or(&data.labels, |other| &other.labels).clone(),
        split(&data.split, trial.fold_in_short(), part),
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

/// `holdout`, `holdout/transfer`, `k-fold/3` for the third fold, or `leave-out/dos` for the fold without a family.
pub(super) fn split(name: &str, fold: Option<String>, part: Part) -> String {
    match (fold, part) {
        (Some(fold), _) => format!("{name}/{fold}"),
        (None, Part::Transfer) => format!("{name}/transfer"),
        (None, Part::Test) => name.to_owned(),
    }
}

/// `rule` to `fn`.
fn figures(evaluation: Option<&Evaluation>) -> Vec<String> {
    let settings = evaluation.map(|e| e.settings);
    let counts = evaluation.and_then(|e| e.confusion);
    let mut cells = vec![
        cell(settings.map(|settings| settings.rule_name())),
        cell(settings.and_then(|settings| settings.tuned_on())),
        cell(evaluation.and_then(|e| e.threshold)),
    ];
    cells.extend(Metric::ALL.map(|metric| cell(evaluation.and_then(|e| e.metrics[metric]))));
    let count = |of: fn(Confusion) -> u64| cell(counts.map(of));
    cells.extend([count(|c| c.tp), count(|c| c.fp), count(|c| c.tn), count(|c| c.fn_)]);
    cells
}

/// `fit_seconds` to `status`. The time of scoring is for the test rows alone.
fn outcome(record: Option<&Record>, part: Part) -> [String; 4] {
    match record.map(|record| &record.outcome) {
        Some(Outcome::Completed { fit_seconds, score_seconds, peak_rss_mb, .. }) => [
            cell(fit_seconds.as_ref()),
            cell(score_seconds.as_ref().filter(|_| part == Part::Test)),
            cell(peak_rss_mb.as_ref()),
            "completed".into(),
        ],
        Some(Outcome::Failed { .. }) => {
            [String::new(), String::new(), String::new(), "failed".into()]
        }
        None => [String::new(), String::new(), String::new(), "pending".into()],
    }
}

/// Unknown is an empty cell.
pub(super) fn cell<T: ToString>(value: Option<T>) -> String {
    value.map(|value| value.to_string()).unwrap_or_default()
}
