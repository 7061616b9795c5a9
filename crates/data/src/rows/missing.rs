//! Which texts stand for a missing value: the list that pandas has, and marks that the user names.

use super::cell::{Cell, CellKind, Sink};

/// What pandas' `read_csv` takes for missing by default, in addition to the empty text.
const DEFAULTS: [&str; 17] = [
    "#N/A", "#N/A N/A", "#NA", "-1.#IND", "-1.#QNAN", "-NaN", "-nan", "1.#IND", "1.#QNAN", "<NA>",
    "N/A", "NA", "NULL", "NaN", "None", "n/a", "nan",
];

/// The last of pandas' list; it is the only one with this first letter.
const NULL: &str = "null";

/// The texts that stand for a missing value. A text of blanks always does.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct MissingMarks {
    defaults_off: bool,
    more: Vec<String>,
    /// Those of `more` that are numbers: -999 is then missing as -999.0 and as a typed number too.
    numbers: Vec<f64>,
}

impl MissingMarks {
    /// pandas' list, unless `defaults` is false, and the given texts.
    pub fn new(defaults: bool, more: &[String]) -> Self {
        let more: Vec<String> = more.iter().map(|mark| mark.trim().to_owned()).collect();
        let numbers = more.iter().filter_map(|mark| mark.parse().ok()).collect();
        Self { defaults_off: !defaults, more, numbers }
    }

    /// Whether there are none: then a value is missing only if its text is blank.
    pub(super) fn is_empty(&self) -> bool {
        self.defaults_off && self.more.is_empty()
    }

    /// Whether the text, without blanks around it, stands for a missing value.
    pub(super) fn contains(&self, text: &str) -> bool {
        (!self.defaults_off && is_default(text)) || (!self.more.is_empty() && self.is_more(text))
    }

    fn is_more(&self, text: &str) -> bool {
        self.more.iter().any(|mark| mark == text)
            || (!self.numbers.is_empty()
                && text.parse().is_ok_and(|value: f64| self.numbers.contains(&value)))
    }

    /// The cell, or a missing one that keeps its text.
    fn apply<'a>(&self, cell: Cell<'a>) -> Cell<'a> {
        let missing = match cell {
            Cell::Text(_, CellKind::Missing | CellKind::Boolean) => false,
            Cell::Text(text, CellKind::Untyped) => self.contains(text),
            Cell::Text(text, CellKind::Text) => self.contains(text.trim()),
            Cell::Text(text, CellKind::Integer | CellKind::Number) => {
                !self.numbers.is_empty() && self.is_more(text)
            }
            Cell::Number(value) => self.numbers.contains(&value),
            Cell::Integer(value) => self.numbers.contains(&(value as f64)),
        };
        match cell {
            Cell::Text(text, _) if missing => Cell::Text(text, CellKind::Missing),
            _ if missing => Cell::MISSING,
            cell => cell,
        }
    }
}

/// Whether the text is in pandas' list. Most values are not: their first letter says so.
fn is_default(text: &str) -> bool {
    match text.as_bytes() {
        [b'1', b'.', b'#', ..]
        | [b'-', b'1', b'.', b'#', ..]
        | [b'-', b'N' | b'n', ..]
        | [b'#' | b'<' | b'N', _, ..] => DEFAULTS.contains(&text),
        [b'n', b'/' | b'a' | b'u', ..] => text == NULL || DEFAULTS.contains(&text),
        _ => false,
    }
}

/// Passes values on to a sink, missing ones as such.
pub(super) struct Marked<'a, S> {
    pub(super) marks: &'a MissingMarks,
    pub(super) sink: &'a mut S,
}

impl<S: Sink> Sink for Marked<'_, S> {
    fn wants(&self, column: usize) -> bool {
        self.sink.wants(column)
    }

    fn cell(&mut self, column: usize, cell: Cell<'_>) {
        self.sink.cell(column, self.marks.apply(cell));
    }

    fn end_row(&mut self, line: u64) {
        self.sink.end_row(line);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_defaults_are_those_of_pandas() {
        // pandas._libs.parsers.STR_NA_VALUES, without the empty text.
        let pandas = [
            "#N/A", "#N/A N/A", "#NA", "-1.#IND", "-1.#QNAN", "-NaN", "-nan", "1.#IND", "1.#QNAN",
            "<NA>", "N/A", "NA", "NULL", "NaN", "None", "n/a", "nan", "null",
        ];
        let marks = MissingMarks::default();
        assert!(pandas.iter().all(|mark| marks.contains(mark)));
        for text in ["?", "-", "na", "none", "Null", "1", "-1", "NAT", "<na>", "n", "N", "nanx"] {
            assert!(!marks.contains(text), "{text}");
        }
    }

    #[test]
    fn marks_are_added_and_the_defaults_switched_off() {
        let marks = MissingMarks::new(false, &["?".into(), "-999".into()]);
        assert!(marks.contains("?") && marks.contains("-999") && marks.contains("-999.0"));
        assert!(!marks.contains("NA"));
        assert!(matches!(marks.apply(Cell::Number(-999.0)), Cell::Text("", CellKind::Missing)));
        assert!(matches!(marks.apply(Cell::Integer(-9)), Cell::Integer(-9)));
        let kept = marks.apply(Cell::Text("?", CellKind::Untyped));
        assert!(matches!(kept, Cell::Text("?", CellKind::Missing)));
        assert!(MissingMarks::new(false, &[]).is_empty());
    }
}
