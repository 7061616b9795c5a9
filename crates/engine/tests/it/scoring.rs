//! A user's own models through the library: what the command and the server share.

use std::fmt::Write as _;

use oddbench_core::preprocess::Encode;
use oddbench_core::{Epoch, Silent, Watch};
use oddbench_data::rows::{ReadOptions, RowReader, Rows};
use oddbench_engine::scoring::{
    FitRequest, Reconstructed, SavedModel, ScoringError, TrainingInput, fit_unlabelled,
};
use serde_json::json;

fn read(text: &str) -> Rows {
    let content = Box::new(std::io::Cursor::new(text.as_bytes().to_vec()));
    RowReader::new(content, "flows.csv", &ReadOptions::default()).unwrap().read_all().unwrap()
}

/// Bytes follow packets, the protocol follows the port; the last row breaks both.
fn flows() -> String {
    let mut text = "packets,protocol,bytes,port\n".to_owned();
    for row in 0..200 {
        let (packets, web) = (1 + row % 10, row % 2 == 0);
        let (protocol, port) = if web { ("tcp", 443) } else { ("udp", 53) };
        let _ = writeln!(text, "{packets},{protocol},{},{port}", packets * 100);
    }
    text.push_str("2,tcp,1000,53\n");
    text
}

fn request(kind: &str, params: serde_json::Value) -> FitRequest {
    FitRequest { kind: kind.into(), params, ..FitRequest::default() }
}

fn fit(kind: &str, params: serde_json::Value) -> SavedModel {
    fit_unlabelled(&read(&flows()), &request(kind, params), &mut Silent).unwrap()
}

#[test]
fn threads_may_share_a_model() {
    fn shared<T: Send + Sync>(_: &T) {}
    let model = fit("hbos", json!({}));
    shared(&model);
    let rows = read(&flows());
    let alone = model.score_rows(&rows).unwrap();
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| assert_eq!(model.score_rows(&rows).unwrap(), alone));
        }
    });
}

#[test]
fn a_model_that_was_saved_is_the_one_that_was_fitted() {
    let dir = tempfile::tempdir().unwrap();
    let folder = dir.path().join("deep/models/flows");
    let rows = read(&flows());
    for kind in ["isolation-forest", "pca", "autoencoder"] {
        let params = if kind == "autoencoder" { json!({ "epochs": 2 }) } else { json!({}) };
        let model = fit(kind, params);
        let folder = folder.join(kind);
        model.save(&folder).unwrap();
        let back = SavedModel::open(&folder).unwrap();
        assert_eq!(back.info(), model.info());
        let scored = back.score_rows(&rows).unwrap();
        assert_eq!(scored, model.score_rows(&rows).unwrap());
        assert_eq!(scored, back.score(&rows.table(back.columns()).unwrap()).unwrap());
        let names = back.info().columns.iter().map(|input| input.name.as_str());
        assert_eq!(names.collect::<Vec<_>>(), ["packets", "protocol", "bytes", "port"]);
        assert_eq!(back.info().columns[1].levels, ["tcp", "udp"]);
        let refused = model.save(&folder).unwrap_err();
        assert!(refused.is_users_fault() && refused.to_string().contains("there already"));
        // Nothing half-written stays beside it.
        assert!(
            std::fs::read_dir(folder.parent().unwrap())
                .unwrap()
                .all(|entry| { !entry.unwrap().file_name().to_string_lossy().starts_with(".tmp") })
        );
    }
}

#[test]
fn a_damaged_folder_is_an_error_that_names_the_file() {
    let dir = tempfile::tempdir().unwrap();
    let folder = dir.path().join("m");
    fit("pca", json!({})).save(&folder).unwrap();
    for (file, text) in [
        ("fit.json", "{"),
        ("model/model.json", "[]"),
        ("model/preprocessor.json", "{}"),
        ("model/changes.json", "{"),
        ("model/tensors.safetensors", "xx"),
    ] {
        let path = folder.join(file);
        let good = std::fs::read(&path).unwrap();
        std::fs::write(&path, text).unwrap();
        let error = SavedModel::open(&folder).err().unwrap().to_string();
        assert!(error.contains(file.rsplit('/').next().unwrap()), "{error}");
        std::fs::remove_file(&path).unwrap();
        assert!(SavedModel::open(&folder).is_err(), "{file} is gone");
        std::fs::write(&path, good).unwrap();
    }
    assert!(SavedModel::open(&folder).is_ok());
}

