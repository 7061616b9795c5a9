//! Results, rows and the live stream, compared with the content of the store.

use oddbench_core::metrics::Confusion;
use oddbench_core::metrics::Metric;
use serde_json::{Value, json};

use crate::experiment::{results, small, trial};
use crate::server::{Running, start, start_with};

#[test]
fn experiments_are_listed_with_their_counts() {
    let server = start();
    let listed = server.get("/api/experiments").ok();
    let [one] = listed["experiments"].as_array().unwrap().as_slice() else { panic!("{listed}") };
    assert_eq!(one["name"], "small");
    assert_eq!(one["models"], json!(["PCA", "forest", "AE", "breaks"]));
    assert_eq!(
        (&one["completed"], &one["failed"], &one["missing"]),
        (&json!(4), &json!(1), &json!(0))
    );
    assert_eq!(one["thresholds"][0], json!({ "name": "max-f1 on validation", "oracle": false }));
    assert_eq!(listed["broken"], json!([]));
}

#[test]
fn each_data_set_of_a_suite_is_an_experiment() {
    let folder = tempfile::tempdir().unwrap();
    copy(&results().join("small"), &folder.path().join("nets/office"));
    std::fs::write(folder.path().join("nets/suite.json"), "{}").unwrap();
    // Without the file that says so, folders below a folder are not taken for results.
    copy(&results().join("small"), &folder.path().join("other/small"));
    let server = start_with(|config| config.results = folder.path().to_owned());
    let listed = server.get("/api/experiments").ok();
    let [one] = listed["experiments"].as_array().unwrap().as_slice() else { panic!("{listed}") };
    assert_eq!(one["name"], "nets/office");
    let shown = server.get("/api/experiments/nets%2Foffice").ok();
    assert_eq!(shown["trials"].as_array().unwrap().len(), 5);
    let figure = server.get(shown["figures"][0]["href"].as_str().unwrap());
    assert!(figure.text().starts_with("<svg"));
    let id = trial("PCA");
    let model = shown["trials"][0]["model"].as_str().unwrap();
    assert_eq!(model, format!("nets/office/{id}"));
    let models = server.get("/api/models").ok();
    assert!(models["models"].as_array().unwrap().iter().any(|known| known["id"] == model));
    server.get(&format!("/api/experiments/nets%2Foffice/trials/{id}")).ok();
    let rows = server.get("/api/experiments/nets%2Foffice/rows?size=1").ok();
    assert_eq!(rows["rows"].as_array().unwrap().len(), 1);
    server.get("/api/experiments/nets%2F..").is_error(404);
    server.get("/api/experiments/other%2Fsmall").is_error(404);
}

/// A folder with everything in it.
fn copy(from: &std::path::Path, to: &std::path::Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap().map(Result::unwrap) {
        let target = to.join(entry.file_name());
        match entry.path().is_dir() {
            true => copy(&entry.path(), &target),
            false => drop(std::fs::copy(entry.path(), target).unwrap()),
        }
    }
}

#[test]
fn an_experiment_shows_the_figures_of_its_store() {
    let server = start();
    let shown = server.get("/api/experiments/small").ok();
    let stored = small();
    let trials = shown["trials"].as_array().unwrap();
    assert_eq!(trials.len(), stored.trials.len());
    for (shown, stored) in trials.iter().zip(&stored.trials) {
        assert_eq!(shown["id"], stored.trial.id);
        let first = stored.evaluations.first();
        assert_eq!(
            shown["metrics"]["roc_auc"],
            json!(first.and_then(|e| e.metrics[Metric::RocAuc]))
        );
        assert_eq!(
            shown["thresholds"],
            json!(stored.evaluations.iter().map(|e| e.threshold).collect::<Vec<_>>())
        );
        assert_eq!(shown["model"].is_string(), stored.scores.is_some());
    }
    let rows = oddbench_report::summarize(&stored);
    let f1 = rows[0].metric(0, Metric::F1).unwrap();
    assert_eq!(shown["rows"][0]["rules"][0]["metrics"]["f1"]["mean"], json!(f1.mean));
    assert_eq!(
        shown["sizes"]["test"],
        json!(stored.trials[0].scores.as_ref().unwrap().test.rows.len())
    );
    for figure in shown["figures"].as_array().unwrap() {
        let svg = server.get(figure["href"].as_str().unwrap());
        assert_eq!(svg.header("content-type"), Some("image/svg+xml"));
        assert!(svg.text().starts_with("<svg"), "{figure}");
    }
    server.get("/api/experiments/small/figures/none.svg").is_error(404);
    server.get("/api/experiments/none").is_error(404);
}

