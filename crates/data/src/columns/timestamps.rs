//! Texts that are points in time: ISO 8601, dates with slashes or dots in any order, the clock of twelve or
//! twenty-four hours, syslog, HTTP and Apache logs.

const MONTHS: [&str; 12] =
    ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
const DAYS: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];

/// What one word of a text is, if it can stand in a point in time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Word {
    /// Year, month and day.
    Date,
    /// Hours and minutes, perhaps seconds; whether there are seconds.
    Time { seconds: bool },
    /// The name of a month.
    Month,
    /// A day or a year.
    Number,
    /// The name of a day, AM or PM, a time zone.
    Beside,
}

/// Whether a text is a date, a time of day with seconds, or both.
pub(super) fn is_timestamp(text: &str) -> bool {
    let text = text.trim().trim_matches(['[', ']']);
    if text.len() > 64 || !text.bytes().any(|byte| byte.is_ascii_digit()) {
        return false;
    }
    let (mut date, mut month, mut time, mut seconds, mut numbers) = (false, false, false, false, 0);
    for word in words(text) {
        match word_of(word) {
            Some(Word::Date) if !date => date = true,
            Some(Word::Time { seconds: exact }) if !time => (time, seconds) = (true, exact),
            Some(Word::Month) if !month => month = true,
            Some(Word::Number) if numbers < 2 => numbers += 1,
            Some(Word::Beside) => {}
            _ => return false,
        }
    }
    match (date, month) {
        (true, false) => numbers == 0,
        (false, true) => numbers > 0,
        // A time of day; `12:30` alone may be a ratio or a pair.
        (false, false) => time && seconds && numbers == 0,
        (true, true) => false,
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
            return match word.len() {
                1 | 2 | 4 => Some(Word::Number),
                8 => date_without_separators(word).then_some(Word::Date),
                6 => Some(Word::Time { seconds: false }),
                _ => None,
            };
        }
        return is_date(word).then_some(Word::Date);
    }
    let zone =
        word.starts_with(['+', '-']) && word[1..].bytes().all(|b| b.is_ascii_digit() || b == b':');
    if zone && word.len() >= 3 {
        return Some(Word::Beside);
    }
    if !word.is_ascii() {
        return None;
    }
    let lower = word.trim_end_matches('.').to_ascii_lowercase();
    match lower.as_str() {
        "am" | "pm" | "a.m" | "p.m" => Some(Word::Beside),
        zone if ZONES.contains(&zone) => Some(Word::Beside),
        name if is_name(name, &MONTHS) => Some(Word::Month),
        name if is_name(name, &DAYS) => Some(Word::Beside),
        _ => None,
    }
}

/// Time zones by their letters, and the words of their names: `Eastern Standard Time`.
const ZONES: [&str; 42] = [
    "utc",
    "gmt",
    "z",
    "cet",
    "cest",
    "wet",
    "west",
    "eet",
    "eest",
    "bst",
    "msk",
    "est",
    "edt",
    "cst",
    "cdt",
    "mst",
    "mdt",
    "pst",
    "pdt",
    "akst",
    "hst",
    "ist",
    "jst",
    "kst",
    "hkt",
    "sgt",
    "aest",
    "aedt",
    "nzst",
    "brt",
    "eastern",
    "central",
    "mountain",
    "pacific",
    "western",
    "europe",
    "european",
    "universal",
    "standard",
    "daylight",
    "summer",
    "time",
];

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
    for end in ["z", "am", "pm"] {
        clock = clock.strip_suffix(end).unwrap_or(clock);
    }
    if let Some(at) = clock.find(['+', '-']) {
        clock = &clock[..at];
    }
    let parts: Vec<&str> = clock.split(':').collect();
    let whole = |part: &&str, most: u32| {
        (1..=2).contains(&part.len()) && part.parse::<u32>().is_ok_and(|value| value <= most)
    };
    let second = |part: &str| {
        let (whole_part, fraction) = part.split_once(['.', ',']).unwrap_or((part, "0"));
        whole(&whole_part, 60)
            && !fraction.is_empty()
            && fraction.bytes().all(|b| b.is_ascii_digit())
    };
    match parts.as_slice() {
        [hours, minutes] if whole(hours, 24) && whole(minutes, 59) => {
            Some(Word::Time { seconds: false })
        }
        [hours, minutes, seconds] if whole(hours, 24) && whole(minutes, 59) && second(seconds) => {
            Some(Word::Time { seconds: true })
        }
        _ => None,
    }
}

/// Whether a text is hours and minutes: `9:26`, `09:26`.
pub(super) fn is_clock(text: &str) -> bool {
    let (hours, minutes) = text.trim().split_once(':').unwrap_or_default();
    let digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    let below = |part: &str, most: u8| part.parse::<u8>().is_ok_and(|value| value < most);
    let whole = (1..=2).contains(&hours.len()) && minutes.len() == 2;
    whole && digits(hours) && digits(minutes) && below(hours, 24) && below(minutes, 60)
}

/// `2024-03-05`, `05/03/2024`, `5.3.24`, `10/Oct/2000`, `28-Nov-2026`.
fn is_date(word: &str) -> bool {
    let word = word.trim_end_matches(['Z', 'z']);
    let Some(separator) = word.chars().find(|c| "-/.".contains(*c)) else { return false };
    let parts: Vec<&str> = word.split(separator).collect();
    let [first, second, third] = parts.as_slice() else { return false };
    let small = |part: &str, most: u32| {
        (1..=2).contains(&part.len())
            && part.bytes().all(|byte| byte.is_ascii_digit())
            && part.parse::<u32>().is_ok_and(|value| (1..=most).contains(&value))
    };
    let year = |part: &str| {
        part.len() == 4
            && part.bytes().all(|byte| byte.is_ascii_digit())
            && part.parse::<u32>().is_ok_and(|value| (1900..=2200).contains(&value))
    };
    let short = |part: &str| part.len() == 2 && part.bytes().all(|byte| byte.is_ascii_digit());
    let named = |part: &str| part.is_ascii() && is_name(&part.to_ascii_lowercase(), &MONTHS);
    let day_and_month = |one: &str, other: &str| {
        (small(one, 31) && small(other, 12)) || (small(one, 12) && small(other, 31))
    };
    (year(first) && (day_and_month(second, third) || named(second) && small(third, 31)))
        || (year(third) && (day_and_month(first, second) || small(first, 31) && named(second)))
        // 05/03/24: three short numbers with dots may be a version.
        || (separator != '.' && short(third) && first.len() <= 2 && day_and_month(first, second))
        || (short(third) && small(first, 31) && named(second))
}

/// `20240305`
fn date_without_separators(word: &str) -> bool {
    word.parse::<u32>().is_ok_and(is_date_number)
}

/// Whether a number reads as year, month and day.
pub(super) fn is_date_number(value: u32) -> bool {
    (1900..=2200).contains(&(value / 10_000))
        && (1..=12).contains(&(value / 100 % 100))
        && (1..=31).contains(&(value % 100))
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
