//! What the text of a value means: a number, true or false, a category, or the name of a class.

use std::borrow::Cow;

/// A number, NaN for no text; `None` if it is something else. `true` and `false` are 1 and 0 in any case
/// of letters, `0x0050` is 80 (some sensors write ports so), and `54.4%` is 54.4.
pub(crate) fn number(text: &str) -> Option<f64> {
    if text.is_empty() {
        return Some(f64::NAN);
    }
    match text.parse() {
        Ok(value) => Some(value),
        Err(_) => {
            boolean(text).map(f64::from).or_else(|| hexadecimal(text)).or_else(|| percentage(text))
        }
    }
}

/// `true` and `false` in any case of letters. Other pairs (`yes` and `no`, `T` and `F`) are texts by
/// themselves, because columns that hold them often hold a third text too; see [`Answer`].
pub(crate) fn boolean(text: &str) -> Option<bool> {
    match text.len() {
        4 if text.eq_ignore_ascii_case("true") => Some(true),
        5 if text.eq_ignore_ascii_case("false") => Some(false),
        _ => None,
    }
}

/// A word of a pair that says true or false in a column which holds nothing else: `yes` and `no`, `y` and
/// `n`, `t` and `f`, `on` and `off`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Answer {
    pub(crate) value: bool,
    /// Words of one pair belong together: `T` and `N` say nothing.
    pair: u8,
    /// Whether it is one letter, which may as well be the name of a state.
    pub(crate) is_letter: bool,
}

impl Answer {
    /// What a text says, in any case of letters.
    pub(crate) fn of(text: &str) -> Option<Self> {
        const PAIRS: [(&str, &str, u8); 4] =
            [("yes", "no", 0), ("y", "n", 0), ("t", "f", 1), ("on", "off", 2)];
        if text.len() > 3 {
            return None;
        }
        PAIRS.iter().find_map(|&(yes, no, pair)| {
            let value = text.eq_ignore_ascii_case(yes);
            (value || text.eq_ignore_ascii_case(no)).then_some(Self {
                value,
                pair,
                is_letter: text.len() == 1,
            })
        })
    }

    /// Whether all texts of a column answer one question: all are words of one pair. Letters need both of
    /// theirs.
    pub(crate) fn are_all<'a>(texts: impl IntoIterator<Item = &'a str>) -> bool {
        let answers: Option<Vec<Self>> = texts.into_iter().map(Self::of).collect();
        answers.is_some_and(|answers| {
            let Some(first) = answers.first() else { return false };
            let both = answers.iter().any(|answer| answer.value != first.value);
            answers.iter().all(|answer| answer.pair == first.pair)
                && (both || answers.iter().all(|answer| !answer.is_letter))
        })
    }
}

/// A whole number with `0x` in front, of at most 64 bits.
pub(crate) fn hexadecimal(text: &str) -> Option<f64> {
    let digits = text.strip_prefix("0x").or_else(|| text.strip_prefix("0X"))?;
    let plain = digits.bytes().all(|byte| byte.is_ascii_hexdigit());
    let value = plain.then(|| u64::from_str_radix(digits, 16).ok());
    value.flatten().map(|value| value as f64)
}

/// The number in front of a percent sign; `None` if the text is anything else.
pub(crate) fn percentage(text: &str) -> Option<f64> {
    let number = text.strip_suffix('%')?.trim_end();
    // Words that are numbers, such as `inf`, are no percentages.
    let has_digits = number.ends_with(|c: char| c.is_ascii_digit() || c == '.');
    has_digits.then(|| number.parse().ok()).flatten()
}

/// `Infinity`, `-inf` and the like: an infinite number that is written as a word.
pub(crate) fn infinite_word(text: &str) -> Option<f64> {
    let is_word = !text.bytes().any(|byte| byte.is_ascii_digit());
    is_word.then(|| text.parse().ok()).flatten().filter(|value: &f64| value.is_infinite())
}

