//! Everything that prevents a fit, in one message, with remedies that can be pasted.

use oddbench_core::counts::counted;
use oddbench_core::{FeatureKind, quote};
use serde::{Deserialize, Serialize};

use super::observed::{Class, Observed};
use super::{ColumnVerdict, Judgement, Role};
use crate::rows::{RowError, quoted_list, shorten};

/// What is wrong with a column.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Wrong {
    /// It holds numbers and texts.
    Mixed,
    /// Some of its numbers are infinite.
    Infinite,
}

/// One column that cannot be taken as it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Trouble {
    /// The column.
    pub column: String,
    /// What is wrong.
    pub wrong: Wrong,
    /// How many rows are at fault.
    pub rows: u64,
    /// The first of them.
    pub first_line: Option<u64>,
    /// In words, with counts and first lines.
    pub message: String,
    /// The texts among numbers, if each looks like a mark for a missing value.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub marks: Vec<String>,
    /// The texts among far more numbers, if they are few kinds. A remedy offers them as marks, and nothing takes them
    /// for marks by itself.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub words: Vec<String>,
    /// Whether the texts among numbers are numbers in quotes.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub quoted: bool,
}

/// Where the remedies are pasted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Remedies {
    /// In a command.
    Shell,
    /// In `[dataset]` of an experiment.
    Toml,
    /// Nowhere: they are what to choose on the page that shows the columns.
    Page,
}

/// What is wrong with a column that should be a feature.
pub(super) fn troubles(verdict: &ColumnVerdict, seen: &Observed) -> Vec<Trouble> {
    let mixed = verdict.role == Role::Mixed && verdict.kind.is_none();
    let infinite = verdict.kind == Some(FeatureKind::Numeric) && verdict.infinite > 0;
    let name = &verdict.name;
    let found = [mixed.then(|| of_mixed(name, seen)), infinite.then(|| of_infinite(name, seen))];
    found.into_iter().flatten().collect()
}

/// Numbers and texts in one column.
fn of_mixed(column: &str, seen: &Observed) -> Trouble {
    let texts = [Class::Plain, Class::Timestamp, Class::Address, Class::Hash];
    let numbers =
        [Class::Integer, Class::Fraction, Class::Infinite, Class::InfiniteWord, Class::Percentage];
    let (text, text_line) = first(seen, &texts);
    let (number, number_line) = first(seen, &numbers);
    let message = format!(
        "the column \"{column}\" holds the text {:?}{} and the number {number}{} ({}, {})",
        shorten(text),
        in_line(text_line),
        in_line(number_line),
        counted(seen.texts(), "text"),
        counted(seen.numbers(), "number"),
    );
    let (rows, first_line) = match seen.texts() <= seen.numbers() {
        true => (seen.texts(), text_line),
        false => (seen.numbers(), number_line),
    };
    let trimmed = |texts: &[String]| texts.iter().map(|text| text.trim().to_owned()).collect();
    let (marks, words) = (trimmed(seen.marks()), trimmed(seen.rare_words()));
    let quoted = seen.quoted().is_some();
    let column = column.to_owned();
    Trouble { column, wrong: Wrong::Mixed, rows, first_line, message, marks, words, quoted }
}

/// Infinite values among numbers.
fn of_infinite(column: &str, seen: &Observed) -> Trouble {
    let rows = seen.infinite();
    let (_, first_line) = first(seen, &[Class::Infinite, Class::InfiniteWord]);
    let place = first_line.map(|line| format!(", first in line {line}")).unwrap_or_default();
    let message = format!("infinite values in \"{column}\": {}{place}", counted(rows, "row"));
    Trouble {
        column: column.to_owned(),
        wrong: Wrong::Infinite,
        rows,
        first_line,
        message,
        marks: Vec::new(),
        words: Vec::new(),
        quoted: false,
    }
}

fn in_line(line: Option<u64>) -> String {
    line.map(|line| format!(" in line {line}")).unwrap_or_default()
}

/// The first value of some classes and its line.
fn first<'a>(seen: &'a Observed, classes: &[Class]) -> (&'a str, Option<u64>) {
    let there = classes.iter().filter(|class| seen.count_of(**class) > 0);
    let first = there.min_by_key(|class| seen.first_line(**class).unwrap_or(u64::MAX));
    first.map_or(("", None), |class| (seen.first_text(*class), seen.first_line(*class)))
}

impl Judgement {
    /// One error that names every column at fault; `None` if none is. Whether infinite values are a fault
    /// depends on the rule for them.
    pub fn refusal(&self, infinite_is_wrong: bool, remedies: Remedies) -> Option<RowError> {
        let wrong = |trouble: &&Trouble| infinite_is_wrong || trouble.wrong != Wrong::Infinite;
        let troubles: Vec<&Trouble> = self.troubles.iter().filter(wrong).collect();
        let first = troubles.first()?;
        let (line, column) = match troubles.len() {
            1 => (first.first_line, Some(first.column.clone())),
            _ => (None, None),
        };
        let what = match troubles.len() {
            1 => first.message.clone(),
            count => {
                let lines = troubles.iter().map(|trouble| format!("\n  {}", trouble.message));
                format!(
                    "{} columns cannot be taken as they are:{}",
                    count,
                    lines.collect::<String>()
                )
            }
        };
        let remedy = remedy(&troubles, remedies);
        let error = match line {
            Some(line) => self.place.at(line, what, &remedy),
            None => self.place.error(what, &remedy),
        };
        Some(RowError { column, ..error })
    }
}