#[test]
fn contributions_are_of_original_columns_and_add_up() {
    // Components for two thirds of the variance: the odd row falls off their plane.
    let model = fit("pca", json!({ "n_components": 2 }));
    let rows = read(&flows());
    let scored = model.score_rows(&rows).unwrap();
    let parts = scored.contributions.as_ref().unwrap();
    // Five matrix columns (the protocol is two of them) became four.
    assert_eq!((parts.rows(), parts.cols()), (201, 4));
    for (parts, score) in parts.iter_rows().zip(&scored.scores) {
        let sum: f64 = parts.iter().map(|part| f64::from(*part)).sum();
        assert!((sum - score).abs() < 1e-6, "{sum} {score}");
    }
    let top = scored.top(200, 3);
    assert!(top.windows(2).all(|pair| pair[0].1 >= pair[1].1) && top.len() == 3);
    assert!(top.iter().map(|(_, share)| share).sum::<f64>() <= 1.0 + 1e-6);
    let threshold = model.info().default_threshold().unwrap();
    let decisions = model.decisions(&scored, threshold);
    assert!(decisions.anomalies[200], "{} {threshold}", scored.scores[200]);
    assert_eq!(decisions.features[top[0].0], model.info().columns[top[0].0].name);
}

#[test]
fn reconstructions_come_in_raw_units() {
    // The five columns have four dimensions: two of them say which of two protocols a row has.
    let model = fit("pca", json!({ "n_components": 4 }));
    assert!(model.info().reconstructs);
    let rows = read(&flows());
    let table = rows.table(model.columns()).unwrap();
    for (name, rebuilt) in model.reconstruct(&table).unwrap().unwrap() {
        let at = rows.position(&name).unwrap();
        for row in 0..rows.len() {
            match &rebuilt {
                Reconstructed::Numeric(values) => {
                    let raw: f64 = rows.text(row, at).parse().unwrap();
                    assert!((values[row] - raw).abs() < 1e-2, "{name} {}: {raw}", values[row]);
                }
                Reconstructed::Categorical(values) => assert_eq!(values[row], rows.text(row, at)),
            }
        }
    }
    assert_eq!(fit("hbos", json!({})).reconstruct(&table).unwrap(), None);
}

struct StopAfter(u32);

impl Watch for StopAfter {
    fn epoch(&mut self, _: Epoch) {
        self.0 = self.0.saturating_sub(1);
    }
    fn note(&mut self, _: &str) {}
    fn cancelled(&self) -> bool {
        self.0 == 0
    }
}

#[test]
fn a_fit_can_be_stopped() {
    let long = request("autoencoder", json!({ "epochs": 100_000 }));
    let stopped = fit_unlabelled(&read(&flows()), &long, &mut StopAfter(2));
    assert!(matches!(stopped, Err(ScoringError::Cancelled)));
}

/// A file is read several times in blocks, and a forest is given its sample alone: the same model comes out.
#[test]
fn a_file_gives_the_model_of_its_rows() {
    let mut text = flows();
    for row in 0..1_000 {
        let _ =
            writeln!(text, "{},{},{},{}", row % 10, ["tcp", "udp"][row % 2], row % 977, row % 3);
    }
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("flows.csv");
    std::fs::write(&path, &text).unwrap();
    let rows = read(&text);
    let options = ReadOptions::default();
    let file = TrainingInput::File { path: &path, name: None, options: &options };
    for kind in ["isolation-forest", "hbos", "knn", "lof", "ecod", "pca"] {
        let request = request(kind, json!({}));
        let of_rows = fit_unlabelled(&rows, &request, &mut Silent).unwrap();
        let of_file = fit_unlabelled(file, &request, &mut Silent).unwrap();
        assert_eq!(
            of_rows.score_rows(&rows).unwrap(),
            of_file.score_rows(&rows).unwrap(),
            "{kind}"
        );
        assert_eq!(of_rows.info().thresholds, of_file.info().thresholds, "{kind}");
        assert_eq!(of_rows.verdicts(), of_file.verdicts(), "{kind}");
        assert_eq!(of_rows.verdicts().len(), 4);
    }
}

#[test]
fn the_threshold_is_the_quantile_of_the_training_scores() {
    let request = FitRequest { quantile: 0.9, ..request("pca", json!({})) };
    let rows = read(&flows());
    let model = fit_unlabelled(&rows, &request, &mut Silent).unwrap();
    let scored = model.score_rows(&rows).unwrap();
    let mut sorted = scored.scores.clone();
    sorted.sort_by(f64::total_cmp);
    // NumPy's linear interpolation: position 0.9 x 200 of 0..200.
    assert!((model.info().default_threshold().unwrap() - sorted[180]).abs() < 1e-12);
    assert_eq!(
        model
            .detector()
            .score(&model.matrix(&rows.table(model.columns()).unwrap()).unwrap())
            .unwrap(),
        scored.scores
    );
}

