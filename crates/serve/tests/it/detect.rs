//! Detect from upload to download: what comes out equals what the library and its writer give.

use std::sync::Arc;
use std::time::Duration;

use oddbench_core::metrics::{Confusion, roc_auc};
use oddbench_data::columns::find_labels;
use oddbench_data::rows::{FileFormat, Rows, ScoredWriter, WriteOptions};
use oddbench_serve::Limits;
use serde_json::{Value, json};

use crate::experiment::trial;
use crate::scoring::{CSV, model, rows};
use crate::server::{Running, start, start_with};

pub fn upload(server: &Running, csv: &str) -> Value {
    let answer = server.post_csv("/api/uploads?name=my%20traffic.csv", csv.as_bytes());
    assert_eq!(answer.status, 201);
    answer.ok()
}

pub fn id(value: &Value) -> String {
    value["id"].as_str().unwrap().to_owned()
}

/// Starts a job and waits for its end by its event stream.
pub fn run(server: &Running, upload: &Value, asked: &Value) -> (String, Vec<(String, Value)>) {
    let started = server.post_json(&format!("/api/uploads/{}/jobs", id(upload)), asked);
    assert_eq!(started.status, 202, "{}", started.text());
    let job = id(&started.ok());
    let events = server.events(&format!("/api/jobs/{job}/events"), |_| false);
    (job, events)
}

pub fn done(server: &Running, upload: &Value, asked: &Value) -> String {
    let (job, events) = run(server, upload, asked);
    assert_eq!(events.last().unwrap().0, "done", "{events:?}");
    job
}

/// The CSV of a sample, rebuilt from its preview.
fn sample(server: &Running) -> (Value, String) {
    let uploaded = server.send("POST", "/api/uploads?sample=synthetic", &[], b"").ok();
    let mut csv = String::new();
    let preview = server.get(&format!("/api/uploads/{}/preview?n=500", id(&uploaded))).ok();
    for line in std::iter::once(&preview["columns"]).chain(preview["rows"].as_array().unwrap()) {
        let cells: Vec<&str> =
            line.as_array().unwrap().iter().map(|cell| cell.as_str().unwrap()).collect();
        csv.push_str(&cells.join(","));
        csv.push('\n');
    }
    (uploaded, csv)
}

#[test]
fn an_upload_is_described_and_its_label_found() {
    let server = start();
    let (uploaded, _) = sample(&server);
    assert_eq!(uploaded["rows"], 2_000);
    let columns = uploaded["columns"].as_array().unwrap();
    assert_eq!(columns.len(), 42);
    assert_eq!(
        (&columns[2]["name"], &columns[2]["kind"]),
        (&json!("service"), &json!("categorical"))
    );
    let label = &uploaded["label_candidates"][0];
    assert_eq!(
        (&label["column"], &label["normal"], &label["likely"]),
        (&json!("class"), &json!(["normal"]), &json!(true))
    );
    assert_eq!(label["values"][0], json!({ "value": "normal", "rows": 1_600 }));
    let listed = server.get("/api/uploads").ok();
    assert_eq!(listed["uploads"].as_array().unwrap().len(), 1);
}

fn writes(rows: &Rows, label: &str, threshold: f64, escape: bool) -> Vec<u8> {
    let model = model(label);
    let scored = model.score_rows(rows).unwrap();
    let mut out = Vec::new();
    let options = WriteOptions { escape_formulas: escape, ..WriteOptions::default() };
    let mut writer = ScoredWriter::new(&mut out, FileFormat::Csv, rows.names(), &options).unwrap();
    writer.write(rows, &model.decisions(&scored, threshold)).unwrap();
    writer.finish().unwrap();
    out
}

#[test]
fn a_saved_model_scores_an_upload_as_the_command_does() {
    let server = start();
    let (_, csv) = sample(&server);
    let uploaded = upload(&server, &csv);
    let asked = json!({ "action": "score", "model": format!("small/{}", trial("AE")),
        "label": { "column": "class", "normal": ["normal"] } });
    let job = done(&server, &uploaded, &asked);
    let result = server.get(&format!("/api/jobs/{job}/result")).ok();
    let rows = rows(&csv);
    let scores = model("AE").score_rows(&rows).unwrap().scores;
    assert_eq!(result["scores"], json!(scores));
    let labels = find_labels(&rows, None).unwrap().unwrap().outliers;
    assert_eq!(result["roc_auc"], json!(roc_auc(&labels, &scores)));
    let text: String = labels.iter().map(|&label| if label { '1' } else { '0' }).collect();
    assert_eq!(result["labels"], json!(text));
    assert_eq!(result["projection"]["x"].as_array().unwrap().len(), 500);

    for threshold in [result["threshold"].as_f64().unwrap(), scores[17]] {
        let file = server.get(&format!("/api/jobs/{job}/download?threshold={threshold:?}"));
        assert_eq!(file.body, writes(&rows, "AE", threshold, false));
        assert_eq!(
            file.header("content-disposition"),
            Some("attachment; filename=\"my_traffic-scored.csv\"")
        );
        let counts = Confusion::at(&labels, &scores, threshold);
        let of = |only: &str| {
            let path = format!("/api/jobs/{job}/rows?only={only}&threshold={threshold:?}");
            server.get(&path).ok()["matching"].as_u64().unwrap()
        };
        assert_eq!(of("anomalies"), counts.tp + counts.fp);
        assert_eq!(of("normal"), counts.tn + counts.fn_);
        assert_eq!(of("wrong"), counts.fp + counts.fn_);
    }
}