#[test]
fn the_report_and_the_table_are_there_with_a_policy_of_their_own() {
    let server = start();
    let stored = small();
    let rows = oddbench_report::summarize(&stored);
    let page = server.get("/api/experiments/small/report");
    let policy = page.header("content-security-policy").unwrap().to_owned();
    let number = policy.split("'nonce-").nth(1).unwrap().split('\'').next().unwrap().to_owned();
    assert!(number.len() == 32 && policy.starts_with("default-src 'none'"), "{policy}");
    let text = page.text();
    assert_eq!(text.matches("<script").count(), 1);
    let without = text.replacen(&format!(" nonce=\"{number}\""), "", 1);
    assert_eq!(without, oddbench_report::page(&stored, &rows).unwrap());
    // Another answer has another number, and the other pages keep the policy of the server.
    let again = server.get("/api/experiments/small/report");
    assert_ne!(again.header("content-security-policy"), Some(policy.as_str()));
    let other = server.get("/api/experiments/small");
    assert!(other.header("content-security-policy").unwrap().starts_with("default-src 'self'"));
    let table = server.get("/api/experiments/small/table.csv");
    assert_eq!(table.text(), oddbench_report::table_csv(&stored, &rows));
    let png = server.get("/api/experiments/small/figures/roc.png");
    assert_eq!(png.header("content-type"), Some("image/png"));
    for file in ["figures/none.png", "figures/roc.gif"] {
        server.get(&format!("/api/experiments/small/{file}")).is_error(404);
    }
    server.get("/api/experiments/none/report").is_error(404);
    server.get("/api/experiments/none/table.csv").is_error(404);
}

#[test]
fn progress_counts_what_is_done_and_what_nobody_works_on() {
    let server = start();
    let stored = small();
    let shown = server.get("/api/experiments/small/progress").ok();
    assert_eq!(shown["trials"], json!(stored.manifest.trials.len()));
    let scored = stored.trials.iter().filter(|trial| trial.scores.is_some()).count();
    assert_eq!(shown["completed"], json!(scored));
    assert_eq!(shown["running"], json!(0));
    let sum: u64 =
        ["completed", "failed", "missing"].map(|k| shown[k].as_u64().unwrap()).iter().sum();
    assert_eq!(sum, stored.manifest.trials.len() as u64);
    server.get("/api/experiments/none/progress").is_error(404);
}

/// A page shows the tables before what takes time: the two parts are the same by themselves.
#[test]
fn verdict_and_figures_can_be_left_out_and_asked_for_by_themselves() {
    let server = start();
    let whole = server.get("/api/experiments/small").ok();
    let lean = server.get("/api/experiments/small?lean=true").ok();
    assert_eq!((&lean["verdict"], &lean["figures"]), (&Value::Null, &json!([])));
    assert_eq!(lean["rows"], whole["rows"]);
    assert_eq!(server.get("/api/experiments/small/verdict").ok(), whole["verdict"]);
    assert_eq!(server.get("/api/experiments/small/figures").ok()["figures"], whole["figures"]);
    assert!(!whole["figures"].as_array().unwrap().is_empty());
    for part in ["verdict", "figures"] {
        server.get(&format!("/api/experiments/none/{part}")).is_error(404);
    }
    server.get("/api/experiments/small?lean=maybe").is_error(400);
}