#[test]
fn rows_that_cannot_be_scored_are_told_from_those_that_can() {
    // Gaps and infinite values are filled, texts among numbers are not.
    let model = fit("pca", json!({}));
    let rows = read(
        "packets,protocol,bytes,port\n1,tcp,100,443\nx,tcp,1,1\n,tcp,,\n3,udp,inf,53\n4,quic,400,53\n",
    );
    let error = model.score_rows(&rows).unwrap_err();
    assert!(error.is_users_fault() && error.to_string().contains("line 3"), "{error}");
    let good = model.score_good_rows(rows).unwrap();
    let lines: Vec<u64> = (0..good.rows.len()).map(|row| good.rows.line(row)).collect();
    assert_eq!(lines, [2, 4, 5, 6]);
    assert_eq!(good.scored.scores.len(), 4);
    let faults: Vec<_> = good.faults.iter().map(|fault| fault.line).collect();
    assert_eq!(faults, [Some(3)]);
    assert_eq!(good.scored.unseen.len(), 1);
    assert_eq!((good.scored.unseen[0].rows, good.scored.unseen[0].example.as_str()), (1, "quic"));
}

/// Services with bytes of their own, in unlike numbers.
fn services() -> String {
    let mut text = "service,bytes,fragments\n".to_owned();
    for row in 0..300 {
        let (service, bytes) =
            [("http", 500), ("dns", 80), ("ssh", 900)][[0, 0, 0, 1, 1, 2][row % 6]];
        let _ = writeln!(text, "{service},{}.5,0", bytes + row * 7 % 90);
    }
    text
}

/// A service that training never saw, and a fragment where there was none.
#[test]
fn what_training_never_saw_is_odd_and_marked() {
    let later = read(
        "service,bytes,fragments\nhttp,540,0\ndns,540,0\nssh,540,0\nirc,540,0\nhttp,540,3\nirc,540,3\n",
    );
    for kind in ["isolation-forest", "mahalanobis", "pca", "knn", "ocsvm", "hbos", "ecod"] {
        for encode in [Encode::OneHot, Encode::Ordinal] {
            let request = FitRequest { encode, ..request(kind, json!({})) };
            let model = fit_unlabelled(&read(&services()), &request, &mut Silent).unwrap();
            let scored = model.score_rows(&later).unwrap();
            let s = &scored.scores;
            assert!(s[..3].iter().all(|known| s[3] >= *known), "{kind}: {s:?}");
            assert!(s[4] >= s[0] && s[5] >= s[3], "{kind}: {s:?}");
            let marks = model.decisions(&scored, 0.0).unseen;
            assert_eq!(marks, [vec![], vec![], vec![], vec![0], vec![2], vec![0, 2]], "{kind}");
            let columns: Vec<_> = scored
                .unseen
                .iter()
                .map(|unseen| (unseen.column.as_str(), unseen.rows, unseen.example.as_str()))
                .collect();
            assert_eq!(columns, [("service", 2, "irc"), ("fragments", 2, "3")]);
            let part = scored.slice(3..5);
            assert_eq!(part.scores, s[3..5]);
            assert_eq!(model.decisions(&part, 0.0).unseen, [vec![0], vec![2]]);
        }
    }
}

/// The contributions for a row with an unseen service add up to that row's score.
#[test]
fn contributions_of_an_unseen_category_are_those_of_its_stand_in() {
    let request = request("pca", json!({ "n_components": 1 }));
    let model = fit_unlabelled(&read(&services()), &request, &mut Silent).unwrap();
    let scored = model.score_rows(&read("service,bytes,fragments\nirc,500,0\n")).unwrap();
    let sum: f64 =
        scored.contributions.as_ref().unwrap().row(0).iter().map(|v| f64::from(*v)).sum();
    assert!((sum - scored.scores[0]).abs() < 1e-6, "{sum} {}", scored.scores[0]);
    assert_eq!(model.info().columns[scored.top(0, 1)[0].0].name, "service");
}

#[test]
fn infinite_values_are_filled_and_counted_in_a_fit() {
    let mut text = "rate,bytes,status\n".to_owned();
    for row in 0..60 {
        let rate = if row % 20 == 3 { "Infinity".into() } else { format!("{}.5", row % 13) };
        let _ = writeln!(text, "{rate},{},0", row * 31 % 50);
    }
    let model = fit_unlabelled(&read(&text), &request("pca", json!({})), &mut Silent).unwrap();
    let notes = model.info().notes.join("\n");
    assert!(
        notes.contains("\"rate\" (3 rows)") && notes.contains("one value in all rows: \"status\""),
        "{notes}"
    );
    let rows = read("rate,bytes,status\nInfinity,10,0\n,10,0\n");
    let scores = model.score_rows(&rows).unwrap().scores;
    assert_eq!(scores[0], scores[1]);
}