#[test]
fn a_download_of_a_file_that_has_one_of_the_added_columns_gets_a_prefix() {
    let server = start();
    let (_, csv) = sample(&server);
    let asked = json!({ "action": "score", "model": format!("small/{}", trial("AE")) });
    // What a label column is often called, what `oddbench score` writes, and what an earlier download has.
    for (columns, prefix) in [
        ("is_anomaly", "oddbench_"),
        ("score,share_3", "oddbench_"),
        ("score,oddbench_score", "oddbench_2_"),
    ] {
        let zeros = ",0".repeat(columns.split(',').count());
        let mut lines = csv.lines();
        let mut text = format!("{},{columns}\n", lines.next().unwrap());
        lines.for_each(|line| text.push_str(&format!("{line}{zeros}\n")));
        let job = done(&server, &upload(&server, &text), &asked);
        let result = server.get(&format!("/api/jobs/{job}/result")).ok();
        assert_eq!(result["download_prefix"], prefix, "{columns}");
        let file = server.get(&format!("/api/jobs/{job}/download"));
        assert_eq!(file.status, 200);
        let written = file.text();
        let header = written.lines().next().unwrap();
        assert!(
            header.contains(&format!(",{columns},{prefix}score,{prefix}is_anomaly,")),
            "{header}"
        );
        assert_eq!(written.lines().count(), text.lines().count());
    }
}

#[test]
fn rows_are_sorted_and_opened() {
    let server = start();
    let (_, csv) = sample(&server);
    let uploaded = upload(&server, &csv);
    let job = done(
        &server,
        &uploaded,
        &json!({ "action": "score", "model": format!("small/{}", trial("AE")) }),
    );
    let page = server.get(&format!("/api/jobs/{job}/rows?size=500")).ok();
    let lines = page["rows"].as_array().unwrap();
    let scores: Vec<f64> = lines.iter().map(|line| line["score"].as_f64().unwrap()).collect();
    assert!(scores.len() == 500 && scores.is_sorted_by(|a, b| a >= b));
    let by_bytes =
        server.get(&format!("/api/jobs/{job}/rows?sort=column:src_bytes&order=asc&size=500")).ok();
    let bytes: Vec<f64> = by_bytes["rows"]
        .as_array()
        .unwrap()
        .iter()
        .map(|line| line["values"]["src_bytes"].as_str().unwrap().parse().unwrap())
        .collect();
    assert!(bytes.is_sorted());

    let at = lines[0]["position"].as_u64().unwrap();
    let opened = server.get(&format!("/api/jobs/{job}/rows/{at}")).ok();
    assert_eq!(opened["score"], lines[0]["score"]);
    let features = opened["features"].as_array().unwrap();
    let of = |name: &str| features.iter().find(|feature| feature["name"] == name).unwrap();
    assert!(
        of("src_bytes")["reconstruction"].is_number()
            && of("src_bytes")["usual"]["high"].is_number()
    );
    assert_eq!(of("duration")["used"], json!(false));
    let first = &lines[0]["top"][0];
    assert_eq!(of(first["feature"].as_str().unwrap())["share"], first["share"]);

    let scatter = server.get(&format!("/api/jobs/{job}/scatter?x=src_bytes&y=service&n=100")).ok();
    assert_eq!(scatter["x"].as_array().unwrap().len(), 100);
    assert!(scatter["y_levels"].as_array().unwrap().len() > 1 && scatter["x_levels"].is_null());
    for bad in [
        "rows?sort=none",
        "rows?only=some",
        "rows?sort=column:none",
        "scatter?x=none&y=count",
        "download?threshold=inf",
    ] {
        server.get(&format!("/api/jobs/{job}/{bad}")).is_error(400);
    }
    server.get(&format!("/api/jobs/{job}/rows/500")).is_error(404);
}