/// The category that a text stands for, so that the same value is one category in whatever format it
/// stands: `80`, `80.0` and `8e1` are `80`, `True` is `1`. A whole number of any length stays exact, and
/// `007`, which is a code and no number, stays as it is.
pub(crate) fn category(text: &str) -> Cow<'_, str> {
    let text = text.trim();
    match text.as_bytes().first() {
        Some(b'0'..=b'9' | b'-' | b'.') => plain_number(text).unwrap_or(Cow::Borrowed(text)),
        Some(b't' | b'T' | b'f' | b'F') => match boolean(text) {
            Some(true) => Cow::Borrowed("1"),
            Some(false) => Cow::Borrowed("0"),
            None => Cow::Borrowed(text),
        },
        _ => Cow::Borrowed(text),
    }
}

/// The category of a number that has no text.
pub(crate) fn category_of_number(value: f64) -> String {
    // -0 and 0 are one number.
    if value == 0.0 { "0".into() } else { value.to_string() }
}

/// The shortest way to write a decimal number; `None` if the text is none.
fn plain_number(text: &str) -> Option<Cow<'_, str>> {
    let (negative, digits) = match text.strip_prefix('-') {
        Some(digits) => (true, digits),
        None => (false, text),
    };
    let whole_length = digits.bytes().take_while(u8::is_ascii_digit).count();
    let (whole, rest) = digits.split_at(whole_length);
    let (fraction, rest) = match rest.strip_prefix('.') {
        Some(rest) => rest.split_at(rest.bytes().take_while(u8::is_ascii_digit).count()),
        None => ("", rest),
    };
    let code = whole.len() > 1 && whole.starts_with('0');
    if code || (whole.is_empty() && fraction.is_empty()) {
        return None;
    }
    if !rest.is_empty() {
        // A number with an exponent, or no number.
        let value: f64 = text.parse().ok()?;
        let vanished = value == 0.0 && (whole.bytes().chain(fraction.bytes()).any(|b| b != b'0'));
        return (value.is_finite() && !vanished).then(|| category_of_number(value).into());
    }
    let shortest = fraction.trim_end_matches('0');
    let whole = if whole.is_empty() { "0" } else { whole };
    Some(match (negative, shortest) {
        (_, "") if whole == "0" => Cow::Borrowed("0"),
        (false, "") => Cow::Borrowed(&text[..whole_length]),
        (true, "") => Cow::Borrowed(&text[..=whole_length]),
        (_, kept) if kept.len() == fraction.len() && whole_length > 0 => Cow::Borrowed(text),
        (_, kept) => Cow::Owned(format!("{}{whole}.{kept}", if negative { "-" } else { "" })),
    })
}

/// The class that a label stands for: numbers are compared as numbers, so that `0`, `0.0` and `00` are
/// one class, and so are `false` and `0`; everything else is compared as the text that it is, without
/// spaces around it.
pub fn class_name(label: &str) -> String {
    let label = label.trim();
    if let Some(value) = boolean(label) {
        return if value { "1".into() } else { "0".into() };
    }
    let numeric = label.starts_with(|c: char| c.is_ascii_digit() || "+-.".contains(c));
    match label.parse::<f64>() {
        // Longer ones may not survive double precision.
        Ok(value) if numeric && value.is_finite() && label.len() <= 15 => category_of_number(value),
        _ => label.into(),
    }
}

