//! `[transfer]`: the models of one data set on another one, through the columns that both have.

use std::fmt::Write as _;
use std::path::Path;

use oddbench_core::Column;
use oddbench_core::metrics::Metric;
use oddbench_engine::executor::InProcess;
use oddbench_engine::prepared::Prepared;
use oddbench_engine::run::RunError;
use oddbench_engine::spec::{self, Overrides, Spec, SpecError};
use oddbench_engine::{RowCheck, audit::audit, check_rows, plan};

use crate::checked_rows::cache;
use crate::fakes::{Ear, build, run_whole};

const FILE: &str = r#"name = "moved"
dataset = { kind = "csv", path = "here.csv", label = "class", inliers = ["normal"], categorical = ["proto"] }
split = { kind = "holdout", test = 0.25, validation = 0.25 }
threshold = { rule = "max-f1" }
model = [{ kind = "constant", name = "sum" }]

[transfer]
kind = "csv"
path = "there.csv"
label = "verdict"
outliers = ["dos"]
"#;

/// 200 rows, every fifth an attack of large `bytes`. `count` is 0 to 12.
fn here() -> String {
    let mut text = "bytes,count,proto,window,class\n".to_owned();
    for row in 0..200 {
        let (bytes, class) =
            if row % 5 == 0 { (900 + row, "attack") } else { (row % 97, "normal") };
        let proto = ["tcp", "udp"][row % 2];
        let _ = writeln!(text, "{bytes},{},{proto},{},{class}", row % 13, row % 7);
    }
    text
}

/// 40 rows in another order of columns, every fourth an attack; `proto` is a number here.
fn there() -> String {
    there_of(["6", "17", "1"])
}

fn there_of(protocols: [&str; 3]) -> String {
    let mut text = "count,proto,extra,bytes,verdict\n".to_owned();
    for row in 0..40 {
        let (bytes, verdict) = if row % 4 == 0 { (2_000 + row, "dos") } else { (row, "ok") };
        let proto = protocols[row % 3];
        let _ = writeln!(text, "{},{proto},{},{bytes},{verdict}", row % 5, row % 3 + row % 2);
    }
    text
}

fn read(folder: &Path, file: &str) -> Result<Spec, SpecError> {
    std::fs::write(folder.join("here.csv"), here()).unwrap();
    if !folder.join("there.csv").exists() {
        std::fs::write(folder.join("there.csv"), there()).unwrap();
    }
    spec::parse(&folder.join("moved.toml"), file.to_owned(), &Overrides::default())
}

fn refused(file: &str) -> String {
    let folder = tempfile::tempdir().unwrap();
    let error = read(folder.path(), file).unwrap_err();
    let faults = std::iter::once(&error).chain(&error.others);
    faults.map(|fault| format!("{}: {}; {}\n", fault.key, fault.message, fault.help)).collect()
}

fn ids(spec: &Spec) -> Vec<String> {
    plan::resolve(spec).unwrap().trials.into_iter().map(|trial| trial.info.id).collect()
}

#[test]
fn models_see_the_columns_that_both_have_and_the_rest_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let spec = read(folder.path(), FILE).unwrap();
    assert_eq!(spec.experiment.dataset.columns, ["bytes", "count"]);
    assert_eq!(spec.experiment.dataset.features, "all shared with there");
    let info = plan::resolve(&spec).unwrap().data.transfer.unwrap();
    assert_eq!((info.dataset.as_str(), info.shared), ("there", 2));
    assert_eq!(info.left_out, ["\"proto\" (categories in csv, numbers in there)", "\"window\""]);
    assert_eq!(
        info.left_out_there,
        ["\"proto\" (numbers in there, categories in csv)", "\"extra\""]
    );
    let told = spec.told().join("\n");
    for part in ["models see the 2 columns", "\"window\"", "\"extra\"", "transfer to there"] {
        assert!(told.contains(part), "{part} is not in:\n{told}");
    }
    let RowCheck::Checked(_) = check_rows(&spec, &cache(folder.path())).unwrap() else { panic!() };
}

