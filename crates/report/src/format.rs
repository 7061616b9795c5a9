//! Figures as text: the same digits in every table and every sentence.

mod apart;

pub use apart::{apart, difference_with, ends_of_difference, leaves_zero_out, nonzero};
pub use oddbench_core::counts::{agreed, counted, thousands as count};
pub use oddbench_core::shares::{as_percent, percent, percent_of, share};
use oddbench_core::threshold::ThresholdSettings;

use crate::aggregate::{Column, Spread};
use crate::pairs::SIGNIFICANCE;

/// What stands where a figure is undefined or unknown.
pub const UNKNOWN: &str = "–";

/// The mark of figures at a threshold that was chosen on the test rows.
pub const ORACLE: &str = "†";

/// The footnote of [`ORACLE`], where it shows first.
pub const ORACLE_NOTE: &str = "† Oracle: the threshold was chosen on the test rows themselves, \
    with knowledge of their labels or scores. Such figures cannot be reached in practice.";

/// The same, short.
pub const ORACLE_SHORT: &str = "† Oracle: threshold chosen on the test rows.";

/// Three decimals with a sign; nothing is "-0.000".
pub fn difference(value: f64) -> String {
    match format!("{value:+.3}").as_str() {
        "+0.000" | "-0.000" => "0.000".into(),
        text => minus(text),
    }
}

/// The text of a number with a true minus sign.
pub fn minus(text: &str) -> String {
    text.replacen('-', "−", 1)
}

/// Three decimals of what may be negative.
pub fn signed(value: f64) -> String {
    minus(&share(value))
}

/// That many significant digits, in plain notation where it is short.
pub fn significant(value: f64, digits: usize) -> String {
    if value == 0.0 || !value.is_finite() {
        return value.to_string();
    }
    let magnitude = value.abs().log10().floor() as i32;
    if !(-4..7).contains(&magnitude) {
        return format!("{value:.*e}", digits - 1);
    }
    let decimals = (digits as i32 - 1 - magnitude).max(0) as usize;
    format!("{value:.decimals$}")
}

/// A value of that column.
pub fn metric(column: impl Into<Column>, value: f64) -> String {
    if column.into() == Column::Threshold { significant(value, 4) } else { signed(value) }
}

/// The median of a figure over trials; with the count where it is less than `expected`.
pub fn median(spread: Option<Spread>, expected: usize, show: impl Fn(f64) -> String) -> String {
    let Some(spread) = spread else { return UNKNOWN.into() };
    let mut text = show(spread.median);
    if spread.n < expected {
        text.push_str(&format!(" (n = {})", spread.n));
    }
    text
}

/// `mean ± sd`, or the one value: for where a mean is named as such.
pub fn mean_and_deviation(spread: Option<Spread>, show: impl Fn(f64) -> String) -> String {
    let Some(spread) = spread else { return UNKNOWN.into() };
    match spread.sd {
        Some(sd) => format!("{} ± {}", show(spread.mean), show(sd)),
        None => show(spread.mean),
    }
}

/// `0.679 to 0.969`, or nothing where one trial has no range.
pub fn range(spread: Option<Spread>, show: impl Fn(f64) -> String) -> Option<String> {
    let spread = spread.filter(|spread| spread.n > 1)?;
    Some(format!("{} to {}", show(spread.min), show(spread.max)))
}

/// A p-value: three decimals, or that it is less than these show. It has more if it would seem to lie on the border of
/// [`SIGNIFICANCE`].
pub fn p_value(p: f64) -> String {
    if p < 0.001 { "< 0.001".to_owned() } else { apart(p, SIGNIFICANCE, 3) }
}

/// Seconds of wall time for a table. The unit stands in the head of the column. A time below 0.0001 s says nothing of a
/// model, and few people can read `2.30e-5`.
pub fn seconds(value: f64) -> String {
    if 0.0 < value && value < 1e-4 { "< 0.0001".to_owned() } else { significant(value, 3) }
}

