//! One way to write numbers, and the same numbers as programs write them.

/// How the numbers of a column are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::rows) struct Style {
    decimal: char,
    thousands: Option<char>,
}

impl Style {
    pub(super) fn new(decimal: char, thousands: Option<char>) -> Self {
        Self { decimal, thousands }
    }

    /// Whether that mark stands in front of decimals.
    pub(super) fn is_decimal(self, mark: char) -> bool {
        self.decimal == mark
    }

    /// Writes the number as programs do; `false`: the text is none of this style, or needs no change.
    pub(in crate::rows) fn rewrite(self, text: &str, plain: &mut String) -> bool {
        if text.bytes().all(|byte| byte.is_ascii_digit()) {
            return false;
        }
        plain.clear();
        let (number, percent) = split_percent(text);
        let (mantissa, exponent) = split_exponent(number);
        let digits = match mantissa.strip_prefix('-') {
            Some(digits) => {
                plain.push('-');
                digits
            }
            None => mantissa.strip_prefix('+').unwrap_or(mantissa),
        };
        let (whole, fraction) = digits.split_once(self.decimal).unwrap_or((digits, "0"));
        let is_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
        let grouped = self.thousands.is_some_and(|mark| is_grouped(whole, mark));
        if fraction.is_empty() || !is_digits(fraction) || !(grouped || is_digits(whole)) {
            return false;
        }
        if whole.is_empty() {
            // `,5`, but not a sign alone.
            if !digits.contains(self.decimal) {
                return false;
            }
            plain.push('0');
        }
        plain.extend(whole.chars().filter(char::is_ascii_digit));
        if digits.contains(self.decimal) {
            plain.push('.');
            plain.push_str(fraction);
        }
        plain.push_str(exponent);
        plain.push_str(percent);
        true
    }
}

/// The number in front of a percent sign, and the sign.
pub(super) fn split_percent(text: &str) -> (&str, &str) {
    match text.strip_suffix('%') {
        Some(number) => (number.trim_end(), "%"),
        None => (text, ""),
    }
}

/// The number in front of an exponent, and the exponent with its letter.
pub(super) fn split_exponent(text: &str) -> (&str, &str) {
    let Some(at) = text.find(['e', 'E']) else { return (text, "") };
    let digits = text[at + 1..].trim_start_matches(['+', '-']);
    let valid = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    if valid { text.split_at(at) } else { (text, "") }
}

/// Marks that writers use for one another.
pub(super) fn same_mark(mark: char, other: char) -> bool {
    let class = |mark| match mark {
        '\'' | '’' => '\'',
        ' ' | '\u{a0}' | '\u{202f}' | '\u{2009}' => ' ',
        mark => mark,
    };
    class(mark) == class(other)
}

/// Whether the text is one to three digits and then groups of three.
pub(super) fn is_grouped(whole: &str, mark: char) -> bool {
    let digits = |group: &str| group.bytes().all(|byte| byte.is_ascii_digit());
    let mut groups = whole.split(|c| same_mark(mark, c));
    let first = groups.next().unwrap_or_default();
    let mut rest = groups.peekable();
    (1..=3).contains(&first.len())
        && digits(first)
        && !first.starts_with('0')
        && rest.peek().is_some()
        && rest.all(|group| group.len() == 3 && digits(group))
}
