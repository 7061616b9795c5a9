//! What a parameter may be, in words, from its JSON Schema: `1 to 4096`, `"full" or "diag"`.

use serde_json::Value;

/// What the part of a schema allows. Types that stand in the root's `$defs` are looked up there.
pub(crate) fn in_words(root: &Value, part: &Value) -> String {
    choices(root, part).join(", ")
}

/// The choices: words one by one, and what else is allowed in one phrase each.
fn choices(root: &Value, part: &Value) -> Vec<String> {
    if let Some(place) = part["$ref"].as_str() {
        let target = root.pointer(place.trim_start_matches('#'));
        return target.map(|part| choices(root, part)).unwrap_or_default();
    }
    for key in ["oneOf", "anyOf"] {
        if let Some(parts) = part[key].as_array() {
            return parts.iter().flat_map(|part| choices(root, part)).collect();
        }
    }
    if let Some(word) = part.get("const") {
        return vec![word.to_string()];
    }
    if let Some(words) = part["enum"].as_array() {
        return words.iter().map(Value::to_string).collect();
    }
    types(part).into_iter().map(|of| of_type(root, part, of)).collect()
}

/// The types that are named, but for `null`: TOML has none.
fn types(part: &Value) -> Vec<&str> {
    let named = match &part["type"] {
        Value::Array(several) => several.as_slice(),
        one => std::slice::from_ref(one),
    };
    named.iter().filter_map(Value::as_str).filter(|of| *of != "null").collect()
}

fn of_type(root: &Value, part: &Value, of: &str) -> String {
    match of {
        "boolean" => "true or false".to_owned(),
        "integer" => numbers(part, "a whole number"),
        "number" => numbers(part, "a number"),
        "array" => {
            let most = part["maxItems"].as_u64().map(|most| format!(" of at most {most}"));
            let each = in_words(root, &part["items"]);
            let each = if each.is_empty() { each } else { format!(", each {each}") };
            format!("a list{}{each}", most.unwrap_or_default())
        }
        "string" => "a text".to_owned(),
        "object" => "a table".to_owned(),
        other => other.to_owned(),
    }
}

/// `a whole number, 1 to 4096`, `a number above 0 and at most 1`.
fn numbers(part: &Value, what: &str) -> String {
    let bound = |key: &str| part[key].as_f64().map(|value| value.to_string());
    let above = bound("exclusiveMinimum");
    let below = bound("exclusiveMaximum");
    match (bound("minimum"), above, bound("maximum"), below) {
        (Some(least), None, Some(most), None) => format!("{what}, {least} to {most}"),
        (least, above, most, below) => {
            let low = above.map(|above| format!("above {above}"));
            let low = low.or_else(|| least.map(|least| format!("at least {least}")));
            let high = below.map(|below| format!("below {below}"));
            let high = high.or_else(|| most.map(|most| format!("at most {most}")));
            match (low, high) {
                (Some(low), Some(high)) => format!("{what}, {low} and {high}"),
                (Some(one), None) | (None, Some(one)) => format!("{what}, {one}"),
                (None, None) => what.to_owned(),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_schema_is_put_into_words() {
        let root =
            json!({ "$defs": { "Word": { "oneOf": [{ "const": "a" }, { "enum": ["b"] }] } } });
        for (part, words) in [
            (json!({ "$ref": "#/$defs/Word" }), "\"a\", \"b\""),
            (json!({ "type": "integer", "minimum": 1, "maximum": 9 }), "a whole number, 1 to 9"),
            (
                json!({ "type": ["number", "null"], "exclusiveMinimum": 0, "maximum": 1.0 }),
                "a number, above 0 and at most 1",
            ),
            (json!({ "type": "number", "minimum": 0.5 }), "a number, at least 0.5"),
            (json!({ "type": "boolean" }), "true or false"),
            (
                json!({ "type": "array", "maxItems": 2, "items": { "type": "integer", "minimum": 1 } }),
                "a list of at most 2, each a whole number, at least 1",
            ),
            (
                json!({ "oneOf": [{ "const": "all" }, { "type": "integer", "minimum": 1 }] }),
                "\"all\", a whole number, at least 1",
            ),
        ] {
            assert_eq!(in_words(&root, &part), words);
        }
    }
}