/// The page opens with the sentences of the report, and has the figures that they are made of.
#[test]
fn an_experiment_opens_with_the_verdict_of_its_report() {
    let server = start();
    let shown = server.get("/api/experiments/small").ok();
    let stored = small();
    let rows = oddbench_report::summarize(&stored);
    let found = oddbench_report::verdict(&stored, &rows);
    let verdict = &shown["verdict"];
    assert_eq!(verdict["sentences"], json!(found.sentences));
    assert_eq!(verdict["caveats"], json!(found.caveats));
    let best = &verdict["best"][0];
    let named = |row: &&Value| row["name"] == best["name"];
    let row = shown["rows"].as_array().unwrap().iter().find(named).unwrap();
    assert_eq!(row["rules"][0]["metrics"]["roc_auc"]["median"], best["roc_auc"]);
    assert_eq!(row["contends"], true);
    // Three models have scores: the best against each other one, at least.
    let pairs = verdict["pairs"].as_array().unwrap();
    assert!(pairs.len() >= 2 && pairs.iter().take(2).all(|pair| pair["first"] == best["name"]));
    for pair in pairs {
        let tie = pair["low"].as_f64() <= Some(0.0) && pair["high"].as_f64() >= Some(0.0);
        assert_eq!(pair["answer"] == "tie", tie, "{pair}");
    }
}

#[test]
fn an_experiment_shows_what_an_operator_decides_by() {
    let server = start();
    let shown = server.get("/api/experiments/small").ok();
    let stored = small();
    let operator = &shown["operator"];
    assert_eq!((&operator["fpr"], &operator["prevalence"]), (&json!([0.2, 0.01]), &json!([0.01])));
    assert_eq!((&operator["main"], &operator["resolved"]), (&json!(0), &json!([0])));
    assert_eq!(operator["leads"], true);
    let answer = operator["answer"][0].as_str().unwrap();
    assert!(answer.starts_with("At one false alarm per 5 benign rows, "), "{answer}");
    let notes = operator["notes"].as_array().unwrap();
    let few = |note: &&Value| note.as_str().unwrap().contains("FPR 0.01 needs 1,000.");
    assert_eq!(notes.iter().filter(few).count(), 1, "{notes:?}");
    // PCA draws nothing: its one trial is the median.
    let trial = stored.trials.iter().find(|result| result.trial.name == "PCA").unwrap();
    let counts = trial.operating[0].confusion.unwrap();
    let row = shown["rows"].as_array().unwrap().iter().find(|row| row["name"] == "PCA").unwrap();
    let point = &row["operating"][0];
    let share = |part: u64, rest: u64| json!(part as f64 / (part + rest) as f64);
    assert_eq!(point["recall"]["value"], share(counts.tp, counts.fn_));
    assert_eq!(point["fpr_reached"]["value"], share(counts.fp, counts.tn));
    let [low, value, high] =
        ["low", "value", "high"].map(|key| point["recall"][key].as_f64().unwrap());
    assert!(low <= value && value <= high && low < high, "{point}");
    assert_eq!(point["precision"].as_array().unwrap().len(), 1);
    let few = row["operating"][1]["unresolvable"].as_str().unwrap();
    assert!(few.contains("this rate needs 1000"), "{few}");
    assert_eq!(row["operating"][1]["recall"], Value::Null);
    let stems: Vec<&str> =
        shown["figures"].as_array().unwrap().iter().map(|f| f["stem"].as_str().unwrap()).collect();
    // The verdict's figure, then the operator's.
    assert_eq!(stems[..2], ["cost", "base-rate"]);
    assert!(stems.contains(&"det"), "{stems:?}");
}

#[test]
fn a_trial_shows_its_record_curve_and_scores() {
    let server = start();
    let stored = small();
    let ae = stored.trials.iter().find(|result| result.trial.name == "AE").unwrap();
    let shown = server.get(&format!("/api/experiments/small/trials/{}", ae.trial.id)).ok();
    assert_eq!(shown["record"], json!(ae.record));
    assert_eq!(shown["epochs"].as_array().unwrap().len(), 2);
    let test = &ae.scores.as_ref().unwrap().test;
    assert_eq!(shown["test"]["scores"], json!(test.scores));
    let labels: String = test.labels.iter().map(|&label| if label { '1' } else { '0' }).collect();
    assert_eq!(shown["test"]["labels"], json!(labels));
    let counts = ae.evaluations[0].confusion.unwrap();
    assert_eq!(
        shown["evaluations"][0]["confusion"],
        json!({ "tp": counts.tp, "fp": counts.fp, "tn": counts.tn, "fn": counts.fn_ })
    );

    let failed = server.get(&format!("/api/experiments/small/trials/{}", trial("breaks"))).ok();
    assert_eq!(
        (&failed["record"]["outcome"]["status"], &failed["test"]),
        (&json!("failed"), &Value::Null)
    );
    server.get("/api/experiments/small/trials/0000000000000000").is_error(404);
}

