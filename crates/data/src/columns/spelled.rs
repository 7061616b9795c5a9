//! Numbers in other forms than programs read. A column of them holds texts, and a note tells the user what to write.

/// Different values that a column needs before a form that names may have says anything.
const FEW: usize = 3;

/// Where the digits of other scripts begin: Arabic, Persian, Devanagari and the wide ones of East Asia.
const ZEROS: [char; 4] = ['\u{660}', '\u{6f0}', '\u{966}', '\u{ff10}'];

/// Marks that a spreadsheet puts in front of a number to keep it as a text.
const APOSTROPHES: [char; 3] = ['\'', '\u{2019}', '`'];

/// A way in which numbers are written.
struct Form {
    /// What is said of the numbers.
    words: &'static str,
    /// The same number as programs write it; `None`: the text has another form.
    plain: fn(&str) -> Option<String>,
    /// Different values that are needed.
    least: usize,
}

const FORMS: [Form; 5] = [
    Form { words: "in other digits than 0 to 9", plain: in_ascii, least: 1 },
    Form { words: "with an apostrophe", plain: without_apostrophes, least: FEW },
    Form { words: "with underscores between their digits", plain: without_underscores, least: FEW },
    Form { words: "with commas between hundreds", plain: without_lakhs, least: FEW },
    Form { words: "with the letter d as the exponent's mark", plain: with_e, least: FEW },
];

/// What a user should know of a column whose different texts are numbers in one of these forms, nine of ten at least.
pub(super) fn hint(texts: &[&str]) -> Option<String> {
    FORMS.iter().find_map(|Form { words, plain, least }| {
        let found = texts.iter().filter_map(|text| Some((text, plain(text.trim())?)));
        let found: Vec<(&&str, String)> = found.collect();
        let (text, number) = found.first()?;
        (found.len() >= *least && found.len() * 10 >= texts.len() * 9).then(|| {
            format!(
                "its values look like numbers {words}, such as {text:?}; \
                 write {number} in its place to have numbers"
            )
        })
    })
}

/// The number that a text writes in digits of another script; `None`: it is no number, or has no such digit.
fn in_ascii(text: &str) -> Option<String> {
    let digit = |c: char| {
        let of = |zero: &char| (c as u32).checked_sub(*zero as u32).filter(|digit| *digit < 10);
        char::from_digit(ZEROS.iter().find_map(of)?, 10)
    };
    let plain = |c: char| match c {
        '．' | '٫' => '.',
        '，' | '٬' => ',',
        '－' | '−' => '-',
        '＋' => '+',
        c => digit(c).unwrap_or(c),
    };
    let ascii: String = text.chars().map(plain).collect();
    (text.chars().any(|c| digit(c).is_some()) && is_number(&ascii)).then_some(ascii)
}

/// `'527`, as spreadsheets mark a text, or `'527'`.
fn without_apostrophes(text: &str) -> Option<String> {
    let number = text.trim_matches(APOSTROPHES);
    (number.len() < text.len() && is_plain(number)).then(|| number.to_owned())
}

/// `1_527`: thousands as some languages group them.
fn without_underscores(text: &str) -> Option<String> {
    let (first, groups) = unsigned(whole(text)).split_once('_')?;
    let grouped = groups.split('_').all(|group| group.len() == 3) && first.len() <= 3;
    plain_without('_', text).filter(|_| grouped)
}

/// `90,76,103`: groups of two digits in front of the last three, as in India.
fn without_lakhs(text: &str) -> Option<String> {
    let mut groups = unsigned(whole(text)).rsplit(',');
    let thousands = groups.next().is_some_and(|group| group.len() == 3);
    let rest: Vec<&str> = groups.collect();
    let (first, twos) = rest.split_last()?;
    let twos = !twos.is_empty() && twos.iter().all(|group| group.len() == 2);
    let grouped = thousands && twos && (1..=2).contains(&first.len());
    plain_without(',', text).filter(|_| grouped)
}

/// `7.4d0`, as Fortran writes doubles. A decimal point or a signed exponent tells it from a code such as `12d4`.
fn with_e(text: &str) -> Option<String> {
    let (mantissa, exponent) = text.split_once(['d', 'D'])?;
    let told = mantissa.contains('.') || exponent.starts_with(['-', '+']);
    let digits = unsigned(exponent);
    let is_exponent = (1..=3).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit());
    (told && is_exponent && is_plain(mantissa)).then(|| format!("{mantissa}e{exponent}"))
}

/// The number without a mark between its digits.
fn plain_without(mark: char, text: &str) -> Option<String> {
    let number = text.replace(mark, "");
    is_plain(&number).then_some(number)
}

/// What stands in front of the decimal point.
fn whole(text: &str) -> &str {
    text.split_once('.').map_or(text, |(whole, _)| whole)
}

fn unsigned(text: &str) -> &str {
    text.strip_prefix(['-', '+']).unwrap_or(text)
}

/// Digits with one decimal point at most, and no zero in front, as codes have it.
fn is_plain(text: &str) -> bool {
    let digits = unsigned(text);
    let led = digits.len() > 1 && digits.starts_with('0') && !digits.starts_with("0.");
    let plain = digits.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
    plain
        && !led
        && digits.starts_with(|c: char| c.is_ascii_digit())
        && digits.parse::<f64>().is_ok()
}

/// Whether a text is a number once the marks between its digits are gone.
pub(super) fn is_number(text: &str) -> bool {
    let plain = text.trim().replace([',', '\'', '_', ' '], "");
    plain.ends_with(|c: char| c.is_ascii_digit()) && plain.parse::<f64>().is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_of_other_scripts_are_recognised() {
        for (text, number) in [
            ("１２３", Some("123")),
            ("－１．５", Some("-1.5")),
            ("٣٫٥", Some("3.5")),
            ("１２3", Some("123")),
            ("123", None),
            ("tcp６", None),
            ("第１", None),
        ] {
            assert_eq!(in_ascii(text).as_deref(), number, "{text}");
        }
    }

    #[test]
    fn numbers_in_other_forms_are_told_from_codes() {
        for (texts, words) in [
            (["'527", "'797", "'1321"], "with an apostrophe, such as \"'527\"; write 527 in"),
            (["5.93'", "9.16'", "-5.81'"], "such as \"5.93'\"; write 5.93 in"),
            (
                ["1_527", "-1_797", "12_345_678.5"],
                "underscores between their digits, such as \"1_527\"; write 1527 in",
            ),
            (
                ["90,76,103", "5,19,825", "1,93,40,773.5"],
                "hundreds, such as \"90,76,103\"; write 9076103 in",
            ),
            (
                ["7.418d0", "-7.76D+02", "9d-3"],
                "exponent's mark, such as \"7.418d0\"; write 7.418e0 in",
            ),
        ] {
            let found = hint(&texts).unwrap();
            assert!(found.contains(words), "{found}");
        }
        for texts in [
            ["1.2.3", "1.10.0", "2.0.1"],
            ["10.0.0.1", "10.0.0.2", "10.0.0.3"],
            ["'00527", "'00797", "'01321"],
            ["1_5", "12_7", "3_1"],
            ["0_527", "0_797", "0_321"],
            ["80,443", "22,80", "22,443"],
            ["12d4", "7d0", "3D5"],
            ["1d12h", "2d3h", "4.5d"],
            ["tcp", "'udp'", "icmp"],
        ] {
            assert_eq!(hint(&texts), None, "{texts:?}");
        }
        // Nine of ten, and three at least.
        assert_eq!(hint(&["1_527", "1_797"]), None);
        assert_eq!(hint(&["1_527", "1_797", "1_321", "none"]), None);
    }
}
