//! What the median seed of each model did over time, at the threshold of the first rule. Folds differ in their test
//! rows, so that all models are measured in one fold.

use std::collections::BTreeSet;

use oddbench_core::metrics::Metric;
use oddbench_core::over_time::{AlarmBucket, Bucket, Drift, Episode, Period, Timeline, Trend};
use oddbench_core::results::{ExperimentResults, TrialResult};
use oddbench_core::stats::holm;
use oddbench_core::time::Notation;
use rayon::prelude::*;

use crate::aggregate::{SummaryRow, median_trial};

/// A change of the false-positive rate is more than chance below this adjusted p-value.
pub const ALPHA: f64 = 0.05;

/// All models over the period of their test rows.
#[derive(Debug, Clone, PartialEq)]
pub struct OverTime {
    /// The fold whose test rows these are, as a sentence names it; `None` where the split has no folds.
    pub fold: Option<String>,
    /// From the first to the last of the test rows.
    pub period: Period,
    /// What alarms are counted by.
    pub bucket: Bucket,
    /// Test rows that have a time, and those without one.
    pub rows: (usize, usize),
    /// The longest gap in an episode, in seconds.
    pub gap: f64,
    /// In the order of the rows.
    pub models: Vec<ModelOverTime>,
}

/// A model over time.
#[derive(Debug, Clone, PartialEq)]
pub struct ModelOverTime {
    /// Its position among the rows.
    pub row: usize,
    /// Of the trial that is measured, as it ranks the models; `None`: undefined.
    pub roc_auc: Option<f64>,
    /// The alarms of every bucket that has a row.
    pub alarms: Vec<AlarmBucket>,
    /// The episodes of attacks.
    pub episodes: Vec<Episode>,
    /// The false-positive rate over time; `None`: too few benign rows.
    pub drift: Option<Drift>,
    /// The p-value of the trend after Holm, over the models that have one.
    pub p_adjusted: Option<f64>,
}

impl ModelOverTime {
    /// The test for a trend, if the adjusted p-value says that it is more than chance.
    pub fn drifted(&self) -> Option<(&Drift, Trend)> {
        let drift = self.drift.as_ref()?;
        let trend = drift.trend.ok()?;
        (self.p_adjusted? < ALPHA).then_some((drift, trend))
    }
}

impl OverTime {
    /// Every model on the same test rows: those of the first fold in which a model has test rows of two times and
    /// a threshold. `None` if there is no such fold.
    pub fn new(results: &ExperimentResults, rows: &[SummaryRow]) -> Option<Self> {
        let folds: BTreeSet<Option<u32>> =
            results.trials.iter().map(|trial| trial.trial.fold).collect();
        folds.into_iter().find_map(|fold| Self::of_fold(results, rows, fold))
    }

    fn of_fold(
        results: &ExperimentResults,
        rows: &[SummaryRow],
        fold: Option<u32>,
    ) -> Option<Self> {
        let gap = results.manifest.experiment.operator.episode_gap;
        let timeline = |row: &SummaryRow| {
            let trial = median_in(results, row, fold)?;
            let threshold = trial.evaluations.first()?.threshold?;
            Some((trial, Timeline::new(&trial.scores.as_ref()?.test)?, threshold))
        };
        let (trial, first, _) = rows.iter().find_map(timeline)?;
        let fold = trial.trial.fold_in_words().map(|words| match trial.trial.fold_name {
            Some(_) => format!("the fold {words}"),
            None => words,
        });
        let period = first.period();
        let bucket = Bucket::of(period);
        let of = |(at, row): (usize, &SummaryRow)| {
            let (trial, timeline, threshold) = timeline(row)?;
            Some(ModelOverTime {
                row: at,
                roc_auc: trial.evaluations.first()?.metrics[Metric::RocAuc],
                alarms: timeline.alarms(threshold, bucket),
                episodes: timeline.episodes(threshold, gap),
                drift: timeline.drift(threshold),
                p_adjusted: None,
            })
        };
        let mut models: Vec<ModelOverTime> = rows.par_iter().enumerate().filter_map(of).collect();
        adjust(&mut models);
        let rows = (first.rows(), first.without_time());
        Some(Self { fold, period, bucket, rows, gap, models })
    }

    /// How its times are written.
    pub fn notation(&self) -> Notation {
        Notation::of(self.period.from, self.period.to)
    }

    /// ` of fold 1`; empty where the split has no folds.
    pub fn of_its_fold(&self) -> String {
        self.fold.as_ref().map_or_else(String::new, |fold| format!(" of {fold}"))
    }
}

/// The median trial of a row among those of one fold.
fn median_in<'r>(
    results: &'r ExperimentResults,
    row: &SummaryRow,
    fold: Option<u32>,
) -> Option<&'r TrialResult> {
    let of_fold = |at: &usize| results.trials[*at].trial.fold == fold;
    let trials: Vec<usize> = row.trials.iter().copied().filter(of_fold).collect();
    Some(&results.trials[median_trial(results, &trials)?])
}

/// Holm's p-values over the models that were tested.
fn adjust(models: &mut [ModelOverTime]) {
    let p_value = |model: &ModelOverTime| Some(model.drift.as_ref()?.trend.ok()?.p_value);
    let tested: Vec<f64> = models.iter().filter_map(p_value).collect();
    let mut adjusted = holm(&tested).into_iter();
    for model in models.iter_mut().filter(|model| p_value(model).is_some()) {
        model.p_adjusted = adjusted.next();
    }
}