/// What to do, to be pasted.
fn remedy(troubles: &[&Trouble], remedies: Remedies) -> String {
    let names = |wrong: Option<Wrong>| -> Vec<&str> {
        let these =
            troubles.iter().filter(|trouble| wrong.is_none_or(|wrong| trouble.wrong == wrong));
        let mut names: Vec<&str> = these.map(|trouble| trouble.column.as_str()).collect();
        names.dedup();
        names
    };
    let mut ways = vec![mending(troubles)];
    ways.extend(naming_marks(troubles, remedies));
    let mixed = names(Some(Wrong::Mixed));
    if !mixed.is_empty() {
        let it = if mixed.len() == 1 { "it" } else { "them" };
        ways.push(format!(
            "take {it} for categories: {}",
            setting("categorical", &mixed, remedies)
        ));
    }
    if !names(Some(Wrong::Infinite)).is_empty() && remedies == Remedies::Toml {
        ways.push(
            "take infinite values for missing ones: [preprocess] infinite = \"missing\"".into(),
        );
    }
    let all = names(None);
    let it = if all.len() == 1 { "it" } else { "them" };
    ways.push(format!("leave {it} out: {}", setting("ignore", &all, remedies)));
    let last = ways.pop().unwrap_or_default();
    format!("{}, or {last}", ways.join(", "))
}

/// How to mend the data. Quotes that make texts of numbers are told, for nothing shows them in a message.
fn mending(troubles: &[&Trouble]) -> String {
    let quoted = troubles.iter().filter(|trouble| trouble.quoted);
    let names: Vec<&str> = quoted.map(|trouble| trouble.column.as_str()).collect();
    let names_of = quoted_list(&names);
    match names.len() {
        0 => "mend the data".to_owned(),
        count if count == troubles.len() => {
            format!("write the numbers of {names_of} without quotes: they alone make texts of some")
        }
        _ => format!(
            "mend the data (in {names_of}, write the numbers without quotes: they alone make texts of some)"
        ),
    }
}

/// How to name the marks for missing values, if there are any.
fn naming_marks(troubles: &[&Trouble], remedies: Remedies) -> Option<String> {
    let mut marks: Vec<&str> =
        troubles.iter().flat_map(|t| t.marks.iter().chain(&t.words)).map(String::as_str).collect();
    marks.sort_unstable();
    marks.dedup();
    let stand = match marks.len() {
        0 => return None,
        1 => "a text that stands",
        _ => "texts that stand",
    };
    let setting = setting("na", &marks, remedies);
    Some(format!("name {stand} for a missing value: {setting}"))
}

/// A flag with column names as a shell takes it, or a key as TOML does. A comma in a name is protected as in a
/// CSV file: [`super::split_names`] takes it back.
pub fn setting(key: &str, names: &[&str], remedies: Remedies) -> String {
    match remedies {
        Remedies::Shell => {
            let fields: Vec<_> = names.iter().map(|name| quote::csv(name)).collect();
            let list = fields.join(",");
            // A shell takes a name such as `-1` for a flag.
            let between = if list.starts_with('-') { "=" } else { " " };
            format!("--{key}{between}{}", quote::shell(&list))
        }
        Remedies::Toml => {
            let texts: Vec<String> = names.iter().map(|name| quote::toml(name)).collect();
            format!("{key} = [{}]", texts.join(", "))
        }
        Remedies::Page => {
            let names = names.iter().map(|name| format!("{name:?}")).collect::<Vec<_>>().join(", ");
            match key {
                "categorical" => format!("choose categorical as the kind of {names}"),
                "keep" => format!("tick {names}"),
                "ignore" => format!("untick {names}"),
                "na" => format!("read the file again with {names} among the missing values"),
                other => format!("{other}: {names}"),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Choices, judge_rows};
    use super::*;
    use crate::rows::{ReadOptions, RowReader, Rows};

    fn remedy_of(rows: &Rows) -> String {
        let judgement = judge_rows(rows, &Choices::default()).unwrap();
        judgement.refusal(true, Remedies::Shell).unwrap().remedy
    }

    fn column(values: impl Iterator<Item = String>) -> Rows {
        let lines: String = values.map(|value| format!("{value},x\n")).collect();
        let content = Box::new(std::io::Cursor::new(format!("bytes,other\n{lines}")));
        let reader = RowReader::new(content, "a.csv", &ReadOptions::default()).unwrap();
        reader.read_all().unwrap()
    }

    #[test]
    fn numbers_that_are_sometimes_in_quotes_are_told() {
        let value = |row: i64| match row % 2 {
            0 => serde_json::json!({ "a": row * 37, "b": row * 11 % 101 }),
            _ => serde_json::json!({ "a": (row * 37).to_string(), "b": row * 11 % 101 }),
        };
        let rows: Vec<_> = (1..60).map(|row| value(row * row % 47 + 1)).collect();
        let remedy = remedy_of(&Rows::from_json(&rows).unwrap());
        assert!(remedy.starts_with("write the numbers of \"a\" without quotes"), "{remedy}");
        assert!(remedy.contains("--ignore a"), "{remedy}");
    }

    #[test]
    fn a_few_words_among_many_numbers_may_be_marks() {
        let marks = ["oops", "--", "n.a.", "missing", "?"];
        let remedy = remedy_of(&column((0..300).map(|row| match row % 12 {
            5 => marks[row / 12 % 5].to_owned(),
            _ => (row * row * 31 % 9_973).to_string(),
        })));
        let listed = "texts that stand for a missing value: --na='--,?,missing,n.a.,oops'";
        assert!(remedy.contains(listed), "{remedy}");
        // Many words, or numbers in another form, are no marks.
        for other in ["tcp", "12x"] {
            let every = if other == "tcp" { 3 } else { 50 };
            let remedy = remedy_of(&column((0..300).map(|row| match row % every {
                1 => other.to_owned(),
                _ => (row * row * 31 % 9_973).to_string(),
            })));
            assert!(!remedy.contains("--na"), "{remedy}");
        }
    }
}
