//! What one column is, from its name and its values, without the other columns.

use oddbench_core::FeatureKind;
use oddbench_core::counts::{counted, thousands};
use oddbench_core::preprocess::MOST_CATEGORIES;

use super::Role;
use super::codes::{EXACT, MOST_DISTINCT};
use super::names::{self, IdName};
use super::observed::{Class, Observed};
use super::units;
use crate::rows::StatedType;
use crate::times::{is_clock, is_date_number};
use crate::values::Answer;

/// Values that a column needs before the lack of repetition says anything.
const FEW: u64 = 10;

/// What a column is taken for.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Finding {
    pub(super) role: Role,
    /// The kind that it has; `None`: nothing, or numbers and texts.
    pub(super) kind: Option<FeatureKind>,
    pub(super) left_out: bool,
    pub(super) reason: String,
    pub(super) note: Option<String>,
}

impl Finding {
    pub(super) fn feature(role: Role, kind: FeatureKind, reason: impl Into<String>) -> Self {
        Self { role, kind: Some(kind), left_out: false, reason: reason.into(), note: None }
    }

    fn out(role: Role, kind: FeatureKind, reason: impl Into<String>) -> Self {
        Self { left_out: true, ..Self::feature(role, kind, reason) }
    }
}

/// What a column is by its name and its values.
pub(super) fn natural(
    words: &[String],
    seen: &Observed,
    rows: u64,
    most_categories: Option<usize>,
) -> Finding {
    let (numbers, texts, values) = (seen.numbers(), seen.texts(), seen.values());
    if values == 0 {
        return Finding {
            role: Role::Empty,
            kind: None,
            left_out: true,
            reason: "no row has a value".into(),
            note: None,
        };
    }
    if let Some(finding) = stated(words, seen) {
        return finding;
    }
    if let Some(finding) = quoted(words, seen) {
        return finding;
    }
    // A few percentages among other texts are texts. Marks for missing values are none, however many there are.
    let percentages = seen.count_of(Class::Percentage);
    let are_numbers = numbers > percentages || percentages > texts || !seen.marks().is_empty();
    if numbers > 0 && texts > 0 && are_numbers {
        return mixed(words, seen);
    }
    if texts > 0 {
        return text(words, seen, most_categories);
    }
    let constant = seen.distinct() == Some(1) && values > 1;
    if percentages > 0 && !constant {
        return units::percentages(seen, most_categories);
    }
    if seen.count_of(Class::Boolean) > 0 {
        let kind = FeatureKind::Numeric;
        return match (numbers, constant) {
            (_, true) => constant_of(kind, seen),
            (0, false) => Finding::feature(Role::Boolean, kind, "its values are true and false"),
            _ => Finding::feature(Role::Number, kind, "its values are numbers, true and false"),
        };
    }
    number(words, seen, rows, constant)
}

/// What the source says itself, where that decides.
fn stated(words: &[String], seen: &Observed) -> Option<Finding> {
    let kind = if seen.texts() > 0 { FeatureKind::Categorical } else { FeatureKind::Numeric };
    let out = |role, what: &str| {
        Finding::out(role, kind, format!("the source says that it holds {what}"))
    };
    match seen.stated? {
        StatedType::Timestamp => Some(out(Role::Timestamp, "points in time")),
        StatedType::Address => Some(out(Role::Address, "addresses")),
        StatedType::Port if seen.texts() == 0 && !names::port(words) => {
            Some(port("the source says that it holds ports"))
        }
        _ => None,
    }
}

fn port(why: &str) -> Finding {
    let reason = format!("{why}; taken as a number, and on request for categories");
    Finding::feature(Role::Port, FeatureKind::Numeric, reason)
}

fn constant_of(kind: FeatureKind, seen: &Observed) -> Finding {
    let value = seen.codes.first.first().map_or("", |value| value.text.as_str());
    let rows = match seen.count_of(Class::Missing) {
        0 => "in all rows",
        _ => "wherever there is one",
    };
    Finding::feature(Role::Constant, kind, format!("it has the value {value:?} {rows}"))
}

