//! Whether the false-positive rate changed over the test period.
//!
//! The benign rows are cut into ten parts of equal size in order of time. The test of Cochran (1954) and Armitage
//! (1955) looks for a linear trend of the ten shares. It is a quasi-likelihood test here (McCullagh and Nelder 1989,
//! section 4.5): alarms come in bursts, so independent rows would give a wrong variance of a share. The variance is
//! estimated from how far the shares lie from their trend line. It is never less than the variance for independent
//! rows. The statistic is compared with Student's t with eight degrees of freedom.

use serde::{Deserialize, Serialize};

use super::Timeline;
use crate::stats::{self, Interval};

/// Parts that the benign rows are cut into.
pub const TENTHS: usize = 10;

/// Fewer benign rows are not cut.
const FEWEST_ROWS: usize = 100;

/// With fewer alarms, or fewer rows without one, nothing is tested.
const FEWEST_ALARMS: u64 = 10;

/// The false-positive rate over time.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Drift {
    /// The ten parts in order of time.
    pub tenths: Vec<Tenth>,
    /// The rate of the last third of the benign rows over the rate of the first; `None`: the first has no alarm.
    pub ratio: Option<f64>,
    /// Where the ratio may lie; its high end is infinite where the first third has no alarm.
    pub ratio_interval: Option<Interval>,
    /// The test for a trend, or why there is none.
    pub trend: Result<Trend, Untested>,
}

/// A tenth of the benign rows.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tenth {
    /// The time of its first row, in seconds since 1970-01-01 UTC.
    pub from: f64,
    /// The time of its last row.
    pub to: f64,
    /// Its rows.
    pub rows: u64,
    /// Those among them that are alarms.
    pub alarms: u64,
    /// Where its rate may lie: Wilson's interval of 95 %, for independent rows.
    pub interval: Interval,
}

impl Tenth {
    /// Alarms over rows.
    pub fn rate(&self) -> f64 {
        self.alarms as f64 / self.rows as f64
    }
}

/// A test for a linear trend of the rates.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Trend {
    /// Positive: the rate rose.
    pub statistic: f64,
    /// How many times the variance of independent rows the rates have, at least 1.
    pub dispersion: f64,
    /// The chance of a statistic that is at least as far from 0 without a trend.
    pub p_value: f64,
}

/// Why no trend was tested.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Untested {
    /// There are fewer than ten alarms on benign rows, or fewer than ten benign rows without one.
    FewAlarms,
}

impl Timeline<'_> {
    /// The false-positive rate at a threshold over time; `None` with fewer than 100 benign rows.
    pub fn drift(&self, threshold: f64) -> Option<Drift> {
        let benign = self.rows.iter().filter(|(_, row)| !self.part.labels[*row]);
        let alarms: Vec<(f64, bool)> =
            benign.map(|&(time, row)| (time, self.part.scores[row] > threshold)).collect();
        if alarms.len() < FEWEST_ROWS {
            return None;
        }
        let part =
            |of: usize, at: usize| &alarms[at * alarms.len() / of..(at + 1) * alarms.len() / of];
        let tenths: Option<Vec<Tenth>> = (0..TENTHS).map(|at| tenth(part(TENTHS, at))).collect();
        let tenths = tenths?;
        let (first, last) = (counted(part(3, 0)), counted(part(3, 2)));
        let rate = |(alarms, rows): (u64, u64)| alarms as f64 / rows as f64;
        Some(Drift {
            ratio: (first.0 > 0).then(|| rate(last) / rate(first)),
            ratio_interval: stats::ratio_of_proportions(last, first, 0.95),
            trend: trend(&tenths),
            tenths,
        })
    }
}

/// Alarms and rows.
fn counted(rows: &[(f64, bool)]) -> (u64, u64) {
    (rows.iter().filter(|(_, alarm)| *alarm).count() as u64, rows.len() as u64)
}

fn tenth(part: &[(f64, bool)]) -> Option<Tenth> {
    let (alarms, rows) = counted(part);
    let interval = stats::proportion(alarms, rows, 0.95)?;
    Some(Tenth { from: part.first()?.0, to: part.last()?.0, rows, alarms, interval })
}

/// The quasi-likelihood score test for a trend.
fn trend(tenths: &[Tenth]) -> Result<Trend, Untested> {
    let alarms: u64 = tenths.iter().map(|tenth| tenth.alarms).sum();
    let rows: u64 = tenths.iter().map(|tenth| tenth.rows).sum();
    if alarms < FEWEST_ALARMS || rows - alarms < FEWEST_ALARMS {
        return Err(Untested::FewAlarms);
    }
    let rate = alarms as f64 / rows as f64;
    let points = || tenths.iter().enumerate().map(|(at, tenth)| (at as f64, tenth));
    let middle = points().map(|(at, tenth)| at * tenth.rows as f64).sum::<f64>() / rows as f64;
    let spread: f64 = points().map(|(at, t)| t.rows as f64 * (at - middle).powi(2)).sum();
    let covariance: f64 =
        points().map(|(at, t)| (at - middle) * (t.alarms as f64 - t.rows as f64 * rate)).sum();
    let slope = covariance / spread;
    let of_one_row = rate * (1.0 - rate);
    let chi_squared: f64 = points()
        .map(|(at, tenth)| {
            let line = tenth.rows as f64 * (rate + slope * (at - middle));
            (tenth.alarms as f64 - line).powi(2) / (tenth.rows as f64 * of_one_row)
        })
        .sum();
    let freedom = tenths.len() - 2;
    let dispersion = (chi_squared / freedom as f64).max(1.0);
    let statistic = covariance / (dispersion * of_one_row * spread).sqrt();
    let p_value = stats::two_sided_student(statistic, freedom);
    Ok(Trend { statistic, dispersion, p_value })
}
