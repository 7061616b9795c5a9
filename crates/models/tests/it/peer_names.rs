//! Parameters by the names that PyOD and scikit-learn have for them. `tests/golden/make_peer_names.py` took
//! their names from the signatures of the installed packages.

use std::collections::BTreeMap;

use oddbench_models::{EXTERNAL_KIND, Here, Kind, find, kinds};
use serde_json::{Value, json};

/// Our names of the parameters of a kind.
fn own(kind: &Kind) -> Vec<String> {
    kind.resolve(&json!({})).unwrap().as_object().unwrap().keys().cloned().collect()
}

/// Every other spelling of every kind: the kind, the spelling and our name.
fn spellings() -> impl Iterator<Item = (&'static Kind, &'static str, &'static str)> {
    kinds().iter().flat_map(|kind| {
        kind.peer_names().filter_map(move |peer| match peer.here {
            Here::Same(own) => Some((kind, peer.name, own)),
            Here::Instead(_) => None,
        })
    })
}

/// A value that the parameter may have and that is not its default.
fn another_value(kind: &Kind, name: &str) -> Value {
    let default = kind.resolve(&json!({})).unwrap();
    let values =
        json!([7, 0.25, 2.5, true, false, [9, 4], "tanh", "linear", "none", "balanced", "sigmoid"]);
    let values = values.as_array().unwrap();
    let fits = |value: &&Value| {
        kind.resolve(&json!({ name: value })).is_ok_and(|resolved| resolved != default)
    };
    values.iter().find(fits).unwrap_or_else(|| panic!("no value for {}.{name}", kind.name)).clone()
}

#[test]
fn every_spelling_is_the_parameter_that_it_names() {
    for (kind, written, own) in spellings() {
        let value = another_value(kind, own);
        let ours = kind.resolve(&json!({ own: value })).unwrap();
        let theirs = kind.resolve(&json!({ written: value })).unwrap();
        assert_eq!(ours, theirs, "{}: {written}", kind.name);
        assert!(
            kind.build(&json!({ written: value }), &oddbench_models::Backend::Cpu.open().unwrap())
                .is_ok()
        );
        assert_eq!(kind.own_name(written), own);
    }
    assert!(spellings().count() > 40);
}

#[test]
fn no_spelling_hides_a_parameter_or_stands_for_two() {
    for kind in kinds() {
        let (own, mut seen) = (own(kind), BTreeMap::new());
        for peer in kind.peer_names() {
            let what = format!("{}: {}", kind.name, peer.name);
            assert!(!own.iter().any(|name| name == peer.name), "{what} is a parameter");
            assert_eq!(seen.insert(peer.name, peer.here), None, "{what} is listed twice");
            if let Here::Same(name) = peer.here {
                assert!(own.iter().any(|own| own == name), "{what}: there is no {name}");
            }
        }
    }
}

/// Each parameter of PyOD and scikit-learn is a parameter here, another spelling of one, or refused with advice.
/// None falls to "there is no such parameter".
#[test]
fn no_parameter_of_a_twin_is_unknown() {
    let golden: Value = serde_json::from_str(include_str!("../golden/peer_names.json")).unwrap();
    let mut unknown = Vec::new();
    for (kind, twins) in golden["kinds"].as_object().unwrap() {
        let kind = find(kind).unwrap();
        let own = own(kind);
        for (twin, names) in twins.as_object().unwrap() {
            for name in names.as_array().unwrap().iter().map(|name| name.as_str().unwrap()) {
                let listed = kind.peer_names().any(|peer| peer.name == name);
                if !listed && !own.iter().any(|own| own == name) {
                    unknown.push(format!("{}: {name} of {twin}", kind.name));
                }
            }
        }
    }
    assert!(unknown.is_empty(), "{}", unknown.join("\n"));
}

#[test]
fn what_oddbench_decides_elsewhere_is_refused_with_advice() {
    for kind in kinds() {
        for (name, advice) in [
            ("contamination", "[[threshold]]"),
            ("random_state", "`seeds`"),
            ("n_jobs", "`--jobs`"),
            ("preprocessing", "[preprocess]"),
        ] {
            let error = kind.resolve(&json!({ name: 1 })).unwrap_err();
            assert_eq!(error.key.as_deref(), Some(name), "{}", kind.name);
            assert!(error.instead.unwrap().contains(advice), "{}: {error}", kind.name);
        }
    }
    let advice = find("autoencoder").unwrap().resolve(&json!({ "hidden_neuron_list": [64, 32] }));
    let advice = advice.unwrap_err().to_string();
    assert!(advice.contains("hidden = [64] and latent = 32"), "{advice}");
}

#[test]
fn two_spellings_of_one_parameter_are_refused() {
    for (kind, params, message) in [
        (
            "ocsvm",
            json!({ "tol": 0.1, "tolerance": 0.1 }),
            "tol: `tol` and `tolerance` are the same parameter: remove one",
        ),
        (
            "gradient-boosting",
            json!({ "eta": 0.1, "max_iter": 5, "reg_lambda": 1, "lambda": 2 }),
            "reg_lambda: `reg_lambda` and `lambda` are the same parameter: remove one",
        ),
    ] {
        assert_eq!(find(kind).unwrap().resolve(&params).unwrap_err().to_string(), message);
    }
}

#[test]
fn a_fault_is_told_at_the_name_that_was_written() {
    for (kind, params, message) in [
        ("ocsvm", json!({ "tol": -1 }), "tol: must be above 0 and below 1, got -1"),
        ("svm", json!({ "C": "large" }), "C: expected a number, got the text \"large\""),
        (
            "vae",
            json!({ "encoder_neuron_list": [9, "many"] }),
            "encoder_neuron_list[1]: expected a whole number, 0 or more, got the text \"many\"",
        ),
        (
            "vae",
            json!({ "epoch_num": -1 }),
            "epoch_num: expected a whole number, 0 or more, got the number -1",
        ),
    ] {
        assert_eq!(find(kind).unwrap().resolve(&params).unwrap_err().to_string(), message);
    }
}

#[test]
fn hints_name_both_spellings() {
    let params = json!({ "tol": 0.1, "nu": 0.2, "cache_size": 50 });
    let own = find("ocsvm").unwrap().own_names(params.as_object().unwrap()).unwrap();
    assert_eq!(
        own.hints().collect::<Vec<_>>(),
        ["`cache_size` is called `cache_mb` here", "`tol` is called `tolerance` here"]
    );
    assert_eq!(Value::Object(own.params), json!({ "tolerance": 0.1, "nu": 0.2, "cache_mb": 50 }));
}

/// The file's schema refuses names that it does not know, and editors check by it.
#[test]
fn the_schema_has_every_spelling_and_prefers_ours() {
    for (kind, written, own) in spellings() {
        let properties = &kind.schema()["properties"];
        assert_eq!(properties[written]["deprecated"], json!(true), "{}: {written}", kind.name);
        let strip = |name: &str| {
            let mut property = properties[name].as_object().unwrap().clone();
            property.retain(|key, _| key != "description" && key != "deprecated");
            property
        };
        assert_eq!(strip(written), strip(own), "{}: {written}", kind.name);
    }
}

#[test]
fn the_parameters_of_a_command_are_its_own() {
    let params = json!({ "contamination": 0.1, "tol": 1, "n_jobs": 2 });
    assert_eq!(EXTERNAL_KIND.resolve(&params).unwrap(), params);
}
