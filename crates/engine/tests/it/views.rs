//! Models that see the experiment's rows their own way.

use std::path::Path;

use oddbench_core::record::Outcome;
use oddbench_core::scores::ScoredPart;
use oddbench_engine::executor::InProcess;
use oddbench_engine::plan;
use oddbench_engine::progress::Event;
use oddbench_engine::spec::{self, Overrides};
use oddbench_engine::store::Store;

use crate::fakes::{Ear, build, run_with, small};

/// Two views of the same rows side by side.
const FILE: &str = r#"
name = "views"
dataset = { kind = "synthetic", rows = 600, features = ["src_bytes", "count"] }
split = { kind = "holdout" }
preprocess = { scale = "standard" }
threshold = { rule = "max-f1" }
run = { seeds = [1] }

[[model]]
kind = "constant"
name = "shared"

[[model]]
kind = "constant"
name = "own columns"
features = ["dst_bytes", "serror_rate", "service"]

[[model]]
kind = "constant"
name = "own scale"
preprocess = { scale = "min-max", transform = "log" }

[[model]]
kind = "random"
name = "own columns again"
features = ["dst_bytes", "serror_rate", "service"]
"#;

/// The same experiment if all of it were seen as the model of that name sees it.
fn as_a_whole(label: &str) -> String {
    let text = FILE.replace("name = \"views\"", "name = \"whole\"");
    let head = &text[..text.find("[[model]]").unwrap()];
    let head = match label {
        "own columns" => head
            .replace("[\"src_bytes\", \"count\"]", "[\"dst_bytes\", \"serror_rate\", \"service\"]"),
        "own scale" => {
            head.replace("scale = \"standard\"", "scale = \"min-max\", transform = \"log\"")
        }
        _ => head.to_owned(),
    };
    format!("{head}\n[[model]]\nkind = \"constant\"\nname = \"{label}\"\n")
}

fn id_of(text: &str, label: &str) -> String {
    let plan = plan::resolve(&small(text)).unwrap();
    plan.trials.into_iter().find(|trial| trial.info.name == label).unwrap().info.id
}

#[test]
fn a_view_is_the_trial_of_an_experiment_that_is_seen_so_as_a_whole() {
    let mut ids = Vec::new();
    for label in ["shared", "own columns", "own scale"] {
        let id = id_of(FILE, label);
        assert_eq!(id, id_of(&as_a_whole(label), label), "{label}");
        ids.push(id);
    }
    ids.dedup();
    assert_eq!(ids.len(), 3, "a view decides scores");
}

#[test]
fn a_view_that_says_what_the_experiment_says_is_none() {
    let same = "name = \"shared\"\nfeatures = [\"src_bytes\", \"count\"]\npreprocess = { scale = \"standard\" }";
    let text = FILE.replace("name = \"shared\"", same);
    let spec = small(&text);
    assert_eq!(spec.experiment.models[0].view, None);
    assert_eq!(id_of(&text, "shared"), id_of(FILE, "shared"));
    assert_eq!(serde_json::json!(spec.experiment)["model"][0].get("view"), None);
}

#[test]
fn only_the_named_keys_of_the_preprocessing_are_replaced() {
    let spec =
        small(&FILE.replace("scale = \"standard\"", "scale = \"standard\", constant = \"keep\""));
    let own =
        serde_json::to_value(spec.experiment.models[2].view.as_ref().unwrap().preprocess).unwrap();
    let expected = serde_json::json!({
        "scale": "min-max", "encode": "one-hot", "missing": "error", "constant": "keep", "transform": "log",
    });
    assert_eq!(own, expected);
}

#[test]
fn views_differ_in_scores_and_records_and_not_in_rows() {
    let folder = tempfile::tempdir().unwrap();
    let ear = Ear::default();
    let executor = InProcess::with(Box::new(build));
    let summary = run_with(&small(FILE), folder.path(), &ear, false, &executor).unwrap();
    assert_eq!((summary.completed, summary.failed), (4, 0));
    // Three distinct views, the fourth model shares one.
    assert_eq!(ear.heard(|event| matches!(event, Event::Prepared { .. })), 3);

    let results = Store::load(&summary.dir).unwrap();
    let rows = |part: &ScoredPart| (part.rows.clone(), part.labels.clone());
    let scores: Vec<_> = results.trials.iter().map(|t| t.scores.as_ref().unwrap()).collect();
    for other in &scores[1..] {
        assert_eq!(rows(&other.test), rows(&scores[0].test));
        assert_eq!(rows(&other.validation), rows(&scores[0].validation));
    }
    assert_ne!(scores[1].test.scores, scores[0].test.scores);
    assert_ne!(scores[2].test.scores, scores[0].test.scores);
    let record = |at: usize| results.trials[at].record.as_ref().unwrap();
    assert_eq!(record(0).data.features, "src_bytes,count");
    assert_eq!(record(1).data.features, "dst_bytes,serror_rate,service");
    assert_eq!(record(2).data.preprocess["transform"], "log");
    assert!(record(1).sizes.unwrap().columns > 3, "the service is one-hot");

    // The independent truth: an experiment with these settings.
    for (at, label) in [(1, "own columns"), (2, "own scale")] {
        let alone =
            run_with(&small(&as_a_whole(label)), folder.path(), &Ear::default(), true, &executor);
        let alone = Store::load(&alone.unwrap().dir).unwrap();
        assert_eq!(alone.trials[0].scores, results.trials[at].scores, "{label}");
    }
}