#[test]
fn models_are_fitted_on_an_unlabelled_upload() {
    let server = start();
    let (_, csv) = sample(&server);
    let uploaded = upload(&server, &csv);
    for (kind, params, epochs) in [
        ("isolation-forest", json!({ "n_estimators": 5 }), 0),
        ("autoencoder", json!({ "epochs": 3 }), 3),
    ] {
        let asked = json!({ "action": "fit", "kind": kind, "params": params, "seed": 7, "quantile": 0.9,
            "label": { "column": "class", "normal": ["normal"] } });
        let (job, events) = run(&server, &uploaded, &asked);
        let (name, last) = events.last().unwrap();
        assert_eq!(name, "done", "{last}");
        assert_eq!(last["epochs"].as_array().unwrap().len(), epochs);
        let result = server.get(&format!("/api/jobs/{job}/result")).ok();
        let scores: Vec<f64> = result["scores"]
            .as_array()
            .unwrap()
            .iter()
            .map(|score| score.as_f64().unwrap())
            .collect();
        let threshold = result["threshold"].as_f64().unwrap();
        let above = scores.iter().filter(|&&score| score > threshold).count();
        assert!((1..=50).contains(&above), "{above} of 500 beyond the 0.9 quantile");
        // What the label says is no feature.
        let models = server.get("/api/models").ok();
        let fitted = models["models"]
            .as_array()
            .unwrap()
            .iter()
            .find(|model| model["id"] == format!("fitted/{job}"))
            .unwrap();
        assert!(
            fitted["features"].as_array().unwrap().iter().all(|feature| feature["name"] != "class")
        );
        // The fitted model serves other requests until its job is forgotten.
        let again = server.post_csv(&format!("/api/score?model=fitted/{job}"), csv.as_bytes()).ok();
        assert_eq!(again["scores"], result["scores"]);
        assert_eq!(server.send("DELETE", &format!("/api/jobs/{job}"), &[], b"").status, 204);
        server.post_csv(&format!("/api/score?model=fitted/{job}"), csv.as_bytes()).is_error(404);
    }
}

#[test]
fn a_running_job_is_cancelled_and_a_deleted_upload_takes_its_jobs_along() {
    let server = start();
    let (uploaded, _) = sample(&server);
    let asked = json!({ "action": "fit", "kind": "autoencoder", "params": { "epochs": 100_000 } });
    let started = server.post_json(&format!("/api/uploads/{}/jobs", id(&uploaded)), &asked).ok();
    let job = id(&started);
    let events = server.events(&format!("/api/jobs/{job}/events"), |events| {
        events
            .iter()
            .any(|(_, data)| data["epochs"].as_array().is_some_and(|epochs| !epochs.is_empty()))
    });
    assert_eq!(events.last().unwrap().1["state"], "running");
    server.get(&format!("/api/jobs/{job}/result")).is_error(409);
    assert_eq!(server.send("DELETE", &format!("/api/jobs/{job}"), &[], b"").status, 204);
    let events = server.events(&format!("/api/jobs/{job}/events"), |_| false);
    assert_eq!(events.last().unwrap().0, "cancelled");
    assert_eq!(
        server.send("DELETE", &format!("/api/uploads/{}", id(&uploaded)), &[], b"").status,
        204
    );
    server.get(&format!("/api/jobs/{job}")).is_error(404);
    server.get(&format!("/api/uploads/{}", id(&uploaded))).is_error(404);
}

#[test]
fn what_cannot_be_done_is_said_at_once() {
    let server = start();
    let uploaded = upload(&server, CSV);
    let path = format!("/api/uploads/{}/jobs", id(&uploaded));
    for (asked, status) in [
        (json!({ "action": "score", "model": "small/none" }), 404),
        (json!({ "action": "score" }), 400),
        (json!({ "action": "dance" }), 400),
        (json!({ "action": "fit", "kind": "random-forest" }), 400),
        (json!({ "action": "fit", "kind": "autoencoder", "quantile": 1.5 }), 400),
        (json!({ "action": "fit", "kind": "autoencoder", "columns": ["none"] }), 422),
        (
            json!({ "action": "fit", "kind": "autoencoder", "label": { "column": "none", "normal": [] } }),
            422,
        ),
        (
            json!({ "action": "fit", "kind": "autoencoder", "label": { "column": "service", "normal": ["none"] } }),
            422,
        ),
    ] {
        server.post_json(&path, &asked).is_error(status);
    }
    let other = upload(&server, "a,b\n1,2\n3,4\n");
    let said = server
        .post_json(
            &format!("/api/uploads/{}/jobs", id(&other)),
            &json!({ "action": "score", "model": format!("small/{}", trial("PCA")) }),
        )
        .is_error(422);
    assert!(said.contains("src_bytes"), "{said}");
    for bad in ["", "a,b\n1\n", "a,b\n1,2\n3\n", "a,b\n"] {
        server.post_csv("/api/uploads", bad.as_bytes()).is_error(422);
    }
    server
        .send("POST", "/api/uploads", &[("content-type", "application/zip")], b"PK")
        .is_error(415);
    server.send("POST", "/api/uploads?sample=none", &[], b"").is_error(404);
    server.send("POST", "/api/uploads?sample=kdd99-test", &[], b"").is_error(409);
}

