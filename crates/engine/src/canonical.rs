//! Canonical JSON and its hash: the addresses of trials and of prepared rows.

use oddbench_data::digest::hex;
use serde_json::Value;
use sha2::{Digest, Sha256};

/// The value as JSON without white space, the keys of every object sorted.
pub(crate) fn text(value: &Value) -> String {
    let mut out = String::new();
    write_value(value, &mut out);
    out
}

/// The first 16 hex digits of the SHA-256 of the canonical text.
pub(crate) fn address(value: &Value) -> String {
    hex(&Sha256::digest(text(value).as_bytes())[..8])
}

fn write_value(value: &Value, out: &mut String) {
    match value {
        Value::Object(object) => {
            let mut entries: Vec<_> = object.iter().collect();
            entries.sort_by_key(|(key, _)| key.as_str());
            separated(out, ('{', '}'), entries, |(key, inner), out| {
                out.push_str(&Value::from(key.as_str()).to_string());
                out.push(':');
                write_value(inner, out);
            });
        }
        Value::Array(items) => separated(out, ('[', ']'), items, write_value),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {
            out.push_str(&value.to_string());
        }
    }
}

fn separated<T>(
    out: &mut String,
    (open, close): (char, char),
    items: impl IntoIterator<Item = T>,
    each: impl Fn(T, &mut String),
) {
    out.push(open);
    for (position, item) in items.into_iter().enumerate() {
        if position > 0 {
            out.push(',');
        }
        each(item, out);
    }
    out.push(close);
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn keys_are_sorted_at_every_depth() {
        let value = json!({ "b": [1, { "z": null, "a": "x\"y" }], "a": 0.5 });
        assert_eq!(text(&value), r#"{"a":0.5,"b":[1,{"a":"x\"y","z":null}]}"#);
    }

    #[test]
    fn the_address_is_the_head_of_the_sha256() {
        // printf '{"a":1}' | sha256sum
        assert_eq!(address(&json!({ "a": 1 })), "015abd7f5cc57a2d");
    }
}
