//! Requests of Detect that are refused before any work is done, with every reason and a remedy.

use serde_json::{Value, json};

use crate::detect::{done, id, upload};
use crate::experiment::trial;
use crate::scoring::CSV;
use crate::server::start;

/// As `oddbench check` does: before anything is fitted, and all of them at once.
#[test]
fn every_wrong_parameter_of_a_fit_is_named_at_once() {
    let server = start();
    let uploaded = upload(&server, CSV);
    let path = format!("/api/uploads/{}/jobs", id(&uploaded));
    let refused = |params: Value| {
        let asked = json!({ "action": "fit", "kind": "autoencoder", "params": params });
        let answer = server.post_json(&path, &asked);
        assert_eq!(answer.status, 400, "{}", answer.text());
        answer.json()
    };
    let one = refused(json!({ "batch_size": 0 }));
    assert_eq!(one["troubles"].as_array().unwrap().len(), 1, "{one}");
    assert!(one["error"].as_str().unwrap().contains("batch_size: must be "), "{one}");
    assert!(one["remedy"].as_str().unwrap().starts_with("correct the parameter;"), "{one}");

    let three = refused(json!({ "batch_size": 0, "epochs": "many", "colour": "red" }));
    let told: Vec<&str> =
        three["troubles"].as_array().unwrap().iter().map(|t| t.as_str().unwrap()).collect();
    assert_eq!(told.len(), 3, "{told:?}");
    for key in ["batch_size: ", "epochs: ", "colour: there is no such parameter"] {
        assert!(told.iter().any(|trouble| trouble.starts_with(key)), "{key} in {told:?}");
        assert!(three["error"].as_str().unwrap().contains(key), "{three}");
    }
    assert!(three["remedy"].as_str().unwrap().starts_with("correct the parameters;"), "{three}");
    assert!(!refused(json!([1]))["error"].as_str().unwrap().is_empty());
    // Nothing was started.
    assert_eq!(server.get("/api/jobs").ok()["jobs"], json!([]));
}

#[test]
fn a_threshold_that_is_no_finite_number_is_refused() {
    let server = start();
    let uploaded = upload(&server, CSV);
    let job = done(
        &server,
        &uploaded,
        &json!({ "action": "score", "model": format!("small/{}", trial("PCA")) }),
    );
    for bad in ["nan", "inf", "-inf", "NaN"] {
        for place in ["rows", "download"] {
            let said =
                server.get(&format!("/api/jobs/{job}/{place}?threshold={bad}")).is_error(400);
            assert!(said.contains("no finite number"), "{place} {bad}: {said}");
        }
        server.get(&format!("/api/jobs/{job}/rows?column=src_bytes&from={bad}")).is_error(400);
    }
    assert_eq!(server.get(&format!("/api/jobs/{job}/rows?threshold=0.5")).status, 200);
}
