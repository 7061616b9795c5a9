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

/// What would fail as a job is refused as a request, with what is allowed.
#[test]
fn a_fit_that_cannot_be_is_refused_before_it_begins() {
    let server = start();
    let uploaded = upload(&server, CSV);
    let path = format!("/api/uploads/{}/jobs", id(&uploaded));
    let refused = |status: u16, more: Value| {
        let mut asked = json!({ "action": "fit", "kind": "knn" });
        asked.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        let answer = server.post_json(&path, &asked);
        assert_eq!(answer.status, status, "{}", answer.text());
        answer.json()
    };
    let knn = refused(400, json!({ "params": { "n_neighbors": 999_999 } }));
    assert!(knn["troubles"][0].as_str().unwrap().starts_with("n_neighbors: 999999"), "{knn}");
    let none = refused(400, json!({ "columns": [] }));
    assert!(none["error"].as_str().unwrap().contains("columns is an empty list"), "{none}");
    assert!(none["remedy"].as_str().unwrap().contains("\"src_bytes\""), "{none}");
    let label = refused(400, json!({ "label": "nope" }));
    assert!(label["error"].as_str().unwrap().contains("a label such as {\"column\""), "{label}");
    // The table decides whether a column is there.
    let label = refused(422, json!({ "label": { "column": "nope", "normal": ["normal"] } }));
    assert!(label["error"].as_str().unwrap().contains("there are "), "{label}");
    let columns = refused(422, json!({ "keep": ["nope"], "ignore": ["nada"] }));
    assert!(columns["error"].as_str().unwrap().contains("\"nada\", \"nope\""), "{columns}");
    assert!(columns["remedy"].as_str().unwrap().contains("\"src_bytes\""), "{columns}");
    assert_eq!(server.get("/api/jobs").ok()["jobs"], json!([]));
}

#[test]
fn a_query_that_cannot_be_read_is_told_in_plain_words() {
    let server = start();
    let uploaded = upload(&server, CSV);
    let asked = json!({ "action": "score", "model": format!("small/{}", trial("PCA")) });
    let job = done(&server, &uploaded, &asked);
    for (query, error, remedy) in [
        ("threshold=abc", "threshold in the query is no number", "threshold=0.5"),
        ("size=many", "size in the query is no whole number", "size=10"),
        ("group=perhaps", "group in the query is neither true nor false", "group=true"),
        ("nope=1", "there is no key nope in the query", "page, size, sort"),
        ("only=some", "only in the query: ", "openapi.json"),
    ] {
        let answer = server.get(&format!("/api/jobs/{job}/rows?{query}"));
        assert_eq!(answer.status, 400, "{query}");
        let told = answer.json();
        assert!(told["error"].as_str().unwrap().contains(error), "{told}");
        assert!(told["remedy"].as_str().unwrap().contains(remedy), "{told}");
    }
}
