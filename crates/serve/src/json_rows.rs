//! Rows in a JSON body: an array of objects, or `{"rows": [...]}`. Nested objects are flattened with dots, as in
//! files. Counted while they are parsed: a few bytes of JSON can ask for a hundred times as much memory.

mod list_text;

use std::fmt;

use list_text::ListText;
use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value};

use crate::body::empty;
use crate::error::{Answer, ApiError};
use crate::limits::Limits;

/// The objects of the body.
pub fn parse(bytes: &[u8], limits: &Limits) -> Answer<Vec<Value>> {
    const REMEDY: &str =
        "send an array of objects, e.g. [{\"duration\": 0, \"service\": \"http\"}]";
    if bytes.is_empty() {
        return Err(empty(REMEDY));
    }
    let mut json = serde_json::Deserializer::from_slice(bytes);
    let parsed = Body { most: limits.score_rows, columns: limits.upload_columns }
        .deserialize(&mut json)
        .and_then(|rows| json.end().map(|()| rows));
    let rows = parsed.map_err(|error| {
        let text = error.to_string();
        match text.contains(OVER) {
            true => {
                ApiError::too_large(text, "send fewer at a time; GET /api/limits states the limits")
            }
            false => ApiError::bad(format!("the rows are not valid JSON: {text}"), REMEDY),
        }
    })?;
    match rows.is_empty() {
        true => Err(ApiError::bad("there are no rows", "send at least one")),
        false => Ok(rows),
    }
}

/// The deepest nesting of objects in a row.
const DEEPEST: usize = 16;

/// Marks the errors of limits.
const OVER: &str = "more than the limit of";

#[derive(Clone, Copy)]
struct Body {
    most: usize,
    columns: usize,
}

impl<'de> DeserializeSeed<'de> for Body {
    type Value = Vec<Value>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Body {
    type Value = Vec<Value>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an array of objects, or an object with the key rows")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Self::Value, A::Error> {
        let mut rows = Vec::new();
        while let Some(row) = items.next_element_seed(Row { columns: self.columns })? {
            if rows.len() == self.most {
                return Err(A::Error::custom(format!("{OVER} {} rows", self.most)));
            }
            rows.push(Value::Object(row));
        }
        Ok(rows)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut rows = None;
        while let Some(key) = map.next_key::<String>()? {
            match (key.as_str(), &rows) {
                ("rows", None) => rows = Some(map.next_value_seed(self)?),
                _ => return Err(A::Error::custom(format!("unexpected key {key:?}"))),
            }
        }
        rows.ok_or_else(|| A::Error::custom("there is no key rows"))
    }
}

#[derive(Clone, Copy)]
struct Row {
    columns: usize,
}

impl<'de> DeserializeSeed<'de> for Row {
    type Value = Map<String, Value>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Row {
    type Value = Map<String, Value>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut row = Map::new();
        while let Some(key) = map.next_key::<String>()? {
            map.next_value_seed(Keyed { row: &mut row, key, depth: 1, columns: self.columns })?;
        }
        Ok(row)
    }
}

/// The value at a key: one of a row, or an object whose keys come behind a dot.
struct Keyed<'a> {
    row: &'a mut Map<String, Value>,
    key: String,
    depth: usize,
    columns: usize,
}

impl Keyed<'_> {
    fn put<E: Error>(self, value: Value) -> Result<(), E> {
        if self.row.len() == self.columns {
            return Err(E::custom(format!("{OVER} {} columns", self.columns)));
        }
        match self.row.insert(self.key, value) {
            None => Ok(()),
            Some(_) => Err(E::custom("a key stands twice in one row")),
        }
    }
}

impl<'de> DeserializeSeed<'de> for Keyed<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Keyed<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a number, a text, true, false, null, a list or an object of these")
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<(), E> {
        self.put(Value::from(value))
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<(), E> {
        self.put(Value::from(value))
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<(), E> {
        self.put(Value::from(value))
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<(), E> {
        self.put(Value::from(value))
    }

    fn visit_str<E: Error>(self, value: &str) -> Result<(), E> {
        self.put(Value::from(value))
    }

    fn visit_unit<E: Error>(self) -> Result<(), E> {
        self.put(Value::Null)
    }

    /// A list is its text.
    fn visit_seq<A: SeqAccess<'de>>(self, items: A) -> Result<(), A::Error> {
        let mut text = String::new();
        ListText(&mut text).visit_seq(items)?;
        self.put(Value::from(text))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        if self.depth == DEEPEST {
            return Err(A::Error::custom(format!(
                "objects lie deeper than {DEEPEST} in each other"
            )));
        }
        while let Some(inner) = map.next_key::<String>()? {
            let (key, depth) = (format!("{}.{inner}", self.key), self.depth + 1);
            map.next_value_seed(Keyed { row: &mut *self.row, key, depth, columns: self.columns })?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(text: &str) -> Answer<Vec<Value>> {
        let limits = Limits { score_rows: 2, upload_columns: 2, ..Limits::default() };
        parse(text.as_bytes(), &limits)
    }

    #[test]
    fn rows_come_as_an_array_or_under_a_key() {
        let expected = vec![serde_json::json!({ "a": 1, "b": "x" })];
        assert_eq!(parsed(r#"[{"a":1,"b":"x"}]"#).unwrap(), expected);
        assert_eq!(parsed(r#"{"rows":[{"a":1,"b":"x"}]}"#).unwrap(), expected);
    }

    #[test]
    fn nested_objects_are_flattened_and_a_list_is_its_text() {
        let expected =
            vec![serde_json::json!({ "a.b.c": 1, "l": "[1,{\"x\":[\"y\",null,1.5]},[]]" })];
        assert_eq!(
            parsed(r#"[{"a":{"b":{"c":1}},"l":[1, {"x": ["y", null, 1.5]}, [ ]]}]"#).unwrap(),
            expected
        );
        let deep = format!("[{}1{}]", "{\"a\":".repeat(20), "}".repeat(20));
        assert_eq!(parsed(&deep).unwrap_err().status, 400);
    }

    #[test]
    fn what_is_no_row_is_refused() {
        let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
        for text in [
            "",
            "[]",
            "{}",
            "[1]",
            r#"[{"a":{"b":1},"a.b":2}]"#,
            r#"[{"a":1,"a":2}]"#,
            r#"{"other":[]}"#,
            r#"[{"a":1}] x"#,
            r#"[{"a":1e999}]"#,
            &deep,
        ] {
            assert_eq!(parsed(text).unwrap_err().status, 400, "{}", &text[..text.len().min(40)]);
        }
    }

    #[test]
    fn more_than_the_limits_is_too_large() {
        for text in [
            r#"[{"a":1},{"a":1},{"a":1}]"#,
            r#"[{"a":1,"b":1,"c":1}]"#,
            r#"[{"a":{"b":1,"c":1,"d":1}}]"#,
        ] {
            assert_eq!(parsed(text).unwrap_err().status, 413, "{text}");
        }
    }
}
