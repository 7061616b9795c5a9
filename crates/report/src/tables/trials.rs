//! Every trial of a row, and the trials that have no scores.

use oddbench_core::metrics::Confusion;
use oddbench_core::record::{ExperimentResults, Outcome, Stage};

use super::{Cell, Group, Head, Table, caption, heads, metric_heads};
use crate::aggregate::{Metric, SummaryRow};
use crate::format::{self, ORACLE, ORACLE_SHORT, UNKNOWN};
use crate::runs::has_folds;

/// Every trial of a row under the rule at that position.
pub fn trials(results: &ExperimentResults, row: &SummaryRow, rule: usize) -> Table {
    let oracle = row.rules.get(rule).is_some_and(|r| r.oracle);
    let folds = has_folds(results);
    let mut head =
        heads(if folds { &[("Seed", false), ("Fold", true)] } else { &[("Seed", false)] });
    head.extend(metric_heads(&Metric::ALL, oracle));
    for text in ["TP", "FP", "TN", "FN"] {
        let mark = if oracle { ORACLE } else { "" };
        head.push(Head { text: format!("{text}{mark}"), numeric: true });
    }
    head.extend(heads(&[
        ("Fit, s", true),
        ("Peak, MB", true),
        ("Status", false),
        ("Trial", false),
    ]));
    let rows = row.trials.iter().map(|&at| seed_row(results, row, at, rule)).collect();
    let undefined = row.rules.get(rule).and_then(|r| r.undefined);
    let mut notes: Vec<String> =
        undefined.into_iter().map(|why| format!("{UNKNOWN} {why}.")).collect();
    if oracle {
        notes.push(ORACLE_SHORT.to_owned());
    }
    let rule = row.rules.get(rule).map_or(String::new(), |r| format::rule(&r.settings));
    Table {
        caption: caption(results, &format!("{}: every trial, threshold: {rule}", row.name)),
        head,
        groups: vec![Group { title: None, rows }],
        notes,
    }
}

fn seed_row(results: &ExperimentResults, row: &SummaryRow, at: usize, rule: usize) -> Vec<Cell> {
    let trial = &results.trials[at];
    let evaluation = trial.evaluations.get(rule);
    let mut seed = trial.trial.seed.map_or("any".to_owned(), |seed| seed.to_string());
    if row.median_trial == Some(at) && row.trials.len() > 1 {
        seed.push_str(" (median)");
    }
    let mut cells = vec![Cell::new(seed)];
    if has_folds(results) {
        cells.push(Cell::new(trial.trial.fold.map_or(UNKNOWN.into(), |fold| fold.to_string())));
    }
    for metric in Metric::ALL {
        let value = evaluation.and_then(|e| metric.of(e));
        cells.push(Cell::new(value.map_or(UNKNOWN.into(), |v| format::metric(metric, v))));
    }
    let count = |value: fn(Confusion) -> u64| {
        Cell::new(
            evaluation.and_then(|e| e.confusion).map_or(UNKNOWN.into(), |c| value(c).to_string()),
        )
    };
    cells.extend([count(|c| c.tp), count(|c| c.fp), count(|c| c.tn), count(|c| c.fn_)]);
    let (fit, peak, status) = match trial.record.as_ref().map(|record| &record.outcome) {
        Some(Outcome::Completed { fit_seconds, peak_rss_mb, .. }) => {
            (Some(*fit_seconds), *peak_rss_mb, "completed".to_owned())
        }
        Some(Outcome::Failed { stage, .. }) => {
            (None, None, format!("failed ({})", stage_name(*stage)))
        }
        None => (None, None, "not run".to_owned()),
    };
    cells.push(Cell::new(fit.map_or(UNKNOWN.into(), format::seconds)));
    cells.push(Cell::new(peak.map_or(UNKNOWN.into(), format::megabytes)));
    cells.push(Cell::new(status));
    cells.push(Cell::new(trial.trial.id.chars().take(12).collect::<String>()));
    cells
}

/// Trials without scores, with the reason; `None` if there are none.
pub fn failures(results: &ExperimentResults) -> Option<Table> {
    let rows: Vec<Vec<Cell>> = results
        .trials
        .iter()
        .filter_map(|trial| {
            let (stage, message) = match trial.record.as_ref().map(|record| &record.outcome) {
                Some(Outcome::Completed { .. }) => return None,
                Some(Outcome::Failed { stage, message }) => (stage_name(*stage), message.as_str()),
                None => (
                    "not run",
                    "The experiment ended before this trial; run it again to complete it.",
                ),
            };
            let info = &trial.trial;
            let mut seed = info.seed.map_or("any".to_owned(), |seed| seed.to_string());
            if let Some(fold) = info.fold {
                seed.push_str(&format!(", fold {fold}"));
            }
            let texts = [&info.name, &info.backend, &seed, stage, message];
            Some(texts.into_iter().map(Cell::new).collect())
        })
        .collect();
    (!rows.is_empty()).then(|| Table {
        caption: "Trials without scores".into(),
        head: heads(&[
            ("Model", false),
            ("Backend", false),
            ("Seed", false),
            ("Stage", false),
            ("Why", false),
        ]),
        groups: vec![Group { title: None, rows }],
        notes: vec![],
    })
}

fn stage_name(stage: Stage) -> &'static str {
    match stage {
        Stage::Prepare => "prepare",
        Stage::Fit => "fit",
        Stage::Score => "score",
        Stage::Store => "store",
        Stage::Process => "process",
    }
}
