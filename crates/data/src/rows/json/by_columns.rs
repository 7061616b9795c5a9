//! One object that holds a whole table by columns. pandas writes it so by default. A reader of rows would take the table
//! for a single row, without an error.

use serde_json::{Map, Value};

use super::flat::{INFINITE, Object};

/// What such a file is.
pub(super) const WHAT: &str = "this is JSON by columns, not by rows";

/// What to do with it.
pub(super) const REMEDY: &str = "write records, for example df.to_json(path, orient=\"records\")";

/// Whether an object is a table by columns: of lists, of objects by row number, or in the split layout.
pub(super) fn is_by_columns(object: &Object<'_>) -> bool {
    // Numbers that are too large for a double do not change the layout.
    let text = object.text().replace(INFINITE, "0");
    let Ok(columns) = serde_json::from_str::<Map<String, Value>>(&text) else { return false };
    is_split(&columns) || are_lists(&columns) || are_numbered(&columns)
}

/// `{"columns": [...], "index": [...], "data": [[...], ...]}`; the index may be left out.
fn is_split(columns: &Map<String, Value>) -> bool {
    let list = |key: &str| columns.get(key).and_then(Value::as_array);
    let rows = list("data").is_some_and(|rows| rows.iter().all(Value::is_array));
    let others = usize::from(list("index").is_some());
    rows && list("columns").is_some() && columns.len() == 2 + others
}

/// Two lists or more, of one length. One element alone may be a row's list.
fn are_lists(columns: &Map<String, Value>) -> bool {
    let length = |value: &Value| value.as_array().map(Vec::len);
    let Some(first) = columns.values().next().and_then(length) else { return false };
    columns.len() > 1 && first > 1 && columns.values().all(|value| length(value) == Some(first))
}

/// Two objects or more, each with the keys `0`, `1` and so on.
fn are_numbered(columns: &Map<String, Value>) -> bool {
    let rows = |value: &Value| value.as_object().map(Map::len);
    let Some(first) = columns.values().next().and_then(rows) else { return false };
    let keys: Vec<String> = (0..first).map(|row| row.to_string()).collect();
    let is_column = |value: &Value| {
        value.as_object().is_some_and(|rows| {
            rows.len() == first && keys.iter().all(|key| rows.contains_key(key))
        })
    };
    columns.len() > 1 && first > 1 && columns.values().all(is_column)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_by_columns_are_told_from_one_row() {
        let found = |text: &str| is_by_columns(&Object::parse(text).unwrap());
        for text in [
            r#"{"a":[1,2,3],"x":[1,2,3]}"#,
            r#"{"a":[1,NaN],"x":[Infinity,"u"]}"#,
            r#"{"a":{"0":1,"1":2},"x":{"1":1,"0":null}}"#,
            r#"{"columns":["a","x"],"index":[0,1],"data":[[1,2],[3,4]]}"#,
            r#"{"columns":["a","x"],"data":[[1,2]]}"#,
        ] {
            assert!(found(text), "{text}");
        }
        for text in [
            r#"{"a":1,"x":[1,2,3]}"#,
            r#"{"a":[1,2],"x":[1,2,3]}"#,
            r#"{"a":[1],"x":[2]}"#,
            r#"{"a":[1,2]}"#,
            r#"{"a":[],"x":[]}"#,
            r#"{"a":"[1,2]","x":"[3,4]"}"#,
            r#"{"a":{"0":1},"x":{"0":1}}"#,
            r#"{"a":{"80":1,"443":2},"x":{"80":1,"443":2}}"#,
            r#"{"columns":3,"data":[[1]]}"#,
            r#"{"columns":["a"],"data":[[1]],"name":"x"}"#,
            "{}",
        ] {
            assert!(!found(text), "{text}");
        }
    }
}
