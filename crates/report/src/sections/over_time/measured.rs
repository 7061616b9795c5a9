//! What the median seed of each model did over time, at the threshold of the first rule.

use oddbench_core::over_time::{AlarmBucket, Bucket, Drift, Episode, Period, Timeline, Trend};
use oddbench_core::results::ExperimentResults;
use oddbench_core::stats::holm;
use rayon::prelude::*;

use crate::aggregate::SummaryRow;

/// A change of the false-positive rate is more than chance below this adjusted p-value.
pub const ALPHA: f64 = 0.05;

/// All models over the period of their test rows.
#[derive(Debug, Clone, PartialEq)]
pub struct OverTime {
    /// Of the first model that is here; folds may differ.
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
    /// From the first to the last of its test rows, in seconds.
    pub seconds: f64,
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
    /// `None` if no model has test rows of two times and a threshold.
    pub fn new(results: &ExperimentResults, rows: &[SummaryRow]) -> Option<Self> {
        let gap = results.manifest.experiment.operator.episode_gap;
        let timeline = |row: &SummaryRow| {
            let trial = &results.trials[row.median_trial?];
            let threshold = trial.evaluations.first()?.threshold?;
            Some((Timeline::new(&trial.scores.as_ref()?.test)?, threshold))
        };
        let (first, _) = rows.iter().find_map(timeline)?;
        let period = first.period();
        let bucket = Bucket::of(period);
        let of = |(at, row): (usize, &SummaryRow)| {
            let (timeline, threshold) = timeline(row)?;
            Some(ModelOverTime {
                row: at,
                seconds: timeline.period().seconds(),
                alarms: timeline.alarms(threshold, bucket),
                episodes: timeline.episodes(threshold, gap),
                drift: timeline.drift(threshold),
                p_adjusted: None,
            })
        };
        let mut models: Vec<ModelOverTime> = rows.par_iter().enumerate().filter_map(of).collect();
        adjust(&mut models);
        Some(Self { period, bucket, rows: (first.rows(), first.without_time()), gap, models })
    }
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
