//! What a model is worth on test rows whose features no training row has: a model that only knows its
//! memorised training rows is worth nothing there.

use oddbench_core::metrics::Metric;
use oddbench_core::metrics::{Confusion, roc_auc};
use oddbench_core::results::{ExperimentResults, TrialResult};
use oddbench_core::stats::Interval;
use rayon::prelude::*;

use crate::aggregate::{Spread, SummaryRow};
use crate::format::{self, ORACLE, UNKNOWN};
use crate::runs::{self, has_folds};
use crate::sections::certainty::resampled::Resampled;
use crate::subject::Subject;
use crate::table::{Cell, Head, Table, by_supervision, heads, median_note};

/// One row of the comparison on test rows that no training row equals.
#[derive(Debug, Clone, PartialEq)]
pub struct OnUnknown {
    /// ROC-AUC, over the trials.
    pub roc_auc: Option<Spread>,
    /// F1 at the first rule's threshold, over the trials.
    pub f1: Option<Spread>,
    /// Its ROC-AUC on all test rows less that on the unknown ones, over the trials.
    pub drop: Option<Spread>,
    /// A 95 % interval of the drop of its median seed, if the test rows were resampled.
    pub interval: Option<Interval>,
    /// Whether its median seed is better than chance on all test rows, and not on the unknown ones.
    pub memorised: bool,
}

/// Every row on the unknown test rows.
#[derive(Debug, Clone, PartialEq)]
pub struct KnownRows {
    /// Test rows whose features are a training row's.
    pub known: usize,
    /// Test rows.
    pub total: usize,
    /// Outliers among the unknown ones.
    pub unknown_outliers: usize,
    /// ROC-AUC on all test rows of calling known rows inliers and the others outliers: what nothing but
    /// a memory of the training rows achieves.
    pub memory: Option<f64>,
    /// One per row of the comparison.
    pub rows: Vec<OnUnknown>,
}

impl KnownRows {
    /// `None` without an audit that says which rows are known, and where folds test other rows than
    /// the audit's.
    pub fn new(
        results: &ExperimentResults,
        rows: &[SummaryRow],
        resampled: Option<&Resampled<'_>>,
    ) -> Option<Self> {
        let part = results.audit.as_ref()?.parts.iter().find(|part| part.part == "test")?;
        let test = &results.trials.iter().find_map(|trial| trial.scores.as_ref())?.test;
        let known = part.known_rows.as_ref()?;
        if has_folds(results) || part.rows != test.labels.len() {
            return None;
        }
        let mut kept = vec![true; part.rows];
        for &row in known {
            *kept.get_mut(row as usize)? = false;
        }
        let unknown =
            |values: &[bool]| values.iter().zip(&kept).filter(|(v, k)| **v && **k).count();
        let memory: Vec<f64> = kept.iter().map(|&kept| f64::from(u8::from(kept))).collect();
        let trials: Vec<Option<TrialOnUnknown>> =
            results.trials.par_iter().map(|trial| in_trial(trial, &kept)).collect();
        let drops = resampled.map(|resampled| resampled.drops(&kept)).unwrap_or_default();
        let of_row = |row: &SummaryRow| {
            let all = || row.trials.iter().filter_map(|&at| trials[at]);
            let measured = drops.iter().find(|(name, ..)| *name == row.name);
            let interval = measured.and_then(|(_, all, some)| Some(all.fall_to(some)?.1));
            let beats_chance = |area: Option<Interval>| area.is_some_and(|area| area.low > 0.5);
            let memorised = measured.is_some_and(|(_, all, some)| {
                let (all, some) =
                    (all.intervals()[Metric::RocAuc], some.intervals()[Metric::RocAuc]);
                some.is_some()
                    && interval.is_some_and(|drop| drop.low > 0.0)
                    && beats_chance(all)
                    && !beats_chance(some)
            });
            OnUnknown {
                roc_auc: Spread::of(all().filter_map(|trial| trial.roc_auc)),
                f1: Spread::of(all().filter_map(|trial| trial.f1)),
                drop: Spread::of(all().filter_map(|trial| trial.drop)),
                interval,
                memorised,
            }
        };
        Some(Self {
            known: known.len(),
            total: part.rows,
            unknown_outliers: unknown(&test.labels),
            memory: roc_auc(&test.labels, &memory),
            rows: rows.iter().map(of_row).collect(),
        })
    }

