//! One object as pairs of keys and values: nested objects with dots between the keys, lists as their text.
//!
//! Serde_json checks the text, and the values are then cut out of it unchanged: a number keeps all its
//! digits, whether it fits into 64 bits or not, and nothing is allocated for a value.

use std::borrow::Cow;

use serde::de::IgnoredAny;

use super::{CellKind, Place, REMEDY, RowError};
use crate::rows::shorten;

/// A number of JSON that is infinite as a 64-bit float: what stands for `Infinity` while a text is checked.
pub(super) const INFINITE: &str = "1e999";

/// The same below zero.
const NEGATIVE_INFINITE: &str = "-1e999";

/// The deepest nesting of objects that is flattened.
const DEEPEST: usize = 16;

/// What is wrong with an object, and what to do.
#[derive(Debug)]
pub(in crate::rows) struct Fault(String, &'static str, u64);

impl Fault {
    fn new(what: String, remedy: &'static str) -> Self {
        Self(what, remedy, 0)
    }

    pub(in crate::rows) fn too_wide(widest: usize, key: &str) -> Self {
        let key = shorten(key);
        let what = format!("there are more than {widest} different keys, e.g. {key:?}");
        Self::new(what, "give values as values: keys that name a row or an address are no columns")
    }

    pub(in crate::rows) fn other_event(found: Option<&str>, first: Option<&str>) -> Self {
        let name = |event: Option<&str>| match event {
            Some(event) => format!("of the type \"{event}\""),
            None => "of no type".to_owned(),
        };
        let what = format!("this event is {}, and the first was {}", name(found), name(first));
        Self::new(what, "choose the type that makes the rows, e.g. --event-type flow")
    }

    pub(in crate::rows) fn no_needed(needed: &[String], event_type: Option<&str>) -> Self {
        let event = event_type
            .map(|event| format!(", an event of the type \"{event}\","))
            .unwrap_or_default();
        let what = format!(
            "the first object{event} has none of the keys that are needed: {}",
            crate::rows::listed(needed)
        );
        Self::new(
            what,
            "give the rows that the model was fitted to, e.g. --event-type flow for Suricata's flows",
        )
    }

    pub(in crate::rows) fn twice(key: &str) -> Self {
        Self::new(format!("the key {key:?} is there twice"), "give each key once")
    }

    /// As an error about the object that begins in that line.
    pub(in crate::rows) fn at(self, place: &Place, line: u64) -> RowError {
        place.at(line + self.2, self.0, self.1)
    }
}

/// An object whose text is well formed.
pub(in crate::rows) struct Object<'a> {
    text: Cow<'a, str>,
}

impl<'a> Object<'a> {
    /// An error if the text is no object.
    pub(in crate::rows) fn parse(text: &'a str) -> Result<Self, Fault> {
        let text = text.trim_start_matches('\u{feff}').trim();
        let checked = match serde_json::from_str::<IgnoredAny>(text) {
            Ok(_) => Cow::Borrowed(text),
            Err(error) => {
                // Python writes numbers that JSON has no words for.
                let mended = without_python_numbers(text);
                match serde_json::from_str::<IgnoredAny>(&mended) {
                    Ok(_) => Cow::Owned(mended),
                    Err(_) => return Err(no_json(&error)),
                }
            }
        };
        match checked.starts_with('{') {
            true => Ok(Self { text: checked }),
            false => {
                let what = format!("{} is no JSON object", shorten(text));
                Err(Fault::new(what, REMEDY))
            }
        }
    }

    /// The well-formed text.
    pub(super) fn text(&self) -> &str {
        &self.text
    }

    /// Gives every pair, in the order of the text.
    pub(in crate::rows) fn each(
        &self,
        take: &mut dyn FnMut(&str, &str, CellKind) -> Result<(), Fault>,
    ) -> Result<(), Fault> {
        let mut walk = Walk { rest: &self.text, path: String::new(), depth: 0 };
        walk.object(take)
    }

    /// The text at a key of the outermost object.
    pub(in crate::rows) fn text_at(&self, wanted: &str) -> Option<String> {
        let mut found = None;
        // Faults show when the pairs are taken.
        let _ = self.each(&mut |key, value, kind| {
            if key == wanted && kind == CellKind::Text {
                found.get_or_insert_with(|| value.to_owned());
            }
            Ok(())
        });
        found
    }
}

fn no_json(error: &serde_json::Error) -> Fault {
    let words = error.to_string();
    let words = words.split(" at line ").next().unwrap_or_default();
    let what = format!("this is no JSON object ({words}, column {})", error.column());
    Fault(what, REMEDY, (error.line() as u64).saturating_sub(1))
}

/// The text with `NaN` as null and infinite numbers as numbers that are too large.
fn without_python_numbers(text: &str) -> String {
    let mut mended = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let words = [("NaN", "null"), ("Infinity", INFINITE), ("-Infinity", NEGATIVE_INFINITE)];
        let length = match first {
            '"' => string_length(rest),
            _ => match words.iter().find(|(word, _)| rest.starts_with(word)) {
                Some((word, number)) => {
                    mended.push_str(number);
                    rest = &rest[word.len()..];
                    continue;
                }
                None => first.len_utf8(),
            },
        };
        mended.push_str(&rest[..length]);
        rest = &rest[length..];
    }
    mended
}

