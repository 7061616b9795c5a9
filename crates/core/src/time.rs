//! Points in time as numbers: seconds since 1970-01-01 UTC, and their texts after ISO 8601.
//!
//! Written here rather than taken from a crate because it is two formulas of the Gregorian calendar, and
//! `core` depends on nothing but serde, serde_json and thiserror.

use std::ops::RangeInclusive;

const DAY: i64 = 86_400;

/// From 1990 to 2100: numbers in this range are taken for seconds since 1970. Others count from a moment that
/// not stated.
pub const SINCE_1970: RangeInclusive<f64> = 631_152_000.0..=4_102_444_800.0;

/// How the times of a period are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Notation {
    /// As dates and times, UTC.
    Date,
    /// As time since an unknown moment: hours, minutes and seconds, from the second day on with the
    /// number of the day.
    Elapsed,
}

impl Notation {
    /// By the first and the last time of the period.
    pub fn of(from: f64, to: f64) -> Self {
        match SINCE_1970.contains(&from) && SINCE_1970.contains(&to) {
            true => Self::Date,
            false => Self::Elapsed,
        }
    }

    /// `2017-07-05 08:00:00` or `0:04:02`; `day 2, 3:04:05` after the first 24 hours.
    pub fn in_words(self, seconds: f64) -> String {
        match self {
            Self::Date => in_words(seconds),
            Self::Elapsed => elapsed(seconds),
        }
    }
}

/// Seconds since 1970-01-01 UTC of a date, or of a date and a time: `2017-07-05`, `2017-07-05T08:00`,
/// `2017-07-05 08:00:00.25`, with `Z` or an offset such as `+02:00` at the end. Without one the time is UTC.
/// `None` for any other text.
pub fn parse(text: &str) -> Option<f64> {
    let text = text.trim();
    let (date, rest) = text.split_at_checked(10)?;
    let day = days(date)?;
    let seconds = match rest.strip_prefix(['T', 't', ' ']) {
        None if rest.is_empty() => 0.0,
        None => return None,
        Some(rest) => {
            let at = rest.find(['Z', 'z', '+', '-']).unwrap_or(rest.len());
            let (clock, zone) = rest.split_at(at);
            seconds(clock)? - offset(zone)?
        }
    };
    Some((day * DAY) as f64 + seconds)
}

/// `2017-07-05 08:00:00`, with three decimals where the seconds are no whole number. UTC. Numbers that are not
/// finite or beyond the year 9999 stay numbers.
pub fn in_words(seconds: f64) -> String {
    let whole = seconds.floor();
    let (Some(day), false) = (day_in_words(seconds), whole.is_nan()) else {
        return seconds.to_string();
    };
    format!("{day} {:0>2}{}", hour(whole), minutes(seconds, whole))
}

/// Hours, minutes and seconds, and the day if it is not the first. Numbers that are no whole seconds of an `i64`
/// stay numbers.
fn elapsed(seconds: f64) -> String {
    let whole = seconds.floor();
    if !(-1e15..=1e15).contains(&whole) {
        return seconds.to_string();
    }
    let clock = format!("{}{}", hour(whole), minutes(seconds, whole));
    match (whole as i64).div_euclid(DAY) {
        0 => clock,
        day => format!("day {}, {clock}", day + 1),
    }
}

/// The hour of the day.
fn hour(whole: f64) -> i64 {
    (whole as i64).rem_euclid(DAY) / 3600
}

/// `:04:02`, with three decimals where the seconds are no whole number.
fn minutes(seconds: f64, whole: f64) -> String {
    let of_hour = (whole as i64).rem_euclid(3600);
    let clock = format!(":{:02}:{:02}", of_hour / 60, of_hour % 60);
    match ((seconds - whole) * 1000.0) as u32 {
        0 => clock,
        thousandths => format!("{clock}.{thousandths:03}"),
    }
}

/// The date alone, UTC: `2017-07-05`; `None` outside of the years 0 to 9999.
pub fn day_in_words(seconds: f64) -> Option<String> {
    let day = (seconds / DAY as f64).floor();
    // 0000-01-01 and 10000-01-01.
    (-719_528.0..2_932_897.0).contains(&day).then(|| {
        let (year, month, day) = civil(day as i64);
        format!("{year:04}-{month:02}-{day:02}")
    })
}

/// Days since 1970-01-01 of a date in the Gregorian calendar; `None` if there is no such day.
pub fn day_number(year: i64, month: i64, day: i64) -> Option<i64> {
    let number = days_from_civil(year, month, day);
    // A day that the month lacks comes back as another one.
    (civil(number) == (year, month, day)).then_some(number)
}

/// Days since 1970-01-01 of `2017-07-05`.
fn days(date: &str) -> Option<i64> {
    let mut parts = date.split('-').map(digits);
    let (year, month, day) = (parts.next()??, parts.next()??, parts.next()??);
    let whole = date.is_ascii() && parts.next().is_none();
    day_number(year, month, day).filter(|_| whole)
}

fn digits(text: &str) -> Option<i64> {
    let all = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    all.then(|| text.parse().ok()).flatten()
}

