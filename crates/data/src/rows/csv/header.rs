//! The first line of a CSV text: names that pandas would give its columns, or a row of a text without a
//! header.

use std::collections::{HashMap, HashSet};
use std::net::IpAddr;

use crate::rows::decimals::is_number;
use crate::rows::names::invisible_mark;
use crate::rows::{MissingMarks, quoted_list};
use crate::values;

/// The names of the columns, and what was changed about them.
pub(super) struct Names {
    pub(super) names: Vec<String>,
    pub(super) notes: Vec<String>,
}

/// Gives every column a different name, as pandas does: a column without a name becomes `Unnamed: 0` by
/// its position, and a name that is there already takes `.1`, `.2` and so on behind it.
pub(super) fn distinct(header: &[String]) -> Names {
    let mut names: Vec<String> = header.to_vec();
    let (unnamed, stated): (Vec<usize>, Vec<usize>) =
        (0..names.len()).partition(|&at| names[at].is_empty());
    for &at in &unnamed {
        names[at] = format!("Unnamed: {at}");
    }
    let mut taken: HashSet<String> = names.iter().cloned().collect();
    let mut counts: HashMap<String, usize> = HashMap::new();
    // Names that the file states come first, so that they stay as they are.
    let mut renamed = Vec::new();
    for at in stated.into_iter().chain(unnamed.iter().copied()) {
        let stated = names[at].clone();
        let mut name = stated.clone();
        let mut count = counts.get(&name).copied().unwrap_or(0);
        while count > 0 {
            counts.insert(stated.clone(), count + 1);
            name = format!("{stated}.{count}");
            count = match taken.contains(&name) {
                true => count + 1,
                false => counts.get(&name).copied().unwrap_or(0),
            };
        }
        if name != stated {
            taken.insert(name.clone());
            if !header[at].is_empty() {
                renamed.push((at, stated, name.clone()));
            }
        }
        counts.entry(name.clone()).and_modify(|count| *count += 1).or_insert(1);
        names[at] = name;
    }
    Names { notes: notes(&names, &unnamed, &renamed), names }
}

/// How many names a note lists one by one.
const TOLD: usize = 20;

fn notes(names: &[String], unnamed: &[usize], renamed: &[(usize, String, String)]) -> Vec<String> {
    let mut notes: Vec<String> =
        names.iter().filter_map(|name| invisible(name)).take(TOLD).collect();
    if !unnamed.is_empty() {
        let list: Vec<&str> = unnamed.iter().map(|&at| names[at].as_str()).collect();
        let verb = if list.len() == 1 {
            "a column has no name and is"
        } else {
            "columns have no names and are"
        };
        notes.push(format!("{verb} called {}", quoted_list(&list)));
    }
    for (at, stated, name) in renamed.iter().take(TOLD) {
        notes.push(format!(
            "the name {stated:?} stands more than once; column {} is called {name:?}",
            at + 1
        ));
    }
    if renamed.len() > TOLD {
        notes.push(format!("{} more names stand more than once", renamed.len() - TOLD));
    }
    notes
}

/// A name that no one can type as it looks.
fn invisible(name: &str) -> Option<String> {
    let mark = u32::from(invisible_mark(name)?);
    Some(format!(
        "the name {name:?} holds the invisible mark U+{mark:04X}; take it out of the header"
    ))
}

/// What a value looks like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Look {
    Missing,
    Number,
    /// Programs name quantiles so: it may stand above numbers.
    Percentage,
    Address,
    Time,
    Text,
}

impl Look {
    fn in_words(self) -> &'static str {
        match self {
            Self::Address => "an address",
            Self::Time => "a date or time",
            Self::Number => "a number",
            Self::Percentage => "a percentage",
            Self::Missing | Self::Text => "a text",
        }
    }
}

fn look(text: &str, missing: &MissingMarks) -> Look {
    if text.is_empty() || missing.contains(text) || values::looks_missing(text) {
        Look::Missing
    } else if text.ends_with('%') && is_number(text) {
        Look::Percentage
    } else if values::number(text).is_some() || is_number(text) {
        Look::Number
    } else if is_address(text) {
        Look::Address
    } else if is_time(text) {
        Look::Time
    } else {
        Look::Text
    }
}

/// An address of IP, or one of six bytes.
fn is_address(text: &str) -> bool {
    let bytes = |mark| {
        let parts: Vec<&str> = text.split(mark).collect();
        let hex = |part: &&str| part.len() == 2 && part.bytes().all(|b| b.is_ascii_hexdigit());
        parts.len() == 6 && parts.iter().all(hex)
    };
    text.parse::<IpAddr>().is_ok() || bytes(':') || bytes('-')
}

/// A date or a time: digits with marks of dates between them.
fn is_time(text: &str) -> bool {
    let digits = text.bytes().filter(u8::is_ascii_digit).count();
    let marks = text.bytes().filter(|byte| b"-/:.".contains(byte)).count();
    let others =
        text.bytes().filter(|b| !b.is_ascii_digit() && !b"-/:. TZ+APM".contains(b)).count();
    text.starts_with(|c: char| c.is_ascii_digit()) && digits >= 4 && marks >= 2 && others == 0
}