/// Wall time for a sentence or a figure, in the unit that makes it short: `1.50 s`, `18.8 ms`, `23.0 µs`.
pub fn duration(value: f64) -> String {
    let (scale, unit) = match value {
        value if value >= 0.1 || value == 0.0 => (1.0, "s"),
        value if value >= 1e-3 => (1e3, "ms"),
        _ => (1e6, "µs"),
    };
    format!("{} {unit}", seconds(scale * value))
}

/// A stated rate as a file has it: `0.01`, `0.001`, `1e-5`.
pub fn rate(value: f64) -> String {
    if value < 1e-4 { format!("{value:e}") } else { value.to_string() }
}

/// Four decimals: good figures of two parts differ in digits that three do not show.
pub fn fine(value: f64) -> String {
    minus(&format!("{value:.4}"))
}

/// Whole MiB.
pub fn megabytes(value: f64) -> String {
    format!("{value:.0}")
}

/// `a`, `a and b`, `a; b and c`.
pub fn listed(items: &[String]) -> String {
    match items {
        [] => String::new(),
        [one] => one.clone(),
        [first @ .., last] => format!("{} and {last}", first.join("; ")),
    }
}

/// A sentence from a phrase: an upper-case letter in front, a full stop behind.
pub fn sentence(phrase: &str) -> String {
    let mut letters = phrase.chars();
    let first = letters.next().map(|c| c.to_uppercase().to_string()).unwrap_or_default();
    format!("{first}{}.", letters.as_str())
}

/// A threshold rule in words: `max-accuracy on the test rows †, candidates rounded to 3 decimals`.
pub fn rule(settings: &ThresholdSettings) -> String {
    settings.describe(ORACLE)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn differences_have_a_sign_and_zero_has_none() {
        assert_eq!(difference(0.01234), "+0.012");
        assert_eq!(difference(-0.5), "−0.500");
        assert_eq!(difference(-0.0001), "0.000");
    }

    #[test]
    fn significant_digits_keep_small_and_large_values_readable() {
        let shown =
            [0.0, 5.3612345, 0.000123456, 123456.7, 1.5e-9, 3.2e12].map(|v| significant(v, 4));
        assert_eq!(shown, ["0", "5.361", "0.0001235", "123457", "1.500e-9", "3.200e12"]);
    }

    #[test]
    fn a_median_says_when_seeds_are_missing_and_a_mean_its_deviation() {
        let of = |values: &[f64]| Spread::of(values.iter().copied());
        assert_eq!(median(None, 3, share), "–");
        assert_eq!(median(of(&[0.5]), 1, share), "0.500");
        assert_eq!(median(of(&[0.5, 0.5, 0.8]), 4, share), "0.500 (n = 3)");
        assert_eq!(range(of(&[0.5, 0.5, 0.8]), share).as_deref(), Some("0.500 to 0.800"));
        assert_eq!(range(of(&[0.5]), share), None);
        assert_eq!(mean_and_deviation(of(&[0.5, 0.7]), share), "0.600 ± 0.141");
    }

    #[test]
    fn a_small_time_has_a_small_unit() {
        let shown = [1.5, 0.1, 0.01, 2.3e-5].map(duration);
        assert_eq!(shown, ["1.50 s", "0.100 s", "10.0 ms", "23.0 µs"]);
        // A table has one unit for all.
        assert_eq!([0.0, 1e-4, 2.3e-5].map(seconds), ["0", "0.000100", "< 0.0001"]);
    }

    #[test]
    fn a_small_p_is_below_what_shows() {
        assert_eq!([0.000_4, 0.0494, 1.0].map(p_value), ["< 0.001", "0.049", "1.000"]);
        // One is below 0.05 and one is above it, and both say so.
        assert_eq!([0.0496, 0.0504].map(p_value), ["0.0496", "0.0504"]);
    }
}