/// Seconds of `08:00`, `08:00:30` or `08:00:30.5`.
fn seconds(clock: &str) -> Option<f64> {
    let mut parts = clock.splitn(3, ':');
    let (hours, minutes) = (digits(parts.next()?)?, digits(parts.next()?)?);
    let seconds = match parts.next() {
        None => 0.0,
        Some(text) => {
            let plain = text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
            plain.then(|| text.parse::<f64>().ok()).flatten()?
        }
    };
    let fits = hours < 24 && minutes < 60 && seconds < 61.0;
    fits.then_some((hours * 3600 + minutes * 60) as f64 + seconds)
}

/// Seconds of `Z`, `+02:00`, `+0200` or `+02`; 0 for an empty text.
fn offset(zone: &str) -> Option<f64> {
    let sign = match zone.chars().next() {
        None => return Some(0.0),
        Some('Z' | 'z') => return (zone.len() == 1).then_some(0.0),
        Some('-') => -1.0,
        Some(_) => 1.0,
    };
    let plain = zone[1..].replacen(':', "", 1);
    let number = digits(&plain)?;
    let (hours, minutes) = match plain.len() {
        2 => (number, 0),
        4 => (number / 100, number % 100),
        _ => return None,
    };
    (hours < 24 && minutes < 60).then_some(sign * (hours * 3600 + minutes * 60) as f64)
}

/// Year, month and day of days since 1970-01-01: H. Hinnant, "chrono-compatible low-level date algorithms".
pub fn civil(days: i64) -> (i64, i64, i64) {
    let shifted = days + 719_468;
    let era = shifted.div_euclid(146_097);
    let day_of_era = shifted.rem_euclid(146_097);
    let year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted_month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * shifted_month + 2) / 5 + 1;
    let month = if shifted_month < 10 { shifted_month + 3 } else { shifted_month - 9 };
    (year_of_era + era * 400 + i64::from(month <= 2), month, day)
}

/// The inverse of [`civil`], from the same source.
fn days_from_civil(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let shifted_month = (month + 9) % 12;
    let day_of_year = (153 * shifted_month + 2) / 5 + day - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    era * 146_097 + day_of_era - 719_468
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Python's `datetime.fromisoformat(...).replace(tzinfo=utc).timestamp()`.
    #[test]
    fn texts_become_seconds_and_come_back() {
        for (text, seconds, words) in [
            ("1970-01-01", 0.0, "1970-01-01 00:00:00"),
            ("2017-07-05", 1_499_212_800.0, "2017-07-05 00:00:00"),
            ("2017-07-05T08:30", 1_499_243_400.0, "2017-07-05 08:30:00"),
            ("2017-07-05 08:30:01.25", 1_499_243_401.25, "2017-07-05 08:30:01.250"),
            ("2017-07-05T08:30:01+02:00", 1_499_236_201.0, "2017-07-05 06:30:01"),
            ("2017-07-05T08:30:01-0330", 1_499_256_001.0, "2017-07-05 12:00:01"),
            ("2016-02-29T23:59:59Z", 1_456_790_399.0, "2016-02-29 23:59:59"),
            ("1969-12-31T23:59:59", -1.0, "1969-12-31 23:59:59"),
        ] {
            assert_eq!(parse(text), Some(seconds), "{text}");
            assert_eq!(in_words(seconds), words);
        }
    }

    #[test]
    fn other_texts_are_no_times() {
        for text in [
            "",
            "2017",
            "2017-13-01",
            "2017-02-29",
            "2017-07-05x",
            "2017-07-05T25:00",
            "05/07/2017",
            "2017-07-05T08",
            "2017-07-05T08:00:00+99",
            "2017-07-05T08:-1",
            "Friday ünd",
            "+017-07-05",
        ] {
            assert_eq!(parse(text), None, "{text}");
        }
        assert_eq!(in_words(f64::NAN), "NaN");
        assert_eq!(in_words(1e18), "1000000000000000000");
    }

    #[test]
    fn times_since_an_unknown_moment_have_no_date() {
        for (seconds, words) in [
            (0.0, "0:00:00"),
            (242.0, "0:04:02"),
            (242.5, "0:04:02.500"),
            (86_399.0, "23:59:59"),
            (86_400.0 + 11_045.0, "day 2, 3:04:05"),
            (-1.0, "day 0, 23:59:59"),
            (1e18, "1000000000000000000"),
        ] {
            assert_eq!(Notation::of(0.0, seconds).in_words(seconds), words);
        }
        let day = parse("2017-07-05").unwrap();
        assert_eq!(Notation::of(day, day + 5.0).in_words(day), "2017-07-05 00:00:00");
        assert_eq!(Notation::of(0.0, day), Notation::Elapsed, "one of both is no date");
    }

    #[test]
    fn every_day_of_four_centuries_comes_back() {
        for day in -200_000..200_000 {
            let (year, month, of_month) = civil(day);
            assert_eq!(days_from_civil(year, month, of_month), day);
        }
    }
}