#[test]
fn all_rows_of_the_other_set_are_scaled_by_training_rows_and_labelled_by_their_own_policy() {
    let folder = tempfile::tempdir().unwrap();
    let spec = read(folder.path(), FILE).unwrap();
    let dataset = spec.load(&cache(folder.path())).unwrap();
    let prepared = Prepared::from_dataset(&dataset, &spec, None).unwrap();
    let moved = prepared.transfer.as_ref().unwrap();
    assert!(moved.rows.iter().copied().eq(0..40));
    let labels: Vec<bool> = (0..40).map(|row| row % 4 == 0).collect();
    assert_eq!(*moved.labels, labels);
    assert_eq!((moved.classes.of(0), moved.classes.of(1)), ("dos", "ok"));
    // Training rows are normal ones of `here`: bytes 1 to 96 or so, counts 0 to 12, scaled to 0 to 1.
    let Some(Column::Numeric(bytes)) = dataset.train.column("bytes") else { panic!() };
    let parts = [&prepared.validation.rows, &prepared.test.rows];
    let apart = |row: &u32| parts.iter().any(|rows| rows.contains(row));
    let trained = (0..200u32).filter(|row| row % 5 != 0 && !apart(row));
    let trained: Vec<f64> = trained.map(|row| bytes[row as usize]).collect();
    let (low, high) = trained.iter().fold((f64::MAX, f64::MIN), |(l, h), v| (l.min(*v), h.max(*v)));
    for (row, x) in moved.x.iter_rows().enumerate() {
        let bytes = if row % 4 == 0 { 2_000 + row } else { row } as f64;
        assert!((f64::from(x[0]) - (bytes - low) / (high - low)).abs() < 1e-5, "row {row}");
        assert!((f64::from(x[1]) - (row % 5) as f64 / 12.0).abs() < 1e-6, "row {row}");
    }
    // Nothing else changes.
    let alone = FILE.split("\n[transfer]").next().unwrap().replace(
        "categorical = [\"proto\"]",
        "categorical = [\"proto\"], features = [\"bytes\", \"count\"]",
    );
    let alone = read(folder.path(), &alone).unwrap();
    let without =
        Prepared::from_dataset(&alone.load(&cache(folder.path())).unwrap(), &alone, None).unwrap();
    assert_eq!(Prepared { transfer: None, ..prepared }, without);
    let audit = audit(&dataset, &spec).unwrap();
    let part = audit.parts.iter().find(|part| part.part == "transfer").unwrap();
    assert_eq!(part.rows, 40);
}

#[test]
fn a_run_judges_the_other_set_at_the_same_threshold_and_names_it() {
    let folder = tempfile::tempdir().unwrap();
    let spec = read(folder.path(), FILE).unwrap();
    let results = folder.path().join("results");
    let executor = InProcess::with(Box::new(build));
    let run = run_whole(&spec, &results, &Ear::default(), false, &executor).unwrap();
    let trial = &run.results.trials[0];
    let (main, moved) = (&trial.evaluations[0], &trial.transfer[0]);
    assert_eq!(moved.threshold, main.threshold);
    let sizes = trial.record.as_ref().unwrap().sizes.unwrap();
    assert_eq!((sizes.transfer, sizes.transfer_outliers), (Some(40), Some(10)));
    // The fake sums a row: every attack of `there` has 20 times the bytes of any other row.
    assert_eq!(moved.metrics[Metric::RocAuc], Some(1.0));
    assert_eq!(moved.confusion.unwrap().tp, 10);
    let csv = std::fs::read_to_string(results.join("moved/summary.csv")).unwrap();
    let lines: Vec<&str> = csv.lines().skip(1).collect();
    assert_eq!(lines.len(), 2);
    assert!(lines[0].contains(",csv,all shared with there,inliers: normal,holdout,"), "{csv}");
    let expected = ",there,all shared with there,outliers: dos,holdout/transfer,";
    assert!(lines[1].contains(expected), "{csv}");
    // Stored results say the same.
    let stored = oddbench_engine::Store::load(&results.join("moved")).unwrap();
    assert_eq!(stored.trials[0].transfer, trial.transfer);
    assert_eq!(stored.manifest.data.transfer, run.results.manifest.data.transfer);
}

#[test]
fn the_rows_of_both_tables_of_the_other_set_are_scored() {
    let folder = tempfile::tempdir().unwrap();
    let more: String = there().lines().take(9).map(|line| format!("{line}\n")).collect();
    std::fs::write(folder.path().join("more.csv"), more).unwrap();
    let text = FILE.replace("there.csv\"", "there.csv\"\ntest_path = \"more.csv\"");
    let spec = read(folder.path(), &text).unwrap();
    let dataset = spec.load(&cache(folder.path())).unwrap();
    let prepared = Prepared::from_dataset(&dataset, &spec, None).unwrap();
    let moved = prepared.transfer.unwrap();
    assert_eq!(moved.rows.len(), 48);
    for row in 0..8 {
        assert_eq!(moved.x.row(40 + row), moved.x.row(row));
        assert_eq!(moved.classes.of(40 + row), moved.classes.of(row));
    }
}

#[test]
fn a_category_that_training_never_saw_follows_the_rule_for_it() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("there.csv"), there_of(["tcp", "icmp", "udp"])).unwrap();
    let spec = read(folder.path(), FILE).unwrap();
    assert_eq!(spec.experiment.dataset.columns, ["bytes", "count", "proto"]);
    let dataset = spec.load(&cache(folder.path())).unwrap();
    let prepared = Prepared::from_dataset(&dataset, &spec, None).unwrap();
    let moved = prepared.transfer.as_ref().unwrap();
    let unseen: Vec<u32> = moved.unseen.iter().map(|cell| cell.row).collect();
    let icmp: Vec<u32> = (0..40).filter(|row| row % 3 == 1).collect();
    assert_eq!(unseen, icmp);
}

