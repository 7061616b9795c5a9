//! Folds, transfer rows, models that see labels, and thresholds of the models' own.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::sync::atomic::AtomicBool;

use oddbench_core::dataset::{Classes, Column, Dataset, Table};
use oddbench_core::metrics::Metric;
use oddbench_core::record::{Outcome, Stage};
use oddbench_core::threshold::Undefined;
use oddbench_engine::Store;
use oddbench_engine::executor::InProcess;
use oddbench_engine::prepared::Prepared;
use oddbench_engine::prepared_file;
use oddbench_engine::progress::Event;
use oddbench_engine::spec::Spec;
use oddbench_engine::trial::{Task, build as build_real, run_trial};
use oddbench_engine::trial_rows::TrialRows;
use oddbench_models::Seat;

use crate::fakes::{Ear, FILE, build, run_fakes, run_with, small};

/// Two columns, a training table of 40 rows and a test table of 12; every fourth row is an attack. Attacks in
/// the test table are of a kind that the training table does not have.
fn two_tables() -> Dataset {
    let table = |rows: usize, attack: &str, start: f64| Table {
        columns: vec![
            ("src_bytes".into(), Column::Numeric((0..rows).map(|r| start + r as f64).collect())),
            (
                "dst_bytes".into(),
                Column::Numeric((0..rows).map(|r| start + (r * 7 % rows) as f64).collect()),
            ),
        ],
        beside: Vec::new(),
        classes: Some(Classes {
            names: vec!["normal".into(), attack.into()],
            codes: (0..rows).map(|r: usize| u16::from(r.is_multiple_of(4))).collect(),
        }),
    };
    Dataset {
        name: "kdd99".into(),
        synthetic: false,
        train: table(40, "neptune", 0.0),
        test: Some(table(12, "mailbomb", 1_000.0)),
        other: None,
    }
}

const TWO_TABLES: &str = r#"
name = "two"
dataset = { kind = "kdd99", features = ["src_bytes", "dst_bytes"], labels = "corrected" }
split = { kind = "holdout", test = 0.25, validation = 0.0, train_on = "all", transfer = true }
preprocess = { scale = "standard" }
threshold = { rule = "native" }
model = [{ kind = "constant" }]
"#;

fn prepared(dataset: &Dataset, text: &str) -> Prepared {
    Prepared::from_dataset(dataset, &small(text), None).unwrap()
}

#[test]
fn transfer_rows_are_the_whole_test_table_as_the_training_rows_scale_it() {
    let with = prepared(&two_tables(), TWO_TABLES);
    let transfer = with.transfer.as_ref().unwrap();
    assert!(transfer.rows.iter().copied().eq(0..12));
    assert_eq!(transfer.classes.of(0), "mailbomb");
    assert_eq!(transfer.labels.iter().filter(|label| **label).count(), 3);
    let sizes = with.sizes();
    assert_eq!((sizes.test, sizes.transfer, sizes.transfer_outliers), (10, Some(12), Some(3)));
    // The scale comes from 30 training rows below 40; the rows of the test table start at 1,000.
    assert!(transfer.x.as_slice().iter().all(|value| *value > 50.0), "{:?}", transfer.x);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("rows.safetensors");
    prepared_file::write(&with, &path).unwrap();
    assert_eq!(prepared_file::read(&path).unwrap(), with);
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "nothing temporary is left");
}

#[test]
fn rows_that_changed_on_the_disk_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("rows.safetensors");
    prepared_file::write(&prepared(&two_tables(), TWO_TABLES), &path).unwrap();
    let bytes = fs::read(&path).unwrap();
    for at in (0..bytes.len()).step_by(17) {
        let mut broken = bytes.clone();
        broken[at] ^= 1;
        fs::write(&path, broken).unwrap();
        assert!(prepared_file::read(&path).is_err(), "byte {at}");
        fs::write(&path, &bytes[..at]).unwrap();
        assert!(prepared_file::read(&path).is_err(), "{at} bytes of {}", bytes.len());
    }
}

#[test]
fn transfer_rows_change_nothing_else() {
    let with = prepared(&two_tables(), TWO_TABLES);
    let without = prepared(&two_tables(), &TWO_TABLES.replace(", transfer = true", ""));
    assert_eq!(without.transfer, None);
    assert_eq!(Prepared { transfer: None, ..with }, without);
}

#[test]
fn an_empty_test_table_is_nothing_to_transfer_to() {
    let mut dataset = two_tables();
    let test = dataset.test.as_mut().unwrap();
    test.columns.iter_mut().for_each(|(_, column)| *column = Column::Numeric(vec![]));
    test.classes = Some(Classes::default());
    let error = Prepared::from_dataset(&dataset, &small(TWO_TABLES), None).unwrap_err();
    assert_eq!(error.to_string(), "the test table has no rows to transfer to");
}

