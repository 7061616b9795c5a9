//! What `check` and `run` refuse once they have the rows: all troubles at once, each at its key.

use std::fmt::Write as _;
use std::path::Path;

use oddbench_data::{Cache, Mirror};
use oddbench_engine::executor::InProcess;
use oddbench_engine::run::RunError;
use oddbench_engine::spec::{self, Overrides, Spec, SpecError};
use oddbench_engine::{Lacking, RowCheck, check_rows};

use crate::fakes::{Ear, build, run_with, small};

const FILE: &str = r#"name = "own"

[dataset]
kind = "csv"
path = "own.csv"
label = "class"
inliers = ["normal"]

[split]
kind = "holdout"

[threshold]
rule = "max-f1"

[[model]]
kind = "pca"
params = { n_components = 1 }
"#;

/// A table of 200 rows, every fifth an attack; `cells` gives what stands before the class.
fn table(head: &str, cells: impl Fn(usize) -> String) -> String {
    let mut text = format!("{head},class\n");
    for i in 0..200 {
        let class = if i % 5 == 0 { "attack" } else { "normal" };
        let _ = writeln!(text, "{},{class}", cells(i));
    }
    text
}

fn plain() -> String {
    table("x,y", |i| format!("{},{}", i % 97, i % 13))
}

fn spec(folder: &Path, csv: &str, file: &str) -> Spec {
    std::fs::write(folder.join("own.csv"), csv).unwrap();
    let path = folder.join("own.toml");
    spec::parse(&path, file.to_owned(), &Overrides::default()).unwrap()
}

pub fn cache(folder: &Path) -> Cache {
    struct Silent;
    impl oddbench_data::Download for Silent {
        fn begin(&self, _: &str, _: Option<u64>) {}
        fn progress(&self, _: u64) {}
        fn message(&self, _: &str) {}
        fn end(&self) {}
    }
    Cache { dir: folder.join("cache"), mirror: None, offline: true, watch: Box::new(Silent) }
}

/// What `check` refuses; `run` refuses the same before any trial, and leaves no folder.
fn refused(csv: &str, file: &str) -> SpecError {
    let folder = tempfile::tempdir().unwrap();
    let spec = spec(folder.path(), csv, file);
    let Err(RunError::Rows(error)) = check_rows(&spec, &cache(folder.path())) else {
        panic!("nothing is refused in {file}")
    };
    let results = folder.path().join("results");
    let executor = InProcess::with(Box::new(build));
    let run = run_with(&spec, &results, &Ear::default(), false, &executor);
    let Err(RunError::Rows(in_run)) = run else { panic!("the run goes on: {run:?}") };
    assert_eq!(in_run, error);
    assert!(!results.join("own").exists(), "an empty result is left");
    *error
}

/// The faults as key, line and text.
fn faults(error: &SpecError) -> Vec<(String, usize, String)> {
    let one = |error: &SpecError| {
        let (line, _) = error.line_column().unwrap();
        assert!(!error.help.is_empty(), "no remedy in {error}");
        (error.key.clone(), line, format!("{}; {}", error.message, error.help))
    };
    std::iter::once(error).chain(&error.others).map(one).collect()
}

