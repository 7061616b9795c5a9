//! Splits that leave the program and come back: the same rows, or a refusal that says what differs.

use std::fmt::Write as _;
use std::path::Path;

use oddbench_core::split::SplitSettings;
use oddbench_core::split::exported::ExportedSplit;
use oddbench_data::split_file;
use oddbench_engine::exported::{ExportedFold, export_split};
use oddbench_engine::prepared::Prepared;
use oddbench_engine::run::RunError;
use oddbench_engine::spec::{self, Overrides, Spec, SpecError};
use oddbench_engine::{check_rows, plan};

use crate::checked_rows::cache;

const FILE: &str = r#"name = "own"
dataset = { kind = "csv", path = "own.csv", label = "class", inliers = ["normal"] }
split = { kind = "holdout", test = 0.3, validation = 0.2, seed = 7 }
threshold = { rule = "fixed", value = 1.0 }
model = [{ kind = "pca", params = { n_components = 1 } }]
"#;

const IMPORTED: &str = "split = { kind = \"imported\", file = \"out/split.json\" }";

/// 100 rows, every fifth an attack, every tenth from 3 on a probe. Row 12 has a gap if that is wanted.
fn table(gap: bool) -> String {
    let mut text = "x,y,class\n".to_owned();
    for row in 0..100 {
        let class = match row {
            _ if row % 5 == 0 => "attack",
            _ if row % 10 == 3 => "probe",
            _ => "normal",
        };
        let x = if gap && row == 12 { String::new() } else { (row * 7 % 31).to_string() };
        let _ = writeln!(text, "{x},{},{class}", row % 13);
    }
    text
}

fn read(folder: &Path, text: &str) -> Result<Spec, SpecError> {
    if !folder.join("own.csv").exists() {
        std::fs::write(folder.join("own.csv"), table(false)).unwrap();
    }
    spec::parse(&folder.join("own.toml"), text.to_owned(), &Overrides::default())
}

fn imported() -> String {
    let split = FILE.lines().find(|line| line.starts_with("split")).unwrap();
    FILE.replace(split, IMPORTED)
}

/// Exports the split of an experiment to `out/split.json`.
fn export(folder: &Path, text: &str, fold: Option<u32>) -> ExportedFold {
    let spec = read(folder, text).unwrap();
    let dataset = spec.load(&cache(folder)).unwrap();
    let exported = export_split(&dataset, &spec, fold).unwrap();
    write(folder, &exported.file);
    exported
}

fn write(folder: &Path, file: &ExportedSplit) {
    std::fs::create_dir_all(folder.join("out")).unwrap();
    split_file::write(file, &folder.join("out/split.json")).unwrap();
}

fn prepared(folder: &Path, text: &str, fold: Option<u32>) -> Prepared {
    let spec = read(folder, text).unwrap();
    Prepared::from_dataset(&spec.load(&cache(folder)).unwrap(), &spec, fold).unwrap()
}

fn ids(folder: &Path, text: &str) -> Vec<String> {
    let plan = plan::resolve(&read(folder, text).unwrap()).unwrap();
    plan.trials.into_iter().map(|trial| trial.info.id).collect()
}

fn in_words(error: &SpecError) -> String {
    assert_eq!(error.key, "split.file");
    assert!(!error.help.is_empty());
    format!("{}; {}", error.message, error.help)
}

/// The message of the error when the experiment is read.
fn refused(folder: &Path, text: &str) -> String {
    in_words(&read(folder, text).unwrap_err())
}

/// The message of the error when the rows are checked.
fn refused_rows(folder: &Path, text: &str) -> String {
    let spec = read(folder, text).unwrap();
    let Err(RunError::Rows(error)) = check_rows(&spec, &cache(folder)) else {
        panic!("not refused")
    };
    in_words(&error)
}

#[test]
fn an_exported_split_comes_back_as_the_same_rows() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    for split in [
        "kind = \"holdout\", test = 0.3, validation = 0.2, seed = 7",
        "kind = \"holdout\", validation = 0.0, train_on = \"all\", test_prevalence = 0.1, rows = 90",
        "kind = \"k-fold\", folds = 3, train_on = \"all\"",
    ] {
        let text =
            FILE.replace("kind = \"holdout\", test = 0.3, validation = 0.2, seed = 7", split);
        let fold = split.contains("k-fold").then_some(2);
        let drawn = prepared(folder, &text, fold);
        let exported = export(folder, &text, fold);
        assert_eq!(exported.file.fingerprint, drawn.fingerprint);
        assert_eq!(exported.file.fold, fold);
        assert_eq!(prepared(folder, &imported(), None), drawn, "{split}");
        let spec = read(folder, &imported()).unwrap();
        let kind = spec.experiment.split.kind();
        assert_eq!(kind.trains_on_outliers(), split.contains("all"));
        assert_eq!(kind.has_validation(), !split.contains("validation = 0.0"));
    }
}

#[test]
fn a_test_table_is_named_in_the_file() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("later.csv"), table(false)).unwrap();
    let with = |text: &str| text.replace("\"own.csv\"", "\"own.csv\", test_path = \"later.csv\"");
    let predefined = with(&FILE.replace("kind = \"holdout\", test = 0.3", "kind = \"predefined\""));
    let drawn = prepared(folder.path(), &predefined, None);
    let exported = export(folder.path(), &predefined, None);
    assert_eq!(exported.file.parts.test.rows, (0..100).collect::<Vec<_>>());
    assert_eq!(prepared(folder.path(), &with(&imported()), None), drawn);
    // Without the table the data is other data.
    assert!(refused(folder.path(), &imported()).contains("the split is of other data"));
}