/// On the real data, where it is at hand: the attacks of `corrected`, most of them of known kinds.
#[test]
fn a_run_judges_transfer_rows_at_the_same_threshold() {
    let Some(mirror) = std::env::var_os("ODDBENCH_MIRROR") else {
        eprintln!("SKIPPED (no ODDBENCH_MIRROR): transfer rows of KDD Cup 99");
        return;
    };
    let text = r#"
name = "transfer"
dataset = { kind = "kdd99", features = ["src_bytes", "count"], labels = "corrected" }
split = { kind = "holdout", test = 0.1, validation = 0.1, train_on = "all", transfer = true }
threshold = [{ rule = "max-f1" }, { rule = "max-f1", tune_on = "test" }, { rule = "native" }]
model = [{ kind = "constant", name = "bounded" }]
"#;
    let folder = tempfile::tempdir().unwrap();
    let mirror = oddbench_data::Mirror::parse(&mirror.to_string_lossy()).unwrap();
    let summary = crate::fakes::run_from(mirror, &small(text), folder.path());
    let results = Store::load(&summary.dir).unwrap();
    let trial = &results.trials[0];
    let sizes = trial.record.as_ref().unwrap().sizes.unwrap();
    assert_eq!((sizes.transfer, sizes.transfer_outliers), (Some(311_029), Some(250_436)));
    assert_eq!(trial.transfer.len(), 3);
    for (main, moved) in trial.evaluations.iter().zip(&trial.transfer) {
        assert_eq!((moved.threshold, moved.oracle), (main.threshold, main.oracle));
        let counts = moved.confusion.unwrap();
        assert_eq!(counts.tp + counts.fn_, 250_436);
        assert_eq!(counts.tn + counts.fp, 60_593);
    }
    let csv = fs::read_to_string(summary.dir.join("summary.csv")).unwrap();
    assert_eq!(csv.lines().filter(|line| line.contains(",holdout/transfer,")).count(), 3);
    let first = csv.lines().find(|line| line.contains("/transfer")).unwrap();
    assert!(first.contains(",holdout/transfer,395217,311029,max-f1,validation,"), "{first}");
}

const FOLDS: &str = "kind = \"k-fold\", folds = 4";

#[test]
fn folds_test_every_row_once_and_a_second_run_finds_them_done() {
    let folder = tempfile::tempdir().unwrap();
    let text = FILE.replace("kind = \"holdout\"", FOLDS);
    let ear = Ear::default();
    let summary = run_fakes(&small(&text), folder.path(), &ear);
    // The fakes take no seed away: `constant` is one trial per fold, `random` one per seed and fold.
    assert_eq!((summary.completed, summary.failed), (4 + 8, 0));
    assert_eq!(ear.heard(|event| matches!(event, Event::Prepared { .. })), 4);
    let results = Store::load(&summary.dir).unwrap();
    let mut tested: BTreeMap<(&str, Option<u64>), Vec<u32>> = BTreeMap::new();
    for trial in &results.trials {
        let rows = &trial.scores.as_ref().unwrap().test.rows;
        let key = (trial.trial.name.as_str(), trial.trial.seed);
        tested.entry(key).or_default().extend(rows.iter());
        let record = trial.record.as_ref().unwrap();
        assert_eq!(record.trial.fold, trial.trial.fold);
        assert_eq!(record.sizes.unwrap().test, rows.len());
    }
    assert_eq!(tested.len(), 3);
    for (key, mut rows) in tested {
        rows.sort_unstable();
        assert!(rows.iter().copied().eq(0..600), "{key:?}");
    }
    let csv = fs::read_to_string(summary.dir.join("summary.csv")).unwrap();
    for fold in 1..=4 {
        let cell = format!(",k-fold/{fold},");
        assert_eq!(csv.lines().filter(|line| line.contains(&cell)).count(), 3, "{cell}");
    }
    let ear = Ear::default();
    let second = run_fakes(&small(&text), folder.path(), &ear);
    assert_eq!((second.completed, second.cached), (0, 12));
    assert!(!ear.loaded());
}

#[test]
fn only_the_rows_of_missing_folds_are_prepared_again() {
    let folder = tempfile::tempdir().unwrap();
    let text = FILE.replace("kind = \"holdout\"", FOLDS);
    let first = run_fakes(&small(&text), folder.path(), &Ear::default());
    let third: Vec<_> = Store::load(&first.dir).unwrap().trials;
    let third: Vec<_> = third.iter().filter(|trial| trial.trial.fold == Some(3)).collect();
    for trial in &third {
        fs::remove_dir_all(first.dir.join("trials").join(&trial.trial.id)).unwrap();
    }
    let ear = Ear::default();
    let again = run_fakes(&small(&text), folder.path(), &ear);
    assert_eq!((again.completed, again.cached), (3, 9));
    let prepared = |event: &Event| matches!(event, Event::Prepared { fold, .. } if fold.as_deref() == Some("fold 3"));
    assert_eq!(ear.heard(prepared), 1);
    assert_eq!(ear.heard(|event| matches!(event, Event::Prepared { .. })), 1);
    let after = Store::load(&first.dir).unwrap().trials;
    for trial in third {
        let same = after.iter().find(|other| other.trial.id == trial.trial.id).unwrap();
        assert_eq!(same.scores, trial.scores);
    }
}

