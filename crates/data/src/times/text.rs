//! Texts that are points in time: ISO 8601, dates with slashes or dots in any order, the clock of twelve or
//! twenty-four hours, syslog, HTTP and Apache logs. [`read`] takes a text apart; what it cannot know by
//! itself (which of two numbers is the month) is decided where the whole column is seen.
//!
//! No library does this: one column may have several forms, and none of them is stated:
//! the libraries for times want one pattern for each form.

use super::zones::{Zone, offset_of};

const MONTHS: [&str; 12] =
    ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
const DAYS: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];

/// A date as it is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Date {
    /// It is known which number is the month. Logs of syslog have no year.
    Known { year: Option<i32>, month: u32, day: u32 },
    /// Two numbers of which one is the month.
    Either { first: u32, second: u32, year: i32, dotted: bool },
}

/// A point in time as it is written.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Written {
    /// `None`: a time of day alone.
    pub(crate) date: Option<Date>,
    /// Hours of a clock as they are written; morning or afternoon is a separate value.
    pub(crate) clock: Clock,
    /// Seconds east of Greenwich; `None`: nothing is said.
    pub(crate) offset: Option<i32>,
}

/// A time of day; zero if the text has none.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(crate) struct Clock {
    pub(crate) hours: u32,
    pub(crate) minutes: u32,
    pub(crate) seconds: f64,
    /// Whether `AM` or `PM` stands beside it.
    pub(crate) half: Option<Half>,
}

/// A half of the day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Half {
    Morning,
    Afternoon,
}

/// What one word of a text is, if it can stand in a point in time.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Word {
    /// Year, month and day.
    Date(Date),
    /// Hours and minutes, perhaps seconds; whether there are seconds.
    Time { clock: Clock, seconds: bool, offset: Option<i32> },
    /// The name of a month, from 1.
    Month(u32),
    /// A day or a year, and its digits.
    Number(u32, usize),
    /// AM or PM.
    Half(Half),
    /// A time zone, or a word of its name.
    Zone(Zone),
    /// The name of a day.
    Day,
}

/// Whether a text is a date, a time of day with seconds, or both.
pub(crate) fn is_timestamp(text: &str) -> bool {
    read(text).is_some()
}

/// The point in time that a text means; `None` if it is no point in time.
pub(crate) fn read(text: &str) -> Option<Written> {
    let text = text.trim().trim_matches(['[', ']']);
    if text.len() > 64 || !text.bytes().any(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let (mut date, mut month, mut time, mut exact) = (None, None, None, false);
    let (mut half, mut zone) = (None, Zone::default());
    let mut numbers: [Option<(u32, usize)>; 2] = [None; 2];
    for word in words(text) {
        let zulu = word.len() > 1 && word.ends_with('Z');
        match word_of(word)? {
            Word::Date(found) if date.is_none() => date = Some(found),
            Word::Time { clock, seconds, offset } if time.is_none() => {
                (time, exact) = (Some(clock), seconds);
                zone = offset.map_or(zone, |offset| zone.and(Zone::of(offset)));
            }
            Word::Month(found) if month.is_none() => month = Some(found),
            Word::Number(value, digits) => {
                *numbers.iter_mut().find(|slot| slot.is_none())? = Some((value, digits));
            }
            Word::Half(found) => half = Some(found),
            Word::Zone(found) => zone = zone.and(found),
            Word::Day => {}
            Word::Date(_) | Word::Time { .. } | Word::Month(_) => return None,
        }
        if zulu {
            zone = zone.and(Zone::of(0));
        }
    }
    let date = match (date, month) {
        (Some(date), None) if numbers[0].is_none() => Some(date),
        (None, Some(month)) => Some(of_words(month, numbers[0]?, numbers[1])),
        // A time of day; `12:30` alone may be a ratio or a pair.
        (None, None) if time.is_some() && exact && numbers[0].is_none() => None,
        _ => return None,
    };
    let mut clock = time.unwrap_or_default();
    clock.half = clock.half.or(half);
    Some(Written { date, clock, offset: zone.offset() })
}

/// The date of a month's name and the numbers beside it: `28`, `28 2026`, `2026 28` or `2026`.
fn of_words(month: u32, first: (u32, usize), second: Option<(u32, usize)>) -> Date {
    let known = |year, day| Date::Known { year, month, day };
    match (first, second) {
        ((year, 4), None) => known(Some(year as i32), 1),
        ((day, _), None) => known(None, day),
        ((year, 4), Some((day, _))) => known(Some(year as i32), day),
        ((day, _), Some((year, digits))) => known(Some(full_year(year, digits)), day),
    }
}

/// A year of two digits is one from 1970 to 2069.
fn full_year(year: u32, digits: usize) -> i32 {
    match (digits, year) {
        (1 | 2, 70..) => 1_900 + year as i32,
        (1 | 2, _) => 2_000 + year as i32,
        _ => year as i32,
    }
}

/// Cuts at blanks and commas, and the `T` of ISO 8601 and the first `:` of Apache's logs.
fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split([' ', ',', '@']).filter(|word| !word.is_empty()).flat_map(|word| {
        let bytes = word.as_bytes();
        let between_digits = |at: usize| {
            at > 0
                && bytes[at - 1].is_ascii_digit()
                && bytes.get(at + 1).is_some_and(u8::is_ascii_digit)
        };
        let cut = match (bytes.iter().position(|byte| *byte == b'T'), word.find(':')) {
            (Some(at), _) if between_digits(at) => Some(at),
            // 10/Oct/2000:13:55:36
            (None, Some(at)) if word[..at].contains('/') => Some(at),
            _ => None,
        };
        match cut {
            Some(at) => [Some(&word[..at]), Some(&word[at + 1..])],
            None => [Some(word), None],
        }
        .into_iter()
        .flatten()
    })
}

