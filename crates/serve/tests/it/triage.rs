//! What comes after the scores: reasons with values, filters, groups of alike rows, marks, another label, and models
//! that outlive the rows that they were fitted on.

use std::fmt::Write as _;

use oddbench_core::metrics::roc_auc;
use serde_json::{Value, json};

use crate::detect::{done, id, upload};
use crate::experiment::trial;
use crate::server::{Running, start, start_with};
use oddbench_serve::Limits;

/// Size, pause, protocol and class of a row.
type Row = (u32, f64, &'static str, &'static str);

/// Rows of two measures: usual ones, forty of one flood, and one of another kind.
fn rows() -> Vec<Row> {
    let mut rows = Vec::new();
    for i in 0..400_u32 {
        let (size, pause) = (200 + i * 37 % 101, f64::from(i * 13 % 97) / 10.0);
        let proto = if i % 2 == 0 { "TCP" } else { "udp" };
        rows.push(match i % 10 {
            3 => (9_000 + i % 7, pause, proto, "flood"),
            _ if i == 100 => (size, 900.0, proto, "slow"),
            _ => (size, pause, proto, "normal"),
        });
    }
    rows
}

fn csv() -> String {
    let mut text = "size,pause,proto,class\n".to_owned();
    for (size, pause, proto, class) in rows() {
        let _ = writeln!(text, "{size},{pause},{proto},{class}");
    }
    text
}

fn label(normal: &[&str]) -> Value {
    json!({ "column": "class", "normal": normal })
}

/// A result of a model that was fitted on the normal rows of that table.
fn fitted(server: &Running) -> (Value, String) {
    let uploaded = upload(server, &csv());
    let asked = json!({ "action": "fit", "kind": "hbos", "fit_on": "normal", "quantile": 0.99,
        "label": label(&["normal"]), "name": "hbos of a quiet day" });
    let job = done(server, &uploaded, &asked);
    (uploaded, job)
}

fn numbers(values: &Value) -> Vec<f64> {
    values.as_array().unwrap().iter().map(|value| value.as_f64().unwrap()).collect()
}

#[test]
fn another_label_judges_the_same_scores() {
    let server = start();
    let (_, job) = fitted(&server);
    let path = format!("/api/jobs/{job}/label");
    let first = server.get(&format!("/api/jobs/{job}/result")).ok();
    let scores = numbers(&first["scores"]);
    let auc = |outlier: &dyn Fn(&str) -> bool| {
        let outliers: Vec<bool> = rows().iter().map(|row| outlier(row.3)).collect();
        json!(roc_auc(&outliers, &scores))
    };
    assert_eq!(first["roc_auc"], auc(&|class| class != "normal"));
    assert_eq!(first["fitted"]["on"], "normal");
    assert_eq!((&first["fitted"]["rows"], &first["fitted"]["outliers"]), (&json!(359), &json!(0)));
    let other = server.post_json(&path, &json!({ "label": label(&["normal", "flood"]) })).ok();
    assert_eq!(other["scores"], first["scores"]);
    let mut normal: Vec<&str> =
        other["normal"].as_array().unwrap().iter().map(|name| name.as_str().unwrap()).collect();
    normal.sort_unstable();
    assert_eq!(normal, ["flood", "normal"]);
    assert_eq!(other["roc_auc"], auc(&|class| class == "slow"));
    // The rows follow.
    let wrong = server.get(&format!("/api/jobs/{job}/rows?only=wrong&threshold=-1e9")).ok();
    assert_eq!(wrong["matching"], 399);
    let none = server.post_json(&path, &json!({ "label": null })).ok();
    assert!(none["labels"].is_null() && none["roc_auc"].is_null());
    server.post_json(&path, &json!({ "label": { "column": "none", "normal": [] } })).is_error(422);
    server.post_json(&path, &json!({ "label": label(&["none"]) })).is_error(422);
    server.post_json("/api/jobs/none/label", &json!({ "label": null })).is_error(404);
}

#[test]
fn reasons_have_the_value_and_what_is_usual() {
    let server = start();
    let uploaded = upload(&server, &csv());
    let asked = json!({ "action": "fit", "kind": "autoencoder", "params": { "epochs": 20 }, "fit_on": "normal",
        "quantile": 0.99, "label": label(&["normal"]) });
    let job = done(&server, &uploaded, &asked);
    // Nearly a hundred times the usual size: every flood is called an anomaly, so that usual is what is normal.
    let page = server.get(&format!("/api/jobs/{job}/rows?size=50&only=anomalies&class=flood")).ok();
    let of_flood = page["rows"].as_array().unwrap();
    assert_eq!(of_flood.len(), 40);
    for row in of_flood {
        let reason = &row["top"][0];
        assert_eq!(reason["feature"], "size");
        assert_eq!(
            reason["value"].as_f64().unwrap().to_string(),
            row["values"]["size"].as_str().unwrap()
        );
        assert_eq!(reason["outside"], true);
        let (low, high) =
            (reason["usual"]["low"].as_f64().unwrap(), reason["usual"]["high"].as_f64().unwrap());
        assert!((200.0..=202.0).contains(&low) && (298.0..=300.0).contains(&high), "{reason}");
    }
}