    /// Names of the models that have memorised training rows and know nothing else.
    pub fn memorised<'r>(&self, rows: &'r [SummaryRow]) -> Vec<&'r str> {
        let flagged = rows.iter().zip(&self.rows).filter(|(_, found)| found.memorised);
        flagged.map(|(row, _)| row.name.as_str()).collect()
    }
}

/// One trial on the unknown rows.
#[derive(Debug, Clone, Copy)]
struct TrialOnUnknown {
    roc_auc: Option<f64>,
    f1: Option<f64>,
    drop: Option<f64>,
}

fn in_trial(trial: &TrialResult, kept: &[bool]) -> Option<TrialOnUnknown> {
    let test = &trial.scores.as_ref()?.test;
    let evaluation = trial.evaluations.first()?;
    let keep = || kept.iter().enumerate().filter(|(_, kept)| **kept).map(|(row, _)| row);
    let labels: Vec<bool> = keep().map(|row| test.labels[row]).collect();
    let scores: Vec<f64> = keep().map(|row| test.scores[row]).collect();
    let area = roc_auc(&labels, &scores);
    Some(TrialOnUnknown {
        roc_auc: area,
        f1: evaluation
            .threshold
            .and_then(|t| Metric::F1.of_counts(&Confusion::at(&labels, &scores, t))),
        drop: area.and_then(|area| Some(evaluation.metrics[Metric::RocAuc]? - area)),
    })
}

/// Figures on all test rows beside those on the rows whose features no training row has.
pub fn table(subject: Subject<'_>, known: &KnownRows) -> Table {
    let rows = subject.rows;
    let mark = if subject.is_oracle() { ORACLE } else { "" };
    let (f1, unknown_f1) = (format!("F1{mark}, all"), format!("F1{mark}, unknown"));
    let mut head = heads(
        &["Model"],
        &["Trials", "ROC-AUC, all", "ROC-AUC, unknown", "Fall", "95 % interval", &f1, &unknown_f1],
    );
    head.push(Head::new("Remark", false));
    let position = |row: &SummaryRow| rows.iter().position(|other| std::ptr::eq(other, row));
    let body = |row: &SummaryRow| cells(row, position(row).map(|at| &known.rows[at]));
    let text = format!(
        "Rows that may be known by heart: {} of {} test rows have the features of a training row; medians over {}",
        format::count(known.known),
        format::count(known.total),
        runs::varied(subject.results)
    );
    let mut notes = vec![format!(
        "Unknown: the other {} test rows, {} of them outliers. Fall: ROC-AUC on all less that on unknown rows; its interval is a paired bootstrap of the median seed's. Marked where even the low end is above 0: part of the figure rests on rows that were trained on.",
        format::count(known.total - known.known),
        format::count(known.unknown_outliers)
    )];
    if let Some(memory) = known.memory {
        notes.push(format!(
            "A mere memory, which calls known rows inliers and all others outliers, has ROC-AUC {} on all test rows and 0.500 on unknown ones.",
            format::share(memory)
        ));
    }
    notes.extend(median_note(subject.results, rows));
    notes.push(format!("{UNKNOWN} undefined, or too many rows to resample."));
    Table::grouped(subject.caption(&text), head, by_supervision(rows.iter(), body))
        .notes(notes)
        .wide([1, 5, 6, 7])
        .folded()
}

fn cells(row: &SummaryRow, found: Option<&OnUnknown>) -> Vec<Cell> {
    let expected = row.status.completed;
    let spread = |spread: Option<Spread>| Cell::spread(spread, expected, format::signed);
    let interval = found.and_then(|found| found.interval);
    let drops = interval.is_some_and(|interval| interval.low > 0.0);
    let memorised = found.is_some_and(|found| found.memorised);
    let interval = interval.map_or(UNKNOWN.into(), format::ends_of_difference);
    vec![
        Cell::new(&row.name),
        Cell::new(row.status.completed.to_string()),
        spread(row.metric(0, Metric::RocAuc)),
        spread(found.and_then(|found| found.roc_auc)),
        Cell { attention: drops, ..spread(found.and_then(|found| found.drop)) },
        Cell::new(interval),
        spread(row.metric(0, Metric::F1)),
        spread(found.and_then(|found| found.f1)),
        Cell {
            attention: memorised,
            ..Cell::new(match (memorised, drops) {
                (true, _) => {
                    "no better than chance on unknown rows: it knows training rows by heart"
                }
                (false, true) => "falls",
                (false, false) => "",
            })
        },
    ]
}
