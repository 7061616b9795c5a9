//! Alarms by second, minute, hour or day.

use serde::{Deserialize, Serialize};

use super::{Period, Timeline};

/// More buckets than a figure can show side by side.
const MOST_BUCKETS: f64 = 200.0;

/// A length of time in which alarms are counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Bucket {
    /// One second.
    Second,
    /// One minute.
    Minute,
    /// One hour.
    Hour,
    /// One day.
    Day,
}

/// The alarms of one bucket.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AlarmBucket {
    /// When it begins, in seconds since 1970-01-01 UTC.
    pub start: f64,
    /// Rows in it.
    pub rows: u64,
    /// Alarms on benign rows.
    pub false_alarms: u64,
    /// Alarms on attacks.
    pub true_alarms: u64,
    /// Attack rows, found or not.
    pub attacks: u64,
}

impl Bucket {
    /// The shortest one of which a period has at most 200; days if it has more of each.
    pub fn of(period: Period) -> Self {
        let fits = |bucket: &Self| period.seconds() <= MOST_BUCKETS * bucket.seconds();
        [Self::Second, Self::Minute, Self::Hour].into_iter().find(fits).unwrap_or(Self::Day)
    }

    /// Its length in seconds.
    pub fn seconds(self) -> f64 {
        match self {
            Self::Second => 1.0,
            Self::Minute => 60.0,
            Self::Hour => 3_600.0,
            Self::Day => 86_400.0,
        }
    }

    /// Its name with an article: `an hour`.
    pub fn one(self) -> &'static str {
        match self {
            Self::Second => "a second",
            Self::Minute => "a minute",
            Self::Hour => "an hour",
            Self::Day => "a day",
        }
    }

    /// Its name.
    pub fn word(self) -> &'static str {
        match self {
            Self::Second => "second",
            Self::Minute => "minute",
            Self::Hour => "hour",
            Self::Day => "day",
        }
    }
}

impl Timeline<'_> {
    /// The alarms of every bucket that has a row, in order of time. Buckets begin at whole seconds, minutes, hours
    /// or days UTC. A row is an alarm if its score is greater than the threshold.
    pub fn alarms(&self, threshold: f64, bucket: Bucket) -> Vec<AlarmBucket> {
        let mut buckets: Vec<AlarmBucket> = Vec::new();
        for &(time, row) in &self.rows {
            let start = (time / bucket.seconds()).floor() * bucket.seconds();
            if buckets.last().is_none_or(|last| last.start < start) {
                let (rows, false_alarms, true_alarms, attacks) = (0, 0, 0, 0);
                buckets.push(AlarmBucket { start, rows, false_alarms, true_alarms, attacks });
            }
            let Some(last) = buckets.last_mut() else { continue };
            let (alarm, attack) = (self.part.scores[row] > threshold, self.part.labels[row]);
            last.rows += 1;
            last.attacks += u64::from(attack);
            last.true_alarms += u64::from(alarm && attack);
            last.false_alarms += u64::from(alarm && !attack);
        }
        buckets
    }
}
