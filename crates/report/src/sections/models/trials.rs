//! Every trial of a row.

use oddbench_core::metrics::Confusion;
use oddbench_core::record::Outcome;
use oddbench_core::results::ExperimentResults;

use crate::aggregate::{Column, SummaryRow};
use crate::format::{self, ORACLE, ORACLE_SHORT, UNKNOWN};
use crate::runs::has_folds;
use crate::scene::Scene;
use crate::sections::failures::stage_name;
use crate::table::{Cell, Head, Table, heads, metric_head};

/// Every trial of a row under the rule at that position.
pub fn table(scene: &Scene<'_>, row: &SummaryRow, rule: usize) -> Table {
    let results = scene.results;
    let oracle = row.rules.get(rule).is_some_and(|r| r.oracle);
    let folds = has_folds(results);
    let mut head = heads(&["Seed"], if folds { &["Fold"] } else { &[] });
    head.extend(Column::study().map(|column| metric_head(column, oracle)));
    let mark = if oracle { ORACLE } else { "" };
    let counts = ["TP", "FP", "TN", "FN"];
    head.extend(counts.map(|text| Head::new(format!("{text}{mark}"), true)));
    head.extend(heads(&[], &["Fit, s", "Peak, MB"]));
    head.extend(heads(&["Status", "Trial"], &[]));
    let rows = row.trials.iter().map(|&at| seed_row(results, row, at, rule)).collect();
    let undefined = row.rules.get(rule).and_then(|r| r.undefined);
    let mut notes: Vec<String> =
        undefined.into_iter().map(|why| format!("{UNKNOWN} {why}.")).collect();
    if oracle {
        notes.push(ORACLE_SHORT.to_owned());
    }
    let rule = row.rules.get(rule).map_or(String::new(), |r| format::rule(&r.settings));
    let words = format!("{}: every trial, threshold: {rule}", row.name);
    let key = ["Seed", "Fold", "F1", "ROC-AUC", "Fit, s", "Status"];
    let names = head.iter().map(|head| head.text.trim_end_matches(ORACLE)).collect::<Vec<_>>();
    let wide: Vec<usize> = (0..head.len()).filter(|&at| !key.contains(&names[at])).collect();
    Table::new(scene.caption(&words), head, rows).notes(notes).wide(wide).sortable()
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
        cells.push(Cell::new(trial.trial.fold_in_short().unwrap_or(UNKNOWN.into())));
    }
    for column in Column::study() {
        let value = evaluation.and_then(|e| column.of(e));
        cells.push(Cell::new(value.map_or(UNKNOWN.into(), |v| format::metric(column, v))));
    }
    let count = |value: fn(Confusion) -> u64| {
        Cell::new(
            evaluation.and_then(|e| e.confusion).map_or(UNKNOWN.into(), |c| value(c).to_string()),
        )
    };
    cells.extend([count(|c| c.tp), count(|c| c.fp), count(|c| c.tn), count(|c| c.fn_)]);
    let (fit, peak, status) = match trial.record.as_ref().map(|record| &record.outcome) {
        Some(Outcome::Completed { fit_seconds, peak_rss_mb, .. }) => {
            (*fit_seconds, *peak_rss_mb, "completed".to_owned())
        }
        Some(Outcome::Failed { stage, .. }) => {
            (None, None, format!("failed ({})", stage_name(*stage)))
        }
        // It stands for a sweep that has no winner.
        None if row.undecided.is_some() => (None, None, row.progress_in_words()),
        None => (None, None, "not run".to_owned()),
    };
    cells.push(Cell::new(fit.map_or(UNKNOWN.into(), format::seconds)));
    cells.push(Cell::new(peak.map_or(UNKNOWN.into(), format::megabytes)));
    cells.push(Cell::new(status));
    cells.push(Cell::new(trial.trial.id.chars().take(12).collect::<String>()));
    cells
}