fn rows(server: &Running, query: &str) -> Value {
    server.get(&format!("/api/experiments/small/rows?{query}")).ok()
}

#[test]
fn rows_stand_beside_the_predictions_of_several_models() {
    let server = start();
    let (pca, ae) = (trial("PCA"), trial("AE"));
    let page = rows(&server, &format!("trials={pca},{ae}&size=10&page=1"));
    let stored = small();
    let of = |id: &str| stored.trials.iter().find(|result| result.trial.id == id).unwrap();
    let (test, threshold) =
        (&of(&ae).scores.as_ref().unwrap().test, of(&ae).evaluations[0].threshold.unwrap());
    assert_eq!(
        (&page["total"], &page["matching"]),
        (&json!(test.rows.len()), &json!(test.rows.len()))
    );
    for (line, at) in page["rows"].as_array().unwrap().iter().zip(10..20) {
        assert_eq!((&line["position"], &line["row"]), (&json!(at), &json!(test.rows[at])));
        assert_eq!(
            (&line["class"], &line["outlier"]),
            (&json!(test.classes.of(at)), &json!(test.labels[at]))
        );
        let said = &line["predictions"][1];
        assert_eq!(said["score"], json!(test.scores[at]));
        assert_eq!(said["anomaly"], json!(test.scores[at] > threshold));
    }
    let counts = Confusion::at(&test.labels, &test.scores, threshold);
    assert_eq!(page["trials"][1]["counts"]["fn"], json!(counts.fn_));
    let missed = rows(&server, &format!("trials={ae}&outcome=fn"));
    assert_eq!(missed["matching"], json!(counts.fn_));
}

#[test]
fn rows_are_filtered_and_sorted() {
    let server = start();
    let ae = trial("AE");
    let sorted = rows(&server, &format!("trials={ae}&sort=score:{ae}&order=desc&size=500"));
    let scores: Vec<f64> = sorted["rows"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| row["predictions"][0]["score"].as_f64().unwrap())
        .collect();
    assert!(scores.len() > 100 && scores.is_sorted_by(|a, b| a >= b));
    let class = sorted["classes"][0]["name"].as_str().unwrap().to_owned();
    let of_class = rows(&server, &format!("class={class}&size=500"));
    assert_eq!(of_class["matching"], sorted["classes"][0]["rows"]);
    assert!(of_class["rows"].as_array().unwrap().iter().all(|row| row["class"] == *class));
    let wrong = rows(&server, "outcome=wrong")["matching"].as_u64().unwrap();
    let right = rows(&server, "outcome=right")["matching"].as_u64().unwrap();
    assert_eq!(json!(wrong + right), sorted["total"]);
    let row = sorted["rows"][0]["row"].clone();
    assert_eq!(rows(&server, &format!("row={row}"))["matching"], json!(1));
    for bad in [
        "sort=nothing",
        "order=up",
        "outcome=maybe",
        "label=2",
        "size=0",
        "size=501",
        "rule=9",
        "part=train",
        "trials=none",
        "unknown=1",
        "page=-1",
    ] {
        let answer = server.get(&format!("/api/experiments/small/rows?{bad}"));
        assert!(matches!(answer.status, 400 | 404), "{bad}: {}", answer.text());
        answer.is_error(answer.status);
    }
}