#[test]
fn rows_are_searched_filtered_and_grouped() {
    let server = start();
    let (_, job) = fitted(&server);
    let ask = |query: &str| server.get(&format!("/api/jobs/{job}/rows?size=500&{query}")).ok();
    let count = |fits: &dyn Fn(&Row) -> bool| json!(rows().iter().filter(|row| fits(row)).count());
    assert_eq!(ask("q=tcp")["matching"], count(&|row| row.2 == "TCP"));
    assert_eq!(
        ask("q=FLOOD&column=proto&is=udp")["matching"],
        count(&|row| row.3 == "flood" && row.2 == "udp")
    );
    assert_eq!(ask("class=slow")["matching"], 1);
    assert_eq!(ask("column=size&from=9000")["matching"], 40);
    assert_eq!(ask("column=size&from=200&to=210")["matching"], count(&|row| row.0 <= 210));
    assert_eq!(ask("reason=size&class=flood")["matching"], 40);
    // Alike rows are one line, and each row is in one group.
    let grouped = ask("only=anomalies&group=true");
    let alike: u64 =
        grouped["rows"].as_array().unwrap().iter().map(|row| row["alike"].as_u64().unwrap()).sum();
    assert_eq!(json!(alike), grouped["matching"]);
    assert_eq!(grouped["groups"], grouped["rows"].as_array().unwrap().len());
    assert!(grouped["groups"].as_u64() < grouped["matching"].as_u64());
    let first = &grouped["rows"][0];
    let group = ask(&format!("only=anomalies&like={}", first["position"]));
    assert_eq!(group["matching"], first["alike"]);
    assert!(group["groups"].is_null());
    for bad in ["column=none", "reason=class", "like=400", "mark=some", "from=x"] {
        server.get(&format!("/api/jobs/{job}/rows?{bad}")).is_error(400);
    }
}

#[test]
fn marks_stay_with_the_rows_and_go_out_with_them() {
    let server = start();
    let (uploaded, job) = fitted(&server);
    let plain = server.get(&format!("/api/jobs/{job}/download")).text();
    assert!(plain.lines().next().unwrap().starts_with("size,pause,proto,class,score"));
    let path = format!("/api/jobs/{job}/marks");
    let sums = server.post_json(&path, &json!({ "positions": [3], "mark": "benign" })).ok();
    assert_eq!(sums, json!({ "benign": 1, "look_again": 0 }));
    let alike = server.get(&format!("/api/jobs/{job}/rows?only=anomalies&like=3")).ok();
    let sums = server
        .post_json(&path, &json!({ "positions": [3], "mark": "look-again", "alike": true }))
        .ok();
    assert_eq!(sums, json!({ "benign": 0, "look_again": alike["matching"] }));
    server.post_json(&path, &json!({ "positions": [100], "mark": "benign" })).ok();
    // Another model of the same rows finds them marked.
    let again = done(&server, &uploaded, &json!({ "action": "fit", "kind": "pca" }));
    let marked = server.get(&format!("/api/jobs/{again}/rows?mark=benign")).ok();
    assert_eq!((&marked["matching"], &marked["rows"][0]["position"]), (&json!(1), &json!(100)));
    assert_eq!(marked["rows"][0]["mark"], "benign");
    let text = server.get(&format!("/api/jobs/{again}/download")).text();
    let lines: Vec<&str> = text.lines().collect();
    assert!(lines[0].starts_with("size,pause,proto,class,mark,score"));
    assert!(lines[101].contains(",slow,benign,") && lines[4].contains(",flood,look again,"));
    assert_eq!(lines.len(), 401);
    server.post_json(&path, &json!({ "positions": [3, 100], "mark": null, "alike": true })).ok();
    assert_eq!(server.get(&format!("/api/jobs/{job}/download")).text(), plain);
    server.post_json(&path, &json!({ "positions": [400], "mark": null })).is_error(400);
}

