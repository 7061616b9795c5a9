//! One experiment on several backends: where the time goes, how much quicker each one is than the
//! baseline, from which size on, and whether they give the same scores.

use oddbench_core::record::{ScoreTiming, Timing};
use oddbench_core::results::ExperimentResults;
use serde_json::Value;

use super::agreement::Agreement;
use crate::aggregate::{SummaryRow, fit_seconds, peak_rss_mb};
use crate::spread::Spread;

/// The backend that the others are compared with, if it ran.
const BASELINE: &str = "cpu";

/// The rows of an experiment that ran on more than one backend.
pub struct Study {
    /// The backend that the others are compared with.
    pub baseline: String,
    /// One per model and backend that completed, in the order of the rows.
    pub cases: Vec<Case>,
    /// Each case that is not the baseline's, beside the baseline's of the same model.
    pub agreements: Vec<Agreement>,
}

/// One model on one backend, the medians over its seeds and folds.
#[derive(Debug, Clone, PartialEq)]
pub struct Case {
    /// The model's name in the experiment file.
    pub model: String,
    /// The kind of detector.
    pub kind: String,
    /// The backend.
    pub backend: String,
    /// The device that ran it.
    pub device: String,
    /// Rows per optimiser step, if it trains in steps.
    pub batch: Option<usize>,
    /// Rows that it was trained on.
    pub train_rows: usize,
    /// Rows that go through a training epoch.
    pub epoch_rows: usize,
    /// How many models trained in the same dispatches, of several trials the most; its times are then shares.
    pub models_at_once: Option<usize>,
    /// What else its times depend on: cases that differ in it are never on one line.
    pub rest: String,
    /// Wall seconds of the fit.
    pub fit: f64,
    /// Wall seconds of the first epoch.
    pub first_epoch: Option<f64>,
    /// Wall seconds of an epoch after the first; `None` with fewer than two epochs.
    pub epoch: Option<f64>,
    /// Scoring calls by numbers of rows.
    pub scoring: Vec<ScoreTiming>,
    /// Peak resident memory of the process in MiB.
    pub peak_rss_mb: Option<f64>,
    /// What the device's allocator held in MiB.
    pub device_memory_mb: Option<f64>,
}

/// What a line of times is over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Over {
    /// Training epochs over the size of a batch.
    Batch,
    /// Training epochs over the number of training rows.
    TrainRows,
    /// Scoring calls over the rows in a call.
    ScoreRows,
}

/// One model on one backend beside the baseline, over one size: sizes and seconds of both.
#[derive(Debug, Clone, PartialEq)]
pub struct Line {
    /// The kind of detector.
    pub kind: String,
    /// The backend that is compared with the baseline.
    pub backend: String,
    /// What stays the same along the line: `batch 1,024`, `97,278 training rows`.
    pub fixed: String,
    /// Size, seconds of the baseline, seconds of the backend; sizes grow.
    pub points: Vec<[f64; 3]>,
}

impl Over {
    /// All, in the order of the report.
    pub const ALL: [Self; 3] = [Self::Batch, Self::TrainRows, Self::ScoreRows];

    /// The size in words.
    pub fn words(self) -> &'static str {
        match self {
            Self::Batch => "rows in a batch",
            Self::TrainRows => "training rows",
            Self::ScoreRows => "rows in a scoring call",
        }
    }
}

impl Study {
    /// `None` unless some model completed on two backends.
    pub fn new(results: &ExperimentResults, rows: &[SummaryRow]) -> Option<Self> {
        let cases: Vec<(usize, Case)> = rows
            .iter()
            .enumerate()
            .filter_map(|(at, row)| Some((at, case(results, row)?)))
            .collect();
        let twice = |(_, case): &&(usize, Case)| {
            cases
                .iter()
                .any(|(_, other)| other.model == case.model && other.backend != case.backend)
        };
        let compared: Vec<&(usize, Case)> = cases.iter().filter(twice).collect();
        let (_, first) = compared.first()?;
        let has_cpu = compared.iter().any(|(_, case)| case.backend == BASELINE);
        let baseline = if has_cpu { BASELINE.to_owned() } else { first.backend.clone() };
        let row_of = |model: &str, backend: &str| {
            compared.iter().find(|(_, c)| c.model == model && c.backend == backend)
        };
        let agreements = compared
            .iter()
            .filter(|(_, case)| case.backend != baseline)
            .filter_map(|(at, case)| {
                let (base, _) = row_of(&case.model, &baseline)?;
                Agreement::between(results, &rows[*base], &rows[*at])
            })
            .collect();
        let cases = compared.iter().map(|(_, case)| case.clone()).collect();
        Some(Self { baseline, cases, agreements })
    }

    /// The baseline's case of the same model.
    pub fn base(&self, case: &Case) -> Option<&Case> {
        self.cases.iter().find(|c| c.model == case.model && c.backend == self.baseline)
    }

