//! JSON lines: one object a row, its keys in the order of the columns.

use std::io::Write;

use super::{Decisions, is_gap, number, share_text, unwritable};
use crate::rows::{CellKind, RowError, Rows};

pub(super) struct JsonSink<W: Write> {
    out: W,
    /// `{"name":` of the first column, `,"name":` of the others.
    keys: Vec<String>,
}

impl<W: Write> JsonSink<W> {
    pub(super) fn new(out: W, names: &[&str]) -> Self {
        let key = |(at, name): (usize, &&str)| {
            let begin = if at == 0 { '{' } else { ',' };
            format!("{begin}{}:", quoted(name))
        };
        Self { out, keys: names.iter().enumerate().map(key).collect() }
    }

    pub(super) fn write(&mut self, rows: &Rows, decisions: &Decisions) -> Result<(), RowError> {
        let mut line = String::new();
        for row in 0..rows.len() {
            line.clear();
            let mut keys = self.keys.iter();
            let mut put = |value: &str| {
                line.push_str(keys.next().map_or("", String::as_str));
                line.push_str(value);
            };
            for column in 0..rows.names().len() {
                put(&value(rows.text(row, column), rows.cell_kind(row, column)));
            }
            put(&number(decisions.scores[row]));
            put(if decisions.anomalies[row] { "true" } else { "false" });
            for entry in decisions.top[row] {
                match entry {
                    Some((feature, value)) => {
                        put(&quoted(&decisions.features[feature]));
                        put(&share_text(value).unwrap_or_else(|| "null".into()));
                    }
                    None => {
                        put("null");
                        put("null");
                    }
                }
            }
            let unseen = decisions.unseen_names(row);
            put(&if unseen.is_empty() { "null".into() } else { quoted(&unseen) });
            line.push_str("}\n");
            self.out.write_all(line.as_bytes()).map_err(unwritable)?;
        }
        Ok(())
    }

    pub(super) fn flush(&mut self) -> Result<(), RowError> {
        self.out.flush().map_err(unwritable)
    }
}

/// A value as its source typed it. In an untyped source, a text that reads as a number is one.
fn value(text: &str, kind: CellKind) -> String {
    match kind {
        _ if is_gap(text, kind) => "null".into(),
        CellKind::Boolean => text.into(),
        CellKind::Missing | CellKind::Text => quoted(text),
        CellKind::Integer | CellKind::Number | CellKind::Untyped if is_number(text) => text.into(),
        CellKind::Integer | CellKind::Number | CellKind::Untyped => quoted(text),
    }
}

fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

/// Whether the text is a number as JSON writes it: no leading zeros, no plus, no infinity.
fn is_number(text: &str) -> bool {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let leading = digits.bytes().take_while(u8::is_ascii_digit).count();
    if leading == 0 || (leading > 1 && digits.starts_with('0')) {
        return false;
    }
    let rest = &digits[leading..];
    let rest = match rest.strip_prefix('.') {
        Some(fraction) => {
            let length = fraction.bytes().take_while(u8::is_ascii_digit).count();
            if length == 0 {
                return false;
            }
            &fraction[length..]
        }
        None => rest,
    };
    match rest.strip_prefix(['e', 'E']) {
        Some(exponent) => {
            let exponent = exponent.strip_prefix(['+', '-']).unwrap_or(exponent);
            !exponent.is_empty() && exponent.bytes().all(|byte| byte.is_ascii_digit())
        }
        None => rest.is_empty(),
    }
}

#[cfg(test)]
mod tests {
    use super::is_number;

    #[test]
    fn only_what_json_calls_a_number_is_one() {
        for text in ["0", "-1", "10.5", "1e5", "1.5E-7", "-0.0"] {
            assert!(is_number(text) && text.parse::<serde_json::Number>().is_ok(), "{text}");
        }
        for text in ["", "-", "01", "+1", ".5", "5.", "1e", "inf", "NaN", "0x1", "1 ", "1e5x"] {
            assert!(!is_number(text) && text.trim_end() == text || text == "1 ", "{text}");
            assert!(!is_number(text), "{text}");
        }
    }
}
