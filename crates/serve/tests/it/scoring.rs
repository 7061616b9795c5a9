//! `POST /api/score` gives what the library gives.

use std::io::Cursor;
use std::path::Path;

use oddbench_data::rows::{ReadOptions, RowReader, Rows};
use oddbench_engine::scoring::{SavedModel, Scored};
use serde_json::{Value, json};

use crate::experiment::{results, trial};
use crate::server::{start, start_with};

/// Five rows with a category that training never saw.
pub const CSV: &str = "\
src_bytes,dst_bytes,count,serror_rate,service,note
181,5450,8,0,http,a
0,0,250,1,private,b
105,146,1,0,domain_u,c
9000000,3,511,0.5,http,d
12,0,2,0,never_seen,e
";

pub fn rows(csv: &str) -> Rows {
    let content = Box::new(Cursor::new(csv.as_bytes().to_vec()));
    RowReader::new(content, "test", &ReadOptions::default()).unwrap().read_all().unwrap()
}

pub fn model(label: &str) -> SavedModel {
    SavedModel::open(&results().join("small/trials").join(trial(label))).unwrap()
}

fn expected(label: &str) -> (SavedModel, Scored) {
    let model = model(label);
    let scored = model.score_rows(&rows(CSV)).unwrap();
    (model, scored)
}

fn json_rows() -> Value {
    let rows = rows(CSV);
    let cell = |row: usize, column: usize| {
        let text = rows.text(row, column);
        text.parse::<f64>().map_or(json!(text), |number| json!(number))
    };
    let line = |row| {
        let names = rows.names().iter().enumerate();
        names.map(|(column, name)| (name.clone(), cell(row, column))).collect::<Value>()
    };
    (0..rows.len()).map(line).collect()
}

#[test]
fn csv_and_json_give_the_scores_of_the_library() {
    let server = start();
    for label in ["PCA", "forest", "AE"] {
        let (model, scored) = expected(label);
        let threshold = model.info().default_threshold().unwrap();
        let path = format!("/api/score?model=small/{}", trial(label));
        let wrapped = json!({ "rows": json_rows() });
        for answer in [
            server.post_csv(&path, CSV.as_bytes()),
            server.post_json(&path, &json_rows()),
            server.post_json(&path, &wrapped),
        ] {
            let answer = answer.ok();
            assert_eq!(answer["scores"], json!(scored.scores), "{label}");
            assert_eq!(answer["threshold"], json!(threshold));
            let anomalies: Vec<bool> =
                scored.scores.iter().map(|&score| score > threshold).collect();
            assert_eq!(answer["is_anomaly"], json!(anomalies));
            assert_eq!(answer["anomalies"], json!(anomalies.iter().filter(|a| **a).count()));
            assert_eq!(
                answer["unseen"],
                json!([{ "column": "service", "rows": 1, "values": ["never_seen"] }])
            );
            let marked = answer["unseen_rows"].as_array().unwrap();
            assert_eq!((marked.len(), &marked[0]["columns"]), (1, &json!(["service"])));
        }
    }
}

#[test]
fn the_features_that_contributed_most_are_named() {
    let server = start();
    let (model, scored) = expected("AE");
    let answer =
        server.post_csv(&format!("/api/score?model=small/{}", trial("AE")), CSV.as_bytes()).ok();
    for row in 0..5 {
        let top = answer["top"][row].as_array().unwrap();
        let expected = scored.top(row, 3);
        assert_eq!(top.len(), expected.len());
        for (named, (at, share)) in top.iter().zip(expected) {
            assert_eq!(
                (&named["feature"], &named["share"]),
                (&json!(model.info().columns[at].name), &json!(share))
            );
        }
    }
    let brief = server
        .post_csv(&format!("/api/score?model=small/{}&explain=false", trial("AE")), CSV.as_bytes())
        .ok();
    assert_eq!(brief["top"], Value::Null);
}

#[test]
fn the_threshold_can_be_moved_without_a_fit() {
    let server = start();
    let (_, scored) = expected("PCA");
    let mut sorted = scored.scores.clone();
    sorted.sort_by(f64::total_cmp);
    let path = format!("/api/score?model=small/{}&threshold={:?}", trial("PCA"), sorted[2]);
    let answer = server.post_csv(&path, CSV.as_bytes()).ok();
    // Two of five scores are greater than the third.
    assert_eq!(answer["anomalies"], json!(2));
}