#[test]
fn columns_that_cannot_be_preprocessed_are_named_together() {
    // Only attacks have a gap's value, and training rows are normal.
    let csv = table("x,gap,hole", |i| {
        let x = if i == 76 { String::new() } else { (i % 97).to_string() };
        let gap = if i % 5 == 0 { (i * 3 % 7).to_string() } else { String::new() };
        format!("{x},{gap},{}", i % 3)
    });
    let error = refused(&csv, FILE);
    let found = faults(&error);
    assert_eq!(found.len(), 2, "{error}");
    // The 77th row stands in line 78: the header is line 1.
    assert!(
        found.iter().any(|(_, _, text)| text.contains("\"x\" (1 row, first line 78)")),
        "{error}"
    );
    let empty =
        found.iter().find(|(.., text)| text.contains("no training row has a value")).unwrap();
    assert!(empty.2.contains("in [dataset]: ignore = [\"gap\"]"), "{error}");

    // Names are quoted so that the remedy can be pasted.
    let csv = table("Flow Bytes/s,y,Flow Packets/s", |i| {
        let rate = |zero: bool| if zero { "Infinity".to_owned() } else { (i % 97).to_string() };
        format!("{},{},{}", rate(i % 50 == 7), i % 13, rate(i == 76))
    });
    let text = refused(&csv, FILE).to_string();
    for part in [
        "\"Flow Bytes/s\" (4 rows, first line 9)",
        "\"Flow Packets/s\" (1 row, first line 78)",
        "[\"Flow Bytes/s\", \"Flow Packets/s\"]",
        "infinite = \"missing\" in [preprocess]",
    ] {
        assert!(text.contains(part), "{part} is not in {text}");
    }
}

#[test]
fn too_many_categories_are_refused_with_the_key_that_mends_it() {
    let mut csv = "x,host,src,class\n".to_owned();
    for i in 0..4_000 {
        let _ = writeln!(csv, "{},h{},s{},normal", i % 97, i % 2_500, i % 3_000);
    }
    let error = refused(&csv, FILE);
    assert_eq!(faults(&error).len(), 1);
    let text = error.to_string();
    assert!(text.contains("2 columns: \"host\" (") && text.contains("\"src\" ("), "{text}");
    assert!(text.contains("in [dataset]: ignore = [\"host\", \"src\"]"), "{text}");
    assert!(text.contains("encode = \"ordinal\" in [preprocess]"), "{text}");
}

#[test]
fn parameters_that_do_not_suit_the_rows_are_refused_at_their_lines() {
    let models = r#"kind = "pca"
params = { n_components = 500 }
[[model]]
kind = "knn"
params = { n_neighbors = 400 }
[[model]]
kind = "lof"
params = { n_neighbors = 80 }
[[model]]
kind = "pca"
name = "swept"
sweep = { n_components = [1, 2, 3] }
[[model]]
kind = "autoencoder"
train_rows = 5000
[[model]]
kind = "pca"
name = "fits"
params = { n_components = 2, score = "component-distance" }
"#;
    let file = FILE.replace("kind = \"pca\"\nparams = { n_components = 1 }\n", models);
    // There are 160 normal rows. The test takes 30 % and validation 20 %: 80 rows are left.
    let found = faults(&refused(&plain(), &file));
    let places: Vec<(&str, usize)> = found.iter().map(|(k, line, _)| (k.as_str(), *line)).collect();
    assert_eq!(
        places,
        [
            ("model[0].params.n_components", 17),
            ("model[1].params.n_neighbors", 20),
            ("model[2].params.n_neighbors", 23),
            ("model[3].sweep.n_components", 27),
            ("model[4].train_rows", 30),
        ]
    );
    assert!(found[0].2.contains("which is 2: at most 2"), "{found:?}");
    assert!(found[2].2.contains("there are 80: at most 79"), "{found:?}");
}

#[test]
fn what_needs_both_classes_is_refused_where_there_is_one() {
    let file = FILE.replace("kind = \"holdout\"", "kind = \"holdout\"\ntrain_on = \"all\"");
    let file = file.replace(
        "kind = \"pca\"\nparams = { n_components = 1 }\n",
        r#"kind = "random-forest"
[[model]]
kind = "pca"
params = { score = "component-distance" }
sweep = { n_components = [1, 2] }
[[ensemble]]
members = ["random-forest"]
"#,
    );
    let csv = plain().replace("attack", "normal");
    let keys: Vec<String> = faults(&refused(&csv, &file)).into_iter().map(|(k, ..)| k).collect();
    assert_eq!(keys, ["model[0].kind", "model[1].sweep", "ensemble[0].select"]);
}

