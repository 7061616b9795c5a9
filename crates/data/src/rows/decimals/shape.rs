//! What a text may be as a number, in whatever way it is written.

use super::style::{Style, is_grouped, same_mark, split_exponent, split_percent};

/// What a text may be as a number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shape {
    /// It has no digit: a word, or a mark for a missing value.
    NoDigit,
    /// It has digits and is no number: an address, a date, a code.
    NoNumber,
    /// `12`
    Short,
    /// `1234`: four digits or more and no mark.
    Long,
    /// `1.5`
    Point,
    /// `1.234`
    PointOrGroup,
    /// `1.234.567`
    PointGroups,
    /// `1,5`
    Comma,
    /// `1,234`
    CommaOrGroup,
    /// `1,234,567` or `1,234.5`
    CommaGroups,
    /// `1.234,5`
    PointGroupsComma,
    /// `1'234` or `1 234`
    Quotes,
    Blanks,
    /// `1'234,5` or `1 234,5`
    QuotesComma,
    BlanksComma,
}

pub(super) const SHAPES: usize = Shape::BlanksComma as usize + 1;

pub(super) fn shape(text: &str) -> Shape {
    if !text.bytes().any(|byte| byte.is_ascii_digit()) {
        return Shape::NoDigit;
    }
    let text = split_percent(text).0;
    let (mantissa, exponent) = split_exponent(text);
    let digits = mantissa.trim_start_matches(['-', '+']);
    let fits = |decimal, thousands| {
        Style::new(decimal, Some(thousands)).rewrite(mantissa, &mut String::new())
    };
    let marks = |mark: char| digits.chars().filter(|&c| same_mark(mark, c)).count();
    match (marks(','), marks('.'), marks('\''), marks(' ')) {
        (0, 0, 0, 0) if !digits.bytes().all(|byte| byte.is_ascii_digit()) => Shape::NoNumber,
        (0, 0, 0, 0) if digits.len() > 3 && exponent.is_empty() => Shape::Long,
        (0, 0, 0, 0) => Shape::Short,
        (0, 1, 0, 0) if is_grouped(digits, '.') && exponent.is_empty() => Shape::PointOrGroup,
        (0, 1, 0, 0) if text.parse::<f64>().is_ok() => Shape::Point,
        (0, 3, 0, 0) if text.parse::<std::net::Ipv4Addr>().is_ok() => Shape::NoNumber,
        (0, _, 0, 0) if is_grouped(digits, '.') => Shape::PointGroups,
        (1, 0, 0, 0) if is_grouped(digits, ',') && exponent.is_empty() => Shape::CommaOrGroup,
        (1, 0, 0, 0) if fits(',', '.') => Shape::Comma,
        (_, 0, 0, 0) if is_grouped(digits, ',') => Shape::CommaGroups,
        (_, 1, 0, 0) if fits('.', ',') => Shape::CommaGroups,
        (1, _, 0, 0) if fits(',', '.') => Shape::PointGroupsComma,
        (0, 0 | 1, _, 0) if fits('.', '\'') => Shape::Quotes,
        (1, 0, _, 0) if fits(',', '\'') => Shape::QuotesComma,
        (0, 0 | 1, 0, _) if fits('.', ' ') => Shape::Blanks,
        (1, 0, 0, _) if fits(',', ' ') => Shape::BlanksComma,
        _ => Shape::NoNumber,
    }
}

/// Whether the text is a number in some way of writing.
pub(in crate::rows) fn is_number(text: &str) -> bool {
    shape(text) as usize >= Shape::Short as usize
}
