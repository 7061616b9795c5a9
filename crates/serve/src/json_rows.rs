//! Rows in a JSON body: an array of flat objects, or `{"rows": [...]}`. Counted while they are parsed:
//! a few bytes of JSON can ask for a hundred times as much memory.

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value};

use crate::error::{Answer, ApiError};
use crate::limits::Limits;

/// The objects of the body.
pub fn parse(bytes: &[u8], limits: &Limits) -> Answer<Vec<Value>> {
    let mut json = serde_json::Deserializer::from_slice(bytes);
    let parsed = Body { most: limits.score_rows, columns: limits.upload_columns }
        .deserialize(&mut json)
        .and_then(|rows| json.end().map(|()| rows));
    let rows = parsed.map_err(|error| {
        let text = error.to_string();
        let remedy =
            "send an array of flat objects, e.g. [{\"duration\": 0, \"service\": \"http\"}]";
        match text.contains(OVER) {
            true => {
                ApiError::too_large(text, "send fewer at a time; GET /api/limits states the limits")
            }
            false => ApiError::bad(format!("the rows are not valid JSON: {text}"), remedy),
        }
    })?;
    match rows.is_empty() {
        true => Err(ApiError::bad("there are no rows", "send at least one")),
        false => Ok(rows),
    }
}

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
        f.write_str("a flat object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut row = Map::new();
        while let Some(key) = map.next_key::<String>()? {
            if row.len() == self.columns {
                return Err(A::Error::custom(format!("{OVER} {} columns", self.columns)));
            }
            let value = map.next_value_seed(Scalar)?;
            if row.insert(key, value).is_some() {
                return Err(A::Error::custom("a key stands twice in one row"));
            }
        }
        Ok(row)
    }
}

#[derive(Clone, Copy)]
struct Scalar;

impl<'de> DeserializeSeed<'de> for Scalar {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Scalar {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a number, a text, true, false or null")
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::from(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(Value::from(value))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(Value::from(value))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(Value::from(value))
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(Value::from(value))
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, _: A) -> Result<Value, A::Error> {
        Err(A::Error::custom("a value is an array; rows are flat"))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Value, A::Error> {
        map.next_key::<IgnoredAny>()?;
        Err(A::Error::custom("a value is an object; rows are flat"))
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
    fn what_is_no_row_is_refused() {
        let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
        for text in [
            "",
            "[]",
            "{}",
            "[1]",
            r#"[{"a":[1]}]"#,
            r#"[{"a":{"b":1}}]"#,
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
        for text in [r#"[{"a":1},{"a":1},{"a":1}]"#, r#"[{"a":1,"b":1,"c":1}]"#] {
            assert_eq!(parsed(text).unwrap_err().status, 413, "{text}");
        }
    }
}
