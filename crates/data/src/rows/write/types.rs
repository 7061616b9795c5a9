//! The types that the columns of a text can be written with, so that no value changes: found from all rows, since a
//! later row may hold what the first ones do not.

use crate::rows::{Cell, CellKind, RowError, RowReader, Sink};

/// How a column can be written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WrittenType {
    /// As its texts.
    Text,
    /// As whole numbers of 64 bits with a sign.
    Integer,
    /// As whole numbers of 64 bits without a sign.
    Unsigned,
    /// As doubles.
    Number,
    /// As true and false.
    Boolean,
}

/// The types of all columns of a source, which is read to its end.
pub fn written_types(mut reader: RowReader) -> Result<Vec<(String, WrittenType)>, RowError> {
    let names = std::sync::Arc::clone(reader.names());
    let mut scan = Scan { columns: vec![Found::default(); names.len()] };
    reader.fill(&mut scan, usize::MAX)?;
    Ok(names.iter().cloned().zip(scan.columns.iter().map(Found::written)).collect())
}

struct Scan {
    columns: Vec<Found>,
}

/// What a column holds.
#[derive(Debug, Clone, Copy, Default)]
struct Found {
    text: bool,
    boolean: bool,
    /// A number with a fraction or an exponent.
    fraction: bool,
    /// The smallest and the largest whole number.
    whole: Option<(i128, i128)>,
}

impl Sink for Scan {
    fn wants(&self, column: usize) -> bool {
        // Texts take everything, and no more is to be found.
        !self.columns[column].text
    }

    fn cell(&mut self, column: usize, cell: Cell<'_>) {
        self.columns[column].take(cell);
    }

    fn end_row(&mut self, _: u64) {}
}

impl Found {
    fn take(&mut self, cell: Cell<'_>) {
        match cell {
            Cell::Number(_) => self.fraction = true,
            Cell::Integer(value) => self.integer(value),
            Cell::Text(_, CellKind::Missing) => {}
            Cell::Text(_, CellKind::Text) => self.text = true,
            Cell::Text(_, CellKind::Boolean) => self.boolean = true,
            Cell::Text(text, CellKind::Untyped | CellKind::Integer | CellKind::Number) => {
                self.number(cell, text.trim());
            }
        }
    }

    fn number(&mut self, cell: Cell<'_>, text: &str) {
        if let Some(value) = whole(text) {
            return self.integer(value);
        }
        let is_word = |word: &str| text.eq_ignore_ascii_case(word);
        if is_word("true") || is_word("false") {
            self.boolean = true;
            return;
        }
        // A name of zeros in front, or digits without end, are no number to write.
        let digits = text.trim_start_matches('-');
        let padded = digits.len() > 1 && digits.starts_with('0') && !digits.starts_with("0.");
        let only_digits = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
        match cell.number() {
            Some(value) if value.is_nan() => {}
            Some(_) if !padded && !only_digits && text.parse::<f64>().is_ok() => {
                self.fraction = true;
            }
            _ => self.text = true,
        }
    }

    fn integer(&mut self, value: i128) {
        let (low, high) = self.whole.unwrap_or((value, value));
        self.whole = Some((low.min(value), high.max(value)));
    }

    fn written(&self) -> WrittenType {
        const EXACT: i128 = 1 << 53;
        let numbers = self.fraction || self.whole.is_some();
        match (self.whole, self.fraction) {
            _ if self.text || self.boolean && numbers => WrittenType::Text,
            _ if self.boolean => WrittenType::Boolean,
            (None, false) => WrittenType::Text,
            (None, true) => WrittenType::Number,
            (Some((low, high)), true) if low >= -EXACT && high <= EXACT => WrittenType::Number,
            // A double would change the digits.
            (Some(_), true) => WrittenType::Text,
            (Some((low, high)), false) => match (i64::try_from(low), i64::try_from(high)) {
                (Ok(_), Ok(_)) => WrittenType::Integer,
                _ if low >= 0 && u64::try_from(high).is_ok() => WrittenType::Unsigned,
                _ => WrittenType::Text,
            },
        }
    }
}

/// A whole number as it is usually written: `7`, but neither `007` nor `+7`.
fn whole(text: &str) -> Option<i128> {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let usual = match digits.as_bytes() {
        [b'0'] => digits.len() == text.len(),
        [first, ..] => *first != b'0' && digits.bytes().all(|byte| byte.is_ascii_digit()),
        [] => false,
    };
    if !usual { None } else { text.parse().ok() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(texts: &[&str]) -> WrittenType {
        let mut found = Found::default();
        texts.iter().for_each(|text| found.take(Cell::Text(text, CellKind::Untyped)));
        found.written()
    }

    #[test]
    fn the_type_of_a_column_changes_none_of_its_values() {
        assert_eq!(written(&["1", "-9223372036854775808", ""]), WrittenType::Integer);
        assert_eq!(written(&["0", "18446744073709551615"]), WrittenType::Unsigned);
        assert_eq!(written(&["-1", "18446744073709551615"]), WrittenType::Text);
        assert_eq!(written(&["18446744073709551616"]), WrittenType::Text);
        assert_eq!(written(&["1", "1.5", "1e9"]), WrittenType::Number);
        assert_eq!(written(&["9007199254740993", "1.5"]), WrittenType::Text);
        assert_eq!(written(&["7", "007"]), WrittenType::Text);
        assert_eq!(written(&["True", "false", ""]), WrittenType::Boolean);
        assert_eq!(written(&["true", "1"]), WrittenType::Text);
        assert_eq!(written(&["1", "x"]), WrittenType::Text);
        assert_eq!(written(&["", ""]), WrittenType::Text);
    }
}
