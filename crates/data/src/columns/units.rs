//! Numbers with a unit. Percentages are read as numbers. A note tells the user about other units.

use oddbench_core::FeatureKind;
use oddbench_core::counts::counted;
use oddbench_core::preprocess::MOST_CATEGORIES;

use super::Role;
use super::hints::{Finding, wide};
use super::observed::{Class, Observed};
use crate::rows::StatedType;

/// Signs of money that stand in front of a number.
const MONEY: [char; 5] = ['$', '€', '£', '¥', '₹'];

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
    let (percentages, plain) = (seen.count_of(Class::Percentage), seen.finite());
    let shown = seen.first_text(Class::Percentage);
    let number = shown.trim_end_matches('%').trim_end();
    let mut note = format!("{shown} is read as the number {number}");
    if plain > 0 {
        let verb = if plain == 1 { "stands" } else { "stand" };
        note.push_str(&format!(
            "; {} without a percent sign {verb} beside {}",
            counted(plain, "number"),
            counted(percentages, "percentage")
        ));
    }
    let kind = FeatureKind::Numeric;
    let finding = Finding::feature(Role::Number, kind, "its values are percentages");
    Finding { note: Some(note), ..finding }
}

/// What a user should know of a column whose texts are numbers with one unit, such as `12.5 ms` or `$3.20`.
pub(super) fn hint(seen: &Observed) -> Option<String> {
    let first = &seen.codes.first;
    let mut found = first.iter().filter_map(|value| Some((unit(&value.text)?, &value.text)));
    let (of_first, example) = found.next()?;
    let same = 1 + found.filter(|(unit, _)| *unit == of_first).count();
    (same >= FEW && same * 10 >= first.len() * 9).then(|| {
        format!(
            "its values look like numbers with the unit {of_first:?}, such as {example:?}; \
             take the unit out of the file to have numbers"
        )
    })
}

/// The unit of a number; `None`: the text is no number, or has none.
fn unit(text: &str) -> Option<&str> {
    let is_number = |text: &str| {
        let plain = text.trim().replace([',', '\'', '_', ' '], "");
        plain.ends_with(|c: char| c.is_ascii_digit()) && plain.parse::<f64>().is_ok()
    };
    if let Some(sign) = text.chars().next().filter(|first| MONEY.contains(first)) {
        let (unit, number) = text.split_at(sign.len_utf8());
        return is_number(number).then_some(unit);
    }
    let end = text.rfind(|c: char| c.is_ascii_digit())? + 1;
    let (number, unit) = text.split_at(end);
    let letter = |c: char| c.is_alphabetic() || MONEY.contains(&c) || "%/µ°²³".contains(c);
    let unit = unit.trim_start();
    let fits = unit.starts_with(|first| first != '/' && letter(first))
        && unit.chars().count() <= LONGEST
        && unit.chars().all(letter);
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
