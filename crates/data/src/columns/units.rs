//! Numbers with a unit. Percentages are read as numbers. A note tells the user about other units.

use oddbench_core::FeatureKind;
use oddbench_core::preprocess::MOST_CATEGORIES;

use super::Role;
use super::hints::{Finding, wide};
use super::observed::{Class, Observed};
use super::spelled::{self, is_number};
use crate::rows::{StatedType, mixture};
use crate::values;

/// Signs of money that stand in front of a number.
const MONEY: [char; 5] = ['$', '€', '£', '¥', '₹'];

/// Units of time.
const TIMES: &[&str] = &[
    "ns", "us", "µs", "ms", "s", "sec", "secs", "m", "min", "mins", "h", "hr", "hrs", "d", "days",
];

/// Units that measure one quantity: whoever reads numbers with some of them must convert them.
const QUANTITIES: [&[&str]; 2] = [
    TIMES,
    &["B", "KB", "kB", "K", "MB", "M", "GB", "G", "TB", "T", "KiB", "MiB", "GiB", "TiB", "bytes"],
];

/// The longest unit, in letters.
const LONGEST: usize = 8;

/// Different values that a column needs before a unit says anything.
const FEW: usize = 3;

/// A column of percentages, perhaps with some plain numbers. A source that says that they are names is believed.
pub(super) fn percentages(seen: &Observed, most_categories: Option<usize>) -> Finding {
    if seen.stated == Some(StatedType::Category) {
        let finding = match seen.distinct().filter(|distinct| *distinct <= MOST_CATEGORIES) {
            Some(_) => Finding::feature(
                Role::Category,
                FeatureKind::Categorical,
                "the source says that its percentages are names",
            ),
            None => wide(seen.distinct(), most_categories),
        };
        let note = "its percentages are taken for categories, as the source says".to_owned();
        return Finding { note: Some(note), ..finding };
    }
    let shown = seen.first_text(Class::Percentage);
    let number = shown.trim_end_matches('%').trim_end();
    let mut note = format!("{shown} is read as the number {number}");
    let mixture = mixture(seen.count_of(Class::Percentage) as usize, seen.finite() as usize);
    note.extend(mixture.map(|mixture| format!("; {mixture}")));
    let kind = FeatureKind::Numeric;
    let finding = Finding::feature(Role::Number, kind, "its values are percentages");
    Finding { note: Some(note), ..finding }
}

/// What a user should know of a column whose texts are numbers with units, such as `12.5 ms` or `$3.20`.
pub(super) fn hint(seen: &Observed) -> Option<String> {
    let first = &seen.codes.first;
    let texts: Vec<&str> = first.iter().map(|value| value.text.as_str()).collect();
    if let Some(hint) = spelled::hint(&texts) {
        return Some(hint);
    }
    let found = first.iter().filter_map(|value| Some((unit(&value.text)?, value.text.as_str())));
    let found: Vec<(&str, &str)> = found.collect();
    let are_most = |count: usize| count >= FEW && count * 10 >= first.len() * 9;
    let &(of_first, example) = found.first()?;
    let same = found.iter().filter(|(unit, _)| *unit == of_first).count();
    match of_first {
        "%" if values::percentage(example).is_none() => are_most(same).then(|| {
            format!(
                "its values look like percentages, such as {example:?}, whose marks may stand for decimals or \
                 thousands; write them with decimal points alone to have numbers"
            )
        }),
        "％" => are_most(same).then(|| {
            format!(
                "its values look like percentages, such as {example:?}, with the sign {of_first:?}; \
                 write % in its place to have numbers"
            )
        }),
        _ if are_most(same) => Some(format!(
            "its values look like numbers with the unit {of_first:?}, such as {example:?}; \
             take the unit out of the file to have numbers"
        )),
        _ => several_units(&found).filter(|_| are_most(found.len())),
    }
}

/// The same of numbers with several units of one quantity, such as `382ms` and `2.4 s`.
fn several_units(found: &[(&str, &str)]) -> Option<String> {
    let &(one, example) = found.first()?;
    let &(other, of_other) = found.iter().find(|(unit, _)| *unit != one)?;
    let measure_one_thing = |units: &&&[&str]| found.iter().all(|(unit, _)| units.contains(unit));
    QUANTITIES.iter().find(measure_one_thing)?;
    Some(format!(
        "its values look like numbers with several units, such as {example:?} ({one}) and {of_other:?} ({other}); \
         write all in one unit, and leave the unit out, to have numbers"
    ))
}

/// The unit of a number; `None`: the text is no number, or has none.
fn unit(text: &str) -> Option<&str> {
    if let Some(sign) = text.chars().next().filter(|first| MONEY.contains(first)) {
        let (unit, number) = text.split_at(sign.len_utf8());
        return is_number(number).then_some(unit);
    }
    let end = text.rfind(|c: char| c.is_ascii_digit())? + 1;
    let (number, unit) = text.split_at(end);
    let letter = |c: char| c.is_alphabetic() || MONEY.contains(&c) || "%％/µ°²³".contains(c);
    let unit = unit.trim_start();
    let is_rate = unit.strip_prefix('/').is_some_and(|time| TIMES.contains(&time));
    let begins = is_rate || unit.starts_with(|first| first != '/' && letter(first));
    let fits = begins && unit.chars().count() <= LONGEST && unit.chars().all(letter);
    (fits && is_number(number)).then_some(unit)
}

#[cfg(test)]
mod tests {
    use super::unit;

    #[test]
    fn units_are_told_from_names() {
        for (text, found) in [
            ("12.5 ms", Some("ms")),
            ("1,024KB", Some("KB")),
            ("3 MB/s", Some("MB/s")),
            ("$3.20", Some("$")),
            ("-5 €", Some("€")),
            ("54.4％", Some("％")),
            ("3/s", Some("/s")),
            ("0.5 /min", Some("/min")),
            ("12", None),
            ("tcp6", None),
            ("80/tcp", None),
            ("10.0.0.3/24", None),
            ("10.0.0.3x", None),
            ("ms", None),
            ("5 packets and more", None),
            ("v1.2", None),
            ("1st of May", None),
        ] {
            assert_eq!(unit(text), found, "{text}");
        }
    }
}