#[test]
fn a_split_that_cannot_be_drawn_is_refused_at_its_key() {
    let three = "x,y,class\n1,2,normal\n3,4,normal\n5,6,attack\n";
    let folds = FILE.replace("kind = \"holdout\"", "kind = \"k-fold\"\nfolds = 5");
    let found = faults(&refused(three, &folds));
    assert_eq!((found[0].0.as_str(), found[0].1, found.len()), ("split.folds", 11, 1));
    assert!(found[0].2.contains("at most 3 folds"), "{found:?}");
    let share = FILE.replace("kind = \"holdout\"", "kind = \"holdout\"\ntest_prevalence = 0.9");
    let found = faults(&refused(&plain(), &share));
    assert_eq!((found[0].0.as_str(), found[0].1), ("split.test_prevalence", 11));
    let swapped = FILE.replace("inliers = [\"normal\"]", "outliers = [\"normal\", \"attack\"]");
    let found = faults(&refused(&plain(), &swapped));
    assert!(found[0].2.contains("dataset.inliers or dataset.outliers"), "{found:?}");
}

#[test]
fn a_view_of_a_model_is_at_fault_in_its_own_section() {
    let csv = table("x,y", |i| {
        let x = if i == 7 { String::new() } else { (i % 97).to_string() };
        format!("{x},{}", i % 13)
    });
    let file = FILE.replace("[threshold]", "[preprocess]\nmissing = \"median\"\n\n[threshold]")
        + "[[model]]\nkind = \"knn\"\npreprocess = { missing = \"error\" }\n";
    let found = faults(&refused(&csv, &file));
    assert_eq!(
        (found[0].0.as_str(), found[0].1, found.len()),
        ("model[1].preprocess.missing", 23, 1)
    );
}

#[test]
fn rows_that_are_not_here_are_not_fetched() {
    let folder = tempfile::tempdir().unwrap();
    let file = FILE.replace(
        "kind = \"csv\"\npath = \"own.csv\"\nlabel = \"class\"\ninliers = [\"normal\"]",
        "kind = \"nsl-kdd\"",
    );
    let found = check_rows(&small(&file), &cache(folder.path())).unwrap();
    let lacking = |in_mirror| RowCheck::NotHere(vec![Lacking { kind: "nsl-kdd", in_mirror }]);
    assert_eq!(found, lacking(false));
    assert!(!folder.path().join("cache").exists());
    // A mirror that has one of the two files cannot give the rows; one that has both can.
    let mirror = folder.path().join("mirror");
    let cache = || Cache { mirror: Some(Mirror::Folder(mirror.clone())), ..cache(folder.path()) };
    std::fs::create_dir_all(mirror.join("nsl-kdd")).unwrap();
    for (name, in_mirror) in [("KDDTrain+.txt", false), ("KDDTest+.txt", true)] {
        std::fs::write(mirror.join("nsl-kdd").join(name), "").unwrap();
        assert_eq!(check_rows(&small(&file), &cache()).unwrap(), lacking(in_mirror), "{name}");
    }
    assert!(!folder.path().join("cache").exists());
}

#[test]
fn one_class_is_told_and_not_refused() {
    let folder = tempfile::tempdir().unwrap();
    let csv = plain().replace("attack", "normal");
    let file = FILE.replace("kind = \"holdout\"", "kind = \"k-fold\"\nfolds = 2");
    let found = check_rows(&spec(folder.path(), &csv, &file), &cache(folder.path())).unwrap();
    let RowCheck::Checked(notes) = found else { panic!("{found:?}") };
    assert_eq!(notes.len(), 2, "{notes:?}");
    assert!(notes[0].ends_with("are undefined: the test rows of folds 1 and 2 have no outlier"));
    assert!(notes[0].contains("ROC-AUC"), "{notes:?}");
    assert!(notes[1].starts_with("max-f1 on the validation rows"), "{notes:?}");
    let found = check_rows(&spec(folder.path(), &plain(), FILE), &cache(folder.path())).unwrap();
    assert_eq!(found, RowCheck::Checked(vec![]));
}