fn word_of(word: &str) -> Option<Word> {
    let word = word.strip_suffix('Z').unwrap_or(word);
    if word.starts_with(|c: char| c.is_ascii_digit()) {
        if word.contains(':') {
            return time(word);
        }
        if word.bytes().all(|byte| byte.is_ascii_digit()) {
            let value: u32 = word.parse().ok().filter(|_| word.len() <= 8)?;
            return match word.len() {
                digits @ (1 | 2 | 4) => Some(Word::Number(value, digits)),
                8 if is_date_number(value) => Some(Word::Date(of_number(value))),
                6 => {
                    let (hours, minutes) = (value / 10_000, value / 100 % 100);
                    let seconds = f64::from(value % 100);
                    let clock = Clock { hours, minutes, seconds, half: None };
                    Some(Word::Time { clock, seconds: false, offset: None })
                }
                _ => None,
            };
        }
        return date(word).map(Word::Date);
    }
    let zone =
        word.starts_with(['+', '-']) && word[1..].bytes().all(|b| b.is_ascii_digit() || b == b':');
    if zone && word.len() >= 3 {
        return Some(Word::Zone(offset_of(word).map_or(Zone::default(), Zone::of)));
    }
    if !word.is_ascii() {
        return None;
    }
    let lower = word.trim_end_matches('.').to_ascii_lowercase();
    match lower.as_str() {
        "am" | "a.m" => Some(Word::Half(Half::Morning)),
        "pm" | "p.m" => Some(Word::Half(Half::Afternoon)),
        name => match (Zone::named(name), month_of(name)) {
            (Some(zone), _) => Some(Word::Zone(zone)),
            (None, Some(month)) => Some(Word::Month(month)),
            (None, None) => is_name(name, &DAYS).then_some(Word::Day),
        },
    }
}

/// The month of that name, from 1.
fn month_of(name: &str) -> Option<u32> {
    let at = MONTHS.iter().position(|month| name.starts_with(month))?;
    is_name(name, &MONTHS).then_some(at as u32 + 1)
}

fn is_name(word: &str, names: &[&str]) -> bool {
    (3..=9).contains(&word.len())
        && word.bytes().all(|byte| byte.is_ascii_alphabetic())
        && names.iter().any(|name| word.starts_with(name))
        && (word.len() == 3
            || word.ends_with("day")
            || word.len() > 3 && MONTH_NAMES.contains(&word))
}