fn native(labels: &str) -> Spec {
    let text = FILE
        .replace(
            "threshold = { rule = \"max-f1\" }",
            "threshold = [{ rule = \"native\" }, { rule = \"max-f1\" }]",
        )
        .replace("name = \"sum\"", &format!("name = \"{labels}\""));
    small(&text)
}

#[test]
fn a_native_threshold_is_the_models_own_and_its_lack_spoils_no_other_rule() {
    let folder = tempfile::tempdir().unwrap();
    let summary = run_fakes(&native("bounded"), folder.path(), &Ear::default());
    assert_eq!((summary.completed, summary.failed), (3, 0));
    let results = Store::load(&summary.dir).unwrap();
    let [bounded, without, _] = &results.trials[..] else { panic!() };
    let outcome = &bounded.record.as_ref().unwrap().outcome;
    assert!(matches!(outcome, Outcome::Completed { native_threshold: Some(1.0), .. }));
    let native = &bounded.evaluations[0];
    assert_eq!((native.threshold, native.undefined, native.oracle), (Some(1.0), None, false));
    let called = bounded.scores.as_ref().unwrap().test.scores.iter().filter(|s| **s > 1.0).count();
    let counts = native.confusion.unwrap();
    assert_eq!(counts.tp + counts.fp, called as u64);
    let lacking = &without.evaluations[0];
    assert_eq!(lacking.undefined, Some(Undefined::NO_NATIVE_THRESHOLD));
    assert_eq!((lacking.threshold, lacking.metrics[Metric::F1]), (None, None));
    assert!(lacking.metrics[Metric::RocAuc].is_some());
    assert!(without.evaluations[1].metrics[Metric::F1].is_some());
    let csv = fs::read_to_string(summary.dir.join("summary.csv")).unwrap();
    let line = |label: &str| {
        let wanted = |line: &&str| line.contains(label) && line.contains(",native,");
        csv.lines().find(wanted).unwrap().to_owned()
    };
    assert!(line(",bounded,").contains(",native,,1,"), "{}", line(",bounded,"));
    assert!(line(",random,").contains(",native,,,,,,,,"), "{}", line(",random,"));
}

#[test]
fn a_boundary_that_is_not_finite_is_a_failed_trial() {
    let folder = tempfile::tempdir().unwrap();
    let summary = run_fakes(&native("boundless"), folder.path(), &Ear::default());
    assert_eq!((summary.completed, summary.failed), (2, 1));
    let record = Store::load(&summary.dir).unwrap().trials[0].record.clone().unwrap();
    let Outcome::Failed { stage, message } = record.outcome else { panic!() };
    assert_eq!((stage, message.contains("boundary is inf")), (Stage::Score, true), "{message}");
}

#[test]
fn validation_rows_may_be_left_out_where_nothing_is_tuned_on_them() {
    let folder = tempfile::tempdir().unwrap();
    let text = FILE
        .replace("kind = \"holdout\"", "kind = \"holdout\", validation = 0")
        .replace("rule = \"max-f1\"", "rule = \"native\"")
        .replace("name = \"sum\"", "name = \"bounded\"");
    let summary = run_fakes(&small(&text), folder.path(), &Ear::default());
    assert_eq!(summary.completed, 3);
    let trial = Store::load(&summary.dir).unwrap().trials.remove(0);
    assert!(trial.scores.unwrap().validation.rows.is_empty());
    assert!(trial.evaluations[0].metrics[Metric::F1].is_some());
}

#[test]
fn unsupervised_models_may_be_fitted_on_outliers_and_the_record_counts_them() {
    let folder = tempfile::tempdir().unwrap();
    let text = FILE.replace("kind = \"holdout\"", "kind = \"holdout\", train_on = \"all\"");
    let executor = InProcess::with(Box::new(build));
    let summary =
        run_with(&small(&text), folder.path(), &Ear::default(), false, &executor).unwrap();
    let sizes = Store::load(&summary.dir).unwrap().trials[0].record.clone().unwrap().sizes.unwrap();
    assert!(sizes.train_outliers > 0 && sizes.train_outliers < sizes.train);
}