    /// Every backend's line beside the baseline; those of a single size too.
    pub fn lines(&self, over: Over) -> Vec<Line> {
        let mut lines: Vec<(String, Line)> = Vec::new();
        for case in self.cases.iter().filter(|case| case.backend != self.baseline) {
            let Some(base) = self.base(case) else { continue };
            for (fixed, point) in points(over, base, case) {
                let key = format!("{} {} {fixed} {}", case.kind, case.backend, case.rest);
                match lines.iter_mut().find(|(known, _)| *known == key) {
                    Some((_, line)) => line.points.push(point),
                    None => {
                        let (kind, backend) = (case.kind.clone(), case.backend.clone());
                        lines.push((key, Line { kind, backend, fixed, points: vec![point] }));
                    }
                }
            }
        }
        for (_, line) in &mut lines {
            line.points.sort_by(|a, b| a[0].total_cmp(&b[0]));
            line.points.dedup_by(|a, b| a[0] == b[0]);
        }
        lines.into_iter().map(|(_, line)| line).collect()
    }
}

/// What stays the same, and the size with the seconds of both.
fn points(over: Over, base: &Case, case: &Case) -> Vec<(String, [f64; 3])> {
    let count = crate::format::count;
    let epochs = || Some((base.epoch?, case.epoch?, case.batch?));
    match over {
        Over::ScoreRows => {
            let same = |a: &ScoreTiming| base.scoring.iter().find(|b| b.rows == a.rows);
            let timed = case.scoring.iter().filter_map(|a| Some((a, same(a)?)));
            timed.map(|(a, b)| (String::new(), [a.rows as f64, b.seconds, a.seconds])).collect()
        }
        Over::Batch => epochs()
            .map(|(base, own, batch)| {
                let fixed = format!("{} training rows", count(case.train_rows));
                (fixed, [batch as f64, base, own])
            })
            .into_iter()
            .collect(),
        Over::TrainRows => epochs()
            .map(|(base, own, batch)| {
                (format!("batch {}", count(batch)), [case.train_rows as f64, base, own])
            })
            .into_iter()
            .collect(),
    }
}

/// The row as a case; `None` if no trial of it was run.
pub(super) fn case(results: &ExperimentResults, row: &SummaryRow) -> Option<Case> {
    let records = || row.trials.iter().filter_map(|&at| results.trials[at].record.as_ref());
    let timed = || records().filter_map(|record| Some((record, record.timing.as_ref()?)));
    let train_rows = records().find_map(|record| record.sizes)?.train;
    let middle = |values: &mut dyn Iterator<Item = f64>| Spread::of(values).map(|s| s.median);
    let number = |key: &str| row.params.get(key).and_then(Value::as_u64).map(|n| n as usize);
    let batch = number("batch_size").map(|batch| batch.min(train_rows));
    let limit = number("batches_per_epoch").zip(batch).map(|(n, batch)| n.saturating_mul(batch));
    Some(Case {
        model: row.model.clone(),
        kind: row.kind.clone(),
        backend: row.backend.clone(),
        device: row.device.clone()?,
        batch,
        train_rows,
        epoch_rows: limit.map_or(train_rows, |limit| limit.min(train_rows)),
        models_at_once: timed().filter_map(|(_, timing)| timing.models_at_once).max(),
        rest: rest(&row.params),
        fit: middle(&mut records().filter_map(|record| fit_seconds(&record.outcome)))?,
        first_epoch: middle(&mut timed().filter_map(|(_, t)| t.epoch_seconds.first().copied())),
        epoch: middle(&mut timed().filter_map(|(_, timing)| steady(timing))),
        scoring: scoring(&timed().map(|(_, timing)| timing).collect::<Vec<_>>()),
        peak_rss_mb: middle(&mut records().filter_map(|record| peak_rss_mb(&record.outcome))),
        device_memory_mb: middle(&mut timed().filter_map(|(_, timing)| timing.device_memory_mb)),
    })
}

/// The parameters that a time per row may depend on, beside the batch.
fn rest(params: &Value) -> String {
    let mut rest = params.clone();
    if let Some(params) = rest.as_object_mut() {
        for key in ["batch_size", "epochs", "learning_rate", "discriminator_learning_rate"] {
            params.remove(key);
        }
    }
    rest.to_string()
}

/// The median of the epochs after the first.
fn steady(timing: &Timing) -> Option<f64> {
    Spread::of(timing.epoch_seconds.iter().skip(1).copied()).map(|spread| spread.median)
}

/// The medians over trials of each number of rows.
fn scoring(timings: &[&Timing]) -> Vec<ScoreTiming> {
    let Some(first) = timings.first() else { return Vec::new() };
    let of = |rows: usize| {
        let same =
            || timings.iter().flat_map(|timing| &timing.scoring).filter(move |t| t.rows == rows);
        let middle = |value: fn(&ScoreTiming) -> f64| Spread::of(same().map(value));
        let (first, seconds) = (middle(|t| t.first_seconds)?, middle(|t| t.seconds)?);
        Some(ScoreTiming { rows, first_seconds: first.median, seconds: seconds.median })
    };
    first.scoring.iter().filter_map(|timing| of(timing.rows)).collect()
}