const MONTH_NAMES: [&str; 12] = [
    "january",
    "february",
    "march",
    "april",
    "june",
    "july",
    "august",
    "sept",
    "september",
    "october",
    "november",
    "december",
];

/// `9:26`, `09:26:07`, `09:26:07.123456`, `09:26:07Z`, `09:26:07+02:00`, `9:26AM`.
fn time(word: &str) -> Option<Word> {
    let lower = word.to_ascii_lowercase();
    let mut clock = lower.as_str();
    let mut half = None;
    for (end, found) in [("z", None), ("am", Some(Half::Morning)), ("pm", Some(Half::Afternoon))] {
        if let Some(rest) = clock.strip_suffix(end) {
            (clock, half) = (rest, half.or(found));
        }
    }
    let mut offset = None;
    if let Some(at) = clock.find(['+', '-']) {
        offset = Some(offset_of(&clock[at..])?);
        clock = &clock[..at];
    }
    let parts: Vec<&str> = clock.split(':').collect();
    let whole = |part: &str, most: u32| {
        let value = part.parse::<u32>().ok().filter(|_| (1..=2).contains(&part.len()))?;
        (value <= most).then_some(value)
    };
    let second = |part: &str| {
        let (whole_part, fraction) = part.split_once(['.', ',']).unwrap_or((part, "0"));
        let digits = !fraction.is_empty() && fraction.bytes().all(|b| b.is_ascii_digit());
        let whole = whole(whole_part, 60).filter(|_| digits)?;
        format!("{whole}.{fraction}").parse::<f64>().ok()
    };
    let (hours, minutes, seconds) = match parts.as_slice() {
        [hours, minutes] => (whole(hours, 24)?, whole(minutes, 59)?, None),
        [hours, minutes, seconds] => {
            (whole(hours, 24)?, whole(minutes, 59)?, Some(second(seconds)?))
        }
        _ => return None,
    };
    let clock = Clock { hours, minutes, seconds: seconds.unwrap_or(0.0), half };
    Some(Word::Time { clock, seconds: seconds.is_some(), offset })
}

/// Whether a text is hours and minutes: `9:26`, `09:26`.
pub(crate) fn is_clock(text: &str) -> bool {
    let (hours, minutes) = text.trim().split_once(':').unwrap_or_default();
    let digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    let below = |part: &str, most: u8| part.parse::<u8>().is_ok_and(|value| value < most);
    let whole = (1..=2).contains(&hours.len()) && minutes.len() == 2;
    whole && digits(hours) && digits(minutes) && below(hours, 24) && below(minutes, 60)
}

/// Hours and minutes alone as seconds of the day.
pub(crate) fn clock(text: &str) -> Option<f64> {
    let (hours, minutes) = text.trim().split_once(':').filter(|_| is_clock(text))?;
    Some(hours.parse::<f64>().ok()? * 3_600.0 + minutes.parse::<f64>().ok()? * 60.0)
}