#[test]
fn a_fitted_model_outlives_its_rows_and_is_listed_where_it_fits() {
    let server = start();
    let (uploaded, job) = fitted(&server);
    let model = format!("fitted/{job}");
    let other = upload(
        &server,
        &csv().lines().take(30).fold(String::new(), |text, line| text + line + "\n"),
    );
    let foreign = upload(&server, "p,q\n1,2\n3,4\n5,9\n");
    let texts = upload(&server, "size,pause,proto\nbig,1,udp\nsmall,2,tcp\n");
    assert_eq!(
        server.send("DELETE", &format!("/api/uploads/{}", id(&uploaded)), &[], b"").status,
        204
    );
    let listed = |upload: &Value| {
        let list = server.get(&format!("/api/models?brief=1&upload={}", id(upload))).ok();
        let found = list["models"].as_array().unwrap().iter().find(|of| of["id"] == model.as_str());
        (found.cloned(), list["unfit"].as_u64().unwrap(), list["models"].as_array().unwrap().len())
    };
    let (found, unfit, _) = listed(&other);
    let found = found.unwrap();
    assert_eq!(found["name"], "hbos of a quiet day");
    assert_eq!(found["fitted_on"], "359 rows marked normal of my traffic.csv");
    assert!(unfit > 0, "the experiment's models read other columns");
    // Neither where columns are missing, nor where texts stand for numbers.
    for upload in [&foreign, &texts] {
        let (found, others, fitting) = listed(upload);
        assert_eq!((found, others, fitting), (None, unfit + 1, 0));
    }
    // It was fitted on every feature; of a file with more columns it ignores some.
    assert_eq!(found["unread"], json!([]));
    let wider = csv().lines().take(30).enumerate().fold(String::new(), |text, (row, line)| {
        let more = if row == 0 { "more".to_owned() } else { format!("{}.5", row * row % 17) };
        format!("{text}{line},{more}\n")
    });
    assert_eq!(listed(&upload(&server, &wider)).0.unwrap()["unread"], json!(["more"]));
    let scored = done(&server, &other, &json!({ "action": "score", "model": model }));
    let result = server.get(&format!("/api/jobs/{scored}/result")).ok();
    assert_eq!(result["scores"].as_array().unwrap().len(), 29);
    assert!(result["fitted"].is_null());
    // A name, and the end.
    let path = format!("/api/fitted/{job}");
    assert_eq!(server.post_json(&path, &json!({ "name": " last\nweek " })).status, 204);
    assert_eq!(listed(&other).0.unwrap()["name"], "lastweek");
    server.post_json(&path, &json!({ "name": " " })).is_error(400);
    server.post_json("/api/fitted/none", &json!({ "name": "x" })).is_error(404);
    assert_eq!(server.send("DELETE", &path, &[], b"").status, 204);
    assert_eq!(listed(&other).0, None);
    server.send("DELETE", &path, &[], b"").is_error(404);
}

#[test]
fn models_of_experiments_are_listed_where_their_columns_are() {
    let server = start();
    let sample = server.send("POST", "/api/uploads?sample=synthetic", &[], b"").ok();
    let list = server.get(&format!("/api/models?brief=1&upload={}", id(&sample))).ok();
    let models = list["models"].as_array().unwrap();
    assert!(models.iter().any(|model| model["id"] == format!("small/{}", trial("AE"))));
    assert!(
        models.iter().all(|model| model["experiment"] == "small" && model["features"].is_null())
    );
    server.get("/api/models?upload=none").is_error(404);
}

#[test]
fn a_model_is_fitted_on_another_upload_and_on_its_normal_rows() {
    let server = start();
    let quiet = upload(&server, &csv());
    // A class that the other table has not.
    let today = upload(
        &server,
        "size,pause,proto,class\n250,5,TCP,worm\n9001,5,udp,flood\n251,4,udp,worm\n",
    );
    let asked = json!({ "action": "fit", "kind": "hbos", "fit_upload": id(&quiet), "fit_on": "normal",
        "label": label(&["worm"]) });
    // No row of the other upload is a worm.
    let path = format!("/api/uploads/{}/jobs", id(&today));
    let said = server.post_json(&path, &asked).is_error(422);
    assert!(said.contains("normal"), "{said}");
    let all = json!({ "action": "fit", "kind": "hbos", "fit_upload": id(&quiet), "label": label(&["worm"]) });
    let job = done(&server, &today, &all);
    let result = server.get(&format!("/api/jobs/{job}/result")).ok();
    assert_eq!(result["fitted"]["upload"], id(&quiet));
    assert_eq!(
        (&result["fitted"]["rows"], &result["fitted"]["outliers"]),
        (&json!(400), &Value::Null)
    );
    let scores = numbers(&result["scores"]);
    assert!(scores[1] > scores[0] && scores[1] > scores[2], "{scores:?}");
    for bad in [
        json!({ "action": "fit", "kind": "hbos", "fit_on": "normal" }),
        json!({ "action": "fit", "kind": "hbos", "scale": "loud" }),
        json!({ "action": "fit", "kind": "hbos", "transform": "sine" }),
    ] {
        server.post_json(&path, &bad).is_error(400);
    }
    let gone = json!({ "action": "fit", "kind": "hbos", "fit_upload": "u-none" });
    server.post_json(&path, &gone).is_error(404);
}

