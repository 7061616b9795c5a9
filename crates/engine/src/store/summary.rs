//! `summary.csv`: one line per trial, threshold rule and part that is judged (the test rows, and the
//! transfer rows if there are any), for spreadsheets and scripts.

use oddbench_core::evaluate::{Evaluation, TuneOn};
use oddbench_core::record::{Manifest, Outcome, Record, TrialInfo, TrialResult};
use oddbench_core::sweeps::{Tried, shown, sweeps};

use super::each::each;
use super::load::{trial_result, tried, without_scores};
use super::{Store, StoreError};

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

/// The lines of every trial, kept so that one finished trial costs one reading of its scores.
pub(crate) struct Summary<'a> {
    store: &'a Store,
    manifest: &'a Manifest,
    lines: Vec<Lines>,
}

/// The lines of one trial.
struct Lines {
    /// With its figures.
    open: String,
    /// Without those of the test rows: what is written of a sweep's trials that are not the winner's.
    blind: String,
    /// How it went.
    tried: Tried,
}

impl Lines {
    fn of(manifest: &Manifest, result: &TrialResult) -> Self {
        Self {
            open: lines(manifest, result),
            blind: match result.trial.sweep {
                Some(_) => lines(manifest, &blinded(result)),
                None => String::new(),
            },
            tried: tried(result),
        }
    }
}

/// The result without its evaluations: one line with no figures.
fn blinded(result: &TrialResult) -> TrialResult {
    TrialResult {
        trial: result.trial.clone(),
        record: result.record.clone(),
        scores: None,
        evaluations: vec![],
        transfer: vec![],
    }
}

impl<'a> Summary<'a> {
    /// Reads every trial that is done, writes the file, and marks the others as pending.
    pub(crate) fn begin(
        store: &'a Store,
        manifest: &'a Manifest,
        done: impl Fn(&TrialInfo) -> bool + Sync,
    ) -> Result<Self, StoreError> {
        let read = |trial: &TrialInfo| {
            let result = match done(trial) {
                true => trial_result(store, manifest, trial)?,
                false => without_scores(trial, None),
            };
            Ok(Lines::of(manifest, &result))
        };
        let lines = each(manifest.trials.len(), |at| read(&manifest.trials[at]))?;
        let summary = Self { store, manifest, lines };
        summary.write()?;
        Ok(summary)
    }

    /// Reads one trial again, writes the file, and returns what was read.
    pub(crate) fn update(&mut self, trial: usize) -> Result<TrialResult, StoreError> {
        let result = trial_result(self.store, self.manifest, &self.manifest.trials[trial])?;
        self.lines[trial] = Lines::of(self.manifest, &result);
        self.write()?;
        Ok(result)
    }

    fn write(&self) -> Result<(), StoreError> {
        let mut text = COLUMNS.join(",");
        text.push('\n');
        let tried = self.lines.iter().map(|lines| lines.tried);
        let shown = shown(&sweeps(self.manifest.trials.iter().zip(tried)), self.lines.len());
        let lines = self.lines.iter().zip(shown);
        text.extend(lines.map(|(lines, shown)| match shown {
            true => lines.open.as_str(),
            false => lines.blind.as_str(),
        }));
        self.store.write_summary(&text)
    }
}

/// The part that a line is about.
#[derive(Clone, Copy, PartialEq)]
enum Part {
    Test,
    Transfer,
}

/// The lines of one trial: one per evaluation, or a single one if it has none; the test rows first.
fn lines(manifest: &Manifest, result: &TrialResult) -> String {
    let mut text = String::new();
    if result.evaluations.is_empty() {
        push_line(&mut text, cells(manifest, result, Part::Test, None));
    }
    for (part, evaluations) in
        [(Part::Test, &result.evaluations), (Part::Transfer, &result.transfer)]
    {
        for evaluation in evaluations {
            push_line(&mut text, cells(manifest, result, part, Some(evaluation)));
        }
    }
    text
}

fn push_line(text: &mut String, cells: Vec<String>) {
    for (position, cell) in cells.iter().enumerate() {
        if position > 0 {
            text.push(',');
        }
        match cell.contains([',', '"', '\n', '\r']) {
            true => text.push_str(&format!("\"{}\"", cell.replace('"', "\"\""))),
            false => text.push_str(cell),
        }
    }
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
    let tuned_on = match e.settings.tune_on {
        _ if !e.settings.is_tuned() => "",
        TuneOn::Validation => "validation",
        TuneOn::Test => "test",
    };
    let confusion = e.confusion;
    [
        e.settings.rule_name().to_owned(),
        tuned_on.to_owned(),
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