#[test]
fn the_address_is_that_of_the_rows_and_not_of_the_path() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    export(folder, FILE, None);
    let first = ids(folder, &imported());
    std::fs::rename(folder.join("out/split.json"), folder.join("moved.json")).unwrap();
    let moved = imported().replace("out/split.json", "moved.json");
    assert_eq!(ids(folder, &moved), first);
    export(folder, &FILE.replace("seed = 7", "seed = 8"), None);
    assert_ne!(ids(folder, &imported()), first);
    // The manifest keeps path and fingerprint, and no rows.
    let spec = read(folder, &moved).unwrap();
    let json = serde_json::to_string(&spec.experiment.split).unwrap();
    assert!(json.contains("moved.json") && json.len() < 300, "{json}");
    let SplitSettings::Imported(again) = serde_json::from_str(&json).unwrap() else { panic!() };
    let SplitSettings::Imported(own) = &spec.experiment.split else { panic!() };
    assert_eq!(again.fingerprint, own.fingerprint);
}

#[test]
fn an_edited_row_or_label_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let ExportedFold { file, .. } = export(folder, FILE, None);
    let path = folder.join("out/split.json");
    let text = std::fs::read_to_string(&path).unwrap();
    let first = file.parts.test.rows[0];
    let edited = text.replacen(
        &format!("\"test\":{{\"table\":\"train\",\"rows\":[{first},"),
        "\"test\":{\"table\":\"train\",\"rows\":[99,",
        1,
    );
    assert_ne!(edited, text);
    std::fs::write(&path, edited).unwrap();
    assert!(refused(folder, &imported()).contains("was changed: its rows have the fingerprint"));
    std::fs::write(&path, &text[..text.len() - 200]).unwrap();
    assert!(refused(folder, &imported()).contains("is no JSON"));
    std::fs::remove_file(&path).unwrap();
    assert!(refused(folder, &imported()).contains("there is no file"));

    // A program that edits rows writes a new fingerprint: then the rows themselves are looked at.
    let edit = |change: &dyn Fn(&mut ExportedSplit)| {
        let mut file = file.clone();
        change(&mut file);
        file.fingerprint = split_file::fingerprint(&file.parts, &file.data.digest);
        write(folder, &file);
    };
    edit(&|file| file.parts.test.rows[0] = 100);
    let text = refused_rows(folder, &imported());
    assert!(
        text.contains("row 100 of the test part is not there: the train table has 100 rows"),
        "{text}"
    );
    let own = file.parts.train.rows[0];
    edit(&|file| file.parts.test.rows[0] = own);
    let text = refused(folder, &imported());
    assert!(
        text.contains(&format!(
            "row {own} of the train table is in the train and in the test part"
        )),
        "{text}"
    );
    edit(&|file| file.parts.test.rows[1] = file.parts.test.rows[0]);
    assert!(refused(folder, &imported()).contains("is twice in the test part"));
    edit(&|file| {
        file.parts.validation.labels.pop();
    });
    assert!(refused(folder, &imported()).contains("rows and"));
    edit(&|file| file.parts.train.labels.fill(1));
    assert!(refused(folder, &imported()).contains("the train part has no inlier"));
    edit(&|file| {
        file.parts.test.rows.clear();
        file.parts.test.labels.clear();
    });
    assert!(refused(folder, &imported()).contains("the test part has no row"));
    edit(&|file| {
        let label = &mut file.parts.test.labels[0];
        *label = 1 - *label;
    });
    let text = refused_rows(folder, &imported());
    assert!(text.contains("the labels of 1 test row are not those of the file"), "{text}");
}

#[test]
fn other_labels_and_other_data_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let exported = export(folder, FILE, None);
    let other = imported().replace("[\"normal\"]", "[\"normal\", \"probe\"]");
    let text = refused_rows(folder, &other);
    let probes = exported.split.validation.rows.iter().filter(|row| *row % 10 == 3).count();
    assert!(text.contains(&format!("the labels of {probes} validation rows")), "{text}");
    let words = "has the class \"probe\", which the file calls an outlier and the experiment calls an inlier";
    assert!(text.contains(words), "{text}");
    // The same labels by another policy are the same split.
    let same = imported().replace("inliers = [\"normal\"]", "outliers = [\"attack\", \"probe\"]");
    assert_eq!(prepared(folder, &same, None).fingerprint, exported.file.fingerprint);
    std::fs::write(folder.join("own.csv"), table(false).replace("\n14,", "\n15,")).unwrap();
    let text = refused(folder, &imported());
    assert!(text.contains("the split is of other data: it is of csv with the digest"), "{text}");
    assert!(text.contains("oddbench data export"), "{text}");
}

#[test]
fn rows_with_gaps_are_counted_in_the_file_whatever_is_dropped() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    std::fs::write(folder.join("own.csv"), table(true)).unwrap();
    let drop = |text: &str| format!("preprocess = {{ missing = \"drop-row\" }}\n{text}");
    let drawn = prepared(folder, &drop(FILE), None);
    let exported = export(folder, &drop(FILE), None);
    let parts = [&exported.split.train, &exported.split.validation, &exported.split.test];
    assert!(parts.iter().all(|part| !part.rows.contains(&12)));
    assert_eq!(
        exported.split.test.rows.iter().map(|&row| row as u32).collect::<Vec<_>>(),
        *drawn.test.rows
    );
    assert_eq!(prepared(folder, &drop(&imported()), None), drawn);
    let median = |text: &str| format!("preprocess = {{ missing = \"median\" }}\n{text}");
    export(folder, &median(FILE), None);
    assert!(read(folder, &median(&imported())).is_ok());
    let text = refused_rows(folder, &drop(&imported()));
    assert!(text.contains("row 12 of the") && text.contains("has a missing value"), "{text}");
}
