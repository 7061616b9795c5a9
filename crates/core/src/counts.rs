//! Counts in words.

use std::fmt::Display;

/// A count and its noun: `1 trial`, `2,000 rows`. The plural of the noun ends with an s.
pub fn counted(number: impl Display, noun: &str) -> String {
    let number = thousands(number);
    let end = if number == "1" { "" } else { "s" };
    format!("{number} {noun}{end}")
}

/// The form of a verb that agrees with a count: `1 row has`, `2 rows have`.
pub fn agreed<'a>(number: usize, one: &'a str, several: &'a str) -> &'a str {
    if number == 1 { one } else { several }
}

/// A whole number with groups of three: `97,278`.
pub fn thousands(number: impl Display) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_are_grouped() {
        let numbers = [7, 999, 1000, 97278, 1234567];
        assert_eq!(numbers.map(thousands), ["7", "999", "1,000", "97,278", "1,234,567"]);
    }

    #[test]
    fn one_is_no_plural() {
        let words = [0, 1, 2, 1001].map(|number| counted(number, "trial"));
        assert_eq!(words, ["0 trials", "1 trial", "2 trials", "1,001 trials"]);
        assert_eq!([0, 1, 2].map(|number| agreed(number, "has", "have")), ["have", "has", "have"]);
    }
}