#[test]
fn a_row_shows_every_feature_beside_what_is_usual() {
    let server = start();
    let ae = trial("AE");
    let shown = server.get(&format!("/api/experiments/small/rows/3?trial={ae}")).ok();
    let features = shown["features"].as_array().unwrap();
    assert_eq!(features.len(), 41);
    let of = |name: &str| features.iter().find(|feature| feature["name"] == name).unwrap();
    let bytes = of("src_bytes");
    let (low, high) =
        (bytes["usual"]["low"].as_f64().unwrap(), bytes["usual"]["high"].as_f64().unwrap());
    let value = bytes["value"].as_f64().unwrap();
    assert!(low < high);
    assert_eq!(bytes["outside"], json!(value < low || value > high));
    assert!(bytes["reconstruction"].is_number() && bytes["used"] == json!(true));
    assert_eq!(of("service")["kind"], "categorical");
    assert!(of("service")["reconstruction"].is_string());
    assert_eq!((&of("duration")["used"], &of("duration")["share"]), (&json!(false), &Value::Null));
    let shares: f64 =
        features.iter().filter_map(|feature| feature["share"].as_f64()).map(f64::abs).sum();
    assert!((shares - 1.0).abs() < 1e-6, "{shares}");
    // The raw row is the one that was scored: scoring it again gives the stored score.
    let row: serde_json::Map<String, Value> = features
        .iter()
        .map(|feature| (feature["name"].as_str().unwrap().to_owned(), feature["value"].clone()))
        .collect();
    let again = server.post_json(&format!("/api/score?model=small%2F{ae}"), &json!([row])).ok();
    assert_eq!(again["scores"][0], shown["predictions"][0]["score"]);
    server.get("/api/experiments/small/rows/99999").is_error(404);
    server.get("/api/experiments/small/rows/minus").is_error(400);
}

#[test]
fn the_live_stream_scores_rows_as_they_pass_and_resumes() {
    let server = start();
    let ae = trial("AE");
    let stored = small();
    let test = &stored
        .trials
        .iter()
        .find(|result| result.trial.id == ae)
        .unwrap()
        .scores
        .as_ref()
        .unwrap()
        .test;
    let from = test.rows.len() - 7;
    let events = server
        .events(&format!("/api/live?experiment=small&trial={ae}&from={from}&speed=50"), |_| false);
    assert_eq!(events[0].0, "begin");
    assert_eq!(
        (&events[0].1["total"], &events[0].1["rescored"]),
        (&json!(test.rows.len()), &json!(true))
    );
    let items: Vec<&Value> = events
        .iter()
        .filter(|(name, _)| name == "rows")
        .flat_map(|(_, data)| data["items"].as_array().unwrap())
        .collect();
    assert_eq!(items.len(), 7);
    for item in &items {
        let at = item["position"].as_u64().unwrap() as usize;
        assert_eq!(item["score"], json!(test.scores[at]));
        assert_eq!(
            (&item["outlier"], &item["row"]),
            (&json!(test.labels[at]), &json!(test.rows[at]))
        );
    }
    assert_eq!(events.last().unwrap(), &("done".to_owned(), json!({ "cursor": test.rows.len() })));
    for bad in ["speed=0", "speed=NaN", "speed=1e9", "part=none"] {
        server.get(&format!("/api/live?experiment=small&trial={ae}&{bad}")).is_error(400);
    }
    server.get("/api/live?experiment=none&trial=x").is_error(404);
}

/// In the file's order precision and recall say nothing until the outliers come.
#[test]
fn every_row_passes_once_in_mixed_order() {
    let server = start();
    let ae = trial("AE");
    let path = format!("/api/live?experiment=small&trial={ae}&speed=5000");
    let positions = || -> Vec<u64> {
        let events = server.events(&path, |_| false);
        let rows = events.iter().filter(|(name, _)| name == "rows");
        let items = rows.flat_map(|(_, data)| data["items"].as_array().unwrap());
        items.map(|item| item["position"].as_u64().unwrap()).collect()
    };
    let first = positions();
    let mut sorted = first.clone();
    sorted.sort_unstable();
    assert_eq!(sorted, (0..first.len() as u64).collect::<Vec<_>>());
    assert_ne!(first, sorted, "the order is mixed");
    assert_eq!(positions(), first, "and the same every time");
}
