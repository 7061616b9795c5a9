//! Parameter errors name the key, what is allowed and what was given.

use oddbench_models::{find, kinds};
use serde_json::{Value, json};

fn message(kind: &str, params: Value) -> String {
    find(kind).unwrap().resolve(&params).unwrap_err().to_string()
}

/// A fit with such a value would never end, or abort the process.
#[test]
fn counts_that_decide_time_or_memory_have_an_upper_limit() {
    for (kind, key, most) in [
        ("isolation-forest", "n_estimators", 10_000_u64),
        ("extended-isolation-forest", "n_estimators", 10_000),
        ("random-forest", "n_estimators", 10_000),
        ("gradient-boosting", "n_estimators", 10_000),
        ("loda", "n_random_cuts", 10_000),
        ("mahalanobis", "starts", 10_000),
        ("k-means", "n_init", 10_000),
        ("cblof", "n_init", 10_000),
        ("gmm", "n_init", 10_000),
        ("k-means", "max_iter", 1_000_000),
        ("logistic-regression", "max_iter", 1_000_000),
    ] {
        let said = |given: u64| format!("{key}: must be from 1 to {most}, got {given}");
        for given in [0, most + 1] {
            assert_eq!(message(kind, json!({ key: given })), said(given), "{kind}");
        }
        assert!(find(kind).unwrap().resolve(&json!({ key: most })).is_ok(), "{kind} {key}");
        assert!(find(kind).unwrap().resolve(&json!({ key: i64::MAX })).is_err(), "{kind} {key}");
    }
    for kind in ["knn-classifier", "svm", "logistic-regression"] {
        let found = message(kind, json!({ "class_weight": 1e308 }));
        assert!(found.contains("a number from 1e-9 to 1e9, got 1000"), "{found}");
    }
    for (kind, key) in [("extended-isolation-forest", "extension_level"), ("svm", "max_rows")] {
        assert!(find(kind).unwrap().resolve(&json!({ key: 1e308 })).is_err(), "{kind} {key}");
    }
}

