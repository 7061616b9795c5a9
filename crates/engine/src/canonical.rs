//! Canonical JSON and its hash: the addresses of trials and of prepared rows.

use oddbench_data::digest::hex;
use serde_json::Value;
use sha2::{Digest, Sha256};

/// The first 16 hex digits of the SHA-256 of the value as JSON, without white space and with the keys of
/// every object sorted, which is how `serde_json` keeps them.
pub(crate) fn address(value: &Value) -> String {
    hex(&Sha256::digest(value.to_string())[..8])
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn keys_are_sorted_at_every_depth() {
        let value = json!({ "b": [1, { "z": null, "a": "x\"y" }], "a": 0.5 });
        assert_eq!(value.to_string(), r#"{"a":0.5,"b":[1,{"a":"x\"y","z":null}]}"#);
    }

    #[test]
    fn the_address_is_the_head_of_the_sha256() {
        // printf '{"a":1}' | sha256sum
        assert_eq!(address(&json!({ "a": 1 })), "015abd7f5cc57a2d");
    }
}