#[test]
fn the_summary_names_each_models_features() {
    let folder = tempfile::tempdir().unwrap();
    let executor = InProcess::with(Box::new(build));
    let summary = run_with(&small(FILE), folder.path(), &Ear::default(), false, &executor).unwrap();
    let text = std::fs::read_to_string(summary.dir.join("summary.csv")).unwrap();
    let lines: Vec<&str> = text.lines().collect();
    assert!(lines[1].contains("\"src_bytes,count\""), "{}", lines[1]);
    assert!(lines[2].contains("\"dst_bytes,serror_rate,service\""), "{}", lines[2]);
}

#[test]
fn folds_and_views_are_prepared_once_each() {
    let folder = tempfile::tempdir().unwrap();
    let text = FILE.replace("kind = \"holdout\"", "kind = \"k-fold\", folds = 2");
    let ear = Ear::default();
    let executor = InProcess::with(Box::new(build));
    let summary = run_with(&small(&text), folder.path(), &ear, false, &executor).unwrap();
    assert_eq!(summary.completed, 8);
    assert_eq!(ear.heard(|event| matches!(event, Event::Prepared { .. })), 6);
}

#[test]
fn a_finished_view_is_cached() {
    let folder = tempfile::tempdir().unwrap();
    let executor = InProcess::with(Box::new(build));
    run_with(&small(FILE), folder.path(), &Ear::default(), false, &executor).unwrap();
    let ear = Ear::default();
    let again = run_with(&small(FILE), folder.path(), &ear, false, &executor).unwrap();
    assert_eq!((again.completed, again.cached, ear.loaded()), (0, 4, false));
}

#[test]
fn rows_with_gaps_are_dropped_for_all_models_or_for_none() {
    let refused = |from: &str, to: &str| {
        let text = FILE.replace(from, to);
        spec::parse(Path::new("x.toml"), text, &Overrides::default()).unwrap_err()
    };
    let own = refused("{ scale = \"min-max\", transform", "{ missing = \"drop-row\", transform");
    assert_eq!(own.key, "model[2].preprocess.missing");
    assert!(own.message.contains("other rows"), "{own}");
    // Under a shared rule, rows go by the shared columns.
    let columns = refused("scale = \"standard\"", "scale = \"standard\", missing = \"drop-row\"");
    assert_eq!(columns.key, "model[1].features");
    assert!(columns.message.contains("dst_bytes"), "{columns}");
}

/// A gap in a column that one model sees and another does not: both keep the same rows.
#[test]
fn a_dropped_row_is_dropped_for_every_view() {
    let folder = tempfile::tempdir().unwrap();
    let mut table = String::from("a,b,kind\n");
    for row in 0..200 {
        let a = if row % 20 == 3 { String::new() } else { format!("{}", row % 7) };
        table.push_str(&format!(
            "{a},{},{}\n",
            row % 11,
            if row % 10 == 0 { "bad" } else { "good" }
        ));
    }
    std::fs::write(folder.path().join("table.csv"), table).unwrap();
    let text = r#"
name = "gaps"
dataset = { kind = "csv", path = "table.csv", label = "kind", inliers = ["good"] }
split = { kind = "holdout" }
preprocess = { missing = "drop-row" }
threshold = { rule = "max-f1" }
model = [{ kind = "constant", name = "both" }, { kind = "constant", name = "b", features = ["b"] }]
"#;
    let path = folder.path().join("gaps.toml");
    let spec = spec::parse(&path, text.to_owned(), &Overrides::default()).unwrap();
    let executor = InProcess::with(Box::new(build));
    let summary = run_with(&spec, folder.path(), &Ear::default(), false, &executor).unwrap();
    let results = Store::load(&summary.dir).unwrap();
    let tested = |at: usize| results.trials[at].scores.as_ref().unwrap().test.rows.clone();
    assert_eq!(tested(0), tested(1));
    assert!(tested(1).iter().all(|row| row % 20 != 3), "rows with gaps are gone");
    assert!(matches!(
        results.trials[1].record.as_ref().unwrap().outcome,
        Outcome::Completed { .. }
    ));
    // The same columns without the rule about other rows is another trial.
    let whole = text.replace("kind = \"csv\",", "kind = \"csv\", features = [\"b\"],");
    let whole = spec::parse(&path, whole, &Overrides::default()).unwrap();
    let id = |spec| plan::resolve(spec).unwrap().trials[1].info.id.clone();
    assert_ne!(id(&spec), id(&whole));
}
