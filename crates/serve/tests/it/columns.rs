//! What Detect takes the columns of an upload for: told with the upload and with the result, and decided by the
//! request.

use std::fmt::Write as _;
use std::io::Cursor;

use oddbench_data::columns::{Choices, judge_source};
use oddbench_data::rows::{ReadOptions, RowReader};
use serde_json::{Value, json};

use crate::detect::{done, id, run, upload};
use crate::server::start;

/// Requests with a time, a host of 1,200, a column of numbers and texts, and two measures.
fn requests() -> String {
    let mut csv = "ts,host,code,bytes,took ms\n".to_owned();
    for row in 0..2_400 {
        let bytes = 200 + row * 37 % 300;
        let code = if row % 9 == 0 { "none".to_owned() } else { (200 + row % 4).to_string() };
        let _ = writeln!(
            csv,
            "2024-03-05T09:{:02}:{:02}.{:03},h{},{code},{bytes},{}",
            row / 60 % 60,
            row % 60,
            row % 1_000,
            row / 2,
            5 + row % 13
        );
    }
    csv
}

fn of<'a>(columns: &'a Value, name: &str) -> &'a Value {
    columns.as_array().unwrap().iter().find(|column| column["name"] == name).unwrap()
}

#[test]
fn an_upload_and_its_fit_say_what_each_column_is_taken_for() {
    let server = start();
    let uploaded = upload(&server, &requests());
    let columns = &uploaded["columns"];
    assert_eq!(of(columns, "ts")["feature"], false);
    assert_eq!(of(columns, "ts")["role"], "timestamp");
    assert_eq!(of(columns, "host")["feature"], false);
    assert_eq!(of(columns, "bytes")["feature"], true);
    // Texts among numbers: the request decides, or the fit is refused with the reason.
    assert_eq!(of(columns, "code")["feature"], false);
    assert_eq!(of(columns, "code")["role"], "mixed");
    let undecided = json!({ "action": "fit", "kind": "isolation-forest" });
    let (_, events) = run(&server, &uploaded, &undecided);
    let (name, last) = events.last().unwrap();
    assert_eq!(name, "failed");
    let told = format!("{} {}", last["error"], last["remedy"]);
    assert!(told.contains("code") && told.contains("categorical"), "{told}");
    assert!(!told.contains("--"), "{told}");

    let asked = json!({
        "action": "fit", "kind": "isolation-forest", "quantile": 0.999, "categorical": ["code"],
    });
    let job = done(&server, &uploaded, &asked);
    let result = server.get(&format!("/api/jobs/{job}/result")).ok();
    let verdicts = &result["verdicts"];
    let features: Vec<&str> = verdicts
        .as_array()
        .unwrap()
        .iter()
        .filter(|column| column["feature"] == true)
        .map(|column| column["name"].as_str().unwrap())
        .collect();
    assert_eq!(features, ["code", "bytes", "took ms"]);
    assert!(of(verdicts, "ts")["reason"].as_str().unwrap().contains("points in time"));
    // Remedies are those of a request, never flags of a command.
    let notes = result["notes"].to_string();
    assert!(!notes.contains("--"), "{notes}");
}

#[test]
fn different_values_are_counted_as_the_command_counts_them() {
    let server = start();
    let mut csv = "port,id,bytes\n".to_owned();
    for row in 0..2_400 {
        // 80 and 80.0 are one number; more than 1,000 values are counted too.
        let port = ["80", "80.0", "443"][row % 3];
        let _ = writeln!(csv, "{port},id-{},{}", row / 2, row * 37 % 300);
    }
    let uploaded = upload(&server, &csv);
    let options = ReadOptions::default();
    let rows = RowReader::new(Box::new(Cursor::new(csv.into_bytes())), "my traffic.csv", &options);
    let judged = judge_source(rows.unwrap(), &Choices::default()).unwrap();
    let expected = judged.columns.iter().map(|column| json!(column.distinct));
    let shown = uploaded["columns"].as_array().unwrap();
    let shown: Vec<Value> = shown.iter().map(|column| column["distinct"].clone()).collect();
    assert_eq!(shown, [json!(2), json!(1_200), json!(300)]);
    assert_eq!(shown, expected.collect::<Vec<_>>());
}

#[test]
fn a_request_decides_which_columns_are_features() {
    let server = start();
    let uploaded = upload(&server, &requests());
    let features = |asked: Value| {
        let job = done(&server, &uploaded, &asked);
        let result = server.get(&format!("/api/jobs/{job}/result")).ok();
        let verdicts = result["verdicts"].as_array().unwrap().clone();
        let kept = verdicts.iter().filter(|column| column["feature"] == true);
        kept.map(|column| column["name"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    let fit = |more: Value| {
        let mut asked = json!({ "action": "fit", "kind": "isolation-forest" });
        asked.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        asked
    };
    assert_eq!(features(fit(json!({ "columns": ["bytes", "code"] }))), ["code", "bytes"]);
    assert_eq!(features(fit(json!({ "ignore": ["code"] }))), ["bytes", "took ms"]);
    let ordinal = fit(json!({ "keep": ["host", "code"], "encode": "ordinal" }));
    assert_eq!(features(ordinal), ["host", "code", "bytes", "took ms"]);

    // Refused: what one-hot encoding cannot take, and words that do not exist.
    let (_, events) = run(&server, &uploaded, &fit(json!({ "keep": ["host", "code"] })));
    let (name, last) = events.last().unwrap();
    assert_eq!(name, "failed");
    let told = format!("{} {}", last["error"], last["remedy"]);
    assert!(told.contains("1200 categories") && !told.contains("--"), "{told}");
    let path = format!("/api/uploads/{}/jobs", id(&uploaded));
    server.post_json(&path, &fit(json!({ "encode": "hash" }))).is_error(400);
    server.post_json(&path, &fit(json!({ "keep": ["none"] }))).is_error(422);
    let (_, events) = run(&server, &uploaded, &fit(json!({ "columns": ["ts"], "ignore": ["ts"] })));
    assert_eq!(events.last().unwrap().0, "failed");
}

#[test]
fn rows_without_the_percent_signs_of_training_have_a_warning() {
    let server = start();
    let table = |load: fn(usize) -> String| {
        let rows: String = (0..200).map(|row| format!("{},{}\n", load(row), row % 9)).collect();
        format!("load,n\n{rows}")
    };
    let signed = upload(&server, &table(|row| format!("{}.5%", row % 40)));
    let fitted = done(&server, &signed, &json!({ "action": "fit", "kind": "hbos" }));
    let shares = upload(&server, &table(|row| format!("0.{:02}", row % 40)));
    let notes = |uploaded: &Value| {
        let asked = json!({ "action": "score", "model": format!("fitted/{fitted}") });
        let job = done(&server, uploaded, &asked);
        server.get(&format!("/api/jobs/{job}/result")).ok()["notes"].to_string()
    };
    assert!(notes(&shares).contains("had percentages in training"), "{}", notes(&shares));
    assert!(!notes(&signed).contains("WARNING"), "{}", notes(&signed));
}