/// Why the first line is taken for a row: `None` if it may hold names. A column speaks for names if a word
/// stands above numbers, addresses or times; it speaks for a row if a value of such a kind stands above
/// values of the same kind.
pub(super) fn is_row(
    first: &[String],
    below: &[&[String]],
    missing: &MissingMarks,
) -> Option<String> {
    let looks: Vec<Look> = first.iter().map(|text| look(text, missing)).collect();
    if looks.iter().all(|look| matches!(look, Look::Number | Look::Missing))
        && looks.contains(&Look::Number)
    {
        return Some("the first line holds numbers where the column names are expected".into());
    }
    let (mut row, mut again, mut words) = (None, 0, 0);
    for (at, above) in looks.iter().enumerate() {
        let column = || below.iter().filter_map(|values| values.get(at));
        let mut kinds = column().map(|text| look(text, missing)).filter(|k| *k != Look::Missing);
        let kind = kinds.next();
        let uniform = kind.filter(|kind| kinds.all(|other| other == *kind));
        match (above, uniform) {
            (Look::Missing, _) => {}
            (Look::Text, Some(Look::Number | Look::Percentage | Look::Address | Look::Time)) => {
                return None;
            }
            (Look::Text, _) => {
                words += 1;
                again += usize::from(column().any(|text| *text == first[at]));
            }
            (above, Some(kind)) if *above == kind => row = row.or(Some((at, kind))),
            (Look::Address, None) if kind.is_none() => row = row.or(Some((at, Look::Address))),
            _ => {}
        }
    }
    match row {
        Some((at, kind)) if !are_running(first, &looks) => Some(format!(
            "the first line looks like a row: value {} of it, {:?}, is {}, and so are those below it",
            at + 1,
            first[at],
            kind.in_words()
        )),
        None if words > 0 && again == words => Some(
            "the first line looks like a row: each of its values stands again in the lines below"
                .into(),
        ),
        _ => None,
    }
}

/// Whether the numbers of a first line count from 0 or 1 on: programs name columns so.
fn are_running(first: &[String], looks: &[Look]) -> bool {
    let numbers: Vec<u64> = first.iter().filter_map(|text| text.parse().ok()).collect();
    numbers.len() > 1
        && numbers[0] <= 1
        && numbers.windows(2).all(|pair| pair[1] == pair[0] + 1)
        && !looks.iter().any(|look| matches!(look, Look::Address | Look::Time))
}

/// Names for the columns of a text that has none.
pub(super) fn numbered(width: usize) -> Vec<String> {
    (1..=width).map(|at| format!("column_{at}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(line: &str) -> Vec<String> {
        line.split(',').map(str::to_owned).collect()
    }

    #[test]
    fn names_are_those_of_pandas() {
        // What pandas 3.1.1 makes of these headers.
        for (header, names) in [
            ("X,X,X.1,X", "X,X.2,X.1,X.3"),
            ("a,,b,", "a,Unnamed: 1,b,Unnamed: 3"),
            ("X,X.1,X", "X,X.1,X.2"),
            ("X.1,X,X", "X.1,X,X.2"),
            (",X,Unnamed: 0", "Unnamed: 0.1,X,Unnamed: 0"),
            ("a,a,a.1,a.1", "a,a.2,a.1,a.1.1"),
            ("Unnamed: 1,,x", "Unnamed: 1,Unnamed: 1.1,x"),
        ] {
            let found = distinct(&texts(header));
            assert_eq!(found.names, texts(names), "{header}");
            assert!(!found.notes.is_empty());
        }
        assert!(distinct(&texts("a,b")).notes.is_empty());
        let notes = distinct(&texts("a\u{200b},\u{feff}b")).notes.join("\n");
        assert!(notes.contains("U+200B") && notes.contains("U+FEFF"), "{notes}");
    }

    #[test]
    fn a_first_line_that_is_a_row_is_told_from_names() {
        let is_row = |lines: &[&str]| {
            let lines: Vec<Vec<String>> = lines.iter().map(|line| texts(line)).collect();
            let below: Vec<&[String]> = lines[1..].iter().map(Vec::as_slice).collect();
            super::is_row(&lines[0], &below, &MissingMarks::default()).is_some()
        };
        for row in [
            &["10.0.0.3,1024,tcp,0.2", "10.0.1.4,1025,tcp,0.4", "10.0.1.4,1025,udp,0.4"][..],
            &["59.166.0.0,udp,-,0x35,", "59.166.0.1,tcp,http,80,1"],
            &["tcp,http,SF", "udp,dns,SF", "tcp,http,REJ"],
            &["2024-03-05 10:00:01,tcp", "2024-03-05 10:00:02,tcp"],
            &["00:1b:44:11:3a:b7,x", "00:1b:44:11:3a:b8,y"],
            &["10.0.0.3,tcp"],
            &["1,2", "3,4"],
            &["1,,3", "3,4,5"],
            &["tcp,54.4%", "udp,3 %", "tcp,7%"],
        ] {
            assert!(is_row(row), "{row:?}");
        }
        for names in [
            &["src,port,proto", "10.0.0.3,1024,tcp"][..],
            &["src,2019,2020", "10.0.0.3,5,7"],
            &["tcp,80", "1,2"],
            // pandas names columns by numbers.
            &[",0,1,label", "0,5,7,normal", "1,6,8,attack"],
            &["0,1,2,label", "5,6,7,normal"],
            &["proto,service", "tcp,http", "udp,dns"],
            &["proto,service"],
            &["host,load", "a,54.4%", "a,3%"],
            &["25%,50%,75%", "1,2,3", "2,4,5"],
        ] {
            assert!(!is_row(names), "{names:?}");
        }
    }
}