/// Numbers that the source holds as texts: `"5.18"` in JSON. A few may be versions, and whole ones names of
/// things.
fn quoted(words: &[String], seen: &Observed) -> Option<Finding> {
    let quoted = seen.quoted()?;
    let many = seen.distinct().is_none_or(|distinct| distinct > 20);
    let measured = names::measurement(words) || names::port(words);
    let as_numbers = quoted.fraction || (measured && seen.codes.repeated);
    if !many || !as_numbers || seen.stated == Some(StatedType::Category) {
        return None;
    }
    let kind = FeatureKind::Numeric;
    // Seconds since 2000.
    if names::surely_time(words) || (names::time(words) && quoted.min >= 946_684_800.0) {
        let reason = "its name and its values are those of points in time";
        return Some(Finding::out(Role::Timestamp, kind, reason));
    }
    let note = Some("its texts are taken for the numbers that they are".to_owned());
    let finding = Finding::feature(Role::Number, kind, "its values are numbers written as texts");
    Some(Finding { note, ..finding })
}

/// Numbers and texts: a trouble, unless it is no feature anyway.
fn mixed(words: &[String], seen: &Observed) -> Finding {
    let categorical = FeatureKind::Categorical;
    let (numbers, texts) = (seen.numbers(), seen.texts());
    let all_differ = !seen.codes.repeated && seen.values() >= FEW;
    if all_differ && (names::identifier(words) > IdName::No || texts >= numbers) {
        let reason = format!("all its {} values differ, as identifiers do", seen.values());
        return Finding::out(Role::Identifier, categorical, reason);
    }
    if names::address(words) {
        return Finding::out(Role::Address, categorical, "its name is that of an address");
    }
    let many =
        |class: Class| seen.count_of(class) * 10 >= texts * 9 && texts * 10 >= seen.values() * 9;
    if many(Class::Address) {
        return Finding::out(Role::Address, categorical, "most of its values are addresses");
    }
    if many(Class::Timestamp) {
        return Finding::out(Role::Timestamp, categorical, "most of its values are points in time");
    }
    let reason = format!("{} and {}", counted(numbers, "number"), counted(texts, "text"));
    Finding { role: Role::Mixed, kind: None, left_out: true, reason, note: None }
}

fn text(words: &[String], seen: &Observed, most_categories: Option<usize>) -> Finding {
    let kind = FeatureKind::Categorical;
    let (texts, values) = (seen.texts(), seen.values());
    let most = |class: Class| seen.count_of(class) * 10 >= texts * 9;
    if most(Class::Address) {
        return Finding::out(Role::Address, kind, "its values are addresses");
    }
    if most(Class::Timestamp) {
        return Finding::out(Role::Timestamp, kind, "its values are points in time");
    }
    if of_clocks(words, seen) {
        return Finding::out(Role::Timestamp, kind, "its values are times of day");
    }
    if are_answers(seen) {
        let kind = FeatureKind::Numeric;
        return match seen.distinct() == Some(1) && values > 1 {
            true => constant_of(kind, seen),
            false => Finding::feature(Role::Boolean, kind, "its values are those of yes and no"),
        };
    }
    if seen.distinct() == Some(1) && values > 1 {
        return constant_of(kind, seen);
    }
    if names::address(words) {
        return Finding::out(Role::Address, kind, "its name is that of an address");
    }
    let distinct = seen.distinct();
    let hint = units::hint(seen);
    let told = hint.as_ref().map(|hint| format!("; {hint}")).unwrap_or_default();
    if !seen.codes.repeated && values >= FEW {
        let counted = thousands(distinct.map_or(values, |distinct| distinct as u64));
        let first = if distinct.is_none() { "first " } else { "" };
        let reason = format!("all its {first}{counted} texts differ, as identifiers do{told}");
        return Finding::out(Role::Identifier, kind, reason);
    }
    // A few repetitions: the rows of one thing, or of one moment.
    let share = distinct.map(|distinct| distinct as f64 / values as f64);
    let nearly = values >= 100 && share.is_some_and(|share| share >= 0.95);
    let hashes = most(Class::Hash) && values >= FEW && share.is_none_or(|share| share >= 0.5);
    let named = match names::identifier(words) {
        IdName::Yes => values > 1 && share.is_none_or(|share| share >= 0.5),
        IdName::Perhaps => values >= FEW && share.is_none_or(|share| share >= 0.9),
        IdName::No => false,
    };
    if nearly || hashes || named {
        let reason = match distinct {
            Some(distinct) => format!(
                "{} of its {} texts differ, as identifiers do{told}",
                thousands(distinct as u64),
                thousands(values)
            ),
            None => "its texts are names of things without end, as identifiers are".into(),
        };
        return Finding::out(Role::Identifier, kind, reason);
    }
    if distinct.is_none_or(|distinct| distinct > MOST_CATEGORIES) {
        return Finding { note: hint, ..wide(distinct, most_categories) };
    }
    let finding = Finding::feature(Role::Category, kind, "its values are texts that come again");
    Finding { note: hint, ..finding }
}

