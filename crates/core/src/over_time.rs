//! Detection over time: when alarms came, how long an attack lasted before the first one, and whether the
//! false-positive rate changed over the test period.
//!
//! Rows without a time are left out, and counted. Everything here is a count of the others, in order of time;
//! rows of one time keep the order in which they are given.

mod alarms;
mod drift;
mod episodes;
#[cfg(test)]
mod tests;

use serde::{Deserialize, Serialize};

use crate::scores::ScoredPart;

pub use alarms::{AlarmBucket, Bucket};
pub use drift::{Drift, TENTHS, Tenth, Trend, Untested};
pub use episodes::{DEFAULT_EPISODE_GAP, Episode};

/// The rows of a part that have a time, in order of time.
#[derive(Debug, Clone)]
pub struct Timeline<'a> {
    part: &'a ScoredPart,
    /// Time and position in the part.
    rows: Vec<(f64, usize)>,
}

/// The first and the last time, in seconds since 1970-01-01 UTC.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Period {
    /// Time of the first row.
    pub from: f64,
    /// Time of the last row; later than `from`.
    pub to: f64,
}

impl Period {
    /// In seconds.
    pub fn seconds(self) -> f64 {
        self.to - self.from
    }
}

impl<'a> Timeline<'a> {
    /// `None` if the rows have no times, or all have the same one.
    pub fn new(part: &'a ScoredPart) -> Option<Self> {
        let times = part.times.as_ref()?;
        let known = times.iter().enumerate().filter(|(_, time)| time.is_finite());
        let mut rows: Vec<(f64, usize)> = known.map(|(row, &time)| (time, row)).collect();
        rows.sort_by(|a, b| a.0.total_cmp(&b.0));
        let several = rows.first()?.0 < rows.last()?.0;
        several.then_some(Self { part, rows })
    }

    /// From the first to the last row.
    pub fn period(&self) -> Period {
        // There are rows: `new` has seen the first and the last.
        let time = |row: Option<&(f64, usize)>| row.map_or(f64::NAN, |row| row.0);
        Period { from: time(self.rows.first()), to: time(self.rows.last()) }
    }

    /// Rows that have a time.
    pub fn rows(&self) -> usize {
        self.rows.len()
    }

    /// Rows without one.
    pub fn without_time(&self) -> usize {
        self.part.labels.len() - self.rows.len()
    }
}