#[test]
fn errors_name_the_key_and_what_is_allowed() {
    let known = [
        (
            "pca",
            json!({ "n_components": 0 }),
            "n_components: must be \"all\" or a whole number, 1 or more, got 0",
        ),
        (
            "pca",
            json!({ "n_components": -1 }),
            "n_components: must be \"all\" or a whole number, 1 or more, got -1",
        ),
        (
            "pca",
            json!({ "n_components": 2.5 }),
            "n_components: must be \"all\" or a whole number, 1 or more, got 2.5",
        ),
        (
            "pca",
            json!({ "score": "distance" }),
            "score: expected one of reconstruction, component-distance, weighted-component-distance, \
             got distance",
        ),
        (
            "pca",
            json!({ "n_selected_components": 1 }),
            "n_selected_components: must be \"all\" where score = \"reconstruction\", which has no \
             distances to components",
        ),
        (
            "pca",
            json!({ "score": "component-distance", "n_selected_components": 3 }),
            "n_selected_components: must be at most n_components = 2, got 3",
        ),
        (
            "extended-isolation-forest",
            json!({ "extension_level": 1.5 }),
            "extension_level: must be \"full\" or a whole number from 0 to 65535, got 1.5",
        ),
        ("ocsvm", json!({ "nu": 0 }), "nu: must be above 0 and at most 1, got 0"),
        ("ocsvm", json!({ "nu": "small" }), "nu: expected a number, got the text \"small\""),
        (
            "ocsvm",
            json!({ "gamma": "automatic" }),
            "gamma: expected \"scale\", \"auto\" or a number above 0, got the text \"automatic\"",
        ),
        (
            "ocsvm",
            json!({ "gamma": -1 }),
            "gamma: must be \"scale\", \"auto\" or a number above 0, got -1",
        ),
        (
            "isolation-forest",
            json!({ "trees": 5 }),
            "trees: there is no such parameter; there are max_features, max_samples, n_estimators",
        ),
        (
            "random-forest",
            json!({ "max_features": "third" }),
            "max_features: expected \"sqrt\", \"log2\", \"all\" or a share above 0 and at most 1, \
             got the text \"third\"",
        ),
        (
            "random-forest",
            json!({ "max_features": 3 }),
            "max_features: must be \"sqrt\", \"log2\", \"all\" or a share above 0 and at most 1, got 3",
        ),
        (
            "random-forest",
            json!({ "max_samples": 0.5, "bootstrap": false }),
            "max_samples: must be 1 where bootstrap = false: every tree then sees all rows, got 0.5",
        ),
        (
            "gradient-boosting",
            json!({ "class_weight": -2 }),
            "class_weight: must be \"none\", \"balanced\" or the weight of an outlier, a number \
             from 1e-9 to 1e9, got -2",
        ),
        (
            "svm",
            json!({ "max_rows": 2.5 }),
            "max_rows: must be \"all\" or a whole number from 2 to 2147483647, got 2.5",
        ),
        (
            "svm",
            json!({ "resample": "adasyn" }),
            "resample: expected one of none, smote, over, under, got adasyn",
        ),
        ("svm", json!({ "smote_neighbours": 0 }), "smote_neighbours: must be 1 or more, got 0"),
        // Parameters of the block that all networks share.
        (
            "autoencoder",
            json!({ "latent": 3, "learning_rate": "small" }),
            "learning_rate: expected a number, got the text \"small\"",
        ),
        (
            "vae",
            json!({ "patience": -1 }),
            "patience: expected a whole number, 0 or more, got the number -1",
        ),
        ("bigan", json!({ "epsilon": 0 }), "epsilon: must be above 0 and at most 1, got 0"),
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
fn a_parameter_may_be_a_word_or_a_number() {
    let params =
        json!({ "max_features": "log2", "class_weight": 2.0, "max_samples": 0.5, "max_depth": 7 });
    let resolved = find("random-forest").unwrap().resolve(&params).unwrap();
    assert_eq!(
        resolved,
        json!({
            "n_estimators": 100, "max_depth": 7, "min_samples_split": 2, "min_samples_leaf": 1,
            "max_features": "log2", "bootstrap": true, "max_samples": 0.5, "class_weight": 2,
            "resample": "none", "smote_neighbours": 5,
        })
    );
    let resolved = find("svm").unwrap().resolve(&json!({ "max_rows": 20000 })).unwrap();
    assert_eq!(resolved["max_rows"], json!(20000));
    let schema = find("svm").unwrap().schema();
    assert!(schema.to_string().contains(r#"{"const":"all"}"#), "{schema}");
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

#[test]
fn large_batches_change_the_batch_and_the_step_alone() {
    for kind in ["autoencoder", "vae", "bigan", "seq2seq"] {
        let preset = |name: &str| find(kind).unwrap().resolve(&json!({ "preset": name })).unwrap();
        let (sound, large) = (preset("sound"), preset("large-batch"));
        assert_eq!(large["batch_size"], json!(4096));
        for (key, value) in sound.as_object().unwrap() {
            let free = key == "preset" || key == "batch_size" || key.ends_with("learning_rate");
            assert_eq!(free, large[key] != *value, "{kind}: {key}");
        }
    }
}

/// What a parameter may be comes from its schema; what a fit accepts is the independent truth.
#[test]
fn every_parameter_says_what_it_may_be_and_its_default_and_words_are_accepted() {
    let mut found = 0;
    for kind in kinds() {
        for (name, default) in kind.resolve(&json!({})).unwrap().as_object().unwrap() {
            let allowed = kind.allowed(name);
            assert!(!allowed.is_empty(), "{}.{name}", kind.name);
            let words = || allowed.split(", ").filter(|part| part.starts_with('"'));
            for word in words() {
                let value: serde_json::Value = serde_json::from_str(word).unwrap();
                let refused = kind.resolve(&json!({ name: value })).err();
                // A word may not suit the defaults of the others; it is still a known word.
                let known =
                    refused.as_ref().is_none_or(|error| !error.message.contains("expected"));
                assert!(known, "{}.{name} = {word}: {refused:?}", kind.name);
                found += 1;
            }
            let text = default.to_string();
            let missing = default.is_string() && words().all(|word| word != text);
            assert!(!missing, "{}.{name}: {default} is not in {allowed}", kind.name);
        }
    }
    assert!(found > 20, "{found} words");
    assert_eq!(find("gmm").unwrap().allowed("covariance_type"), "\"full\", \"diag\"");
    let rate = find("autoencoder").unwrap().allowed("learning_rate");
    assert_eq!(rate, "a number, above 0 and at most 1");
}

/// Whether the schema of a number accepts it.
fn fits(part: &serde_json::Value, value: &serde_json::Value) -> bool {
    let number = value.as_f64().unwrap();
    let bound = |key: &str| part[key].as_f64();
    let of_type = match &part["type"] {
        serde_json::Value::String(one) => vec![one.clone()],
        several => serde_json::from_value(several.clone()).unwrap(),
    };
    let whole = number.fract() == 0.0;
    of_type.iter().any(|of| of == "number" || of == "integer" && whole)
        && bound("minimum").is_none_or(|least| number >= least)
        && bound("maximum").is_none_or(|most| number <= most)
        && bound("exclusiveMinimum").is_none_or(|above| number > above)
        && bound("exclusiveMaximum").is_none_or(|below| number < below)
}

/// An editor marks what `check` refuses: the schema of each number has the range that the kind checks.
#[test]
fn the_schema_has_the_ranges_that_are_checked() {
    let values = [
        "-1", "0", "1e-12", "0.25", "0.49", "0.5", "0.75", "1", "1.5", "2", "16", "31", "101",
        "1025", "4097", "10001", "65535", "65537", "100001", "1000001",
    ];
    let mut probed = 0;
    for kind in kinds() {
        let schema = kind.schema();
        for (name, default) in kind.resolve(&json!({})).unwrap().as_object().unwrap() {
            let mut part = &schema["properties"][name];
            if let Some(choices) = part["$ref"].as_str() {
                part = schema.pointer(choices.trim_start_matches('#')).unwrap();
            }
            let number = |part: &&serde_json::Value| {
                part["type"].to_string().contains("number")
                    || part["type"].to_string().contains("integer")
            };
            let choices = part["oneOf"].as_array().into_iter().flatten();
            let Some(part) = [part].into_iter().chain(choices).find(number) else { continue };
            for text in values {
                let value: serde_json::Value = serde_json::from_str(text).unwrap();
                let Err(error) = kind.resolve(&json!({ name: value })) else {
                    assert!(
                        fits(part, &value),
                        "{}.{name} = {text}: the schema refuses it",
                        kind.name
                    );
                    continue;
                };
                // Refused because of another parameter: the schema of one says nothing of it.
                let together = error.key.as_deref() != Some(name)
                    || ["n_components =", "bootstrap", "reconstruction"]
                        .iter()
                        .any(|words| error.message.contains(words));
                let says = format!("{}.{name} = {text} (default {default}): {error}", kind.name);
                assert!(together || !fits(part, &value), "the schema accepts {says}");
                probed += 1;
            }
        }
    }
    assert!(probed > 200, "{probed} values were refused");
}