/// The bytes of the model that a trial leaves, file by file, and the scores of its test rows.
fn fitted(
    dataset: &Dataset,
    text: &str,
    folder: &Path,
) -> (Prepared, BTreeMap<String, Vec<u8>>, Vec<f64>) {
    let spec = small(text);
    let plan = oddbench_engine::plan::resolve(&spec).unwrap();
    let mut prepared = Prepared::from_dataset(dataset, &spec, None).unwrap();
    let task = Task {
        trial: &plan.trials[0].info,
        data: plan.data.clone(),
        environment: oddbench_core::record::Environment::default(),
        measure: None,
        build: &build_real,
        own_process: false,
        seat: Seat::alone(),
    };
    let run = run_trial(&task, TrialRows::Own(&mut prepared), &mut |_| {}, &AtomicBool::new(false))
        .unwrap();
    let Outcome::Completed { .. } = run.record.outcome else { panic!("{:?}", run.record.outcome) };
    fs::create_dir_all(folder).unwrap();
    run.fitted.unwrap().save(folder).unwrap();
    let read = |entry: fs::DirEntry| {
        (entry.file_name().into_string().unwrap(), fs::read(entry.path()).unwrap())
    };
    let files = fs::read_dir(folder).unwrap().map(|entry| read(entry.unwrap())).collect();
    (prepared, files, run.scores.unwrap().test.scores)
}

/// 200 rows of two overlapping clouds, one in ten an attack.
fn imbalanced() -> Dataset {
    let value = |row: usize, salt: usize| ((row * 7_919 + salt * 104_729) % 1_009) as f64 / 100.0;
    let shift = |row: usize| if row.is_multiple_of(10) { 6.0 } else { 0.0 };
    let column =
        |salt: usize| Column::Numeric((0..200).map(|r| value(r, salt) + shift(r)).collect());
    Dataset {
        name: "kdd99".into(),
        synthetic: false,
        train: Table {
            columns: vec![("src_bytes".into(), column(1)), ("dst_bytes".into(), column(2))],
            beside: Vec::new(),
            classes: Some(Classes {
                names: vec!["normal".into(), "neptune".into()],
                codes: (0..200).map(|r: usize| u16::from(r.is_multiple_of(10))).collect(),
            }),
        },
        test: None,
        other: None,
    }
}

/// Marks rows with a value that no other row is near.
fn mark(dataset: &mut Dataset, rows: &[u32], mark: f64) {
    for (_, column) in &mut dataset.train.columns {
        let Column::Numeric(values) = column else { panic!() };
        rows.iter().for_each(|&row| values[row as usize] = mark);
    }
}

/// SMOTE and its kin make or drop training rows. If a row of the test part took part in that, marked
/// test rows would change the fit; if a synthetic row reached the test part, it would have other rows.
#[test]
fn resampling_never_touches_a_test_row() {
    let folder = tempfile::tempdir().unwrap();
    for (kind, resample) in [
        ("random-forest", "smote"),
        ("svm", "smote"),
        ("gradient-boosting", "over"),
        ("logistic-regression", "smote"),
        ("naive-bayes", "over"),
        ("knn-classifier", "smote"),
    ] {
        let text = TWO_TABLES.replace(", transfer = true", "").replace(
            "{ kind = \"constant\" }",
            &format!("{{ kind = \"{kind}\", params = {{ resample = \"{resample}\" }} }}"),
        );
        let plain = imbalanced();
        let at = |name: &str| folder.path().join(kind).join(name);
        let (before, model, scores) = fitted(&plain, &text, &at("plain"));
        // Copies of one minority row, all of them planted in the test part.
        let minority: Vec<u32> = (before.test.rows.iter().zip(&*before.test.labels))
            .filter_map(|(&row, &outlier)| outlier.then_some(row))
            .collect();
        assert!(minority.len() > 3, "there is something to plant");
        let mut planted = plain.clone();
        mark(&mut planted, &minority, 777.0);
        let (after, same_model, other_scores) = fitted(&planted, &text, &at("planted"));
        assert_eq!(after.test.rows, before.test.rows, "{kind}: the test part has its own rows");
        assert_eq!(after.train, before.train, "{kind}: the planted rows reached the fit");
        assert!(model == same_model, "{kind}: the fit depends on test rows");
        assert_ne!(after.test.x, before.test.x, "{kind}: nothing was planted");
        for (at, &outlier) in before.test.labels.iter().enumerate() {
            assert!(outlier || scores[at] == other_scores[at], "{kind}: test row {at}");
        }
        // The test of the test: one marked row that is trained on does change the model.
        let mut leaked = plain.clone();
        let trained =
            (0..200).find(|row: &u32| row.is_multiple_of(10) && !minority.contains(row)).unwrap();
        mark(&mut leaked, &[trained], 777.0);
        let (_, other_model, _) = fitted(&leaked, &text, &at("leaked"));
        assert!(model != other_model, "{kind}: a training row leaves no trace");
    }
}
