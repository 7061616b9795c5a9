//! Decimals and points in time, as texts that read back to the same number.

use oddbench_core::time::{civil, day_number};

/// A whole number of units of which ten to the power of `scale` make one.
pub(super) fn decimal(value: i128, scale: usize) -> String {
    let digits = value.unsigned_abs().to_string();
    let sign = if value < 0 { "-" } else { "" };
    match scale {
        0 => format!("{sign}{digits}"),
        _ => {
            let digits = format!("{digits:0>width$}", width = scale + 1);
            let (whole, fraction) = digits.split_at(digits.len() - scale);
            format!("{sign}{whole}.{fraction}")
        }
    }
}

/// The number that [`decimal`] wrote as this text; `None` for a text with more digits, or one that is no decimal.
pub(super) fn parse_decimal(text: &str, scale: usize) -> Option<i128> {
    let (sign, digits) = match text.strip_prefix('-') {
        Some(digits) => (-1, digits),
        None => (1, text),
    };
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let plain = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if fraction.len() > scale || whole.is_empty() || !plain(whole) || !plain(fraction) {
        return None;
    }
    let digits = format!("{whole}{fraction:0<scale$}");
    digits.parse::<i128>().ok().map(|value| sign * value)
}

/// A day, counted from 1970-01-01.
pub(super) fn date(days: i64) -> String {
    let (year, month, day) = civil(days);
    match year {
        0..=9999 => format!("{year:04}-{month:02}-{day:02}"),
        _ => format!("{year:+05}-{month:02}-{day:02}"),
    }
}

/// A time of the day: seconds after midnight with a fraction of that many digits.
pub(super) fn time(value: i64, digits: usize) -> String {
    let (seconds, fraction) = (value.div_euclid(power(digits)), value.rem_euclid(power(digits)));
    let (hour, minute, second) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    let text = format!("{hour:02}:{minute:02}:{second:02}");
    match fraction {
        0 => text,
        _ => {
            let fraction = format!("{fraction:0>digits$}");
            format!("{text}.{}", fraction.trim_end_matches('0'))
        }
    }
}

/// A point in time as ISO 8601 writes it, with `Z` if it is one of UTC.
pub(super) fn timestamp(value: i64, digits: usize, utc: bool) -> String {
    let day = 86_400 * power(digits);
    let zone = if utc { "Z" } else { "" };
    format!("{}T{}{zone}", date(value.div_euclid(day)), time(value.rem_euclid(day), digits))
}

/// The day that [`date`] wrote as this text.
pub(super) fn parse_date(text: &str) -> Option<i64> {
    let (sign, rest) = match text.strip_prefix('-') {
        Some(rest) => (-1, rest),
        None => (1, text.strip_prefix('+').unwrap_or(text)),
    };
    let mut parts = rest.splitn(3, '-');
    let year = sign * parts.next()?.parse::<i64>().ok()?;
    let month = parts.next()?.parse::<i64>().ok()?;
    let day = parts.next()?.parse::<i64>().ok()?;
    day_number(year, month, day)
}

/// The time that [`time`] wrote as this text.
pub(super) fn parse_time(text: &str, digits: usize) -> Option<i64> {
    let (text, fraction) = text.split_once('.').unwrap_or((text, ""));
    let mut parts = text.splitn(3, ':').map(|part| part.parse::<i64>().ok());
    let (hour, minute, second) = (parts.next()??, parts.next()??, parts.next()??);
    let fraction = parse_decimal(&format!("0.{fraction}"), digits)?;
    let seconds = hour * 3600 + minute * 60 + second;
    seconds.checked_mul(power(digits))?.checked_add(i64::try_from(fraction).ok()?)
}

/// The point in time that [`timestamp`] wrote as this text.
pub(super) fn parse_timestamp(text: &str, digits: usize) -> Option<i64> {
    let (date, time) = text.strip_suffix('Z').unwrap_or(text).split_once('T')?;
    let day = 86_400 * power(digits);
    parse_date(date)?.checked_mul(day)?.checked_add(parse_time(time, digits)?)
}

fn power(digits: usize) -> i64 {
    10i64.pow(digits as u32)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decimals_and_times_read_back_to_the_same_number() {
        for (value, scale, text) in [
            (0, 0, "0"),
            (-5, 3, "-0.005"),
            (1250, 2, "12.50"),
            (i128::from(i64::MIN), 9, "-9223372036.854775808"),
        ] {
            assert_eq!(decimal(value, scale), text);
            assert_eq!(parse_decimal(text, scale), Some(value));
        }
        assert_eq!(
            [parse_decimal("1.234", 2), parse_decimal("x", 2), parse_decimal("", 2)],
            [None; 3]
        );
        // Against the clock of POSIX: date -u -d @1709632801.25
        for (value, digits, utc, text) in [
            (0, 0, true, "1970-01-01T00:00:00Z"),
            (1_709_632_801_250, 3, true, "2024-03-05T10:00:01.25Z"),
            (-1, 6, false, "1969-12-31T23:59:59.999999"),
            (951_782_400_000_000_001, 9, false, "2000-02-29T00:00:00.000000001"),
        ] {
            assert_eq!(timestamp(value, digits, utc), text);
            assert_eq!(parse_timestamp(text, digits), Some(value));
        }
        for days in (-800_000..800_000).step_by(997) {
            assert_eq!(parse_date(&date(days)), Some(days));
        }
        assert_eq!(parse_date("2023-02-29"), None);
        assert_eq!(
            (time(45_296_500, 3), parse_time("12:34:56.5", 3)),
            ("12:34:56.5".into(), Some(45_296_500))
        );
    }
}