/// Whether the values are hours and minutes. A pair such as 4:12 is one by its name alone, or beside minutes with
/// a zero in front, as no ratio has them.
fn of_clocks(words: &[String], seen: &Observed) -> bool {
    let first = &seen.codes.first;
    let zero = |text: &str| text.split_once(':').is_some_and(|(_, rest)| rest.starts_with('0'));
    first.len() > 1
        && first.iter().all(|value| is_clock(&value.text))
        && (names::time(words) || first.iter().any(|value| zero(&value.text)))
}

/// Whether the column says true or false in words such as yes and no. Where the source itself says that it
/// holds texts, they are left as they are.
fn are_answers(seen: &Observed) -> bool {
    let first = &seen.codes.first;
    let texts = matches!(seen.stated, Some(StatedType::Category | StatedType::Text));
    !texts
        && seen.distinct() == Some(first.len())
        && Answer::are_all(first.iter().map(|value| value.text.as_str()))
}

/// More categories than one-hot encoding takes. Other encodings take them.
pub(super) fn wide(distinct: Option<usize>, most_categories: Option<usize>) -> Finding {
    let count = match distinct {
        Some(distinct) => thousands(distinct as u64),
        None => format!("more than {}", thousands(MOST_DISTINCT as u64)),
    };
    let most = thousands(MOST_CATEGORIES as u64);
    let reason = format!("it has {count} categories, and one-hot encoding takes at most {most}");
    let finding = Finding::feature(Role::TooWide, FeatureKind::Categorical, reason);
    let left_out =
        most_categories.is_some_and(|most| distinct.is_none_or(|distinct| distinct > most));
    Finding { left_out, ..finding }
}

fn number(words: &[String], seen: &Observed, rows: u64, constant: bool) -> Finding {
    let kind = FeatureKind::Numeric;
    let whole = seen.count_of(Class::Fraction) == 0;
    let is_id = names::identifier(words) == IdName::Yes && !names::time(words);
    if !is_id && let Some(reason) = point_in_time(words, seen, whole) {
        return Finding::out(Role::Timestamp, kind, reason);
    }
    if names::address(words) && whole && seen.max > 65_535.0 {
        return Finding::out(Role::Address, kind, "its name is that of an address");
    }
    if constant {
        return constant_of(kind, seen);
    }
    if whole && let Some(reason) = row_number(words, seen, rows) {
        return Finding::out(Role::Identifier, kind, reason);
    }
    if whole && names::port(words) && seen.min >= 0.0 && seen.max <= 65_535.0 {
        return port("its name is that of a port");
    }
    Finding::feature(Role::Number, kind, "its values are numbers")
}

