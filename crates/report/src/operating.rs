//! From trials to rows: what an operator decides by, over the trials of a row.

use oddbench_core::operating::{Estimate, OperatingPoint, OperatorSettings, Unresolvable};
use oddbench_core::results::{ExperimentResults, TrialResult};
use oddbench_core::stats::median_with_interval;
use serde::Serialize;

use crate::aggregate::SummaryRow;
use crate::sections::operator;
use crate::spread::Spread;
use crate::subject::Subject;

/// The rate that a report answers first: one false alarm in a thousand benign rows.
const WANTED: f64 = 1e-3;

/// A figure over the trials of a row.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct OperatingFigure {
    /// The median over trials, with the interval that the test rows of the trial in the middle give. Of an even number of
    /// trials: the mean of the middle two, and of their intervals.
    pub median: Estimate,
    /// How the figure varies over trials.
    pub spread: Spread,
}

impl OperatingFigure {
    fn of(estimates: impl Iterator<Item = Estimate>) -> Option<Self> {
        let estimates: Vec<Estimate> = estimates.collect();
        let spread = Spread::of(estimates.iter().map(|estimate| estimate.value))?;
        let figures = estimates.iter().map(|estimate| (estimate.value, estimate.interval));
        let (value, interval) = median_with_interval(figures)?;
        Some(Self { median: Estimate { value, interval }, spread })
    }
}

/// Precision where that share of the rows are outliers.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct PrecisionAt {
    /// The share.
    pub prevalence: f64,
    /// The figure; `None` where no trial calls any row an outlier.
    pub precision: Option<OperatingFigure>,
}

/// A row's figures at one false positive rate.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct OperatingSummary {
    /// The rate that is asked for.
    pub fpr: f64,
    /// Why no trial has figures, if the rows are too few for the rate.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unresolvable: Option<Unresolvable>,
    /// The share of outliers that are found.
    pub recall: Option<OperatingFigure>,
    /// The share of inliers among the test rows that are called outliers.
    pub fpr_reached: Option<OperatingFigure>,
    /// One for each stated share of outliers.
    pub precision: Vec<PrecisionAt>,
    /// False alarms in a million inliers.
    pub false_alarms_per_million: Option<OperatingFigure>,
    /// False alarms in a day, if a volume is stated.
    pub false_alarms_per_day: Option<OperatingFigure>,
}

impl OperatingSummary {
    fn of(trials: &[&TrialResult], at: usize, settings: &OperatorSettings) -> Self {
        let points = || trials.iter().filter_map(|trial| trial.operating.get(at));
        let figure = |of: &dyn Fn(&OperatingPoint) -> Option<Estimate>| {
            OperatingFigure::of(points().filter_map(of))
        };
        let precision = settings.prevalence.iter().enumerate().map(|(stated, &prevalence)| {
            let of = |point: &OperatingPoint| point.precision.get(stated)?.precision;
            PrecisionAt { prevalence, precision: figure(&of) }
        });
        let fpr_reached = figure(&|point| point.fpr_reached);
        Self {
            fpr: settings.fpr[at],
            unresolvable: points()
                .find_map(|point| point.unresolvable)
                .filter(|_| fpr_reached.is_none()),
            recall: figure(&|point| point.recall),
            fpr_reached,
            precision: precision.collect(),
            false_alarms_per_million: figure(&|point| point.false_alarms_per_million),
            false_alarms_per_day: figure(&|point| point.false_alarms_per_day),
        }
    }

    /// Whether the threshold kept the rate that was asked for: the interval of the rate that was reached does not lie
    /// above it. Fewer false alarms than asked for are no fault. `None` without a threshold.
    pub fn held(&self) -> Option<bool> {
        Some(self.fpr_reached?.median.interval.low <= self.fpr)
    }
}

/// The figures of a row whose trials these are, at every rate of the experiment.
pub fn summarize(trials: &[&TrialResult], settings: &OperatorSettings) -> Vec<OperatingSummary> {
    (0..settings.fpr.len()).map(|at| OperatingSummary::of(trials, at, settings)).collect()
}

/// The positions of the rates at which some row has figures.
pub fn resolved_rates(results: &ExperimentResults, rows: &[SummaryRow]) -> Vec<usize> {
    let resolved = |at: &usize| rows.iter().any(|row| row.operating[*at].fpr_reached.is_some());
    (0..results.manifest.experiment.operator.fpr.len()).filter(resolved).collect()
}

/// The position of the rate at which precision and false alarms are shown: of those that the rows resolve, the
/// greatest that is at most one false alarm in a thousand, or else the least. `None` if they resolve none.
pub fn main_rate(results: &ExperimentResults, rows: &[SummaryRow]) -> Option<usize> {
    let rates = &results.manifest.experiment.operator.fpr;
    let known = resolved_rates(results, rows);
    let by_rate = |a: &usize, b: &usize| rates[*a].total_cmp(&rates[*b]);
    let below = known.iter().copied().filter(|at| rates[*at] <= WANTED).max_by(by_rate);
    below.or_else(|| known.into_iter().min_by(by_rate))
}

/// Whether the table of these figures stands before the comparison: everywhere but beside published figures, whose
/// metrics the comparison has.
pub fn leads(results: &ExperimentResults) -> bool {
    results.manifest.experiment.report.anchors.is_empty()
}

/// What the operator's table of a report says around its figures.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Words {
    /// The answer, in sentences; empty if the rows resolve no rate.
    pub answer: Vec<String>,
    /// What must be known of the figures, or why there are none.
    pub notes: Vec<String>,
}

/// The words of the report, for other places that show the same figures.
pub fn words(results: &ExperimentResults, rows: &[SummaryRow]) -> Words {
    operator::words(Subject { results, rows })
}