#[test]
fn formulas_are_neutralised_on_download_and_nothing_else_changes() {
    let server = start();
    let csv = CSV
        .replace("http,a", "http,=cmd|' /C calc'!A0")
        .replace("private,b", "private,@SUM(1)")
        .replace("domain_u,c", "domain_u,-5");
    let uploaded = upload(&server, &csv);
    let job = done(
        &server,
        &uploaded,
        &json!({ "action": "score", "model": format!("small/{}", trial("PCA")) }),
    );
    let file = server.get(&format!("/api/jobs/{job}/download?threshold=0.5"));
    assert_eq!(file.body, writes(&rows(&csv), "PCA", 0.5, true));
    let text = file.text();
    assert!(
        text.contains(",'=cmd|' /C calc'!A0,")
            && text.contains(",'@SUM(1),")
            && text.contains(",-5,"),
        "{text}"
    );
}

#[test]
fn a_download_has_commas_whatever_the_upload_had() {
    let server = start();
    let csv = CSV.replace(',', ";");
    let uploaded = upload(&server, &csv);
    assert_eq!(uploaded["columns"].as_array().unwrap().len(), 6);
    let asked = json!({ "action": "score", "model": format!("small/{}", trial("PCA")) });
    let job = done(&server, &uploaded, &asked);
    let file = server.get(&format!("/api/jobs/{job}/download?threshold=0.5"));
    assert_eq!(file.body, writes(&rows(CSV), "PCA", 0.5, false));
}

#[test]
fn uploads_are_bounded_in_bytes_rows_columns_and_number() {
    let limits = Limits {
        upload_bytes: 1_000,
        upload_rows: 5,
        upload_columns: 6,
        upload_cells: 24,
        uploads: 2,
        ..Limits::default()
    };
    let server = start_with(|config| config.limits = limits);
    // 5 rows of 6 columns are 30 cells.
    server.post_csv("/api/uploads", CSV.as_bytes()).is_error(413);
    server.post_csv("/api/uploads", &vec![b'x'; 1_001]).is_error(413);
    server.post_csv("/api/uploads", b"a\n1\n2\n3\n4\n5\n6\n").is_error(413);
    server.post_csv("/api/uploads", b"a,b,c,d,e,f,g\n1,2,3,4,5,6,7\n").is_error(413);
    let first = upload(&server, "a,b\n1,2\n");
    upload(&server, "a,b\n1,3\n");
    upload(&server, "a,b\n1,4\n");
    server.get(&format!("/api/uploads/{}", id(&first))).is_error(404);
    assert_eq!(server.get("/api/uploads").ok()["uploads"].as_array().unwrap().len(), 2);
}

#[test]
fn uploads_expire_and_jobs_are_bounded() {
    let limits = Limits { upload_age: Duration::from_millis(300), ..Limits::default() };
    let server = start_with(|config| config.limits = limits);
    let uploaded = upload(&server, CSV);
    std::thread::sleep(Duration::from_millis(400));
    server.get(&format!("/api/uploads/{}", id(&uploaded))).is_error(404);

    let server = Arc::new(start_with(|config| {
        config.limits = Limits { jobs: 1, jobs_waiting: 1, ..Limits::default() }
    }));
    let (uploaded, _) = sample(&server);
    let path = format!("/api/uploads/{}/jobs", id(&uploaded));
    let long = json!({ "action": "fit", "kind": "autoencoder", "params": { "epochs": 100_000 } });
    let jobs: Vec<String> = (0..2).map(|_| id(&server.post_json(&path, &long).ok())).collect();
    let refused = server.post_json(&path, &long);
    refused.is_error(429);
    assert!(refused.header("retry-after").is_some());
    for job in jobs {
        assert_eq!(server.send("DELETE", &format!("/api/jobs/{job}"), &[], b"").status, 204);
    }
}

#[test]
fn a_job_that_takes_too_long_is_stopped() {
    let limits = Limits { job_time: Duration::from_millis(300), ..Limits::default() };
    let server = start_with(|config| config.limits = limits);
    let (uploaded, _) = sample(&server);
    let (_, events) = run(
        &server,
        &uploaded,
        &json!({ "action": "fit", "kind": "autoencoder", "params": { "epochs": 100_000 } }),
    );
    let (name, last) = events.last().unwrap();
    assert!(name == "failed" && last["error"].as_str().unwrap().contains("longer"), "{last}");
}