/// Why a column of numbers is a point in time.
fn point_in_time(words: &[String], seen: &Observed, whole: bool) -> Option<String> {
    if seen.finite() < 2 {
        return None;
    }
    // From 2000 to 2050, in seconds.
    let (from, to) = (946_684_800.0, 2_524_608_000.0);
    let units =
        [("seconds", 1.0), ("milliseconds", 1e3), ("microseconds", 1e6), ("nanoseconds", 1e9)];
    let unit = units.iter().find(|(_, scale)| seen.min >= from * scale && seen.max <= to * scale);
    let named = names::time(words);
    let grows = seen.run.never_falls && seen.finite() >= 20 && seen.max > seen.min;
    if let Some((unit, _)) = unit.filter(|_| named || grows) {
        let why = if named { "its name and its values" } else { "its values, which never fall," };
        return Some(format!("{why} are those of points in time ({unit} since 1970)"));
    }
    let day = |value: f64| value <= f64::from(u32::MAX) && is_date_number(value as u32);
    if named && whole && day(seen.min) && day(seen.max) && seen.min > 19_000_000.0 {
        return Some("its name and its values are those of dates".into());
    }
    if names::surely_time(words) {
        return Some("its name is that of points in time".into());
    }
    if names::time_alone(words) && grows {
        return Some("its name is that of time, and it never falls from row to row".into());
    }
    None
}

/// Whether most whole numbers are so large that a double does not hold all their digits, and one of them has
/// such digits. A double of that size is written with zeros at its end.
fn beyond_doubles(seen: &Observed) -> bool {
    let first = &seen.codes.first;
    let large = |text: &str| text.parse::<i128>().is_ok_and(|value| (value as f64).abs() > EXACT);
    let large: Vec<&str> =
        first.iter().map(|value| value.text.as_str()).filter(|text| large(text)).collect();
    let is_double = |text: &str| text.parse::<f64>().is_ok_and(|value| value.to_string() == text);
    2 * large.len() >= first.len() && large.iter().any(|text| !is_double(text))
}

/// Why whole numbers are numbers of rows or of things.
fn row_number(words: &[String], seen: &Observed, rows: u64) -> Option<String> {
    let count = seen.finite();
    let name = names::identifier(words);
    let differ = !seen.codes.repeated;
    let (min, max) = (seen.min, seen.max);
    let span = max - min + 1.0;
    let complete = count == rows;
    if differ && count >= FEW && beyond_doubles(seen) {
        return Some(format!(
            "all its {} numbers differ, in digits that a number of 64 bits does not hold",
            thousands(count)
        ));
    }
    if names::measurement(words) {
        let counts = complete && count >= FEW && seen.run.increasing && span == count as f64;
        return (counts && (min == 0.0 || min == 1.0)).then(|| "it counts the rows".into());
    }
    if complete && count >= FEW && (seen.run.increasing || seen.run.decreasing) {
        // Numbers of rows of which some were left out; a measurement that is sorted jumps further.
        let step = span / count as f64;
        if span == count as f64 {
            return Some("it counts the rows".into());
        }
        if step <= 20.0 && count >= 50 || step <= 1.5 {
            return Some(
                "it numbers the rows: each value is greater than the one before"
                    .replace("greater", if seen.run.increasing { "greater" } else { "less" }),
            );
        }
    }
    if count >= 2 * FEW && seen.run.is_permutation(min, max) {
        return Some(format!("it holds each number from {min} to {max} once, as row numbers do"));
    }
    // A part of the rows in any order, such as the 70 % of a split: nearly every number of the range, and none
    // twice. Measurements of so small a range repeat.
    if differ && complete && count >= 50 && span <= 1.5 * count as f64 {
        return Some(format!("all its {} numbers differ, as row numbers do", thousands(count)));
    }
    let share = seen.distinct().map(|distinct| distinct as f64 / count as f64);
    let named = match name {
        IdName::Yes => differ || share.is_none_or(|share| share >= 0.5),
        IdName::Perhaps => count >= FEW && share.map_or(differ, |share| share >= 0.9),
        IdName::No => false,
    };
    (named && count > 1).then(|| "its name and its values are those of an identifier".into())
}
