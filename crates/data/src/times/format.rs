//! How the values of one column are read as points in time.

use oddbench_core::time::day_number;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::text::{self, Clock, Date, Half, Written, is_date_number, of_number};
use crate::rows::{Cell, Reading};

/// What a user, or the file of a data set, says of the times of a column.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum TimeKey {
    /// Of the two numbers of a date such as `03/07/2017` the first is the day.
    DayFirst,
    /// The first is the month.
    MonthFirst,
    /// Numbers are seconds since 1970, or since whatever moment.
    Seconds,
    /// Numbers are milliseconds.
    Milliseconds,
    /// Numbers are microseconds.
    Microseconds,
    /// Numbers are nanoseconds.
    Nanoseconds,
}

/// What numbers count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Numbers {
    /// So many of them are a second.
    PerSecond(u32),
    /// They are written as year, month and day: `20240305`.
    Dates,
}

/// How the values of one column are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct TimeFormat {
    /// Whether the day comes before the month where both are numbers in front of the year.
    pub(crate) day_first: bool,
    pub(crate) numbers: Numbers,
    /// The clock has twelve hours and no word for the half of the day: hours before this one are of the
    /// afternoon. 0: it has twenty-four, or says the half.
    pub(crate) first_hour: u32,
}

impl Numbers {
    /// What a key says, if it is about numbers.
    pub(super) fn of(key: TimeKey) -> Option<Self> {
        match key {
            TimeKey::DayFirst | TimeKey::MonthFirst => None,
            TimeKey::Seconds => Some(Self::PerSecond(1)),
            TimeKey::Milliseconds => Some(Self::PerSecond(1_000)),
            TimeKey::Microseconds => Some(Self::PerSecond(1_000_000)),
            TimeKey::Nanoseconds => Some(Self::PerSecond(1_000_000_000)),
        }
    }
}

impl TimeFormat {
    /// The format that a key states by itself; dates with an ambiguous month are read as month-first.
    pub(crate) fn stated(key: Option<TimeKey>, first_hour: u32) -> Self {
        Self {
            day_first: key == Some(TimeKey::DayFirst),
            numbers: key.and_then(Numbers::of).unwrap_or(Numbers::PerSecond(1)),
            first_hour,
        }
    }

    /// Seconds since 1970-01-01 UTC, NaN for a missing value; `None`: it is no point in time.
    pub(crate) fn seconds(self, cell: Cell<'_>) -> Option<f64> {
        match cell.reading() {
            Reading::Missing => Some(f64::NAN),
            Reading::Number(value) => self.of_number(value),
            Reading::Text => {
                let Cell::Text(text, _) = cell else { return None };
                match text::read(text) {
                    Some(written) => self.of_written(written),
                    None => text::clock(text),
                }
            }
            Reading::Boolean(_) | Reading::Hexadecimal(_) | Reading::Percentage(_) => None,
        }
    }

    fn of_number(self, value: f64) -> Option<f64> {
        match self.numbers {
            _ if !value.is_finite() => None,
            Numbers::PerSecond(count) => Some(value / f64::from(count)),
            Numbers::Dates => {
                let whole = value as u32;
                let date = (f64::from(whole) == value && is_date_number(whole)).then_some(whole)?;
                days(self.civil(of_number(date))?).map(|days| days * DAY)
            }
        }
    }

    pub(super) fn of_written(self, written: Written) -> Option<f64> {
        let days = written.date.map_or(Some(0.0), |date| days(self.civil(date)?))?;
        let clock = self.seconds_of_day(written.clock)?;
        Some(days * DAY + clock - f64::from(written.offset.unwrap_or(0)))
    }

    fn seconds_of_day(self, clock: Clock) -> Option<f64> {
        let Clock { hours, minutes, seconds, half } = clock;
        let hours = match half {
            Some(_) if !(1..=12).contains(&hours) => return None,
            Some(Half::Morning) => hours % 12,
            Some(Half::Afternoon) => hours % 12 + 12,
            None if hours < self.first_hour => hours + 12,
            None => hours,
        };
        let past = hours > 24 || minutes > 59 || seconds >= 61.0;
        (!past).then(|| f64::from(hours) * 3_600.0 + f64::from(minutes) * 60.0 + seconds)
    }

    /// Year, month and day.
    fn civil(self, date: Date) -> Option<(i32, u32, u32)> {
        match date {
            Date::Known { year, month, day } => Some((year.unwrap_or(NO_YEAR), month, day)),
            Date::Either { first, second, year, .. } => match self.day_first {
                true => Some((year, second, first)),
                false => Some((year, first, second)),
            },
        }
    }
}

const DAY: f64 = 86_400.0;

/// The year of dates without one: it has a 29 February.
const NO_YEAR: i32 = 1972;

fn days((year, month, day): (i32, u32, u32)) -> Option<f64> {
    // Lossless: years of four digits.
    day_number(year.into(), month.into(), day.into()).map(|days| days as f64)
}
