//! Parameter errors name the key, what is allowed and what was given.

use oddbench_models::find;
use serde_json::{Value, json};

fn message(kind: &str, params: Value) -> String {
    find(kind).unwrap().resolve(&params).unwrap_err().to_string()
}

#[test]
fn errors_name_the_key_and_what_is_allowed() {
    let known = [
        ("pca", json!({ "n_components": 0 }), "n_components: must be 1 or more, got 0"),
        (
            "pca",
            json!({ "n_components": -1 }),
            "n_components: expected a whole number, 0 or more, got integer -1",
        ),
        (
            "pca",
            json!({ "n_components": 2.5 }),
            "n_components: expected a whole number, 0 or more, got floating point 2.5",
        ),
        (
            "pca",
            json!({ "score": "distance" }),
            "score: expected reconstruction or component-distance, got distance",
        ),
        ("ocsvm", json!({ "nu": 0 }), "nu: must be above 0 and at most 1, got 0"),
        ("ocsvm", json!({ "nu": "small" }), "nu: expected a number, got string \"small\""),
        (
            "ocsvm",
            json!({ "gamma": "auto" }),
            "gamma: expected \"scale\" or a number above 0, got string \"auto\"",
        ),
        ("ocsvm", json!({ "gamma": -1 }), "gamma: must be \"scale\" or a number above 0, got -1"),
        (
            "isolation-forest",
            json!({ "trees": 5 }),
            "trees: there is no such parameter; there are max_features, max_samples, n_estimators",
        ),
        (
            "constant",
            json!({ "value": 5 }),
            "value: there is no such parameter; this kind has none",
        ),
        ("constant", json!([]), "the parameters must be a table, got []"),
    ];
    for (kind, params, expected) in known {
        assert_eq!(message(kind, params), expected);
    }
}

#[test]
fn defaults_are_filled_in() {
    let resolved = find("ocsvm").unwrap().resolve(&json!({ "gamma": 0.5, "nu": 0.0001 })).unwrap();
    assert_eq!(
        resolved,
        json!({
            "kernel": "rbf", "gamma": 0.5, "nu": 0.0001, "degree": 3, "coef0": 0.0,
            "tolerance": 0.001, "cache_mb": 200, "shrinking": true,
        })
    );
}