#[test]
fn the_other_sets_content_and_policy_are_part_of_the_address() {
    let folder = tempfile::tempdir().unwrap();
    let spec = |text: &str| read(folder.path(), text).unwrap();
    let first = ids(&spec(FILE));
    let policy = FILE.replace("outliers = [\"dos\"]", "outliers = [\"ok\"]");
    assert_ne!(ids(&spec(&policy)), first);
    let named = FILE.replace("kind = \"csv\"\npath", "kind = \"csv\"\nname = \"b\"\npath");
    assert_eq!(ids(&spec(&named)), first, "a name decides no score");
    let other = there().replace("2000", "2001");
    std::fs::write(folder.path().join("there.csv"), other).unwrap();
    assert_ne!(ids(&spec(FILE)), first);
}

#[test]
fn what_has_no_meaning_is_refused_at_its_key() {
    let few = FILE.replace("path = \"here.csv\"", "path = \"here.csv\", ignore = [\"count\"]");
    let text = refused(&few);
    for part in [
        "transfer: models would see one column only (bytes)",
        "columns of csv: bytes, proto, window;",
        "columns of there: count, proto, extra, bytes;",
    ] {
        assert!(text.contains(part), "{part} is not in:\n{text}");
    }
    let folds = FILE
        .replace("kind = \"holdout\", test = 0.25, validation", "kind = \"k-fold\", validation");
    assert!(
        refused(&folds).contains("transfer: transfer rows are scored by the models of one split")
    );
    let repeats = FILE.replace("test = 0.25", "test = 0.25, repeats = 2");
    assert!(refused(&repeats).contains("and each fold of holdout has models of its own"));
    let family = FILE.replace(
        "kind = \"holdout\", test = 0.25, validation",
        "kind = \"leave-out\", leave_out = [\"attack\"], validation",
    );
    assert!(refused(&family).contains("and each fold of leave-out has models of its own"));
    let features = FILE.replace("path = \"there.csv\"", "path = \"there.csv\"\nfeatures = \"all\"");
    assert!(refused(&features).contains("transfer.features: the features are those of [dataset]"));
    let label = FILE.replace("label = \"verdict\"", "label = \"verdikt\"");
    assert!(refused(&label).contains("transfer.label: "), "{}", refused(&label));
    let kind = FILE.replace("[transfer]\nkind = \"csv\"", "[transfer]\nkind = \"cvs\"");
    assert!(refused(&kind).contains("transfer.kind: \"cvs\" is unknown; did you mean \"csv\"?"));
    let model =
        FILE.replace("name = \"sum\"", "name = \"sum\", features = [\"bytes\", \"window\"]");
    let text = refused(&model);
    assert!(text.contains("model[0].features: models would see one column only (bytes)"), "{text}");
    let two = FILE
        .replace("kind = \"csv\", path = \"here.csv\", label = \"class\", inliers = [\"normal\"], categorical = [\"proto\"]", "kind = \"kdd99\"")
        .replace("test = 0.25", "transfer = true, test = 0.25")
        .replace("kind = \"csv\"\npath = \"there.csv\"\nlabel = \"verdict\"\noutliers = [\"dos\"]", "kind = \"nsl-kdd\"");
    let text = refused(&two);
    assert!(text.contains("split.transfer: there is a [transfer] section too"), "{text}");
}

#[test]
fn a_gap_in_the_other_set_is_named_with_its_line() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("there.csv"), there().replace(",2008,", ",,")).unwrap();
    let spec = read(folder.path(), FILE).unwrap();
    let Err(RunError::Rows(error)) = check_rows(&spec, &cache(folder.path())) else { panic!() };
    let text = error.to_string();
    assert!(text.contains("\"bytes\" (1 row, first line 10 of there)"), "{text}");
    let mended = format!("preprocess = {{ missing = \"drop-row\" }}\n{FILE}");
    let spec = read(folder.path(), &mended).unwrap();
    let dataset = spec.load(&cache(folder.path())).unwrap();
    let moved = Prepared::from_dataset(&dataset, &spec, None).unwrap().transfer.unwrap();
    assert_eq!(moved.rows.len(), 39);
    assert!(!moved.rows.contains(&8));
}

#[test]
fn sets_of_one_kind_share_all_columns() {
    for (here, there) in [("kdd99", "nsl-kdd"), ("nsl-kdd", "kdd99")] {
        let text = format!(
            "name = \"x\"\ndataset = {{ kind = \"{here}\" }}\nsplit = {{ kind = \"holdout\" }}\nthreshold = {{ rule = \"max-f1\" }}\nmodel = [{{ kind = \"pca\" }}]\ntransfer = {{ kind = \"{there}\" }}\n"
        );
        let spec = crate::fakes::small(&text);
        let info = plan::resolve(&spec).unwrap().data.transfer.unwrap();
        assert_eq!(
            (info.dataset.as_str(), info.left_out.len(), info.left_out_there.len()),
            (there, 0, 0)
        );
        assert_eq!(spec.experiment.dataset.features, "all");
        assert_eq!(info.shared, spec.experiment.dataset.columns.len());
    }
}