/// The bytes of the string that a text begins with, its quotes included.
fn string_length(text: &str) -> usize {
    let bytes = text.as_bytes();
    let mut at = 1;
    while at < bytes.len() {
        match bytes[at] {
            b'"' => return at + 1,
            b'\\' => at += 2,
            _ => at += 1,
        }
    }
    text.len()
}

/// The text of a list without the blanks between its values, so that the same list is the same text.
fn without_blanks(list: &str) -> Cow<'_, str> {
    if !list.bytes().any(|byte| byte.is_ascii_whitespace()) {
        return Cow::Borrowed(list);
    }
    let mut dense = String::with_capacity(list.len());
    let mut rest = list;
    while let Some(first) = rest.chars().next() {
        let length = if first == '"' { string_length(rest) } else { first.len_utf8() };
        if !first.is_ascii_whitespace() {
            dense.push_str(&rest[..length]);
        }
        rest = &rest[length..];
    }
    Cow::Owned(dense)
}

/// A walk through a well-formed text.
struct Walk<'a> {
    rest: &'a str,
    path: String,
    depth: usize,
}

impl<'a> Walk<'a> {
    fn skip(&mut self, length: usize) {
        self.rest = self.rest.get(length..).unwrap_or_default();
    }

    /// The next byte that is no blank.
    fn peek(&mut self) -> u8 {
        self.rest = self.rest.trim_ascii_start();
        self.rest.bytes().next().unwrap_or(b'}')
    }

    fn object(
        &mut self,
        take: &mut dyn FnMut(&str, &str, CellKind) -> Result<(), Fault>,
    ) -> Result<(), Fault> {
        self.depth += 1;
        if self.depth > DEEPEST {
            let what = format!("objects lie deeper than {DEEPEST} in each other");
            return Err(Fault::new(what, "give the values that matter as keys of their own"));
        }
        self.skip(1);
        while self.peek() == b'"' {
            let parent = self.path.len();
            let key = self.string();
            if parent > 0 {
                self.path.push('.');
            }
            self.path.push_str(&key);
            self.peek();
            self.skip(1);
            self.value(take)?;
            self.path.truncate(parent);
            if self.peek() == b',' {
                self.skip(1);
            }
        }
        self.skip(1);
        self.depth -= 1;
        Ok(())
    }

    fn value(
        &mut self,
        take: &mut dyn FnMut(&str, &str, CellKind) -> Result<(), Fault>,
    ) -> Result<(), Fault> {
        match self.peek() {
            b'{' => self.object(take),
            b'"' => {
                let text = self.string();
                take(&self.path, &text, CellKind::Text)
            }
            b'[' => {
                let text = without_blanks(self.list());
                take(&self.path, &text, CellKind::Text)
            }
            _ => {
                let text = self.word();
                match text {
                    "null" => take(&self.path, "", CellKind::Missing),
                    "true" | "false" => take(&self.path, text, CellKind::Boolean),
                    INFINITE => take(&self.path, "Infinity", CellKind::Number),
                    NEGATIVE_INFINITE => take(&self.path, "-Infinity", CellKind::Number),
                    number => take(&self.path, number, number_kind(number)),
                }
            }
        }
    }

    /// The text of a string.
    fn string(&mut self) -> Cow<'a, str> {
        let rest = self.rest;
        let length = string_length(rest);
        self.skip(length);
        let quoted = &rest[..length];
        let inner = quoted.strip_prefix('"').and_then(|text| text.strip_suffix('"'));
        match inner {
            Some(inner) if !inner.contains('\\') => Cow::Borrowed(inner),
            // A lone half of a surrogate pair is well formed and no text.
            _ => Cow::Owned(serde_json::from_str(quoted).unwrap_or_else(|_| quoted.to_owned())),
        }
    }

    /// The text of a list, as it is.
    fn list(&mut self) -> &'a str {
        let rest = self.rest;
        let bytes = rest.as_bytes();
        let (mut at, mut depth) = (0, 0);
        while at < bytes.len() {
            match bytes[at] {
                b'"' => {
                    at += string_length(&rest[at..]);
                    continue;
                }
                b'[' | b'{' => depth += 1,
                b']' | b'}' => depth -= 1,
                _ => {}
            }
            at += 1;
            if depth == 0 {
                break;
            }
        }
        self.skip(at);
        &rest[..at]
    }

    /// A number, true, false or null.
    fn word(&mut self) -> &'a str {
        let rest = self.rest;
        let ends = |byte: &u8| matches!(byte, b',' | b'}' | b']') || byte.is_ascii_whitespace();
        let length = rest.bytes().position(|byte| ends(&byte)).unwrap_or(rest.len());
        self.skip(length);
        &rest[..length]
    }
}

/// Whole numbers of 64 bits are numbers. Longer ones are texts, because a double would change their digits.
fn number_kind(number: &str) -> CellKind {
    match number.bytes().any(|byte| matches!(byte, b'.' | b'e' | b'E')) {
        true => CellKind::Number,
        false if number.parse::<i64>().is_ok() || number.parse::<u64>().is_ok() => {
            CellKind::Integer
        }
        false => CellKind::Text,
    }
}