/// `2024-03-05`, `05/03/2024`, `5.3.24`, `10/Oct/2000`, `28-Nov-2026`.
fn date(word: &str) -> Option<Date> {
    let word = word.trim_end_matches(['Z', 'z']);
    let separator = word.chars().find(|c| "-/.".contains(*c))?;
    let parts: Vec<&str> = word.split(separator).collect();
    let [first, second, third] = parts.as_slice() else { return None };
    let digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    let small = |part: &str, most: u32| {
        let value = part.parse::<u32>().ok().filter(|_| digits(part))?;
        ((1..=2).contains(&part.len()) && (1..=most).contains(&value)).then_some(value)
    };
    let long = |part: &str| {
        let value = part.parse::<u32>().ok().filter(|_| part.len() == 4 && digits(part))?;
        (1900..=2200).contains(&value).then_some(value as i32)
    };
    let short = |part: &str| {
        let value = part.parse::<u32>().ok().filter(|_| part.len() == 2 && digits(part))?;
        Some(full_year(value, 2))
    };
    let named = |part: &str| month_of(&part.to_ascii_lowercase()).filter(|_| part.is_ascii());
    // One of the two can be a month.
    let pair = |one: &str, other: &str| {
        let (first, second) = (small(one, 31)?, small(other, 31)?);
        (first <= 12 || second <= 12).then_some((first, second))
    };
    if let Some(year) = long(first) {
        let (month, day) = match named(second) {
            Some(month) => (month, small(third, 31)?),
            None => pair(second, third)?,
        };
        return Some(Date::Known { year: Some(year), month, day });
    }
    // 05/03/24: three short numbers with dots may be a version.
    let year = long(third).or_else(|| short(third));
    let year = year?;
    if let Some(month) = named(second) {
        return Some(Date::Known { year: Some(year), month, day: small(first, 31)? });
    }
    if separator == '.' && third.len() == 2 {
        return None;
    }
    let (first, second) = pair(first, second)?;
    Some(Date::Either { first, second, year, dotted: separator == '.' })
}

/// Whether a number reads as year, month and day.
pub(crate) fn is_date_number(value: u32) -> bool {
    (1900..=2200).contains(&(value / 10_000))
        && (1..=12).contains(&(value / 100 % 100))
        && (1..=31).contains(&(value % 100))
}

/// `20240305`
pub(crate) fn of_number(value: u32) -> Date {
    Date::Known { year: Some((value / 10_000) as i32), month: value / 100 % 100, day: value % 100 }
}

#[cfg(test)]
mod tests {
    use super::{is_clock, is_timestamp};

    #[test]
    fn a_clock_has_hours_and_minutes() {
        for text in ["10:45", "9:05", "00:00", "23:59"] {
            assert!(is_clock(text), "{text}");
        }
        for text in ["24:00", "10:60", "10:5", "1:2:3", "10", ":45", "a:45", "", "+1:30"] {
            assert!(!is_clock(text), "{text}");
        }
    }

    #[test]
    fn points_in_time_of_all_spellings() {
        for text in [
            "2024-03-05",
            "2024-03-05T09:26:07",
            "2024-03-05T09:26:07.123456Z",
            "2024-03-05 09:26:07+02:00",
            "2024-03-05T09:26:07+0200",
            "2011/08/10 09:46:53.047277",
            "05/03/2024 09:26:07 AM",
            "5/3/2024 9:26",
            "13/03/2024 12:00:00",
            "3/13/24 12:00",
            "05.03.2024 09:26",
            "Nov 28 21:55:56",
            "Nov  8 01:02:03",
            "Sat Nov 28 21:55:56 2026",
            "Sat, 28 Nov 2026 21:55:56 GMT",
            "[10/Oct/2000:13:55:36 -0700]",
            "28-Nov-2026 10:00",
            "28 November 2026",
            "09:26:07",
            "20240305T092607Z",
            "05-Mar-24 09:26",
            "Jul 7, 2017 @ 12:00:00.000",
            "2024-03-05T09:26:07.123456+0000",
            "2024-03-05 09:26:07 UTC",
            "Nov 12, 2021 10:00:01.123456 UTC",
            "Nov 12, 2021 10:00:01.123456789 Eastern Standard Time",
        ] {
            assert!(is_timestamp(text), "{text}");
        }
    }

    #[test]
    fn what_only_looks_a_little_like_time() {
        for text in [
            "",
            "-",
            "tcp",
            "http",
            "mon",
            "12:30",
            "1.2.3",
            "10.0.0.1",
            "1/2",
            "6/17",
            "aa:bb:cc:dd:ee:ff",
            "00:11:22:33:44:55",
            "::1",
            "sat",
            "may",
            "1-2-3-4",
            "v1.2.3",
            "443-6503-6",
            "99/99/2024",
            "S0",
            "Marks",
            "deca",
            "12345",
            "2024",
            "3.14.15",
            "summer time 4",
        ] {
            assert!(!is_timestamp(text), "{text}");
        }
    }
}