#[test]
fn models_are_listed_with_what_they_read_and_their_thresholds() {
    let server = start();
    let listed = server.get("/api/models").ok();
    let models = listed["models"].as_array().unwrap();
    assert_eq!(models.len(), 4);
    for shown in models {
        let id = shown["trial"].as_str().unwrap();
        let model = SavedModel::open(&results().join("small/trials").join(id)).unwrap();
        assert_eq!(shown["threshold"], json!(model.info().default_threshold().unwrap()));
        let columns: Vec<Value> = model
            .info()
            .columns
            .iter()
            .map(|c| json!({ "name": c.name, "kind": c.kind }))
            .collect();
        assert_eq!(shown["features"], json!(columns));
    }
    let brief = server.get("/api/models?brief=1").ok();
    assert_eq!(brief["models"].as_array().unwrap().len(), 3);
    assert_eq!(listed["broken"], json!([]));
}

#[test]
fn an_experiment_whose_models_cannot_be_listed_is_named() {
    let folder = tempfile::tempdir().unwrap();
    copy(&results().join("small"), &folder.path().join("small"));
    let results = folder.path().to_owned();
    let server = start_with(|config| config.results = results);
    let summary = folder.path().join("small/summary.csv");
    let whole = std::fs::read_to_string(&summary).unwrap();
    for text in [Some(whole.replacen("completed", "completed,more", 1)), None] {
        match text {
            Some(text) => std::fs::write(&summary, text).unwrap(),
            None => std::fs::remove_file(&summary).unwrap(),
        }
        let listed = server.get("/api/models").ok();
        assert_eq!(
            (&listed["models"], &listed["broken"][0]["name"]),
            (&json!([]), &json!("small"))
        );
        let error = listed["broken"][0]["error"].as_str().unwrap();
        assert!(error.contains("summary.csv"), "{error}");
    }
    std::fs::write(&summary, whole).unwrap();
    assert_eq!(server.get("/api/models").ok()["models"].as_array().unwrap().len(), 4);
}

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let (entry, to) = (entry.unwrap(), to.to_owned());
        let target = to.join(entry.file_name());
        match entry.file_type().unwrap().is_dir() {
            true => copy(&entry.path(), &target),
            false => drop(std::fs::copy(entry.path(), target).unwrap()),
        }
    }
}

#[test]
fn a_folder_of_fitted_models_is_served_by_name() {
    let folder = tempfile::tempdir().unwrap();
    let request = oddbench_engine::scoring::FitRequest { name: "own".into(), ..Default::default() };
    let fitted =
        oddbench_engine::scoring::fit_unlabelled(&rows(CSV), &request, &mut oddbench_core::Silent)
            .unwrap();
    fitted.save(&folder.path().join("own")).unwrap();
    let models = folder.path().to_owned();
    let server = start_with(|config| config.models = Some(models));
    let listed = server.get("/api/models").ok();
    assert!(listed["models"].as_array().unwrap().iter().any(|model| model["id"] == "saved/own"));
    let answer = server.post_csv("/api/score?model=saved/own", CSV.as_bytes()).ok();
    assert_eq!(answer["scores"], json!(fitted.score_rows(&rows(CSV)).unwrap().scores));
}

#[test]
fn rows_that_cannot_be_scored_are_refused_with_their_line() {
    let server = start();
    let path = format!("/api/score?model=small/{}", trial("PCA"));
    let bad = CSV.replace("105,146", "x,146");
    let said = server.post_csv(&path, bad.as_bytes()).is_error(422);
    assert!(said.contains("line 4") && said.contains("src_bytes"), "{said}");
    let said = server.post_csv(&path, b"a,b\n1,2\n").is_error(422);
    assert!(said.contains("src_bytes"), "{said}");
    server.post_json(&path, &json!([{ "src_bytes": 1 }])).is_error(422);
    server.post_json(&path, &json!([])).is_error(400);
    server.post_csv(&path, b"").is_error(422);
    server.post_csv("/api/score?model=small/none", CSV.as_bytes()).is_error(404);
    server.post_csv("/api/score", CSV.as_bytes()).is_error(400);
    server.post_csv(&format!("{path}&threshold=NaN"), CSV.as_bytes()).is_error(400);
    server.send("POST", &path, &[("content-type", "text/plain")], b"x").is_error(415);
    server.send("POST", &path, &[], b"x").is_error(415);
}