#[test]
fn scaling_and_logarithms_are_those_of_preprocessing() {
    let server = start();
    let uploaded = upload(&server, &csv());
    let scores = |more: Value| {
        let mut asked = json!({ "action": "fit", "kind": "pca", "params": { "n_components": 1 } });
        asked.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        let job = done(&server, &uploaded, &asked);
        server.get(&format!("/api/jobs/{job}/result")).ok()["scores"].clone()
    };
    let usual = scores(json!({}));
    assert_eq!(usual, scores(json!({ "scale": "min-max", "transform": "none" })));
    assert_ne!(usual, scores(json!({ "scale": "robust" })));
    assert_ne!(usual, scores(json!({ "transform": "log" })));
}

#[test]
fn every_kind_that_is_offered_has_a_schema_whose_defaults_it_takes() {
    let server = start();
    let answer = server.get("/api/kinds").ok();
    let kinds = answer["kinds"].as_array().unwrap();
    assert!(kinds.len() > 15);
    for kind in kinds {
        let name = kind["name"].as_str().unwrap();
        let known = oddbench_models::find(name).unwrap();
        assert!(!known.supervised && !known.positional, "{name}");
        let properties = kind["parameters"]["properties"].as_object();
        for (key, of) in
            properties.into_iter().flatten().filter(|(_, of)| of["deprecated"].is_null())
        {
            let given = json!({ key: of["default"] });
            if !of["default"].is_null() {
                assert!(known.resolve(&given).is_ok(), "{name}: {given}");
            }
        }
    }
    for key in ["scale", "encode", "transform"] {
        assert!(answer[key].as_array().unwrap().len() > 1);
    }
}

#[test]
fn any_format_of_the_reader_is_an_upload_and_what_is_none_is_named() {
    let server = start();
    let send = |name: &str, body: &[u8]| {
        server.send(
            "POST",
            &format!("/api/uploads?name={name}"),
            &[("content-type", "application/octet-stream")],
            body,
        )
    };
    let json = b"{\"size\":1,\"proto\":\"tcp\"}\n{\"size\":2,\"proto\":\"udp\"}\n";
    let uploaded = send("rows.jsonl", json).ok();
    assert_eq!((&uploaded["format"], &uploaded["rows"]), (&json!("JSON"), &json!(2)));
    assert_eq!(uploaded["columns"][0]["name"], "size");
    let arff = b"@relation flows\n@attribute size numeric\n@attribute proto {tcp,udp}\n@data\n1,tcp\n2,udp\n";
    assert_eq!(send("rows.arff", arff).ok()["format"], "ARFF");
    let mended = send("twice.csv", b"a,a,b\n1,2,Infinity\n3,4,5\n6,7,8\n").ok();
    assert_eq!(mended["columns"][2]["infinite"], 1);
    assert!(mended["notes"].to_string().contains("\\\"a\\\""), "{}", mended["notes"]);
    for (body, what, remedy) in [
        (&b"PAR1\0\0\0\0PAR1"[..], "parquet", "save the table as CSV"),
        (b"PK\x03\x04\x14\0\0\0\x08\0aaaaaaaaaaaaaaaaaaaaaaflows.csv", "zip", "unpack it"),
        (b"a,b\n1,\xff\n", "UTF-8", "How the file is read"),
    ] {
        let answer = send("file", body);
        answer.is_error(422);
        let said = answer.text();
        assert!(said.contains(what) && said.contains(remedy) && !said.contains("--"), "{said}");
    }
    let limits = Limits { upload_rows: 100, upload_cells: 12, ..Limits::default() };
    let server = start_with(|config| config.limits = limits);
    let said = server
        .post_csv("/api/uploads", b"a,b,c\n1,2,3\n1,2,3\n1,2,3\n1,2,3\n1,2,3\n")
        .is_error(413);
    assert!(
        said.contains("more than 4 rows, the most of 3 columns") && said.contains("12 values"),
        "{said}"
    );
    assert!(!said.contains("GET"), "{said}");
}