/// Whether a text in a column of numbers looks like a mark for a missing value: it has no digit, and it is
/// short or a usual word, or it is an error of a spreadsheet.
pub(crate) fn looks_missing(text: &str) -> bool {
    const WORDS: [&str; 8] =
        ["missing", "unknown", "undefined", "none", "nil", "(null)", "n.a.", "not available"];
    let text = text.trim();
    let sign = text.chars().count() <= 3 && !text.chars().any(char::is_alphanumeric);
    // `#NUM!`, `#DIV/0!`, `#NAME?`
    let inner = text.strip_prefix('#').and_then(|text| text.strip_suffix(['!', '?']));
    let error = |word: &str| word.bytes().all(|b| b.is_ascii_uppercase() || b"/0".contains(&b));
    let error = inner.is_some_and(|word| (3..=6).contains(&word.len()) && error(word));
    sign || error || WORDS.iter().any(|word| text.eq_ignore_ascii_case(word))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_value_is_one_category_however_it_is_written() {
        for (text, name) in [
            ("80", "80"),
            ("80.0", "80"),
            (" 80 ", "80"),
            ("80.", "80"),
            ("8e1", "80"),
            ("8.0E+01", "80"),
            ("-0", "0"),
            ("-0.0", "0"),
            ("0.50", "0.5"),
            (".5", "0.5"),
            ("-.50", "-0.5"),
            ("-1.50", "-1.5"),
            ("1.25", "1.25"),
            ("9007199254740993", "9007199254740993"),
            ("18446744073709551615.0", "18446744073709551615"),
            ("True", "1"),
            ("FALSE", "0"),
            ("false", "0"),
            // Codes, addresses, dates and words stay as they are.
            ("007", "007"),
            ("00", "00"),
            ("0.10.20", "0.10.20"),
            ("10.0.0.3", "10.0.0.3"),
            ("2024-03-05", "2024-03-05"),
            ("1e999", "1e999"),
            ("1e-999", "1e-999"),
            ("-", "-"),
            (".", "."),
            ("+80", "+80"),
            ("tcp", "tcp"),
            ("falsey", "falsey"),
        ] {
            assert_eq!(category(text), name, "{text:?}");
        }
        for value in [0.1 + 0.2, 1e300, 1.5e-7, 80.0, -2.5] {
            // Rust writes the shortest text that reads back, and so do JSON and pandas.
            assert_eq!(category(&format!("{value:?}")), category_of_number(value));
        }
    }

    #[test]
    fn numbers_are_also_true_false_infinite_and_hexadecimal() {
        for (text, value) in [
            ("True", 1.0),
            ("false", 0.0),
            ("0x0050", 80.0),
            ("0XFFFF", 65535.0),
            ("Infinity", f64::INFINITY),
            ("-inf", f64::NEG_INFINITY),
            ("1e3", 1000.0),
            ("54.4%", 54.4),
            ("-3 %", -3.0),
        ] {
            assert_eq!(number(text), Some(value), "{text}");
        }
        assert!(number("").is_some_and(f64::is_nan) && number("NaN").is_some_and(f64::is_nan));
        for text in ["0x", "0xg1", "x50", "yes", "T", "1,5", "0x11112222333344445"] {
            assert_eq!(number(text), None, "{text}");
        }
        for text in ["%", ".%", "inf%", "NaN%", "5%%", "5% up", "%5", "5"] {
            assert_eq!(percentage(text), None, "{text}");
        }
        for text in ["%", "inf%", "5%%", "%5"] {
            assert_eq!(number(text), None, "{text}");
        }
    }

    #[test]
    fn infinite_words_are_told_from_names_and_from_numbers() {
        for (text, value) in [("Infinity", f64::INFINITY), ("-inf", f64::NEG_INFINITY)] {
            assert_eq!(infinite_word(text), Some(value), "{text}");
        }
        // The second is an identifier whose digits make a number that is too large.
        for text in ["1e999", "12e4567", "NaN", "info", "", "1.5"] {
            assert_eq!(infinite_word(text), None, "{text}");
        }
    }

    #[test]
    fn answers_are_told_from_states() {
        let all = |texts: &str| Answer::are_all(texts.split(' '));
        for texts in ["yes no", "Y n", "T F", "on OFF", "Yes no Y N NO", "no", "ON"] {
            assert!(all(texts), "{texts}");
        }
        for texts in ["T U I", "Y N maybe", "T N", "yes off", "T", "N", "tcp", "T T"] {
            assert!(!all(texts), "{texts}");
        }
        assert!(!Answer::are_all([]));
        let value = |text| Answer::of(text).map(|answer| answer.value);
        assert_eq!((value("yEs"), value("OFF"), value("ja")), (Some(true), Some(false), None));
    }

    #[test]
    fn true_and_one_are_one_class() {
        for (label, class) in [("True", "1"), ("false", "0"), ("1.0", "1"), ("00", "0")] {
            assert_eq!(class_name(label), class);
        }
    }

    #[test]
    fn marks_of_missing_values_are_told_from_texts() {
        for text in ["?", "-", "--", "*", ".", "Unknown", "(null)", "#NUM!", "#DIV/0!", "#NAME?"] {
            assert!(looks_missing(text), "{text}");
        }
        for text in ["a", "12a", "tcp", "----", "#1!", "#tag!"] {
            assert!(!looks_missing(text), "{text}");
        }
    }
}
